//! What an agreement says about authority.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};
use types::{AccountLevel, AgencyCode, AuthLevel, ServiceId, SubsystemId};

/// What an agreement says about authority: the grant, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementFacts {
    /// Its id.
    pub id: Arc<str>,
    /// Who may call.
    pub client: SubsystemId,
    /// What.
    pub service: ServiceId,
    /// The first moment at which it holds, in microseconds since the epoch.
    pub valid_from: i64,
    /// The first moment at which it holds no more; `None` while no end is known.
    pub valid_to: Option<i64>,
    /// The endpoints, each under the name by which a question states it.
    pub endpoints: BTreeSet<String>,
    /// The purposes, by code.
    pub purposes: BTreeSet<String>,
    /// The legal bases.
    pub legal_bases: BTreeSet<String>,
    /// The procedures it may serve; empty when it is bound to none.
    pub procedures: BTreeSet<String>,
    /// Whether the message must be signed.
    pub signature_required: bool,
    /// What it demands of an officer; `None` lets a system call for itself.
    pub officer: Option<OfficerFacts>,
    /// The agencies for which an officer may act, demanded or not.
    pub officer_agencies: BTreeSet<AgencyCode>,
    /// The hours; `None` for any time.
    pub hours: Option<HoursFacts>,
    /// Paths of the fields that may be released; `None` for the whole answer.
    pub fields: Option<Arc<[Arc<str>]>>,
}

/// What an agreement demands of the officer behind a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficerFacts {
    /// The lowest level at which the officer signed in.
    pub min_auth_level: AuthLevel,
    /// The lowest account level; `None` accepts accounts without one.
    pub min_account_level: Option<AccountLevel>,
}

/// The hours of the day in Vietnam in which an agreement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoursFacts {
    /// From this minute after midnight.
    pub from: u16,
    /// Until before this minute.
    pub to: u16,
    /// On these days, Monday first.
    pub days: [bool; 7],
}
