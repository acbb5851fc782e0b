//! The gateway at its own edge, over real sockets.
//!
//! `cfg(test)` on each module tells clippy that helpers in it are test code too.

#[cfg(test)]
mod check;
#[cfg(test)]
mod listener;
#[cfg(test)]
mod place;
#[cfg(test)]
mod registers;
#[cfg(test)]
mod settings;
