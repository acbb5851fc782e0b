//! The broker as its operator runs it: a process of its own, killed, stopped and shouted at from outside.

mod canaries;
pub mod cluster;
mod hostile;
mod keys;
mod killed;
mod login;
mod server;
mod stopped;
mod traced;

use login::LoggedIn;
use server::Server;
pub use server::program;
