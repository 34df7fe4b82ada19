//! What the lab endures: short forms of the parts of `make endure`, which runs them for long.

mod silent;
