//! Can the program do what it is for? Named questions, each with the time it may take.

use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

type Outcome = Pin<Box<dyn Future<Output = Result<Option<String>, String>> + Send>>;

#[derive(Clone)]
struct Check {
    name: &'static str,
    limit: Duration,
    ask: Arc<dyn Fn() -> Outcome + Send + Sync>,
}

/// The checks behind `/ready`.
#[derive(Clone, Default)]
pub struct Checks(Vec<Check>);

impl Checks {
    /// None yet; a program without checks is always ready.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one check more. `ask` gives `Err` with the reason, which operators see, so it names no secret. A
    /// check that takes longer than `limit`, or panics, has failed.
    #[must_use]
    pub fn with<F, R, E>(mut self, name: &'static str, limit: Duration, ask: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Display,
    {
        let ask = Arc::new(move || -> Outcome {
            let outcome = ask();
            Box::pin(async move { outcome.await.map(|()| None).map_err(|error| error.to_string()) })
        });
        self.0.push(Check { name, limit, ask });
        self
    }

    /// The same with a check that also says how things stand when all is well. Operators see it, so it names no secret.
    #[must_use]
    pub fn with_note<F, R, E>(mut self, name: &'static str, limit: Duration, ask: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<String, E>> + Send + 'static,
        E: fmt::Display,
    {
        let ask = Arc::new(move || -> Outcome {
            let outcome = ask();
            Box::pin(async move { outcome.await.map(Some).map_err(|error| error.to_string()) })
        });
        self.0.push(Check { name, limit, ask });
        self
    }

    /// Asks all of them at the same time; the findings come in the order in which the checks were added.
    pub async fn run(&self) -> Vec<Finding> {
        let mut running = JoinSet::new();
        let mut findings = Vec::with_capacity(self.0.len());
        for (position, check) in self.0.iter().enumerate() {
            let Check { name, limit, ask } = check.clone();
            // Stands until the task brings its own: only a check that panicked leaves it there.
            findings.push(Finding { name, fault: Some("the check failed".to_owned()), note: None, took: limit });
            running.spawn(async move {
                let started = Instant::now();
                let late = || format!("no answer within {limit:?}");
                let (note, fault) = match timeout(limit, ask()).await {
                    Ok(Ok(note)) => (note, None),
                    Ok(Err(fault)) => (None, Some(fault)),
                    Err(_) => (None, Some(late())),
                };
                (position, Finding { name, fault, note, took: started.elapsed() })
            });
        }
        while let Some(joined) = running.join_next().await {
            if let Ok((position, finding)) = joined
                && let Some(place) = findings.get_mut(position)
            {
                *place = finding;
            }
        }
        findings
    }
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    name: &'static str,
    fault: Option<String>,
    note: Option<String>,
    took: Duration,
}

impl Finding {
    /// The name the check was added under.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether all is well.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.fault.is_none()
    }

    /// Why not, for the operator.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// How things stand, where the check says so.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Finding", 5)?;
        fields.serialize_field("name", self.name)?;
        fields.serialize_field("passed", &self.passed())?;
        fields.serialize_field("fault", &self.fault)?;
        match &self.note {
            Some(note) => fields.serialize_field("note", note)?,
            None => fields.skip_field("note")?,
        }
        fields.serialize_field("took_ms", &self.took.as_millis())?;
        fields.end()
    }
}
