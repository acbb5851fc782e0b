//! Files of a throw-away authority, read, trusted, distrusted and swapped, with a clock that stands still.
//!
//! `cfg(test)` on each module tells clippy that helpers in it are test code too.

#[cfg(test)]
mod folder;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod live;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod trust;
