//! Time and chance, which come in through constructors so that a test can hold both still.

pub mod entropy;
pub mod fixed;
pub mod time;

pub use entropy::{Entropy, SystemEntropy};
pub use fixed::{FixedClock, SeededEntropy};
pub use time::{Clock, SystemClock, Timestamp};
