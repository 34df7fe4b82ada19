//! The binary's inside: the command line, the assembly of services, lab and traffic, and the pages that
//! show how they are.
//!
//! [`cli`] understands a call, [`cmd`] has a file per command, [`options`] declares what they take.
//! [`app`] puts the lab together from the engines, [`ports`] holds its listeners.

pub mod app;
pub mod cli;
pub mod cmd;
pub mod faults;
pub mod options;
pub mod pages;
pub mod ports;
