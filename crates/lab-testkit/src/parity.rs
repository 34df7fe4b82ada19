//! Parity: the same questions to the lab and to the product that it stands in for, compared field by field.
//!
//! A folder holds what one product was asked and what it answered:
//!
//! - `*.questions` files, which [`question`] reads;
//! - `answers.jsonl.gz`, the [record] of what the product answered, with its version;
//! - `different.list`, which [`known`] reads: the answers that differ on purpose, with the reason of each.
//!
//! A [suite] asks the lab and [compares](compare). Where an [original](crate::peers::original) can be had, the test asks that
//! one, too, and writes a new record.

pub mod compare;
pub mod known;
pub mod question;
pub mod record;
pub mod suite;
