//! Every metric of dice-roller: the families with their handles, and the guards that count.

pub mod count;
pub mod families;
mod labels;
