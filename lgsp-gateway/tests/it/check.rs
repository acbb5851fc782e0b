//! What `--check-config` finds, and what keeps a gateway from starting.

use lgsp_gateway::app::{World, check};

use crate::place::{EXAMPLE, Place};

#[test]
fn the_example_with_the_files_that_it_names_has_no_fault() {
    let place = Place::new();
    check(&place.read(EXAMPLE).unwrap(), &World::real()).map(drop).unwrap();
}

#[test]
fn a_key_that_everyone_may_read_is_refused() {
    let place = Place::new();
    let settings = place.read(EXAMPLE).unwrap();
    for key in ["secrets/signing.key", "secrets/log.key"] {
        place.allow(key, 0o644);
        let refused = check(&settings, &World::real()).map(drop).unwrap_err().to_string();
        let told = format!("the file {} may be read by everyone", place.path(key).display());
        assert!(refused.contains(&told), "{refused}");
        place.allow(key, 0o640);
    }
    check(&settings, &World::real()).map(drop).unwrap();
}
