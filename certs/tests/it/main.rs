//! Files of a throw-away authority, read, trusted, distrusted and swapped, with a clock that stands still.

mod live;
mod support;
mod trust;
