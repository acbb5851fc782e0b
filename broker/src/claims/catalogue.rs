//! The claims and scopes there are, and which scope asks for which claims.

use crate::people::post;

/// Claims about a person that a client can be registered for. `sub`, `acr`, `auth_time` and the like are not here: they
/// belong to the protocol.
pub const CLAIMS: [&str; 13] = [
    "name",
    "birthdate",
    "gender",
    "updated_at",
    "email",
    "email_verified",
    "phone_number",
    "address",
    "vn_citizen_id",
    "vn_account_level",
    "vn_account_type",
    "vn_agency",
    "vn_officer",
];

/// The claims that each scope asks for (OIDC Core §5.4). `vn_identity` and `lgsp` are ours.
pub const SCOPES: [(&str, &[&str]); 8] = [
    ("openid", &[]),
    ("profile", &["name", "birthdate", "gender", "updated_at"]),
    ("email", &["email", "email_verified"]),
    ("phone", &["phone_number"]),
    ("address", &["address"]),
    ("vn_identity", &["vn_citizen_id", "vn_account_level", "vn_account_type"]),
    (post::SCOPE, &post::CLAIMS),
    ("offline_access", &[]),
];

/// Whether we know this claim.
#[must_use]
pub fn is_claim(name: &str) -> bool {
    CLAIMS.contains(&name)
}

/// Whether we know this scope.
#[must_use]
pub fn is_scope(name: &str) -> bool {
    SCOPES.iter().any(|(scope, _)| *scope == name)
}

/// The claims a scope asks for.
#[must_use]
pub fn of_scope(name: &str) -> &'static [&'static str] {
    SCOPES.iter().find(|(scope, _)| *scope == name).map_or(&[], |(_, claims)| claims)
}
