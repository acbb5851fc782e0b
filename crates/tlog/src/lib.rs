//! The formats of the message log: entries, tree, tiles, checkpoints, proofs.
