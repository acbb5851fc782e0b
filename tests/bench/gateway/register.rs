//! The register behind everything that is measured: on a thread of its own, so that its work is no server's.

use std::{net::TcpListener as StdListener, thread};

use anyhow::Context;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, put},
};
use futures::{StreamExt, stream};

/// How long the file is that the register gives out.
pub const FILE: usize = 100 << 20;
/// Its pieces.
pub const PIECE: usize = 64 << 10;

/// Starts it; gives its port. It ends with the process.
pub fn start() -> anyhow::Result<u16> {
    let listener = StdListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")?;
    thread::Builder::new().name("register".to_owned()).spawn(move || {
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, routes()).await
        })
    })?;
    Ok(port)
}

fn routes() -> Router {
    Router::new()
        .route("/HoKinhDoanh/{ma_so}", get(business))
        .route("/TapTin/{ten}", put(take))
        .route("/TapTin/{ten}", get(give))
}

async fn business() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], include_str!("ho-kinh-doanh.json"))
}

async fn take(request: Request) -> impl IntoResponse {
    let mut body = request.into_body().into_data_stream();
    let mut length = 0;
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => length += piece.len(),
            Err(_) => return (StatusCode::BAD_REQUEST, String::new()),
        }
    }
    (StatusCode::OK, format!("{length}\n"))
}

async fn give() -> impl IntoResponse {
    let piece = Bytes::from(vec![7; PIECE]);
    let pieces = stream::iter((0..FILE / PIECE).map(move |_| Ok::<_, std::io::Error>(piece.clone())));
    (
        [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_LENGTH, FILE.to_string())],
        Body::from_stream(pieces),
    )
}
