//! What the lab answers on its ports: which routes stand on which port, and what surrounds them all.

pub mod access;
pub mod asked;
pub mod own;
pub mod places;
pub mod read_only;
pub mod routes;
pub mod serve;

#[cfg(test)]
mod walk;
