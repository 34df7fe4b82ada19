//! Grafana Alloy between applications and a lab: with the configuration of `deploy/alloy`, as it stands beside the containers of the
//! stack, and with one of ours that uses the other ways. It is killed once, and so is the lab; each item arrives once all the same.

mod docker;
mod items;
mod own;
pub(crate) mod process;
mod stack;
