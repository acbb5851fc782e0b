//! The listener with a trivial service behind it: who gets in, what becomes a call, and how everything else ends.

mod bodies;
mod certificates;
mod flood;
pub mod gate;
mod heads;
mod peers;
mod smuggling;
