//! What the log answers when it is asked: entries, tiles, proofs, and the three questions of the command line.

use std::{sync::Arc, time::Duration};

use clock::Clock;
use tlog::{
    Checkpoint, Entries, Hash,
    proof::{Tree, consistency, verify_consistency, verify_inclusion},
    tile,
};

use super::made::{Bench, answered, head, id, sealer, signature, trail};
use crate::{
    message_log::{
        Audit, Keys, LogSettings, ProveError, What,
        cli::{self, Copies},
        find, prove, published, verify,
    },
    storage::MessageLogStore,
    trail::{BodyCopy, MessageSignature, Trail},
};

async fn calls(bench: &Bench, from: u32, to: u32) {
    let log = bench.start().await;
    for number in from..to {
        let opened = log.open(&head(number), &trail(number)).await.unwrap();
        log.close_with(&head(number), &trail(number), opened, answered()).await.unwrap();
    }
    log.stop().await;
}

async fn get(store: &dyn MessageLogStore, path: &str) -> Vec<u8> {
    published(store, path).await.unwrap().unwrap_or_else(|| panic!("{path}")).bytes
}

#[tokio::test]
async fn whoever_reads_the_tiles_can_follow_the_log() {
    let bench = Bench::new().await;
    calls(&bench, 0, 100).await;
    let store = bench.store.as_ref();
    let state = async || {
        let note = String::from_utf8(get(store, "checkpoint").await).unwrap();
        Checkpoint::parse(bench.verifier().open(&note).unwrap()).unwrap()
    };
    let old = state().await;
    assert_eq!(tile::decode(&get(store, "tile/0/000.p/200").await).unwrap().len(), 200);
    assert_eq!(published(store, "tile/0/000").await.unwrap(), None, "nothing beyond the checkpoint");
    calls(&bench, 100, 400).await;
    let new = state().await;
    assert_eq!((old.size, new.size), (200, 800));

    let mut leaves = Vec::new();
    for path in ["tile/entries/000", "tile/entries/001", "tile/entries/002", "tile/entries/003.p/32"] {
        leaves.extend(Entries::of(&get(store, path).await).map(|entry| Hash::leaf(entry.unwrap())));
        let hashes = tile::decode(&get(store, &path.replace("entries", "0")).await).unwrap();
        assert!(leaves.ends_with(&hashes), "{path}");
    }
    assert_eq!(tile::decode(&get(store, "tile/1/000.p/3").await).unwrap().len(), 3);
    assert_eq!(published(store, "tile/1/000.p/4").await.unwrap(), None);
    let proof = consistency(leaves.as_slice(), old.size, new.size).unwrap();
    let tree = |checkpoint: &Checkpoint| Tree { size: checkpoint.size, root: checkpoint.root };
    assert_eq!(verify_consistency(tree(&old), tree(&new), &proof), Ok(()));
    for path in ["", "tile/0/000/", "tile/9/000", "../checkpoint", "tile/0/x001/000"] {
        assert_eq!(published(store, path).await.unwrap(), None, "{path}");
    }
}

#[tokio::test]
async fn every_call_can_be_proven_and_what_is_proven_is_in_the_log() {
    let bench = Bench::new().await;
    calls(&bench, 0, 300).await;
    let (log, sealer) = (bench.verifier(), sealer());
    let keys = Keys { log: &log, evidence: Some(&sealer) };
    for number in [0, 1, 127, 128, 255, 299] {
        let bundle = prove(bench.store.as_ref(), keys, id(number)).await.unwrap();
        let proven = bundle.check(Some(&log)).unwrap();
        assert_eq!((proven.id, proven.checkpoint.size), (id(number), 600));
        assert_eq!(proven.closed.unwrap().message_id, Some(format!("message-{number}")));
        assert_eq!(bundle.request.unwrap().base, trail(number).request_signature.unwrap().base);
        let leaf = Hash::leaf(bundle.opened.entry.as_bytes());
        let proof: Vec<_> = bundle.opened.proof.iter().map(|hash| Hash::from_base64(hash).unwrap()).collect();
        assert_eq!(verify_inclusion(bundle.opened.index, 600, leaf, &proof, proven.checkpoint.root), Ok(()));
    }
    let sealed = prove(bench.store.as_ref(), Keys { evidence: None, ..keys }, id(5)).await.unwrap();
    assert_eq!(sealed.request, None);
    sealed.check(Some(&log)).unwrap();
    assert!(matches!(prove(bench.store.as_ref(), keys, id(300)).await, Err(ProveError::Unknown)));
}

#[tokio::test]
async fn a_call_that_no_checkpoint_covers_is_not_proven_yet() {
    let bench = Bench::new().await;
    let settings = LogSettings { checkpoint_every: Duration::from_secs(3600), ..LogSettings::default() };
    let running = bench.start_over(Arc::clone(&bench.store), settings).await;
    let opened = running.open(&head(1), &trail(1)).await.unwrap();
    running.close_with(&head(1), &trail(1), opened, answered()).await.unwrap();
    let log = bench.verifier();
    let keys = Keys { log: &log, evidence: None };
    assert!(matches!(prove(bench.store.as_ref(), keys, id(1)).await, Err(ProveError::NotYet)));
    running.stop().await;
    prove(bench.store.as_ref(), keys, id(1)).await.unwrap();
}

#[tokio::test]
async fn a_call_is_found_by_the_time_in_its_id() {
    let bench = Bench::new().await;
    calls(&bench, 0, 3).await;
    bench.clock.advance(Duration::from_secs(3600));
    calls(&bench, 3, 4).await;
    let found = find(bench.store.as_ref(), id(2)).await.unwrap();
    assert_eq!((found.opened.unwrap().index, found.closed.unwrap().index), (4, 5));
    assert_eq!(find(bench.store.as_ref(), id(9)).await.unwrap(), crate::message_log::Found::default());
}

#[tokio::test]
async fn the_command_line_says_what_holds_and_what_does_not() {
    let bench = Bench::new().await;
    calls(&bench, 0, 2).await;
    let (store, log, sealer) = (bench.store.as_ref(), bench.verifier(), sealer());
    let audit = Audit { log: log.clone(), kept: Vec::new(), evidence: None };
    let mut out = Vec::new();
    assert!(cli::verify(store, &audit, bench.clock.now(), &mut out).await.unwrap());
    let text = String::from_utf8(std::mem::take(&mut out)).unwrap();
    assert!(text.contains("entries: 4") && text.ends_with("the log holds\n"), "{text}");

    let other = Audit { log: Bench::new().await.verifier(), ..audit };
    assert!(!cli::verify(store, &other, bench.clock.now(), &mut out).await.unwrap());
    let text = String::from_utf8(std::mem::take(&mut out)).unwrap();
    assert!(text.contains("THE LOG DOES NOT HOLD: the checkpoint of size 4"), "{text}");

    let keys = Keys { log: &log, evidence: Some(&sealer) };
    assert!(cli::show(store, keys, id(1), Copies::Named, &mut out).await.unwrap());
    let text = String::from_utf8(std::mem::take(&mut out)).unwrap();
    assert!(text.contains("\"kind\":\"opened\"") && text.contains("\"lgsp-id\": \"request\""), "{text}");
    assert!(!cli::show(store, keys, id(7), Copies::Named, &mut out).await.unwrap());

    out.clear();
    assert_eq!(cli::prove(store, keys, id(1), bench.clock.now(), &mut out).await.unwrap(), None);
    tlog::Bundle::decode(str::from_utf8(&out).unwrap()).unwrap().check(Some(&log)).unwrap();
}

/// A log of one call, of which this was found out.
async fn one(trail: Trail) -> Bench {
    let bench = Bench::new().await;
    let log = bench.start().await;
    let opened = log.open(&head(1), &trail).await.unwrap();
    log.close_with(&head(1), &trail, opened, answered()).await.unwrap();
    log.stop().await;
    bench
}

/// A log of one call whose agreement wants copies.
async fn copied(request: BodyCopy, reply: BodyCopy) -> Bench {
    one(Trail { request_copy: Some(request), reply_copy: Some(reply), ..trail(1) }).await
}

#[tokio::test]
async fn copies_of_bodies_are_named_and_shown_only_to_whoever_asks_for_them() {
    let bench = copied(BodyCopy::Whole("{\"SoDinhDanh\":1}".into()), BodyCopy::TooLong).await;
    let (log, sealer) = (bench.verifier(), sealer());
    let shown = async |evidence, copies| {
        let (keys, mut out) = (Keys { log: &log, evidence }, Vec::new());
        assert!(cli::show(bench.store.as_ref(), keys, id(1), copies, &mut out).await.unwrap());
        String::from_utf8(out).unwrap()
    };
    let named = shown(Some(&*sealer), Copies::Named).await;
    assert!(named.contains("\"copy\":\"sealed\"") && named.contains("\"copy\":\"too-long\""), "{named}");
    assert!(named.contains("--- request: copy of the body, 16 bytes; --bodies shows it"), "{named}");
    assert!(!named.contains("SoDinhDanh") && !named.contains("--- reply: copy"), "{named}");
    let whole = shown(Some(&*sealer), Copies::Shown).await;
    assert!(whole.contains("--- request: copy of the body, 16 bytes\n{\"SoDinhDanh\":1}\n"), "{whole}");
    assert!(!shown(None, Copies::Shown).await.contains("SoDinhDanh"));
}

#[tokio::test]
async fn a_call_whose_texts_are_sealed_is_shown_proven_and_verified() {
    let issue = Some("075085000001".to_owned());
    let bench = one(Trail { issue, request_signature: None, ..trail(1) }).await;
    let (store, log, sealer) = (bench.store.as_ref(), bench.verifier(), sealer());
    let keys = Keys { log: &log, evidence: Some(&*sealer) };
    let mut out = Vec::new();
    assert!(cli::show(store, keys, id(1), Copies::Named, &mut out).await.unwrap());
    let shown = String::from_utf8(out).unwrap();
    assert!(shown.contains("\"issue\":\"(sealed)\""), "{shown}");
    let texts = "--- stated by the caller: {\"purpose\":\"giai-quyet-tthc\",\"issue\":\"075085000001\"}";
    assert!(shown.contains(texts), "{shown}");
    let proven = prove(store, keys, id(1)).await.unwrap().check(Some(&log)).unwrap();
    assert_eq!(proven.closed.unwrap().purpose.as_deref(), Some("(sealed)"));
    let audit = Audit { log, kept: Vec::new(), evidence: Some(Arc::clone(&sealer)) };
    assert_eq!(verify(store, &audit).await.unwrap().fault, None);
}

#[tokio::test]
async fn a_token_that_can_be_used_is_not_shown_and_a_bundle_that_holds_it_is_called_so() {
    // `{"alg":"ES256"}` and `{"exp":1795219200}`: it ends when the log begins.
    const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjE3OTUyMTkyMDB9.c2VjcmV0";
    let base = format!("\"lgsp-id\": \"request\"\n\"lgsp-actor\": {TOKEN}\n\"@signature-params\": ()");
    let signed = MessageSignature { base, ..signature("request") };
    let bench = one(Trail { request_signature: Some(signed), ..trail(1) }).await;
    let (store, log, sealer) = (bench.store.as_ref(), bench.verifier(), sealer());
    let keys = Keys { log: &log, evidence: Some(&*sealer) };
    let mut out = Vec::new();
    assert!(cli::show(store, keys, id(1), Copies::Shown, &mut out).await.unwrap());
    let shown = String::from_utf8(out).unwrap();
    assert!(shown.contains("\"lgsp-actor\": eyJ") && !shown.contains("c2VjcmV0"), "{shown}");
    let prove = async |keys, now| {
        let mut out = Vec::new();
        let warning = cli::prove(store, keys, id(1), now, &mut out).await.unwrap();
        (String::from_utf8(out).unwrap(), warning)
    };
    let (now, minute) = (bench.clock.now(), Duration::from_secs(60));
    let (bundle, warning) = prove(keys, now).await;
    assert!(bundle.contains(TOKEN));
    assert!(warning.is_some_and(|warning| warning.contains(&format!("until {}", now.plus(minute)))));
    assert_eq!(prove(keys, now.plus(minute)).await, (bundle, None));
    assert_eq!(prove(Keys { evidence: None, ..keys }, now).await.1, None);
}

#[tokio::test]
async fn a_copy_of_another_body_than_the_recorded_one_is_found_when_the_evidence_is_opened() {
    let fault = async |request, reply| {
        let bench = copied(request, reply).await;
        let audit = Audit { log: bench.verifier(), kept: Vec::new(), evidence: Some(sealer()) };
        verify(bench.store.as_ref(), &audit).await.unwrap().fault.map(|fault| fault.what)
    };
    // The digests of the call are those of nothing.
    let (none, other) = (|| BodyCopy::Whole("".into()), || BodyCopy::Whole("x".into()));
    assert_eq!(fault(none(), none()).await, None);
    assert_eq!(fault(BodyCopy::TooLong, none()).await, None);
    assert_eq!(fault(other(), none()).await, Some(What::EvidenceUnopened));
    assert_eq!(fault(none(), other()).await, Some(What::EvidenceUnopened));
}

#[tokio::test]
async fn of_many_open_calls_the_first_are_named_and_the_rest_is_counted() {
    let bench = Bench::new().await;
    let running = bench.start().await;
    for number in 0..23 {
        running.open(&head(number), &trail(number)).await.unwrap();
    }
    running.stop().await;
    let audit = Audit { log: bench.verifier(), kept: Vec::new(), evidence: None };
    let mut out = Vec::new();
    assert!(cli::verify(bench.store.as_ref(), &audit, bench.clock.now(), &mut out).await.unwrap());
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("still under way: 23 calls") && text.contains("  … and 3 more\n"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("  entry ")).count(), 20);
}
