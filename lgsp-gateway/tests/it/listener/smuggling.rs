//! One request hidden in another: each shape has a clear end, and what is hidden never becomes a call.

use super::gate::{Gate, say};

const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// The head of a first request with these lines, what may be its body, and the hidden one. The answer must begin with
/// `expected`, there must be one answer and no more, and the connection must end.
async fn check(gate: &Gate, caller: &certs::authority::Issued, lines: &str, body: &str, expected: &str) {
    let message = format!("POST /first HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n{body}{HIDDEN}");
    let answer = say(gate, caller, message.as_bytes()).await;
    assert!(answer.starts_with(expected), "{lines:?}: {answer}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{lines:?}: {answer}");
    let hidden: Vec<_> = gate.calls().into_iter().filter(|call| call.contains("hidden")).collect();
    assert!(hidden.is_empty(), "{lines:?}: {hidden:?}");
}

#[tokio::test]
async fn a_length_beside_a_transfer_coding_is_refused_in_either_order() {
    let (gate, chunks) = (Gate::open(), "0\r\n\r\n");
    let caller = gate.caller("mot-cua");
    for lines in [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
        "Content-Length: 0\r\nx: y\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
    ] {
        check(&gate, &caller, lines, chunks, "HTTP/1.1 400").await;
    }
    assert!(gate.calls().is_empty());
}

#[tokio::test]
async fn a_transfer_coding_in_any_other_writing_is_refused() {
    let (gate, chunks) = (Gate::open(), "0\r\n\r\n");
    let caller = gate.caller("mot-cua");
    for coding in [
        "transfer-encoding: xchunked",
        "transfer-encoding: chunkedx",
        "transfer-encoding: identity",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: \"chunked\"",
        "transfer-encoding: chunked;q=1",
        "transfer-encoding: \x0bchunked",
        "transfer-encoding : chunked",
        "transfer-encoding\t: chunked",
        " transfer-encoding: chunked",
        "x: y\r\n transfer-encoding: chunked",
        "x: y\r\n\ttransfer-encoding: chunked",
        "x: y\rtransfer-encoding: chunked",
        "x: y\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
        "transfer-encoding: chu\0nked",
        "transfer-encoding:",
    ] {
        check(&gate, &caller, &format!("{coding}\r\n"), chunks, "HTTP/1.1 400").await;
    }
    assert!(gate.calls().is_empty());
}

/// Codings that hyper would take, because they end in `chunked`, are refused by us; the framing is then certain, so the
/// connection may go on, and whatever stands after the last chunk is a request of its own.
#[tokio::test]
async fn a_list_of_codings_is_refused_although_it_ends_in_chunked() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    for coding in ["gzip, chunked", "identity, chunked", "chunked, chunked", ", chunked"] {
        let message = format!(
            "POST /first HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: {coding}\r\n\r\n0\r\n\r\n"
        );
        let answer = say(&gate, &caller, message.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("bad-request"), "{coding}: {answer}");
    }
    let twice = "POST /first HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\
                 transfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    let answer = say(&gate, &caller, twice.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("repeated-header"), "{answer}");
    assert!(gate.calls().is_empty());
}

#[tokio::test]
async fn a_length_that_can_be_read_in_two_ways_is_refused() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    for lines in [
        "content-length: 5\r\ncontent-length: 6",
        "content-length: 0\r\ncontent-length: 44",
        "content-length: 5, 5",
        "content-length: 5, 6",
        "content-length: +5",
        "content-length: -1",
        "content-length: 0x5",
        "content-length: 5 5",
        "content-length: 5;",
        "content-length: ",
        "content-length: 99999999999999999999999",
        "content-length : 5",
        "content-length: 5\ncontent-length: 0",
        "content-length: \x0b5",
    ] {
        check(&gate, &caller, &format!("{lines}\r\n"), "12345", "HTTP/1.1 400").await;
    }
    assert!(gate.calls().is_empty());
}

#[tokio::test]
async fn chunks_that_are_not_written_as_they_must_be_end_the_call_and_the_connection() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    for chunks in [
        "5\n12345\r\n0\r\n\r\n",
        "5;x\n12345\r\n0\r\n\r\n",
        "0x5\r\n12345\r\n0\r\n\r\n",
        "-5\r\n12345\r\n0\r\n\r\n",
        "5\r\n123456\r\n0\r\n\r\n",
        "5\r\n1234\r\n0\r\n\r\n",
        "5\r\n12345\n0\r\n\r\n",
        "fffffffffffffffff\r\n12345\r\n0\r\n\r\n",
        "\r\n5\r\n12345\r\n0\r\n\r\n",
        "g\r\n\r\n",
    ] {
        check(&gate, &caller, "transfer-encoding: chunked\r\n", chunks, "HTTP/1.1 400").await;
    }
    assert!(gate.calls().is_empty());
}

#[tokio::test]
async fn chunk_extensions_and_trailers_are_thrown_away_and_bounded() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    let head = "POST /first HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let good = format!("{head}5;name=\"value\"\r\n12345\r\n0\r\ncontent-length: 9\r\nlgsp-client: somebody\r\n\r\n");
    let answer = say(&gate, &caller, good.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(" x-road held 5 "), "{answer}");
    let endless = format!("{head}5;{}\r\n12345\r\n0\r\n\r\n", "x".repeat(1 << 20));
    let mut stream = gate.connect(&caller).await;
    let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, endless.as_bytes()).await;
    let answer = super::gate::rest(&mut stream).await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(gate.calls(), ["POST /first"]);
}

#[tokio::test]
async fn heads_with_loose_lines_reach_nobody() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    for head in [
        "GET /first HTTP/1.1\nhost: localhost\n\n",
        "GET /first HTTP/1.1\r\nhost: localhost\r\nx: y\n\r\n",
        "GET /first HTTP/1.1\r\nhost: localhost\r\n folded: x\r\n\r\n",
        "GET /first HTTP/1.1\r\nhost: localhost\r\nx : y\r\n\r\n",
        "GET /first HTTP/1.1\r\nhost: localhost\r\nx\r\n\r\n",
        "GET /first HTTP/1.1\r\nhost: localhost\r\n: y\r\n\r\n",
        "GET /first HTTP/1.1\r\nhost: localhost\r\nx: y\0\r\n\r\n",
        "GET /first HTTP/1.1\r\nhost: localhost\rx: y\r\n\r\n",
        "GET  /first HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "GET /first  HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "GET /first HTTP/1.1 \r\nhost: localhost\r\n\r\n",
        "GET\t/first HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "GET /first HTTP/1.2\r\nhost: localhost\r\n\r\n",
        "GET /first HTTP/2.0\r\nhost: localhost\r\n\r\n",
        "GET /first\r\n\r\n",
        // How HTTP/2 begins (RFC 9113 §3.4).
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let answer = say(&gate, &caller, format!("{head}{HIDDEN}").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{head:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{head:?}: {answer}");
    }
    assert!(gate.calls().is_empty());
}

/// The first answer does not open the door for what came with it.
#[tokio::test]
async fn a_head_behind_another_message_is_looked_at_like_the_first() {
    let gate = Gate::open();
    let caller = gate.caller("mot-cua");
    let first = [
        "GET /first HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "POST /first HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\n12\n\n5",
        "POST /first HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12\n\n5\r\n0\r\n\r\n",
    ];
    for (count, before) in (1..).zip(first) {
        for wrong in [
            "GET /hidden HTTP/1.1\nhost: localhost\n\n",
            "GET /hidden HTTP/1.1\r\nhost: localhost\n\r\n",
            "GET /hidden#x HTTP/1.1\r\nhost: localhost\r\n\r\n",
            "POST /hidden HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\n12345",
            "POST /hidden HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        ] {
            let answer = say(&gate, &caller, format!("{before}{wrong}{HIDDEN}").as_bytes()).await;
            assert!(
                answer.starts_with("HTTP/1.1 200") && answer.contains("HTTP/1.1 400"),
                "{before:?}{wrong:?}: {answer}"
            );
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 2, "{before:?}{wrong:?}: {answer}");
        }
        // Two good ones that come together are two calls.
        let good = format!("{before}GET /second HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let answer = say(&gate, &caller, good.as_bytes()).await;
        assert_eq!(answer.matches("HTTP/1.1 200").count(), 2, "{before:?}: {answer}");
        assert_eq!(gate.calls().iter().filter(|call| call.ends_with(" /second")).count(), count);
    }
    assert!(!gate.calls().iter().any(|call| call.contains("hidden")));
}
