//! Every metric of the frontend: the families with their handles, and the guard that counts each request once.

pub mod count;
pub mod families;
mod labels;
