//! Bodies that are long, slow, or not what they were announced to be.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::gate::{Gate, rest, say, short};

fn gate() -> Gate {
    let (tls, limits) = short();
    Gate::within(tls, limits)
}

fn post(length: usize) -> Vec<u8> {
    format!("POST /body HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n").into_bytes()
}

const CHUNKED: &[u8] = b"POST /body HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";

#[tokio::test]
async fn a_body_is_held_up_to_the_limit_and_passed_on_above_it() {
    let gate = gate();
    let caller = gate.caller("mot-cua");
    for (length, kind) in [(0, "held"), (1, "held"), (4096, "held"), (4097, "streamed"), (1 << 20, "streamed")] {
        let body = vec![b'x'; length];
        let answer = say(&gate, &caller, &[&post(length)[..], &body].concat()).await;
        assert!(answer.contains(&format!(" {kind} {length} ")), "{length}: {answer}");
        let chunks =
            body.chunks(1000).flat_map(|part| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
        let chunks: Vec<u8> = chunks.chain(b"0\r\n\r\n".iter().copied()).collect();
        let answer = say(&gate, &caller, &[CHUNKED, &chunks].concat()).await;
        assert!(answer.contains(&format!(" {kind} {length} ")), "{length}: {answer}");
    }
}

#[tokio::test]
async fn a_body_that_announces_too_much_is_refused_before_it_is_sent() {
    let gate = gate();
    let caller = gate.caller("mot-cua");
    let head =
        format!("POST /body HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n", (1 << 20) + 1);
    let answer = say(&gate, &caller, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("body-too-large"), "{answer}");
    // One that is taken is asked for.
    let head =
        "POST /body HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: 3\r\n\r\n";
    let answer = say(&gate, &caller, format!("{head}abc").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_body_without_an_announced_length_is_cut_off_at_the_limit() {
    let gate = gate();
    let caller = gate.caller("mot-cua");
    let piece = [&b"10000\r\n"[..], &[b'x'; 0x10000], b"\r\n"].concat();
    let answer = say(&gate, &caller, &[CHUNKED, &piece.repeat(17), b"0\r\n\r\n"].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("streamed TooLong"), "{answer}");
}

#[tokio::test]
async fn a_body_that_ends_early_is_no_body() {
    let gate = gate();
    let caller = gate.caller("mot-cua");
    for (length, sent) in [(100, 99), (100, 0), (4096, 10)] {
        let mut stream = gate.connect(&caller).await;
        stream.write_all(&[&post(length)[..], &vec![b'x'; sent]].concat()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(answer.contains("refused: body-cut"), "{length} {sent}: {answer}");
    }
    let mut stream = gate.connect(&caller).await;
    stream.write_all(&[&post(8000)[..], &[b'x'; 7999]].concat()).await.unwrap();
    stream.shutdown().await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.contains("streamed Cut"), "{answer}");
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_gets_a_408_while_a_good_call_passes() {
    let gate = gate();
    let caller = gate.caller("mot-cua");
    let mut slow = gate.connect(&caller).await;
    slow.write_all(&post(100)).await.unwrap();
    let drops = async {
        // Drop by drop: each piece in time, the whole never.
        for _ in 0..12 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if slow.write_all(b"x").await.is_err() {
                break;
            }
        }
        rest(&mut slow).await
    };
    let (answer, good) = tokio::join!(drops, gate.ask(&caller));
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("body-timeout"), "{answer}");
    assert!(good.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_long_body_that_stops_coming_ends_its_call() {
    let gate = gate();
    let caller = gate.caller("mot-cua");
    let mut stream = gate.connect(&caller).await;
    stream.write_all(&[&post(100_000)[..], &[b'x'; 50_000]].concat()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.contains("streamed Timeout"), "{answer}");
}
