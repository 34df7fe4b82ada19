//! Rules: queries that are evaluated at a steady pace, as in Prometheus.
//!
//! A rule file ([`mod@file`]) holds groups; the rules of a group run one after another every interval. A
//! recording rule appends what its query gives as a new series; an alerting rule ([`alert`]) keeps the
//! series that its query gives as alerts: pending until `for` has passed, then firing. Both leave staleness
//! markers for what they no longer give. Labels and annotations of alerts are [`template`]s.
//!
//! Queries are those of a [`language`]: PromQL, or another one that whoever starts the ruler hands in.
//!
//! The [`Ruler`](ruler::Ruler) holds the groups. It owns no task and asks no clock: who runs it asks when
//! the next group is due and hands in the time.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/> and
//! `…/alerting_rules/`.

pub mod alert;
pub mod defaults;
pub mod file;
pub mod group;
pub mod language;
pub mod moment;
pub mod report;
pub mod ruler;
pub mod template;
