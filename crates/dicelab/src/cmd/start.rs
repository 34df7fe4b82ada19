//! The commands that start something and keep it running: the lab, its services, traffic.

pub mod lab;
pub mod run;
pub mod service;
pub mod traffic;
mod traffic_door;
pub mod up;
