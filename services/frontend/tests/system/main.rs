//! The three services together, each on a free port of this process, from the outside.

mod cancelled;
mod errors;
mod identities;
mod numbers;
mod page;
mod strategies;
mod traced;
mod world;
