//! What `--check-config` finds, and what keeps a gateway from starting.

use lgsp_gateway::app::{World, check};

use crate::place::{EXAMPLE, Place};

#[test]
fn the_example_with_the_files_that_it_names_has_no_fault() {
    let place = Place::new();
    check(&place.read(EXAMPLE).unwrap(), &World::real()).map(drop).unwrap();
}
