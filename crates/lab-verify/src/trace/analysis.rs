//! What only traces prove, of any application: what ran at the same time ([`siblings`]) and what the duration was spent
//! on, in one trace ([`one`]) and in many ([`many`]); how two traces differ ([`align`], [`compare`]). [`draw`] writes both
//! for people.

pub mod align;
pub mod compare;
pub mod draw;
pub mod many;
pub mod one;
pub mod siblings;
