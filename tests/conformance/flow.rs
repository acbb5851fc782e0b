//! The steps that modules are made of: sign in, exchange, and be judged by everything in `checks` on the way.

use anyhow::{Context, Result, ensure};

use crate::{
    checks::{
        answer,
        id_token::{self, Expected, IdToken},
        token::{self, TokenAnswer, Tokens},
        userinfo::{self, Sent},
    },
    op::{Client, Op},
    person::{Visit, Visitor},
    request::Request,
};

/// A whole code flow that went well.
pub struct SignedIn {
    /// The code, spent by now.
    pub code: String,
    /// The verified ID token.
    pub id_token: IdToken,
    /// The tokens.
    pub tokens: Tokens,
    /// How many times the person was asked to sign in.
    pub sign_ins: usize,
    /// How many pages the person saw.
    pub pages: usize,
}

/// How the authorization request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// In the query.
    Get,
    /// In a form.
    Post,
}

/// A visitor with a fresh browser who goes through a whole code flow.
pub async fn fresh_sign_in(op: &Op, client: &Client, request: &Request) -> Result<(Visitor, SignedIn)> {
    let mut visitor = Visitor::new(op.person)?;
    let signed = sign_in(op, client, &mut visitor, request).await?;
    ensure!(signed.sign_ins >= 1, "a fresh browser was not asked to sign in");
    Ok((visitor, signed))
}

/// A whole code flow, and UserInfo for its access token.
pub async fn sign_in(op: &Op, client: &Client, visitor: &mut Visitor, request: &Request) -> Result<SignedIn> {
    sign_in_by(op, client, visitor, request, Method::Get).await
}

/// The same with a choice of how the request is sent.
pub async fn sign_in_by(
    op: &Op,
    client: &Client,
    visitor: &mut Visitor,
    request: &Request,
    method: Method,
) -> Result<SignedIn> {
    let visit = authorize(op, client, visitor, request, method).await?;
    let (sign_ins, pages) = (visit.sign_ins, visit.pages);
    let code = answer::code(op, request, &visit.back()?)?;
    let tokens = redeem(op, client, request, &code).await?.tokens()?;
    let id_token = tokens.id_token.as_deref().context("no id_token")?;
    let expected = Expected { client: &client.id, nonce: request.get("nonce"), access_token: &tokens.access_token };
    let id_token = id_token::verify(op, id_token, &expected)?;
    userinfo::claims(op, &tokens.access_token, Sent::GetHeader, id_token.subject()).await?;
    Ok(SignedIn { code, id_token, tokens, sign_ins, pages })
}

/// The way through the authorization endpoint.
pub async fn authorize(
    op: &Op,
    client: &Client,
    visitor: &mut Visitor,
    request: &Request,
    method: Method,
) -> Result<Visit> {
    let back = request.get("redirect_uri").unwrap_or(&client.redirect_uri);
    match method {
        Method::Get => visitor.visit(&request.url(op)?, back).await,
        Method::Post => visitor.post(&op.endpoint("authorization_endpoint")?, &request.parameters, back).await,
    }
}

/// Only the code of a successful authorization.
pub async fn code(op: &Op, client: &Client, visitor: &mut Visitor, request: &Request) -> Result<String> {
    let visit = authorize(op, client, visitor, request, Method::Get).await?;
    answer::code(op, request, &visit.back()?)
}

/// Exchanges a code.
pub async fn redeem(op: &Op, client: &Client, request: &Request, code: &str) -> Result<TokenAnswer> {
    let redirect_uri = request.get("redirect_uri").unwrap_or(&client.redirect_uri);
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", request.verifier.as_str()),
    ];
    token::request(op, client, &parameters).await
}

/// A request that must be answered with one of these errors, without a page.
pub async fn refused(
    op: &Op,
    client: &Client,
    visitor: &mut Visitor,
    request: &Request,
    allowed: &[&str],
) -> Result<()> {
    let visit = authorize(op, client, visitor, request, Method::Get).await?;
    ensure!(visit.pages == 0, "{} pages were shown", visit.pages);
    answer::error(op, request, &visit.back()?, allowed)
}
