//! The client side: one connection, and many of them as load.

pub mod connection;
pub mod load;
