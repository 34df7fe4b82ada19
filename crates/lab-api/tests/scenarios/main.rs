//! Scenarios: what the products' HTTP APIs answer, as YAML that names requests and parts of the answers.
//!
//! Each product has a folder of scenario files and a file with its router. The same scenarios can be asked
//! of an original: `DICELAB_SCENARIOS_PROMETHEUS=http://localhost:9090 cargo test -p lab-api` (and
//! `…_LOKI`, `…_TEMPO`, `…_OTLP`).

mod clock;
mod doors;
mod runner;
mod subset;

mod grafana;
mod log_answers;
mod log_deletes;
mod log_patterns;
mod log_rules;
mod loki;
mod outgoing;
mod prometheus;
