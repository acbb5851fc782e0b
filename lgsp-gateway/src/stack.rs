//! The way of a call in one function. The types of its steps keep the order: none can be left out or moved.

use std::sync::Arc;

use tokio::time::Instant;

use crate::{
    app::App,
    call::{Call, Head},
    caller::{self, Identified},
    listener::Accepted,
    refusal::{Code, Refusal},
    reply::{RecordedReply, Reply},
    route::{self, Next},
    shape,
    trail::Trail,
    verify::Claim,
};

/// Answers one call. It runs to its end even when the caller has gone: what was begun is recorded.
pub async fn answer(app: &App, call: Call<Accepted>) -> RecordedReply {
    let began = Instant::now();
    let head = Arc::clone(&call.head);
    let mut trail = Trail::default();
    // A body that did not come is refused like everything else: recorded, under the name of who sent it.
    let fault = call.stage.fault().cloned();
    // Who it is comes first: nothing of a stranger goes into the log.
    let claim = Claim::of(&head);
    let identified = caller::identify(call, &claim, app.clock.now(), &mut trail);
    if trail.client.is_none() {
        return unrecorded(app, &head, &mut trail, identified.err().unwrap_or(Code::Internal.into()), began);
    }
    // Then the record, before anything is believed: a refused call is in the log too, and without a record nothing is done.
    let opened = match app.message_log.open(&head, &trail).await {
        Ok(opened) => opened,
        Err(refusal) => return unrecorded(app, &head, &mut trail, refusal, began),
    };
    let outcome = match (identified, fault) {
        (Err(refusal), _) | (Ok(_), Some(refusal)) => Err(refusal),
        (Ok(_), None) if !app.authorities.contains(&head.authority) => {
            Err(Refusal::new(Code::BadRequest).detail("another host is meant"))
        }
        (Ok(call), None) => decide_and_ask(app, call, &claim, &mut trail).await,
    };
    let outcome = outcome.map_err(|refusal| if trail.once_only { refusal.after_asking_once() } else { refusal });
    let signed = app.signer.seal(&head, &mut trail, outcome);
    let refused = signed.refusal;
    match app.message_log.close(&head, &trail, opened, signed).await {
        Ok(reply) => {
            app.measure.answered(&head, &trail, refused, began.elapsed());
            reply
        }
        // The register may have acted: the caller is told that the outcome is unknown, with the number of the record.
        Err(refusal) => unrecorded(app, &head, &mut trail, refusal, began),
    }
}

/// The way out and back, as far as the call gets.
async fn decide_and_ask(
    app: &App,
    call: Call<Identified>,
    claim: &Claim<'_>,
    trail: &mut Trail,
) -> Result<Reply, Refusal> {
    app.timekeeper.check()?;
    let call = app.verifier.verify(call, claim, trail).await?;
    let call = match route::route(call, app.clock.now(), trail)? {
        Next::Service(call) => call,
        Next::Meta(reply) => return Ok(reply),
    };
    let call = app.authorizer.permit(call, trail).await?;
    let call = shape::request(call).await?;
    let (shaped, answer) = app.dispatch.send(call, trail).await?;
    shape::reply(&app.spools, &shaped, answer, trail).await
}

/// A refusal before anybody of the registry is known behind the call; without even a head, a bare answer.
pub fn refuse(app: &App, head: Option<Arc<Head>>, refusal: Refusal) -> RecordedReply {
    match head {
        Some(head) => unrecorded(app, &head, &mut Trail::default(), refusal, Instant::now()),
        None => {
            tracing::error!(refusal.code = refusal.code.name(), "call.refused");
            RecordedReply::failed()
        }
    }
}

/// A refusal of which there can be no record: it has its line in the log of the operator instead.
fn unrecorded(app: &App, head: &Head, trail: &mut Trail, refusal: Refusal, began: Instant) -> RecordedReply {
    let signed = app.signer.seal(head, trail, Err(refusal));
    app.measure.answered(head, trail, signed.refusal, began.elapsed());
    match signed.unrecorded() {
        Ok(reply) => reply,
        // INVARIANT: `seal` of a refusal is a refusal.
        Err(_) => RecordedReply::failed(),
    }
}
