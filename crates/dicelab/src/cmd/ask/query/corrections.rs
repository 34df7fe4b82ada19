//! What is probably meant by a query that was refused or found nothing: the commonest mistakes in LogQL and TraceQL, put right.
//! The hints of the stores, which correct PromQL and names, are shown as they come. Whoever shows a correction must have tried it.

use lab_model::text::nearest::nearest;

use super::question::Language;

/// Words of TraceQL that stand without quotes.
const BARE: [&str; 12] = [
    "true",
    "false",
    "nil",
    "ok",
    "error",
    "unset",
    "server",
    "client",
    "producer",
    "consumer",
    "internal",
    "unspecified",
];
/// What an attribute of TraceQL can be of.
const SCOPES: [&str; 7] = ["span", "resource", "event", "link", "instrumentation", "parent", "trace"];
/// Fields of TraceQL that have words of their own as values.
const ENUMERATIONS: [&str; 2] = ["status", "kind"];
/// Stages of LogQL.
const STAGES: [&str; 12] = [
    "json",
    "logfmt",
    "pattern",
    "regexp",
    "unpack",
    "line_format",
    "label_format",
    "unwrap",
    "decolorize",
    "drop",
    "keep",
    "distinct",
];
/// Stages that take labels out of a line, and those of them that need no words of their own.
const PARSERS: [&str; 5] = ["json", "logfmt", "pattern", "regexp", "unpack"];
const PLAIN_PARSERS: [&str; 2] = ["json", "logfmt"];

/// A query that is probably meant, and in words what is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Correction {
    pub(super) query: String,
    pub(super) why: String,
}

/// The corrections to try, the likeliest first. `said` is the error or the hints of the store.
pub(super) fn of(language: Language, query: &str, is_refused: bool, said: &str) -> Vec<Correction> {
    let bare = Bare::of(query);
    match (language, is_refused) {
        (Language::Traceql, _) => {
            [unquoted(&bare), quoted_words(&bare), without_scope(&bare), quoted_numbers(&bare)].concat()
        }
        (Language::Logql, true) => mistyped_stages(&bare),
        (Language::Logql, false) => [moved_labels(&bare, said), unparsed_conditions(&bare)].concat(),
        (Language::Promql, _) => Vec::new(),
    }
}

/// A query whose texts and comments are blanked out, so that places in it stay the same.
struct Bare<'a> {
    query: &'a str,
    bytes: Vec<u8>,
}

/// A word outside of texts.
#[derive(Clone, Copy)]
struct Word {
    at: usize,
    end: usize,
}

impl<'a> Bare<'a> {
    fn of(query: &'a str) -> Self {
        let (mut bytes, mut within, mut escaped) = (query.as_bytes().to_vec(), None, false);
        for byte in &mut bytes {
            let now = *byte;
            match within {
                None if matches!(now, b'"' | b'`') => within = Some(now),
                None if now == b'#' => within = Some(b'\n'),
                None => continue,
                Some(b'"') if escaped => escaped = false,
                Some(b'"') if now == b'\\' => escaped = true,
                Some(end) if now == end => within = None,
                Some(_) => {}
            }
            *byte = 0;
        }
        Self { query, bytes }
    }

    /// The first place from `at` on where no space is.
    fn after_spaces(&self, at: usize) -> usize {
        at + self.bytes[at.min(self.bytes.len())..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn text(&self, word: Word) -> &'a str {
        self.query.get(word.at..word.end).unwrap_or_default()
    }

    /// The word that begins at a place; dots, dashes and colons within it belong to it.
    fn word(&self, at: usize) -> Option<Word> {
        let begins = self.byte(at).is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        let is_within = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.-:".contains(byte);
        begins.then(|| Word { at, end: at + self.bytes[at..].iter().take_while(is_within).count() })
    }

    /// Every word, with none that begins within another or behind a dot.
    fn words(&self) -> Vec<Word> {
        let (mut words, mut at) = (Vec::new(), 0);
        while at < self.bytes.len() {
            let behind = at > 0 && b"._:\"".contains(&self.bytes[at - 1]);
            match self.word(at) {
                Some(word) => {
                    at = word.end;
                    if !behind {
                        words.push(word);
                    }
                }
                None => at += 1,
            }
        }
        words
    }

    /// Where a comparison that begins at a place ends.
    fn comparison(&self, at: usize) -> Option<usize> {
        let operators: [&[u8]; 9] = [b"=~", b"!~", b"!=", b">=", b"<=", b"==", b"=", b">", b"<"];
        operators.iter().find(|operator| self.bytes[at..].starts_with(operator)).map(|operator| at + operator.len())
    }

    fn replaced(&self, at: usize, end: usize, by: &str) -> String {
        format!("{}{by}{}", &self.query[..at], &self.query[end..])
    }
}

/// `name = checkout` wants quotes.
fn unquoted(bare: &Bare<'_>) -> Vec<Correction> {
    let value = |at: usize| {
        let equals = bare.comparison(at).filter(|end| !matches!(bare.bytes[at], b'>' | b'<') && *end > at)?;
        let word = bare.word(bare.after_spaces(equals))?;
        let next = bare.byte(bare.after_spaces(word.end));
        let first = bare.text(word).split('.').next().unwrap_or_default();
        let is_text = !BARE.contains(&bare.text(word)) && !SCOPES.contains(&first);
        (is_text && next.is_none_or(|byte| b"&|})".contains(&byte))).then_some(word)
    };
    let mut words: Vec<Word> = (0..bare.bytes.len()).filter_map(value).collect();
    words.dedup_by_key(|word| word.at);
    if words.is_empty() {
        return Vec::new();
    }
    let named: Vec<&str> = words.iter().map(|word| bare.text(*word)).collect();
    // From the last one on, so that the places before it stay the same.
    let query = words.iter().rev().fold(bare.query.to_owned(), |text, word| {
        format!("{}\"{}\"{}", &text[..word.at], bare.text(*word), &text[word.end..])
    });
    vec![Correction { query, why: format!("{} is a text and wants quotes", named.join(" and ")) }]
}

/// `status = "error"` wants none.
fn quoted_words(bare: &Bare<'_>) -> Vec<Correction> {
    let found = |word: Word| {
        let field = bare.text(word).trim_start_matches("span:");
        let value = bare.after_spaces(bare.comparison(bare.after_spaces(word.end))?);
        let text = bare.query.get(value..)?.strip_prefix('"')?.split_once('"')?.0;
        (ENUMERATIONS.contains(&field) && BARE.contains(&text)).then(|| Correction {
            query: bare.replaced(value, value + text.len() + 2, text),
            why: format!("{field} has values of its own, such as {text}, without quotes"),
        })
    };
    bare.words().into_iter().filter_map(found).take(1).collect()
}

/// `service.name` needs to be said of what: of the resource, of the span, or of either.
fn without_scope(bare: &Bare<'_>) -> Vec<Correction> {
    let lacks_one = |word: &Word| {
        let name = bare.text(*word);
        let first = name.split('.').next().unwrap_or_default();
        let next = bare.after_spaces(word.end);
        let is_name = bare.comparison(next.min(bare.bytes.len())).is_some() || bare.byte(next) == Some(b')');
        name.contains('.') && !name.contains(':') && !SCOPES.contains(&first) && is_name
    };
    let Some(word) = bare.words().into_iter().find(lacks_one) else { return Vec::new() };
    let one = |scope: &str| Correction {
        query: bare.replaced(word.at, word.at, scope),
        why: format!("{} is an attribute, and needs to be said of what: {scope}{}", bare.text(word), bare.text(word)),
    };
    ["resource.", "span.", "."].map(one).into()
}

/// `span.http.response.status_code = "500"` compares a number with a text.
fn quoted_numbers(bare: &Bare<'_>) -> Vec<Correction> {
    let found = |at: usize| {
        let value = bare.after_spaces(bare.comparison(at)?);
        let text = bare.query.get(value..)?.strip_prefix('"')?.split_once('"')?.0;
        text.parse::<f64>().ok().filter(|number| number.is_finite())?;
        Some(Correction {
            query: bare.replaced(value, value + text.len() + 2, text),
            why: format!("\"{text}\" is a text, {text} a number"),
        })
    };
    (0..bare.bytes.len()).find_map(found).into_iter().collect()
}

/// Where stages and conditions begin: behind a bar that begins no line filter and no logical or.
fn behind_bars(bare: &Bare<'_>) -> Vec<(usize, Word)> {
    let behind = |at: usize| {
        let is_alone = at == 0 || bare.bytes[at - 1] != b'|';
        let word = (bare.bytes[at] == b'|' && is_alone).then(|| bare.word(bare.after_spaces(at + 1))).flatten()?;
        Some((at, word))
    };
    (0..bare.bytes.len()).filter_map(behind).collect()
}

/// A stage whose name is nearly one of the language's.
fn mistyped_stages(bare: &Bare<'_>) -> Vec<Correction> {
    let one = |(_, word): (usize, Word)| {
        let name = bare.text(word);
        let next = bare.after_spaces(word.end);
        let is_condition = bare.comparison(next.min(bare.bytes.len())).is_some();
        let right = *nearest(name, &STAGES).first().filter(|_| !STAGES.contains(&name) && !is_condition)?;
        Some(Correction { query: bare.replaced(word.at, word.end, right), why: format!("no stage is called {name}") })
    };
    behind_bars(bare).into_iter().filter_map(one).collect()
}

/// A condition on a label that is there only behind a parser, in a query without one.
fn unparsed_conditions(bare: &Bare<'_>) -> Vec<Correction> {
    let bars = behind_bars(bare);
    if bars.iter().any(|(_, word)| PARSERS.contains(&bare.text(*word))) {
        return Vec::new();
    }
    let is_condition = |(_, word): &&(usize, Word)| {
        let next = bare.after_spaces(word.end);
        !STAGES.contains(&bare.text(*word)) && bare.comparison(next.min(bare.bytes.len())).is_some()
    };
    let Some((at, word)) = bars.iter().find(is_condition) else { return Vec::new() };
    let one = |parser: &str| Correction {
        query: bare.replaced(*at, *at, &format!("| {parser} ")),
        why: format!("{} is in the lines, and known once they are parsed by {parser}", bare.text(*word)),
    };
    PLAIN_PARSERS.map(one).into()
}

/// A label that no stream has, asked for in the selector: it may be there once the line is parsed.
fn moved_labels(bare: &Bare<'_>, said: &str) -> Vec<Correction> {
    let labels = said.split("no stream has label \"").skip(1).filter_map(|rest| rest.split_once('"'));
    let Some((label, _)) = labels.into_iter().find(|(_, rest)| !rest.starts_with("; did you mean")) else {
        return Vec::new();
    };
    let place = |wanted: u8| bare.bytes.iter().position(|byte| *byte == wanted);
    let (Some(open), Some(close)) = (place(b'{'), place(b'}')) else { return Vec::new() };
    let (mut left, mut moved, mut from) = (Vec::new(), Vec::new(), open + 1);
    let ends = (open + 1..=close).filter(|at| matches!(bare.bytes[*at], b',' | b'}'));
    for end in ends {
        let matcher = bare.query[from..end].trim();
        let name = matcher.split(|c: char| c.is_whitespace() || "=!".contains(c)).next().unwrap_or_default();
        if name == label {
            moved.push(matcher);
        } else if !matcher.is_empty() {
            left.push(matcher);
        }
        from = end + 1;
    }
    if moved.is_empty() {
        return Vec::new();
    }
    let selector = if left.is_empty() { "service_name=~\".+\"".to_owned() } else { left.join(", ") };
    let conditions = moved.join(" | ");
    let one = |parser: &str| Correction {
        query: bare.replaced(open, close + 1, &format!("{{{selector}}} | {parser} | {conditions}")),
        why: format!("{label} is in the lines, and no label of a stream"),
    };
    PLAIN_PARSERS.map(one).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "note: Dicelab hint: no stream has label \"die\"";

    fn offered(language: Language, query: &str, is_refused: bool, said: &str) -> Vec<String> {
        // A query that breaks off anywhere, also within a text, is looked at like any other.
        for (end, _) in query.char_indices() {
            for (refused, said) in [(true, said), (false, said), (false, SAID)] {
                of(language, &query[..end], refused, said);
            }
        }
        of(language, query, is_refused, said).into_iter().map(|one| one.query).collect()
    }

    #[test]
    fn a_query_that_breaks_off_is_looked_at_like_any_other() {
        for query in [
            "{ span.code = \"500",
            "{ status = \"error",
            "{ status=\"",
            "{ span.ä = \"5ü00\" && status = \"err\\\"or\" } | by(x.y)",
            "{ name =",
            "{ a.b",
            "{die=\"f",
            "}die=\"ü\"{ | é | jsön | b=`",
            "{a=\"b\"} | lögfm | x.y >= \"5",
            "|",
            "",
        ] {
            for language in [Language::Traceql, Language::Logql, Language::Promql] {
                for is_refused in [true, false] {
                    offered(language, query, is_refused, SAID);
                }
            }
        }
        assert_eq!(offered(Language::Traceql, "{ span.code = \"500", true, ""), [""; 0]);
        assert_eq!(offered(Language::Traceql, "{ status = \"error", true, ""), [""; 0]);
    }

    #[test]
    fn traceql_wants_quotes_scopes_words_and_numbers() {
        let offered = |query| offered(Language::Traceql, query, true, "");
        assert_eq!(offered("{ name = async_roll }"), ["{ name = \"async_roll\" }"]);
        assert_eq!(offered("{ name = a && span.x =~ b }"), ["{ name = \"a\" && span.x =~ \"b\" }"]);
        assert_eq!(
            offered("{ service.name = \"shop\" }"),
            ["resource.", "span.", "."].map(|scope| format!("{{ {scope}service.name = \"shop\" }}"))
        );
        assert_eq!(offered("{} | rate() by (http.route)")[0], "{} | rate() by (resource.http.route)");
        assert_eq!(offered("{ status = \"error\" }"), ["{ status = error }"]);
        assert_eq!(offered("{ span.code >= \"500\" }"), ["{ span.code >= 500 }"]);
        for right in [
            "{ status = error && kind = server }",
            "{ resource.a.b = \"x y = z\" }",
            "{ name = \"a.b = c\" && .x.y = `q` }",
            "{ span.a = resource.b } | rate() by (span.http.route)",
        ] {
            assert_eq!(offered(right), [""; 0], "{right}");
        }
    }

    #[test]
    fn logql_wants_stages_that_there_are_and_labels_behind_a_parser() {
        let refused = |query| offered(Language::Logql, query, true, "");
        assert_eq!(refused("{a=\"b\"} | jsn"), ["{a=\"b\"} | json"]);
        assert_eq!(
            refused("{a=\"b\"} |= \"x | jsn\" | logfm | b=\"c\""),
            ["{a=\"b\"} |= \"x | jsn\" | logfmt | b=\"c\""]
        );
        let empty = |query| offered(Language::Logql, query, false, SAID);
        assert_eq!(empty("{app=\"x\", die=\"fair\"} |= \"y\"")[0], "{app=\"x\"} | json | die=\"fair\" |= \"y\"");
        assert_eq!(empty("{die=~\"f.*\"}")[1], "{service_name=~\".+\"} | logfmt | die=~\"f.*\"");
        let unparsed = |query| offered(Language::Logql, query, false, "");
        assert_eq!(unparsed("{a=\"b\"} | code >= 500")[0], "{a=\"b\"} | json | code >= 500");
        assert_eq!(unparsed("{a=\"b\"} | json | code >= 500"), [""; 0]);
        assert_eq!(unparsed("{a=\"b\"} |= \"c\""), [""; 0]);
    }
}
