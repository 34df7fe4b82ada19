//! Selectors and what may follow them: `name{matchers}[range]`, `offset`, `@`.

use lab_model::{MatchOp, Matcher};

use super::reader::{Reader, Typed, is_duration, is_number};
use crate::promql::syntax::text::Fault;
use crate::promql::value::ValueType;

/// `name`, `name{…}` or `{…}`.
pub(super) fn selector(reader: &mut Reader<'_>) -> Result<Typed, Fault> {
    let at = reader.peek().map_or(0, |token| token.start);
    let mut name = None;
    if !reader.peek_is("{") {
        name = reader.next().map(|token| token.text.to_owned());
    }
    let mut any = name.is_some();
    if reader.take(&["{"]).is_some() {
        while reader.take(&["}"]).is_none() {
            let (label, matcher) = matcher(reader)?;
            any |= matcher.as_ref().is_none_or(|matcher| !matcher.matches_empty());
            if let (true, Some(name)) = (label == "__name__", &name) {
                let other = matcher.map_or(label, |matcher| matcher.value);
                return Err(Fault { at, message: format!("metric name must not be set twice: {name:?} or {other:?}") });
            }
            if reader.take(&[","]).is_none() && !reader.peek_is("}") {
                return Err(end_or(reader, "label matching", "\",\" or \"}\""));
            }
        }
    }
    if !any {
        let message = "vector selector must contain at least one non-empty matcher".to_owned();
        return Err(Fault { at, message });
    }
    Ok(Typed { kind: ValueType::Vector, at, selector: true, offset: false, fixed: false })
}

/// `label="value"`, or a quoted metric name, which is no condition on a label.
fn matcher(reader: &mut Reader<'_>) -> Result<(String, Option<Matcher>), Fault> {
    let Some(label) = reader.peek() else { return Err(end_or(reader, "", "")) };
    let quoted = label.text.starts_with(['"', '\'', '`']);
    if quoted {
        reader.string("label matching")?;
        if reader.peek_is(",") || reader.peek_is("}") {
            return Ok(("__name__".to_owned(), None));
        }
    } else if label.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        reader.next();
    } else {
        return Err(reader.unexpected("label matching", "identifier or \"}\""));
    }
    let op = match reader.peek().map(|token| token.text) {
        Some("=") => MatchOp::Equal,
        Some("!=") => MatchOp::NotEqual,
        Some("=~") => MatchOp::Regex,
        Some("!~") => MatchOp::NotRegex,
        _ => return Err(end_or(reader, "label matching", "label matching operator")),
    };
    reader.next();
    if reader.peek().is_none() {
        return Err(end_or(reader, "", ""));
    }
    let value = reader.string("label matching")?;
    let text = &value.text[1..value.text.len() - 1];
    let name = label.text.trim_matches(['"', '\'', '`']);
    let matcher = Matcher::new(name, op, text);
    let matcher = matcher.map_err(|error| Fault { at: value.start, message: error.to_string() })?;
    Ok((name.to_owned(), Some(matcher)))
}

/// `(label, …)`.
pub(super) fn label_list(reader: &mut Reader<'_>, context: &str) -> Result<Vec<String>, Fault> {
    if reader.take(&["("]).is_none() {
        return Err(reader.unexpected(context, "\"(\""));
    }
    let mut labels = Vec::new();
    while reader.take(&[")"]).is_none() {
        let Some(token) = reader.peek() else { return Err(reader.fault_here("unclosed left parenthesis")) };
        let label = token.text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '"' | '\'' | '`'));
        if !label || token.text.contains(':') {
            return Err(reader.unexpected(context, "label"));
        }
        reader.next();
        labels.push(token.text.trim_matches(['"', '\'', '`']).to_owned());
        if reader.take(&[","]).is_none() && !reader.peek_is(")") {
            if reader.peek().is_none() {
                return Err(reader.fault_here("unclosed left parenthesis"));
            }
            return Err(reader.unexpected(context, "\",\" or \")\""));
        }
    }
    Ok(labels)
}

/// `[5m]`, `[5m:]`, `[5m:1m]`.
pub(super) fn range(reader: &mut Reader<'_>, inner: Typed) -> Result<Typed, Fault> {
    reader.next();
    let Some(token) = reader.peek() else { return Err(reader.fault_here("unclosed left bracket")) };
    reader.next();
    // The tokens do not part the `:` from what is around it.
    let (range, mut step) = match token.text.split_once(':') {
        Some((range, step)) => (range, Some(step)),
        None => (token.text, None),
    };
    if let (None, Some(colon)) = (step, reader.peek().filter(|token| token.text.starts_with(':'))) {
        step = Some(&colon.text[1..]);
        reader.next();
    }
    if step == Some("") && !reader.peek_is("]") {
        step = reader.next().map(|token| token.text);
    }
    let good = |text: &str| is_duration(text) || is_number(text);
    if !good(range) || !step.is_none_or(|step| step.is_empty() || good(step)) {
        let message = format!("bad number or duration syntax: {:?}", token.text);
        return Err(Fault { at: token.start, message });
    }
    if reader.take(&["]"]).is_none() {
        return Err(match reader.peek() {
            None => reader.fault_here("unclosed left bracket"),
            Some(_) => reader.unexpected("subquery or range selector", "\"]\""),
        });
    }
    let fault = |message: String| Err(Fault { at: inner.at, message });
    if step.is_some() && inner.kind != ValueType::Vector {
        return fault(format!("subquery is only allowed on instant vector, got {} instead", inner.kind.name()));
    }
    if step.is_none() && !inner.selector {
        return fault("ranges only allowed for vector selectors".to_owned());
    }
    if step.is_none() && inner.offset {
        return fault("no offset modifiers allowed before range".to_owned());
    }
    if step.is_none() && inner.fixed {
        return fault("no @ modifiers allowed before range".to_owned());
    }
    Ok(Typed { kind: ValueType::Matrix, selector: false, offset: false, fixed: false, ..inner })
}

/// `offset 5m`, `offset -5m`.
pub(super) fn offset(reader: &mut Reader<'_>, inner: &mut Typed) -> Result<(), Fault> {
    let keyword = reader.next().map_or(0, |token| token.start);
    while reader.take(&["-", "+"]).is_some() {}
    if !reader.peek().is_some_and(|token| is_duration(token.text) || is_number(token.text)) {
        return Err(reader.unexpected("offset", "number or duration"));
    }
    reader.next();
    if inner.offset {
        return Err(Fault { at: inner.at, message: "offset may not be set multiple times".to_owned() });
    }
    if !inner.selector && inner.kind != ValueType::Matrix {
        let message =
            "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery";
        return Err(Fault { at: keyword.min(inner.at), message: message.to_owned() });
    }
    inner.offset = true;
    Ok(())
}

/// `@ 1234.5`, `@ start()`, `@ end()`.
pub(super) fn at(reader: &mut Reader<'_>, inner: &mut Typed) -> Result<(), Fault> {
    reader.next();
    if reader.take(&["start", "end"]).is_some() {
        if reader.take(&["("]).is_none() || reader.take(&[")"]).is_none() {
            return Err(reader.unexpected("@", "\"()\""));
        }
    } else {
        while reader.take(&["-", "+"]).is_some() {}
        if !reader.peek().is_some_and(|token| is_number(token.text) || is_duration(token.text)) {
            return Err(reader.unexpected("@", "timestamp"));
        }
        reader.next();
    }
    if inner.fixed {
        return Err(Fault { at: inner.at, message: "@ <timestamp> may not be set multiple times".to_owned() });
    }
    if !inner.selector && inner.kind != ValueType::Matrix {
        let message =
            "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery";
        return Err(Fault { at: inner.at, message: message.to_owned() });
    }
    inner.fixed = true;
    Ok(())
}

fn end_or(reader: &Reader<'_>, context: &str, expected: &str) -> Fault {
    match reader.peek() {
        None => reader.fault_here("unexpected end of input inside braces"),
        Some(_) => reader.unexpected(context, expected),
    }
}
