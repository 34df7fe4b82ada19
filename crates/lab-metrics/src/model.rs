//! What there is of a metric beside its samples: exemplars, and the type, help and unit of a family.

pub mod exemplar;
pub mod metadata;
