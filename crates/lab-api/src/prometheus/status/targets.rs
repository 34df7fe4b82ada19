//! `targets`, `targets/metadata`, and the page `/targets` for people.

use std::fmt::Write;

use axum::extract::State;
use axum::response::Html;
use chrono::{DateTime, SecondsFormat};
use lab_metrics::ingest::scrape::scraper::TargetsReport;
use lab_metrics::ingest::scrape::target::{Health, TargetStatus};
use lab_model::text::markup::escaped;
use lab_model::{Labels, Matcher, duration};
use serde_json::{Value, json};

use crate::params::Params;
use crate::prometheus::answer::envelope::{Answer, success};
use crate::prometheus::params::{count, selector_of};
use crate::prometheus::state::PrometheusState;

/// `/api/v1/targets`: `state` (active, dropped, any), `scrapePool`.
pub(crate) async fn targets(State(state): State<PrometheusState>, params: Params) -> Answer {
    let report = report(&state);
    let wanted = params.get("state").unwrap_or("any").to_lowercase();
    let shows = |what: &str| wanted == "any" || wanted == what;
    let in_pool = |job: &str| params.get("scrapePool").is_none_or(|pool| pool == job);
    let active = report.active.iter().filter(|target| in_pool(&target.job) && shows("active")).map(entry);
    let dropped = report.dropped_labels.iter().filter(|(job, _)| in_pool(job) && shows("dropped"));
    let dropped = dropped.map(|(job, labels)| json!({"discoveredLabels": labels, "scrapePool": job}));
    success(&json!({
        "activeTargets": active.collect::<Vec<_>>(),
        "droppedTargets": dropped.collect::<Vec<_>>(),
        "droppedTargetCounts": shows("dropped").then_some(report.dropped),
    }))
}

/// `/api/v1/targets/metadata`: what targets say about their metrics; `match_target`, `metric`, `limit`.
pub(crate) async fn metadata(State(state): State<PrometheusState>, params: Params) -> Answer {
    let matchers = params.get("match_target").map(|text| selector_of("match_target", text)).transpose()?;
    let limit = count(&params, "limit")?;
    let asked = params.get("metric");
    let scraped = state.scraper.as_ref().map(|scraper| scraper.metadata(asked)).unwrap_or_default();
    let mut found = Vec::new();
    for (target, said) in scraped.iter().filter(|(labels, _)| matches(matchers.as_deref(), labels)) {
        // As in Prometheus, all of a target or nothing.
        if found.len() >= limit {
            break;
        }
        for (metric, entry) in said {
            let mut item = json!({"target": target});
            // Who asks for one metric knows its name.
            if asked.is_none() {
                item["metric"] = json!(metric);
            }
            for (name, value) in [("type", entry.kind.as_str()), ("help", &entry.help), ("unit", &entry.unit)] {
                item[name] = json!(value);
            }
            found.push(item);
        }
    }
    success(&found)
}

/// `/targets`: every target with its state, labels, last scrape and error.
pub(crate) async fn page(State(state): State<PrometheusState>) -> Html<String> {
    let report = report(&state);
    let now = state.clock.now_ms();
    let mut rows = String::new();
    for target in &report.active {
        row(&mut rows, target, now);
    }
    let up = report.active.iter().filter(|target| target.health == Health::Up).count();
    let mut notes = String::new();
    for problem in &report.problems {
        let _ = write!(notes, "<p class=down>{}</p>", escaped(problem));
    }
    Html(format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Targets</title>\
         <meta name=viewport content=\"width=device-width\"><style>{STYLE}</style></head><body>\
         <h1>Targets</h1><p>{up} of {} up</p>{notes}\
         <table><thead><tr><th>Job<th>Endpoint<th>State<th>Labels<th>Last scrape<th>Took<th>Error</tr></thead>\n\
         <tbody>\n{rows}</tbody></table></body></html>\n",
        report.active.len()
    ))
}

/// Light and dark; on a narrow screen each target is a card, one fact a line.
const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color-scheme:light dark;\
color:light-dark(#1c2028,#d9dce3);background:light-dark(#f4f5f7,#111318)}a{color:light-dark(#4f46e5,#8b8cf8)}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .7rem;border-bottom:1px solid #8884;\
vertical-align:top}code{font-size:.85em}td code{display:inline-block;margin-right:.5em}a,code{overflow-wrap:anywhere}\
.up{color:light-dark(#1f7a43,#54c083)}.down{color:light-dark(#b3262d,#f0787d)}.unknown{color:light-dark(#9a6700,#e0b341)}\
@media(max-width:600px){body{margin:1rem auto}thead{display:none}tr{display:block;padding:.6rem 0;\
border-bottom:1px solid #8884}td{display:block;border:0;padding:.05rem 0}}";

fn row(out: &mut String, target: &TargetStatus, now: i64) {
    let health = target.health.as_str();
    let labels: String = target.labels.iter().fold(String::new(), |mut all, label| {
        let _ = write!(all, "<code>{}=\"{}\"</code>", escaped(&label.name), escaped(&label.value));
        all
    });
    let last = target
        .last_scrape
        .map_or_else(|| "not yet".to_owned(), |at| format!("{:.1} s ago", (now - at).max(0) as f64 / 1000.0));
    let _ = writeln!(
        out,
        "<tr><td>{}<td><a href=\"{url}\">{url}</a><td class={health}>{health}<td>{labels}<td>{last}<td>{:.1} ms\
         <td class=down>{} {}</tr>",
        escaped(&target.job),
        target.last_duration.as_secs_f64() * 1000.0,
        escaped(&target.last_error),
        escaped(&target.note),
        url = escaped(&target.url),
    );
}

fn entry(target: &TargetStatus) -> Value {
    // Go's zero time, which clients know as "never".
    let last = target
        .last_scrape
        .and_then(DateTime::from_timestamp_millis)
        .map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
    let mut entry = json!({
        "discoveredLabels": target.discovered,
        "labels": target.labels,
        "scrapePool": target.job,
        "scrapeUrl": target.url,
        "globalUrl": target.url,
        "lastError": target.last_error,
        "lastScrape": last,
        "lastScrapeDuration": target.last_duration.as_secs_f64(),
        "health": target.health.as_str(),
        "scrapeInterval": duration::format(target.interval),
        "scrapeTimeout": duration::format(target.timeout),
    });
    // Prometheus has no such key, so it is there only when there is something to say.
    if !target.note.is_empty() {
        entry["note"] = json!(target.note);
    }
    entry
}

fn report(state: &PrometheusState) -> TargetsReport {
    state.scraper.as_ref().map(|scraper| scraper.targets()).unwrap_or_default()
}

fn matches(matchers: Option<&[Matcher]>, labels: &Labels) -> bool {
    matchers.unwrap_or_default().iter().all(|matcher| matcher.matches_labels(labels))
}
