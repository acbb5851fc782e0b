//! The dialect against a scripted database.
