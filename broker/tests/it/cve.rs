//! One test for each known hole of other products that touches what exists here, under its number.
