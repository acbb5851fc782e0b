//! The committed table of authority is what the policies say today.

mod render;

use crate::support::package;

#[test]
fn the_committed_table_is_fresh() {
    let committed = std::fs::read_to_string(package().join("matrix.txt")).unwrap();
    let today = render::table().unwrap();
    assert!(committed == today, "matrix.txt is stale, see policies/README.md; today it is:\n{today}");
}
