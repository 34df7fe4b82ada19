//! `/federate`: the newest samples of the series that `match[]` selects, as Prometheus text.

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use lab_metrics::MetricStore;
use lab_metrics::model::histogram_sample::Samples;
use lab_metrics::promql::error::PromqlError;
use lab_model::labels::{METRIC_NAME, is_label_name, is_metric_name};
use lab_model::value::is_stale;
use lab_model::{Grant, Labels, Sample, format_float};

use crate::params::Params;
use crate::prometheus::answer::value::labels_length;
use crate::prometheus::error::PrometheusError;
use crate::prometheus::params::selectors;
use crate::prometheus::query::escape::Escaping;
use crate::prometheus::query::evaluator::TIMEOUT;
use crate::prometheus::state::PrometheusState;

/// About how many bytes a series takes beside its labels: its entry, and number and time in the answer.
const ENTRY: usize = 160;
/// How old the newest sample of a series may be.
const LOOKBACK_MS: i64 = 300_000;

/// Writes each series once, sorted, with the time of its sample and the external labels that it lacks.
pub(crate) async fn federate(
    State(state): State<PrometheusState>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, PrometheusError> {
    let sets = selectors(&params)?;
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let escaping = Escaping::negotiate(accept);
    let mut external = state.external_labels();
    // A target that is federated has no instance of its own, else it would get that of this lab.
    external.entry("instance".to_owned()).or_default();
    let lacking: usize = external.iter().map(|(name, value)| name.len() + value.len() + r#"="","#.len()).sum();
    let now = state.clock.now_ms();
    let question = move |store: &MetricStore, grant: &Grant| {
        let mut found: BTreeMap<Labels, Sample> = BTreeMap::new();
        for matchers in &sets {
            let visit = |labels: &Labels, samples: Samples<'_>| {
                // The text format has no native histograms.
                if let Some(last) = samples.floats.last().filter(|last| !is_stale(last.value)) {
                    grant.memory.take(labels_length(labels) + lacking + ENTRY)?;
                    found.insert(labels.clone(), *last);
                }
                Ok::<_, PromqlError>(())
            };
            store.select(matchers, (now - LOOKBACK_MS, now), &grant.interrupt, visit)?;
        }
        let mut page = Page { body: String::new(), family: String::new(), escaping };
        for (labels, sample) in &found {
            page.sample(labels, &external, *sample);
        }
        Ok(page.body)
    };
    let body = state.evaluator.ask(TIMEOUT, question).await?;
    let media = format!("text/plain; version=0.0.4; charset=utf-8; escaping={}", escaping.name());
    Ok(([(CONTENT_TYPE, media)], body).into_response())
}

/// A page that is being written.
struct Page {
    body: String,
    /// The metric that was written last.
    family: String,
    escaping: Escaping,
}

impl Page {
    fn sample(&mut self, labels: &Labels, external: &BTreeMap<String, String>, sample: Sample) {
        let name = self.escaping.escape(labels.metric_name().unwrap_or_default());
        let is_quoted = !is_metric_name(&name);
        if name != self.family {
            let family = if is_quoted { quoted(&name) } else { name.clone() };
            let _ = writeln!(self.body, "# TYPE {family} untyped");
            name.clone_into(&mut self.family);
        }
        let own = labels.iter().filter(|label| &*label.name != METRIC_NAME);
        let own = own.map(|label| (&*label.name, &*label.value));
        let lacking = external.iter().filter(|(name, _)| labels.get(name).is_none());
        let pairs = own.chain(lacking.map(|(name, value)| (&**name, &**value)));
        let mut parts: Vec<String> = Vec::with_capacity(labels.len() + external.len());
        if is_quoted {
            parts.push(quoted(&name));
        } else {
            self.body.push_str(&name);
        }
        parts.extend(pairs.map(|(name, value)| {
            let name = self.escaping.escape(name);
            let name = if is_label_name(&name) { name } else { quoted(&name) };
            format!("{name}={}", quoted(value))
        }));
        let _ = write!(self.body, "{{{}}}", parts.join(","));
        let _ = writeln!(self.body, " {} {}", format_float(sample.value), sample.timestamp);
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(escaping: Escaping, labels: &[(&str, &str)], external: &[(&str, &str)]) -> String {
        let external = external.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut page = Page { body: String::new(), family: String::new(), escaping };
        page.sample(&Labels::from_pairs(labels.iter().copied()), &external, Sample { timestamp: 5, value: 1.5 });
        page.body
    }

    #[test]
    fn external_labels_fill_what_a_series_lacks() {
        let written =
            page(Escaping::Underscores, &[("__name__", "up"), ("job", "a\"")], &[("job", "x"), ("site", "lab")]);
        assert_eq!(written, "# TYPE up untyped\nup{job=\"a\\\"\",site=\"lab\"} 1.5 5\n");
    }

    #[test]
    fn every_name_can_be_read_back_or_is_escaped() {
        let labels = [("__name__", "http.time"), ("a b", "1")];
        let escaped = |escaping| page(escaping, &labels, &[("site.name", "lab")]);
        let plain = "# TYPE http_time untyped\nhttp_time{a_b=\"1\",site_name=\"lab\"} 1.5 5\n";
        assert_eq!(escaped(Escaping::Underscores), plain);
        let quoted = "# TYPE \"http.time\" untyped\n{\"http.time\",\"a b\"=\"1\",\"site.name\"=\"lab\"} 1.5 5\n";
        assert_eq!(escaped(Escaping::AllowUtf8), quoted);
        let values = "# TYPE U__http_2e_time untyped\n\
            U__http_2e_time{U__a_20_b=\"1\",U__site_2e_name=\"lab\"} 1.5 5\n";
        assert_eq!(escaped(Escaping::Values), values);
    }
}
