//! A value of the file by the table of its keys: in their order, with defaults, each kind of value in one spelling.

use lab_model::duration;
use serde_yaml_ng::{Mapping, Value};

use crate::ingest::scrape::config::value::size;

/// The words of YAML 1.1 for true and false.
const SWITCHES: [(&[&str], bool); 2] = [(&["y", "yes", "on", "true"], true), (&["n", "no", "off", "false"], false)];

/// Older words for keys, which are read everywhere and shown in the newer words.
const OLDER: [Field; 2] = [older("bearer_token"), older("bearer_token_file")];

const fn older(key: &'static str) -> Field {
    Field { key, kind: Kind::Text, default: None, hides_off: false }
}

/// A key of a section.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    /// What follows if the file says nothing; it is shown. Without it a key is shown if it says something.
    pub(super) default: Option<&'static str>,
    /// True for a switch with a default that is shown only if it is on.
    pub(super) hides_off: bool,
}

/// The kinds of values.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// As it stands there.
    Any,
    Switch,
    Count,
    Text,
    /// A text whose blanks around it do not count.
    Trimmed,
    /// A text in small letters.
    Word,
    /// A text that is empty where its key has no value, so that the default does not count; and the same in small letters.
    TextOrEmpty,
    WordOrEmpty,
    /// One of several words; an empty text is none.
    Choice,
    Duration,
    Size,
    Url,
    /// Texts, one a line.
    Texts,
    /// Texts by name, sorted.
    Labels,
    /// Lists of texts by name, sorted.
    Lists,
    /// A section with these keys.
    Section(&'static [&'static [Field]]),
    /// The same, shown even if it says nothing.
    Pointer(&'static [&'static [Field]]),
    Sections(&'static [&'static [Field]]),
    /// Sections by name, sorted, shown even if there are none.
    PointerByName(&'static [&'static [Field]]),
}

/// What becomes of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Defaults are put in, and what says nothing is left out.
    Show,
    /// Only the spelling changes, and keys without a value go.
    Read,
}

/// Whether a section says something by a key: neither nothing, nor zero, nor an empty text.
pub(super) fn given(section: &Mapping, key: &str) -> bool {
    let is_time = key.ends_with("interval") || key.ends_with("timeout");
    section.get(key).is_some_and(|value| match value {
        Value::String(text) if is_time => duration::parse(text).is_ok_and(|time| !time.is_zero()),
        Value::Bool(_) => true,
        other => says_something(other),
    })
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Sequence(items) => !items.is_empty(),
        Value::Mapping(items) => !items.is_empty(),
        Value::Tagged(_) => true,
    }
}

/// Gives the texts of a section the spelling that they have in the file: what stands where a text is meant is a text, be it
/// `1.10`, `true` or a date.
pub(super) fn respell(section: &mut Value, spelt: &Value, tables: &[&[Field]]) {
    let Value::Mapping(section) = section else { return };
    for field in tables.iter().copied().flatten().chain(&OLDER) {
        if let (Some(value), Some(spelt)) = (section.get_mut(field.key), spelt.get(field.key)) {
            respell_value(value, spelt, field.kind);
        }
    }
}

fn respell_value(value: &mut Value, spelt: &Value, kind: Kind) {
    match kind {
        Kind::Any | Kind::Switch | Kind::Count => {}
        Kind::Text | Kind::Trimmed | Kind::Word | Kind::Choice | Kind::Duration | Kind::Size | Kind::Url => {
            respell_text(value, spelt);
        }
        Kind::TextOrEmpty | Kind::WordOrEmpty => value.clone_from(spelt),
        Kind::Texts => respell_texts(value, spelt),
        Kind::Labels => respell_named(value, spelt, &|value, spelt| value.clone_from(spelt)),
        Kind::Lists => respell_named(value, spelt, &respell_texts),
        Kind::Section(tables) | Kind::Pointer(tables) => respell(value, spelt, tables),
        Kind::Sections(tables) => respell_items(value, spelt, &|value, spelt| respell(value, spelt, tables)),
        Kind::PointerByName(tables) => respell_named(value, spelt, &|value, spelt| respell(value, spelt, tables)),
    }
}

/// A key without a value stays one.
fn respell_text(value: &mut Value, spelt: &Value) {
    if !value.is_null() {
        value.clone_from(spelt);
    }
}

fn respell_texts(value: &mut Value, spelt: &Value) {
    respell_items(value, spelt, &|value, spelt| value.clone_from(spelt));
}

/// Each item of a list, or the one value that stands in place of a list.
fn respell_items(value: &mut Value, spelt: &Value, change: &dyn Fn(&mut Value, &Value)) {
    match (value, spelt) {
        (Value::Sequence(items), Value::Sequence(spelt)) => {
            items.iter_mut().zip(spelt).for_each(|(item, spelt)| change(item, spelt));
        }
        (Value::Null, _) => {}
        (value, spelt) => change(value, spelt),
    }
}

/// Values by name; the names are texts, too.
fn respell_named(value: &mut Value, spelt: &Value, change: &dyn Fn(&mut Value, &Value)) {
    let (Value::Mapping(entries), Value::Mapping(spelt)) = (value, spelt) else { return };
    let respelt = std::mem::take(entries).into_iter().zip(spelt).map(|((_, mut value), (name, spelt))| {
        change(&mut value, spelt);
        (name.clone(), value)
    });
    *entries = respelt.collect();
}

/// A section by the tables of its keys. Keys that no table has follow as they are.
pub(super) fn arranged(section: &Value, tables: &[&[Field]], purpose: Purpose) -> Value {
    let Value::Mapping(section) = section else { return section.clone() };
    let mut arranged = Mapping::new();
    let fields = || tables.iter().copied().flatten();
    for field in fields() {
        if let Some(value) = value(section, field, purpose) {
            arranged.insert(field.key.into(), value);
        }
    }
    let is_known = |key: &Value| fields().any(|field| key.as_str() == Some(field.key));
    let stays = |value: &Value| purpose == Purpose::Read || !value.is_null();
    for (key, value) in section.iter().filter(|(key, value)| !is_known(key) && stays(value)) {
        arranged.insert(key.clone(), value.clone());
    }
    Value::Mapping(arranged)
}

fn value(section: &Mapping, field: &Field, purpose: Purpose) -> Option<Value> {
    let value = match section.get(field.key) {
        // A switch without a value is off, and any other key without one is no key.
        Some(Value::Null) if matches!(field.kind, Kind::Switch) => Some(Value::Bool(false)),
        value => value.filter(|value| !value.is_null()).map(|value| spelled(value, field.kind, purpose)),
    };
    if purpose == Purpose::Read {
        return value.filter(|value| !matches!(field.kind, Kind::Choice) || says_something(value));
    }
    let is_time = matches!(field.kind, Kind::Duration);
    let value = value.filter(|value| !is_time || given(section, field.key) || says_something(value) && value != "0s");
    match (value, field.default) {
        (Some(value), Some(_)) => (!field.hides_off || says_something(&value)).then_some(value),
        (Some(value), None) => {
            let is_empty_section = matches!(field.kind, Kind::Section(_)) && !given(section, field.key);
            let is_pointer = matches!(field.kind, Kind::Pointer(_) | Kind::PointerByName(_) | Kind::Url);
            // Patterns may be empty on purpose.
            let is_shown = is_pointer || field.key == "regex" || says_something(&value);
            (is_shown && !is_empty_section).then_some(value)
        }
        (None, Some(default)) => {
            serde_yaml_ng::from_str(default).ok().map(|value| spelled(&value, field.kind, purpose))
        }
        (None, None) => None,
    }
}

/// The one spelling of a value.
fn spelled(value: &Value, kind: Kind, purpose: Purpose) -> Value {
    let each = |change: &dyn Fn(&Value) -> Value| match value {
        Value::Sequence(items) => Value::Sequence(items.iter().map(change).collect()),
        other => change(other),
    };
    let as_text =
        |change: &dyn Fn(&str) -> Option<Value>| value.as_str().and_then(change).unwrap_or_else(|| value.clone());
    match kind {
        Kind::Switch => as_text(&switch),
        Kind::Count => count(value),
        Kind::Any | Kind::Text | Kind::TextOrEmpty | Kind::Choice => value.clone(),
        Kind::Trimmed => as_text(&|text| Some(text.trim().into())),
        Kind::Word | Kind::WordOrEmpty => as_text(&|word| Some(word.to_lowercase().into())),
        Kind::Duration => as_text(&|text| Some(duration::format(duration::parse(text).ok()?).into())),
        Kind::Size if purpose == Purpose::Read => value.clone(),
        Kind::Size => as_text(&|text| Some(size::format(size::parse(text).ok()?).into())),
        Kind::Url => as_text(&|url| Some(url.replace(":<secret>@", ":xxxxx@").into())),
        Kind::Texts => each(&Value::clone),
        Kind::Labels => sorted(value, &Value::clone),
        Kind::Lists => sorted(value, &|list| match list {
            Value::Null => Value::Sequence(Vec::new()),
            list => spelled(list, Kind::Texts, purpose),
        }),
        Kind::Section(tables) | Kind::Pointer(tables) => arranged(value, tables, purpose),
        Kind::Sections(tables) => each(&|item| arranged(item, tables, purpose)),
        Kind::PointerByName(tables) => sorted(value, &|item| match item {
            Value::Null => Value::Mapping(Mapping::new()),
            item => arranged(item, tables, purpose),
        }),
    }
}

/// A mapping in the order of its keys.
fn sorted(value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
    let Value::Mapping(entries) = value else { return value.clone() };
    let mut entries: Vec<_> = entries.iter().map(|(key, value)| (key.clone(), change(value))).collect();
    entries.sort_by(|one, other| one.0.as_str().cmp(&other.0.as_str()));
    Value::Mapping(entries.into_iter().collect())
}

/// A truth value in the words of YAML 1.1, which Prometheus reads.
fn switch(word: &str) -> Option<Value> {
    let lower = word.to_ascii_lowercase();
    let is_word = word == lower || word == word.to_ascii_uppercase() || is_capitalised(word);
    let found = SWITCHES.iter().find(|(words, _)| is_word && words.contains(&&*lower) && lower.len() < 4);
    found.map(|(_, truth)| (*truth).into())
}

/// Whether only the first letter of a word may be a capital one.
fn is_capitalised(word: &str) -> bool {
    !word.chars().skip(1).any(|letter| letter.is_ascii_uppercase())
}

/// A whole number in the forms of YAML 1.1: with an exponent, with `_` between digits, and octal behind a zero.
fn count(value: &Value) -> Value {
    let whole = match value {
        Value::Number(number) => number.as_f64().filter(|number| *number >= 0.0).map(|number| number as u64),
        Value::String(text) if text.starts_with('0') => u64::from_str_radix(text, 8).ok(),
        Value::String(text) if text.contains('_') => text.replace('_', "").parse().ok(),
        _ => None,
    };
    whole.map_or_else(|| value.clone(), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_words_in_small_in_capital_or_with_one_capital_letter() {
        for (word, truth) in [("yes", true), ("Yes", true), ("YES", true), ("on", true), ("N", false), ("Off", false)] {
            assert_eq!(switch(word), Some(Value::Bool(truth)), "{word}");
        }
        for word in ["yEs", "oN", "", "É", "ÉaB", "éa", "\u{1f3b2}"] {
            assert_eq!(switch(word), None, "{word}");
        }
    }
}
