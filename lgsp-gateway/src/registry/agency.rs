//! Agencies as data: codes are never re-used, and a former agency names its successor.

use types::AgencyCode;

use super::Validity;

/// An agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agency {
    /// Its code.
    pub code: AgencyCode,
    /// Its name.
    pub name: String,
    /// The agency above it.
    pub parent: Option<AgencyCode>,
    /// When it exists.
    pub validity: Validity,
    /// Who took over its duties when it ended.
    pub successor: Option<AgencyCode>,
}
