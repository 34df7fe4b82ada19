//! Keeps the die specifications and hands them out.
