//! Parsers of the formats in which metrics are exposed: Prometheus text 0.0.4, OpenMetrics 1.0, and [`protobuf`].
//!
//! ```text
//! # HELP name text                      # UNIT name unit          (the latter in OpenMetrics only)
//! # TYPE name counter|gauge|histogram|summary|…
//! name{label="value",…} value [timestamp] [# {label="value",…} value [timestamp]]
//! {"any name",label="value",…} value …
//! # EOF                                                           (OpenMetrics, required)
//! ```
//!
//! Sources: <https://prometheus.io/docs/instrumenting/exposition_formats/> and the OpenMetrics 1.0
//! specification. As in Prometheus 3, `le` of histograms and `quantile` of summaries are brought to one
//! spelling (`1` becomes `1.0`). The parser of text copies nothing: a [sample line](line::SampleLine) shows the series' text
//! as it stands, so that a scraper which has seen it before need not look inside. A [`page`] reads any of the formats.

mod custom_bounds;
pub mod format;
pub mod line;
pub mod number;
pub mod page;
pub mod parser;
pub mod protobuf;
pub mod series_text;

#[cfg(test)]
mod tests;
