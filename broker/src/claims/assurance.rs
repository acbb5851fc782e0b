//! Which level is in force: the lower of what the login amounts to and what the provider is trusted for.

use types::AuthLevel;

/// The effective authentication level. Never raised, never copied from upstream: `asserted` comes from our settings for
/// the provider, `ceiling` is 1 unless set.
#[must_use]
pub fn effective(asserted: AuthLevel, ceiling: AuthLevel) -> AuthLevel {
    asserted.min(ceiling)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_never_raised_above_either_bound() {
        for asserted in AuthLevel::ALL {
            for ceiling in AuthLevel::ALL {
                let level = effective(asserted, ceiling);
                assert!(level <= asserted && level <= ceiling);
                assert!(level == asserted || level == ceiling);
            }
        }
    }
}
