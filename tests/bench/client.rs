//! A lean HTTP/1.1 client over one kept connection: the driver must cost little, because it shares the machine.

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection to the server.
pub struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Answer {
    /// The status.
    pub status: u16,
    head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The parameter of the address in `Location`.
    pub fn location_parameter(&self, name: &str) -> anyhow::Result<String> {
        let location = self.header("location").with_context(|| format!("no Location, status {}", self.status))?;
        let (_, query) = location.split_once('?').context("no query")?;
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let found = pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        found.with_context(|| format!("no {name} in {location}"))
    }

    /// The member of a JSON body.
    pub fn member(&self, name: &str) -> anyhow::Result<String> {
        let json: serde_json::Value = serde_json::from_slice(&self.body).context("the body is no JSON")?;
        let text = json.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        text.with_context(|| format!("no {name}: status {} {}", self.status, String::from_utf8_lossy(&self.body)))
    }
}

impl Connection {
    /// Connects to a loopback port; `host` goes into the `Host` header.
    pub async fn open(port: u16, host: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host: host.to_owned(), buffer: Vec::with_capacity(8192) })
    }

    /// Sends one request and reads its whole answer.
    pub async fn send(&mut self, method: &str, target: &str, headers: &str, body: &str) -> anyhow::Result<Answer> {
        let form = if body.is_empty() {
            String::new()
        } else {
            format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n", body.len())
        };
        let request = format!("{method} {target} HTTP/1.1\r\nhost: {}\r\n{headers}{form}\r\n{body}", self.host);
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let end = loop {
            self.fill().await?;
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let status = head.get(9..12).and_then(|digits| digits.parse().ok()).context("no status")?;
        let mut answer = Answer { status, head, body: Vec::new() };
        if answer.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            while !self.buffer.ends_with(b"\r\n0\r\n\r\n") && !self.buffer[end..].starts_with(b"0\r\n\r\n") {
                self.fill().await?;
            }
            answer.body = unchunk(&self.buffer[end..])?;
        } else {
            let length: usize = answer.header("content-length").map_or(Ok(0), str::parse)?;
            while self.buffer.len() < end + length {
                self.fill().await?;
            }
            answer.body = self.buffer[end..end + length].to_vec();
        }
        Ok(answer)
    }

    async fn fill(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn unchunk(mut rest: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = find(rest, b"\r\n").context("no chunk")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line])?, 16)?;
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 4 + size..];
    }
}
