//! Modules about sessions: when a person is asked again, and when not.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};

use crate::{
    flow::{self, SignedIn},
    module::Verdict,
    op::Op,
    person::Visitor,
    request::Request,
};

/// Longer than one second, so that the next sign-in has another `auth_time` and `max_age=1` is over.
const PAUSE: Duration = Duration::from_millis(2_200);

/// `OIDCCPromptLogin`: `prompt=login` really asks again, and says so in `auth_time`.
pub async fn oidcc_prompt_login(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let (mut visitor, first) = flow::fresh_sign_in(&op, client, &Request::new(client)?).await?;
    tokio::time::sleep(PAUSE).await;
    let request = Request::new(client)?.with("prompt", "login");
    let second = flow::sign_in(&op, client, &mut visitor, &request).await?;
    asked_again(&first, &second)?;
    Ok(vec![])
}

/// `OIDCCMaxAge1`: after a pause `max_age=1` asks again.
pub async fn oidcc_max_age_1(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let (mut visitor, first) = flow::fresh_sign_in(&op, client, &Request::new(client)?).await?;
    tokio::time::sleep(PAUSE).await;
    let request = Request::new(client)?.with("max_age", "1");
    let second = flow::sign_in(&op, client, &mut visitor, &request).await?;
    asked_again(&first, &second)?;
    Ok(vec![])
}

fn asked_again(first: &SignedIn, second: &SignedIn) -> anyhow::Result<()> {
    ensure!(second.sign_ins >= 1, "the person was not asked again");
    ensure!(second.id_token.subject() == first.id_token.subject(), "sub changed");
    let (before, after) = (first.id_token.auth_time(), second.id_token.auth_time());
    let (before, after) = (before.context("no auth_time")?, after.context("no auth_time")?);
    ensure!(after > before, "auth_time went from {before} to {after}");
    Ok(())
}

/// `OIDCCPromptNoneNotLoggedIn`: a silent request without a session is answered with `login_required`.
pub async fn oidcc_prompt_none_not_logged_in(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let mut visitor = Visitor::new(op.person)?;
    let request = Request::new(client)?.with("prompt", "none");
    let expected = ["login_required", "interaction_required"];
    flow::refused(&op, client, &mut visitor, &request, &expected).await?;
    Ok(vec![])
}

/// `OIDCCPromptNoneLoggedIn`: a silent request with a session shows no page and speaks of the same sign-in.
pub async fn oidcc_prompt_none_logged_in(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let (mut visitor, first) = flow::fresh_sign_in(&op, client, &Request::new(client)?).await?;
    let second = flow::sign_in(&op, client, &mut visitor, &Request::new(client)?.with("prompt", "none")).await?;
    same_sign_in(&first, &second)?;
    Ok(vec![])
}

/// `OIDCCMaxAge10000`: a generous `max_age` asks nobody again.
pub async fn oidcc_max_age_10000(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let (mut visitor, first) = flow::fresh_sign_in(&op, client, &Request::new(client)?).await?;
    tokio::time::sleep(PAUSE).await;
    let second = flow::sign_in(&op, client, &mut visitor, &Request::new(client)?.with("max_age", "10000")).await?;
    ensure!(second.id_token.auth_time().is_some(), "no auth_time although max_age was asked");
    same_sign_in(&first, &second)?;
    Ok(vec![])
}

/// `OIDCCIdTokenHint`: `prompt=none` with a hint of the same person works.
pub async fn oidcc_id_token_hint(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let (mut visitor, first) = flow::fresh_sign_in(&op, client, &Request::new(client)?).await?;
    let request = Request::new(client)?.with("prompt", "none").with("id_token_hint", &first.id_token.raw);
    let second = flow::sign_in(&op, client, &mut visitor, &request).await?;
    same_sign_in(&first, &second)?;
    Ok(vec![])
}

fn same_sign_in(first: &SignedIn, second: &SignedIn) -> anyhow::Result<()> {
    ensure!(second.sign_ins == 0, "the person was asked again");
    ensure!(second.pages == 0, "{} pages were shown", second.pages);
    ensure!(second.id_token.subject() == first.id_token.subject(), "sub changed");
    ensure!(second.id_token.auth_time() == first.id_token.auth_time(), "auth_time changed");
    Ok(())
}
