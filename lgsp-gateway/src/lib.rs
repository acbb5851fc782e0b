//! The way of a call, room by room:
//!
//! [`listener`] accepts it over mutual TLS → [`caller`] says who it is → [`message_log`] opens its record → [`verify`] checks
//! digest, signature and replay → [`route`] finds the service → [`authorize`] asks the policy → [`shape`] checks it against
//! the contract → [`dispatch`] hands it to an adapter; and back: [`shape`] leaves only the permitted fields, [`sign`] seals the
//! answer or the refusal, [`message_log`] closes the record, [`listener`] answers.
//!
//! [`stack`] has that way in one function, [`call`] the types that keep its order, [`refusal`] every way it can end early.

pub mod authorize;
pub mod call;
pub mod caller;
pub mod dispatch;
pub mod listener;
pub mod message_log;
pub mod refusal;
pub mod registry;
pub mod reply;
pub mod route;
pub mod shape;
pub mod sign;
pub mod storage;
pub mod trail;
pub mod verify;
