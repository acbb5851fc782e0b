//! What does this process use? Read from `/proc` when somebody asks; on other systems nothing is shown.

use opentelemetry::metrics::Meter;
use std::fs;
use std::time::Duration;

/// Clock ticks of `/proc/self/stat` are hundredths of a second for every program on Linux (proc(5), `USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// Adds the instruments to a meter.
pub(super) fn observe(meter: &Meter) {
    // The instruments live as long as their meter; the handles are only for taking them out again.
    let _ = meter
        .u64_observable_gauge("process.resident_memory")
        .with_unit("By")
        .with_description("Memory of the process that is in RAM")
        .with_callback(|observer| {
            if let Some(bytes) = resident_bytes() {
                observer.observe(bytes, &[]);
            }
        })
        .build();
    let _ = meter
        .f64_observable_counter("process.cpu")
        .with_unit("s")
        .with_description("Processor time of the process, user and system")
        .with_callback(|observer| {
            if let Some(time) = processor_time() {
                observer.observe(time.as_secs_f64(), &[]);
            }
        })
        .build();
    let _ = meter
        .u64_observable_gauge("process.open_fds")
        .with_description("Open files and sockets of the process")
        .with_callback(|observer| {
            if let Some(files) = open_files() {
                observer.observe(files, &[]);
            }
        })
        .build();
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

fn processor_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, the program's name, may hold spaces and brackets; what follows its last bracket does not.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    TICK.checked_mul(user.checked_add(system)?)
}

fn open_files() -> Option<u64> {
    // One of them is the folder that is being read.
    let entries = fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
    u64::try_from(entries).ok()
}
