//! How much memory a hundred bodies of 100 MB need while they stream through, up and down.

use std::{fs, path::Path, sync::Arc};

use anyhow::{Context, ensure};
use aws_lc_rs::digest::{self, SHA256};
use base64::{Engine, engine::general_purpose::STANDARD};
use certs::authority::KeyKind;
use futures::future::try_join_all;
use tokio::time::Instant;

use super::{
    connection::{Connection, header},
    department::What,
    register::{FILE, FILLING, PIECE},
    registry,
    targets::{Place, Storage, Target},
};

/// Bodies at once.
const BODIES: usize = 100;

/// One direction.
pub struct Streamed {
    /// `up` or `down`.
    pub direction: &'static str,
    /// How long it took.
    pub seconds: f64,
    /// The most that was resident until its end, MiB.
    pub peak_mib: f64,
    /// Deleted files that the process still holds, and files left in its folder for bodies.
    pub left: usize,
}

/// A fresh gateway, bodies to the register, then bodies from it.
pub async fn measure(place: &Place<'_>, gateway: &Path) -> anyhow::Result<String> {
    let target = place.gateway("gateway", gateway, KeyKind::Ed25519, Storage::Sqlite).await?;
    let idle = peak_mib(target.pid())?;
    let mut rows = Vec::new();
    for direction in ["up", "down"] {
        eprintln!("{BODIES} bodies {direction} …");
        let began = Instant::now();
        let digest = file_digest();
        let each = (0..BODIES).map(|number| one(&target, direction, &digest, number));
        try_join_all(each).await?;
        let seconds = began.elapsed().as_secs_f64();
        rows.push(Streamed { direction, seconds, peak_mib: peak_mib(target.pid())?, left: left(&target)? });
    }
    target.stop();
    Ok(super::table::memory(idle, &rows))
}

async fn one(target: &Target, direction: &str, digest: &str, number: usize) -> anyhow::Result<()> {
    let mut connection = Connection::open(target.port, &Arc::clone(&target.tls)).await?;
    let mut head = Vec::new();
    let path = if direction == "up" { format!("/tap-{number}") } else { format!("/{FILE}") };
    let empty = super::department::content_digest(b"");
    let service = registry::FILES;
    if direction == "up" {
        let content_type = Some("application/octet-stream");
        target
            .department
            .head(&What { method: "PUT", service, path: &path, content_type, digest, length: FILE }, &mut head)?;
        connection.write(&head).await?;
        let piece = vec![FILLING; PIECE];
        for _ in 0..FILE / PIECE {
            connection.write(&piece).await?;
        }
        let answer = connection.answer().await?;
        ensure!(answer.status == 200, "{}{}", answer.head, String::from_utf8_lossy(answer.body));
        ensure!(String::from_utf8_lossy(answer.body).contains(&FILE.to_string()), "the register got another length");
    } else {
        let what = What { method: "GET", service, path: &path, content_type: None, digest: &empty, length: 0 };
        target.department.head(&what, &mut head)?;
        connection.write(&head).await?;
        let mut text = Vec::new();
        let (status, head, length) =
            connection.streamed(|piece| text.extend_from_slice(piece.get(..8).unwrap_or(piece))).await?;
        ensure!(status == 200 && length == FILE, "{head}: {length} bytes");
        ensure!(header(&head, "content-digest") == Some(digest), "another digest: {head}");
    }
    Ok(())
}

/// `sha-256=:…:` of the file that goes both ways.
fn file_digest() -> String {
    let piece = vec![FILLING; PIECE];
    let mut hash = digest::Context::new(&SHA256);
    for _ in 0..FILE / PIECE {
        hash.update(&piece);
    }
    format!("sha-256=:{}:", STANDARD.encode(hash.finish()))
}

/// The most that has been resident (`VmHWM` of proc(5)), MiB.
fn peak_mib(pid: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib / 1024.0)
}

/// Unnamed files still open, and files beside those that a gateway has anyway.
fn left(target: &Target) -> anyhow::Result<usize> {
    let open = fs::read_dir(format!("/proc/{}/fd", target.pid()))?.flatten();
    let deleted =
        open.filter(|fd| fs::read_link(fd.path()).is_ok_and(|to| to.to_string_lossy().ends_with(" (deleted)"))).count();
    let home = target.config.as_ref().and_then(|config| config.parent()).context("no folder")?;
    let known = |name: &str| name.starts_with("gateway.") || name == "evidence.key" || name == "registry";
    let files = fs::read_dir(home)?.flatten().filter(|entry| !known(&entry.file_name().to_string_lossy())).count();
    Ok(deleted + files)
}
