//! Nothing passes about nothing: whether anything came from the service and by the signal that a question is about.

use std::collections::BTreeSet;

use lab_model::text::nearest::did_you_mean;
use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::AskError;
use lab_verify::stack::tempo::found::Found;

use crate::scope::{MOST_TRACES, Scope};

/// The signal that a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Metrics,
    Logs,
    Traces,
}

/// The labels and attributes by which queries name services.
const NAMES_OF_SERVICES: [&str; 4] = ["service_name", "service.name", "job", "container_name"];

/// The series of the program; those of the lab itself are left out.
const SERIES: &str = r#"{__name__=~".+", job!="dicelab"}"#;

/// Why there is no witness for an answer that holds of nothing, too; `None` if there is one.
pub async fn missing(stack: &Stack, scope: Scope, signal: Signal, query: &str) -> Result<Option<String>, AskError> {
    let wanted = services_in(query);
    let came = services(stack, scope, signal).await?;
    if came.is_empty() {
        let refused = refused(stack, signal).await;
        return Ok(Some(format!("no {} came at all, so this proves nothing{refused}", signal.what())));
    }
    let absent = wanted.iter().find(|(_, service)| !came.contains(service));
    let Some((label, service)) = absent else { return Ok(None) };
    let near = did_you_mean(service, &came);
    Ok(Some(format!(
        "no {} came with {label} {service:?}, so this proves nothing{near}; they came from {}",
        signal.what(),
        came.join(", ")
    )))
}

/// The services that sent a signal, by every name that they go by; sorted.
pub async fn services(stack: &Stack, scope: Scope, signal: Signal) -> Result<Vec<String>, AskError> {
    let names = match signal {
        Signal::Metrics => {
            let query = scope.fill_in(&format!("count by (job, service_name) (last_over_time({SERIES}[$run]))"));
            let samples = stack.prometheus.query(&query, Some(scope.end_seconds())).await?;
            let names =
                samples.iter().flat_map(|one| [one.label("job").to_owned(), one.label("service_name").to_owned()]);
            let mut names: Vec<String> = names.collect();
            if !samples.is_empty() && names.iter().all(String::is_empty) {
                names.push("a sender without a name".to_owned());
            }
            names
        }
        Signal::Logs => {
            let mut names = Vec::new();
            for label in ["service_name", "job", "container_name"] {
                names.extend(stack.loki.label_values(label, scope.nanoseconds()).await?);
            }
            names
        }
        Signal::Traces => {
            let found = stack.tempo.search("{ }", scope.seconds_around(), MOST_TRACES).await?;
            return services_of_traces(stack, scope, &found).await;
        }
    };
    Ok(each_once(names))
}

/// The services that sent the spans of a run, all of whose traces were found; sorted.
pub async fn services_of_traces(stack: &Stack, scope: Scope, found: &[Found]) -> Result<Vec<String>, AskError> {
    let roots: BTreeSet<&String> = found.iter().map(|one| &one.root_service).collect();
    let mut names: Vec<String> = roots.into_iter().cloned().collect();
    if !names.is_empty() {
        names.extend(names_of_tag(stack, scope).await?);
    }
    Ok(each_once(names))
}

fn each_once(mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| !name.is_empty());
    names.sort();
    names.dedup();
    names
}

/// The values of `service.name` over all spans, not only the roots.
async fn names_of_tag(stack: &Stack, scope: Scope) -> Result<Vec<String>, AskError> {
    let (start, end) = scope.seconds_around();
    let (start, end) = (start.to_string(), end.to_string());
    let answer = stack.tempo.get("/api/search/tag/service.name/values", &[("start", &start), ("end", &end)]).await?;
    let values = answer.good()?.json::<serde_json::Value>()?;
    let values = values["tagValues"].as_array().cloned().unwrap_or_default();
    Ok(values.iter().filter_map(|value| Some(value.as_str()?.to_owned())).collect())
}

/// What the lab refused of a signal: often the reason why nothing came.
async fn refused(stack: &Stack, signal: Signal) -> String {
    let Ok(status) = stack.collector.status().await else { return String::new() };
    let signals = status["signals"].as_array().cloned().unwrap_or_default();
    let own = signals.iter().find(|one| one["name"] == signal.what());
    let refused = own.and_then(|one| one["refused_requests"].as_object());
    let refused = refused.into_iter().flatten().filter(|(_, count)| count.as_u64().is_some_and(|count| count > 0));
    let refused: Vec<String> = refused.map(|(reason, count)| format!("{count} for {reason}")).collect();
    if refused.is_empty() { String::new() } else { format!("; the lab refused requests: {}", refused.join(", ")) }
}

/// The services that a query names by equality, each with its label.
fn services_in(query: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for label in NAMES_OF_SERVICES {
        for (at, _) in query.match_indices(label) {
            let before = query[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = query[at + label.len()..].trim_start_matches('"').trim_start();
            let Some(value) = rest.strip_prefix('=').map(str::trim_start) else { continue };
            let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '`' | '\'')) else { continue };
            if let Some(end) = value[1..].find(quote) {
                found.push((label, value[1..=end].to_owned()));
            }
        }
    }
    found
}

impl Signal {
    /// `metrics`, `logs` or `traces`
    pub fn what(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Logs => "logs",
            Self::Traces => "traces",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::services_in;

    #[test]
    fn services_are_found_in_all_three_languages() {
        let services = |query| services_in(query).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(services(r#"sum(increase(x{job="shop", a="b"}[$run]))"#), ["shop"]);
        assert_eq!(services(r#"{service_name = "cart"} |= "job""#), ["cart"]);
        assert_eq!(services(r#"{ resource.service.name = "a" } >> { resource.service.name = `b` }"#), ["a", "b"]);
        assert_eq!(services(r#"{service_name=~"a|b", my_job="x", job!="y"}"#), [""; 0]);
        assert_eq!(services(r#"{"service.name"="dotted"}"#), ["dotted"]);
    }
}
