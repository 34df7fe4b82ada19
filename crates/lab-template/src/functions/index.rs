//! Parts of lists, maps and texts: `index`, `slice`, `len`.

use std::rc::Rc;

use crate::value::datum::{List, Value};
use crate::value::text::Text;

/// The element at the first index, of that the one at the second, and so on.
pub(crate) fn index<'a>(item: &Value<'a>, indexes: &[Value<'a>]) -> Result<Value<'a>, String> {
    if matches!(item, Value::Nothing | Value::Null) {
        return Err("index of untyped nil".to_owned());
    }
    let mut item = item.clone();
    for index in indexes {
        item = element(&item, index)?;
    }
    Ok(item)
}

fn element<'a>(item: &Value<'a>, index: &Value<'a>) -> Result<Value<'a>, String> {
    match item {
        Value::Nothing | Value::Null => Err("index of nil pointer".to_owned()),
        Value::List(list) => {
            let at = position(index, list.items.len())?;
            list.items.get(at).cloned().ok_or_else(|| out_of_range(at))
        }
        Value::Text(text) => {
            let at = position(index, text.len())?;
            text.bytes().get(at).copied().map(Value::Byte).ok_or_else(|| out_of_range(at))
        }
        Value::Map(map) => {
            let key = key(index)?;
            Ok(map.entries.get(&key).cloned().unwrap_or_else(|| Value::zero(*map.element)))
        }
        Value::Texts(texts) => {
            let key = key(index)?;
            let texts: &'a dyn crate::value::datum::Texts = *texts;
            Ok(Value::text(texts.get(&key.lossy()).unwrap_or_default()))
        }
        other => Err(format!("can't index item of type {}", other.type_name())),
    }
}

fn key<'a>(index: &Value<'a>) -> Result<Text<'a>, String> {
    match index {
        Value::Text(text) => Ok(text.clone()),
        Value::Nothing | Value::Null => Err("value is nil; should be of type string".to_owned()),
        other => Err(format!("value has type {}; should be string", other.type_name())),
    }
}

fn position(index: &Value<'_>, most: usize) -> Result<usize, String> {
    let number = match index {
        Value::Int(number) | Value::Int64(number) | Value::Duration(number) => *number,
        Value::Constant(constant) => constant.number,
        Value::Byte(number) => i64::from(*number),
        Value::Nothing | Value::Null => return Err("cannot index slice/array with nil".to_owned()),
        other => return Err(format!("cannot index slice/array with type {}", other.type_name())),
    };
    usize::try_from(number).ok().filter(|at| *at <= most).ok_or_else(|| format!("index out of range: {number}"))
}

fn out_of_range(at: usize) -> String {
    format!("reflect: slice index out of range: {at}")
}

/// The part of a list or a text between two indexes.
pub(crate) fn slice<'a>(item: &Value<'a>, indexes: &[Value<'a>]) -> Result<Value<'a>, String> {
    if matches!(item, Value::Nothing | Value::Null) {
        return Err("slice of untyped nil".to_owned());
    }
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()));
    }
    let length = match item {
        Value::Text(_) if indexes.len() == 3 => return Err("cannot 3-index slice a string".to_owned()),
        Value::Text(text) => text.len(),
        Value::List(list) => list.items.len(),
        other => return Err(format!("can't slice item of type {}", other.type_name())),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, length)?;
    }
    let [from, to, most] = bounds;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    if to > most {
        return Err(format!("invalid slice index: {to} > {most}"));
    }
    Ok(match item {
        Value::Text(Text::Borrowed(bytes)) => Value::Text(Text::Borrowed(&bytes[from..to])),
        Value::Text(Text::Shared(bytes)) => Value::text(bytes[from..to].to_vec()),
        Value::List(list) => Value::List(Rc::new(List { element: list.element, items: list.items[from..to].to_vec() })),
        _ => Value::Nothing,
    })
}

/// How many elements or bytes there are.
pub(crate) fn len(item: &Value<'_>) -> Result<i64, String> {
    let length = match item {
        Value::Text(text) => text.len(),
        Value::List(list) => list.items.len(),
        Value::Map(map) => map.entries.len(),
        Value::Texts(texts) => texts.pairs().len(),
        Value::Nothing | Value::Null => return Err("len of nil pointer".to_owned()),
        other => return Err(format!("len of type {}", other.type_name())),
    };
    Ok(length as i64)
}
