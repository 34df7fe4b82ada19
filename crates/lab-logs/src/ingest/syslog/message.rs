//! One message of syslog, taken apart. Parts that are absent, or written as `-`, are none.

/// The parts of a message.
#[derive(Debug, Default)]
pub(crate) struct Message<'t> {
    /// Facility times eight, and the severity.
    pub(crate) priority: Option<u8>,
    /// As it is written: RFC 3339, or `Nov  8 22:14:15`.
    pub(crate) time: Option<&'t str>,
    pub(crate) host: Option<&'t str>,
    pub(crate) app: Option<&'t str>,
    pub(crate) process: Option<&'t str>,
    pub(crate) id: Option<&'t str>,
    /// The parameters of the structured data.
    pub(crate) data: Vec<(String, String)>,
    pub(crate) text: &'t str,
}

/// The length of `Nov  8 22:14:15`.
const OLD_TIME: usize = 15;
/// Most parameters that are kept of one message.
const MOST_PARAMETERS: usize = 64;

impl<'t> Message<'t> {
    /// Reads a message without its line end; whatever cannot be read stays in the text.
    pub(crate) fn read(text: &'t str) -> Self {
        let Some((priority, rest)) = priority(text) else { return Self { text, ..Self::default() } };
        match rest.strip_prefix("1 ") {
            Some(rest) => Self::new(priority, rest),
            None => Self::old(priority, rest),
        }
    }

    /// What follows the version in RFC 5424.
    fn new(priority: u8, rest: &'t str) -> Self {
        let mut rest = rest;
        let mut next = || {
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            rest = after;
            (word != "-" && !word.is_empty()).then_some(word)
        };
        let [time, host, app, process, id] = [next(), next(), next(), next(), next()];
        let (data, text) = structured(rest);
        let text = text.strip_prefix(' ').unwrap_or(text);
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { priority: Some(priority), time, host, app, process, id, data, text }
    }

    /// What follows the priority in RFC 3164: time, host and tag, each of which senders leave out.
    fn old(priority: u8, rest: &'t str) -> Self {
        let mut message = Self { priority: Some(priority), text: rest, ..Self::default() };
        let Some((time, after)) = time(rest) else { return message };
        message.time = Some(time);
        message.text = after;
        // Local senders name no host: then the tag, which ends with a colon, comes at once.
        let first = after.split(' ').next().unwrap_or_default();
        let rest = if first.ends_with(':') {
            after
        } else {
            message.host = Some(first).filter(|host| !host.is_empty());
            after.get(first.len() + 1..).unwrap_or_default()
        };
        message.text = rest;
        let tag =
            rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))).unwrap_or(rest.len());
        let (app, after) = rest.split_at(tag);
        let (process, after) = match after.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            Some((process, after)) => (Some(process), after),
            None => (None, after),
        };
        if let Some(text) = after.strip_prefix(':').filter(|_| !app.is_empty()) {
            message.app = Some(app);
            message.process = process;
            message.text = text.strip_prefix(' ').unwrap_or(text);
        }
        message
    }
}

/// The time at the beginning of a message of the older form, and what comes after it. Many senders write it as RFC 3339 has it,
/// such as rsyslog in its format for forwarding.
fn time(text: &str) -> Option<(&str, &str)> {
    let (first, after) = text.split_once(' ')?;
    if first.starts_with(|c: char| c.is_ascii_digit()) && chrono::DateTime::parse_from_rfc3339(first).is_ok() {
        return Some((first, after));
    }
    let after = text.get(OLD_TIME..)?.strip_prefix(' ')?;
    let time = &text[..OLD_TIME];
    (time.bytes().filter(|byte| *byte == b':').count() == 2).then_some((time, after))
}

/// `<34>`, and what comes after it.
fn priority(text: &str) -> Option<(u8, &str)> {
    let (number, rest) = text.strip_prefix('<')?.split_once('>')?;
    let priority = number.parse::<u8>().ok().filter(|priority| *priority < 192 && number.len() <= 3)?;
    Some((priority, rest))
}

/// The parameters of `[id name="value" …]…`, and what comes after them.
fn structured(text: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(inside) = rest.strip_prefix('[') {
        let Some(after) = element(inside, &mut found) else { return (found, rest) };
        rest = after;
    }
    (found, if rest.len() == text.len() { text.strip_prefix('-').unwrap_or(text) } else { rest })
}

/// Reads an element up to its closing bracket; none if it has no end.
fn element<'t>(text: &'t str, found: &mut Vec<(String, String)>) -> Option<&'t str> {
    let mut rest = text.trim_start_matches(|c: char| !matches!(c, ' ' | ']'));
    loop {
        if let Some(after) = rest.strip_prefix(']') {
            return Some(after);
        }
        let (name, after) = rest.trim_start_matches(' ').split_once("=\"")?;
        let mut value = String::new();
        let mut chars = after.char_indices();
        let end = loop {
            match chars.next()? {
                (_, '\\') => {
                    let (_, c) = chars.next()?;
                    if !matches!(c, '"' | '\\' | ']') {
                        value.push('\\');
                    }
                    value.push(c);
                }
                (at, '"') => break at + 1,
                (_, c) => value.push(c),
            }
        };
        if found.len() < MOST_PARAMETERS {
            found.push((name.to_owned(), value));
        }
        rest = &after[end..];
    }
}
