//! A department that speaks to the gateway byte by byte, as no library would.

use std::{sync::Arc, time::Duration};

use certs::{Identity, Revocation, Trust};
use clock::{Clock, SystemClock};
use sandbox::{bus::Prepared, province::Part};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::world::World;

/// An answer, as it came.
#[derive(Clone, Debug)]
pub struct Said {
    /// The status of the first answer.
    pub status: u16,
    /// Everything.
    pub text: String,
}

impl Said {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\r\n\r\n").next()?;
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body.
    pub fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    /// How many answers there are in it.
    pub fn answers(&self) -> usize {
        self.text.matches("HTTP/1.1 ").count()
    }
}

/// A connection with the certificate of this department.
pub async fn connect(world: &World, department: &str) -> TlsStream<TcpStream> {
    let pki = world.folder().join("pki");
    let anchors = std::fs::read(pki.join("ca.pem")).expect("the authority");
    let trust = Trust::new(&anchors, &[], Revocation::NotChecked).expect("anchors");
    let identity = Identity::read(&pki.join(format!("{department}.pem")), &pki.join(format!("{department}.key")));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let config = certs::tls::client_config(Some(&identity.expect("an identity")), &Arc::new(trust), &clock);
    let stream = TcpStream::connect(("127.0.0.1", world.province.addresses().port(Part::Gateway))).await;
    let name = "localhost".try_into().expect("a name");
    TlsConnector::from(config.expect("a configuration")).connect(name, stream.expect("the gateway")).await.expect("TLS")
}

/// Sends bytes on a connection of its own, and reads until the gateway closes it.
pub async fn say(world: &World, bytes: &[u8]) -> Said {
    let mut stream = connect(world, "mot-cua").await;
    // The gateway may answer and stop reading before all is sent.
    let _sent = stream.write_all(bytes).await;
    listen(&mut stream).await
}

/// Reads until the gateway closes the connection.
pub async fn listen(stream: &mut TlsStream<TcpStream>) -> Said {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer));
    let _end = read.await.expect("the connection is closed");
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Said { status, text }
}

/// The head of a message as it stands, without its last line; more lines may follow.
pub fn head(world: &World, prepared: &Prepared) -> String {
    let port = world.province.addresses().port(Part::Gateway);
    let mut head =
        format!("{} {} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n", prepared.method, prepared.target);
    for (name, value) in &prepared.headers {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().expect("text")));
    }
    if !prepared.body.is_empty() {
        head.push_str(&format!("content-length: {}\r\n", prepared.body.len()));
    }
    head
}
