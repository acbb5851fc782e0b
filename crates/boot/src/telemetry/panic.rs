//! What is said of a panic? Where it was, not what it said: an unwrapped error may hold anything.

/// Replaces the hook that prints the panic's own text.
pub(super) fn log_place_only() {
    std::panic::set_hook(Box::new(|panic| {
        let (file, line) = panic.location().map_or(("unknown", 0), |place| (place.file(), place.line()));
        tracing::error!(panic.file = file, panic.line = line, "panicked; its text is withheld");
    }));
}
