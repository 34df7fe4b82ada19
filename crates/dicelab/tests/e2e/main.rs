//! The real binary from outside: started, asked, killed, stopped. One binary of tests, each with a lab of
//! its own on free ports and in a directory of its own; `DICELAB_TEST_PATIENCE` seconds for what takes time.

mod browser;
mod command_line;
mod differential;
mod disk;
mod doctor;
mod documents;
mod doors;
mod ends;
mod endure;
mod faults;
mod foreign;
mod grafana_clients;
mod guide;
mod harness;
mod kill;
mod log_lines;
mod mission;
mod neighbours;
mod one_request;
mod operations;
mod peers;
mod probe;
mod recorded;
mod requests;
mod run;
mod senders;
mod steering;
mod trace;
mod verify;
