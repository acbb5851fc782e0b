//! Load: as many calls as some connections can make, or as many as a clock says.

use std::{cell::Cell, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use futures::future::try_join_all;
use tokio::time::{Instant, sleep_until};

use super::{
    connection::Connection,
    targets::{Call, Target},
};

/// What some calls took.
pub struct Calls {
    /// From the first to the last.
    pub wall: Duration,
    /// Each call's own time, sorted.
    pub each: Vec<Duration>,
}

impl Calls {
    /// The time below which this share of the calls stayed, in milliseconds.
    pub fn quantile(&self, share: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a quantile's place"
        )]
        let at = (self.each.len() as f64 * share) as usize;
        self.each.get(at.min(self.each.len().saturating_sub(1))).map_or(0.0, Duration::as_secs_f64) * 1000.0
    }

    /// Calls a second.
    pub fn rate(&self) -> f64 {
        count(self.each.len()) / self.wall.as_secs_f64()
    }

    fn of(began: Instant, each: Vec<Vec<Duration>>) -> Self {
        let wall = began.elapsed();
        let mut each: Vec<_> = each.into_iter().flatten().collect();
        each.sort_unstable();
        Self { wall, each }
    }
}

/// A count as a number to divide.
#[expect(clippy::cast_precision_loss, reason = "counts of calls are small")]
pub fn count(number: usize) -> f64 {
    number as f64
}

/// Closed loop: each connection calls again as soon as it has its answer, until both the time and the number are reached.
pub async fn closed(
    target: &Target,
    call: &Call,
    lanes: &mut [Connection],
    time: Duration,
    calls: usize,
) -> anyhow::Result<Calls> {
    let began = Instant::now();
    let made = Cell::new(0_usize);
    let lanes = lanes.iter_mut().map(|connection| {
        let made = &made;
        async move {
            let mut each = Vec::new();
            let mut request = Vec::with_capacity(4096);
            while began.elapsed() < time || made.get() < calls {
                let start = Instant::now();
                once(target, call, connection, &mut request, made.get()).await?;
                each.push(start.elapsed());
                made.set(made.get() + 1);
            }
            anyhow::Ok(each)
        }
    });
    let each = try_join_all(lanes).await?;
    Ok(Calls::of(began, each))
}

/// Open loop: calls begin when the clock says, `rate` in a second, whether or not earlier ones have their answers. A call
/// that finds its connection still busy has waited since it was due, and that counts.
pub async fn open(
    target: &Target,
    call: &Call,
    lanes: &mut [Connection],
    rate: f64,
    time: Duration,
) -> anyhow::Result<Calls> {
    ensure!(rate > 0.0, "a rate");
    let every = Duration::from_secs_f64(count(lanes.len()) / rate);
    let offset = Duration::from_secs_f64(1.0 / rate);
    let began = Instant::now();
    let lanes = lanes.iter_mut().zip(0_u32..).map(|(connection, lane)| async move {
        let mut each = Vec::new();
        let mut request = Vec::with_capacity(4096);
        let mut due = began + offset * lane;
        while due < began + time {
            // The timer's own grain of a millisecond is not the server's: a free connection starts its call when it wakes.
            let start = if Instant::now() < due {
                sleep_until(due).await;
                Instant::now()
            } else {
                due
            };
            once(target, call, connection, &mut request, each.len()).await?;
            each.push(start.elapsed());
            due += every;
        }
        anyhow::Ok(each)
    });
    let each = try_join_all(lanes).await?;
    Ok(Calls::of(began, each))
}

/// Every which answer's signature is checked: all of them would cost the machine more than the server.
const CHECKED: usize = 101;

async fn once(
    target: &Target,
    call: &Call,
    connection: &mut Connection,
    request: &mut Vec<u8>,
    number: usize,
) -> anyhow::Result<()> {
    target.department.head(&call.what(), request)?;
    request.extend_from_slice(&call.body);
    connection.write(request).await?;
    let answer = connection.answer().await?;
    ensure!(answer.status == 200, "{}: {}{}", target.name, answer.head, String::from_utf8_lossy(answer.body));
    target.calls.set(target.calls.get() + 1);
    if number.is_multiple_of(CHECKED) {
        target.check(call, request, &answer).with_context(|| format!("{}: {}", target.name, answer.head))?;
    }
    Ok(())
}

/// Connections to a target.
pub async fn connect(target: &Target, lanes: usize) -> anyhow::Result<Vec<Connection>> {
    let tls = Arc::clone(&target.tls);
    try_join_all((0..lanes).map(|_| Connection::open(target.port, &tls))).await
}
