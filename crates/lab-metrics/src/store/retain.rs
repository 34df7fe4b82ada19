//! What goes: by age, by size, or because somebody deletes it.

pub(crate) mod delete;
pub(crate) mod expire;
