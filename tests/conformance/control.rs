//! Starts controls: `oidc-provider` in a process of its own.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    checks::userinfo::STANDARD,
    op::{Client, ClientAuth, Clients, Expects, Held, Op, Side},
    person::Person,
};

/// Running controls; they end when this is dropped.
pub struct Controls {
    /// The providers, in the order in which they were asked for.
    pub ops: Vec<Arc<Op>>,
    _process: Child,
}

/// Whether the control can run: `None`, or why not.
pub fn missing() -> Option<String> {
    let node = std::process::Command::new("node").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !node.is_ok_and(|status| status.success()) {
        return Some("node is not installed".to_owned());
    }
    let package = tests().join("node_modules/oidc-provider/package.json");
    (!package.exists()).then(|| "tests/node_modules is missing: `npm ci` in tests, or tests/run".to_owned())
}

/// The folder of the tests.
pub fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Starts one control for each name, on a free port: the name of a fault, or nothing for one that is right.
pub async fn start(faults: &[&str]) -> Result<Controls> {
    let ports = free_ports(faults.len())?;
    let places = ports.iter().zip(faults).map(|(port, fault)| match *fault {
        "" => port.to_string(),
        fault => format!("{port}={fault}"),
    });
    let clients = clients()?;
    let registered: Vec<_> = [&clients.first, &clients.second, &clients.post, &clients.rs256]
        .into_iter()
        .map(|client| {
            json!({
                "client_id": client.id,
                "client_secret": client.secret,
                "redirect_uris": [client.redirect_uri],
                "post_logout_redirect_uris": client.post_logout_redirect_uri.iter().collect::<Vec<_>>(),
                "grant_types": ["authorization_code", "refresh_token"],
                "require_auth_time": true,
                "token_endpoint_auth_method": match client.auth {
                    ClientAuth::Basic => "client_secret_basic",
                    ClientAuth::Post => "client_secret_post",
                },
            })
        })
        .collect();
    let mut process = Command::new("node")
        .arg(tests().join("conformance/control/op.mjs"))
        .arg(serde_json::to_string(&registered)?)
        .args(places)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("node does not start")?;
    let mut lines = BufReader::new(process.stdout.take().context("no output of node")?).lines();
    let line =
        tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await.context("node is not ready")??;
    ensure!(line.as_deref() == Some("ready"), "the control did not start: {line:?}");
    // Its warnings for developers go nowhere, but somebody has to read them.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let person = Person { provider: "", login: "an", password: "123456" };
    let mut ops = Vec::new();
    for port in ports {
        let issuer = format!("http://localhost:{port}");
        ops.push(Op::discover(Side::Control, issuer, clients.clone(), person, expects(person)).await?);
    }
    Ok(Controls { ops, _process: process })
}

/// Ports that nobody has; all are held until the last is found, so that they differ.
fn free_ports(count: usize) -> Result<Vec<u16>> {
    let held: Vec<TcpListener> = (0..count).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<Result<_, _>>()?;
    Ok(held.iter().map(TcpListener::local_addr).map(|at| at.map(|at| at.port())).collect::<Result<_, _>>()?)
}

fn clients() -> Result<Clients> {
    let client = |id: &str, auth| -> Result<Client> {
        Ok(Client {
            id: id.to_owned(),
            secret: crate::request::random()?,
            auth,
            redirect_uri: "http://127.0.0.1:7999/cb".to_owned(),
            post_logout_redirect_uri: Some("http://127.0.0.1:7999/signed-out".to_owned()),
        })
    };
    Ok(Clients {
        first: client("first", ClientAuth::Basic)?,
        second: client("second", ClientAuth::Basic)?,
        post: client("post", ClientAuth::Post)?,
        rs256: client("rs256", ClientAuth::Basic)?,
    })
}

fn expects(person: Person) -> Expects {
    let held = STANDARD.map(|(scope, _)| {
        let claims: &[&str] = match scope {
            "profile" => &["name", "family_name", "given_name", "birthdate", "gender", "locale", "updated_at"],
            "email" => &["email", "email_verified"],
            "phone" => &["phone_number", "phone_number_verified"],
            _ => &["address"],
        };
        (scope, Held { person, claims, reason: "" })
    });
    Expects {
        held: BTreeMap::from(held),
        plain_http: "the control listens on loopback without TLS",
        acr: ("urn:lienthong:nd69:1", Some("the control knows no levels, so no `acr` comes back")),
        ..Expects::default()
    }
}
