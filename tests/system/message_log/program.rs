//! The programs beside this test, run on the files of a province.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use crate::process::program;

/// A gateway process on the settings of a province.
pub struct Gateway {
    child: Child,
}

impl Gateway {
    /// Starts it, and returns when somebody listens at `port`.
    pub async fn start(folder: &Path, port: u16) -> Self {
        let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("gateway.log")).expect("a log");
        let child = Command::new(gateway())
            .arg("--config")
            .arg(folder.join("gateway.toml"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("the gateway starts");
        // Held from here on by what ends it when it is dropped.
        let started = Self { child };
        for _ in 0..1200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return started;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        let log = fs::read_to_string(folder.join("gateway.log")).unwrap_or_default();
        panic!("the gateway did not answer within 30 s: {log}");
    }

    /// The most memory it ever needed, in KiB.
    pub fn most_memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Ends it as a power cut does.
    pub fn kill(mut self) {
        self.child.kill().expect("the process takes SIGKILL");
        self.child.wait().expect("the process ends");
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// `lgsp-gateway --config … log …`.
pub fn log(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(gateway());
    command.arg("--config").arg(folder.join("gateway.toml")).arg("log").args(arguments);
    command.stdin(Stdio::null()).output().expect("the program runs")
}

/// `lgsp-verify …`.
pub fn verify(arguments: &[&str]) -> Output {
    Command::new(program("lgsp-verify", "lgsp-verify")).args(arguments).output().expect("the program runs")
}

/// Everything that a program said.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn gateway() -> PathBuf {
    program("lgsp-gateway", "lgsp-gateway")
}
