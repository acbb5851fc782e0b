//! A script: one or more statements that happen together or not at all, and the values they share.

use sqlx::{Arguments, Encode, Sqlite, Type, error::BoxDynError, sqlite::SqliteArguments};

use crate::{
    audit::AuditEvent,
    storage::{StoreError, row::to_json},
};

/// Statements that share their values by number (`$1`), so that the database's thread is woken once for all of them.
/// Every result is found by its place among the statements.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script {
    /// The statements within a transaction of their own.
    pub(super) alone: &'static str,
    /// How many results of `alone` come before those of `body`.
    pub(super) ahead: usize,
    /// The statements, first of a transaction that others share; one result comes before theirs.
    pub(super) first: &'static str,
    /// The statements, in the middle of such a transaction.
    pub(super) body: &'static str,
    /// The statements, last of such a transaction.
    pub(super) last: &'static str,
}

/// A script of several statements. A macro, because only a macro can join texts at compile time, and a text that stays
/// the same is prepared once.
macro_rules! script {
    ($($statement:expr),+ $(,)?) => {
        $crate::storage::sqlite::script::Script {
            alone: concat!("BEGIN IMMEDIATE;", $($statement, ";",)+ "COMMIT"),
            ahead: 1,
            first: concat!("BEGIN IMMEDIATE;", $($statement, ";",)+),
            body: concat!($($statement, ";",)+),
            last: concat!($($statement, ";",)+ "COMMIT"),
        }
    };
}

/// A script of one statement, which needs no transaction around it when it is alone.
macro_rules! single {
    ($statement:expr $(,)?) => {
        $crate::storage::sqlite::script::Script {
            alone: $statement,
            ahead: 0,
            first: concat!("BEGIN IMMEDIATE;", $statement),
            body: $statement,
            last: concat!($statement, ";COMMIT"),
        }
    };
}

/// The audit event, whose four values come first in every script that has one; what follows is its condition.
macro_rules! audit {
    ($condition:literal) => {
        concat!("INSERT INTO audit (at, event, reference, body) SELECT $1, $2, $3, $4 WHERE ", $condition)
    };
}

pub(super) use audit;
pub(super) use script;
pub(super) use single;

/// The values of a script, in order.
#[derive(Default)]
pub(super) struct Values {
    arguments: SqliteArguments,
    fault: Option<BoxDynError>,
}

impl Values {
    /// No values yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The four values of an audit event.
    pub(super) fn audit(event: &AuditEvent) -> Result<Self, StoreError> {
        let values = Self::new().with(event.at.micros()).with(event.name());
        Ok(values.with(event.reference.to_string()).with(to_json(event)?))
    }

    /// The next value.
    pub(super) fn with<'v>(mut self, value: impl Encode<'v, Sqlite> + Type<Sqlite>) -> Self {
        if let Err(fault) = Arguments::add(&mut self.arguments, value) {
            self.fault.get_or_insert(fault);
        }
        self
    }

    /// The values as the driver takes them.
    pub(super) fn finish(self) -> Result<SqliteArguments, StoreError> {
        self.fault.map_or(Ok(self.arguments), |fault| Err(StoreError::Unavailable(fault)))
    }
}
