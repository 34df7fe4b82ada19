//! A part as queries see it: by attributes of the language.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::columns::layout::{Content, Dictionary, MESSAGE, NAME, Shape};
use crate::columns::part::{attribute, text};
use crate::query::columns::values::{Column, Extent};
use crate::span::kind::{Kind, Status};
use crate::store::select::sources::{PartError, StoredPart};
use crate::traceql::attribute::{Attribute, Intrinsic, Scope};
use crate::traceql::eval::attribute::of_origin;
use crate::traceql::value::Value;

/// A part with the columns that were asked for so far.
#[derive(Debug)]
pub(crate) struct View<'p> {
    pub(crate) part: &'p StoredPart<'p>,
    loaded: RefCell<HashMap<Attribute, Rc<Column>>>,
}

impl<'p> View<'p> {
    pub(crate) fn new(part: &'p StoredPart<'p>) -> Self {
        Self { part, loaded: RefCell::default() }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.part.layout.rows
    }

    /// The values of an attribute; `None` if the columns do not have them.
    pub(crate) fn column(&self, attribute: &Attribute) -> Result<Option<Rc<Column>>, PartError> {
        if let Some(loaded) = self.loaded.borrow().get(attribute) {
            return Ok(Some(Rc::clone(loaded)));
        }
        let Some(column) = self.load(attribute)?.map(Rc::new) else { return Ok(None) };
        self.loaded.borrow_mut().insert(attribute.clone(), Rc::clone(&column));
        Ok(Some(column))
    }

    /// What the front knows of the values of an attribute.
    pub(crate) fn extent(&self, attribute: &Attribute) -> Result<Extent, PartError> {
        let layout = &self.part.layout;
        let of_all = |values| Extent::Values { values, all_rows: true };
        Ok(match attribute {
            Attribute::Intrinsic(Intrinsic::Duration) => {
                let range = (Value::Duration(layout.durations.0), Value::Duration(layout.durations.1));
                Extent::Between { range, all_rows: true }
            }
            Attribute::Intrinsic(Intrinsic::Name) => self.extent_of(&layout.names, true, text)?,
            Attribute::Intrinsic(Intrinsic::StatusMessage) => self.extent_of(&layout.messages, true, text)?,
            Attribute::Intrinsic(intrinsic) => {
                self.by_shape(*intrinsic).or_else(|| self.by_origin(attribute)).map_or(Extent::Open, of_all)
            }
            Attribute::Custom { scope: Scope::Span, parent: false, name } => self.extent_of_key(name)?,
            Attribute::Custom { scope: Scope::Any, parent: false, name } => {
                let of_origins = self.values_of_origins(Scope::Resource, name);
                match self.has_key(name) {
                    Some(false) => of_all(of_origins),
                    Some(true) if of_origins.iter().all(|value| !value.is_some()) => self.extent_of_key(name)?,
                    _ => Extent::Open,
                }
            }
            Attribute::Custom { .. } => self.by_origin(attribute).map_or(Extent::Open, of_all),
        })
    }

    /// Whether spans have an attribute of their own with this name; `None` if that is not known.
    fn has_key(&self, name: &str) -> Option<bool> {
        match self.part.layout.key(name) {
            Some(_) => Some(true),
            None => (!self.part.layout.other_keys).then_some(false),
        }
    }

    fn load(&self, attribute: &Attribute) -> Result<Option<Column>, PartError> {
        let layout = &self.part.layout;
        match attribute {
            Attribute::Intrinsic(Intrinsic::Duration) => {
                self.part.rows()?.durations().map(Column::Durations).ok_or(PartError::Unreadable).map(Some)
            }
            Attribute::Intrinsic(Intrinsic::Name) => self.texts(&layout.names, NAME).map(Some),
            Attribute::Intrinsic(Intrinsic::StatusMessage) => self.texts(&layout.messages, MESSAGE).map(Some),
            Attribute::Custom { scope: Scope::Span, parent: false, name } => self.of_spans(name),
            Attribute::Custom { scope: Scope::Any, parent: false, name } => self.of_spans_or_origins(name),
            Attribute::Intrinsic(intrinsic) if self.by_shape(*intrinsic).is_some() => {
                let values = self.by_shape(*intrinsic).unwrap_or_default();
                let codes = self.part.rows()?.shapes().ok_or(PartError::Unreadable)?;
                Ok(Some(Column::Coded { codes, values }))
            }
            attribute => match self.by_origin(attribute) {
                Some(values) => self.of_origins(values).map(Some),
                None => {
                    let has_none = repeated(attribute).is_some_and(|what| !layout.any_has(what));
                    Ok(has_none.then(|| self.nothing()))
                }
            },
        }
    }

    /// No value at all.
    fn nothing(&self) -> Column {
        Column::Coded { codes: vec![0; self.rows()], values: vec![Value::Nil] }
    }

    fn of_origins(&self, values: Vec<Value<'static>>) -> Result<Column, PartError> {
        let codes = self.part.rows()?.origins().ok_or(PartError::Unreadable)?;
        Ok(Column::Coded { codes, values })
    }

    fn of_spans(&self, name: &str) -> Result<Option<Column>, PartError> {
        let Some(key) = self.part.layout.key(name) else {
            return Ok((!self.part.layout.other_keys).then(|| self.nothing()));
        };
        let column = match &key.content {
            Content::KeptOut => return Ok(None),
            content @ Content::Integers { .. } => self.part.rows()?.integers(content).map(Column::Integers),
            Content::Coded { values, segment } => {
                let rows = self.part.rows()?;
                let values = values.entries(rows, attribute).map(|values| with_first(Value::Nil, values));
                values.and_then(|values| {
                    let codes = rows.codes(*segment, values.len())?;
                    Some(Column::Coded { codes, values })
                })
            }
        };
        column.ok_or(PartError::Unreadable).map(Some)
    }

    /// What the span has, or else its resource.
    fn of_spans_or_origins(&self, name: &str) -> Result<Option<Column>, PartError> {
        let of_origins = self.values_of_origins(Scope::Resource, name);
        if self.has_key(name) == Some(false) {
            return self.of_origins(of_origins).map(Some);
        }
        let of_spans = self.of_spans(name)?;
        if of_origins.iter().all(|value| !value.is_some()) {
            return Ok(of_spans);
        }
        let Some((mut codes, mut values)) = of_spans.map(|column| column.coded()) else { return Ok(None) };
        let origins = self.part.rows()?.origins().ok_or(PartError::Unreadable)?;
        let own: Vec<bool> = values.iter().map(Value::is_some).collect();
        for (code, origin) in codes.iter_mut().zip(origins) {
            if !own[*code as usize] {
                *code = own.len() as u32 + origin;
            }
        }
        values.extend(of_origins);
        Ok(Some(Column::Coded { codes, values }))
    }

    fn texts(&self, dictionary: &Dictionary, segment: usize) -> Result<Column, PartError> {
        let rows = self.part.rows()?;
        let values = dictionary.entries(rows, text).map(|values| with_first(Value::text(""), values));
        let column = values.and_then(|values| {
            let codes = rows.codes(segment, values.len())?;
            Some(Column::Coded { codes, values })
        });
        column.ok_or(PartError::Unreadable)
    }

    fn extent_of(
        &self,
        dictionary: &Dictionary,
        all_rows: bool,
        make: impl Fn(&[u8]) -> Option<Value<'static>>,
    ) -> Result<Extent, PartError> {
        if !dictionary.is_here() {
            return Ok(Extent::Open);
        }
        let values = dictionary.entries(self.part.front(), make).ok_or(PartError::Unreadable)?;
        Ok(Extent::Values { values, all_rows })
    }

    fn extent_of_key(&self, name: &str) -> Result<Extent, PartError> {
        let layout = &self.part.layout;
        Ok(match layout.key(name).map(|key| &key.content) {
            None if layout.other_keys => Extent::Open,
            None => Extent::Values { values: Vec::new(), all_rows: false },
            Some(Content::KeptOut) => Extent::Open,
            Some(Content::Integers { range, complete, .. }) => {
                Extent::Between { range: (Value::Int(range.0), Value::Int(range.1)), all_rows: *complete }
            }
            Some(Content::Coded { values, .. }) => self.extent_of(values, false, attribute)?,
        })
    }

    /// The values that follow from the shape of a span, by its code.
    fn by_shape(&self, intrinsic: Intrinsic) -> Option<Vec<Value<'static>>> {
        let value = match intrinsic {
            Intrinsic::Kind => |shape: &Shape| Value::Kind(Kind::from_otlp(shape.kind())),
            Intrinsic::Status => |shape: &Shape| Value::Status(Status::from_otlp(shape.status())),
            _ => return None,
        };
        Some(self.part.layout.shapes.iter().map(value).collect())
    }

    /// The values that follow from the origin of a span, by its code.
    fn by_origin(&self, attribute: &Attribute) -> Option<Vec<Value<'static>>> {
        let origins = self.part.origins.iter();
        Some(match attribute {
            Attribute::Custom { scope: scope @ (Scope::Resource | Scope::Instrumentation), parent: false, name } => {
                self.values_of_origins(*scope, name)
            }
            Attribute::Intrinsic(Intrinsic::InstrumentationName) => {
                origins.map(|origin| Value::Text(origin.scope().name.clone().into())).collect()
            }
            Attribute::Intrinsic(Intrinsic::InstrumentationVersion) => {
                origins.map(|origin| Value::Text(origin.scope().version.clone().into())).collect()
            }
            _ => return None,
        })
    }

    fn values_of_origins(&self, scope: Scope, name: &str) -> Vec<Value<'static>> {
        self.part.origins.iter().map(|origin| of_origin(scope, name, origin).into_owned()).collect()
    }

    /// The shape of each row.
    pub(crate) fn shapes(&self) -> Result<Vec<Shape>, PartError> {
        let codes = self.part.rows()?.shapes().ok_or(PartError::Unreadable)?;
        Ok(codes.into_iter().map(|code| self.part.layout.shapes[code as usize]).collect())
    }
}

/// The bit of the shape of spans that have something under an attribute of events or links.
pub(crate) fn repeated(attribute: &Attribute) -> Option<u8> {
    use Intrinsic::{EventName, EventTimeSinceStart, LinkSpanId, LinkTraceId};
    match attribute {
        Attribute::Custom { scope: Scope::Event, parent: false, .. }
        | Attribute::Intrinsic(EventName | EventTimeSinceStart) => Some(Shape::EVENTS),
        Attribute::Custom { scope: Scope::Link, parent: false, .. }
        | Attribute::Intrinsic(LinkSpanId | LinkTraceId) => Some(Shape::LINKS),
        _ => None,
    }
}

/// Values with the one of code 0 before them.
fn with_first(first: Value<'static>, mut values: Vec<Value<'static>>) -> Vec<Value<'static>> {
    values.insert(0, first);
    values
}
