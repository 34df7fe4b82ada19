//! All requests, one after the other: each in a trace of its own, the next one when that trace is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lab_verify::options::access::Access;
use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::ClientError;
use reqwest::Client;
use tokio_util::sync::CancellationToken;

use crate::expect::expectation::Expectation;
use crate::expect::placeholder;
use crate::expect::request::RequestSpec;
use crate::expect::wanted;
use crate::judge::traces::whole;
use crate::judge::verdict::{Finding, Verdict};
use crate::requests::keep;
use crate::requests::made::{Ids, Made};
use crate::requests::send::{self, Answer, Values};
use crate::scope::TraceId;

/// Longer than any answer takes; each request has a bound of its own.
const LONGEST: Duration = Duration::from_secs(3600);
/// So much of an answer is shown.
const SHOWN: usize = 300;

/// Who makes requests.
pub struct Sequence<'a> {
    stack: &'a Stack,
    client: Client,
    values: Values<'a>,
    /// Draws the ids of a request.
    ids: &'a (dyn Fn() -> Ids + Sync),
}

impl<'a> Sequence<'a> {
    /// Requests whose texts may name these variables of the environment.
    pub fn new(
        stack: &'a Stack,
        environment: &'a BTreeMap<String, String>,
        ids: &'a (dyn Fn() -> Ids + Sync),
    ) -> Result<Self, ClientError> {
        let client = Access::default().client(LONGEST)?;
        Ok(Self { stack, client, values: Values { kept: BTreeMap::new(), environment }, ids })
    }

    /// Makes one request, waits until its trace is whole if something is asked of it, and keeps its values. `named` are the
    /// values that queries of the file name.
    pub async fn make(&mut self, spec: &RequestSpec, named: &BTreeSet<String>, stop: &CancellationToken) -> Made {
        let ids = (self.ids)();
        let start_ns = self.stack.clock.nanoseconds();
        let answer = match send::filled(spec, &self.values, &ids.trace_context()) {
            Ok(filled) => tokio::select! {
                answer = filled.send(&self.client) => answer,
                () = stop.cancelled() => Err("the run was cancelled".to_owned()),
            },
            Err(why) => Err(why),
        };
        let end_ns = self.stack.clock.nanoseconds();
        let url = send::told_url(spec, &self.values);
        let status = answer.as_ref().ok().map(|answer| answer.status);
        let finding = match &answer {
            Ok(answer) => {
                let mut faults = faults(spec, answer);
                faults.extend(self.keep(spec, answer, &ids, stop).await);
                let got = format!("status {}", answer.status);
                let told = |text: String| self.values.told(spec, &text);
                let quoted = (!faults.is_empty()).then(|| quoted(&told(answer.text()))).flatten();
                Finding::of(faults.is_empty(), got).with(faults.into_iter().map(told)).with(quoted)
            }
            Err(why) => Finding::failed(why.clone()),
        };
        let shows = !finding.passed && status.is_some();
        let finding = finding.with(shows.then(|| format!("trace {}", ids.trace_id)));
        let values = self.values.kept.iter().filter(|(name, _)| named.contains(*name));
        Made {
            name: spec.name.clone(),
            method: spec.method.to_string(),
            verdict: verdict(spec, &url, finding),
            url,
            trace_id: ids.trace_id,
            span_id: ids.span_id,
            start_ns,
            end_ns,
            status,
            values: values.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }

    /// Takes what later requests need; what is not there, in sentences.
    async fn keep(&mut self, spec: &RequestSpec, answer: &Answer, ids: &Ids, stop: &CancellationToken) -> Vec<String> {
        let Ok(trace) = ids.trace_id.parse::<TraceId>() else { return Vec::new() };
        if spec.needs_trace() {
            // Whether it became whole is judged at the end of the run, when everything has arrived.
            let waited = whole::wait(self.stack, trace, spec.within, stop).await;
            if let Err(error) = waited {
                return vec![error.to_string()];
            }
        }
        let mut faults = Vec::new();
        for (name, from) in &spec.keep {
            match keep::value(from, answer, self.stack, trace, &self.values.kept).await {
                Ok(value) => drop(self.values.kept.insert(name.clone(), value)),
                Err(why) => faults.push(format!("the value {name} cannot be kept: {why}")),
            }
        }
        faults
    }
}

/// The values that the queries of a file name.
pub fn named_in_queries<'a>(
    requests: &'a [RequestSpec],
    expect: impl IntoIterator<Item = &'a Expectation>,
) -> BTreeSet<String> {
    let all = requests.iter().flat_map(|request| &request.expect).chain(expect);
    let queries = all.filter_map(|one| one.question.query());
    queries.flat_map(placeholder::names).map(str::to_owned).collect()
}

/// What of the answer is not as expected.
fn faults(spec: &RequestSpec, answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    if !spec.status.holds(f64::from(answer.status)) {
        faults.push(format!("the status is {}, expected {}", answer.status, spec.status));
    }
    for (pointer, is) in &spec.answer {
        let value = keep::at(answer, pointer).map(|json| value_of(&json));
        let met = is.is_met_by(value.as_ref().ok());
        let got = value
            .as_ref()
            .map_or_else(Clone::clone, |value| format!("the answer has {} at {pointer}", wanted::shown(Some(value))));
        faults.extend((!met).then(|| format!("{got}, expected {is}")));
    }
    faults
}

/// A value of JSON as one of a span's attributes, against which the same can be asked.
fn value_of(json: &serde_json::Value) -> lab_verify::stack::span::Value {
    use lab_verify::stack::span::Value;
    match json {
        serde_json::Value::Bool(flag) => Value::Bool(*flag),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => Value::List(items.iter().map(value_of).collect()),
        other => Value::Text(other.to_string()),
    }
}

/// The beginning of an answer's text.
fn quoted(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| format!("the answer begins with {}", text.chars().take(SHOWN).collect::<String>()))
}

fn verdict(spec: &RequestSpec, url: &str, finding: Finding) -> Verdict {
    let mut expected = vec![format!("status {}", spec.status)];
    expected.extend(spec.answer.iter().map(|(pointer, is)| format!("{pointer} is {is}")));
    expected.extend(spec.keep.keys().map(|name| format!("a value {name}")));
    Verdict {
        name: spec.name.clone(),
        place: Some(spec.place.clone()),
        asked: format!("{} {url}", spec.method),
        expected: expected.join("; "),
        got: finding.got,
        passed: finding.passed,
        evidence: finding.evidence,
    }
}
