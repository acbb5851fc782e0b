//! A lean HTTP/1.1 client over one kept mutual-TLS connection: the driver must cost little, because it shares the machine.

use std::{ops::Range, sync::Arc};

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, pki_types::ServerName},
};

/// A connection to a server on the loopback, by its name `localhost`.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    buffer: Vec<u8>,
}

/// An answer, in the buffer of its connection until the next one.
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// Status line and headers.
    pub head: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
}

/// The first header of this name.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

impl Connection {
    /// Connects and shakes hands.
    pub async fn open(port: u16, tls: &Arc<ClientConfig>) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost")?;
        let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 << 10) })
    }

    /// Sends bytes of a request. What was only written may still lie in the session when the socket is full.
    pub async fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(bytes).await?;
        Ok(self.stream.flush().await?)
    }

    /// Reads a whole answer with a stated length.
    pub async fn answer(&mut self) -> anyhow::Result<Answer<'_>> {
        let (status, head) = self.head().await?;
        let length = length(&self.buffer, head.clone())?;
        let body = head.end..head.end + length;
        while self.buffer.len() < body.end {
            self.fill().await?;
        }
        Ok(Answer { status, head: std::str::from_utf8(&self.buffer[head])?, body: &self.buffer[body] })
    }

    /// Reads an answer and gives its body away piece by piece; gives back status, head and length.
    pub async fn streamed(&mut self, mut piece: impl FnMut(&[u8])) -> anyhow::Result<(u16, String, usize)> {
        let (status, head) = self.head().await?;
        let length = length(&self.buffer, head.clone())?;
        let text = std::str::from_utf8(&self.buffer[head.clone()])?.to_owned();
        self.buffer.drain(..head.end);
        let mut seen = 0;
        loop {
            piece(&self.buffer);
            seen += self.buffer.len();
            self.buffer.clear();
            if seen >= length {
                return Ok((status, text, seen));
            }
            self.fill().await?;
        }
    }

    async fn head(&mut self) -> anyhow::Result<(u16, Range<usize>)> {
        self.buffer.clear();
        let end = loop {
            self.fill().await?;
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let status = self.buffer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        Ok((status.context("no status")?, 0..end))
    }

    async fn fill(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn length(buffer: &[u8], head: Range<usize>) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(&buffer[head])?;
    Ok(header(head, "content-length").with_context(|| format!("an answer without a length:\n{head}"))?.parse()?)
}
