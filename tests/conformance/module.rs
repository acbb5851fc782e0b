//! The list of modules, by plan, under their official names.

use std::{future::Future, pin::Pin, sync::Arc};

use crate::{basic, config, logout, op::Op};

/// What a module found: `Ok` with the differences that the documents leave open or that we decided on, each with its
/// reason, or the fault.
pub type Verdict = anyhow::Result<Vec<String>>;

type Run = Box<dyn Fn(Arc<Op>) -> Pin<Box<dyn Future<Output = Verdict> + Send>> + Send + Sync>;

/// The official test plan that a module belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// `OIDCCBasicTestPlan`
    Basic,
    /// `OIDCCConfigTestPlan`
    Config,
    /// `OIDCCRpInitiatedLogoutTestPlan`
    RpInitiatedLogout,
}

impl Plan {
    /// Every plan, in the order of the table.
    pub const ALL: [Self; 3] = [Self::Basic, Self::Config, Self::RpInitiatedLogout];

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Basic => "Basic OP (`OIDCCBasicTestPlan`)",
            Self::Config => "Config OP (`OIDCCConfigTestPlan`)",
            Self::RpInitiatedLogout => "RP-initiated logout (`OIDCCRpInitiatedLogoutTestPlan`)",
        }
    }
}

/// One official module.
pub struct Module {
    /// The name of the function, which is the official name in snake case.
    pub name: &'static str,
    /// The official class.
    pub class: &'static str,
    /// Its plan.
    pub plan: Plan,
    run: Run,
}

impl Module {
    fn new<F, R>(plan: Plan, class: &'static str, run: F) -> Self
    where
        F: Fn(Arc<Op>) -> R + Copy + Send + Sync + 'static,
        R: Future<Output = Verdict> + Send + 'static,
    {
        let path = std::any::type_name::<F>();
        let name = path.rsplit("::").next().unwrap_or(path);
        Self { name, class, plan, run: Box::new(move |op| Box::pin(run(op))) }
    }

    /// Runs it against a provider.
    pub async fn run(&self, op: Arc<Op>) -> Verdict {
        (self.run)(op).await
    }
}

/// The function that a class must be implemented by: the class in snake case, without the word Test.
pub fn function_name(class: &str) -> String {
    let characters: Vec<char> = class.chars().collect();
    let mut name = String::new();
    for (at, character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| characters.get(before));
        let after = characters.get(at + 1);
        let starts_word = before.is_some_and(|before| {
            let number = character.is_ascii_digit() && !before.is_ascii_digit();
            let word = character.is_ascii_uppercase()
                && (!before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase));
            number || word
        });
        if starts_word {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    name.split('_').filter(|word| *word != "test").collect::<Vec<_>>().join("_")
}

/// Modules of the plans that are not run, with the reason.
pub const NOT_RUN: [(&str, &str); 2] = [
    ("OIDCCIdTokenUnsigned", "no client can be registered for unsigned ID tokens, so the official module skips itself"),
    (
        "OIDCCEnsureRequestObjectWithRedirectUri",
        "request objects are refused (see OIDCCUnsignedRequestObjectSupportedCorrectlyOrRejectedAsUnsupported), so the official module skips itself",
    ),
];

/// Every module, in the order of its plan.
pub fn all() -> Vec<Module> {
    use Plan::{Basic, Config, RpInitiatedLogout as Logout};
    use basic::{claims, codes, flows, parameters, prompts, refresh, refusals, userinfo};
    vec![
        Module::new(Basic, "OIDCCServerTest", flows::oidcc_server),
        Module::new(Basic, "OIDCCResponseTypeMissing", refusals::oidcc_response_type_missing),
        Module::new(Basic, "OIDCCIdTokenSignature", flows::oidcc_id_token_signature),
        Module::new(Basic, "OIDCCUserInfoGet", userinfo::oidcc_user_info_get),
        Module::new(Basic, "OIDCCUserInfoPostHeader", userinfo::oidcc_user_info_post_header),
        Module::new(Basic, "OIDCCUserInfoPostBody", userinfo::oidcc_user_info_post_body),
        Module::new(
            Basic,
            "OIDCCEnsureRequestWithoutNonceSucceedsForCodeFlow",
            flows::oidcc_ensure_request_without_nonce_succeeds_for_code_flow,
        ),
        Module::new(Basic, "OIDCCScopeProfile", claims::oidcc_scope_profile),
        Module::new(Basic, "OIDCCScopeEmail", claims::oidcc_scope_email),
        Module::new(Basic, "OIDCCScopeAddress", claims::oidcc_scope_address),
        Module::new(Basic, "OIDCCScopePhone", claims::oidcc_scope_phone),
        Module::new(Basic, "OIDCCScopeAll", claims::oidcc_scope_all),
        Module::new(Basic, "OIDCCAlternateHappyFlow", flows::oidcc_alternate_happy_flow),
        Module::new(Basic, "OIDCCDisplayPage", parameters::oidcc_display_page),
        Module::new(Basic, "OIDCCDisplayPopup", parameters::oidcc_display_popup),
        Module::new(Basic, "OIDCCPromptLogin", prompts::oidcc_prompt_login),
        Module::new(Basic, "OIDCCPromptNoneNotLoggedIn", prompts::oidcc_prompt_none_not_logged_in),
        Module::new(Basic, "OIDCCPromptNoneLoggedIn", prompts::oidcc_prompt_none_logged_in),
        Module::new(Basic, "OIDCCMaxAge1", prompts::oidcc_max_age_1),
        Module::new(Basic, "OIDCCMaxAge10000", prompts::oidcc_max_age_10000),
        Module::new(
            Basic,
            "OIDCCEnsureRequestWithUnknownParameterSucceeds",
            parameters::oidcc_ensure_request_with_unknown_parameter_succeeds,
        ),
        Module::new(Basic, "OIDCCIdTokenHint", prompts::oidcc_id_token_hint),
        Module::new(Basic, "OIDCCLoginHint", parameters::oidcc_login_hint),
        Module::new(Basic, "OIDCCUiLocales", parameters::oidcc_ui_locales),
        Module::new(Basic, "OIDCCClaimsLocales", parameters::oidcc_claims_locales),
        Module::new(
            Basic,
            "OIDCCEnsureRequestWithAcrValuesSucceeds",
            parameters::oidcc_ensure_request_with_acr_values_succeeds,
        ),
        Module::new(Basic, "OIDCCAuthCodeReuse", codes::oidcc_auth_code_reuse),
        Module::new(Basic, "OIDCCAuthCodeReuseAfter30Seconds", codes::oidcc_auth_code_reuse_after_30_seconds),
        Module::new(Basic, "OIDCCEnsureRegisteredRedirectUri", refusals::oidcc_ensure_registered_redirect_uri),
        Module::new(Basic, "OIDCCEnsurePostRequestSucceeds", flows::oidcc_ensure_post_request_succeeds),
        Module::new(Basic, "OIDCCServerTestClientSecretPost", flows::oidcc_server_client_secret_post),
        Module::new(
            Basic,
            "OIDCCRequestUriUnsignedSupportedCorrectlyOrRejectedAsUnsupported",
            refusals::oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported,
        ),
        Module::new(
            Basic,
            "OIDCCUnsignedRequestObjectSupportedCorrectlyOrRejectedAsUnsupported",
            refusals::oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
        ),
        Module::new(Basic, "OIDCCClaimsEssential", claims::oidcc_claims_essential),
        Module::new(Basic, "OIDCCRefreshToken", refresh::oidcc_refresh_token),
        Module::new(
            Basic,
            "OIDCCEnsureRequestWithValidPkceSucceeds",
            flows::oidcc_ensure_request_with_valid_pkce_succeeds,
        ),
        Module::new(Config, "OIDCCDiscoveryEndpointVerification", config::oidcc_discovery_endpoint_verification),
        Module::new(
            Logout,
            "OIDCCRpInitiatedLogoutDiscoveryEndpointVerification",
            logout::oidcc_rp_initiated_logout_discovery_endpoint_verification,
        ),
        Module::new(Logout, "OIDCCRpInitiatedLogout", logout::oidcc_rp_initiated_logout),
        Module::new(
            Logout,
            "OIDCCRpInitiatedLogoutBadLogoutRedirectUri",
            logout::oidcc_rp_initiated_logout_bad_logout_redirect_uri,
        ),
        Module::new(
            Logout,
            "OIDCCRpInitiatedLogoutModifiedIdTokenHint",
            logout::oidcc_rp_initiated_logout_modified_id_token_hint,
        ),
        Module::new(
            Logout,
            "OIDCCRpInitiatedLogoutBadIdTokenHint",
            logout::oidcc_rp_initiated_logout_bad_id_token_hint,
        ),
        Module::new(Logout, "OIDCCRpInitiatedLogoutNoIdTokenHint", logout::oidcc_rp_initiated_logout_no_id_token_hint),
        Module::new(Logout, "OIDCCRpInitiatedLogoutNoParams", logout::oidcc_rp_initiated_logout_no_params),
        Module::new(
            Logout,
            "OIDCCRpInitiatedLogoutNoPostLogoutRedirectUri",
            logout::oidcc_rp_initiated_logout_no_post_logout_redirect_uri,
        ),
        Module::new(Logout, "OIDCCRpInitiatedLogoutNoState", logout::oidcc_rp_initiated_logout_no_state),
        Module::new(Logout, "OIDCCRpInitiatedLogoutOnlyState", logout::oidcc_rp_initiated_logout_only_state),
        Module::new(
            Logout,
            "OIDCCRpInitiatedLogoutQueryAddedToLogoutRedirectUri",
            logout::oidcc_rp_initiated_logout_query_added_to_logout_redirect_uri,
        ),
    ]
}
