//! The page and the public API of the dice roller.
