//! Real programs of others beside a lab: what they send arrives, and is counted. Each has a file; one that is not in the folder
//! `DICELAB_PEERS` does nothing (`make peers PEERS=DIR`, see `docs/peers.md`).

mod alloy;
mod ask;
mod grafana;
mod logcli;
mod otelcol;
mod prometheus;
mod stack;
mod telemetrygen;
mod tempo_cli;
