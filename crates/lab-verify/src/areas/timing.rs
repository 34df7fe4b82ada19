//! The areas that measure time: whether rolls overlap, how much faster a batch is, how old an event is when it is found.

pub mod age;
pub mod concurrency;
pub mod speed_up;
