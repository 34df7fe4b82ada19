//! A foreign program under the lab: what it is started with ([`environment`]), how its output is shown and kept
//! ([`streams`], [`lines`]), how it is started ([`start`]), told ([`forward`]) and ended with all that it started
//! ([`descendants`]), why it cannot be started ([`unstartable`]), how long it waited for a processor ([`waiting`]), and what its counters are
//! worth ([`counters`]).

pub mod counters;
pub mod descendants;
pub mod environment;
pub mod forward;
pub mod lines;
pub mod start;
pub mod streams;
pub mod unstartable;
pub mod waiting;
