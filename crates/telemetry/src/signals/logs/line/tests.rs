//! Lines as CONTRACT §4 has them.

use serde_json::{Value, json};
use tracing::{debug, error, info, info_span, warn};

use crate::signals::recorder::Recorder;
use crate::signals::traces::context::SpanIds;

fn one(log: impl FnOnce()) -> Value {
    let recorder = Recorder::install("telemetry");
    log();
    let mut lines = recorder.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

#[test]
fn a_line_has_its_frame_first_and_its_fields_flat() {
    let recorder = Recorder::install("telemetry");
    info!(die_type = "fair", roll_value = 4, duration = 0.25, ok = true, "Roll completed");
    let line = recorder.lines().remove(0);
    let keys: Vec<_> = line.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = ["timestamp", "level", "message", "service", "logger", "die_type", "roll_value", "duration", "ok"];
    assert_eq!(keys, expected);
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["message"], "Roll completed");
    assert_eq!(line["service"], "telemetry");
    assert_eq!(line["logger"], module_path!());
    assert_eq!((&line["die_type"], &line["roll_value"]), (&json!("fair"), &json!(4)));
    assert_eq!((&line["duration"], &line["ok"]), (&json!(0.25), &json!(true)));
    let timestamp = line["timestamp"].as_str().expect("text");
    assert_eq!((timestamp.len(), &timestamp[10..11], &timestamp[26..]), (27, "T", "Z"));
}

#[test]
fn levels_have_the_names_of_the_contract() {
    assert_eq!(one(|| error!("x"))["level"], "ERROR");
    assert_eq!(one(|| warn!("x"))["level"], "WARNING");
    assert_eq!(one(|| debug!("x"))["level"], "DEBUG");
}

#[test]
fn inside_a_span_the_line_names_it() {
    let recorder = Recorder::install("telemetry");
    let span = info_span!("work");
    let ids = SpanIds::of(&span).expect("recorded");
    span.in_scope(|| info!("inside"));
    info!("outside");
    let lines = recorder.lines();
    assert_eq!(lines[0]["trace_id"], ids.trace_id_hex().as_str());
    assert_eq!(lines[0]["span_id"], ids.span_id_hex().as_str());
    assert_eq!(lines[1].get("trace_id"), None);
}

#[test]
fn arrays_keep_their_shape_and_other_bytes_become_text() {
    let line = one(|| {
        let bytes: &[u8] = b"not \xff json";
        let lines: &[u8] = b"[1,\n2]";
        info!(rolls = crate::logs::json(&[4, 6]), none = crate::logs::json(&[(); 0]), bytes, lines, "x");
    });
    assert_eq!(line["rolls"], json!([4, 6]));
    assert_eq!(line["none"], json!([]));
    assert_eq!(line["bytes"], "not \u{fffd} json");
    assert_eq!(line["lines"], "[1,\n2]");
}

#[test]
fn whatever_is_logged_stays_one_line_of_json() {
    let nasty = "quote \" backslash \\ newline \n return \r tab \t bell \u{7} nul \0 del \u{7f} é 💥";
    let line =
        one(|| info!(text = nasty, debug = ?nasty, display = %nasty, nan = f64::NAN, missing = None::<i64>, "{nasty}"));
    assert_eq!((&line["message"], &line["text"], &line["display"]), (&json!(nasty), &json!(nasty), &json!(nasty)));
    assert_eq!(line["debug"], format!("{nasty:?}"));
    assert_eq!(line["nan"], Value::Null);
    assert_eq!(line.get("missing"), None);
}

#[test]
fn no_key_occurs_twice() {
    let line = one(|| info!(level = "mine", trace_id = 7, "x"));
    assert_eq!(
        (&line["level"], &line["field_level"], &line["field_trace_id"]),
        (&json!("INFO"), &json!("mine"), &json!(7))
    );
}

#[test]
fn other_crates_speak_from_warn_up_and_open_no_spans() {
    use crate::signals::config::{Config, Overrides};
    let identity = crate::Identity { name: "die-service", version: "0", targets: &["die_service"] };
    let config = Config::load(&identity, &Overrides::default(), &|_| None).expect("an empty environment");
    let wants = |target: &str, level| config.log_filter.would_enable(target, &level);
    assert!(wants("die_service::app", tracing::Level::INFO) && wants("telemetry::server", tracing::Level::INFO));
    assert!(!wants("die_service", tracing::Level::DEBUG) && !wants("hyper", tracing::Level::INFO));
    assert!(wants("hyper", tracing::Level::WARN));

    let recorder = Recorder::install("telemetry");
    drop(tracing::info_span!(target: "h2::client", "foreign"));
    drop(tracing::info_span!("own"));
    let names: Vec<_> = recorder.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["own"]);
}
