//! Targets from DNS: [`records`] become targets, the [`resolver`] asks the name servers of this machine, in the form of a
//! [`message`].

mod message;
pub(crate) mod records;
pub(crate) mod resolver;
