//! Posts that people hold: in which agency, under which officer's code, from when until when. Posts are data of the
//! province, in a file of their own; a provider says who a person is, never what office they hold.
//!
//! ```toml
//! [[post]]
//! provider = "can-bo"                       # a [provider.NAME] of the settings
//! subject = "…"                             # the provider's stable identifier of the person
//! agency = "000.00.15.H19"
//! officer = "can-bo:dung"                   # the code under which the register of officers knows them
//! role = "chuyen-vien"
//! valid_from = 2026-01-01                   # a day begins at midnight in Vietnam; a moment may be written too
//! valid_to = 2027-01-01                     # the first day, or moment, at which it is held no more
//! ```

mod file;

use std::{collections::HashMap, fmt, sync::Arc};

use arc_swap::ArcSwap;
use clock::Timestamp;
use serde::{Deserialize, Serialize};
use types::{AgencyCode, LegalEntity};

pub use file::{PostFaults, read};

use super::person::LinkKey;

/// The scope that asks for a token with which an officer acts on the bus.
pub const SCOPE: &str = "lgsp";

/// The claims that name a post.
pub const CLAIMS: [&str; 2] = ["vn_agency", "vn_officer"];

/// The code of an officer, such as `can-bo:dung`: safe to log, and no personal number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OfficerCode(Arc<str>);

/// Why a text is not an officer's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an officer's code is 1 to 64 characters of a-z, A-Z, 0-9, '.', ':', '_' and '-', and not a number alone")]
pub struct OfficerCodeError;

impl OfficerCode {
    /// Checks the text and takes it. A number alone is refused, because it could be the 12-digit one.
    pub fn parse(text: &str) -> Result<Self, OfficerCodeError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'_' | b'-');
        let number = text.bytes().all(|byte| byte.is_ascii_digit());
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(plain) && !number;
        if fits { Ok(Self(text.into())) } else { Err(OfficerCodeError) }
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OfficerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for OfficerCode {
    type Error = OfficerCodeError;

    fn try_from(text: String) -> Result<Self, OfficerCodeError> {
        Self::parse(&text)
    }
}

impl From<OfficerCode> for String {
    fn from(code: OfficerCode) -> Self {
        code.0.to_string()
    }
}

/// One post of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// The agency it is in.
    pub agency: AgencyCode,
    /// Who holds it, as the register of officers knows them.
    pub officer: OfficerCode,
    /// What it is, for those who read the file.
    pub role: String,
    /// The first moment at which it is held.
    from: Timestamp,
    /// The first moment at which it is held no more; `None` while no end is known.
    to: Option<Timestamp>,
}

impl Post {
    fn held(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let before = |end: Option<Timestamp>, start: Timestamp| end.is_some_and(|end| end <= start);
        !before(self.to, other.from) && !before(other.to, self.from)
    }

    fn is_in(&self, agency: &str) -> bool {
        self.agency.as_str().eq_ignore_ascii_case(agency)
    }
}

/// Every post of the file, by the only key to a person that we keep.
type ByPerson = HashMap<LinkKey, Vec<Arc<Post>>>;

/// The posts in force, swapped as a whole. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Posts(Arc<ArcSwap<ByPerson>>);

impl Posts {
    fn new(posts: ByPerson) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(posts)))
    }

    /// The post in which this person acts for this body at this moment: the one held in exactly this agency. The file
    /// holds no two of one person in one agency at a time.
    #[must_use]
    pub fn acting(&self, person: Option<LinkKey>, body: &LegalEntity, at: Timestamp) -> Option<Arc<Post>> {
        let posts = self.0.load();
        posts.get(&person?)?.iter().find(|post| post.is_in(body.as_str()) && post.held(at)).cloned()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.load().values().map(Vec::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes what another reading of the file found, whole.
    pub fn replace(&self, newer: &Self) {
        self.0.store(newer.0.load_full());
    }
}
