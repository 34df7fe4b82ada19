//! What the real products answered to our questions about our data, against what the lab answers.
//!
//! Each product has a folder with data, questions, recorded answers and the list of deliberate differences, and a file
//! that says how a product is filled. `make peers PEERS=DIR` starts the products that are in the folder and writes new
//! records; `DICELAB_PARITY_LOKI=http://localhost:3100 cargo test -p lab-api --test parity loki` does that with a Loki that
//! runs already and is empty, as `DICELAB_PARITY_TEMPO` and `DICELAB_PARITY_PROMETHEUS` do with the others.

mod configuration;
mod doors;
mod histograms;
mod loki;
mod loki_otlp;
mod otlp;
mod prometheus;
mod tempo;
mod tempo_generator;
