//! What did the operator ask for? The one settings format of every program here.
//!
//! A TOML file is overlaid by environment variables `PREFIX__SECTION__KEY`; secrets come from files that a `*_file` key
//! names. Nothing stops at the first fault: a [`Document`] is read to its end, and [`Document::finish`] hands back either
//! the settings or every [`Fault`] together, each with file and line or with the variable that caused it.
//!
//! ```
//! use boot::settings::{Document, Environment, Faults};
//! use std::time::Duration;
//!
//! struct Server { bind: std::net::SocketAddr, drain: Duration }
//!
//! fn read(document: Document) -> Result<Server, Faults> {
//!     let server = document.section("server");
//!     // First ask for everything, so that each fault is found …
//!     let bind = server.socket_addr("bind").required();
//!     let drain = server.duration("drain").between(Duration::ZERO, Duration::from_secs(300)).or(Duration::from_secs(25));
//!     // … and only then build: a reader that recorded a fault gave `None`.
//!     let settings = || Some(Server { bind: bind?, drain: drain? });
//!     document.finish(settings())
//! }
//!
//! let text = "[server]\nbind = \"127.0.0.1:8400\"\n";
//! let document = Document::parse(text, "broker.toml".as_ref(), "BROKER", &Environment::empty());
//! assert_eq!(read(document).unwrap().bind.port(), 8400);
//! ```

mod document;
mod environment;
mod fault;
mod lists;
mod mask;
mod overlay;
mod readers;
mod secret_file;
mod section;
mod setting;
mod tree;
mod units;
mod unread;

#[cfg(test)]
mod tests;

pub use document::Document;
pub use environment::Environment;
pub use fault::{Fault, Faults, Origin};
pub use secret_file::private_text;
pub use section::Section;
pub use setting::Setting;
