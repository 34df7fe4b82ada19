//! What there is of a metric beside its samples: exemplars, and the type, help and unit of a family.

pub mod exemplar;
pub mod histogram_sample;
pub mod metadata;
