//! The configuration as the lab shows it: as it was loaded, with what follows where the file says nothing, every key in the
//! place and the spelling that Prometheus gives it, and `<secret>` for each secret.
//!
//! It is made of the text of the file and tables of its keys ([`fields`]), not of the structures that the lab obeys: those do
//! not know the keys without effect here, which belong to what was loaded, too.

mod fields;
pub(crate) mod secrets;
mod values;
mod yaml;

use lab_syntax::yaml::{read as values, spelt};
use serde::de::DeserializeOwned;
use serde_yaml_ng::{Error, Mapping, Value};

use self::fields::{FILE, GLOBAL, INHERITED, JOB, PROTOCOLS};
use self::values::{Purpose, arranged, given, respell};

/// What is said of a number or a truth value whose spelling the reader has lost.
const NO_TEXT: &str = "expected a string";

/// A configuration file; empty if it is not YAML.
pub(super) fn file(text: &str) -> String {
    let Some(mut file) = read(text) else { return String::new() };
    let is_cleared = file.get("otlp").is_some_and(Value::is_null);
    fill(&mut file);
    let mut shown = arranged(&Value::Mapping(file), &FILE, Purpose::Show);
    if let (true, Value::Mapping(sections)) = (is_cleared, &mut shown) {
        // A section that is there and says nothing has no defaults either.
        sections.remove("otlp");
    }
    yaml::written(&shown)
}

/// A file with its values in the lab's words. The reader keeps what it has not placed yet as numbers and truth values, in which
/// the spelling is lost, so that texts have to be texts before it begins. It no longer knows the lines then: they are those of
/// the file as it stands there, unless that is wrong for another reason.
pub(crate) fn read_text<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let Some(file) = reread(text) else { return values(text) };
    serde_yaml_ng::from_value(file).map_err(|error| {
        let in_place = values::<T>(text).err().filter(|placed| {
            let placed = placed.to_string();
            placed.contains(&error.to_string()) || !placed.contains(NO_TEXT)
        });
        in_place.unwrap_or(error)
    })
}

/// The file with the values that Prometheus reads in other words: keys without a value left out, texts as they are spelt where
/// texts are meant, the truth values and whole numbers of YAML 1.1.
fn reread(text: &str) -> Option<Value> {
    let file = document(text).ok()?;
    Some(arranged(&file, &FILE, Purpose::Read))
}

/// The file with every text as it is spelt there.
fn document(text: &str) -> Result<Value, Error> {
    let mut file = values(text)?;
    respell(&mut file, &spelt(text)?, &FILE);
    Ok(file)
}

/// Each scrape configuration of a file, with what it takes from the section `global` of the file `main`.
pub(super) fn jobs(text: &str, main: &str) -> Vec<String> {
    let Some(mut file) = read(text) else { return Vec::new() };
    if let Some(global) = read(main).and_then(|mut main| main.remove("global")) {
        file.insert("global".into(), global);
    }
    fill(&mut file);
    let jobs = file.get("scrape_configs").and_then(Value::as_sequence);
    jobs.into_iter().flatten().map(|job| yaml::written(&arranged(job, &JOB, Purpose::Show))).collect()
}

fn read(text: &str) -> Option<Mapping> {
    let mut file = document(text).ok()?;
    secrets::hide(&mut file);
    match file {
        Value::Mapping(file) => Some(file),
        Value::Null => Some(Mapping::new()),
        _ => None,
    }
}

/// Puts in what depends on other values: of the section `global`, and of each job on that section.
fn fill(file: &mut Mapping) {
    let section = file.get("global").and_then(Value::as_mapping).cloned();
    let is_default = section.is_none();
    let mut global = section.unwrap_or_default();
    if is_default {
        // Prometheus takes this for said only where the section is not there.
        global.insert("metric_name_escaping_scheme".into(), "allow-utf-8".into());
    }
    if !given(&global, "scrape_timeout") {
        let timeout = shorter(&global, "1m", "10s");
        global.insert("scrape_timeout".into(), timeout);
    }
    let global = arranged(&Value::Mapping(global), &GLOBAL, Purpose::Show);
    let Value::Mapping(all) = &global else { return };
    if let Some(Value::Sequence(jobs)) = file.get_mut("scrape_configs") {
        jobs.iter_mut().filter_map(Value::as_mapping_mut).for_each(|job| fill_job(job, all, is_default));
    }
    if let Some(Value::Mapping(alerting)) = file.get_mut("alerting")
        && let Some(Value::Sequence(managers)) = alerting.get_mut("alertmanagers")
    {
        managers.iter_mut().filter_map(Value::as_mapping_mut).for_each(bearer);
    }
    for receivers in ["remote_write", "remote_read"] {
        if let Some(Value::Sequence(receivers)) = file.get_mut(receivers) {
            receivers.iter_mut().filter_map(Value::as_mapping_mut).for_each(bearer);
        }
    }
    // The section is arranged once more, which changes nothing in it.
    file.insert("global".into(), global);
}

/// Gives a job the values of the section `global` that it does not set itself.
fn fill_job(job: &mut Mapping, global: &Mapping, is_default: bool) {
    for key in INHERITED {
        if !given(job, key)
            && let Some(value) = global.get(key)
        {
            job.insert(key.into(), value.clone());
        }
    }
    if !given(job, "scrape_timeout") {
        let timeout = global.get("scrape_timeout").and_then(Value::as_str).unwrap_or("10s");
        let timeout = shorter(job, "1m", timeout);
        job.insert("scrape_timeout".into(), timeout);
    }
    if !given(job, "scrape_protocols") {
        let is_native = job.get("scrape_native_histograms").and_then(Value::as_bool).unwrap_or_default();
        let protocols = &PROTOCOLS[usize::from(!is_native)..];
        job.insert(
            "scrape_protocols".into(),
            protocols.iter().map(|name| Value::from(*name)).collect::<Vec<_>>().into(),
        );
    }
    let is_legacy = job.get("metric_name_validation_scheme").and_then(Value::as_str) == Some("legacy");
    if !given(job, "metric_name_escaping_scheme") || (is_default && is_legacy) {
        let escaping = if is_legacy { "underscores" } else { "allow-utf-8" };
        job.insert("metric_name_escaping_scheme".into(), escaping.into());
    }
    bearer(job);
}

/// The older way to write a bearer's token stands for the newer one.
fn bearer(client: &mut Mapping) {
    for (old, new) in [("bearer_token", "credentials"), ("bearer_token_file", "credentials_file")] {
        let is_given = given(client, old);
        if let Some(token) = client.remove(old).filter(|_| is_given) {
            client.insert("authorization".into(), Mapping::from_iter([(new.into(), token)]).into());
        }
    }
}

/// The timeout of a scrape that nobody has set: not longer than the interval.
fn shorter(section: &Mapping, interval: &str, timeout: &str) -> Value {
    let interval = section.get("scrape_interval").and_then(Value::as_str).unwrap_or(interval);
    let read = |text| lab_model::duration::parse(text).unwrap_or_default();
    let is_shorter = !read(interval).is_zero() && read(interval) < read(timeout);
    if is_shorter { interval.into() } else { timeout.into() }
}
