//! A Prometheus beside a lab: it writes to the lab, or scrapes and receives the same as the lab.

mod compare;
mod scrapes;
mod writes;
