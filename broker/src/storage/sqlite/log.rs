//! When is the write-ahead log carried over into the file, and who does it?
//!
//! A connection of its own carries over most of it while others write. What they added meanwhile is little; the writer carries
//! that over itself, because only a log that was carried over to its end begins again from its start.

use tokio::task::JoinHandle;

use super::connection::Connection;

/// After how many scripts the log is carried over: it has some eight megabytes by then.
pub(super) const CARRY_OVER_AFTER: usize = 1000;

/// The log, and what carries it over.
pub(super) struct Log {
    /// Scripts since it was last carried over.
    scripts: usize,
    carrier: Carrier,
}

enum Carrier {
    Rests(Connection),
    Carries(JoinHandle<Connection>),
    /// Its thread ended before it did; from now on the writer carries over everything.
    Lost,
}

impl Log {
    /// A log that this connection carries over.
    pub(super) fn new(carrier: Connection) -> Self {
        Self { scripts: 0, carrier: Carrier::Rests(carrier) }
    }

    /// Notes that scripts were added.
    pub(super) fn grew_by(&mut self, scripts: usize) {
        self.scripts += scripts;
    }

    /// Lets the log be carried over when it is due. Gives whether all but its end has been.
    pub(super) async fn wants_its_end_carried_over(&mut self) -> bool {
        let due = self.scripts >= CARRY_OVER_AFTER;
        match std::mem::replace(&mut self.carrier, Carrier::Lost) {
            Carrier::Rests(connection) if due => {
                self.scripts = 0;
                self.carrier = Carrier::Carries(tokio::task::spawn_blocking(move || {
                    connection.carry_over();
                    connection
                }));
                false
            }
            Carrier::Carries(done) if done.is_finished() => {
                self.carrier = done.await.map_or(Carrier::Lost, Carrier::Rests);
                true
            }
            Carrier::Lost if due => {
                self.scripts = 0;
                true
            }
            other => {
                self.carrier = other;
                false
            }
        }
    }

    /// Waits for the carrier and closes it.
    pub(super) async fn close(self) {
        match self.carrier {
            Carrier::Rests(connection) => connection.close(),
            Carrier::Carries(done) => {
                if let Ok(connection) = done.await {
                    connection.close();
                }
            }
            Carrier::Lost => {}
        }
    }
}
