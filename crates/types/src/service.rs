//! What can be called on the bus.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::member::{SubsystemId, bus_identifier};

bus_identifier!(
    /// A service of a subsystem: `instance/class/code/subsystem/service` (X-Road PR-REST §4.1).
    ServiceId, "a service id", 5
);

impl ServiceId {
    /// The subsystem that provides it.
    #[must_use]
    pub fn provider(&self) -> Option<SubsystemId> {
        SubsystemId::parse(self.as_str().rsplit_once('/')?.0).ok()
    }

    /// The service code, the last part.
    #[must_use]
    pub fn code(&self) -> &str {
        self.part(4)
    }
}
