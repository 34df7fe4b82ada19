//! The lines that a request becomes. They arrive now, as in Alloy, where the time of the browser stands in the line.

use lab_model::value::format_short_float;
use lab_model::{Labels, LabelsBuilder};

use crate::otlp::signals::logs::Line;
use crate::otlp::transport::others::faro::pairs::Pairs;
use crate::otlp::transport::others::faro::payload::{Exception, Meta, Payload};
use crate::otlp::transport::others::faro::{logfmt, stamp};

/// The lines of a request would take more than they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::otlp::transport::others) struct TooLarge;

/// The lines of logs, exceptions, measurements and events, in this order, if they take at most so many bytes.
pub(in crate::otlp::transport::others) fn of(payload: &Payload, most_bytes: usize) -> Result<Vec<Line>, TooLarge> {
    let mut lines = Lines::new(&payload.meta, most_bytes);
    for log in &payload.logs {
        let mut pairs = begin(&log.timestamp, "log");
        pairs.set("message", &log.message).set("level", &log.level);
        pairs.texts("context_", &log.context).trace(&log.trace);
        lines.push(pairs)?;
    }
    for exception in &payload.exceptions {
        lines.push(self::exception(exception))?;
    }
    for measurement in &payload.measurements {
        let mut pairs = begin(&measurement.timestamp, "measurement");
        pairs.set("type", &measurement.kind);
        for (name, value) in &measurement.values {
            pairs.set(name, format!("{value:.6}"));
            // A large number has some hundred digits.
            lines.check(&pairs)?;
        }
        pairs.trace(&measurement.trace).texts("context_", &measurement.context);
        for (name, value) in &measurement.values {
            pairs.set(format!("value_{name}"), format_short_float(*value));
        }
        lines.push(pairs)?;
    }
    for event in &payload.events {
        let mut pairs = begin(&event.timestamp, "event");
        pairs.set("event_name", &event.name).set("event_domain", &event.domain);
        pairs.texts("event_data_", &event.attributes).trace(&event.trace);
        lines.push(pairs)?;
    }
    Ok(lines.done)
}

/// Lines in the making. All end with what the request says about where it comes from, which is written once.
struct Lines<'a> {
    meta: &'a Meta,
    pairs: Pairs,
    text: String,
    /// What every line takes beside its own pairs.
    shared_bytes: usize,
    left_bytes: usize,
    done: Vec<Line>,
}

impl<'a> Lines<'a> {
    fn new(meta: &'a Meta, most_bytes: usize) -> Self {
        let pairs = self::meta(meta);
        let text = logfmt::line(&pairs);
        let labels = meta.app.name.len() + meta.app.namespace.len() + meta.app.environment.len();
        let shared_bytes = size_of::<Line>() + text.len() + labels;
        Self { meta, pairs, text, shared_bytes, left_bytes: most_bytes, done: Vec::new() }
    }

    /// Refuses a line for which there is no room.
    fn check(&self, pairs: &Pairs) -> Result<(), TooLarge> {
        if self.shared_bytes + pairs.bytes() > self.left_bytes { Err(TooLarge) } else { Ok(()) }
    }

    /// Adds the line of some pairs; those that the meta says too are left to it.
    fn push(&mut self, mut pairs: Pairs) -> Result<(), TooLarge> {
        self.check(&pairs)?;
        pairs.leave_out(&self.pairs);
        let mut line = line(&pairs, self.meta);
        self.left_bytes = self.left_bytes.saturating_sub(self.shared_bytes + line.text.len());
        line.text.push(' ');
        line.text += &self.text;
        self.done.push(line);
        Ok(())
    }
}

fn begin(timestamp: &str, kind: &str) -> Pairs {
    let mut pairs = Pairs::default();
    pairs.set("timestamp", stamp::text(timestamp)).set("kind", kind);
    pairs
}

fn exception(exception: &Exception) -> Pairs {
    let mut stack = format!("{}: {}", exception.kind, exception.value);
    for frame in &exception.stacktrace.frames {
        let bar = if frame.module.is_empty() { "" } else { "|" };
        let place = format!("{}{bar}{}:{}:{}", frame.module, frame.filename, frame.lineno, frame.colno);
        stack += &format!("\n  at {} ({place})", frame.function);
    }
    let hash = xxhash_rust::xxh3::xxh3_64(exception.value.as_bytes()).to_string();
    let mut pairs = begin(&exception.timestamp, "exception");
    pairs.set("type", &exception.kind).set("value", &exception.value).set("stacktrace", stack).set("hash", hash);
    pairs.texts("context_", &exception.context).trace(&exception.trace);
    pairs
}

fn meta(meta: &Meta) -> Pairs {
    let Meta { sdk, app, user, session, page, browser, view } = meta;
    let integrations: Vec<_> = sdk.integrations.iter().map(|one| format!("{}:{}", one.name, one.version)).collect();
    let mut pairs = Pairs::default();
    pairs.set("sdk_name", &sdk.name).set("sdk_version", &sdk.version).set("sdk_integrations", integrations.join(","));
    pairs.set("app_name", &app.name).set("app_namespace", &app.namespace).set("app_release", &app.release);
    pairs.set("app_version", &app.version).set("app_environment", &app.environment);
    pairs.set("user_email", &user.email).set("user_id", &user.id).set("user_username", &user.username);
    pairs.texts("user_attr_", &user.attributes);
    pairs.set("session_id", &session.id).texts("session_attr_", &session.attributes);
    pairs.set("page_id", &page.id).set("page_url", &page.url).texts("page_attr_", &page.attributes);
    pairs.set("browser_name", &browser.name).set("browser_version", &browser.version).set("browser_os", &browser.os);
    pairs.set("browser_mobile", browser.mobile.to_string()).set("browser_userAgent", &browser.user_agent);
    pairs.set("browser_language", &browser.language).set("browser_viewportWidth", &browser.viewport_width);
    pairs.set("browser_viewportHeight", &browser.viewport_height).set("view_name", &view.name);
    pairs
}

/// The line with its stream: Alloy gives none of its own, and a store needs one.
fn line(pairs: &Pairs, meta: &Meta) -> Line {
    let app = &meta.app;
    let name = if app.name.is_empty() { "unknown_service" } else { &app.name };
    let labels = [
        ("service_name", name),
        ("service_namespace", &app.namespace),
        ("deployment_environment", &app.environment),
        ("kind", pairs.get("kind")),
    ];
    let metadata = [
        ("trace_id", pairs.get("traceID")),
        ("span_id", pairs.get("spanID")),
        ("severity_text", if pairs.get("kind") == "exception" { "error" } else { pairs.get("level") }),
    ];
    Line { labels: build(labels), text: logfmt::line(pairs), metadata: build(metadata) }
}

fn build<const N: usize>(labels: [(&str, &str); N]) -> Labels {
    let mut builder = LabelsBuilder::default();
    for (name, value) in labels {
        builder.set(name, value);
    }
    builder.build()
}
