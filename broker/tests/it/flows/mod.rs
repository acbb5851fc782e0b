//! Whole logins, and each way in which they go wrong.

mod login;
