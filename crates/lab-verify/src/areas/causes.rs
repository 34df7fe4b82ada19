//! From what differs to why: the one place where causes are named.
//!
//! | Seen | Cause named |
//! |---|---|
//! | spans or lines missing, the service counts them as dropped | dropped by the service: its queue was full |
//! | spans missing, and no service counts a drop | lost between export and store |
//! | lines missing, and no service counts a drop | lost between stdout and store |
//! | spans and lines of a service missing, and as many traces without a frontend | `traceparent` lost on that hop |
//! | the same line twice, to the microsecond | stored twice |
//! | a counter at twice its value | counted twice |
//! | a counter short, the process started again | counts lost with the process |
//! | a target under another job | the job label is wrong |
//! | CLIENT spans that end in a timeout, or cannot connect | the service that was called, furthest from the user |
//!
//! What the shape of a trace shows (hops, clocks, orphans) is named by [`crate::areas::traces`].

use std::collections::{BTreeMap, BTreeSet};

use crate::report::numbers::plural;
use crate::stack::prometheus::Target;
use crate::stack::services::Service;
use crate::trace::clock::Skew;
use crate::truth::context::Context;
use crate::truth::counters::Growth;
use crate::truth::found::requests::{self, Difference};
use crate::truth::found::traces::Unanswered;

/// How many trace ids are named; the rest is only counted.
const NAMED: usize = 3;

/// Loki refuses lines that are dated further ahead, nanoseconds.
const FAR_NS: i64 = 600_000_000_000;

/// One of the two signals that come request by request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Spans,
    Lines,
}

/// The hop on which `traceparent` was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostContext {
    pub caller: Service,
    /// Who was called, and began a trace of its own.
    pub called: Service,
    /// In how many traces.
    pub traces: usize,
    /// How many traces begin at the one that was called.
    pub strays: usize,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Lines => "lines",
        }
    }

    /// The counter in which a service counts what it dropped.
    pub fn counter(self) -> &'static str {
        match self {
            Self::Spans => "telemetry_spans_total",
            Self::Lines => "telemetry_log_lines_total",
        }
    }

    fn way(self) -> &'static str {
        match self {
            Self::Spans => "between export and store",
            Self::Lines => "between stdout and store",
        }
    }
}

/// Why spans or lines are missing or too many, service by service.
pub fn differences(
    signal: Signal,
    differences: &[Difference],
    lost: Option<&LostContext>,
    growth: Option<&Growth>,
) -> String {
    let mut sentences = Vec::new();
    if let Some(lost) = lost {
        sentences.push(lost.to_string());
    }
    let below = |service: Service| lost.is_some_and(|lost| service >= lost.called);
    for service in Service::ALL {
        let of: Vec<&Difference> = differences.iter().filter(|one| one.service == service).collect();
        let missing: Vec<&Difference> = of.iter().copied().filter(|one| one.missing > 0).collect();
        let surplus: Vec<&Difference> = of.iter().copied().filter(|one| one.surplus > 0).collect();
        if !missing.is_empty() && !below(service) {
            let count: u64 = missing.iter().map(|one| one.missing).sum();
            let what = format!("{count} {} of {service} lost in {}", signal.name(), traces(missing.len()));
            sentences.push(format!("{what}: {} ({})", why_missing(signal, service, growth), ids(&missing)));
        }
        if !surplus.is_empty() {
            let count: u64 = surplus.iter().map(|one| one.surplus).sum();
            let what = format!("{count} {} of {service} too many in {}", signal.name(), traces(surplus.len()));
            sentences.push(format!("{what}: the same {} are stored twice ({})", signal.name(), ids(&surplus)));
        }
    }
    sentences.join("; ")
}

/// What clocks that are far off have to do with what is missing; nothing if none is.
pub fn far_off(skews: &[Skew]) -> String {
    let is_far = |skew: &&Skew| skew.ahead_ns.abs() > FAR_NS;
    let said = |skew: &Skew| {
        let when = if skew.ahead_ns > 0 { "in the future" } else { "in the past" };
        format!("; {}, and what is dated so far {when} may be refused", skew.describe())
    };
    skews.iter().filter(is_far).map(said).collect()
}

fn why_missing(signal: Signal, service: Service, growth: Option<&Growth>) -> String {
    let Some(growth) = growth else { return format!("somewhere {}", signal.way()) };
    if growth.restarted.contains(&service) {
        return format!("{service} was restarted meanwhile, and what it had not sent yet is lost");
    }
    let dropped = growth.counters.sum(service, signal.counter(), &[("outcome", "dropped")]);
    if dropped > 0.0 {
        format!("dropped by {service} itself, which counts {dropped} as dropped: its queue was full")
    } else {
        format!("{}, for {service} counts none as dropped", signal.way())
    }
}

/// Whether a service and all that it calls have nothing in traces of the ledger, while traces that begin there
/// exist: its caller's `traceparent` did not reach it.
pub fn lost_context(context: &Context) -> Option<LostContext> {
    let lines = context.lines.as_ref().ok()?;
    let hops = [(Service::Frontend, Service::DiceRoller), (Service::DiceRoller, Service::DieService)];
    hops.into_iter().find_map(|(caller, called)| {
        let is_cut = |(at, _, _): &(usize, &str, _)| {
            let spans = context.traces.tally(*at);
            let has = |service: Service| spans.of_service(service) > 0 || lines.count(*at, service) > 0;
            has(caller) && !has(called)
        };
        let traces = requests::settled(&context.ledger).filter(is_cut).count();
        let strays = lines.strays(called);
        (traces > 0 && strays > 0).then_some(LostContext { caller, called, traces, strays })
    })
}

impl std::fmt::Display for LostContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { caller, called, traces: cut, strays } = self;
        write!(f, "traceparent lost between {caller} and {called}: {} end at {caller}", traces(*cut))?;
        write!(f, ", and {} of their own begin at {called}", traces(*strays))
    }
}

/// Why a counter is not what the ledger says.
pub fn counter(service: Service, counted: f64, (least, most): (f64, f64), restarted: &[Service]) -> String {
    if restarted.contains(&service) {
        return format!("{service} was restarted meanwhile, and what was not scraped yet is lost");
    }
    if least > 0.0 && counted >= 2.0 * least && counted <= 2.0 * most {
        return "counted twice".to_owned();
    }
    if counted > most {
        return format!("{} too many: some are counted twice, or others called {service}, too", counted - most);
    }
    format!("{} not counted, or lost between {service} and the store", least - counted)
}

/// Why a target that should be there is not: another job has its address, or it is not scraped at all.
pub fn target(service: Service, address: &str, targets: &[Target]) -> String {
    let is_it = |target: &&Target| same_port(&target.scrape_url, address);
    match targets.iter().find(is_it) {
        Some(target) => {
            let job = target.labels.get("job").map_or("none", String::as_str);
            format!("{service} is scraped as job {job:?}, the dashboards and rules expect {:?}", service.stage4())
        }
        None => format!("{service} is not scraped: no target has the address {address}"),
    }
}

/// Which service did not answer another in time, or could not be reached, by the spans of the calls. A service that is
/// late may itself wait for the next one, so only the hop furthest from the user is named.
pub fn unanswered(calls: &Unanswered) -> Option<String> {
    let called = |caller: Service| if caller == Service::Frontend { Service::DiceRoller } else { Service::DieService };
    let furthest = |failed: &BTreeMap<Service, u64>| failed.iter().map(|(caller, count)| (*caller, *count)).max();
    let said = |failed: Option<(Service, u64)>, what: &str| {
        failed.map(|(caller, count)| format!("{} {what} {caller} {}", called(caller), plural(count, "time", "times")))
    };
    let late = said(furthest(&calls.late), "did not answer in time to");
    let unreached = said(furthest(&calls.unreached), "could not be reached by");
    let all: Vec<String> = late.into_iter().chain(unreached).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// Services that were started again.
pub fn restarts(restarted: &[Service]) -> String {
    let names: Vec<String> = restarted.iter().map(ToString::to_string).collect();
    let verb = if names.len() == 1 { "was" } else { "were" };
    format!("{} {verb} restarted while traffic was made: what was not scraped or sent yet is lost", names.join(" and "))
}

/// The first few trace ids of many.
pub fn few<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let all: BTreeSet<&str> = ids.collect();
    let mut text = all.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if all.len() > NAMED {
        text.push_str(&format!(" and {} more", all.len() - NAMED));
    }
    text
}

/// `{what}: {count}` of each, most first.
pub fn tally<T: Ord + std::fmt::Display>(counts: &BTreeMap<T, u64>) -> String {
    let mut all: Vec<_> = counts.iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    all.iter().map(|(what, count)| format!("{count} × {what}")).collect::<Vec<_>>().join(", ")
}

fn traces(count: usize) -> String {
    if count == 1 { "1 trace".to_owned() } else { format!("{count} traces") }
}

fn ids(differences: &[&Difference]) -> String {
    few(differences.iter().map(|one| one.trace_id.as_str()))
}

/// Whether two URLs have the same port, by which a service is known whatever its host is called.
fn same_port(one: &str, other: &str) -> bool {
    let port = |url: &str| reqwest::Url::parse(url).ok().and_then(|url| url.port_or_known_default());
    port(one).is_some() && port(one) == port(other)
}

#[cfg(test)]
mod tests;
