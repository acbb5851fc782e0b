//! Contracts and answers, without a call around them.

mod contract;
mod cost;
mod reply;
mod request;
