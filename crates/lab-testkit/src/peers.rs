//! Programs that are not ours and run beside the lab: the original products, and clients that people use.
//!
//! They are looked for in the folder that the environment variable `DICELAB_PEERS` names; a program that is not there, or no
//! such folder, means that its test does nothing. `make peers PEERS=DIR` sets the variable, and shows what was found, with
//! versions, and what was not. `docs/peers.md` says where the programs come from.
//!
//! - [`program`] finds one and knows its version;
//! - [`running`] is one that runs, with a directory of its own, and ends with the value;
//! - [`original`] is a product that is asked for the records of [`parity`](crate::parity).

pub mod original;
pub mod program;
pub mod running;
