//! What the real products answered to our questions about our data, against what the lab answers.
//!
//! Each product has a folder with data, questions, recorded answers and the list of deliberate differences, and a file
//! that says how a product is filled. `DICELAB_PARITY_LOKI=http://localhost:3100 cargo test -p lab-api --test parity`
//! asks a real Loki, which must be empty, and writes a new record; `DICELAB_PARITY_TEMPO` and `DICELAB_PARITY_PROMETHEUS` do
//! the same with Tempo and Prometheus, and `DICELAB_PARITY_PROMETHEUS_BINARY=/path/of/prometheus`, which starts that binary,
//! with metrics by OTLP and with native histograms.

mod histograms;
mod loki;
mod otlp;
mod product;
mod prometheus;
mod tempo;
