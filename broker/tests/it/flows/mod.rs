//! Whole logins, and each way in which they go wrong.

mod assertions;
mod audit;
mod concurrency;
mod consent;
mod disabled;
mod hanging;
mod hostile;
mod levels;
mod login;
mod logs;
mod officers;
mod refresh;
mod rotation;
mod sessions;
mod tabs;
