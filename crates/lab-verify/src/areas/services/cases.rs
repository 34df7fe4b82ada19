//! What is asked of the services, one case after another, and how each answer is judged.

use serde_json::Value;

use crate::areas::services::breach::Breach;
use crate::stack::endpoint::Answer;
use crate::stack::services::Service::{self, DiceRoller, DieService, Frontend};

/// One request and what should come back.
pub(super) struct Case {
    /// Its name among the checks of this area.
    pub(super) name: &'static str,
    /// Who is asked.
    pub(super) service: Service,
    /// `GET`, `HEAD`, …
    pub(super) method: &'static str,
    /// Path and query.
    pub(super) path: &'static str,
    /// HTTP status code of the answer.
    pub(super) status: u16,
    /// What the answer says, in words.
    pub(super) expected: &'static str,
    /// What is right about an answer with this status, or what is wrong.
    pub(super) judge: fn(&Answer) -> Result<String, Breach>,
}

const UNKNOWN: &str = "no-such-die";

/// The cases, from the back to the front of the call chain.
pub(super) const CASES: [Case; 14] = [
    case("dice-list", DieService, "GET", "/dice", 200, "the names of the dice", |answer| {
        let names = json(answer)?["identifiers"].as_array().map_or(0, Vec::len);
        if names > 0 { Ok(format!("{names} dice")) } else { Err(Breach::NoDice) }
    }),
    case(
        "die-unknown",
        DieService,
        "GET",
        "/dice?identifier=no-such-die",
        404,
        "a problem that names the known dice",
        names_it,
    ),
    case("roller-about", DiceRoller, "GET", "/", 200, "service, version, max_delay_seconds, max_batch", |answer| {
        let body = json(answer)?;
        match (body["service"].as_str(), body["max_delay_seconds"].as_f64(), body["max_batch"].as_u64()) {
            (Some("dice-roller"), Some(delay), Some(batch)) => {
                Ok(format!("delays up to {delay} s, batches up to {batch}"))
            }
            _ => Err(Breach::NoSelfDescription(body)),
        }
    }),
    case("roll-unknown", DiceRoller, "GET", "/roll?die=no-such-die", 404, "a problem that names the die", names_it),
    case("roll-without-die", DiceRoller, "GET", "/roll", 422, "a problem that names the parameter", |answer| {
        names_parameter(answer, "die")
    }),
    case(
        "batch-empty",
        DiceRoller,
        "GET",
        "/roll-async?die=fair&times=0",
        422,
        "a problem that names the parameter",
        |answer| names_parameter(answer, "times"),
    ),
    case("page", Frontend, "GET", "/", 200, "the page", |answer| {
        let is_page = answer.text().contains("<form");
        if is_page { Ok("the page has its form".to_owned()) } else { Err(Breach::NoForm) }
    }),
    case(
        "through-unknown",
        Frontend,
        "GET",
        "/roll?die=no-such-die",
        404,
        "the backend's problem, unchanged",
        names_it,
    ),
    case("through-without-die", Frontend, "GET", "/roll", 422, "a problem that names the parameter", |answer| {
        names_parameter(answer, "die")
    }),
    case(
        "through-too-many",
        Frontend,
        "GET",
        "/roll-async?die=fair&times=100000",
        422,
        "a problem that names the parameter",
        |answer| names_parameter(answer, "times"),
    ),
    case("path-unknown", Frontend, "GET", "/no/such/path", 404, "a problem", |_| {
        Ok("an unknown path is a problem".to_owned())
    }),
    case("method-wrong", DieService, "POST", "/dice", 405, "a problem, and Allow", |answer| {
        let allowed = answer.header("allow").unwrap_or_default();
        if allowed.contains("GET") { Ok(format!("Allow: {allowed}")) } else { Err(Breach::Allow(allowed.to_owned())) }
    }),
    case("head", DiceRoller, "HEAD", "/", 200, "no body", |answer| {
        if answer.body.is_empty() { Ok("HEAD works where GET does".to_owned()) } else { Err(Breach::Body) }
    }),
    case("metrics", Frontend, "GET", "/metrics", 200, "metrics as text", |answer| {
        let lines = answer.text().lines().filter(|line| !line.starts_with('#')).count();
        if lines > 0 { Ok(format!("{lines} samples")) } else { Err(Breach::NoSamples) }
    }),
];

const fn case(
    name: &'static str,
    service: Service,
    method: &'static str,
    path: &'static str,
    status: u16,
    expected: &'static str,
    judge: fn(&Answer) -> Result<String, Breach>,
) -> Case {
    Case { name, service, method, path, status, expected, judge }
}

fn json(answer: &Answer) -> Result<Value, Breach> {
    Ok(answer.json()?)
}

/// The problem speaks of the die that was asked for.
fn names_it(answer: &Answer) -> Result<String, Breach> {
    let body = json(answer)?;
    let detail = body["detail"].as_str().unwrap_or_default();
    if detail.contains(UNKNOWN) {
        Ok(detail.to_owned())
    } else {
        Err(Breach::DieNotNamed { die: UNKNOWN, detail: detail.to_owned() })
    }
}

/// The problem lists the parameter among its errors.
fn names_parameter(answer: &Answer, name: &str) -> Result<String, Breach> {
    let body = json(answer)?;
    let errors = body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    match errors.iter().find(|error| error["param"] == name) {
        Some(error) => Ok(format!("{name}: {}", error["message"].as_str().unwrap_or_default())),
        None => Err(Breach::ParameterNotNamed { parameter: name.to_owned(), errors: body["errors"].clone() }),
    }
}
