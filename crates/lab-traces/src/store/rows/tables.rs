//! The tables of `traces.db`. Both are rows in the envelope of `lab_storage::row`; times are in nanoseconds.
//!
//! | Table | Owner | Front | Body |
//! |---|---|---|---|
//! | `origin` | – (the row's number is the origin's) | – | resource and scope, an encoded `ResourceSpans` without spans |
//! | `fragment` | the trace's id | summary of the texts in the spans | the spans, see [`chunk`](super::chunk) |
//! | `part` | the number of its first fragment | what is known without the rows, see [`columns`](crate::columns) | the rows |
//! | `journal` | – | – | – (one row: up to which record of the journal the others hold everything) |
//!
//! A fragment is one trace's share of one flush. An origin's last time is the end of the latest span that refers to it,
//! rounded up. A part holds the columns of the spans in all fragments from its owner to its own number. It can always be
//! done without: fragments that are in no part are read themselves.

use lab_storage::{Catalogued, Kind, Schema, Table, catalogue_table, catalogued, row_table};

pub(crate) const ORIGIN: Table = Table { name: "origin", kind: Kind::Origin, version: 1, counted: false };
pub(crate) const FRAGMENT: Table = Table { name: "fragment", kind: Kind::SpanFragment, version: 1, counted: true };
pub(crate) const PART: Table = Table { name: "part", kind: Kind::SpanColumns, version: 1, counted: false };

/// The database's shape. The first step is that of dicelab before rows had an envelope; its tables are emptied by
/// [`upgrade`](super::upgrade). The index by owner sums up the spans without touching the rows; the one by first time
/// has number and last time, because candidates come in that order, and rows are passed over by what an index says, which
/// was compared, never by a column of a row that was not.
pub(crate) const SCHEMA: Schema = Schema(&[
    "
    CREATE TABLE origins (id INTEGER PRIMARY KEY, last_ns INTEGER NOT NULL, otlp BLOB NOT NULL);
    CREATE TABLE fragments (
        id INTEGER PRIMARY KEY, trace_id BLOB NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
        spans INTEGER NOT NULL, summary BLOB NOT NULL, data BLOB NOT NULL
    );
    CREATE INDEX fragments_by_trace ON fragments (trace_id);
    CREATE INDEX fragments_by_start ON fragments (start_ns);
    ",
    concat!(
        "
        DROP INDEX fragments_by_trace;
        DROP INDEX fragments_by_start;
        ",
        row_table!("origin"),
        row_table!("fragment"),
        "
        CREATE INDEX fragment_of_owner ON fragment (owner, items);
        CREATE INDEX fragment_by_first ON fragment (first);
        "
    ),
    row_table!("journal"),
    concat!(
        "
        DROP INDEX fragment_of_owner;
        CREATE INDEX fragment_of_owner ON fragment (owner, items, first, last, bytes, checksum);
        DROP INDEX fragment_by_first;
        CREATE INDEX fragment_by_first ON fragment (first, id, last);
        ",
        catalogue_table!(),
        catalogued!("origin"),
        catalogued!("fragment"),
    ),
    concat!(
        row_table!("part"),
        "
        CREATE INDEX part_of_owner ON part (owner, items, first, last, bytes, checksum);
        CREATE INDEX part_by_last ON part (last, first, owner);
        ",
        catalogued!("part"),
    ),
]);

/// The tables that are in the catalogue.
pub(crate) const CATALOGUED: [Catalogued; 3] = [
    Catalogued { table: ORIGIN, index: None, others: &[] },
    Catalogued {
        table: FRAGMENT,
        index: Some("fragment_of_owner"),
        others: &[("fragment_by_first", &["first", "last"])],
    },
    Catalogued { table: PART, index: Some("part_of_owner"), others: &[("part_by_last", &["last", "first", "owner"])] },
];
