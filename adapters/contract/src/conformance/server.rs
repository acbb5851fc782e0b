//! A small HTTP/1.1 server that does what it is told, above all what no server should do.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use url::Url;

/// How much [`Action::Flood`] pours at most, in bytes: far more than any socket buffers.
pub const FLOOD_BYTES: usize = 64 * 1024 * 1024;
const LONGEST_REQUEST: usize = 1024 * 1024;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The raw query, empty when there is none.
    pub query: String,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Request {
    /// The first header of this name, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Headers besides `Content-Length` and `Connection`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// 200 with a JSON body.
    #[must_use]
    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::typed("application/json", body)
    }

    /// 200 with a body of another type.
    #[must_use]
    pub fn typed(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: vec![("Content-Type".to_owned(), content_type.to_owned())], body: body.into() }
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn head(&self, length: usize) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!("HTTP/1.1 {} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n", self.status)
    }
}

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Action {
    /// Answers.
    Reply(Reply),
    /// Answers after a while.
    After(Duration, Reply),
    /// Says nothing and keeps the connection.
    Silence,
    /// Sends a status line that never ends, byte by byte.
    DripHead,
    /// Sends a good head and then a body that never ends, byte by byte.
    DripBody,
    /// Closes within the status line.
    CutHead,
    /// Sends these bytes, which need not be HTTP, and closes.
    Raw(Vec<u8>),
    /// Announces the whole body and closes after half of it.
    CutBody(Reply),
    /// Pours [`FLOOD_BYTES`] of JSON string, with a `Content-Length` or chunked.
    Flood {
        /// Without a `Content-Length`.
        chunked: bool,
    },
}

type Handler = dyn Fn(&Url, &Request) -> Action + Send + Sync;

struct Shared {
    base: Url,
    handler: Box<Handler>,
    seen: Mutex<Vec<Request>>,
    poured: AtomicUsize,
}

/// A running server; it stops when dropped.
pub struct Server {
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Listens on a free loopback port and answers every request as `handler` says.
    pub async fn start(handler: impl Fn(&Url, &Request) -> Action + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let base = Url::parse(&format!("http://{}", listener.local_addr()?)).map_err(io::Error::other)?;
        let shared =
            Arc::new(Shared { base, handler: Box::new(handler), seen: Mutex::default(), poured: AtomicUsize::new(0) });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { shared, accepting })
    }

    /// The address, as `http://127.0.0.1:1234/`.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.shared.base
    }

    /// The requests until now.
    #[must_use]
    pub fn seen(&self) -> Vec<Request> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many bytes a flood got rid of.
    #[must_use]
    pub fn poured(&self) -> usize {
        self.shared.poured.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        // A connection that breaks is the purpose of half the actions.
        tokio::spawn(async move { serve(stream, &shared).await.ok() });
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let request = read(&mut stream).await?;
    let action = (shared.handler)(&shared.base, &request);
    shared.seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    act(&mut stream, action, &shared.poured).await?;
    stream.shutdown().await
}

async fn act(stream: &mut TcpStream, action: Action, poured: &AtomicUsize) -> io::Result<()> {
    match action {
        Action::Reply(reply) => reply_with(stream, &reply).await,
        Action::After(delay, reply) => {
            tokio::time::sleep(delay).await;
            reply_with(stream, &reply).await
        }
        Action::Silence => stream.read_u8().await.map(drop),
        Action::DripHead => drip(stream, "HTTP/1.1 200 ", b"a").await,
        Action::DripBody => drip(stream, &Reply::json("").head(1_000_000), b" ").await,
        Action::CutHead => stream.write_all(b"HTTP/1.1 20").await,
        Action::Raw(bytes) => stream.write_all(&bytes).await,
        Action::CutBody(reply) => {
            let half = reply.body.get(..reply.body.len() / 2).unwrap_or_default();
            stream.write_all(reply.head(reply.body.len()).as_bytes()).await?;
            stream.write_all(half).await
        }
        Action::Flood { chunked } => flood(stream, chunked, poured).await,
    }
}

async fn reply_with(stream: &mut TcpStream, reply: &Reply) -> io::Result<()> {
    stream.write_all(reply.head(reply.body.len()).as_bytes()).await?;
    stream.write_all(&reply.body).await
}

async fn drip(stream: &mut TcpStream, head: &str, drop: &[u8]) -> io::Result<()> {
    stream.write_all(head.as_bytes()).await?;
    loop {
        stream.write_all(drop).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn flood(stream: &mut TcpStream, chunked: bool, poured: &AtomicUsize) -> io::Result<()> {
    let block = vec![b'a'; 64 * 1024];
    if chunked {
        stream
            .write_all(
                b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\"\r\n",
            )
            .await?;
    } else {
        stream.write_all(Reply::json("").head(FLOOD_BYTES).as_bytes()).await?;
        stream.write_all(b"\"").await?;
    }
    while poured.load(Ordering::SeqCst) < FLOOD_BYTES {
        if chunked {
            stream.write_all(format!("{:x}\r\n", block.len()).as_bytes()).await?;
        }
        stream.write_all(&block).await?;
        if chunked {
            stream.write_all(b"\r\n").await?;
        }
        poured.fetch_add(block.len(), Ordering::SeqCst);
    }
    Ok(())
}

async fn read(stream: &mut TcpStream) -> io::Result<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        read_more(stream, &mut bytes).await?;
    };
    let head = String::from_utf8_lossy(bytes.get(..head_end).unwrap_or_default()).into_owned();
    let mut request = parse_head(&head);
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0_usize);
    while bytes.len() < head_end + 4 + length {
        read_more(stream, &mut bytes).await?;
    }
    request.body = String::from_utf8_lossy(bytes.get(head_end + 4..).unwrap_or_default()).into_owned();
    Ok(request)
}

async fn read_more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<()> {
    if bytes.len() > LONGEST_REQUEST || stream.read_buf(bytes).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

fn parse_head(head: &str) -> Request {
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let (path, query) = words.next().map(|target| target.split_once('?').unwrap_or((target, ""))).unwrap_or_default();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Request { method, path: path.to_owned(), query: query.to_owned(), headers, body: String::new() }
}
