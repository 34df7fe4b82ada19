//! From JSON to protobuf, field by field, in one pass over the text.

use std::fmt;
use std::ops::Range;

use prost::encoding::{self, WireType};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::otlp::json::scalar::{self, Given};
use crate::otlp::json::schema::{Field, Kind, Message, Role};

/// One request as it is read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The way to what is being read; after an error, to what is wrong.
    place: Vec<Step>,
    /// What is wrong, unless the text is no JSON.
    problem: Option<String>,
    /// An item was found, or a list that says that there is none.
    understood: bool,
    /// The first field that is not known.
    unknown: Option<String>,
}

#[derive(Debug)]
enum Step {
    Field(&'static Field),
    Index(usize),
}

impl Reading {
    /// Reads a request, whose items are called `items`; also says whether something stands behind it.
    pub(super) fn message(
        mut self,
        message: &'static Message,
        items: &str,
        text: &str,
    ) -> Result<(Vec<u8>, bool), String> {
        let mut json = serde_json::Deserializer::from_str(text);
        let mut out = Vec::with_capacity(text.len() / 2);
        let read = json.deserialize_any(Body { reading: &mut self, message, out: &mut out });
        if let Err(error) = read {
            let problem = self.problem.take().unwrap_or_else(|| error.to_string());
            let place = self.path();
            return Err(if place.is_empty() { problem } else { format!("{place}: {problem}") });
        }
        match self.unknown {
            Some(unknown) if !self.understood => {
                Err(format!("there are no {items} in it, and OTLP has no field {unknown:?}"))
            }
            _ => Ok((out, json.end().is_err())),
        }
    }

    /// The way to what is being read: `resourceMetrics[0].scopeMetrics[0].metrics[2]`.
    fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.place {
            match step {
                Step::Field(field) if path.is_empty() => path = field.json_name(),
                Step::Field(field) => path = format!("{path}.{}", field.json_name()),
                Step::Index(index) => path = format!("{path}[{index}]"),
            }
        }
        path
    }

    fn wrong<E: Error>(&mut self, problem: String) -> E {
        let error = E::custom(&problem);
        self.problem.get_or_insert(problem);
        error
    }

    fn note_unknown(&mut self, key: &str) {
        if self.unknown.is_none() {
            let path = self.path();
            self.unknown = Some(if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") });
        }
    }

    fn fields<'de, A: MapAccess<'de>>(
        &mut self,
        message: &'static Message,
        out: &mut Vec<u8>,
        mut entries: A,
    ) -> Result<(), A::Error> {
        let mut chosen: Option<(u32, Range<usize>)> = None;
        while let Some(key) = entries.next_key::<String>()? {
            let Some(field) = message.field(&key) else {
                self.note_unknown(&key);
                entries.next_value::<IgnoredAny>()?;
                continue;
            };
            if let Some((_, former)) = chosen.take_if(|(tag, _)| *tag == field.tag) {
                out.drain(former);
            }
            let start = out.len();
            self.place.push(Step::Field(field));
            entries.next_value_seed(Value { reading: self, field, in_list: false, out })?;
            self.place.pop();
            if field.is_choice() {
                chosen = Some((field.tag, start..out.len()));
            }
        }
        Ok(())
    }
}

/// The request itself.
struct Body<'a> {
    reading: &'a mut Reading,
    message: &'static Message,
    out: &'a mut Vec<u8>,
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    /// A request that is absent has nothing in it.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<(), A::Error> {
        self.reading.fields(self.message, self.out, entries)
    }
}

/// The value of a field, or an item of the list that a field is.
struct Value<'a> {
    reading: &'a mut Reading,
    field: &'static Field,
    in_list: bool,
    out: &'a mut Vec<u8>,
}

impl Value<'_> {
    fn scalar<E: Error>(self, given: Given<'_>) -> Result<(), E> {
        if self.field.repeated && !self.in_list {
            return Err(self.reading.wrong("expected a list, found a single value".to_owned()));
        }
        scalar::write(self.field.kind, self.field.tag, given, self.out).map_err(|problem| self.reading.wrong(problem))
    }

    fn role(&self) -> Role {
        if let Kind::Message(message) = self.field.kind { message.role } else { Role::Part }
    }

    fn write_message(&mut self, bytes: &[u8]) {
        encoding::encode_key(self.field.tag, WireType::LengthDelimited, self.out);
        encoding::encode_varint(bytes.len() as u64, self.out);
        self.out.extend_from_slice(bytes);
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of OTLP")
    }

    /// `null` is an absent field.
    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        match (self.field.kind, self.role()) {
            (Kind::Message(_), Role::Any) if self.in_list => self.write_message(&[]),
            (Kind::Message(_), Role::Group | Role::Item) => self.reading.understood = true,
            (Kind::Message(_), _) => {}
            _ if self.in_list => return Err(self.reading.wrong("null cannot stand for a value in a list".to_owned())),
            _ => {}
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.scalar(Given::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.scalar(Given::Whole(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.scalar(Given::Whole(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.scalar(Given::Fraction(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.scalar(Given::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if !self.field.repeated || self.in_list {
            return Err(self.reading.wrong("expected a single value, found a list".to_owned()));
        }
        let is_way = matches!(self.role(), Role::Group | Role::Item);
        let mut index = 0;
        loop {
            self.reading.place.push(Step::Index(index));
            let item = Value { reading: self.reading, field: self.field, in_list: true, out: self.out };
            let more = items.next_element_seed(item)?.is_some();
            self.reading.place.pop();
            if !more {
                break;
            }
            index += 1;
        }
        self.reading.understood |= is_way && index == 0;
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, entries: A) -> Result<(), A::Error> {
        let Kind::Message(message) = self.field.kind else {
            return Err(self.reading.wrong("expected a single value, found an object".to_owned()));
        };
        if self.field.repeated && !self.in_list {
            return Err(self.reading.wrong("expected a list, found an object".to_owned()));
        }
        self.reading.understood |= message.role == Role::Item;
        let mut inner = Vec::new();
        self.reading.fields(message, &mut inner, entries)?;
        self.write_message(&inner);
        Ok(())
    }
}
