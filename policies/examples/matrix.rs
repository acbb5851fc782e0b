//! Writes the table of authority to standard output. From the root of the repository:
//!
//! ```sh
//! cargo run -q -p policies --example matrix > matrix.new && mv matrix.new policies/matrix.txt
//! ```

use std::{error::Error, io::Write};

#[path = "../tests/it/matrix/render.rs"]
mod render;

fn main() -> Result<(), Box<dyn Error>> {
    std::io::stdout().write_all(render::table()?.as_bytes())?;
    Ok(())
}
