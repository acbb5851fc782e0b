//! What can be wrong with a log, and how it is named.

use std::fmt;

use types::TransactionId;

/// The first thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// At which entry, when it is one.
    pub index: Option<u64>,
    /// Of which call, as far as the entry still says so.
    pub id: Option<TransactionId>,
    /// What.
    pub what: What,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// There is no entry in this place, and none after it or another one in its place.
    Missing {
        /// The entry that stands there instead.
        found: Option<u64>,
    },
    /// It is not the entry that the next one names as its predecessor.
    Changed,
    /// It does not name the entry before it.
    Unchained,
    /// It is not an entry at all.
    Unreadable,
    /// Its evidence is not there.
    EvidenceMissing,
    /// Its evidence is not what was recorded.
    EvidenceChanged,
    /// Its evidence does not open with the key, or its signatures are not those of the record.
    EvidenceUnopened,
    /// There is evidence that no entry names.
    EvidenceUnknown,
    /// A call is closed that was not open.
    NotOpened,
    /// A call is opened twice.
    OpenedTwice,
    /// The entries up to this size are not those of a checkpoint that was signed: they were rewritten, chain and all, or the
    /// log shows different people different entries.
    Rewritten {
        /// The size of the checkpoint.
        size: u64,
    },
    /// Two checkpoints of the same size differ: the log shows different people different entries.
    SplitView {
        /// Their size.
        size: u64,
    },
    /// A checkpoint is not signed by the log's key, or is not one of this log.
    Checkpoint {
        /// Under which size it was kept; `None` when it is the auditor's own.
        size: Option<u64>,
    },
    /// A tile that is kept is not that of the entries.
    Tile,
    /// The log's own state is not that of its entries.
    Head,
    /// No checkpoint covers it, although there was time to sign one.
    Unsigned,
}

impl Fault {
    pub(in crate::message_log) const fn of(what: What) -> Self {
        Self { index: None, id: None, what }
    }

    pub(in crate::message_log) const fn at(index: u64, id: Option<TransactionId>, what: What) -> Self {
        Self { index: Some(index), id, what }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(index) = self.index {
            write!(f, "entry {index}")?;
            if let Some(id) = self.id {
                write!(f, " (call {id})")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{}", self.what)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { found: None } => f.write_str("it is missing"),
            Self::Missing { found: Some(found) } => write!(f, "it is missing; entry {found} stands in its place"),
            Self::Changed => f.write_str("it was changed"),
            Self::Unchained => f.write_str("it does not name the entry before it; one of the two was changed"),
            Self::Unreadable => f.write_str("it cannot be read"),
            Self::EvidenceMissing => f.write_str("its evidence is missing"),
            Self::EvidenceChanged => f.write_str("its evidence was changed"),
            Self::EvidenceUnopened => {
                f.write_str("its evidence does not open with this key, or is not that of the record")
            }
            Self::EvidenceUnknown => f.write_str("there is evidence beside it that no entry names"),
            Self::NotOpened => f.write_str("the call is closed but was not open: its opened record is missing"),
            Self::OpenedTwice => f.write_str("the call is opened twice"),
            Self::Rewritten { size } => {
                write!(f, "the entries are not those of the checkpoint of size {size}: the log was rewritten")
            }
            Self::SplitView { size } => write!(f, "two signed checkpoints of size {size} differ"),
            Self::Checkpoint { size: Some(size) } => {
                write!(f, "the checkpoint of size {size} is not signed by the log's key, or is not of this log")
            }
            Self::Checkpoint { size: None } => {
                f.write_str("the checkpoint that was given is not signed by the log's key, or is not of this log")
            }
            Self::Tile => f.write_str("a kept tile says another hash of it; one of the two was changed"),
            Self::Head => f.write_str("the log's own state is not that of its entries"),
            Self::Unsigned => f.write_str("no checkpoint covers it, although there was time to sign one"),
        }
    }
}
