//! The register behind everything that is measured: the stand-in of the province, on a thread of its own, so that its work
//! is no server's.

use std::{net::TcpListener as StdListener, thread};

use anyhow::Context;
use sandbox::national::rest_register;

/// A business that it knows; what it tells has about 1 KiB.
pub const BUSINESS: &str = "/8001234567";
/// How long the files are that it takes and gives.
pub const FILE: usize = 100 << 20;
/// Their pieces.
pub const PIECE: usize = 64 << 10;
/// What they are made of.
pub const FILLING: u8 = b'x';

/// Starts it; gives its port. It ends with the process.
pub fn start() -> anyhow::Result<u16> {
    let listener = StdListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")?;
    thread::Builder::new().name("register".to_owned()).spawn(move || {
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, rest_register::router()).await
        })
    })?;
    Ok(port)
}
