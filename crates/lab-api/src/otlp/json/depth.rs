//! Values that lists and maps nest deeper than they are read: what lies deeper is kept as a text, so that one such value does not
//! cost its sender the whole request.

use std::borrow::Cow;

use serde_json::json;

/// How many objects and lists may be open where a value begins. What can be read takes fewer than both readers, of JSON and of
/// protobuf, go down.
const DEEPEST: usize = 100;
/// How many open objects and lists are remembered. A value begins a few below the value that it stands in, so that none which has
/// to be kept as a text begins deeper; what does is in a field that is not known, and only counted.
const REMEMBERED: usize = DEEPEST + 30;
/// A value of fewer bytes nests nothing that is too deep, and would be longer as a text.
const SHORT: usize = 24;

/// An object or a list that is open.
struct Open<'a> {
    is_list: bool,
    /// The field that it is the value of.
    name: &'a str,
    /// The field that was read last in it.
    field: &'a str,
}

/// The text with every `AnyValue` that begins too deep in it as a text of its JSON.
pub(super) fn shallow(text: Cow<'_, str>) -> Cow<'_, str> {
    let too_deep = deep_values(&text);
    if too_deep.is_empty() {
        return text;
    }
    let (mut out, mut copied) = (String::with_capacity(text.len()), 0);
    for (start, end) in too_deep {
        out.push_str(&text[copied..start]);
        out.push_str(&json!({"stringValue": &text[start..end]}).to_string());
        copied = end;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Where values begin and end that begin too deep.
fn deep_values(text: &str) -> Vec<(usize, usize)> {
    let (bytes, mut open, mut found) = (text.as_bytes(), Vec::<Open<'_>>::new(), Vec::new());
    let (mut deeper, mut at) = (0_usize, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = end_of_text(bytes, at);
                if deeper == 0
                    && let Some(last) = open.last_mut().filter(|last| !last.is_list)
                    && bytes[end..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
                {
                    last.field = text.get(at + 1..end - 1).unwrap_or_default();
                }
                at = end;
                continue;
            }
            b'{' if open.len() >= DEEPEST && deeper == 0 && is_value(&open) => {
                let end = end_of_value(bytes, at);
                if end - at >= SHORT {
                    found.push((at, end));
                }
                at = end;
                continue;
            }
            b'{' | b'[' if open.len() >= REMEMBERED => deeper += 1,
            b'{' | b'[' => {
                let name = open.last().map_or("", |last| last.field);
                open.push(Open { is_list: *byte == b'[', name, field: "" });
                debug_assert!(open.len() <= REMEMBERED, "a request may have millions of brackets");
            }
            b'}' | b']' if deeper > 0 => deeper -= 1,
            b'}' | b']' => {
                open.pop();
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Whether what begins now is an `AnyValue`: the value of an attribute, or an item of a list.
fn is_value(open: &[Open<'_>]) -> bool {
    match open {
        [.., list, last] if last.is_list => last.name == "values" && matches!(list.name, "arrayValue" | "array_value"),
        [.., last] => last.field == "value",
        [] => false,
    }
}

/// Behind the quotation mark that ends the text which begins here.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Behind the bracket that ends the object which begins here.
fn end_of_value(bytes: &[u8], start: usize) -> usize {
    let (mut depth, mut at) = (0_usize, start);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = end_of_text(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return at + 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// An attribute whose value is nested so deep, in lists or in maps.
    fn attribute(deep: usize, in_maps: bool) -> String {
        let (open, close) = if in_maps {
            (r#"{"kvlistValue":{"values":[{"key":"}\"","value":"#, "}]}}")
        } else {
            (r#"{"arrayValue": {"values" : [{"boolValue":true},"#, "]}}")
        };
        let value = format!("{}{{\"stringValue\":\"{{deep\"}}{}", open.repeat(deep), close.repeat(deep));
        format!(r#"{{"attributes":[{{"key":"value","value":{value}}},{{"key":"b","value":{{"intValue":"1"}}}}]}}"#)
    }

    #[test]
    fn what_lies_too_deep_is_kept_as_a_text() {
        for in_maps in [false, true] {
            let near = attribute(20, in_maps);
            assert!(matches!(shallow(near.as_str().into()), Cow::Borrowed(_)));
            for deep in [60, 3000, 100_000] {
                let text = attribute(deep, in_maps);
                let read = shallow(text.as_str().into());
                let json: Value = serde_json::from_str(&read).expect("it can be read, and the rest is as it was");
                assert_eq!(json["attributes"][1]["key"], "b");
                assert!(read.contains("{deep"), "nothing is lost");
            }
        }
    }

    #[test]
    fn no_more_than_a_few_levels_are_remembered() {
        let deep = 1_000_000;
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"{"value":["#, "]}")] {
            // A field that is not known is passed over, however deep, and what stands behind it is understood.
            let unknown = format!("{}1{}", open.repeat(deep), close.repeat(deep));
            let too_deep = attribute(60, false);
            let text = format!(r#"{{"unknown":{unknown},"known":{too_deep}}}"#);
            let behind = text.len() - too_deep.len();
            let found = deep_values(&text);
            assert!(found.len() == 1 && found[0].0 > behind, "{found:?}");
        }
        assert_eq!(deep_values(&"[".repeat(deep)), []);
    }

    #[test]
    fn values_without_anything_in_them_are_not_written_anew() {
        let open = r#"{"arrayValue":{"values":["#;
        let text = format!("{}{}1{}", open.repeat(40), "{},".repeat(1000), "]}}".repeat(40));
        assert!(shallow(text.as_str().into()).len() < text.len() + 200);
    }

    #[test]
    fn what_is_no_value_stays() {
        let nested = format!("{}{}", "[".repeat(500), "]".repeat(500));
        assert!(matches!(shallow(nested.as_str().into()), Cow::Borrowed(_)));
        for broken in ["{".repeat(300), format!("{}\"", attribute(90, false)), attribute(90, true)[..700].to_owned()] {
            let _ = shallow(broken.into());
        }
    }
}
