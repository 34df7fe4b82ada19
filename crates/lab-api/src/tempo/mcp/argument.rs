//! The arguments of tools: how they are described, and how those are read that a client gives.

use serde_json::{Value, json};

use crate::error::PlainError;
use crate::tempo::params::given::Params;

/// An argument, which is a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Argument {
    pub(super) name: &'static str,
    about: &'static str,
    pub(super) is_required: bool,
    /// The values that there are; any text where there are none.
    choices: &'static [&'static str],
    default: &'static str,
    not_empty: bool,
}

impl Argument {
    /// An argument that may be left out.
    pub(super) const fn free(name: &'static str, about: &'static str) -> Self {
        Self { name, about, is_required: false, choices: &[], default: "", not_empty: false }
    }

    /// An argument that has to be there.
    pub(super) const fn required(name: &'static str, about: &'static str) -> Self {
        Self { is_required: true, ..Self::free(name, about) }
    }

    /// The same with these values only.
    pub(super) const fn one_of(self, choices: &'static [&'static str]) -> Self {
        Self { choices, ..self }
    }

    /// The same with a value for clients that give none.
    pub(super) const fn or(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// The same, refused if it is given as the empty text.
    pub(super) const fn full(self) -> Self {
        Self { not_empty: true, ..self }
    }

    /// The JSON schema of its values.
    pub(super) fn schema(&self) -> Value {
        let mut schema = json!({"type": "string", "description": self.about});
        if !self.choices.is_empty() {
            schema["enum"] = json!(self.choices);
        }
        if !self.default.is_empty() {
            schema["default"] = json!(self.default);
        }
        if self.not_empty {
            schema["minLength"] = json!(1);
        }
        schema
    }
}

/// The arguments of one call, by name.
#[derive(Debug)]
pub(super) struct Given(Params);

impl Given {
    /// Reads what a client gave. Arguments that the tool does not have are passed over, as Tempo does; `null` is what many
    /// clients write for an argument that they leave out.
    pub(super) fn read(tool: &str, arguments: &[Argument], given: &Value) -> Result<Self, String> {
        let mut texts = Params::new();
        for argument in arguments {
            let name = argument.name;
            match &given[name] {
                Value::Null if argument.is_required => {
                    return Err(format!("the tool {tool} needs the argument {name:?}"));
                }
                Value::Null => {
                    texts.insert(name.to_owned(), argument.default.to_owned());
                }
                Value::String(text) if text.is_empty() && argument.not_empty => {
                    return Err(format!("the argument {name:?} of the tool {tool} must not be empty"));
                }
                Value::String(text) => {
                    texts.insert(name.to_owned(), text.clone());
                }
                other => return Err(format!("the argument {name:?} of the tool {tool} has to be a text, not {other}")),
            }
        }
        Ok(Self(texts))
    }

    /// An argument; the empty text if it was left out and has no default.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    /// A time in nanoseconds since the epoch; none if it was left out.
    pub(super) fn time(&self, name: &str) -> Result<Option<i64>, PlainError> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(None);
        }
        let time = chrono::DateTime::parse_from_rfc3339(text).ok().and_then(|time| time.timestamp_nanos_opt());
        time.map(Some).ok_or_else(|| PlainError::bad_request(format!("{name} is no time in RFC 3339: {text:?}")))
    }
}
