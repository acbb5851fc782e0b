//! The table.

use std::time::Duration;

/// What one flow on one server cost.
pub struct Row {
    /// Which server.
    pub target: &'static str,
    /// Which flow.
    pub flow: &'static str,
    /// How many flows.
    pub count: usize,
    /// How long they took together.
    pub wall: Duration,
    /// Each flow's own time, sorted.
    pub each: Vec<Duration>,
    /// Processor time of the server.
    pub server_cpu: Duration,
    /// Processor time of its databases.
    pub store_cpu: Duration,
    /// Resident memory of the server afterwards, KiB.
    pub resident_kib: u64,
}

impl Row {
    fn quantile(&self, share: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a quantile's place"
        )]
        let at = (self.each.len() as f64 * share) as usize;
        self.each.get(at.min(self.each.len().saturating_sub(1))).map_or(0.0, Duration::as_secs_f64) * 1000.0
    }
}

/// The rows as Markdown.
pub fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| server | flow | flows | flows/s | p50 ms | p99 ms | server CPU µs/flow | stores CPU µs/flow | memory MiB |\n\
         |---|---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for row in rows {
        #[expect(clippy::cast_precision_loss, reason = "counts of flows are small")]
        let count = row.count as f64;
        #[expect(clippy::cast_precision_loss, reason = "memory in KiB is small")]
        let memory = row.resident_kib as f64 / 1024.0;
        table += &format!(
            "| {} | {} | {} | {:.0} | {:.2} | {:.2} | {:.0} | {:.0} | {memory:.1} |\n",
            row.target,
            row.flow,
            row.count,
            count / row.wall.as_secs_f64(),
            row.quantile(0.5),
            row.quantile(0.99),
            row.server_cpu.as_secs_f64() * 1e6 / count,
            row.store_cpu.as_secs_f64() * 1e6 / count,
        );
    }
    table
}
