//! Whether a difference is more than chance.
//!
//! | Room | What is in it |
//! |---|---|
//! | [`bootstrap`] | durations: intervals by resampling |
//! | [`waiting`] | what a busy machine may have done to durations |
//! | [`rates`] | counts |
//! | [`moments`] | how much a count spreads from moment to moment |
//! | [`deviates`] | how sure a comparison has to be, and how far chance leads |

pub mod bootstrap;
pub mod deviates;
pub mod moments;
pub mod rates;
pub mod waiting;
