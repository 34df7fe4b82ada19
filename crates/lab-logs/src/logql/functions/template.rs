//! Templates of `line_format` and `label_format`: the part of Go's `text/template` that log queries use.
//!
//! ```text
//! template = { text | "{{" ["-"] pipeline ["-"] "}}" }
//! pipeline = call { "|" call }          the value so far is the last argument of the next call
//! call     = operand | function { operand }
//! operand  = ".label" | "__line__" | "__timestamp__" | string | number | "(" pipeline ")"
//! ```

use regex::Regex;

use crate::logql::functions::regexes;
use crate::logql::scope::Scope;
use crate::logql::syntax::lexer;
use crate::logql::syntax::token::{Kind, Token};

/// How deep parentheses may nest.
const DEEPEST: usize = 16;
/// Longest text a template may make, in bytes.
const LONGEST_RESULT: usize = 1 << 20;

/// A template.
#[derive(Clone, Debug)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Value(Term),
}

#[derive(Clone, Debug)]
enum Term {
    Text(String),
    Label(String),
    Line,
    Timestamp,
    Call(Function, Vec<Term>),
}

#[derive(Clone, Debug)]
enum Function {
    Upper,
    Lower,
    TrimSpace,
    Trim,
    TrimPrefix,
    TrimSuffix,
    Replace,
    RegexReplaceAll(Regex),
    Default,
    Truncate,
    AlignLeft,
    AlignRight,
    Length,
    Concat,
}

/// What a template can see.
pub(crate) trait Values {
    /// The value of a label; empty if absent.
    fn label(&self, name: &str) -> &str;
    /// The line.
    fn line(&self) -> &str;
    /// The time in nanoseconds.
    fn timestamp(&self) -> i64;
}

impl Values for Scope<'_> {
    fn label(&self, name: &str) -> &str {
        self.get(name)
    }

    fn line(&self) -> &str {
        &self.line
    }

    fn timestamp(&self) -> i64 {
        self.timestamp
    }
}

impl Template {
    /// Reads a template.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let fail = |reason: &str| format!("invalid template {text:?}: {reason}");
        let mut parts = Vec::new();
        let mut rest = text;
        let mut trim_next = false;
        while let Some((before, after)) = rest.split_once("{{") {
            let (action, after) = after.split_once("}}").ok_or_else(|| fail("unclosed action"))?;
            let trims_before = action.starts_with("- ");
            let trims_after = action.ends_with(" -");
            let before = if trim_next { before.trim_start() } else { before };
            parts.push(Part::Text(if trims_before { before.trim_end() } else { before }.to_owned()));
            let action = action.strip_prefix("- ").unwrap_or(action);
            let action = action.strip_suffix(" -").unwrap_or(action);
            parts.push(Part::Value(Reader::read(action).map_err(|reason| fail(&reason))?));
            (rest, trim_next) = (after, trims_after);
        }
        parts.push(Part::Text(if trim_next { rest.trim_start() } else { rest }.to_owned()));
        Ok(Self(parts))
    }

    /// Fills the template in.
    pub(crate) fn render(&self, values: &dyn Values) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Value(term) => out.push_str(&term.evaluate(values)),
            }
            if out.len() > LONGEST_RESULT {
                break;
            }
        }
        out
    }
}

impl Term {
    fn evaluate(&self, values: &dyn Values) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Label(name) => values.label(name).to_owned(),
            Self::Line => values.line().to_owned(),
            Self::Timestamp => values.timestamp().to_string(),
            Self::Call(function, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(|argument| argument.evaluate(values)).collect();
                function.call(&arguments)
            }
        }
    }
}

impl Function {
    /// A function by its name, and how many arguments it takes; `regexReplaceAll` has its expression apart.
    fn named(name: &str) -> Option<(Self, usize)> {
        Some(match name {
            "ToUpper" | "upper" => (Self::Upper, 1),
            "ToLower" | "lower" => (Self::Lower, 1),
            "TrimSpace" | "trim" => (Self::TrimSpace, 1),
            "Trim" | "trimAll" => (Self::Trim, 2),
            "TrimPrefix" | "trimPrefix" => (Self::TrimPrefix, 2),
            "TrimSuffix" | "trimSuffix" => (Self::TrimSuffix, 2),
            "replace" => (Self::Replace, 3),
            "default" => (Self::Default, 2),
            "trunc" => (Self::Truncate, 2),
            "alignLeft" => (Self::AlignLeft, 2),
            "alignRight" => (Self::AlignRight, 2),
            "len" => (Self::Length, 1),
            "print" => (Self::Concat, usize::MAX),
            _ => return None,
        })
    }

    fn call(&self, arguments: &[String]) -> String {
        let text = |at: usize| arguments.get(at).map_or("", String::as_str);
        let width = || text(0).parse::<usize>().unwrap_or(0).min(LONGEST_RESULT);
        let fit = |skip: usize| text(1).chars().skip(skip).take(width()).collect::<String>();
        match self {
            Self::Upper => text(0).to_uppercase(),
            Self::Lower => text(0).to_lowercase(),
            Self::TrimSpace => text(0).trim().to_owned(),
            Self::Trim => text(1).trim_matches(|c| text(0).contains(c)).to_owned(),
            Self::TrimPrefix => text(1).strip_prefix(text(0)).unwrap_or(text(1)).to_owned(),
            Self::TrimSuffix => text(1).strip_suffix(text(0)).unwrap_or(text(1)).to_owned(),
            Self::Replace => text(2).replace(text(0), text(1)),
            Self::RegexReplaceAll(regex) => regex.replace_all(text(0), text(1)).into_owned(),
            Self::Default => if text(1).is_empty() { text(0) } else { text(1) }.to_owned(),
            Self::Truncate => fit(0),
            Self::AlignLeft => format!("{:<width$}", fit(0), width = width()),
            Self::AlignRight => {
                let surplus = text(1).chars().count().saturating_sub(width());
                format!("{:>width$}", fit(surplus), width = width())
            }
            Self::Length => text(0).len().to_string(),
            Self::Concat => arguments.concat(),
        }
    }
}

/// Reads what stands between the braces.
struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn read(action: &str) -> Result<Term, String> {
        let tokens = lexer::tokens(action).map_err(|error| error.to_string())?;
        let mut reader = Self { tokens, at: 0 };
        let term = reader.pipeline(0)?;
        if *reader.peek() == Kind::End { Ok(term) } else { Err(reader.unexpected()) }
    }

    fn pipeline(&mut self, depth: usize) -> Result<Term, String> {
        if depth > DEEPEST {
            return Err(format!("parentheses nest deeper than {DEEPEST} levels"));
        }
        let mut term = self.call(None, depth)?;
        while *self.peek() == Kind::Symbol("|") {
            self.at += 1;
            term = self.call(Some(term), depth)?;
        }
        Ok(term)
    }

    fn call(&mut self, piped: Option<Term>, depth: usize) -> Result<Term, String> {
        let name = match self.peek() {
            Kind::Name(name) if !name.starts_with("__") => name.clone(),
            _ if piped.is_some() => return Err("expecting a function after |".into()),
            _ => return self.operand(depth),
        };
        self.at += 1;
        let mut arguments = Vec::new();
        while !matches!(self.peek(), Kind::End | Kind::Symbol("|" | ")")) {
            arguments.push(self.operand(depth)?);
        }
        arguments.extend(piped);
        let (function, count) = match &*name {
            "regexReplaceAll" => {
                let Some(Term::Text(pattern)) = arguments.first() else {
                    return Err("regexReplaceAll wants its expression as a text".into());
                };
                let regex = regexes::anywhere(pattern)?;
                arguments.remove(0);
                (Function::RegexReplaceAll(regex), 2)
            }
            // The value first: `Replace .label "old" "new" -1`.
            "Replace" if arguments.len() == 4 => {
                arguments.truncate(3);
                arguments.rotate_left(1);
                (Function::Replace, 3)
            }
            _ => Function::named(&name).ok_or_else(|| format!("function {name:?} not defined"))?,
        };
        if count != usize::MAX && arguments.len() != count {
            return Err(format!("wrong number of args for {name}: want {count} got {}", arguments.len()));
        }
        if matches!(&*name, "Trim" | "TrimPrefix" | "TrimSuffix") {
            arguments.swap(0, 1);
        }
        Ok(Term::Call(function, arguments))
    }

    fn operand(&mut self, depth: usize) -> Result<Term, String> {
        let term = match self.peek().clone() {
            Kind::Symbol(".") => {
                self.at += 1;
                let Kind::Name(name) = self.peek().clone() else { return Err(self.unexpected()) };
                Term::Label(name)
            }
            Kind::Name(name) if name == "__line__" => Term::Line,
            Kind::Name(name) if name == "__timestamp__" => Term::Timestamp,
            Kind::Text(text) => Term::Text(text),
            Kind::Number(number) => Term::Text(number.to_string()),
            Kind::Symbol("-") => {
                self.at += 1;
                let Kind::Number(number) = *self.peek() else { return Err(self.unexpected()) };
                Term::Text((-number).to_string())
            }
            Kind::Symbol("(") => {
                self.at += 1;
                let inner = self.pipeline(depth + 1)?;
                if *self.peek() != Kind::Symbol(")") {
                    return Err(self.unexpected());
                }
                inner
            }
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(term)
    }

    fn peek(&self) -> &Kind {
        self.tokens.get(self.at).map_or(&Kind::End, |token| &token.kind)
    }

    fn unexpected(&self) -> String {
        format!("unexpected {}", self.peek().describe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Values for Fixed {
        fn label(&self, name: &str) -> &str {
            if name == "die" { "fair" } else { "" }
        }
        fn line(&self) -> &'static str {
            "a line"
        }
        fn timestamp(&self) -> i64 {
            7
        }
    }

    #[test]
    fn templates_are_filled_in() {
        let render = |text: &str| Template::parse(text).map(|template| template.render(&Fixed));
        for (text, expected) in [
            ("no action", "no action"),
            ("{{.die}}: {{ __line__ }} {{__timestamp__}}", "fair: a line 7"),
            ("{{ .die | ToUpper }}{{ .nothing | default \"-\" }}", "FAIR-"),
            ("{{ Replace .die \"f\" \"h\" -1 }}", "hair"),
            ("{{ .die | replace \"air\" \"un\" }}", "fun"),
            ("{{ regexReplaceAll \"(a)i\" .die \"<${1}>\" }}", "f<a>r"),
            ("[{{ alignRight 6 (upper .die) }}]", "[  FAIR]"),
            ("{{ TrimPrefix .die \"f\" }}{{ trunc 2 .die }}", "airfa"),
            ("a  {{- .die | lower -}}  b", "afairb"),
        ] {
            assert_eq!(render(text).as_deref(), Ok(expected), "{text}");
        }
        for bad in ["{{", "{{ .die | nothing }}", "{{ ToUpper }}", "{{ . }}", "{{ .a .b }}", "{{ (.a }}"] {
            assert!(render(bad).is_err(), "{bad}");
        }
    }
}
