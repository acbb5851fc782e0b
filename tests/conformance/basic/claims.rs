//! Modules about which claims come.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::{Context, ensure};

use crate::{
    checks::userinfo::{self, STANDARD, Sent},
    flow,
    module::Verdict,
    op::Op,
    person::Visitor,
    request::Request,
};

/// `OIDCCScopeProfile`: the scope `profile` gives its claims in UserInfo.
pub async fn oidcc_scope_profile(op: Arc<Op>) -> Verdict {
    gives(&op, &["profile"]).await
}

/// `OIDCCScopeEmail`: the scope `email` gives its claims in UserInfo.
pub async fn oidcc_scope_email(op: Arc<Op>) -> Verdict {
    gives(&op, &["email"]).await
}

/// `OIDCCScopeAddress`: the scope `address` gives its claim in UserInfo.
pub async fn oidcc_scope_address(op: Arc<Op>) -> Verdict {
    gives(&op, &["address"]).await
}

/// `OIDCCScopePhone`: the scope `phone` gives its claims in UserInfo.
pub async fn oidcc_scope_phone(op: Arc<Op>) -> Verdict {
    gives(&op, &["phone"]).await
}

/// `OIDCCScopeAll`: all scopes at once give the claims of each.
pub async fn oidcc_scope_all(op: Arc<Op>) -> Verdict {
    gives(&op, &["profile", "email", "address", "phone"]).await
}

/// UserInfo holds what the person's record has of the scopes, and no standard claim of another scope.
async fn gives(op: &Op, scopes: &[&'static str]) -> Verdict {
    let client = &op.clients.first;
    let mut differences = Vec::new();
    let held = |scope: &str| op.expects.held.get(scope).with_context(|| format!("nothing known of {scope}"));
    // One person may not have claims of every scope: who is asked is the first scope's choice.
    let person = held(scopes.first().context("no scope")?)?.person;
    let request = Request::new(client)?.with("scope", &format!("openid {}", scopes.join(" ")));
    let mut visitor = Visitor::new(person)?;
    let signed = flow::sign_in(op, client, &mut visitor, &request).await?;
    let claims = userinfo::claims(op, &signed.tokens.access_token, Sent::GetHeader, signed.id_token.subject()).await?;
    let mut allowed = BTreeSet::from(["sub"]);
    for scope in scopes {
        ensure!(op.lists("scopes_supported", scope), "{scope} is not in scopes_supported");
        let held = held(scope)?;
        if held.person.login == person.login {
            for claim in held.claims {
                ensure!(claims.contains_key(*claim), "{scope} did not give {claim}");
            }
        }
        if !held.reason.is_empty() {
            differences.push(held.reason.to_owned());
        }
        let standard = STANDARD.iter().find(|(name, _)| name == scope).map_or(&[][..], |(_, claims)| claims);
        allowed.extend(standard);
    }
    let extra: Vec<&str> = claims.keys().map(String::as_str).filter(|name| !allowed.contains(name)).collect();
    if !extra.is_empty() {
        let (known, reason) = op.expects.extra_claims.context("claims that nobody asked for")?;
        ensure!(extra.iter().all(|name| known.contains(name)), "claims that nobody asked for: {extra:?}");
        differences.push(reason.to_owned());
    }
    Ok(differences)
}

/// `OIDCCClaimsEssential`: an essential `name`, asked for by the `claims` parameter, comes.
pub async fn oidcc_claims_essential(op: Arc<Op>) -> Verdict {
    let client = &op.clients.first;
    let request = Request::new(client)?.with("claims", r#"{"userinfo":{"name":{"essential":true}}}"#);
    let (_, signed) = flow::fresh_sign_in(&op, client, &request).await?;
    let claims = userinfo::claims(&op, &signed.tokens.access_token, Sent::GetHeader, signed.id_token.subject()).await?;
    ensure!(claims.contains_key("name"), "name did not come");
    Ok(vec![])
}
