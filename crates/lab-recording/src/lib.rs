//! The file of a run, `run.dicelab`: everything that a run left behind, in one file that can be sent, opened, judged again
//! and compared.
//!
//! The file is a tar archive, packed with gzip, so that any machine can look into it. Its parts are JSON, YAML, and messages
//! of protobuf; `docs/run-file.md` describes them. Nothing here knows a store, asks the clock or opens a file.
//!
//! | Room | What is in it |
//! |---|---|
//! | [`recording`] | what a run file holds, in memory |
//! | [`manifest`] | the first part of the file: what, when, by whom |
//! | [`archive`] | the file: writing, and reading within bounds |
//! | [`messages`] | metrics, logs and traces as messages, and how they are cut into portions |
//! | [`mod@extent`] | from when to when the telemetry of a recording is |
//! | [`redact`] | taking values out before a file is sent to others |
//! | [`otlp`] | the same telemetry as OpenTelemetry's file format: writing lines of JSON, reading every form |

pub mod archive;
pub mod extent;
pub mod manifest;
pub mod messages;
pub mod otlp;
pub mod recording;
pub mod redact;
