//! The words that more than one package speaks: identifiers, levels, and values that must not be printed.
//!
//! Nothing here does I/O, reads a clock or knows a database. Every type is parsed once, at the edge, and is
//! then known to be well formed.

pub mod agency;
pub mod assurance;
pub mod ids;
pub mod member;
pub mod personal_id;
pub mod service;
pub mod subject;
pub mod transaction;

pub use agency::{AgencyCode, AgencyCodeError};
pub use assurance::{AccountLevel, AuthLevel};
pub use ids::{ClientId, IdError, LegalEntity, ProviderId};
pub use member::{BusIdError, MemberId, SubsystemId};
pub use personal_id::{PersonalId, PersonalIdError};
pub use service::ServiceId;
pub use subject::Subject;
pub use transaction::TransactionId;
