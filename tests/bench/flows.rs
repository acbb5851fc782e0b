//! The flows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use futures::future::try_join_all;

use crate::{client::Connection, report::Row, server::Server};

/// A flow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// One public document.
    Jwks,
    /// A client for itself.
    ClientCredentials,
    /// One token looked at, again and again.
    Introspection,
    /// One token's claims, again and again.
    UserInfo,
    /// A refresh token that stays.
    Refresh,
    /// A browser with a session: authorize, token, userinfo.
    WithSession,
    /// A browser without: authorize, choice, provider, callback, information page where due, token, userinfo.
    WholeLogin,
}

impl Flow {
    /// All of them, the light ones first.
    pub const ALL: [Self; 7] = [
        Self::Jwks,
        Self::ClientCredentials,
        Self::Introspection,
        Self::UserInfo,
        Self::Refresh,
        Self::WithSession,
        Self::WholeLogin,
    ];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jwks => "JWKS",
            Self::ClientCredentials => "client credentials",
            Self::Introspection => "introspection",
            Self::UserInfo => "userinfo",
            Self::Refresh => "refresh",
            Self::WithSession => "code flow with a session",
            Self::WholeLogin => "whole login",
        }
    }

    /// A whole login is a hundred times a JWKS: fewer tell as much.
    fn share(self) -> usize {
        match self {
            Self::WholeLogin => 10,
            _ => 1,
        }
    }
}

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What a flow starts from.
struct Start {
    access_token: String,
    refresh_token: String,
    cookies: Vec<String>,
}

/// Runs one flow many times over some connections, and says what it cost.
pub async fn measure(server: &Server, flow: Flow, connections: usize, flows: usize) -> anyhow::Result<Row> {
    let count = (flows / flow.share()).max(connections);
    // Each connection is a browser of its own, so that sessions are many, as in life.
    let mut starts = Vec::new();
    for _ in 0..connections {
        starts.push(start(server, flow).await?);
    }
    // Warm up, so that first-time costs are not divided among the flows.
    run(server, flow, &starts, connections * 10).await?;
    let (before, stores_before) = (server.processes.cost(), server.stores.cost());
    let began = now();
    let mut each = run(server, flow, &starts, count).await?;
    let wall = began.elapsed();
    let (after, stores_after) = (server.processes.cost(), server.stores.cost());
    each.sort();
    Ok(Row {
        target: server.name,
        flow: flow.name(),
        count,
        wall,
        each,
        server_cpu: after.cpu - before.cpu,
        store_cpu: stores_after.cpu.saturating_sub(stores_before.cpu),
        resident_kib: after.resident_kib,
    })
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn now() -> Instant {
    Instant::now()
}

async fn run(server: &Server, flow: Flow, starts: &[Start], count: usize) -> anyhow::Result<Vec<Duration>> {
    let left = Arc::new(AtomicUsize::new(count));
    let workers = starts.iter().map(|start| {
        let left = Arc::clone(&left);
        async move {
            let mut connection = Connection::open(server.port, &server.host).await?;
            let mut each = Vec::new();
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                let began = now();
                once(server, flow, start, &mut connection).await?;
                each.push(began.elapsed());
            }
            anyhow::Ok(each)
        }
    });
    Ok(try_join_all(workers).await?.into_iter().flatten().collect())
}

async fn start(server: &Server, flow: Flow) -> anyhow::Result<Start> {
    if matches!(flow, Flow::Jwks | Flow::ClientCredentials | Flow::WholeLogin) {
        return Ok(Start { access_token: String::new(), refresh_token: String::new(), cookies: Vec::new() });
    }
    let login = server.log_in(&server.authorize_url(CHALLENGE)).await?;
    let mut connection = Connection::open(server.port, &server.host).await?;
    let tokens = redeem(server, &login.code, &mut connection).await?;
    Ok(Start {
        access_token: tokens.member("access_token")?,
        refresh_token: tokens.member("refresh_token")?,
        cookies: login.cookies,
    })
}

async fn redeem(server: &Server, code: &str, connection: &mut Connection) -> anyhow::Result<crate::client::Answer> {
    let redirect = encode(server.redirect_uri);
    let code = encode(code);
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={VERIFIER}");
    let answer = connection.send("POST", server.paths.token, &server.authorization, &body).await?;
    ensure!(answer.status == 200, "token: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
    Ok(answer)
}

async fn once(server: &Server, flow: Flow, start: &Start, connection: &mut Connection) -> anyhow::Result<()> {
    let paths = &server.paths;
    let answer = match flow {
        Flow::Jwks => connection.send("GET", paths.jwks, "", "").await?,
        Flow::ClientCredentials => {
            connection.send("POST", paths.token, &server.authorization, "grant_type=client_credentials").await?
        }
        Flow::Introspection => {
            let body = format!("token={}", start.access_token);
            let answer = connection.send("POST", paths.introspection, &server.authorization, &body).await?;
            ensure!(find(&answer.body, b"\"active\":true"), "not active");
            answer
        }
        Flow::UserInfo => {
            let bearer = format!("authorization: Bearer {}\r\n", start.access_token);
            connection.send("GET", paths.userinfo, &bearer, "").await?
        }
        Flow::Refresh => {
            let body = format!("grant_type=refresh_token&refresh_token={}", encode(&start.refresh_token));
            connection.send("POST", paths.token, &server.authorization, &body).await?
        }
        Flow::WithSession => {
            let cookies = format!("cookie: {}\r\n", start.cookies.join("; "));
            let target = server.authorize_target(CHALLENGE);
            let authorized = connection.send("GET", &target, &cookies, "").await?;
            let code = authorized.location_parameter("code").context("authorize")?;
            hand_over(server, &code, connection).await?
        }
        Flow::WholeLogin => {
            let login = server.log_in(&server.authorize_url(CHALLENGE)).await?;
            hand_over(server, &login.code, connection).await?
        }
    };
    ensure!(answer.status == 200, "{}: {} {}", flow.name(), answer.status, String::from_utf8_lossy(&answer.body));
    Ok(())
}

async fn hand_over(server: &Server, code: &str, connection: &mut Connection) -> anyhow::Result<crate::client::Answer> {
    let tokens = redeem(server, code, connection).await?;
    let bearer = format!("authorization: Bearer {}\r\n", tokens.member("access_token")?);
    connection.send("GET", server.paths.userinfo, &bearer, "").await
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
