//! From a call to what the engine is asked.

use cedar_policy::{Context, EntityTypeName, EntityUid, RestrictedExpression as Value};
use types::{AccountLevel, AgencyCode, AuthLevel};

use super::entities::Prepared;
use crate::{
    PolicyError,
    request::{account_level, type_name, uid},
};

/// May this call be made now?
#[derive(Clone, Copy, Debug)]
pub struct CallQuestion<'a> {
    /// The time of the call, in microseconds since the epoch.
    pub at: i64,
    /// The endpoint of the agreement that the call fits, by its name there; `None` when it fits none.
    pub endpoint: Option<&'a str>,
    /// The purpose the caller states.
    pub purpose: &'a str,
    /// The legal basis the caller states.
    pub legal_basis: &'a str,
    /// The procedure the caller states.
    pub procedure: Option<&'a str>,
    /// Whether the message carries a signature that holds.
    pub signed: bool,
    /// The officer behind the call, as the verified token says.
    pub actor: Option<ActorFacts<'a>>,
}

impl CallQuestion<'_> {
    /// The minute of the call, counted from the epoch. A policy sees its first moment, so that a decision holds for a whole
    /// minute: an agreement begins with the first full minute in which it holds, and ends to the microsecond.
    pub(super) const fn minute(&self) -> i64 {
        self.at.div_euclid(MINUTE_MICROS)
    }
}

/// What a decision looks at of an officer.
#[derive(Clone, Copy, Debug)]
pub struct ActorFacts<'a> {
    /// The agency in which the officer acts.
    pub agency: &'a AgencyCode,
    /// The level at which the officer signed in.
    pub auth_level: AuthLevel,
    /// The level of the officer's account; `None` for one that has none.
    pub account_level: Option<AccountLevel>,
}

/// Every fixed name of the schema that this room uses, parsed once.
pub(crate) struct Names {
    pub(crate) member: EntityTypeName,
    pub(crate) subsystem: EntityTypeName,
    pub(crate) service: EntityTypeName,
    pub(crate) agreement: EntityTypeName,
    pub(crate) call_service: EntityUid,
}

impl Names {
    pub(crate) fn new() -> Result<Self, PolicyError> {
        Ok(Self {
            member: type_name("Gateway::Member")?,
            subsystem: type_name("Gateway::Subsystem")?,
            service: type_name("Gateway::Service")?,
            agreement: type_name("Gateway::Agreement")?,
            call_service: uid(&type_name("Gateway::Action")?, "call_service"),
        })
    }
}

/// Vietnam's time zone, without summer time since 1975.
const OFFSET_SECONDS: i64 = 7 * 3_600;
const DAY_SECONDS: i64 = 86_400;
const MINUTE_MICROS: i64 = 60_000_000;

/// Minutes since midnight in Vietnam, and the day of the week, 1 for Monday.
pub(crate) fn local_time(micros: i64) -> (i64, i64) {
    let seconds = micros.div_euclid(1_000_000).saturating_add(OFFSET_SECONDS);
    // The epoch was a Thursday, the fourth day.
    let day = (seconds.div_euclid(DAY_SECONDS) + 3).rem_euclid(7) + 1;
    (seconds.rem_euclid(DAY_SECONDS) / 60, day)
}

/// The context of `call_service`.
pub(super) fn context(prepared: &Prepared, question: &CallQuestion<'_>) -> Result<Context, PolicyError> {
    let text = |value: &str| Value::new_string(value.to_owned());
    let at = question.minute().saturating_mul(MINUTE_MICROS);
    let (minute, day) = local_time(at);
    let mut pairs = Vec::with_capacity(10);
    let mut put = |name: &str, value: Value| pairs.push((name.to_owned(), value));
    put("agreement", Value::new_entity_uid(prepared.agreement.clone()));
    put("at", Value::new_long(at));
    put("minute", Value::new_long(minute));
    put("day", Value::new_long(day));
    put("endpoint", text(question.endpoint.unwrap_or_default()));
    put("purpose", text(question.purpose));
    put("legal_basis", text(question.legal_basis));
    put("procedure", text(question.procedure.unwrap_or_default()));
    put("signed", Value::new_bool(question.signed));
    if let Some(actor) = &question.actor {
        let facts = [
            ("agency".to_owned(), text(actor.agency.as_str())),
            ("auth_level".to_owned(), Value::new_long(actor.auth_level.get().into())),
            ("account_level".to_owned(), Value::new_long(account_level(actor.account_level))),
        ];
        put("actor", Value::new_record(facts).map_err(|source| PolicyError::Context(Box::new(source.into())))?);
    }
    Context::from_pairs(pairs).map_err(|source| PolicyError::Context(Box::new(source)))
}

#[cfg(test)]
mod tests {
    use super::local_time;

    #[test]
    fn the_day_and_the_minute_are_those_of_vietnam() {
        for (seconds, minute, day) in [
            (0, 7 * 60, 4),
            (1_795_219_200, 7 * 60, 6),         // 21/11/2026 00:00Z, a Saturday
            (1_795_219_200 + 17 * 3_600, 0, 7), // midnight in Vietnam: Sunday begins
            (1_795_219_200 + 17 * 3_600 - 1, 1439, 6),
            (-1, 6 * 60 + 59, 4),
        ] {
            assert_eq!(local_time(seconds * 1_000_000), (minute, day), "{seconds}");
        }
    }
}
