//! Why a panel may rightly show nothing: what it shows does not exist in this stack, or not yet.

use crate::areas::panels::board::{Panel, Query, Source};
use crate::stack::services::Service;
use crate::truth::context::Context;

/// Why a panel shows nothing.
pub(super) struct Excuse {
    /// The reason in a sentence.
    pub(super) why: String,
    /// Whether data are on their way all the same, and worth waiting for.
    pub(super) is_passing: bool,
}

impl Excuse {
    fn lasting(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_passing: false }
    }

    fn passing(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_passing: true }
    }
}

/// The reason, if there is one.
pub(super) async fn of(context: &Context, scrapes_lab: bool, panel: &Panel, query: &Query) -> Option<Excuse> {
    if query.text.contains("dicelab_") && !scrapes_lab {
        return Some(Excuse::lasting("it shows the lab's own metrics, and no lab is scraped here"));
    }
    let failed = context.ledger.iter().any(|entry| entry.status == Some(500));
    if query.source == Source::Loki && panel.title.contains("Error") && !failed {
        return Some(Excuse::lasting("nothing has failed, so there are no errors to show"));
    }
    if is_rate(&query.text)
        && let Some(excuse) = no_rate(context, &query.text).await
    {
        return Some(excuse);
    }
    for name in recorded(&query.text) {
        if let Some(excuse) = not_recorded(context, name).await {
            return Some(excuse);
        }
    }
    None
}

fn is_rate(text: &str) -> bool {
    ["rate(", "increase("].iter().any(|function| text.contains(function))
}

/// Why there is no rate yet: it begins with a sample, and shows what was counted from there to the next.
async fn no_rate(context: &Context, text: &str) -> Option<Excuse> {
    if let Some(service) = Service::ALL.into_iter().find(|service| text.contains(service.stage4())) {
        let newborn = context.counted.growth.as_ref().is_ok_and(|growth| growth.newborn.contains(&service));
        if newborn {
            let why = format!("{service} was first scraped after the ledger's begin: a rate lacks what was before");
            return Some(Excuse::lasting(why));
        }
        // The scrapes around the ledger, and those between them.
        let (before, after) = *context.counted.times.get(&service)?;
        let range = ((after - before) * 1e3).ceil() as u64 + 1;
        let scrapes = format!("count_over_time(up{{job=\"{}\"}}[{range}ms])", service.stage4());
        let scrapes = context.stack.prometheus.query(&scrapes, Some(after)).await.ok()?;
        let between = scrapes.iter().all(|one| one.value <= 2.0);
        let why = || format!("all traffic fell between two scrapes of {service}: what began with it has no rate");
        return between.then(|| Excuse::lasting(why()));
    }
    let lab = text.contains("dicelab_").then_some("count_over_time(up{job=\"dicelab\"}[30m])")?;
    let scrapes = context.stack.prometheus.query(lab, None).await.ok()?;
    let once = scrapes.iter().all(|one| one.value < 2.0);
    once.then(|| Excuse::passing("the lab was scraped only once so far, and a rate needs two samples"))
}

/// The names that recording rules give, `level:metric:operation`.
fn recorded(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    words.filter(|word| word.contains(':') && word.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Why a rule has recorded nothing: nobody evaluates it, or nobody has since there was something to evaluate. A rule that
/// fails is no reason.
async fn not_recorded(context: &Context, name: &str) -> Option<Excuse> {
    let prometheus = &context.stack.prometheus;
    let rules = prometheus.rules().await.ok()?;
    let Some(rule) = rules.iter().find(|rule| rule.name == name) else {
        let why = format!("it shows what the rule {name} records, which is not evaluated here");
        return Some(Excuse::lasting(why));
    };
    let scrape = match context.counted.times.get(&Service::Frontend) {
        Some((_, after)) => *after,
        None => first_scrape(context).await?,
    };
    // A rate needs the next scrape, too.
    let needed = scrape + context.scrape_interval.as_secs_f64();
    let is_due = rule.last_error.is_empty() && rule.last_evaluation.is_none_or(|time| time <= needed);
    is_due.then(|| {
        let every = rule.interval;
        Excuse::passing(format!(
            "the rule {name}, evaluated every {every:.0} s, was not evaluated yet since the traffic was scraped twice"
        ))
    })
}

/// When the frontend was scraped first, as far back as matters.
async fn first_scrape(context: &Context) -> Option<f64> {
    let scrapes = context.stack.prometheus.samples("up{job=\"frontend-stage4\"}[30m]", None).await.ok()?;
    scrapes.iter().filter_map(|series| series.samples.first()).map(|(time, _)| *time).reduce(f64::min)
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
