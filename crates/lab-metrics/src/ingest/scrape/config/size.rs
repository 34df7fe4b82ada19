//! Sizes in bytes as Prometheus' configuration writes them.

use lab_model::size;
use serde::{Deserialize, Deserializer};

/// Prometheus' `MB` are powers of two; the lab reads `MiB` for them and takes either spelling.
pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Bytes(u64),
        Text(String),
    }
    match Given::deserialize(deserializer)? {
        Given::Bytes(bytes) => Ok(bytes),
        Given::Text(text) => {
            let binary = text.replace("iB", "B").replace("kB", "KB");
            let units = [("KB", "KiB"), ("MB", "MiB"), ("GB", "GiB"), ("TB", "TiB")];
            let unit = units.iter().find(|(unit, _)| binary.ends_with(unit));
            let spelled = unit.map_or(binary.clone(), |(from, to)| binary.replace(from, to));
            size::parse(&spelled).map_err(serde::de::Error::custom)
        }
    }
}
