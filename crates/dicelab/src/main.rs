//! The `dicelab` binary.
fn main() {}
