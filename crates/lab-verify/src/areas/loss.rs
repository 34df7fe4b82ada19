//! The area "loss": every hop counts what it dropped, and none has; or the loss is named with its reason.
//!
//! | Hop | Counts |
//! |---|---|
//! | the services | `telemetry_spans_total`, `telemetry_log_lines_total` with `outcome="dropped"` |
//! | the lab | what its collector tells: dropped and refused by reason, evicted, restarts |
//! | a real stack | the counters of Prometheus, Loki, Tempo and Alloy, where they are scraped |

use serde_json::Value;

use crate::areas::causes::Signal;
use crate::report::check::{Area, Check, Checks, Question};
use crate::report::numbers::count;
use crate::stack::endpoint::Reason;
use crate::stack::sample::Sample;
use crate::stack::services::Service;
use crate::truth::context::Context;

/// Counters of loss in the real products: name, and what it means.
const OF_PRODUCTS: [(&str, &str); 15] = [
    ("prometheus_target_scrapes_sample_out_of_order_total", "samples too old to be stored"),
    ("prometheus_target_scrapes_exceeded_sample_limit_total", "scrapes with more samples than allowed"),
    ("prometheus_remote_storage_samples_dropped_total", "samples not sent on"),
    ("prometheus_remote_storage_samples_failed_total", "samples refused by the one to whom they were sent on"),
    ("prometheus_remote_storage_histograms_failed_total", "histograms refused by the one to whom they were sent on"),
    ("loki_discarded_samples_total", "lines refused by Loki"),
    ("loki_write_dropped_entries_total", "lines dropped by Alloy"),
    ("tempo_discarded_spans_total", "spans refused by Tempo"),
    ("tempo_distributor_ingester_append_failures_total", "spans that Tempo could not store"),
    ("otelcol_exporter_send_failed_spans_total", "spans that Alloy could not send"),
    ("otelcol_exporter_enqueue_failed_spans_total", "spans for which Alloy's queue had no room"),
    ("otelcol_exporter_send_failed_log_records_total", "log records that Alloy could not send"),
    ("otelcol_exporter_enqueue_failed_log_records_total", "log records for which Alloy's queue had no room"),
    ("otelcol_exporter_send_failed_metric_points_total", "points that Alloy could not send"),
    ("otelcol_exporter_enqueue_failed_metric_points_total", "points for which Alloy's queue had no room"),
];

/// Asks every hop.
pub async fn check(context: &Context, checks: &mut Checks) {
    for signal in [Signal::Spans, Signal::Lines] {
        checks.add(services(context, signal).await);
    }
    match context.stack.collector.status().await {
        Ok(status) => checks.extend(lab(&status)),
        Err(error) => {
            let why = match error.reason {
                Reason::Alloy => format!("{}: {}", context.stack.collector.base(), error.reason),
                _ => format!("the lab's collector does not answer ({error})"),
            };
            checks.extend(QUESTIONS.map(|(name, asked, expected)| question(name, asked, expected).skip(why.clone())));
        }
    }
    checks.add(products(context).await);
}

/// What the services count as dropped by themselves.
async fn services(context: &Context, signal: Signal) -> Check {
    let name = if signal == Signal::Spans { "services-spans" } else { "services-lines" };
    let asked = format!("{}{{outcome=\"dropped\"}} at /metrics of each service", signal.counter());
    let question = question(name, &asked, "0");
    let mut lost = Vec::new();
    for service in Service::ALL {
        let samples = match context.stack.services.metrics(service).await {
            Ok(samples) => samples,
            Err(error) => return question.unanswered(&error),
        };
        let dropped = samples.iter().filter(|one| one.name() == signal.counter() && one.label("outcome") == "dropped");
        let dropped: f64 = dropped.map(|one| one.value).sum();
        if dropped > 0.0 {
            lost.push(format!(
                "{service} dropped {dropped}: its queue was full, because the receiver did not take them fast enough"
            ));
        }
    }
    if lost.is_empty() {
        return question.pass("0", "no service has dropped any since it was started");
    }
    question.fail(lost.join(", "), lost.join("; "))
}

/// Name, question and expectation of what a lab is asked.
const QUESTIONS: [(&str, &str, &str); 4] = [
    ("lab-dropped", "units dropped and requests refused by the lab, by signal and reason", "none"),
    ("lab-evicted", "units evicted by the lab, by signal", "none, or only what is older than the ledger"),
    ("lab-lines", "lines that the lab could not read or store, by container", "none"),
    ("lab-restarts", "restarts of the lab's processes", "none"),
];

/// What the lab's own status tells.
fn lab(status: &Value) -> [Check; 4] {
    let [dropped, evicted, lines, restarts] = QUESTIONS.map(|(name, asked, expected)| question(name, asked, expected));
    let signals = || status["signals"].as_array().into_iter().flatten();
    let mut refused = Vec::new();
    let mut gone = Vec::new();
    for signal in signals() {
        let (name, unit) = (text(signal, "name"), text(signal, "unit"));
        let reasons = |key: &str| {
            signal[key].as_object().into_iter().flatten().filter_map(|(why, n)| Some((why.clone(), n.as_u64()?)))
        };
        let dropped = reasons("dropped").filter(|(_, n)| *n > 0);
        refused.extend(dropped.map(|(why, n)| format!("{} {unit} of {name}: {}", count(n), cause(&why))));
        refused.extend(
            reasons("refused_requests")
                .filter(|(_, n)| *n > 0)
                .map(|(why, n)| format!("{} OTLP requests of {name}: {why}", count(n))),
        );
        if let Some(error) = signal["last_error"].as_str() {
            refused.push(format!("{name} cannot be written to disk: {error}"));
        }
        let evictions = signal["evicted"].as_u64().unwrap_or(0);
        if evictions > 0 {
            gone.push(format!("{} {unit} of {name}", count(evictions)));
        }
    }
    let unread: Vec<String> = status["containers"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(name, counts)| {
            let of = |key: &str, what: &str| {
                let count = counts[key].as_u64().filter(|count| *count > 0)?;
                Some(format!("{count} lines of {name} {what}"))
            };
            [of("undecoded", "are not JSON with a timestamp"), of("rejected", "were refused by the store")]
        })
        .flatten()
        .collect();
    let again: Vec<String> = status["processes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|process| {
            let (restarts, exit) = (process["restarts"].as_u64().unwrap_or(0), process["last_exit"].as_str());
            let what = match (restarts, exit) {
                (0, None) => return None,
                (0, Some(exit)) => format!("has ended ({exit})"),
                (restarts, exit) => format!("was restarted {restarts} times ({})", exit.unwrap_or("exit unknown")),
            };
            Some(format!("{} {what}: what it had not sent was lost", text(process, "name")))
        })
        .collect();
    [
        none(dropped, &refused, "the lab has kept everything that came"),
        none(evicted, &gone, "nothing was evicted by age or size"),
        none(lines, &unread, "every line was read and stored"),
        none(restarts, &again, "no process was restarted"),
    ]
}

/// What the real products count, where they are scraped.
async fn products(context: &Context) -> Check {
    let question = question("products", "counters of loss of Prometheus, Loki, Tempo and Alloy", "0");
    let names: Vec<&str> = OF_PRODUCTS.iter().map(|(name, _)| *name).collect();
    let query = format!("sum by (__name__) ({{__name__=~\"{}\"}})", names.join("|"));
    let mut samples = match context.stack.prometheus.query(&query, None).await {
        Ok(samples) => samples,
        Err(error) => return question.unanswered(&error),
    };
    // An Alloy tells its own also where nobody scrapes it.
    if let Some(alloy) = context.stack.collector.alloy().await {
        let unscraped = names.iter().filter(|name| samples.iter().all(|sample| sample.name() != **name));
        let told: Vec<Sample> = unscraped
            .filter_map(|name| {
                let labels = [("__name__".to_owned(), (*name).to_owned())].into();
                Some(Sample { labels, value: alloy.sum(name)? })
            })
            .collect();
        samples.extend(told);
    }
    if samples.is_empty() {
        return question.skip("their own metrics are not scraped here");
    }
    let meaning = |name: &str| OF_PRODUCTS.iter().find(|(known, _)| *known == name).map_or("", |(_, meaning)| meaning);
    let lost: Vec<String> = samples
        .iter()
        .filter(|sample| sample.value > 0.0)
        .map(|sample| format!("{} {} ({})", sample.value, meaning(sample.name()), sample.name()))
        .collect();
    none(question, &lost, &format!("{} counters are 0", samples.len()))
}

/// The reason of a store with an explanation, where its name needs one.
fn cause(reason: &str) -> &str {
    match reason {
        "duplicate" => "duplicate (the very same line came twice and was kept once)",
        "buffer_full" => "buffer_full (there was no room for them, because the disk took nothing or too little)",
        other => other,
    }
}

fn none(question: Question, lost: &[String], good: &str) -> Check {
    if lost.is_empty() { question.pass("none", good) } else { question.fail(lost.join(", "), lost.join("; ")) }
}

fn text(object: &Value, key: &str) -> String {
    object[key].as_str().unwrap_or_default().to_owned()
}

fn question(name: &str, asked: &str, expected: &str) -> Question {
    Question::new(Area::Loss, name, asked, expected)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::check::Status;

    fn signal(dropped: u64, evicted: u64) -> Value {
        json!({"name": "logs", "unit": "lines", "dropped": {"too_old": dropped, "duplicate": 0},
            "refused_requests": {}, "evicted": evicted, "last_error": null})
    }

    #[test]
    fn a_lab_that_lost_nothing_passes() {
        let status = json!({"signals": [signal(0, 0)], "containers": {"frontend-stage4": {"undecoded": 0, "rejected": 0}},
            "processes": [{"name": "frontend-stage4", "restarts": 0, "last_exit": null}]});
        assert!(lab(&status).iter().all(|check| check.status == Status::Pass));
    }

    #[test]
    fn losses_are_named_with_their_reason() {
        let status = json!({"signals": [signal(3, 7)], "containers": {"frontend-stage4": {"undecoded": 2, "rejected": 0}},
            "processes": [{"name": "dice-roller-stage4", "restarts": 1, "last_exit": "killed by SIGKILL"}]});
        let checks = lab(&status);
        assert!(checks.iter().all(|check| check.status == Status::Fail));
        let all: Vec<&str> = checks.iter().map(|check| check.message.as_str()).collect();
        assert_eq!(all[0], "3 lines of logs: too_old");
        assert_eq!(all[1], "7 lines of logs");
        assert_eq!(all[2], "2 lines of frontend-stage4 are not JSON with a timestamp");
        assert!(all[3].starts_with("dice-roller-stage4 was restarted 1 times (killed by SIGKILL)"), "{}", all[3]);
    }
}
