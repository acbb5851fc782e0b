//! Several messages on one connection: each is read as any other parser would read it, or not at all.

use super::super::connection::{self, Opened, Stop, builder};
use super::{ConnectInfo, LONG, ServeConfig, connect, rest, router, start, until};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// A connection without a network: what is written has been taken once the server had its turns.
struct Line {
    stream: DuplexStream,
    entered: Arc<Notify>,
    leave: Arc<Notify>,
}

impl Line {
    fn open() -> Self {
        let (stream, io) = tokio::io::duplex(64 * 1024);
        let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (config, peer) = (ServeConfig::default(), "127.0.0.1:1".parse().unwrap());
        let opened = Opened { io, extension: ConnectInfo(peer), peer };
        let stop = Stop { drain: CancellationToken::new(), cut: CancellationToken::new() };
        let service = router(&entered, &leave);
        tokio::spawn(async move { connection::run(opened, service, builder(&config), config, stop).await });
        Self { stream, entered, leave }
    }

    async fn say(&mut self, text: &str) {
        // The server may have ended the connection already.
        let _ = self.stream.write_all(text.as_bytes()).await;
        for _ in 0..16 {
            tokio::task::yield_now().await;
        }
    }

    /// Everything until the server ends its side.
    async fn rest(mut self) -> String {
        let mut bytes = Vec::new();
        self.stream.read_to_end(&mut bytes).await.unwrap();
        String::from_utf8(bytes).unwrap()
    }
}

/// The status of each answer, and what it ends with.
fn answers(text: &str) -> Vec<(&str, &str)> {
    let each = text.split("HTTP/1.1 ").skip(1);
    each.map(|answer| (&answer[..3], answer.rsplit("\r\n").next().unwrap())).collect()
}

const WRONG: [&str; 5] = [
    "GET / HTTP/1.1\nhost: x\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: x\n\r\n",
    "GET / HTTP/1.1\r\nhost: x\r\nx: y\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\nabc",
    "POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
];

/// Messages that are complete, each with the status of its answer.
const GOOD: [(&str, &str); 5] = [
    ("GET / HTTP/1.1\r\nhost: x\r\n\r\n", "200"),
    ("POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nGET /\n\n\r\n", "413"),
    ("POST /refuse HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\na\nb\r\n0\r\n\r\n", "413"),
    ("POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\na\n\nb\n", "200"),
    ("POST /read HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\na\nb\r\n0\r\n\r\n", "200"),
];

const LAST: &str = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn requests_that_come_together_are_answered_in_their_order() {
    let mut line = Line::open();
    let wait = "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n";
    line.say(&[GOOD[4].0, GOOD[0].0, wait, "\r\n", GOOD[3].0, &LAST[..9]].concat()).await;
    line.entered.notified().await;
    // The rest of the last head comes while another request is being answered.
    line.say(&LAST[9..]).await;
    line.leave.notify_one();
    let text = line.rest().await;
    let expected = ["3 bytes", "here", "done", "5 bytes", "here"].map(|body| ("200", body));
    assert_eq!(answers(&text), expected, "{text}");
}

#[tokio::test]
async fn a_head_that_another_parser_reads_differently_gets_a_400_also_behind_another_message() {
    for wrong in WRONG {
        for (before, status) in [("", "400")].into_iter().chain(GOOD) {
            let all = format!("{before}{wrong}{LAST}");
            // All at once, with the first line of the second head, and with all but the end of it.
            for cut in [all.len(), before.len() + 15, before.len() + wrong.find("host").unwrap() + 6] {
                let mut line = Line::open();
                let (first, second) = all.split_at(cut);
                line.say(first).await;
                line.say(second).await;
                let text = line.rest().await;
                let found: Vec<_> = answers(&text).into_iter().map(|(status, _)| status).collect();
                // hyper ends the connection when an answer is made before the body has come whole: then that was the last one.
                let expected = match found.len() {
                    1 if before.is_empty() || before.contains("/refuse") => vec![status],
                    _ => vec![status, "400"],
                };
                assert_eq!(found, expected, "{all:?} cut at {cut}");
            }
        }
    }
}

#[tokio::test]
async fn chunks_that_another_parser_reads_differently_end_the_connection() {
    for chunks in ["3\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\nx: y\n\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n"] {
        let mut line = Line::open();
        let head = "POST /read HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
        line.say(&[head, chunks, LAST].concat()).await;
        let text = line.rest().await;
        assert!(matches!(answers(&text)[..], [("400", _)]), "{chunks:?}: {text}");
    }
}

#[tokio::test]
async fn an_answer_that_is_taken_slowly_is_whole_before_the_next_head_gets_its_400() {
    let mut line = Line::open();
    line.say("GET /long HTTP/1.1\r\nhost: x\r\n\r\nGET /long HTTP/1.1\nhost: x\r\n\r\n").await;
    let text = line.rest().await;
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let (pieces, last) = body.split_at(body.find("\r\n0\r\n\r\n").unwrap());
    assert!(head.starts_with("HTTP/1.1 200") && last.starts_with("\r\n0\r\n\r\nHTTP/1.1 400"), "{head}: {last}");
    assert_eq!(pieces.matches('x').count(), LONG * 64 * 1024);
}

#[tokio::test]
async fn an_empty_line_behind_a_body_is_no_slow_head() {
    let config = ServeConfig { head_timeout: Duration::from_millis(60), ..ServeConfig::default() };
    for (together, apart) in [("\r\n", ""), ("", "\r\n"), ("\r", "\n")] {
        let running = start(config);
        let mut tcp = connect(&running).await;
        tcp.write_all(format!("{}{together}", GOOD[3].0).as_bytes()).await.unwrap();
        until(&mut tcp, "5 bytes").await;
        tcp.write_all(apart.as_bytes()).await.unwrap();
        // The other head is really slow: when it has its answer, this one would have had it, too.
        let mut other = connect(&running).await;
        other.write_all(b"\r\nG").await.unwrap();
        assert!(rest(other).await.starts_with("HTTP/1.1 408"));
        tcp.write_all(LAST.as_bytes()).await.unwrap();
        let text = rest(tcp).await;
        assert_eq!(answers(&text), [("200", "here")], "{together:?} {apart:?}: {text}");
    }
}
