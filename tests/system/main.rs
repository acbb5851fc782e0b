//! Tests across the packages: what holds between them, and what the whole does.
//!
//! `cfg(test)` on each module tells clippy that helpers in it are test code too, where a failed `expect` is a failed test.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod bus_call;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod fail_closed;
#[cfg(test)]
mod message_log;
#[cfg(test)]
mod process;
#[cfg(test)]
mod workspace;
