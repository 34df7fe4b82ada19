//! Why a panel may rightly show nothing: what it shows does not exist in this stack, or not yet.

use crate::areas::panels::board::Source;
use crate::areas::panels::parsed::ParsedQuery;
use crate::stack::services::Service;
use crate::truth::context::Context;

/// Why a panel shows nothing.
pub(super) struct EmptyBecause {
    /// The reason in a sentence.
    pub(super) why: String,
    /// Whether data are on their way all the same, and worth waiting for.
    pub(super) data_may_come: bool,
}

impl EmptyBecause {
    fn of(why: impl Into<String>) -> Self {
        Self { why: why.into(), data_may_come: false }
    }

    fn not_yet(why: impl Into<String>) -> Self {
        Self { why: why.into(), data_may_come: true }
    }
}

/// The reason, if there is one; `parsed` is the query as the metrics server understands it.
pub(super) async fn reason(
    context: &Context,
    scrapes_lab: bool,
    source: Source,
    parsed: &ParsedQuery,
) -> Option<EmptyBecause> {
    match source {
        Source::Prometheus => of_series(context, scrapes_lab, parsed).await,
        Source::Loki => parsed.level().and_then(|level| no_line(context, level)),
        Source::Tempo => None,
    }
}

async fn of_series(context: &Context, scrapes_lab: bool, parsed: &ParsedQuery) -> Option<EmptyBecause> {
    if parsed.is_of_the_lab() && !scrapes_lab {
        return Some(EmptyBecause::of("it shows metrics of the lab itself, and no lab is scraped here"));
    }
    if parsed.is_rate()
        && let Some(reason) = no_rate(context, parsed).await
    {
        return Some(reason);
    }
    for name in parsed.recorded() {
        if let Some(reason) = not_recorded(context, name).await {
            return Some(reason);
        }
    }
    None
}

/// Why there is no line of a level: the services wrote none for the requests of the ledger.
fn no_line(context: &Context, level: &str) -> Option<EmptyBecause> {
    let lines = context.lines.as_ref().ok()?;
    let written = lines.levels.contains(level);
    (!written)
        .then(|| EmptyBecause::of(format!("no request of the ledger made a service write a line of level {level}")))
}

/// Why there is no rate yet: it begins with a sample, and shows what was counted from there to the next.
async fn no_rate(context: &Context, parsed: &ParsedQuery) -> Option<EmptyBecause> {
    if let Some(service) = parsed.service() {
        let newborn = context.counted.growth.as_ref().is_ok_and(|growth| growth.newborn.contains(&service));
        if newborn {
            let why = format!(
                "{service} was scraped for the first time after the ledger began, and a rate does not show what was counted before the first scrape"
            );
            return Some(EmptyBecause::of(why));
        }
        let (before, after) = *context.counted.times.get(&service)?;
        return no_growth(context, service, (before, after)).await.then(|| {
            EmptyBecause::of(format!(
                "all traffic fell between two scrapes of {service}, and series that began with it have no rate yet"
            ))
        });
    }
    let lab = parsed.is_of_the_lab().then_some("count_over_time(up{job=\"dicelab\"}[30m])")?;
    let scrapes = context.stack.prometheus.query(lab, None).await.ok()?;
    let once = scrapes.iter().all(|one| one.value < 2.0);
    once.then(|| EmptyBecause::not_yet("the lab was scraped only once so far, and a rate needs two samples"))
}

/// Whether no rate of a service can be above zero over the ledger's time: there is no scrape between the one before it and
/// the one after it, or the one between had counted all of its rolls already.
async fn no_growth(context: &Context, service: Service, (before, after): (f64, f64)) -> bool {
    let prometheus = &context.stack.prometheus;
    let (job, range) = (service.stage4(), ((after - before) * 1e3).ceil() as u64 + 1);
    let scrapes = format!("count_over_time(up{{job=\"{job}\"}}[{range}ms])");
    let rolls = format!("increase(http_requests_total{{job=\"{job}\",handler=~\"/roll.*\"}}[{range}ms]) > 0");
    let (scrapes, rolls) = tokio::join!(prometheus.query(&scrapes, Some(after)), prometheus.query(&rolls, Some(after)));
    let makes_rolls = service != Service::DieService;
    scrapes.is_ok_and(|scrapes| scrapes.iter().all(|one| one.value <= 2.0))
        || (makes_rolls && rolls.is_ok_and(|rolls| rolls.is_empty()))
}

/// Why a rule has recorded nothing: the server does not evaluate it, or has not since there were data for it. A rule that
/// fails is no reason.
async fn not_recorded(context: &Context, name: &str) -> Option<EmptyBecause> {
    let prometheus = &context.stack.prometheus;
    let rules = prometheus.rules().await.ok()?;
    let Some(rule) = rules.iter().find(|rule| rule.name == name) else {
        let why = format!("it shows what the rule {name} records, which is not evaluated here");
        return Some(EmptyBecause::of(why));
    };
    let scrape = match context.counted.times.get(&Service::Frontend) {
        Some((_, after)) => *after,
        None => first_scrape(context).await?,
    };
    // A rate needs the next scrape, too.
    let needed = scrape + context.scrape_interval.as_secs_f64();
    let is_due = rule.last_error.is_empty() && rule.last_evaluation.is_none_or(|time| time <= needed);
    if is_due {
        let every = rule.interval;
        return Some(EmptyBecause::not_yet(format!(
            "the rule {name}, evaluated every {every:.0} s, was not evaluated yet since the traffic was scraped twice"
        )));
    }
    // A rule that records a rate has none for the same reasons as a panel that asks for one.
    let parsed = ParsedQuery::read(&prometheus.parse(&rule.query).await.ok()?);
    if parsed.is_rate() { no_rate(context, &parsed).await } else { None }
}

/// When the frontend was scraped first, as far back as matters.
async fn first_scrape(context: &Context) -> Option<f64> {
    let scrapes = context.stack.prometheus.samples("up{job=\"frontend-stage4\"}[30m]", None).await.ok()?;
    scrapes.iter().filter_map(|series| series.samples.first()).map(|(time, _)| *time).reduce(f64::min)
}
