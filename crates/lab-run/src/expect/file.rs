//! The file of expectations, `dicelab.yaml`: what runs beside the command, and what is expected.
//!
//! ```yaml
//! services:
//!   - { name: shop, command: ./shop --port 8080, ready: http://localhost:8080/health }
//! expect:
//!   - promql: sum(increase(http_requests_total[$run]))
//!     is: "> 0"
//!   - traceql: '{ name = "checkout" }'
//!     traces: "== 1"
//!     calls: [shop -> cart]
//!     no_errors: true
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lab_model::text::nearest::did_you_mean;
use lab_syntax::yaml;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::expect::expectation::Expectation;
use crate::expect::item::Item;
use crate::expect::place::{self, Place};
use crate::expect::request::{RequestItem, RequestSpec};

/// What the parser calls what it found and what it wanted, and our words for it.
const WORDS: [(&str, &str); 8] = [
    ("invalid type: ", "this is "),
    (", expected struct FileText", ", but the file has to consist of keys such as `expect:`"),
    (", expected a sequence", ", but has to be a list, whose items begin with `- `"),
    (", expected a map", ", but has to be keys with their values"),
    (", expected a boolean", ", but has to be true or false"),
    (", expected a string", ", but has to be a text"),
    ("this is sequence", "this is a list"),
    ("this is map", "this is keys with their values"),
];
/// The longest file that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// What a file says.
#[derive(Clone, Debug, Default)]
pub struct ExpectationFile {
    pub services: Vec<ServiceSpec>,
    /// A URL that answers once the command itself is ready. The requests are made then, and the command is ended after them.
    pub ready: Option<String>,
    pub requests: Vec<RequestSpec>,
    pub expect: Vec<Expectation>,
}

/// A program that runs beside the command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSpec {
    pub name: String,
    /// Words separated by spaces; no shell reads them.
    pub command: String,
    /// A URL that answers with a status below 400 once the program is ready.
    #[serde(default)]
    pub ready: Option<String>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{}: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("{}: the file is longer than {LONGEST} bytes", path.display())]
    TooLong { path: PathBuf },
    #[error("{}: {what}", path.display())]
    Invalid { path: PathBuf, what: String },
    #[error("{place}: {what}")]
    Expectation { place: Place, what: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    #[serde(default)]
    services: Vec<ServiceSpec>,
    ready: Option<String>,
    #[serde(default)]
    requests: Vec<RequestItem>,
    #[serde(default)]
    expect: Vec<Item>,
}

/// Reads a file from the disk.
pub fn read(path: &Path) -> Result<ExpectationFile, FileError> {
    let unreadable = |error| FileError::Unreadable { path: path.to_owned(), error };
    if std::fs::metadata(path).map_err(unreadable)?.len() > LONGEST {
        return Err(FileError::TooLong { path: path.to_owned() });
    }
    parse(path, &std::fs::read_to_string(path).map_err(unreadable)?)
}

/// Reads the text of a file, whose name stands in errors and verdicts.
pub fn parse(path: &Path, text: &str) -> Result<ExpectationFile, FileError> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(ExpectationFile::default());
    }
    let file = read_text(text)
        .map_err(|error| FileError::Invalid { path: path.to_owned(), what: explain(&error.to_string(), text) })?;
    let requests = requests(path, text, file.requests)?;
    let places = Places { path, lines: place::items_of(text, "expect"), otherwise: 1 };
    let expect = file.expect.into_iter().enumerate().map(|(at, item)| {
        let place = places.of(at);
        item.understand(place.clone()).map_err(|what| FileError::Expectation { place, what })
    });
    let expect = expect.collect::<Result<_, _>>()?;
    Ok(ExpectationFile { services: file.services, ready: file.ready, requests, expect })
}

/// The text with merged keys (`<<: *base`) in their places.
fn read_text(text: &str) -> Result<FileText, serde_yaml_ng::Error> {
    // Expectations of a second document would silently not be looked at, so that it is an error.
    let _: IgnoredAny = serde_yaml_ng::from_str(text)?;
    yaml::read(text)
}

/// The requests in their order: each may name values that those before it keep.
fn requests(path: &Path, text: &str, items: Vec<RequestItem>) -> Result<Vec<RequestSpec>, FileError> {
    let places = Places { path, lines: place::items_of(text, "requests"), otherwise: 1 };
    let (mut known, mut requests) = (BTreeSet::new(), Vec::with_capacity(items.len()));
    for (at, item) in items.into_iter().enumerate() {
        let place = places.of(at);
        let end = places.lines.get(at + 1).copied().unwrap_or(usize::MAX);
        let lines = place::items_within(text, (place.line, end), "expect");
        let below = Places { path, lines, otherwise: place.line };
        let below: Vec<Place> = (0..below.lines.len()).map(|at| below.of(at)).collect();
        let request = item.understand(place, &below, &known);
        let request = request.map_err(|(place, what)| FileError::Expectation { place, what })?;
        known.extend(request.keep.keys().cloned());
        requests.push(request);
    }
    Ok(requests)
}

/// The places of a list's items.
struct Places<'a> {
    path: &'a Path,
    lines: Vec<usize>,
    /// The line of an item that was not found.
    otherwise: usize,
}

impl Places<'_> {
    fn of(&self, at: usize) -> Place {
        Place { file: self.path.display().to_string(), line: self.lines.get(at).copied().unwrap_or(self.otherwise) }
    }
}

/// The parser's words, and the key that was probably meant in place of an unknown one.
fn explain(error: &str, text: &str) -> String {
    let quoted: Vec<&str> = error.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((unknown, known)) if error.contains("unknown field") => {
            // For a key at the top the parser tells no place.
            let place = error.rfind(" at line ").map(|at| error[at..].to_owned()).unwrap_or_else(|| {
                let line = text.lines().position(|line| line.trim_start().starts_with(&format!("{unknown}:")));
                line.map(|line| format!(" at line {}", line + 1)).unwrap_or_default()
            });
            format!("there is no key `{unknown}`{}{place}", did_you_mean(unknown, known))
        }
        _ if error.contains("duplicate field") => error.replacen("duplicate field", "there are two values for", 1),
        _ => WORDS.iter().fold(error.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::expect::expectation::Question;

    fn parsed(text: &str) -> Result<ExpectationFile, String> {
        parse(Path::new("dicelab.yaml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_states_services_and_expectations_with_their_places() {
        let text = "services:\n- {name: shop, command: ./shop --port 8080}\n\nexpect:\n- name: counted\n  promql: sum(x)\n  is: '> 0'\n  eventually: 5s\n- traceql: '{ }'\n  calls: [shop -> cart]\n  concurrency: {roll: concurrent}\n- dropped: nothing\n";
        let file = parsed(text).expect("good");
        assert_eq!(file.services[0].name, "shop");
        let lines: Vec<usize> = file.expect.iter().filter_map(|one| Some(one.place.as_ref()?.line)).collect();
        assert_eq!(lines, [5, 9, 12]);
        assert_eq!((&*file.expect[0].name, file.expect[0].eventually), ("counted", Some(Duration::from_secs(5))));
        let Question::Traces { shape, count, .. } = &file.expect[1].question else { panic!("{:?}", file.expect[1]) };
        assert_eq!(shape.calls, [("shop".to_owned(), "cart".to_owned())]);
        assert_eq!(count.to_string(), "not empty", "an expectation about how traces are built needs one");
        assert!(parsed("# nothing yet\n").is_ok_and(|file| file.expect.is_empty() && file.services.is_empty()));
    }

    #[test]
    fn anchors_are_repeated_and_merged() {
        let text = "expect:\n- &one {promql: up, is: '> 0', eventually: 5s}\n- *one\n- {<<: *one, promql: down}\n";
        let file = parsed(text).expect("good");
        let asked: Vec<&Question> = file.expect.iter().map(|one| &one.question).collect();
        assert!(asked[0] == asked[1] && asked[1] != asked[2], "{asked:?}");
        assert_eq!(file.expect[2].eventually, Some(Duration::from_secs(5)));
        let lines: Vec<usize> = file.expect.iter().filter_map(|one| Some(one.place.as_ref()?.line)).collect();
        assert_eq!(lines, [2, 3, 4]);
        let text = "services:\n- &a {name: a, command: a, environment: &common {VERSION: 1.10}}\n- &b {<<: *a, name: b}\n\
            - {<<: *b, name: c, environment: {<<: *common, SIZE: 1e3}}\n";
        let services = parsed(text).expect("good").services;
        let told: Vec<_> = services.iter().map(|one| format!("{} {:?}", one.name, one.environment)).collect();
        let common = r#"{"VERSION": "1.10"}"#;
        assert_eq!(told, [&*format!("a {common}"), &*format!("b {common}"), r#"c {"SIZE": "1e3", "VERSION": "1.10"}"#]);
        let error = parsed("expect: []\n---\nexpect: []\n").expect_err("two documents");
        assert!(error.contains("more than one document"), "{error}");
    }

    #[test]
    fn mistakes_are_named_with_their_line_and_what_to_write() {
        let table = [
            ("expect:\n- promqll: up\n", "there is no key `promqll`; did you mean \"promql\"? at line 2"),
            ("expekt: []\n", "there is no key `expekt`; did you mean \"expect\"? at line 1"),
            ("expect:\n- promql: up\n", "dicelab.yaml:2: `promql` needs `is`"),
            ("expect:\n- {name: x}\n", "dicelab.yaml:2: this asks nothing"),
            ("expect:\n- {promql: up, logql: x, is: '> 0'}\n", "`promql` and `logql` cannot be used together"),
            ("expect:\n\n- {promql: up, is: '> 0', calls: [a -> b]}\n", "dicelab.yaml:3: `calls` belongs to `traceql`"),
            ("expect:\n- {promql: up, is: many}\n", "`is`: \"many\" is no comparison"),
            ("expect:\n- {traceql: '{}'}\n", "`traceql` needs `traces`"),
            ("expect:\n- {traceql: '{}', calls: [shop cart]}\n", "not \"shop cart\""),
            ("expect:\n- {logql: x, is: empty, always: true}\n", "`always` can be used with `promql` only"),
            ("expect:\n- {dropped: much}\n", "`dropped` can be `nothing` only, not \"much\""),
            ("expect: [\n", "line "),
            ("[]\n", "this is a list, but the file has to consist of keys such as `expect:`"),
            (
                "expect:\n  logql: x\n",
                "expect: this is keys with their values, but has to be a list, whose items begin",
            ),
            ("expect:\n- {conventions: maybe}\n", "this is string \"maybe\", but has to be true or false"),
            ("expect:\n- {logql: x, is: empty, is: '> 3'}\n", "expect[0]: there are two values for `is` at line 2"),
            ("expect:\n- {<<: {promqll: up}, is: '> 0'}\n", "there is no key `promqll`"),
        ];
        for (text, expected) in table {
            let error = parsed(text).expect_err(text);
            assert!(error.contains(expected), "{text}\n{error}");
        }
    }

    #[test]
    fn requests_have_places_and_name_only_values_that_are_known() {
        let text = "requests:\n- url: http://a/orders\n  json: {item: 3}\n  status: 201\n  keep: {order: {answer: /id}}\n  expect:\n  - traceql: '{ }'\n    each: {name: pay}\n- name: look\n  url: http://a/orders/${order}\n  headers: {authorization: 'Bearer ${TOKEN}'}\n";
        let file = parsed(text).expect("good");
        let told: Vec<String> = file
            .requests
            .iter()
            .map(|one| format!("{} {} {} {}", one.place, one.method, one.name, one.status))
            .collect();
        assert_eq!(told, ["dicelab.yaml:2 POST POST http://a/orders == 201", "dicelab.yaml:9 GET look < 400"]);
        assert_eq!(file.requests[0].expect[0].place.as_ref().map(|place| place.line), Some(7));
    }

    #[test]
    fn mistakes_in_requests_are_named() {
        let table = [
            ("{}", "missing field `url`"),
            ("{url: localhost:80}", "dicelab.yaml:2: `url`: write a whole URL"),
            ("{url: 'http://a/${ordre}'}", "no earlier request keeps a value `ordre`; did you mean \"order\"?"),
            ("{url: http://a, json: {x: ['${b}']}}", "no earlier request keeps a value `b`"),
            ("{url: http://a, method: 'G T'}", "`method`: \"G T\" is no method"),
            ("{url: http://a, status: many}", "`status`: \"many\" is no comparison"),
            ("{url: http://a, status: empty}", "`status`: an answer always has one"),
            ("{url: http://a, body: x, json: {}}", "`body` and `json` cannot be used together"),
            ("{url: http://a, headers: {Traceparent: x}}", "traceparent is what the run sends"),
            ("{url: http://a, answer: {id: 3}}", "`answer`: \"id\" is no JSON pointer"),
            ("{url: http://a, keep: {Id: {answer: /id}}}", "\"Id\" cannot be the name of a value"),
            ("{url: http://a, keep: {id: {}}}", "`keep`: id: write where it comes from"),
            ("{url: http://a, keep: {id: {traceql: '{ }'}}}", "`keep`: id: write where it comes from"),
            ("{url: http://a, keep: {id: {pattern: '('}}}", "`keep`: id: error parsing regexp"),
            ("{url: http://a, within: soon}", "`within`: "),
            (
                "{url: http://a, expect: [{promql: up, is: '> 0'}]}",
                "only `logql` and `traceql` can be asked of the trace",
            ),
            ("{url: http://a, expekt: []}", "there is no key `expekt`; did you mean \"expect\"?"),
        ];
        for (request, expected) in table {
            let text = format!("requests:\n- {request}\n- {{url: http://z}}\n");
            let text = if request.contains("ordre") {
                format!("requests:\n- {{url: http://z, keep: {{order: {{answer: /id}}}}}}\n- {request}\n")
            } else {
                text
            };
            let error = parsed(&text).expect_err(request);
            assert!(error.contains(expected), "{request}\n{error}");
        }
    }

    /// The keys that the reader of a mapping knows, as the error about an unknown one lists them.
    fn known_keys<T: serde::de::DeserializeOwned>(text: &str) -> BTreeSet<String> {
        let error = serde_yaml_ng::from_str::<T>(text).err().expect("an unknown key").to_string();
        error.split('`').skip(1).step_by(2).skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn the_published_schema_knows_the_keys_that_the_reader_knows() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../../../docs/dicelab.schema.json")).expect("JSON");
        let keys = |pointer: &str| -> BTreeSet<String> {
            let properties = schema.pointer(pointer).and_then(|one| one.as_object()).expect(pointer);
            properties.keys().cloned().collect()
        };
        assert_eq!(keys("/properties"), known_keys::<FileText>("x: 1"));
        assert_eq!(keys("/properties/services/items/properties"), known_keys::<ServiceSpec>("x: 1"));
        assert_eq!(keys("/$defs/expectation/properties"), known_keys::<Item>("x: 1"));
        assert_eq!(keys("/$defs/request/properties"), known_keys::<RequestItem>("x: 1"));
        let kept = known_keys::<RequestItem>("{url: a, keep: {a: {x: 1}}}");
        assert_eq!(keys("/$defs/kept/properties"), kept);
    }
}
