//! Gathering: traffic whose truth is known, and everything that the stack has of it, before anything is judged.
//!
//! 1. The traffic that takes orders is paused, the lab's own or that of `dicelab traffic --control`, and nothing is in flight.
//! 2. The counters are read; without a ledger traffic is made, and they are read again at rest.
//! 3. The traffic goes on. The lines and traces of the ledger are read until they are complete or no more of
//!    them arrive.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lab_traffic::ledger::Entry;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::report::progress::say;
use crate::stack::Stack;
use crate::stack::prometheus::Prometheus;
use crate::stack::services::Service;
use crate::time::machine::Probes;
use crate::time::wait::{Bound, Miss};
use crate::trace::clock::Skew;
use crate::truth::asked::index::Index;
use crate::truth::context::{Context, Counted, Origin};
use crate::truth::counters::{Counters, Growth};
use crate::truth::edges::Edges;
use crate::truth::found::lines::Lines;
use crate::truth::found::requests;
use crate::truth::found::traces::Traces;
use crate::truth::gather::rest::{Paused, Scrape};
use crate::truth::gather::scrapes::before_and_after;
use crate::truth::unknown::Unknown;

mod edges;
mod lines;
mod own_traffic;
pub(crate) mod rest;
mod scrapes;
mod traces;

/// Lines are looked up this much before and after the ledger's time, in case a clock is wrong.
const MARGIN: Duration = Duration::from_secs(60);
/// The pause between two readings of all lines and traces, each of which takes long.
const LOOK: Duration = Duration::from_secs(1);

/// Gathers; `None` if somebody stopped it. A ledger of our own is written to a file in the directory `temporary`. The lab's traffic goes on in either case.
pub async fn gather(
    stack: Stack,
    ledger: Option<Vec<Entry>>,
    temporary: &Path,
    stop: &CancellationToken,
) -> Option<Context> {
    rest::ready(&stack, stop).await;
    say("waiting until no request is in flight …");
    let (paused, mut probes) = (Paused::begin(&stack).await, Probes::default());
    let counted = tokio::select! {
        counted = count(&stack, ledger, temporary, stop) => Some(counted),
        never = probes.keep_probing(&stack) => match never {},
        () = stop.cancelled() => None,
    };
    if let Err(error) = paused.resume(&stack).await {
        say(&format!("the traffic is still paused, and goes on by itself after some minutes: {error}"));
    }
    let Traffic { ledger, origin, counted } = counted?;
    let max_delay = max_delay(&stack).await;
    let scrape_interval = rest::scrape_interval(&stack.prometheus).await;
    let mut context = Context {
        stack,
        ledger,
        origin,
        traces: Traces::default(),
        lines: Err(Unknown::NoLedger),
        counted,
        max_delay,
        scrape_interval,
        arrival: Bound::of_everything(scrape_interval, stop),
        probes,
        stop: stop.clone(),
    };
    tokio::select! {
        () = look_up(&mut context) => {}
        () = stop.cancelled() => return None,
    }
    exclude_others(&mut context);
    context.arrival = Bound::of_everything(scrape_interval, stop);
    Some(context)
}

/// Traffic and what was counted of it.
struct Traffic {
    ledger: Vec<Entry>,
    origin: Origin,
    counted: Counted,
}

async fn count(stack: &Stack, ledger: Option<Vec<Entry>>, temporary: &Path, stop: &CancellationToken) -> Traffic {
    if let Some(mut ledger) = ledger {
        ledger.sort_by_key(|entry| entry.started);
        let range = range(ledger.iter()).map(|(first, last)| (seconds(first), seconds(last)));
        if let Some((_, last)) = range {
            scrapes::settle(last, stack.clock).await;
        }
        let (source, now) = at_rest(stack, stop).await;
        let scrapes = match range {
            Some((first, last)) => before_and_after(&stack.prometheus, first, last).await.map_err(Arc::new),
            None => Err(Arc::new(Unknown::EmptyLedger)),
        };
        let (growth, times) = change(scrapes);
        let edges = match range {
            Some(range) => edges_of(stack, range, times.get(&Service::DieService), stop).await.map_err(Arc::new),
            None => Err(Arc::new(Unknown::EmptyLedger)),
        };
        let life = now.map(|scrape| scrape.counters);
        return Traffic { ledger, origin: Origin::Given, counted: Counted { life, source, growth, edges, times } };
    }
    let paused = stack.clock.seconds();
    let ((mut source, mut now), before_edges) = tokio::join!(at_rest(stack, stop), edges::at_rest(stack, paused, stop));
    say("making traffic for 8 s …");
    let (ledger, origin) = match own_traffic::make(stack, temporary, stop).await {
        Ok(ledger) => (ledger, Origin::Own),
        Err(reason) => (Vec::new(), Origin::Failed(reason)),
    };
    let before = now.clone();
    // What could not be read before the traffic is not waited for a second time.
    let mut edges = before_edges;
    if before.is_ok() {
        let sent = stack.clock.seconds();
        let after = async {
            let before = edges?;
            Ok(edges::at_rest(stack, sent, stop).await?.since(&before))
        };
        ((source, now), edges) = tokio::join!(at_rest(stack, stop), after);
    }
    let edges = edges.map_err(Arc::new);
    let (growth, times) = change(before.and_then(|before| Ok((before, now.clone()?))));
    let life = now.map(|scrape| scrape.counters);
    Traffic { ledger, origin, counted: Counted { life, source, growth, edges, times } }
}

/// The calls that the service graph counted between two times, if it was at rest at both. The one edge that never rests is read at
/// the end of the time `counted` over which its server's own counters are known.
async fn edges_of(
    stack: &Stack,
    (first, last): (f64, f64),
    counted: Option<&(f64, f64)>,
    stop: &CancellationToken,
) -> Result<Edges, Unknown> {
    let before = edges::as_it_was(&stack.prometheus, first).await?;
    let mut after = edges::at_rest(stack, last, stop).await?;
    if let Some((_, end)) = counted {
        edges::refreshes_until(&stack.prometheus, *end, &mut after).await?;
    }
    Ok(after.since(&before))
}

/// The counters at the source, before and after they were stored, and in the store, with nothing in flight.
async fn at_rest(stack: &Stack, stop: &CancellationToken) -> (Known<(Counters, Counters)>, Known<Scrape>) {
    let look = async || {
        let before = rest::at_rest(stack, stop).await.map_err(Miss::Never)?;
        let stored = fresh(&stack.prometheus, stop).await;
        let after = rest::at_source(stack).await.map_err(|error| Miss::Never(error.into()))?;
        let in_flight = stored.as_ref().map_or(0.0, |scrape| rest::in_flight(&scrape.counters));
        if !rest::still_at_rest(&before, &after) || in_flight > 0.0 {
            return Err(Miss::NotYet(Unknown::Busy));
        }
        Ok(((before, after), stored))
    };
    let bound = Bound::of_scrapes(rest::scrape_interval(&stack.prometheus).await, stop);
    match bound.until(look).await {
        Ok((source, stored)) => (Ok(source), stored.map_err(Arc::new)),
        Err(absent) => {
            let reason = Arc::new(absent.seen);
            (Err(reason.clone()), Err(reason))
        }
    }
}

async fn fresh(prometheus: &Prometheus, stop: &CancellationToken) -> Result<Scrape, Unknown> {
    let now = rest::store_time(prometheus).await?;
    rest::scraped(prometheus, now, stop).await
}

/// What is known, or why it is not: several things may be unknown for one reason.
type Known<T> = Result<T, Arc<Unknown>>;

type Times = BTreeMap<Service, (f64, f64)>;

fn change(scrapes: Known<(Scrape, Scrape)>) -> (Known<Growth>, Times) {
    match scrapes {
        Ok((before, after)) => {
            let both = |(service, end): (&Service, &f64)| Some((*service, (*before.times.get(service)?, *end)));
            (Ok(after.counters.since(&before.counters)), after.times.iter().filter_map(both).collect())
        }
        Err(reason) => (Err(reason), Times::new()),
    }
}

/// Reads lines and traces until they are complete, or until nothing more has come for as long as a delivery may take.
async fn look_up(context: &mut Context) {
    if context.ledger.is_empty() {
        return;
    }
    say(&format!("reading the lines and spans of {} requests …", context.ledger.len()));
    let index = Index::of(&context.ledger);
    let mut traces = traces::Reading::new(&context.ledger);
    let mut lines: Result<Lines, Unknown> = Err(Unknown::NoLedger);
    let (mut bound, mut fewest) = (Bound::of_delivery(&context.stop), None);
    loop {
        traces.traces.problem = traces.ask(&context.stack.tempo).await.err();
        // A service whose clock is wrong writes its lines at another time.
        let skews = traces.traces.survey.clocks.skews();
        lines = more_lines(context, &index, lines, &skews).await;
        let missing = (missing_lines(&context.ledger, &lines), traces.missing());
        // Whatever still arrives shows that the pipeline is at work: more may follow.
        let is_fewer = |before| missing_is_fewer(missing, before);
        if fewest.is_none_or(is_fewer) {
            (bound, fewest) = (Bound::of_delivery(&context.stop), Some(missing));
        }
        if missing == (Some(0), 0) || bound.is_over() {
            break;
        }
        bound.pause(LOOK).await;
    }
    context.traces = traces.end();
    context.lines = lines;
}

/// Reads the lines of the requests that lack some; of all of them, if none could be read before.
async fn more_lines(
    context: &Context,
    index: &Index,
    before: Result<Lines, Unknown>,
    skews: &[Skew],
) -> Result<Lines, Unknown> {
    let ledger = &context.ledger;
    let (mut lines, wanted) = match before {
        Ok(lines) => {
            let lacks = |(at, entry)| requests::missing_lines(at, entry, &lines) > 0;
            let wanted: Vec<bool> = ledger.iter().enumerate().map(lacks).collect();
            (lines, wanted)
        }
        Err(_) => (Lines::of(ledger.len()), vec![true; ledger.len()]),
    };
    let sought = wanted.iter().enumerate().filter(|(_, wanted)| **wanted).map(|(at, _)| at);
    sought.clone().for_each(|at| lines.forget(at));
    let Some((first, last)) = range(sought.map(|at| &ledger[at])) else { return Ok(lines) };
    let nanos = |time: DateTime<Utc>| time.timestamp_nanos_opt().unwrap_or_default();
    let margin = MARGIN.as_nanos() as i64;
    let counted = context.counted.times.get(&Service::Frontend);
    let counted = counted.map(|(begin, end)| (begin * 1e9) as i64..=(end * 1e9) as i64);
    let reading = lines::Reading { ledger, index, counted, wanted: &wanted, lines };
    let range = (nanos(first) - margin, nanos(last) + margin);
    reading.read(&context.stack.loki, &lines::ranges(range, skews.iter().map(|skew| skew.ahead_ns))).await
}

/// Whether fewer are missing than before. Lines that cannot be read at all count as more than any number of missing ones.
fn missing_is_fewer(now: (Option<u64>, u64), before: (Option<u64>, u64)) -> bool {
    let all = |(lines, spans): (Option<u64>, u64)| (lines.is_none(), lines.unwrap_or_default() + spans);
    all(now) < all(before)
}

/// How many lines of the ledger's requests are missing; `None` if the lines cannot be read.
fn missing_lines(ledger: &[Entry], lines: &Result<Lines, Unknown>) -> Option<u64> {
    let lines = lines.as_ref().ok()?;
    Some(ledger.iter().enumerate().map(|(at, entry)| requests::missing_lines(at, entry, lines)).sum())
}

/// If requests of somebody else were counted too, the growth of the counters says nothing about the ledger.
fn exclude_others(context: &mut Context) {
    let others = context.lines.as_ref().map_or(0, Lines::others_counted);
    if others > 0 {
        context.counted.growth = Err(Arc::new(Unknown::OthersCounted { requests: others }));
    }
}

/// When the first request was sent and the last one was over.
fn range<'a>(requests: impl Iterator<Item = &'a Entry> + Clone) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let over = |entry: &Entry| entry.started + chrono::Duration::microseconds((entry.duration_ms * 1e3) as i64);
    Some((requests.clone().map(|entry| entry.started).min()?, requests.map(over).max()?))
}

fn seconds(time: DateTime<Utc>) -> f64 {
    time.timestamp_micros() as f64 / 1e6
}

async fn max_delay(stack: &Stack) -> Option<f64> {
    #[derive(Deserialize)]
    struct About {
        max_delay_seconds: f64,
    }
    let answer = stack.services.get(Service::DiceRoller, "/", &[]).await.ok()?;
    Some(answer.json::<About>().ok()?.max_delay_seconds)
}
