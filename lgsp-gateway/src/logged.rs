//! What the code under test logs, on the thread of the test.

use std::sync::{Arc, Mutex};

use tracing::{Dispatch, Event, Level, Metadata, Subscriber, dispatcher, span};

/// The levels of the lines.
#[derive(Clone, Default)]
pub(crate) struct Logged(Arc<Mutex<Vec<Level>>>);

impl Logged {
    /// Does something, and listens.
    pub(crate) fn listen(work: impl FnOnce(&Self)) {
        let logged = Self::default();
        // While there is only one listener, `tracing` asks the thread that comes first whether it wants the lines of a place,
        // and keeps the answer for all: a test beside this one would silence it.
        let _second = Dispatch::new(Self::default());
        dispatcher::with_default(&Dispatch::new(logged.clone()), || work(&logged));
    }

    /// The levels of the lines since the last look.
    pub(crate) fn take(&self) -> Vec<Level> {
        self.0.lock().unwrap().drain(..).collect()
    }

    /// How many lines of this level there are since the last look.
    pub(crate) fn count(&self, wanted: Level) -> usize {
        self.take().into_iter().filter(|level| *level == wanted).count()
    }
}

impl Subscriber for Logged {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        self.0.lock().unwrap().push(*event.metadata().level());
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
