//! Everything that must be provable later, as one enum. Nothing secret and nothing personal is in it: people appear by
//! their internal id, tokens by the id of their grant.

use clock::Timestamp;
use serde::Serialize;
use signing::Algorithm;
use types::{AccountLevel, AgencyCode, AuthLevel, ClientId, ProviderId};

use crate::{
    ids::{GrantId, PersonId, Reference, SessionId, TokenId},
    people::post::OfficerCode,
};

/// One decision, with what it rested on.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEvent {
    /// When it was decided.
    pub at: Timestamp,
    /// The reference number that pages and log lines of the same login carry.
    pub reference: Reference,
    /// What was decided.
    #[serde(flatten)]
    pub kind: AuditKind,
}

/// What was decided.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AuditKind {
    /// A person was proven by a provider and now has a session.
    SignedIn {
        /// Who.
        person: PersonId,
        /// Whether we saw this person for the first time.
        first_time: bool,
        /// The session that began.
        session: SessionId,
        /// Which provider said so.
        provider: ProviderId,
        /// The authentication level after the provider's ceiling.
        auth_level: AuthLevel,
        /// The account level the provider stated.
        account_level: Option<AccountLevel>,
    },
    /// A provider gave no identity, or the callback was not acceptable.
    SignInFailed {
        /// For which client, when known.
        client: Option<ClientId>,
        /// Which provider.
        provider: ProviderId,
        /// The stable name of the refusal.
        refusal: String,
    },
    /// The person left the choice of a provider and did not sign in.
    SignInCanceled {
        /// To which application.
        client: ClientId,
    },
    /// A callback that must not be: replayed, from another browser, or of another provider.
    CallbackRefused {
        /// The provider in the address.
        provider: String,
        /// The stable name of the refusal.
        refusal: &'static str,
    },
    /// Policy let a person into an application and named what it gets.
    SignInPermitted {
        /// Who.
        person: PersonId,
        /// In which session.
        session: SessionId,
        /// Into which application.
        client: ClientId,
        /// Through which provider.
        provider: ProviderId,
        /// The level in force.
        auth_level: AuthLevel,
        /// The account level in force.
        account_level: Option<AccountLevel>,
        /// The claims that may be released.
        claims: Vec<String>,
        /// The policies that permitted it.
        policies: Vec<String>,
        /// The version of the policy set.
        policy_version: String,
    },
    /// Policy, or a level, kept a person out of an application.
    SignInDenied {
        /// Who, when known.
        person: Option<PersonId>,
        /// Which application.
        client: ClientId,
        /// The level at which they authenticated.
        auth_level: Option<AuthLevel>,
        /// The account level in force.
        account_level: Option<AccountLevel>,
        /// The stable name of the refusal.
        refusal: String,
        /// The policies that decided.
        policies: Vec<String>,
        /// The version of the policy set.
        policy_version: String,
    },
    /// The person saw the information page and went on, or consented.
    ReleaseAccepted {
        /// Who.
        person: PersonId,
        /// For which application.
        client: ClientId,
        /// The claims that were shown.
        claims: Vec<String>,
        /// What the page was.
        page: &'static str,
    },
    /// The person refused.
    ReleaseRefused {
        /// Who.
        person: PersonId,
        /// For which application.
        client: ClientId,
    },
    /// Tokens were issued.
    TokensIssued {
        /// To which client.
        client: ClientId,
        /// From which grant; absent for a client acting alone.
        grant: Option<GrantId>,
        /// By which grant type.
        grant_type: &'static str,
        /// The access token's id.
        token: TokenId,
        /// The level at which the person authenticated; absent for a client acting alone.
        auth_level: Option<AuthLevel>,
        /// The account level of the person.
        account_level: Option<AccountLevel>,
        /// The officer as whom the person may act on the bus with it.
        officer: Option<OfficerCode>,
        /// The agency for which.
        agency: Option<AgencyCode>,
        /// The claims released with them.
        claims: Vec<String>,
        /// The key that signed.
        kid: String,
        /// The policies that permitted it.
        policies: Vec<String>,
        /// The version of the policy set.
        policy_version: String,
    },
    /// A proven client got no tokens.
    GrantRefused {
        /// Which client.
        client: ClientId,
        /// By which grant type, when it named one we know.
        grant_type: Option<&'static str>,
        /// The stable name of the refusal.
        refusal: &'static str,
        /// What exactly, in fixed words.
        why: String,
    },
    /// Policy released nothing at the UserInfo endpoint.
    ReleaseDenied {
        /// To which client.
        client: ClientId,
        /// From which grant.
        grant: GrantId,
        /// The stable name of the refusal.
        refusal: String,
    },
    /// Claims were released at the UserInfo endpoint.
    ClaimsReleased {
        /// To which client.
        client: ClientId,
        /// From which grant.
        grant: GrantId,
        /// The level at which the person authenticated.
        auth_level: AuthLevel,
        /// The account level of the person.
        account_level: Option<AccountLevel>,
        /// The claims.
        claims: Vec<String>,
        /// The policies that permitted it.
        policies: Vec<String>,
        /// The version of the policy set.
        policy_version: String,
    },
    /// Something single-use came a second time; the whole family was ended.
    ReplayDetected {
        /// Which client brought it.
        client: ClientId,
        /// The family that was ended.
        grant: GrantId,
        /// `code` or `refresh_token`.
        what: &'static str,
    },
    /// A client could not prove itself.
    ClientRefused {
        /// Whom it claimed to be, when that is a known client.
        client: Option<ClientId>,
        /// The stable name of the refusal.
        refusal: &'static str,
    },
    /// A client asked about a token that it may not see.
    IntrospectionRefused {
        /// Who asked.
        client: ClientId,
        /// Whose token it is.
        owner: ClientId,
        /// Which.
        token: TokenId,
    },
    /// A choice or a decision that came from a browser without the cookie of the attempt.
    AnswerRefused {
        /// Where it came: `choose` or `consent`.
        page: &'static str,
        /// The stable name of the refusal.
        refusal: &'static str,
    },
    /// A grant or one token was revoked.
    Revoked {
        /// By which client.
        client: ClientId,
        /// The grant, when all of it ended.
        grant: Option<GrantId>,
        /// The token, when only it ended.
        token: Option<TokenId>,
    },
    /// A session ended, with all its grants.
    SignedOut {
        /// Which session.
        session: SessionId,
        /// Who.
        person: PersonId,
        /// Which client asked, when one did.
        client: Option<ClientId>,
    },
    /// A signing key was made and shown to clients; it does not sign yet.
    KeyAnnounced {
        /// Which key.
        kid: String,
        /// What it will sign with.
        algorithm: Algorithm,
    },
    /// An announced key began to sign.
    KeyActivated {
        /// Which key.
        kid: String,
        /// What it signs with.
        algorithm: Algorithm,
        /// The key that signed before and retires.
        former: Option<String>,
        /// Whether clients may not have seen it yet.
        early: bool,
    },
    /// A key is gone: what it signed is not accepted any more.
    KeyRemoved {
        /// Which key.
        kid: String,
        /// What it signed with.
        algorithm: Algorithm,
        /// Whether something that it signed may not have expired yet.
        early: bool,
    },
}

impl AuditEvent {
    /// The name of the event, as stores index it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.kind {
            AuditKind::SignedIn { .. } => "signed_in",
            AuditKind::SignInFailed { .. } => "sign_in_failed",
            AuditKind::SignInCanceled { .. } => "sign_in_canceled",
            AuditKind::CallbackRefused { .. } => "callback_refused",
            AuditKind::SignInPermitted { .. } => "sign_in_permitted",
            AuditKind::SignInDenied { .. } => "sign_in_denied",
            AuditKind::ReleaseAccepted { .. } => "release_accepted",
            AuditKind::ReleaseRefused { .. } => "release_refused",
            AuditKind::TokensIssued { .. } => "tokens_issued",
            AuditKind::GrantRefused { .. } => "grant_refused",
            AuditKind::ReleaseDenied { .. } => "release_denied",
            AuditKind::ClaimsReleased { .. } => "claims_released",
            AuditKind::ReplayDetected { .. } => "replay_detected",
            AuditKind::ClientRefused { .. } => "client_refused",
            AuditKind::IntrospectionRefused { .. } => "introspection_refused",
            AuditKind::AnswerRefused { .. } => "answer_refused",
            AuditKind::Revoked { .. } => "revoked",
            AuditKind::SignedOut { .. } => "signed_out",
            AuditKind::KeyAnnounced { .. } => "key_announced",
            AuditKind::KeyActivated { .. } => "key_activated",
            AuditKind::KeyRemoved { .. } => "key_removed",
        }
    }
}

/// How many events strangers may cause in a minute: whoever brings no state and no client of ours must not be able to fill
/// the audit. What is over is still refused and logged, only not kept.
#[derive(Debug, Default)]
pub struct StrangerBudget(std::sync::Mutex<(i64, u32)>);

impl StrangerBudget {
    /// Events kept in a minute.
    pub const PER_MINUTE: u32 = 600;

    /// Whether one more may be kept now.
    pub fn allows(&self, now: Timestamp) -> bool {
        let minute = now.seconds().div_euclid(60);
        let mut spent = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if spent.0 != minute {
            *spent = (minute, 0);
        }
        spent.1 = spent.1.saturating_add(1);
        spent.1 <= Self::PER_MINUTE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_kept_up_to_a_bound_each_minute() {
        let budget = StrangerBudget::default();
        let now = Timestamp::from_seconds(600);
        assert_eq!((0..10_000).filter(|_| budget.allows(now)).count(), 600);
        assert!(budget.allows(Timestamp::from_seconds(660)));
    }
}
