//! The queries of panels, put to the stack: for data as a person sees them, and for values over the ledger's time.

use std::time::Duration;

use crate::areas::panels::board::{Panel, Query, Source};
use crate::areas::panels::implied::{self, Bound, Meaning};
use crate::areas::panels::parsed::ParsedQuery;
use crate::stack::endpoint::AskError;
use crate::stack::sample::Sample;
use crate::truth::context::Context;

/// What a dashboard shows at first.
const SHOWN: Duration = Duration::from_secs(15 * 60);
/// Seconds between the points of a graph.
const STEP: f64 = 15.0;
/// Lines or traces of a panel that are asked for.
const FEW: usize = 5;
/// Values may differ by this share of what the ledger implies.
const TOLERANCE: f64 = 0.01;
/// A moment before a scrape, so that a range has its sample inside whether or not it takes in its beginning.
const MOMENT: f64 = 0.001;

/// Why a panel does not show what the ledger or the spans imply; `what` names the series, where there are several.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum Mismatch {
    #[error(transparent)]
    Unanswered(#[from] AskError),
    #[error("it shows {what}{value}, the ledger says {wanted} (± {} %)", TOLERANCE * 100.0)]
    Differs { what: String, value: String, wanted: String },
    #[error("it shows {what}{value}, more than the {wanted} that users waited for")]
    Exceeds { what: String, value: String, wanted: String },
    #[error(
        "it shows {what}{value}, and by the spans of the same requests it must be between {low} and {high}: the histogram \
         has no buckets as short as the requests, or counts something else"
    )]
    Latency { what: String, value: String, low: String, high: String },
}

/// Puts queries to a stack.
pub(super) struct Asker<'a> {
    context: &'a Context,
    rate_interval: String,
    /// Whether the lab's own metrics are scraped.
    pub(super) scrapes_lab: bool,
}

impl<'a> Asker<'a> {
    /// Looks at how often, and what, is scraped.
    pub(super) async fn new(context: &'a Context) -> Self {
        let prometheus = &context.stack.prometheus;
        let targets = prometheus.targets().await.unwrap_or_default();
        let intervals = targets.iter().filter_map(|one| lab_model::duration::parse(&one.scrape_interval).ok());
        let interval = intervals.max().unwrap_or(Duration::from_secs(15));
        // Grafana's own choice.
        let rate_interval = format!("{}ms", (4 * interval).max(Duration::from_secs(15)).as_millis());
        let lab = prometheus.query("count(dicelab_received_total)", None).await;
        Self { context, rate_interval, scrapes_lab: lab.is_ok_and(|samples| !samples.is_empty()) }
    }

    /// How many series, lines or traces a query finds.
    pub(super) async fn data(&self, query: &Query) -> Result<usize, AskError> {
        let stack = &self.context.stack;
        let text = self.filled(&query.text, &self.rate_interval);
        let (end, shown) = (stack.clock.seconds(), SHOWN.as_secs_f64());
        match query.source {
            Source::Prometheus if query.instant => {
                let samples = stack.prometheus.query(&text, None).await?;
                Ok(samples.iter().filter(|sample| sample.value.is_finite()).count())
            }
            Source::Prometheus => {
                let series = stack.prometheus.query_range(&text, (end - shown, end), STEP).await?;
                let has_data = |samples: &[(f64, f64)]| samples.iter().any(|(_, value)| value.is_finite());
                Ok(series.iter().filter(|one| has_data(&one.samples)).count())
            }
            Source::Loki => {
                let end = stack.clock.nanoseconds();
                Ok(stack.loki.newest(&text, (end - SHOWN.as_nanos() as i64, end), FEW).await?.len())
            }
            Source::Tempo => {
                let end = stack.clock.date().timestamp();
                Ok(stack.tempo.search(&text, (end - SHOWN.as_secs() as i64, end + 1), FEW).await?.len())
            }
        }
    }

    /// What a query asks for, as the metrics server parses it.
    pub(super) async fn parsed(&self, query: &Query) -> Result<ParsedQuery, AskError> {
        let text = self.filled(&query.text, &self.rate_interval);
        Ok(ParsedQuery::read(&self.context.stack.prometheus.parse(&text).await?))
    }

    /// Compares what a panel shows of the ledger's time with what the ledger implies. `None` where it implies
    /// nothing, others were counted too, or the panel cannot show all that was counted.
    pub(super) async fn compare(&self, uid: &str, panel: &Panel) -> Option<Result<String, Mismatch>> {
        let implied = implied::of(uid, &panel.title)?;
        let growth = self.context.counted.growth.as_ref().ok()?;
        let unsettled =
            self.context.ledger.iter().any(|entry| crate::truth::asked::expected::Expected::of(entry).is_none());
        if unsettled || !growth.restarted.is_empty() {
            return None;
        }
        let mut shown = Vec::new();
        for (query, implied) in panel.queries.iter().zip(implied) {
            let service = self.parsed(query).await.ok()?.service()?;
            // A rate begins with a sample: what was counted before a process' first scrape is not in it.
            if implied.meaning == Meaning::Window && growth.newborn.contains(&service) {
                return None;
            }
            let (before, after) = *self.context.counted.times.get(&service)?;
            let window = after - before;
            let values = match self.values(&query.text, implied.meaning, (before, after)).await {
                Ok(values) => values,
                Err(error) => return Some(Err(error.into())),
            };
            for (label, wanted) in (implied.of)(&self.context.ledger, window) {
                let is_it = |sample: &&Sample| implied.label.is_none_or(|name| sample.label(name) == label);
                let value: f64 = values.iter().filter(is_it).map(|sample| sample.value).sum();
                let what = if label.is_empty() { String::new() } else { format!("{label} ") };
                let slack = (wanted * TOLERANCE).abs();
                let (too_little, too_much) = (value < wanted - slack, value > wanted + slack);
                let (value, wanted) = (short(value), short(wanted));
                match implied.bound {
                    Bound::Exactly if too_little || too_much => {
                        return Some(Err(Mismatch::Differs { what, value, wanted }));
                    }
                    Bound::AtMost if too_much => return Some(Err(Mismatch::Exceeds { what, value, wanted })),
                    Bound::Exactly => shown.push(format!("{what}{value}")),
                    Bound::AtMost => shown.push(format!("{what}{value}, of {wanted} that users waited for")),
                }
            }
        }
        Some(Ok(format!("{}, as the ledger says", shown.join(", "))))
    }

    /// The values of a query over the time between two scrapes.
    pub(super) async fn values(
        &self,
        text: &str,
        meaning: Meaning,
        (before, after): (f64, f64),
    ) -> Result<Vec<Sample>, AskError> {
        let window = format!("{}ms", ((after - before + MOMENT) * 1e3).round() as u64);
        let prometheus = &self.context.stack.prometheus;
        match meaning {
            Meaning::Window => {
                let text = self.filled(text, &window).replace("[5m]", &format!("[{window}]"));
                prometheus.query(&text, Some(after)).await
            }
            Meaning::Now => prometheus.query(text, Some(after)).await,
            Meaning::Growth => {
                let mut values = prometheus.query(text, Some(after)).await?;
                let earlier = prometheus.query(text, Some(before)).await?;
                for sample in &mut values {
                    let base = earlier.iter().find(|one| one.labels == sample.labels);
                    sample.value -= base.map_or(0.0, |base| base.value);
                }
                Ok(values)
            }
        }
    }

    fn filled(&self, text: &str, rate_interval: &str) -> String {
        let range = format!("{}s", SHOWN.as_secs());
        text.replace("$__rate_interval", rate_interval)
            .replace("$__interval", &self.rate_interval)
            .replace("$__range", &range)
    }
}

/// Three significant digits are enough to compare by eye.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
