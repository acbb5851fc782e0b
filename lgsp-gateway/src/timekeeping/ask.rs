//! One question to one time server.

use std::{fmt, net::SocketAddr, str::FromStr, sync::Arc, time::Duration};

use clock::{Clock, Entropy};
use tokio::{
    net::{UdpSocket, lookup_host},
    time::{Instant, timeout},
};

use super::ntp;

/// The port of time servers (RFC 5905 §16).
const PORT: u16 = 123;

/// A time server: a host, and its port where it is not 123.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    host: String,
    port: u16,
}

impl FromStr for Server {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "must be a host, or a host and a port, such as ntp.example.gov.vn:123 or [::1]:123";
        let (host, port) = match (text.strip_prefix('['), text.rsplit_once(':')) {
            (Some(rest), _) => {
                let (host, port) = rest.split_once(']').ok_or(WANTED)?;
                (host, port.strip_prefix(':').or((port.is_empty()).then_some("123")).ok_or(WANTED)?)
            }
            (None, Some((host, port))) if !host.contains(':') => (host, port),
            (None, Some(_)) => return Err(WANTED),
            (None, None) => (text, "123"),
        };
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(WANTED)?;
        let fits = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:_".contains(&byte));
        if fits { Ok(Self { host: host.to_owned(), port }) } else { Err(WANTED) }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.host.contains(':'), self.port) {
            (false, PORT) => f.write_str(&self.host),
            (true, PORT) => write!(f, "[{}]", self.host),
            (false, port) => write!(f, "{}:{port}", self.host),
            (true, port) => write!(f, "[{}]:{port}", self.host),
        }
    }
}

/// What one server says of our clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// How far our clock is ahead of the server, in microseconds; negative when it is behind.
    pub ahead: i64,
    /// By how much that may be wrong, in microseconds: half of the way there and back, and what the server says of itself.
    pub uncertain: i64,
}

/// Why a server says nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    /// Its name or the network.
    #[error("it cannot be asked")]
    Network(#[from] std::io::Error),
    /// Its name has no address.
    #[error("its name has no address")]
    Address,
    /// No answer that counts came in time.
    #[error("it gave no answer in time")]
    Silent,
    /// No random bytes could be had.
    #[error("no question could be made")]
    Entropy,
}

/// Asks with a clock and with chance.
pub(super) struct Asking {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) within: Duration,
}

impl Asking {
    /// Asks one server, once.
    pub(super) async fn ask(&self, server: &Server) -> Result<Reading, AskError> {
        timeout(self.within, self.exchange(server)).await.map_err(|_| AskError::Silent)?
    }

    async fn exchange(&self, server: &Server) -> Result<Reading, AskError> {
        let address = lookup_host((server.host.as_str(), server.port)).await?.next().ok_or(AskError::Address)?;
        let here: SocketAddr = if address.is_ipv4() { ([0; 4], 0).into() } else { ([0_u16; 8], 0).into() };
        let socket = UdpSocket::bind(here).await?;
        // From here on only this server's packets come in.
        socket.connect(address).await?;
        let mut cookie = [0; 8];
        self.entropy.fill(&mut cookie).map_err(|_| AskError::Entropy)?;
        // The way is measured by a clock that nobody sets meanwhile.
        let (asked, began) = (ntp::Moment::of(self.clock.now()), Instant::now());
        socket.send(&ntp::question(cookie)).await?;
        let mut packet = [0; 512];
        loop {
            let length = socket.recv(&mut packet).await?;
            let took = i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX);
            if let Some(answer) = ntp::answer(packet.get(..length).unwrap_or_default(), cookie) {
                return Ok(reading(asked, took, &answer));
            }
        }
    }
}

/// RFC 5905 §8, with our time of the answer as the time of the question and what has passed since.
fn reading(asked: ntp::Moment, took: i64, answer: &ntp::Answer) -> Reading {
    let there = answer.received.micros_since(asked);
    let back = answer.sent.micros_since(asked).saturating_sub(took);
    let held = answer.sent.micros_since(answer.received).max(0);
    let way = took.saturating_sub(held).max(0);
    let behind = i64::midpoint(there, back);
    Reading { ahead: behind.saturating_neg(), uncertain: (way / 2).saturating_add(answer.distance) }
}

#[cfg(test)]
mod tests {
    use clock::Timestamp;

    use super::*;

    #[test]
    fn a_server_is_a_host_with_or_without_a_port() {
        let check = |text: &str, shown: Option<&str>| {
            let read = text.parse::<Server>().ok().map(|server| server.to_string());
            assert_eq!(read.as_deref(), shown, "{text}");
        };
        check("ntp.example.gov.vn", Some("ntp.example.gov.vn"));
        check("ntp.example.gov.vn:123", Some("ntp.example.gov.vn"));
        check("10.0.0.1:1123", Some("10.0.0.1:1123"));
        check("[::1]", Some("[::1]"));
        check("[::1]:1123", Some("[::1]:1123"));
        for wrong in ["", ":123", "::1", "a:b:1", "a:", "a:0", "a:99999", "a b", "[::1", "[::1]x", "http://a", "a/b"] {
            check(wrong, None);
        }
    }

    #[test]
    fn half_of_the_way_is_what_a_reading_may_be_wrong_by() {
        let at = |micros: i64| ntp::Moment::of(Timestamp::from_micros(1_795_219_200_000_000 + micros));
        let answer = |received, sent| ntp::Answer { received: at(received), sent: at(sent), distance: 0 };
        let near = |reading: Reading, ahead: i64, uncertain: i64| {
            // 32 bits of a second are a little coarser than a microsecond is fine.
            let close = (reading.ahead - ahead).abs() <= 1 && (reading.uncertain - uncertain).abs() <= 1;
            assert!(close, "{reading:?}");
        };
        // Our clock is right; 10 ms there, 5 ms with the server, 10 ms back.
        near(reading(at(0), 25_000, &answer(10_000, 15_000)), 0, 10_000);
        // It is 3 s behind.
        near(reading(at(0), 25_000, &answer(3_010_000, 3_015_000)), -3_000_000, 10_000);
        // It is 3 s ahead, and the way back took all the time.
        near(reading(at(0), 20_000, &answer(-3_000_000, -3_000_000)), 3_010_000, 10_000);
    }
}
