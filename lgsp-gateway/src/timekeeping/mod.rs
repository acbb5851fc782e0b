//! Is our clock right? Asked of time servers at the start and every so often, never on the way of a call.
//!
//! A signature says when it was made, and agreements, certificates and tokens hold for a time: a gateway whose clock is wrong
//! signs what is not so. When two servers agree that it is off by more than the bound, nothing is signed and no call is taken
//! until a server says that it is right again. Servers that are silent, or one alone, change nothing.

mod ask;
mod ntp;
mod verdict;

#[cfg(test)]
pub(crate) mod tests;

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use clock::{Clock, Entropy};
use tokio::time::Instant;

use ask::{AskError, Asking};
pub use ask::{Reading, Server};
use verdict::Verdict;

use crate::refusal::{Code, Refusal};

/// Whom we ask for the time. Without a server nothing is asked and the clock is believed.
#[derive(Clone, Debug)]
pub struct TimeSettings {
    /// The servers: none, or at least two.
    pub servers: Vec<Server>,
    /// How often they are asked.
    pub check_every: Duration,
    /// How far the clock may be off.
    pub max_offset: Duration,
    /// How long one answer is waited for.
    pub timeout: Duration,
}

/// What is known of our clock.
pub struct Timekeeper {
    settings: TimeSettings,
    asking: Asking,
    wrong: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last reading of each server, in the order of the settings, and when it was taken.
    readings: Vec<Option<(Reading, Instant)>>,
    /// Whether it was said already that the servers tell nothing.
    unclear: bool,
}

/// One server, for operators.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its name in the settings.
    pub server: String,
    /// The last thing it said.
    pub reading: Reading,
    /// How long ago.
    pub age: Duration,
}

impl Timekeeper {
    /// Believes the clock until it is told otherwise.
    #[must_use]
    pub fn new(settings: TimeSettings, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let asking = Asking { clock, entropy, within: settings.timeout };
        let state = State { readings: vec![None; settings.servers.len()], unclear: false };
        Self { settings, asking, wrong: AtomicBool::new(false), state: Mutex::new(state) }
    }

    /// Whether two servers agree that our clock is wrong.
    #[must_use]
    pub fn wrong(&self) -> bool {
        self.wrong.load(Ordering::Relaxed)
    }

    /// Refuses a call while the clock is wrong.
    ///
    /// # Errors
    /// [`Code::ClockWrong`].
    pub fn check(&self) -> Result<(), Refusal> {
        if self.wrong() { Err(Code::ClockWrong.into()) } else { Ok(()) }
    }

    /// Asks every server once, at the same time, and decides.
    pub async fn look(&self) {
        let asked = self.settings.servers.iter().map(|server| self.asking.ask(server));
        let answers = futures::future::join_all(asked).await;
        if !answers.is_empty() {
            self.take(&answers);
        }
    }

    fn take(&self, answers: &[Result<Reading, AskError>]) {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for (known, answer) in state.readings.iter_mut().zip(answers) {
            if let Ok(reading) = answer {
                *known = Some((*reading, now));
            }
        }
        let readings: Vec<Reading> = answers.iter().filter_map(|answer| answer.as_ref().ok().copied()).collect();
        let verdict = verdict::of(&readings, self.settings.max_offset);
        match verdict {
            Verdict::Wrong { ahead } => {
                if !self.wrong.swap(true, Ordering::Relaxed) {
                    tracing::error!(
                        clock.ahead_ms = ahead / 1000,
                        "our clock is wrong, as two time servers agree: nothing is signed and no call is taken"
                    );
                }
            }
            Verdict::Right => {
                if self.wrong.swap(false, Ordering::Relaxed) {
                    tracing::info!("our clock is right again: calls are taken");
                }
            }
            Verdict::Unclear if !state.unclear => {
                let silent = self.settings.servers.iter().zip(answers);
                let silent =
                    silent.filter_map(|(server, answer)| Some(format!("{server}: {}", answer.as_ref().err()?)));
                let silent = silent.collect::<Vec<_>>().join("; ");
                tracing::warn!(
                    answered = readings.len(),
                    silent,
                    "the time servers do not tell whether our clock is right"
                );
            }
            Verdict::Unclear => {}
        }
        state.unclear = matches!(verdict, Verdict::Unclear);
    }

    /// Asks for as long as it is polled.
    pub async fn run(self: Arc<Self>) {
        if self.settings.servers.is_empty() {
            return;
        }
        loop {
            tokio::time::sleep(self.settings.check_every).await;
            self.look().await;
        }
    }

    /// The last readings, of the servers that have ever answered.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.settings.servers.iter().zip(&state.readings);
        let seen = known.filter_map(|(server, known)| {
            let (reading, taken) = (*known)?;
            Some(Seen { server: server.to_string(), reading, age: taken.elapsed() })
        });
        seen.collect()
    }

    /// For `/ready`: what the servers say.
    ///
    /// # Errors
    /// The clock is wrong.
    pub fn ready(&self) -> Result<String, String> {
        if self.settings.servers.is_empty() {
            return Ok("not checked: no time servers are configured".to_owned());
        }
        let seen: Vec<String> = self.seen().iter().map(ToString::to_string).collect();
        match (self.wrong(), seen.is_empty()) {
            (true, _) => Err(format!("our clock is wrong: {}", seen.join("; "))),
            (false, true) => Ok("not checked: no time server has answered yet".to_owned()),
            (false, false) => Ok(seen.join("; ")),
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, reading: Reading { ahead, uncertain }, age } = self;
        let (ahead, uncertain) = (ahead / 1000, uncertain / 1000);
        write!(f, "{server}: {ahead:+} ms (± {uncertain} ms), {} s ago", age.as_secs())
    }
}

impl fmt::Debug for Timekeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timekeeper")
            .field("settings", &self.settings)
            .field("wrong", &self.wrong())
            .finish_non_exhaustive()
    }
}
