//! Checks a bundle of the message log offline.
