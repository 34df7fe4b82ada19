//! What the lab costs, and what it endures: programs that load the binary `dicelab` from outside and measure it, or a part of it by itself.
//! Not shipped.
//!
//! | Room | What is in it |
//! |---|---|
//! | [`mod@bench`] | `make bench`: figures as ratios within one run |
//! | [`endure`] | `make endure`: whether what is promised still holds after hours under load |
//! | [`pairs`] | what `dicelab diff` tells of equal runs, and of slower ones |
//! | [`programs`] | the processes that are measured, as `/proc` shows them |
//! | [`span_costs`] | what metrics of spans add to taking spans in, measured in this process |
//! | [`http`], [`samples`], [`measure`], [`report`] | the load, what it consists of, the measurements and the report of the benchmark |

pub mod bench;
pub mod endure;
pub mod http;
pub mod measure;
pub mod pairs;
pub mod programs;
pub mod report;
pub mod samples;
pub mod span_costs;
