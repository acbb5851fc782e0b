//! RP Basic and RP Config: the modules for clients, which `adapters/oidc` runs as its own tests. Here only their names are
//! compared, so that the table is whole.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, Result, ensure};

/// A module for clients: the test that runs it, which bears its official name, and the plans that it belongs to.
pub type RpModule = (&'static str, &'static str);

/// The modules of `OIDCCClientBasicTestPlan` and `OIDCCClientConfigTestPlan` that concern us. Not among them is
/// `userinfo-bearer-body`: we send access tokens in the header alone.
pub const MODULES: [RpModule; 20] = [
    ("oidcc_client_test", "Basic"),
    ("oidcc_client_test_invalid_iss", "Basic"),
    ("oidcc_client_test_invalid_aud", "Basic"),
    ("oidcc_client_test_missing_sub", "Basic"),
    ("oidcc_client_test_missing_iat", "Basic"),
    ("oidcc_client_test_kid_absent_single_jwks", "Basic"),
    ("oidcc_client_test_kid_absent_multiple_jwks", "Basic"),
    ("oidcc_client_test_idtoken_sig_rs256", "Basic"),
    ("oidcc_client_test_idtoken_sig_none", "Basic, Config"),
    ("oidcc_client_test_invalid_sig_rs256", "Basic"),
    ("oidcc_client_test_userinfo_bearer_header", "Basic"),
    ("oidcc_client_test_userinfo_invalid_sub", "Basic"),
    ("oidcc_client_test_nonce_invalid", "Basic"),
    ("oidcc_client_test_scope_userinfo_claims", "Basic"),
    ("oidcc_client_test_client_secret_basic", "Basic"),
    ("oidcc_client_test_discovery_openid_config", "Config"),
    ("oidcc_client_test_discovery_jwks_uri_keys", "Config"),
    ("oidcc_client_test_discovery_issuer_mismatch", "Config"),
    ("oidcc_client_test_signing_key_rotation_just_before_signing", "Config"),
    ("oidcc_client_test_signing_key_rotation", "Config"),
];

/// Where they are.
pub const FILE: &str = "adapters/oidc/tests/it/rp_conformance.rs";

/// Every module is a test of `adapters/oidc`, and none of those is left out of the list.
pub fn exist(root: &Path) -> Result<()> {
    let source = std::fs::read_to_string(root.join(FILE)).with_context(|| format!("{FILE} is not there"))?;
    let found: BTreeSet<&str> = source
        .split("async fn ")
        .filter_map(|after| after.split('(').next())
        .filter(|name| name.starts_with("oidcc_client_test"))
        .collect();
    for (name, _) in MODULES {
        ensure!(found.contains(name), "{FILE} has no test {name}");
    }
    Ok(())
}
