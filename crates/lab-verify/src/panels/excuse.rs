//! Why a panel may rightly show nothing: what it shows does not exist in this stack, or not yet.

use chrono::Utc;

use crate::context::Context;
use crate::panels::board::{Panel, Query, Source};
use crate::stack::services::Service;

/// A rule has a value after so many evaluations: the first may come before there is anything to evaluate.
const EVALUATIONS: f64 = 2.5;

/// The reason, if there is one.
pub(super) async fn of(context: &Context, scrapes_lab: bool, panel: &Panel, query: &Query) -> Option<String> {
    if query.text.contains("dicelab_") && !scrapes_lab {
        return Some("it shows the lab's own metrics, and no lab is scraped here".to_owned());
    }
    let failed = context.ledger.iter().any(|entry| entry.status == Some(500));
    if query.source == Source::Loki && panel.title.contains("Error") && !failed {
        return Some("nothing has failed, so there are no errors to show".to_owned());
    }
    if is_rate(&query.text)
        && let Some(why) = no_rate(context, &query.text).await
    {
        return Some(why);
    }
    for name in recorded(&query.text) {
        if let Some(why) = not_recorded(context, name).await {
            return Some(why);
        }
    }
    None
}

fn is_rate(text: &str) -> bool {
    ["rate(", "increase("].iter().any(|function| text.contains(function))
}

/// Why there is no rate yet: it begins with a sample, and shows what was counted from there to the next.
async fn no_rate(context: &Context, text: &str) -> Option<String> {
    if let Some(service) = Service::ALL.into_iter().find(|service| text.contains(service.stage4())) {
        let newborn = context.counted.growth.as_ref().is_ok_and(|growth| growth.newborn.contains(&service));
        if newborn {
            return Some(format!("{service} was first scraped after the ledger's begin: a rate lacks what was before"));
        }
        // The scrapes around the ledger, and those between them.
        let (before, after) = *context.counted.times.get(&service)?;
        let range = ((after - before) * 1e3).ceil() as u64 + 1;
        let scrapes = format!("count_over_time(up{{job=\"{}\"}}[{range}ms])", service.stage4());
        let scrapes = context.stack.prometheus.query(&scrapes, Some(after)).await.ok()?;
        let between = scrapes.iter().all(|one| one.value <= 2.0);
        return between
            .then(|| format!("all traffic fell between two scrapes of {service}: what began with it has no rate"));
    }
    let lab = text.contains("dicelab_").then_some("count_over_time(up{job=\"dicelab\"}[30m])")?;
    let scrapes = context.stack.prometheus.query(lab, None).await.ok()?;
    let once = scrapes.iter().all(|one| one.value < 2.0);
    once.then(|| "the lab was scraped only once so far, and a rate needs two samples".to_owned())
}

/// The names that recording rules give, `level:metric:operation`.
fn recorded(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    words.filter(|word| word.contains(':') && word.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Why a rule has recorded nothing: nobody evaluates it, or it is too early. A rule that fails is no reason.
async fn not_recorded(context: &Context, name: &str) -> Option<String> {
    let prometheus = &context.stack.prometheus;
    let rules = prometheus.rules().await.ok()?;
    let Some(rule) = rules.iter().find(|rule| rule.name == name) else {
        return Some(format!("it shows what the rule {name} records, which is not evaluated here"));
    };
    let scrapes = prometheus.samples("up{job=\"frontend-stage4\"}[30m]", None).await.ok()?;
    let first = scrapes.iter().filter_map(|series| series.samples.first()).map(|(time, _)| *time).reduce(f64::min)?;
    let age = Utc::now().timestamp_millis() as f64 / 1e3 - first;
    let too_early = rule.last_error.is_empty() && age < EVALUATIONS * rule.interval;
    too_early.then(|| {
        format!("the rule {name} is evaluated every {:.0} s, and the first sample is {age:.0} s old", rule.interval)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_names_are_found_in_queries() {
        let names: Vec<&str> = recorded("1 - frontend:errors:ratio_rate1h / on (job) rate(a_total[5m:1m])").collect();
        assert_eq!(names, ["frontend:errors:ratio_rate1h"]);
    }
}
