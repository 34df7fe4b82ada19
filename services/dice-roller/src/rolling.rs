//! Rolling: what happens to one roll, and how many rolls run at the same time.

pub mod batch;
pub mod fate;
pub mod roll;
