//! Who may call what, for which purpose, and what it gets: the grant, as data.

use std::sync::Arc;

use policies::PreparedAgreement;
use types::{AccountLevel, AgencyCode, AuthLevel, ServiceId, SubsystemId};

use super::{Endpoint, Validity};

/// The officer whom an agreement demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    /// The lowest level at which the officer must have signed in.
    pub min_auth_level: AuthLevel,
    /// The lowest account level; `None` accepts accounts without one.
    pub min_account_level: Option<AccountLevel>,
    /// The agencies in which the officer may act; the member's own code is always one of them.
    pub agencies: Vec<AgencyCode>,
}

/// Hours of the day in Vietnam (UTC+7) in which an agreement holds, in minutes since midnight, and the days of the week,
/// Monday first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// From this minute.
    pub from: u16,
    /// Until before this minute.
    pub to: u16,
    /// On these days.
    pub days: [bool; 7],
}

/// What may be released from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// The whole answer, as the register gave it. Only for services without personal data or with binary content.
    Whole,
    /// These fields and no others: paths of the contract, as `CongDan.HoVaTen.Ten`; a path releases what lies below it.
    Fields(Arc<[Arc<str>]>),
}

/// An agreement between a consumer and the provider of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Its id, unique in the registry.
    pub id: Arc<str>,
    /// Who may call.
    pub client: SubsystemId,
    /// What.
    pub service: ServiceId,
    /// Which endpoints of it; empty for all.
    pub endpoints: Vec<Endpoint>,
    /// The purposes, by code.
    pub purposes: Vec<String>,
    /// The legal bases.
    pub legal_bases: Vec<String>,
    /// The procedures it may serve, by national code; empty when it is bound to none.
    pub procedures: Vec<String>,
    /// Whether the message must be signed. Where it need not be, purpose and legal basis are the first that are listed.
    pub signature_required: bool,
    /// The officer it demands; `None` lets a system call for itself.
    pub officer: Option<Officer>,
    /// The hours; `None` for any time.
    pub hours: Option<Hours>,
    /// What is released.
    pub release: Release,
    /// Whether sealed copies of the bodies are kept in the message log.
    pub keep_bodies: bool,
    /// When it holds.
    pub validity: Validity,
}

/// An agreement with what its decisions need, prepared once per state of the registry.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The agreement.
    pub agreement: Arc<Agreement>,
    /// The endpoints it covers, each with the name by which a decision knows it; never empty.
    pub endpoints: Vec<(Endpoint, Arc<str>)>,
    /// The entities of its decisions.
    pub policy: PreparedAgreement,
}
