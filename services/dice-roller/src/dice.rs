//! Dice: what a die is, and the lookup at die-service.

pub mod die;
pub mod lookup;
