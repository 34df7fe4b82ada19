//! Names that only some readers can take: how each escaping scheme of Prometheus 3 writes a name that holds other
//! characters than letters, digits, `_` and `:`.
//!
//! Source: <https://github.com/prometheus/proposals/blob/main/proposals/0028-utf8.md>.

/// What is done with such a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escaping {
    /// The name is written as it is, in quotes.
    AllowUtf8,
    /// Every other character becomes `_`; the name cannot be read back.
    Underscores,
    /// `.` becomes `_dot_`, `_` is doubled.
    Dots,
    /// Every other character becomes its code point, after the prefix `U__`.
    Values,
}

/// The form of a page of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Text,
    /// Messages, each after its length.
    Protobuf,
}

/// Before a name whose other characters are written as code points.
const PREFIX: &str = "U__";

impl Escaping {
    /// All schemes with their names in `Accept` and `Content-Type`.
    pub(crate) const ALL: [(&str, Self); 4] = [
        ("allow-utf-8", Self::AllowUtf8),
        ("underscores", Self::Underscores),
        ("dots", Self::Dots),
        ("values", Self::Values),
    ];

    /// The form that an `Accept` header asks for, and the scheme that its first good `escaping` parameter does;
    /// underscores, as in Prometheus, if none does.
    pub(crate) fn negotiate(accept: &str) -> (Media, Self) {
        let mut clauses: Vec<&str> = accept.split(',').collect();
        // Stable: of clauses with the same weight the first counts.
        clauses.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
        let mut chosen = Self::Underscores;
        for clause in clauses {
            let mut parts = clause.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            let parameter = |name| parts.clone().find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
            let asked = parameter("escaping").and_then(|asked| Self::ALL.iter().find(|(name, _)| *name == asked));
            chosen = asked.map_or(chosen, |(_, scheme)| *scheme);
            if media == "text/plain" && matches!(parameter("version"), None | Some("0.0.4")) {
                break;
            }
            let is_family = parameter("proto") == Some("io.prometheus.client.MetricFamily");
            let is_delimited = parameter("encoding") == Some("delimited");
            if media == "application/vnd.google.protobuf" && is_family && is_delimited {
                return (Media::Protobuf, chosen);
            }
        }
        (Media::Text, chosen)
    }

    /// Its name in a `Content-Type`.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, scheme)| *scheme == self).map_or("", |(name, _)| name)
    }

    /// The name as this scheme writes it, without quotes.
    pub(crate) fn escape(self, name: &str) -> String {
        match self {
            // As the writer of Prometheus' pages does it, which escapes no name that needs no quotes.
            _ if name.char_indices().all(|(at, c)| is_plain(c, at)) => name.to_owned(),
            Self::AllowUtf8 => name.to_owned(),
            Self::Underscores => name.char_indices().map(|(at, c)| if is_plain(c, at) { c } else { '_' }).collect(),
            Self::Dots => name.char_indices().fold(String::new(), |mut out, (at, c)| {
                match c {
                    '_' => out.push_str("__"),
                    '.' => out.push_str("_dot_"),
                    _ if is_plain(c, at) => out.push(c),
                    _ => out.push_str("__"),
                }
                out
            }),
            Self::Values => name.char_indices().fold(PREFIX.to_owned(), |mut out, (at, c)| {
                match c {
                    '_' => out.push_str("__"),
                    _ if is_plain(c, at) => out.push(c),
                    _ => out.push_str(&format!("_{:x}_", u32::from(c))),
                }
                out
            }),
        }
    }
}

/// The name that [`Escaping::Values`] has written; any other text is itself.
pub(crate) fn unescape(name: &str) -> String {
    name.strip_prefix(PREFIX).and_then(read_values).unwrap_or_else(|| name.to_owned())
}

fn read_values(mut rest: &str) -> Option<String> {
    let mut plain = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('_') {
        plain.push_str(before);
        let (code, after) = after.split_once('_')?;
        if code.is_empty() {
            plain.push('_');
        } else if code.len() < 7 && code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            plain.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
        } else {
            return None;
        }
        rest = after;
    }
    plain.push_str(rest);
    Some(plain)
}

fn is_plain(c: char, at: usize) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == ':' || (c.is_ascii_digit() && at > 0)
}

fn weight(clause: &str) -> f64 {
    let quality = clause.split(';').find_map(|part| part.trim().strip_prefix("q="));
    quality.and_then(|quality| quality.parse().ok()).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_by_every_scheme() {
        for (name, underscores, dots, values) in [
            ("http_requests:rate5m", "http_requests:rate5m", "http_requests:rate5m", "http_requests:rate5m"),
            ("http.status", "http_status", "http_dot_status", "U__http_2e_status"),
            ("1a_ü b", "_a___b", "__a______b", "U___31_a___fc__20_b"),
        ] {
            assert_eq!(Escaping::Underscores.escape(name), underscores, "{name}");
            assert_eq!(Escaping::Dots.escape(name), dots, "{name}");
            assert_eq!(Escaping::Values.escape(name), values, "{name}");
            assert_eq!(unescape(values), name);
        }
    }

    #[test]
    fn what_nobody_has_escaped_stays_as_it_is() {
        for text in ["", "U__", "a__b", "U__a_", "U__a_zz_", "U__a_1234567_", "U__a_d800_"] {
            let expected = if text == "U__" { "" } else { text };
            assert_eq!(unescape(text), expected, "{text}");
        }
    }

    #[test]
    fn a_reader_says_what_it_can_take() {
        for (accept, expected) in [
            ("", "underscores"),
            ("text/plain;version=0.0.4", "underscores"),
            ("text/plain;version=0.0.4;escaping=values", "values"),
            ("text/plain;version=0.0.4;escaping=nonsense", "underscores"),
            ("text/plain;escaping=dots;q=0.2,application/json;escaping=allow-utf-8;q=0.5", "dots"),
            ("text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3", "allow-utf-8"),
        ] {
            let (media, escaping) = Escaping::negotiate(accept);
            assert_eq!((media, escaping.name()), (Media::Text, expected), "{accept}");
        }
        let protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
        for (accept, expected) in [
            (format!("{protobuf};q=0.6,text/plain;q=0.5"), Media::Protobuf),
            (format!("text/plain;version=0.0.4;q=0.6,{protobuf};q=0.5"), Media::Text),
            (format!("application/openmetrics-text;version=1.0.0,{protobuf}"), Media::Protobuf),
            (protobuf.replace("delimited", "text"), Media::Text),
        ] {
            assert_eq!(Escaping::negotiate(&accept).0, expected, "{accept}");
        }
    }
}
