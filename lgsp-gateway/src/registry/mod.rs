//! What is registered: agencies, members and their subsystems, services, agreements. One immutable snapshot, read from a
//! folder of files, validated as a whole and swapped at once.

mod agency;
mod agreement;
mod service;
mod snapshot;
mod subsystem;
mod validity;

pub use agency::Agency;
pub use agreement::{Agreement, Endpoint, Hours, Officer, Release};
pub use service::{Service, Style};
pub use snapshot::{Live, MappingKind, Snapshot};
pub use subsystem::{MemberKey, Subsystem};
pub use validity::Validity;
