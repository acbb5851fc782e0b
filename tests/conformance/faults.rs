//! Shows that the modules can fail: controls that are wrong on purpose, in one way each, and the modules that must notice.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, stream};

use crate::{
    harness::guarded,
    module::{Module, Verdict},
    op::Op,
};

/// A fault, by its name in `control/faults.mjs`, and the functions of the modules that must fail, without the prefix.
pub type Fault = (&'static str, &'static [&'static str]);

/// Every fault.
pub const FAULTS: [Fault; 24] = [
    (
        "state_is_changed",
        &[
            "server",
            "server_client_secret_post",
            "alternate_happy_flow",
            "display_page",
            "display_popup",
            "ensure_request_with_unknown_parameter_succeeds",
            "ensure_request_without_nonce_succeeds_for_code_flow",
            "ensure_request_with_acr_values_succeeds",
            "ensure_post_request_succeeds",
            "login_hint",
            "ui_locales",
            "claims_locales",
            "prompt_none_not_logged_in",
            "auth_code_reuse_after_30_seconds",
        ],
    ),
    ("iss_is_left_out", &["server", "prompt_none_not_logged_in"]),
    ("the_answer_is_in_the_fragment", &["server", "prompt_none_not_logged_in"]),
    ("token_answers_may_be_cached", &["server", "refresh_token"]),
    ("refusals_have_another_status", &["auth_code_reuse", "refresh_token"]),
    ("bad_grants_give_tokens", &["auth_code_reuse", "refresh_token", "ensure_request_with_valid_pkce_succeeds"]),
    ("userinfo_speaks_of_another", &["server", "user_info_get", "user_info_post_header", "user_info_post_body"]),
    ("userinfo_takes_no_post", &["user_info_post_header", "user_info_post_body"]),
    ("userinfo_gives_more_than_asked", &["scope_email", "scope_address", "scope_phone"]),
    ("claims_have_wrong_types", &["scope_profile", "scope_email", "scope_address", "scope_phone", "scope_all"]),
    ("discovery_has_an_unknown_member", &["discovery_endpoint_verification"]),
    (
        "the_end_session_endpoint_is_secret",
        &["rp_initiated_logout_discovery_endpoint_verification", "rp_initiated_logout"],
    ),
    ("id_tokens_are_es256", &["id_token_signature"]),
    ("nobody_is_asked_again", &["prompt_login", "max_age_1"]),
    ("everybody_is_asked_again", &["prompt_none_logged_in", "max_age_10000", "id_token_hint"]),
    ("the_claims_parameter_is_ignored", &["claims_essential"]),
    ("any_redirect_uri_is_good", &["ensure_registered_redirect_uri"]),
    (
        "any_logout_address_is_good",
        &["rp_initiated_logout_bad_logout_redirect_uri", "rp_initiated_logout_query_added_to_logout_redirect_uri"],
    ),
    ("codes_can_be_reused", &["auth_code_reuse"]),
    ("hints_are_believed", &["rp_initiated_logout_bad_id_token_hint", "rp_initiated_logout_modified_id_token_hint"]),
    (
        "request_objects_are_ignored",
        &[
            "request_uri_unsigned_supported_correctly_or_rejected_as_unsupported",
            "unsigned_request_object_supported_correctly_or_rejected_as_unsupported",
        ],
    ),
    ("response_type_is_optional", &["response_type_missing"]),
    (
        "sessions_survive_the_logout",
        &[
            "rp_initiated_logout",
            "rp_initiated_logout_no_params",
            "rp_initiated_logout_no_post_logout_redirect_uri",
            "rp_initiated_logout_no_state",
            "rp_initiated_logout_only_state",
        ],
    ),
    ("the_logout_needs_no_hint", &["rp_initiated_logout_no_id_token_hint"]),
];

/// At once: they come when the other modules are done.
const AT_ONCE: usize = 4;

/// The name by which the test of a fault is chosen.
pub fn full_name(fault: &Fault) -> String {
    format!("faults::{}_and_is_noticed", fault.0)
}

/// Whether a module must notice a fault.
fn notices(fault: &Fault, module: &Module) -> bool {
    fault.1.iter().any(|name| module.name.strip_prefix("oidcc_") == Some(name))
}

/// What the other faults leave whole: without it, a control that does not work at all would look like a noticed fault.
const WITNESSES: [&str; 2] = ["oidcc_server", "oidcc_discovery_endpoint_verification"];

/// Runs the modules that must notice a fault against the control that has it, and one that must not.
pub async fn is_noticed(fault: Fault, modules: &[Module], op: Arc<Op>) -> Verdict {
    let concerned: Vec<&Module> = modules.iter().filter(|module| notices(&fault, module)).collect();
    let mut running = stream::iter(concerned.into_iter().map(|module| {
        let op = Arc::clone(&op);
        async move { (module.name, guarded(module, op).await) }
    }))
    .buffer_unordered(AT_ONCE);
    let mut blind = BTreeSet::new();
    while let Some((name, verdict)) = running.next().await {
        if verdict.is_ok() {
            blind.insert(name);
        }
    }
    ensure!(blind.is_empty(), "not noticed by {blind:?}");
    let named = |name: &&str| modules.iter().find(|module| module.name == *name && !notices(&fault, module));
    let witness = WITNESSES.iter().find_map(named).context("no module is left that must not notice it")?;
    guarded(witness, Arc::clone(&op)).await.with_context(|| format!("{} must not notice it", witness.name))
}

/// Every module notices some fault, and every name above is a module.
pub fn cover_every_module(modules: &[Module]) -> Result<()> {
    for module in modules {
        ensure!(FAULTS.iter().any(|fault| notices(fault, module)), "{} is shown no fault", module.name);
    }
    for (fault, names) in FAULTS {
        for name in names {
            let known = modules.iter().any(|module| module.name.strip_prefix("oidcc_") == Some(name));
            ensure!(known, "{fault} names {name}, which is no module");
        }
    }
    Ok(())
}
