//! The profile, held against its published vectors, and replies bound to their requests.

mod generate;
mod replies;
mod vectors;
