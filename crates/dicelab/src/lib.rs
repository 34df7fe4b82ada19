//! The binary's inside: the command line, the assembly of services, lab and traffic, and the pages that
//! show how they are.
//!
//! | Room | What is in it |
//! |---|---|
//! | [`cli`] | understands a call |
//! | [`cmd`] | the commands, one file each |
//! | [`app`] | the lab from start to end |
//! | [`doors`] | which routes stand on which port, and what surrounds them |
//! | [`pages`] | the routes of the binary's own: status, steering, reports |
//! | [`parts`] | what a lab is put together from: children, stores, targets, status |
//! | [`options`] | what the commands take, and how mistakes in it are reported |
//! | [`ports`], [`faults`] | the table of ports and their listeners; the faults of a whole lab |
//!
//! Each room uses only rooms below it in this table.

pub mod app;
pub mod cli;
pub mod cmd;
pub mod doors;
pub mod faults;
pub mod options;
pub mod pages;
pub mod parts;
pub mod ports;
