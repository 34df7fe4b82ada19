//! What a model has to know to ask: short texts about TraceQL and about the configuration, as resources and as tools.

use serde_json::{Value, json};

use crate::tempo::http::status::config;
use crate::tempo::mcp::rpc::Failure;
use crate::tempo::state::TempoState;

/// The name of a text, what it is about, and the text.
const TEXTS: [(&str, &str, &str); 4] = [
    (
        "basic",
        "Filters of spans: attributes, intrinsics, operators",
        "# TraceQL: filters\n\
         A query selects spans by a filter in braces: `{ resource.service.name = \"cart\" && duration > 100ms }`.\n\
         - Attributes have a scope: `span.`, `resource.`, `event.`, `link.`, `instrumentation.`; `.name` looks into span and \
         resource.\n\
         - Intrinsics: `name`, `duration`, `status` (ok, error, unset), `kind` (server, client, producer, consumer, internal, \
         unspecified), `statusMessage`, `rootName`, `rootServiceName`, `traceDuration`, `trace:id`, `span:id`.\n\
         - Operators: `=`, `!=`, `<`, `<=`, `>`, `>=`, `=~`, `!~` (whole match), `&&`, `||`, `!`, and arithmetic.\n\
         - `= nil` is true of what a span lacks. Durations are written `10ms`, `1.5s`, `2h`.\n\
         - Two filters joined by `&&` or `||` select spans of traces that have both or either.\n\
         - `| select(span.http.route)` shows attributes that the filter does not name.\n",
    ),
    (
        "aggregates",
        "Numbers of a trace: count, sum, avg, min, max, and groups",
        "# TraceQL: aggregates\n\
         After a filter a pipeline can compare numbers of each trace: `{ kind = client } | count() > 5`,\n\
         `{ name = \"roll\" } | avg(duration) > 20ms`; `sum`, `min` and `max` take a number, too.\n\
         `| by(resource.service.name)` splits the spans of a trace into groups first, `| coalesce()` joins them again.\n",
    ),
    (
        "structural",
        "Relations between spans: child, descendant, parent, ancestor, sibling",
        "# TraceQL: structure\n\
         Between two filters stands how their spans are related; the spans of the right one are shown.\n\
         - `{ A } > { B }`: B is a child of A; `{ A } >> { B }`: below it, however deep.\n\
         - `{ A } < { B }`, `{ A } << { B }`: B is the parent of A, or above it.\n\
         - `{ A } ~ { B }`: both have the same parent.\n\
         - `!` before the sign negates it, `&` before it shows the spans of both sides.\n",
    ),
    (
        "metrics",
        "Series from spans: rates, quantiles, histograms, comparisons",
        "# TraceQL: metrics\n\
         A function over time makes series of the selected spans:\n\
         `{ status = error } | rate() by (resource.service.name)`.\n\
         - `rate()`, `count_over_time()`, `sum_over_time(x)`, `avg_over_time(x)`, `min_over_time(x)`, `max_over_time(x)`,\n\
         `quantile_over_time(duration, .5, .99)`, `histogram_over_time(duration)`.\n\
         - `compare({ status = error })` counts which values of attributes are frequent in a selection.\n\
         - `| topk(5)`, `| bottomk(5)` and comparisons (`> 0.5`) follow; two series are computed with `+ - * /` in parentheses.\n",
    ),
];

/// What there is to read about the language.
pub(super) const OF_LANGUAGE: [&str; 4] = ["basic", "aggregates", "structural", "metrics"];
/// What there is to read about the configuration.
pub(super) const OF_CONFIGURATION: [&str; 2] = ["config-overview", "config-reference"];

const CONFIGURATION: &str = "# Configuration of the lab that answers here\n\
     The trace store is part of `dicelab`. Its options stand on the command line, in variables (`DICELAB_RETENTION=48h`) or in a TOML \
     file (`--config`); `dicelab lab --help` lists them all.\n\
     - `--data-dir`, `--in-memory`: where traces are kept; `--retention`, `--max-disk`, `--max-memory`: for how long, and how many.\n\
     - `--max-span-series`, `--span-dimension`, `--tempo-span-buckets`: the metrics that are made of spans, and the service graph.\n\
     - `--bind`, `--web-config`, `--allowed-host`, `--cors-origin`: who may ask.\n\
     - Spans are taken by OTLP on the ports 4317 and 4318. Nothing has to be configured for that.\n";

/// A resource: its address, its name, and what it is about.
fn resources() -> Vec<(String, String, &'static str)> {
    let of_language = TEXTS.iter().map(|(name, about, _)| (uri(name), format!("TraceQL: {name}"), *about));
    let others = [
        (uri("query"), "TraceQL: query".to_owned(), TEXTS[0].1),
        ("docs://config/overview".to_owned(), "Configuration: overview".to_owned(), "Which options there are"),
        ("docs://config/reference".to_owned(), "Configuration: reference".to_owned(), "The limits that the store has"),
    ];
    of_language.chain(others).collect()
}

/// The texts as resources.
pub(super) fn list() -> Value {
    let resource =
        |(uri, name, about)| json!({"uri": uri, "name": name, "description": about, "mimeType": "text/markdown"});
    resources().into_iter().map(resource).collect()
}

/// One resource by its address.
pub(super) fn read(state: &TempoState, params: &Value) -> Result<Value, Failure> {
    let asked = params["uri"].as_str().unwrap_or_default();
    if !resources().iter().any(|(uri, ..)| uri == asked) {
        let why = format!("there is no resource {asked:?}; resources/list names those that are there");
        return Err(Failure::resource(why));
    }
    let text = match asked.strip_prefix("docs://config/") {
        Some(part) => of_configuration(state, &format!("config-{part}")),
        None => of_language(asked.rsplit('/').next().unwrap_or_default()).to_owned(),
    };
    Ok(json!({"contents": [{"uri": asked, "mimeType": "text/markdown", "text": text}]}))
}

/// One text about the language by its name; the basic one for a name that is not known, as in Tempo.
pub(super) fn of_language(name: &str) -> &'static str {
    TEXTS.iter().find(|(known, ..)| *known == name).unwrap_or(&TEXTS[0]).2
}

/// One text about the configuration by its name; the overview for a name that is not known, as in Tempo.
pub(super) fn of_configuration(state: &TempoState, name: &str) -> String {
    if name == OF_CONFIGURATION[1] {
        format!("# What the trace store is configured to\n```yaml\n{}```\n", config(state))
    } else {
        CONFIGURATION.to_owned()
    }
}

fn uri(name: &str) -> String {
    format!("docs://traceql/{name}")
}
