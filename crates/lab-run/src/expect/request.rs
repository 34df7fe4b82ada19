//! The requests of a file: what is sent, which answer is expected, what of it the next request needs, and what is expected
//! of the trace.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lab_model::duration;
use lab_model::matcher::expression::anywhere;
use lab_model::matcher::expression::compiled::Expression;
use lab_model::text::nearest::did_you_mean;
use reqwest::Method;
use serde::Deserialize;

use crate::expect::comparison::Comparison;
use crate::expect::expectation::Expectation;
use crate::expect::item::Item;
use crate::expect::place::Place;
use crate::expect::placeholder;
use crate::expect::wanted::{self, Wanted};

/// How long an answer may take, and then the trace, unless the file says otherwise.
const WITHIN: Duration = Duration::from_secs(10);
/// The header by which a service joins the trace of its caller.
pub(crate) const TRACE_CONTEXT: &str = "traceparent";

/// A request with what is expected of its answer and its trace. Its texts may hold placeholders.
#[derive(Clone, Debug)]
pub struct RequestSpec {
    /// As its author calls it, or else its method and URL.
    pub name: String,
    pub place: Place,
    pub method: Method,
    pub url: String,
    pub headers: BTreeMap<String, String>,
    pub body: Option<Body>,
    pub status: Comparison,
    /// What stands in the JSON of the answer, by JSON pointer.
    pub answer: BTreeMap<String, Wanted>,
    /// How long the answer may take, and after it the trace until it is whole.
    pub within: Duration,
    /// Values that later requests and queries name.
    pub keep: BTreeMap<String, Keep>,
    /// Expectations of this request's trace alone.
    pub expect: Vec<Expectation>,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Text(String),
    /// Sent as JSON; its texts may hold placeholders.
    Json(serde_json::Value),
}

/// Where a kept value comes from.
#[derive(Clone, Debug)]
pub enum Keep {
    /// From the JSON of the answer, by JSON pointer.
    Answer(String),
    /// From a header of the answer.
    Header(String),
    /// From the text of the answer: the first group of the expression, or all that it matches.
    Pattern(Expression),
    /// From an attribute of the first span that a TraceQL query selects in the trace.
    Span { query: String, attribute: String },
}

/// A request as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestItem {
    name: Option<String>,
    method: Option<String>,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    json: Option<serde_json::Value>,
    status: Option<serde_yaml_ng::Value>,
    #[serde(default)]
    answer: BTreeMap<String, serde_yaml_ng::Value>,
    within: Option<String>,
    #[serde(default)]
    keep: BTreeMap<String, KeepItem>,
    #[serde(default)]
    expect: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeepItem {
    answer: Option<String>,
    header: Option<String>,
    pattern: Option<String>,
    traceql: Option<String>,
    attribute: Option<String>,
}

/// What is wrong, and where.
pub(crate) type Wrong = (Place, String);

impl RequestItem {
    /// The request that its keys make together. `known` are the values that earlier requests keep; `places` are those of its
    /// expectations.
    pub(crate) fn understand(
        self,
        place: Place,
        places: &[Place],
        known: &BTreeSet<String>,
    ) -> Result<RequestSpec, Wrong> {
        let wrong = |what: String| (place.clone(), what);
        let method = self.method().map_err(wrong)?;
        let keep: BTreeMap<_, _> =
            self.keep.iter().map(|(name, item)| kept(name, item)).collect::<Result<_, _>>().map_err(wrong)?;
        let name = self.name.clone().unwrap_or_else(|| format!("{method} {}", self.url));
        let body = match (self.body, self.json) {
            (Some(_), Some(_)) => return Err(wrong("`body` and `json` cannot be used together".to_owned())),
            (Some(text), None) => Some(Body::Text(text)),
            (None, json) => json.map(Body::Json),
        };
        let expect = self.expect.into_iter().enumerate().map(|(at, item)| {
            let place = places.get(at).unwrap_or(&place).clone();
            let expectation = item.understand(place.clone()).map_err(|what| (place.clone(), what))?;
            if expectation.question.is_of_traces() {
                return Ok(expectation);
            }
            let why = "only `logql` and `traceql` can be asked of the trace of a request; write it below `expect` at the \
                       top of the file";
            Err((place, why.to_owned()))
        });
        let expect = expect.collect::<Result<Vec<_>, _>>()?;
        let spec = RequestSpec {
            name,
            method,
            url: self.url,
            headers: self.headers,
            body,
            status: status(self.status.as_ref()).map_err(wrong)?,
            answer: wanted::all("answer", self.answer).map_err(wrong)?,
            within: within(self.within.as_deref()).map_err(wrong)?,
            keep,
            expect,
            place: place.clone(),
        };
        spec.check(known).map_err(wrong)?;
        Ok(spec)
    }

    fn method(&self) -> Result<Method, String> {
        let sends = self.body.is_some() || self.json.is_some();
        let text = self.method.as_deref().unwrap_or(if sends { "POST" } else { "GET" });
        text.to_uppercase().parse().map_err(|_| format!("`method`: {text:?} is no method of HTTP"))
    }
}

impl RequestSpec {
    /// Every text in which placeholders are filled in before it is sent.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.url.as_str()];
        texts.extend(self.headers.values().map(String::as_str));
        match &self.body {
            Some(Body::Text(text)) => texts.push(text),
            Some(Body::Json(json)) => texts_of(json, &mut texts),
            None => {}
        }
        texts
    }

    /// Whether something is asked of its trace.
    pub fn needs_trace(&self) -> bool {
        !self.expect.is_empty() || self.keep.values().any(|keep| matches!(keep, Keep::Span { .. }))
    }

    fn check(&self, known: &BTreeSet<String>) -> Result<(), String> {
        let begins_well = ["http://", "https://", "${"].iter().any(|begin| self.url.starts_with(begin));
        if !begins_well {
            return Err(format!("`url`: write a whole URL such as http://localhost:8080/orders, not {:?}", self.url));
        }
        if self.headers.keys().any(|name| name.eq_ignore_ascii_case(TRACE_CONTEXT)) {
            return Err(format!("`headers`: {TRACE_CONTEXT} is what the run sends by itself; leave it out"));
        }
        if let Some(pointer) = self.answer.keys().find(|pointer| !is_pointer(pointer)) {
            return Err(format!("`answer`: {}", no_pointer(pointer)));
        }
        for name in self.texts().into_iter().flat_map(placeholder::names) {
            if placeholder::is_kept(name) && !known.contains(name) {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                return Err(format!("no earlier request keeps a value `{name}`{}", did_you_mean(name, &known)));
            }
        }
        Ok(())
    }
}

fn texts_of<'a>(json: &'a serde_json::Value, texts: &mut Vec<&'a str>) {
    match json {
        serde_json::Value::String(text) => texts.push(text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts_of(item, texts)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| texts_of(field, texts)),
        _ => {}
    }
}

fn kept(name: &str, item: &KeepItem) -> Result<(String, Keep), String> {
    let is_name = placeholder::is_kept(name) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name || name == "run" {
        return Err(format!(
            "`keep`: {name:?} cannot be the name of a value; begin with a small letter and use letters, digits and `_`"
        ));
    }
    let wrong = |why: &str| Err(format!("`keep`: {name}: {why}"));
    let keep = match (&item.answer, &item.header, &item.pattern, &item.traceql, &item.attribute) {
        (Some(pointer), None, None, None, None) if is_pointer(pointer) => Keep::Answer(pointer.clone()),
        (Some(pointer), None, None, None, None) => return wrong(&no_pointer(pointer)),
        (None, Some(header), None, None, None) => Keep::Header(header.clone()),
        (None, None, Some(pattern), None, None) => match anywhere(pattern) {
            Ok(expression) => Keep::Pattern(expression),
            Err(error) => return wrong(&error.to_string()),
        },
        (None, None, None, Some(query), Some(attribute)) => {
            Keep::Span { query: query.clone(), attribute: attribute.clone() }
        }
        _ => return wrong("write where it comes from: `answer`, `header` or `pattern`, or `traceql` with `attribute`"),
    };
    Ok((name.to_owned(), keep))
}

/// RFC 6901: the whole document, or a path from its root.
fn is_pointer(text: &str) -> bool {
    text.is_empty() || text.starts_with('/')
}

fn no_pointer(text: &str) -> String {
    format!("{text:?} is no JSON pointer; write for example `/order/id`, or `/items/0/id` for the first of a list")
}

/// The status that is expected: below 400, unless the file says otherwise.
fn status(written: Option<&serde_yaml_ng::Value>) -> Result<Comparison, String> {
    let text = match written {
        None => "< 400".to_owned(),
        Some(serde_yaml_ng::Value::Number(number)) => format!("== {number}"),
        Some(serde_yaml_ng::Value::String(text)) => text.clone(),
        Some(_) => return Err("`status`: write a number such as 201, or a comparison such as `< 500`".to_owned()),
    };
    let comparison: Comparison = text.parse().map_err(|error| format!("`status`: {error}"))?;
    if comparison.is_about_presence() {
        return Err("`status`: an answer always has one; write a number such as 201".to_owned());
    }
    Ok(comparison)
}

fn within(written: Option<&str>) -> Result<Duration, String> {
    written.map_or(Ok(WITHIN), |text| duration::parse(text).map_err(|error| format!("`within`: {error}")))
}
