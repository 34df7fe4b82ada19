//! What the lab keeps: the three stores, their upkeep, and the last verification report.

pub mod check;
pub mod deleting;
pub mod last_report;
pub mod recording;
pub mod shares;
pub mod stores;
pub mod upkeep;
