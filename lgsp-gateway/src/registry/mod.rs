//! What is registered: agencies, members and their subsystems, services, agreements. One immutable snapshot, read from a
//! folder of files, validated as a whole and swapped at once.

mod agency;
mod agreement;
mod endpoint;
pub mod load;
mod service;
mod snapshot;
mod subsystem;
#[cfg(test)]
pub(crate) mod tested;
mod validity;
pub mod watch;

pub use agency::Agency;
pub use agreement::{Agreement, Grant, Hours, Officer, Release};
pub use endpoint::{Endpoint, EndpointError};
pub use service::{Service, Style};
pub use snapshot::{Freshness, Live, MappingKind, Mappings, Snapshot};
pub use subsystem::{Member, MemberKey, Subsystem};
pub use validity::{MomentError, Validity, moment};
pub use watch::{NOT_READ, Watch, Wrong};
