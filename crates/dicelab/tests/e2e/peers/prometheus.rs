//! A Prometheus beside a lab: it writes to the lab, or scrapes and receives the same as the lab.

pub(crate) mod compare;
mod gosender;
mod scrapes;
mod writes;
