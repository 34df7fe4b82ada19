//! Runs the scenario files of a product.
//!
//! ```yaml
//! # a list of steps, run in order against one fresh server
//! - name: what this step is about
//!   load: |                     # Prometheus only: samples to send by remote write, one a line:
//!     up{job="a"} 10=1 20=0     #   series, then seconds=value pairs
//!     # TYPE up gauge           #   or what is known about a metric
//! - name: …
//!   get: /api/v1/query          # or post:, put:, patch:, delete:
//!   params: {query: up, time: 20}        # into the URL (get) or a form (post); a list repeats a name
//!   json: {…}                   # not with get: a JSON body instead
//!   headers: {Accept-Encoding: gzip}
//!   status: 200                 # default 200; 204 for post without an answer
//!   expect: {status: success}   # what the JSON must contain, see `subset`
//!   text: [stage4]              # what the body must contain as text
//!   keep: {id: /silenceID}      # a part of the answer by its pointer; later steps write it as ${id}
//!   answer_headers: {content-type: application/json}    # what these headers must contain
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use axum::Router;
use lab_testkit::server::TestServer;
use serde::Deserialize;
use serde_json::Value;

use crate::subset;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    name: String,
    load: Option<String>,
    get: Option<String>,
    post: Option<String>,
    put: Option<String>,
    patch: Option<String>,
    delete: Option<String>,
    #[serde(default)]
    keep: BTreeMap<String, String>,
    #[serde(default)]
    params: BTreeMap<String, Value>,
    json: Option<Value>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    status: Option<u16>,
    expect: Option<Value>,
    #[serde(default)]
    text: Vec<String>,
    #[serde(default)]
    answer_headers: BTreeMap<String, String>,
}

/// Turns the text of a `load` step into the request that stores it: path, content type, encoding, body.
pub(crate) type Load = fn(&str) -> (&'static str, &'static str, &'static str, Vec<u8>);

/// Runs every file in the product's folder, each with a fresh router; panics with all failures together.
pub(crate) async fn run(product: &str, router: impl Fn() -> Router, load: Option<Load>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios").join(product);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no scenarios", folder.display());
    let original = std::env::var(format!("DICELAB_SCENARIOS_{}", product.to_uppercase())).ok();
    let client = reqwest::Client::builder().no_gzip().no_proxy().build().expect("a client");
    let mut failures = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("readable");
        let steps: Vec<Step> =
            serde_yaml_ng::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let server = TestServer::start(router()).await;
        let base = original.clone().unwrap_or_else(|| server.url(""));
        let mut kept = BTreeMap::new();
        for step in steps {
            let asked = Asked { client: &client, base: &base, load };
            if let Err(reason) = run_step(&asked, &step, &mut kept).await {
                failures.push(format!("{}: {}\n    {reason}", file.display(), step.name));
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

/// Whom the steps ask.
struct Asked<'a> {
    client: &'a reqwest::Client,
    base: &'a str,
    load: Option<Load>,
}

/// Puts what earlier steps kept into a text; what is no text there takes the place of the whole text in JSON.
fn filled(text: &str, kept: &BTreeMap<String, Value>) -> String {
    kept.iter().fold(text.to_owned(), |text, (name, value)| {
        let mark = format!("${{{name}}}");
        match value.as_str() {
            Some(value) => text.replace(&mark, value),
            None => text.replace(&format!("\"{mark}\""), &value.to_string()).replace(&mark, &value.to_string()),
        }
    })
}

fn request_of(
    Asked { client, base, load }: &Asked<'_>,
    step: &Step,
    kept: &BTreeMap<String, Value>,
) -> Result<reqwest::RequestBuilder, String> {
    if let Some(text) = &step.load {
        let load = load.ok_or("this product has no way to load")?;
        let (path, media, encoding, body) = load(text);
        let request = client.post(format!("{base}{path}")).body(body);
        return Ok(request.header("content-type", media).header("content-encoding", encoding));
    }
    let methods = [
        (reqwest::Method::GET, &step.get),
        (reqwest::Method::POST, &step.post),
        (reqwest::Method::PUT, &step.put),
        (reqwest::Method::PATCH, &step.patch),
        (reqwest::Method::DELETE, &step.delete),
    ];
    let mut named = methods.into_iter().filter_map(|(method, path)| Some((method, path.as_ref()?)));
    let (Some((method, path)), None) = (named.next(), named.next()) else {
        return Err("a step needs exactly one of load, get, post, put, patch, delete".to_owned());
    };
    let path = filled(path, kept);
    if method == reqwest::Method::GET {
        return Ok(client.get(format!("{base}{path}{}", query(&step.params, &path))));
    }
    let has_media = step.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
    let request = client.request(method, format!("{base}{path}"));
    Ok(match &step.json {
        Some(json) => {
            let request = request.body(filled(&json.to_string(), kept));
            if has_media { request } else { request.header("content-type", "application/json") }
        }
        None if step.params.is_empty() => request,
        None => {
            let form = query(&step.params, "").trim_start_matches('?').to_owned();
            request.header("content-type", "application/x-www-form-urlencoded").body(form)
        }
    })
}

async fn run_step(asked: &Asked<'_>, step: &Step, kept: &mut BTreeMap<String, Value>) -> Result<(), String> {
    let mut request = request_of(asked, step, kept)?;
    for (name, value) in &step.headers {
        request = request.header(name, value);
    }
    let answer = request.send().await.map_err(|error| error.to_string())?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = answer.text().await.map_err(|error| error.to_string())?;
    let good = match step.status {
        Some(expected) => status == expected,
        None => status == 200 || (step.get.is_none() && status == 204),
    };
    if !good {
        return Err(format!("status {status}, expected {:?}: {body}", step.status.unwrap_or(200)));
    }
    for (name, expected) in &step.answer_headers {
        let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !value.contains(expected) {
            return Err(format!("header {name} is {value:?}, expected {expected:?}"));
        }
    }
    if let Some(missing) = step.text.iter().find(|text| !body.contains(*text)) {
        return Err(format!("{missing:?} is missing in {body}"));
    }
    if step.expect.is_none() && step.keep.is_empty() {
        return Ok(());
    }
    let found: Value = serde_json::from_str(&body).map_err(|error| format!("no JSON ({error}): {body}"))?;
    for (name, pointer) in &step.keep {
        let value = found.pointer(pointer).ok_or_else(|| format!("{pointer} is missing in {body}"))?;
        kept.insert(name.clone(), value.clone());
    }
    let Some(expected) = &step.expect else { return Ok(()) };
    let expected: Value =
        serde_json::from_str(&filled(&expected.to_string(), kept)).map_err(|error| error.to_string())?;
    subset::check(&expected, &found).map_err(|reason| format!("{reason}\n    in {body}"))
}

/// Parameters as a query string; of a list each item.
fn query(params: &BTreeMap<String, Value>, path: &str) -> String {
    let mut text = String::new();
    for (name, value) in params {
        let values = match value {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        for value in values {
            let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            text.push(if text.is_empty() && !path.contains('?') { '?' } else { '&' });
            text.extend([&*encode(name), "=", &*encode(&value)]);
        }
    }
    text
}

fn encode(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
