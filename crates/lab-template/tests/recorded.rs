//! What Go's `text/template` answers to generated templates, and that we answer the same.
//!
//! `recorded/go.jsonl.gz` was written by a program that ran Go 1.26's own package: the first line holds the data, each
//! further one a template, which data it ran with, and its output or the stage at which it failed.

use std::collections::BTreeMap;
use std::io::Read as _;

use base64::Engine as _;
use lab_template::{Limits, List, Map, MissingKey, Moment, NoFunctions, Template, TemplateError, Text, Type, Value};
use serde_json::Value as Json;

fn text<'a>(json: &Json) -> Text<'a> {
    Text::from(json.as_str().expect("a string").to_owned())
}

/// The recorded data: a type and a value.
fn datum<'a>(json: &Json) -> Value<'a> {
    let content = &json[1];
    let number = || content.as_i64().expect("an integer");
    let items = || content.as_array().expect("a list");
    let entries = || content.as_object().expect("a map").iter();
    let list = |element, of: fn(&Json) -> Value<'a>| {
        Value::List(List { element, items: items().iter().map(of).collect() }.into())
    };
    let map = |element, of: fn(&Json) -> Value<'a>| {
        let entries = entries().map(|(key, value)| (Text::from(key.clone()), of(value)));
        Value::Map(Map { element, entries: entries.collect::<BTreeMap<_, _>>() }.into())
    };
    match json[0].as_str().expect("a type") {
        "n" => Value::Null,
        "b" => Value::Bool(content.as_bool().expect("a bool")),
        "i" => Value::Int(number()),
        "i64" => Value::Int64(number()),
        "f" => Value::Float(content.as_str().expect("a float").parse().expect("a float")),
        "s" => Value::text(
            base64::engine::general_purpose::STANDARD.decode(content.as_str().expect("text")).expect("base64"),
        ),
        "l" => list(&Type::Any, datum),
        "ls" => list(&Type::Text, |item| Value::Text(text(item))),
        "li" => list(&Type::Int, |item| Value::Int(item.as_i64().expect("an integer"))),
        "m" => map(&Type::Any, datum),
        "ms" => map(&Type::Text, |item| Value::Text(text(item))),
        "mi" => map(&Type::Int, |item| Value::Int(item.as_i64().expect("an integer"))),
        "t" => Value::Time(Moment::utc(number(), json[2].as_u64().expect("nanoseconds") as u32)),
        "d" => Value::Duration(number()),
        other => panic!("unknown type {other}"),
    }
}

fn answer(text: &str, data: Value<'_>, missing: MissingKey) -> Result<Vec<u8>, TemplateError> {
    let template = Template::parse::<()>("t", text, &[], missing)?;
    template.execute(data, &NoFunctions, Limits::default())
}

/// True if the message is Go's. Ours names the column also where Go's parser names only a line, and the line of the
/// mistake where Go names the one at which its parser looks ahead.
fn same_text(error: &TemplateError, recorded: Option<&str>) -> bool {
    let Some(recorded) = recorded else { return true };
    match error {
        TemplateError::Parse { name, line, reason, .. } => {
            let place = recorded.strip_prefix(&format!("template: {name}:")).and_then(|rest| rest.split_once(": "));
            place.is_some_and(|(go, text)| text == reason && go.parse::<usize>().is_ok_and(|go| go >= *line))
        }
        // Ours says what Go's package `reflect` has no name for.
        TemplateError::Execute { .. } => error.to_string() == recorded || recorded.contains("calling len: reflect:"),
    }
}

#[test]
fn every_recorded_answer_is_ours_too() {
    let packed: &[u8] = include_bytes!("recorded/go.jsonl.gz");
    let mut recorded = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut recorded).expect("unpacks");
    let mut lines = recorded.lines().map(|line| serde_json::from_str::<Json>(line).expect("JSON"));
    let data = lines.next().expect("the data");
    let (mut agree, mut total) = (0, 0);
    let mut differences = Vec::new();
    for line in lines {
        total += 1;
        let template = line["t"].as_str().expect("a template");
        let missing = if line["z"].as_bool() == Some(true) { MissingKey::Zero } else { MissingKey::NoValue };
        // Go has no value for an untyped nil as data.
        let data = match datum(&data[line["d"].as_u64().expect("an index") as usize]) {
            Value::Null => Value::Nothing,
            data => data,
        };
        let ours = answer(template, data, missing);
        let expected = match line["b"].as_str() {
            Some(encoded) => base64::engine::general_purpose::STANDARD.decode(encoded).expect("base64"),
            None => line["o"].as_str().unwrap_or_default().as_bytes().to_vec(),
        };
        let agrees = match (&ours, line["e"].as_str()) {
            (Ok(output), None) => *output == expected,
            (Err(TemplateError::Parse { .. }), Some("parse")) | (Err(TemplateError::Execute { .. }), Some("exec")) => {
                true
            }
            _ => false,
        };
        let agrees = agrees && ours.as_ref().err().is_none_or(|error| same_text(error, line["m"].as_str()));
        if agrees {
            agree += 1;
        } else {
            let ours =
                ours.map(|output| String::from_utf8_lossy(&output).into_owned()).map_err(|error| error.to_string());
            differences.push(format!("{template:?}\n  Go:   {line}\n  ours: {ours:?}"));
        }
    }
    differences.truncate(25);
    assert!(differences.is_empty() && total >= 3000, "{agree} of {total} agree:\n{}", differences.join("\n"));
}
