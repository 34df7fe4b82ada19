//! Binary operators: how tightly they bind, what may stand behind them, what they may stand between.

use super::reader::{Reader, Typed};
use super::selector::label_list;
use crate::promql::syntax::text::Fault;
use crate::promql::value::ValueType;

/// How tightly `^` binds, tighter than a sign.
pub(super) const POWER: u8 = 6;

/// An operator in the query.
pub(super) struct Found {
    pub(super) text: String,
    pub(super) at: usize,
    pub(super) binding: u8,
}

impl Found {
    pub(super) fn right_associative(&self) -> bool {
        self.binding == POWER
    }

    fn is_comparison(&self) -> bool {
        self.binding == 3
    }

    fn is_set(&self) -> bool {
        self.binding < 3
    }
}

/// What stands between an operator and its right side.
#[derive(Default)]
pub(super) struct Modifiers {
    returns_bool: bool,
    on: bool,
    labels: Vec<String>,
    include: Option<Vec<String>>,
}

/// True for the operators that are words.
pub(super) fn is_word(word: &str) -> bool {
    matches!(word, "and" | "or" | "unless" | "atan2")
}

/// The operator that comes next, if one does.
pub(super) fn peek(reader: &Reader<'_>) -> Option<Found> {
    let token = reader.peek()?;
    let text = token.text.to_ascii_lowercase();
    let binding = match text.as_str() {
        "or" => 1,
        "and" | "unless" => 2,
        "==" | "!=" | "<" | "<=" | ">" | ">=" => 3,
        "+" | "-" => 4,
        "*" | "/" | "%" | "atan2" => 5,
        "^" => POWER,
        _ => return None,
    };
    Some(Found { text, at: token.start, binding })
}

/// Takes the operator and its modifiers.
pub(super) fn modifiers(reader: &mut Reader<'_>, found: &Found) -> Result<Modifiers, Fault> {
    reader.next();
    let mut modifiers = Modifiers::default();
    if reader.take(&["bool"]).is_some() {
        modifiers.returns_bool = true;
        if !found.is_comparison() {
            let message = "bool modifier can only be used on comparison operators".to_owned();
            return Err(Fault { at: found.at, message });
        }
    }
    if let Some(token) = reader.take(&["on", "ignoring"]) {
        modifiers.on = token.text.eq_ignore_ascii_case("on");
        modifiers.labels = label_list(reader, "grouping opts")?;
        if reader.take(&["group_left", "group_right"]).is_some() {
            let include = if reader.peek_is("(") { label_list(reader, "grouping opts")? } else { Vec::new() };
            modifiers.include = Some(include);
        }
    }
    while reader.take(&["fill", "fill_left", "fill_right"]).is_some() {
        reader.take(&["("]);
        while reader.take(&["-", "+"]).is_some() {}
        reader.number()?;
        reader.close("unclosed left parenthesis", "fill modifier")?;
    }
    Ok(modifiers)
}

/// Checks the two sides of an operator; what they make together.
pub(super) fn check(found: &Found, modifiers: &Modifiers, left: Typed, right: Typed) -> Result<Typed, Fault> {
    let fault = |at: usize, message: String| Err(Fault { at, message });
    let scalar = |side: Typed| side.kind == ValueType::Scalar;
    let both_scalar = scalar(left) && scalar(right);
    if found.is_comparison() && both_scalar && !modifiers.returns_bool {
        return fault(found.at, "comparisons between scalars must use BOOL modifier".to_owned());
    }
    let include = modifiers.include.as_deref().unwrap_or_default();
    if let (true, Some(label)) = (modifiers.on, modifiers.labels.iter().find(|label| include.contains(label))) {
        return fault(found.at, format!("label {label:?} must not occur in ON and GROUP clause at once"));
    }
    for side in [left, right] {
        if !matches!(side.kind, ValueType::Scalar | ValueType::Vector) {
            return fault(side.at, "binary expression must contain only scalar and instant vector types".to_owned());
        }
    }
    let both_vectors = left.kind == ValueType::Vector && right.kind == ValueType::Vector;
    if !both_vectors && !modifiers.labels.is_empty() {
        return fault(left.at, "vector matching only allowed between instant vectors".to_owned());
    }
    if found.is_set() && both_vectors && modifiers.include.is_some() {
        return fault(left.at, format!("no grouping allowed for {:?} operation", found.text));
    }
    if found.is_set() && !both_vectors {
        return fault(left.at, format!("set operator {:?} not allowed in binary scalar expression", found.text));
    }
    let kind = if both_scalar { ValueType::Scalar } else { ValueType::Vector };
    Ok(Typed { kind, at: left.at, selector: false, offset: false, fixed: false })
}
