//! What processes cost, from `/proc`.

use std::{collections::BTreeSet, fs, time::Duration};

/// Processor time and memory of a set of processes.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    /// User and system time, reaped children included.
    pub cpu: Duration,
    /// Resident memory in KiB.
    pub resident_kib: u64,
}

/// The processes whose cost counts, found again at each reading, because servers come and go with their children.
#[derive(Clone, Default)]
pub struct Processes {
    roots: Vec<u32>,
}

impl Processes {
    /// These processes and all below them.
    pub fn of(roots: Vec<u32>) -> Self {
        Self { roots }
    }

    /// What they have cost until now.
    pub fn cost(&self) -> Cost {
        let mut cost = Cost::default();
        for pid in self.all() {
            if let Some(own) = read(pid) {
                cost.cpu += own.cpu;
                cost.resident_kib += own.resident_kib;
            }
        }
        cost
    }

    fn all(&self) -> BTreeSet<u32> {
        let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
            .filter_map(|pid| Some((pid, stat(pid)?.get(1)?.parse().ok()?)))
            .collect();
        let mut found: BTreeSet<u32> = self.roots.iter().copied().collect();
        loop {
            let before = found.len();
            found.extend(
                parents.iter().filter(|(_, parent)| found.contains(parent)).map(|(pid, _)| *pid).collect::<Vec<_>>(),
            );
            if found.len() == before {
                return found;
            }
        }
    }
}

/// The process that listens on this TCP port of the loopback interface.
pub fn listener(port: u16) -> Option<u32> {
    let needle = format!(":{port:04X}");
    let table = fs::read_to_string("/proc/net/tcp").ok()? + &fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
    let inode = table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields.get(3) == Some(&"0A") && fields.get(1)?.ends_with(&needle)).then(|| fields.get(9).copied())?
    })?;
    let socket = format!("socket:[{inode}]");
    let pids = fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten();
        open.flatten().any(|fd| fs::read_link(fd.path()).is_ok_and(|to| to.to_str() == Some(&socket)))
    })
    .min()
}

/// The fields of `/proc/PID/stat` after the name, which may itself hold spaces.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(text.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

fn read(pid: u32) -> Option<Cost> {
    let fields = stat(pid)?;
    // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), in ticks of 10 ms.
    let ticks: u64 = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    let pages: u64 = fields.get(21)?.parse().ok()?;
    Some(Cost { cpu: Duration::from_millis(ticks * 10), resident_kib: pages * 4 })
}
