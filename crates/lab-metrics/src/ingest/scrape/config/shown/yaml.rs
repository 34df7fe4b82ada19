//! Values written as YAML in the layout of Prometheus' own configuration: lists as far left as their key, texts without quotes
//! where they can be read without.

use serde_yaml_ng::Value;

/// Keys whose lists stand in one line.
const IN_LINE: &str = "source_labels";
/// Words that YAML 1.1 takes for truth values, beside `true` and `false`.
const TRUTH: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];

/// A whole document.
pub(super) fn written(document: &Value) -> String {
    let mut out = String::new();
    match document {
        Value::Mapping(entries) if entries.is_empty() => {}
        value => block(&mut out, value, 0, true),
    }
    out
}

/// Writes a value behind its key or its dash; `starts` where it begins a line of its own.
fn block(out: &mut String, value: &Value, depth: usize, starts: bool) {
    match value {
        Value::Mapping(entries) if !entries.is_empty() => {
            for (at, (key, value)) in entries.iter().enumerate() {
                if at > 0 || !starts {
                    indent(out, depth);
                }
                out.push_str(&scalar(key, false));
                out.push(':');
                behind_key(out, key, value, depth);
            }
        }
        Value::Sequence(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 || !starts {
                    indent(out, depth);
                }
                out.push_str("- ");
                block(out, item, depth + 1, true);
            }
        }
        Value::String(text) if text.contains('\n') => lines(out, text, depth),
        other => {
            out.push_str(&scalar(other, false));
            out.push('\n');
        }
    }
}

fn behind_key(out: &mut String, key: &Value, value: &Value, depth: usize) {
    match value {
        Value::Sequence(items) if key.as_str() == Some(IN_LINE) => {
            let items: Vec<String> = items.iter().map(|item| scalar(item, true)).collect();
            out.push_str(&format!(" [{}]\n", items.join(", ")));
        }
        Value::Mapping(entries) if !entries.is_empty() => {
            out.push('\n');
            block(out, value, depth + 1, false);
        }
        Value::Sequence(items) if !items.is_empty() => {
            out.push('\n');
            block(out, value, depth, false);
        }
        other => {
            out.push(' ');
            block(out, other, depth + 1, true);
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// A text of several lines.
fn lines(out: &mut String, text: &str, depth: usize) {
    let body = text.trim_end_matches('\n');
    // Without this a reader would take blanks at the beginning for more of the indentation.
    out.push_str(if text.starts_with([' ', '\n']) { "|2" } else { "|" });
    out.push_str(match text.len() - body.len() {
        0 => "-\n",
        1 => "\n",
        _ => "+\n",
    });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            indent(out, depth);
        }
        out.push_str(line);
        out.push('\n');
    }
}

/// A value in one line.
fn scalar(value: &Value, in_list: bool) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if is_of_another_kind(text) || text.contains(char::is_control) => double_quoted(text),
        Value::String(text) if is_plain(text, in_list) => text.clone(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Sequence(_) => "[]".to_owned(),
        Value::Mapping(_) => "{}".to_owned(),
        Value::Tagged(tagged) => scalar(&tagged.value, in_list),
    }
}

/// Whether a text without quotes would be read as something else: a number, a truth value, a date, nothing.
fn is_of_another_kind(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if text.is_empty() || matches!(&*lower, "~" | "null") || TRUTH.contains(&&*lower) {
        return true;
    }
    let number = lower.trim_start_matches(['+', '-']);
    let is_number = matches!(number, ".inf" | ".nan")
        || (number.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && !number.ends_with('_')
            && number.replace('_', "").parse::<f64>().is_ok());
    let based = |prefix: &str, digits: &[char]| {
        number.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| digits.contains(&c)))
    };
    let hex: Vec<char> = "0123456789abcdef_".chars().collect();
    is_number || based("0x", &hex) || based("0o", &hex[..8]) || based("0b", &hex[..2]) || is_date(text)
}

/// Whether a text begins as a date does, or is a time in minutes and seconds, which YAML 1.1 takes for a number.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let digits = |part: Option<&str>, from: usize, to: usize| {
        part.is_some_and(|part| (from..=to).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit()))
    };
    let (year, month, rest) = (parts.next(), parts.next(), parts.next());
    let day = rest.map(|rest| rest.split(['T', 't', ' ']).next().unwrap_or_default());
    if digits(year, 4, 4) && digits(month, 1, 2) && digits(day, 1, 2) {
        let number = |part: Option<&str>| part.and_then(|part| part.parse::<u32>().ok()).unwrap_or_default();
        return (1..=12).contains(&number(month)) && (1..=31).contains(&number(day));
    }
    let mut sexagesimal = text.split(':');
    let first = sexagesimal.next();
    let rest: Vec<&str> = sexagesimal.collect();
    let is_sixtieth = |part: &&str| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
    !rest.is_empty() && digits(first, 1, 20) && rest.iter().all(is_sixtieth)
}

/// Whether a text can stand without quotes.
fn is_plain(text: &str, in_list: bool) -> bool {
    let begins = text.chars().next().unwrap_or(' ');
    let second = text.chars().nth(1);
    let alone = second.is_none_or(|c| c == ' ');
    let is_indicator = ",[]{}#&*!|>'\"%@`".contains(begins)
        || ("-?:".contains(begins) && (alone || (in_list && begins != '-')))
        || text.starts_with("---")
        || text.starts_with("...");
    let inside = |part: &str| text.contains(part);
    let breaks_list = in_list && text.contains([',', '?', '[', ']', '{', '}', ':']);
    !is_indicator && !inside(": ") && !inside(" #") && !text.ends_with([':', ' ']) && begins != ' ' && !breaks_list
}

fn double_quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{7}' => out.push_str("\\a"),
            c if c.is_control() => out.push_str(&format!("\\x{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}
