//! Why a call is not permitted.

use std::fmt;

use crate::permit::Because;

/// Why the answer to a call is no. When several apply, the first in this order is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallReason {
    /// The agreement does not hold yet, or not any more.
    AgreementNotInForce,
    /// The agreement does not cover this endpoint.
    EndpointNotAgreed,
    /// The agreement demands a signed message.
    SignatureMissing,
    /// The agreement does not list this purpose.
    PurposeNotAgreed,
    /// The agreement does not list this legal basis.
    LegalBasisNotAgreed,
    /// The agreement does not serve this procedure.
    ProcedureNotAgreed,
    /// The agreement demands an officer.
    OfficerMissing,
    /// The officer's agency is not one of the agreement.
    OfficerAgencyNotAgreed,
    /// The officer's sign-in or account is not strong enough.
    OfficerLevelTooLow,
    /// It is not the time of day or of the week.
    OutsideHours,
    /// No policy permits it.
    NotPermitted,
    /// The decision itself failed: an evaluation error, or a question that does not fit the schema. A human must look.
    PolicyError,
}

impl CallReason {
    /// Every reason, in order of precedence.
    pub const ALL: [Self; 12] = [
        Self::AgreementNotInForce,
        Self::EndpointNotAgreed,
        Self::SignatureMissing,
        Self::PurposeNotAgreed,
        Self::LegalBasisNotAgreed,
        Self::ProcedureNotAgreed,
        Self::OfficerMissing,
        Self::OfficerAgencyNotAgreed,
        Self::OfficerLevelTooLow,
        Self::OutsideHours,
        Self::NotPermitted,
        Self::PolicyError,
    ];

    /// The stable name, as in the annotation `@reason` and in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AgreementNotInForce => "agreement_not_in_force",
            Self::EndpointNotAgreed => "endpoint_not_agreed",
            Self::SignatureMissing => "signature_missing",
            Self::PurposeNotAgreed => "purpose_not_agreed",
            Self::LegalBasisNotAgreed => "legal_basis_not_agreed",
            Self::ProcedureNotAgreed => "procedure_not_agreed",
            Self::OfficerMissing => "officer_missing",
            Self::OfficerAgencyNotAgreed => "officer_agency_not_agreed",
            Self::OfficerLevelTooLow => "officer_level_too_low",
            Self::OutsideHours => "outside_hours",
            Self::NotPermitted => "not_permitted",
            Self::PolicyError => "policy_error",
        }
    }
}

impl fmt::Display for CallReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Because for CallReason {
    const NOT_PERMITTED: Self = Self::NotPermitted;
    const FAILED: Self = Self::PolicyError;

    fn from_annotation(text: &str) -> Option<Self> {
        Self::ALL.into_iter().filter(|reason| *reason != Self::FAILED).find(|reason| reason.as_str() == text)
    }
}
