//! The broker at its own edge: the real router over a real store, asked over HTTP, with a provider that does as it is told.
//!
//! `cfg(test)` on each module tells clippy that helpers in it are test code too.

#[cfg(test)]
mod cve;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod support;
