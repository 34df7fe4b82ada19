//! Dicelab: the observability lab in one binary.
