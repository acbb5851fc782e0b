# The few commands to remember. `just` alone lists them.

_default:
    @just --list --unsorted

# Start the province: broker, stand-ins, applications. Ctrl-C stops it.
run *ARGS:
    cargo run -- {{ARGS}}

# Everything, from formatting to a real browser; `just test peers` runs a part.
test *PARTS:
    tests/run {{PARTS}}

# What must hold for every commit, without servers and browsers.
check:
    cargo fmt --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test --workspace

# Format the sources.
fmt:
    cargo fmt
