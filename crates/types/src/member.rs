//! Who takes part in the bus: members and their subsystems, by the identifiers of X-Road.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// Why a text is not an identifier of the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be {parts} parts of 1 to 64 characters of A-Z, a-z, 0-9 and '()+,-.=?, separated by '/'")]
pub struct BusIdError {
    kind: &'static str,
    parts: usize,
}

/// Whether the text may be one part of an identifier (X-Road PR-REST §4.8). `.` and `..` are path segments, not parts.
#[must_use]
pub fn is_part(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !matches!(text, "." | "..")
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"'()+,-.=?_".contains(&byte))
}

pub(crate) fn check(kind: &'static str, parts: usize, text: &str) -> Result<(), BusIdError> {
    let fits = text.split('/').count() == parts && text.split('/').all(is_part);
    if fits { Ok(()) } else { Err(BusIdError { kind, parts }) }
}

macro_rules! bus_identifier {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $parts:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text, its parts separated by `/`, and takes it.
            ///
            /// # Errors
            /// Another number of parts, or a part with a character that identifiers may not have.
            pub fn parse(text: &str) -> Result<Self, $crate::member::BusIdError> {
                $crate::member::check($kind, $parts, text)?;
                Ok(Self(text.into()))
            }

            /// The whole identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// One part, counted from 0; empty beyond the last.
            #[must_use]
            pub fn part(&self, number: usize) -> &str {
                self.0.split('/').nth(number).unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::member::BusIdError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.to_string()
            }
        }
    };
}
pub(crate) use bus_identifier;

bus_identifier!(
    /// A member of the bus: `instance/class/code`, as `VN/GOV/000.00.15.H19`. Its code is an agency code.
    MemberId, "a member id", 3
);
bus_identifier!(
    /// A subsystem of a member: `instance/class/code/subsystem`, as `VN/GOV/000.00.15.H19/mot-cua`. It is what calls and
    /// what is called.
    SubsystemId, "a subsystem id", 4
);

impl SubsystemId {
    /// The member it belongs to.
    #[must_use]
    pub fn member(&self) -> MemberId {
        MemberId(self.0.rsplit_once('/').map_or(self.as_str(), |(member, _)| member).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_its_parts_and_no_others() {
        let id = SubsystemId::parse("VN/GOV/000.00.15.H19/mot-cua").unwrap();
        assert_eq!((id.part(2), id.part(3), id.part(4)), ("000.00.15.H19", "mot-cua", ""));
        assert_eq!(id.member().as_str(), "VN/GOV/000.00.15.H19");
        for bad in
            ["", "VN/GOV/x", "VN/GOV/x/y/z", "VN/GOV//y", "VN/GOV/../y", "VN/GOV/a b/y", "VN/GOV/a%2F/y", "VN/GOV/ạ/y"]
        {
            assert!(SubsystemId::parse(bad).is_err(), "{bad:?}");
        }
    }
}
