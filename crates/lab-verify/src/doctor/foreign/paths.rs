//! What arrived, as paths: for each service its traces, logs and metrics, and one path for what does not get in.

use crate::doctor::foreign::arrivals::{Arrivals, Signals};
use crate::doctor::foreign::refused::{encrypted, refused};
use crate::doctor::hop::{Finding, Hop, Path, State, trouble};

/// An SDK that is told no name says this one.
const NAMELESS: &str = "unknown_service";
/// Why a service may have no spans although its lines have ids of traces.
const NOTHING_KEPT: &str = "the sampler keeps nothing";
const KEPT_OR_ELSEWHERE: &str = "either the spans are not sent here, or the sampler keeps nothing";
const SAMPLED_AWAY: &str = "OTEL_TRACES_SAMPLER=always_off, a ratio of 0, or a caller whose traceparent says so; parentbased_always_on is \
     the default";
/// What is older does not arrive any more.
const STALE_NS: i64 = 300_000_000_000;
/// A clock that is ahead by less may be the machine's own granularity.
const AHEAD_NS: i64 = 2_000_000_000;

/// The paths of all services, and of what does not get in.
pub(super) fn of(arrivals: &Arrivals, now: i64) -> Vec<Path> {
    // Spans or lines come, and the newest is old: their times are wrong.
    let late = Late { spans: arrivals.spans_come, lines: arrivals.lines_come };
    let one = |(name, signals): (&String, &Signals)| of_service(name, signals, now, late);
    let mut paths: Vec<Path> = arrivals.services.iter().map(one).collect();
    paths.push(of_refusals(arrivals, now));
    paths
}

/// Whether what comes now is dated long ago.
#[derive(Debug, Clone, Copy, Default)]
struct Late {
    spans: bool,
    lines: bool,
}

fn of_service(name: &str, signals: &Signals, now: i64, late: Late) -> Path {
    let hops = vec![
        hop("named", named(name)),
        hop("clock", clock(signals)),
        hop("traces", traces(signals, now, late.spans)),
        hop("logs", age("the newest line", signals.line, now, late.lines)),
        hop("metrics", age("the newest sample", signals.sample, now, false)),
        hop("joined", joined(signals)),
    ];
    let has = |name: &str| match name {
        "clock" => signals.skew.is_some(),
        "traces" => signals.span.is_some(),
        "logs" => signals.line.is_some(),
        "metrics" => signals.sample.is_some(),
        "joined" => signals.with_trace > 0 || (signals.line.is_some() && signals.span.is_some()),
        _ => true,
    };
    // A service need not send all signals: what never came is not looked at.
    Path { name: name.to_owned().into(), hops: hops.into_iter().filter(|hop| has(hop.name)).collect() }
}

fn hop(name: &'static str, finding: Finding) -> Hop {
    match finding {
        Ok(found) => Hop { name, state: State::Good, found, advice: String::new() },
        Err(trouble) => Hop { name, state: State::Broken, found: trouble.found, advice: trouble.advice },
    }
}

fn named(name: &str) -> Finding {
    if name.is_empty() || name.split('/').any(|part| part.starts_with(NAMELESS)) {
        return trouble(
            "the application does not say what it is called, so that all such applications look like one",
            "set OTEL_SERVICE_NAME, or the attribute service.name of its resource",
        );
    }
    Ok("the application says its name".to_owned())
}

/// Whether its clock is that of the others, by the traces that it shares with them.
fn clock(signals: &Signals) -> Finding {
    match &signals.skew {
        None => Ok("its clock is that of the others".to_owned()),
        Some(skew) => trouble(
            format!("{skew}, by the traces that it shares with others"),
            "set the clock: let all machines follow the same time server",
        ),
    }
}

fn traces(signals: &Signals, now: i64, is_late: bool) -> Finding {
    let said = age("the newest trace", signals.span, now, is_late)?;
    let Signals { traces, orphans, .. } = *signals;
    if orphans == 0 {
        return Ok(said);
    }
    trouble(
        format!("{said}; {orphans} of the {traces} newest traces lack their first span"),
        "the service that begins these traces sends its spans elsewhere, drops them, or has not ended them yet; or a proxy \
         between them does not pass the header traceparent on",
    )
}

/// Whether log lines lead to traces.
fn joined(signals: &Signals) -> Finding {
    let Signals { lines, with_trace, joined, sampled, flagged, .. } = *signals;
    if with_trace == 0 {
        return trouble(
            format!("none of the {lines} newest lines carries the id of a trace"),
            "let the SDK's log bridge or appender write trace_id into each record that is written within a span",
        );
    }
    if joined == 0 && sampled == 0 {
        return trouble(
            format!(
                "{with_trace} of the {lines} newest lines carry a trace's id, none of these traces is stored, and the records do \
                 not say that they were sampled"
            ),
            // Lines from a file or by Loki's push never say it, so that their silence says nothing.
            format!("{} ({SAMPLED_AWAY})", if flagged > 0 { NOTHING_KEPT } else { KEPT_OR_ELSEWHERE }),
        );
    }
    if joined < with_trace {
        return trouble(
            format!(
                "{with_trace} of the {lines} newest lines carry a trace's id, and {joined} of these traces are stored"
            ),
            "spans are sampled away, sent elsewhere or not ended yet: look at the sampler and the exporter of traces",
        );
    }
    Ok(format!("{with_trace} of the {lines} newest lines lead to a stored trace"))
}

/// How old the newest is. One of the future shows that a clock is wrong.
/// What is old although it comes now is dated wrongly.
fn age(what: &str, at: Option<i64>, now: i64, is_late: bool) -> Finding {
    let Some(at) = at else { return Ok("none".to_owned()) };
    let seconds =
        |ns: i64| lab_model::duration::format(std::time::Duration::from_secs(ns.unsigned_abs() / 1_000_000_000));
    if at - now > AHEAD_NS {
        return trouble(
            format!("{what} is dated {} in the future", seconds(at - now)),
            "the clock of the machine that sends is ahead of this one: let both follow the same time server",
        );
    }
    if now - at > STALE_NS && is_late {
        return trouble(
            format!("{what} is dated {} ago, and such come now", seconds(now - at)),
            "the clock of the machine that sends is behind this one: let both follow the same time server",
        );
    }
    if now - at > STALE_NS {
        return trouble(
            format!("{what} is {} old", seconds(now - at)),
            "nothing has come since: check that the application is still running and has something to send",
        );
    }
    Ok(format!("{what} is {} old", seconds((now - at).max(0))))
}

fn of_refusals(arrivals: &Arrivals, now: i64) -> Path {
    let scraped = match arrivals.down.as_slice() {
        [] => Ok("every target that is scraped answers".to_owned()),
        down => {
            let all = down.iter().map(|(url, error)| format!("{url}: {error}"));
            trouble(
                all.collect::<Vec<_>>().join("; "),
                "start the target, or correct its address in the file of --scrape-config",
            )
        }
    };
    let hops = vec![
        hop("refused", refused(arrivals, now)),
        hop("encrypted", encrypted(arrivals)),
        hop("times", units(arrivals)),
        hop("scraped", scraped),
    ];
    Path { name: "way in".into(), hops }
}

/// Whether times came in the unit that is expected. The traces store keeps spans of any time, but nobody looks for them there.
fn units(arrivals: &Arrivals) -> Finding {
    if arrivals.other_units.is_empty() {
        return Ok("no time looks like one in another unit".to_owned());
    }
    let all = arrivals.other_units.iter().map(|(signal, said)| format!("{signal}: {said}"));
    trouble(
        all.collect::<Vec<_>>().join("; "),
        "correct the sender: OTLP and Loki take nanoseconds, remote write and /metrics take milliseconds since 1970; what came \
         with such times is refused or stands where nobody looks",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::doctor::foreign::arrivals::Refusal;

    const NOW: i64 = 1_790_000_000_000_000_000;
    const SECOND: i64 = 1_000_000_000;

    fn found(name: &str, signals: Signals) -> Path {
        let arrivals = Arrivals { services: [(name.to_owned(), signals)].into(), ..Arrivals::default() };
        of(&arrivals, NOW).remove(0)
    }

    fn whole() -> Signals {
        let at = Some(NOW - 3 * SECOND);
        Signals {
            span: at,
            line: at,
            sample: at,
            traces: 5,
            orphans: 0,
            lines: 4,
            with_trace: 3,
            joined: 3,
            sampled: 3,
            flagged: 3,
            skew: None,
        }
    }

    #[test]
    fn a_service_whose_signals_arrive_and_join_is_good() {
        let path = found("shop", whole());
        assert_eq!(path.broken(), None, "{path:?}");
        let said: Vec<_> = path.hops.iter().map(|hop| (hop.name, hop.found.as_str())).collect();
        assert_eq!(said[1], ("traces", "the newest trace is 3s old"));
        assert_eq!(said[4], ("joined", "3 of the 4 newest lines lead to a stored trace"));
        // One that sends traces alone is not asked for the rest.
        let path = found("shop", Signals { span: Some(NOW), traces: 1, ..Signals::default() });
        assert_eq!(path.hops.iter().map(|hop| hop.name).collect::<Vec<_>>(), ["named", "traces"]);
    }

    #[test]
    fn each_defect_is_named_with_what_to_do() {
        for (name, signals, hop, said, advice) in [
            ("unknown_service:node", whole(), "named", "does not say what it is called", "OTEL_SERVICE_NAME"),
            ("team/unknown_service", whole(), "named", "does not say what it is called", "OTEL_SERVICE_NAME"),
            ("shop", Signals { orphans: 2, ..whole() }, "traces", "2 of the 5 newest traces lack", "traceparent"),
            (
                "shop",
                Signals { span: Some(NOW + 90 * SECOND), ..whole() },
                "traces",
                "1m30s in the future",
                "time server",
            ),
            ("shop", Signals { line: Some(NOW - 600 * SECOND), ..whole() }, "logs", "10m old", "still running"),
            ("shop", Signals { sample: Some(NOW - 600 * SECOND), ..whole() }, "metrics", "10m old", "still running"),
            (
                "shop",
                Signals { with_trace: 0, joined: 0, ..whole() },
                "joined",
                "none of the 4 newest lines",
                "log bridge",
            ),
            ("shop", Signals { joined: 1, ..whole() }, "joined", "1 of these traces are stored", "sampler"),
            (
                "shop",
                Signals { joined: 0, sampled: 0, flagged: 1, ..whole() },
                "joined",
                "do not say that they were sampled",
                "the sampler keeps nothing (OTEL_TRACES_SAMPLER",
            ),
            (
                "shop",
                Signals { joined: 0, sampled: 0, flagged: 0, ..whole() },
                "joined",
                "do not say that they were sampled",
                "either the spans are not sent here, or the sampler keeps nothing (OTEL_TRACES_SAMPLER",
            ),
            (
                "shop",
                Signals { skew: Some("the clock of shop is 2.0 s ahead".to_owned()), ..whole() },
                "clock",
                "the clock of shop is 2.0 s ahead, by the traces",
                "time server",
            ),
        ] {
            let path = found(name, signals);
            let broken = path.broken().expect(said);
            assert_eq!(broken.name, hop);
            assert!(broken.found.contains(said) && broken.advice.contains(advice), "{broken:?}");
        }
    }

    #[test]
    fn what_comes_now_and_is_dated_long_ago_shows_a_wrong_clock() {
        let old = Signals { span: Some(NOW - 3600 * SECOND), ..whole() };
        let services = [("shop".to_owned(), old)].into();
        let arrivals = Arrivals { services, spans_come: true, ..Arrivals::default() };
        let path = of(&arrivals, NOW).remove(0);
        let broken = path.broken().expect("a wrong clock");
        assert!(
            broken.found.contains("dated 1h ago, and such come now") && broken.advice.contains("behind"),
            "{broken:?}"
        );
    }

    #[test]
    fn what_does_not_get_in_is_named_with_its_reason() {
        let arrivals = Arrivals {
            refused: vec![Refusal {
                server: "OTLP HTTP".to_owned(),
                what: "/v1/trace".to_owned(),
                reason: "wrong_path".to_owned(),
                count: 3,
                last_ms: Some(NOW / 1_000_000),
            }],
            other_units: vec![("traces".to_owned(), "1 looks like seconds; nanoseconds are expected".to_owned())],
            down: vec![("http://a:1/metrics".to_owned(), "connection refused".to_owned())],
            ..Arrivals::default()
        };
        let path = of(&arrivals, NOW).remove(0);
        let [refused, times, scraped] = [&path.hops[0], &path.hops[2], &path.hops[3]];
        assert_eq!(times.found, "traces: 1 looks like seconds; nanoseconds are expected");
        assert!(times.advice.contains("nanoseconds, remote write"), "{times:?}");
        assert!(
            refused.found.contains("3 × /v1/trace at OTLP HTTP") && refused.advice.contains("/v1/traces"),
            "{refused:?}"
        );
        assert!(scraped.found.contains("http://a:1/metrics: connection refused"), "{scraped:?}");
        assert!(of(&Arrivals::default(), NOW)[0].broken().is_none());
    }
}
