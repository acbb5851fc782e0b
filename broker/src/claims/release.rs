//! Which claims a client gets, and their values.

use std::collections::BTreeSet;

use contract::AccountType;
use serde_json::{Map, Value, json};
use types::AccountLevel;

use super::catalogue;
use crate::{
    authorization::accepted::AcceptedRequest,
    clients::Client,
    people::{
        person::PersonRecord,
        post::{self, Post},
    },
};

/// What a request asks for and the registration allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// All of it.
    pub all: BTreeSet<String>,
    /// The part that goes into the ID token.
    pub id_token: BTreeSet<String>,
}

/// Assurance facts that go with every sign-in to a client registered for them, like `acr`.
const ASSURANCE: [&str; 2] = ["vn_account_level", "vn_account_type"];

/// Scopes and single claims of the request, cut to what the client is registered for. The scopes are those that are left
/// for this person; a post is named only when one is held.
#[must_use]
pub fn wanted(client: &Client, request: &AcceptedRequest, scope: &BTreeSet<String>, post: Option<&Post>) -> Wanted {
    let registered = |name: &&str| client.claims.contains(*name) && (post.is_some() || !post::CLAIMS.contains(name));
    let by_scope = scope.iter().flat_map(|scope| catalogue::of_scope(scope)).copied();
    let by_name = request.userinfo_claims().iter().map(String::as_str);
    let in_token = request.id_token_claims().iter().map(String::as_str);
    let id_token: BTreeSet<String> = in_token.chain(ASSURANCE).filter(registered).map(str::to_owned).collect();
    let others = by_scope.chain(by_name).filter(registered).map(str::to_owned);
    Wanted { all: others.chain(id_token.iter().cloned()).collect(), id_token }
}

/// The values of the named claims; what the person's record does not hold is left out, never sent empty.
#[must_use]
pub fn values<'a>(
    names: impl IntoIterator<Item = &'a str>,
    record: &PersonRecord,
    account_level: Option<AccountLevel>,
    account_type: AccountType,
    post: Option<&Post>,
) -> Map<String, Value> {
    let profile = &record.profile;
    let text = |value: &Option<String>| value.clone().map(Value::from);
    let value = |name: &str| match name {
        "name" => text(&profile.name),
        "birthdate" => text(&profile.birthdate),
        "gender" => text(&profile.gender),
        "updated_at" => Some(Value::from(record.updated_at)),
        "email" => text(&profile.email),
        "email_verified" => profile.email.as_ref().map(|_| Value::from(profile.email_verified.unwrap_or(false))),
        "phone_number" => text(&profile.phone_number),
        "address" => profile.address.as_ref().map(|address| json!({ "formatted": address })),
        "vn_citizen_id" => text(&record.citizen_id),
        "vn_account_level" => account_level.map(|level| Value::from(level.get())),
        "vn_account_type" => Some(Value::from(account_type.claim())),
        "vn_agency" => post.map(|post| Value::from(post.agency.as_str())),
        "vn_officer" => post.map(|post| Value::from(post.officer.as_str())),
        _ => None,
    };
    names.into_iter().filter_map(|name| Some((name.to_owned(), value(name)?))).collect()
}
