//! The answer yes.

use std::sync::Arc;

/// This call may be made under this agreement, and these fields of its answer may be released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPermit {
    pub(super) agreement: Arc<str>,
    pub(super) policies: Arc<[Arc<str>]>,
    pub(super) fields: Option<Arc<[Arc<str>]>>,
}

impl CallPermit {
    /// Id of the agreement it was made under.
    #[must_use]
    pub fn agreement(&self) -> &Arc<str> {
        &self.agreement
    }

    /// Ids of the policies that made it, sorted.
    #[must_use]
    pub fn policies(&self) -> &Arc<[Arc<str>]> {
        &self.policies
    }

    /// Paths of the fields that may be released; `None` for the whole answer.
    #[must_use]
    pub fn fields(&self) -> Option<&Arc<[Arc<str>]>> {
        self.fields.as_ref()
    }
}
