//! The tables of `metrics.db`. All are rows in the envelope of `lab_storage::row`; times are in milliseconds.
//!
//! | Table | Owner | Front | Body |
//! |---|---|---|---|
//! | `series` | – (the row's number is the series') | – | labels as a JSON object |
//! | `chunk` | series | – | the bit stream of a full chunk |
//! | `open_chunk` | series (the row has its number) | late samples as a chunk | the open chunk |
//! | `exemplar` | series | – | a line of text for each exemplar |
//! | `metadata` | – | – | name, type, help and unit as JSON |
//! | `journal` | – | – | – (one row: up to which record of the journal the others hold everything) |
//!
//! A chunk row is written once, in order of sealing: the oldest rows are the first to go. The open chunk of a series is
//! one small row that is written anew with each commit, so that recovery after a crash is nothing but reading tables.

use lab_storage::{Catalogued, Kind, Schema, Table, catalogue_table, catalogued, row_table};

pub(crate) const SERIES: Table = Table { name: "series", kind: Kind::Series, version: 1, counted: false };
pub(crate) const CHUNK: Table = Table { name: "chunk", kind: Kind::SampleChunk, version: 2, counted: true };
pub(crate) const OPEN_CHUNK: Table = Table { name: "open_chunk", kind: Kind::OpenSamples, version: 2, counted: true };
pub(crate) const EXEMPLAR: Table = Table { name: "exemplar", kind: Kind::Exemplars, version: 1, counted: false };
pub(crate) const METADATA: Table = Table { name: "metadata", kind: Kind::MetricMetadata, version: 1, counted: false };

/// The database's shape. The first step is that of dicelab before rows had an envelope; its tables are emptied by
/// [`upgrade`](super::upgrade).
pub(crate) const SCHEMA: Schema = Schema(&[
    "
    CREATE TABLE series (id INTEGER PRIMARY KEY, labels TEXT NOT NULL);
    CREATE TABLE chunk (
        id INTEGER PRIMARY KEY, series INTEGER NOT NULL,
        first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, samples BLOB NOT NULL
    );
    CREATE INDEX chunk_of_series ON chunk (series, last_ms, first_ms);
    CREATE TABLE open_chunk (series INTEGER PRIMARY KEY, samples BLOB, late BLOB);
    CREATE TABLE exemplar (
        series INTEGER NOT NULL, time_ms INTEGER NOT NULL, value REAL, labels TEXT NOT NULL
    );
    CREATE INDEX exemplar_of_series ON exemplar (series, time_ms);
    CREATE TABLE metadata (name TEXT PRIMARY KEY, kind TEXT NOT NULL, help TEXT NOT NULL, unit TEXT NOT NULL);
    ",
    concat!(
        "
        DROP INDEX chunk_of_series;
        DROP INDEX exemplar_of_series;
        ALTER TABLE series RENAME TO series_1;
        ALTER TABLE chunk RENAME TO chunk_1;
        ALTER TABLE open_chunk RENAME TO open_chunk_1;
        ALTER TABLE exemplar RENAME TO exemplar_1;
        ALTER TABLE metadata RENAME TO metadata_1;
        ",
        row_table!("series"),
        row_table!("chunk"),
        row_table!("open_chunk"),
        row_table!("exemplar"),
        row_table!("metadata"),
        "
        CREATE INDEX chunk_of_owner ON chunk (owner, last, first, items);
        CREATE INDEX exemplar_of_owner ON exemplar (owner, last);
        "
    ),
    row_table!("journal"),
    concat!(
        "
        DROP INDEX chunk_of_owner;
        CREATE INDEX chunk_of_owner ON chunk (owner, last, first, items, bytes, checksum);
        ",
        catalogue_table!(),
        catalogued!("series"),
        catalogued!("chunk"),
        catalogued!("open_chunk"),
        catalogued!("exemplar"),
        catalogued!("metadata"),
    ),
]);

/// The tables that are in the catalogue.
pub(crate) const CATALOGUED: [Catalogued; 5] = [
    Catalogued { table: SERIES, index: None, others: &[] },
    Catalogued { table: CHUNK, index: Some("chunk_of_owner"), others: &[] },
    Catalogued { table: OPEN_CHUNK, index: None, others: &[] },
    Catalogued { table: EXEMPLAR, index: None, others: &[] },
    Catalogued { table: METADATA, index: None, others: &[] },
];
