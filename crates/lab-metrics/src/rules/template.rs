//! Templates of labels and annotations: the part of Go's `text/template` that rule files use.
//!
//! ```text
//! template = { text | "{{" action "}}" }          {{- and -}} cut the space beside them
//! action   = pipeline | "if" pipeline | "else" [ "if" pipeline ] | "end" | "/*" … "*/"
//! pipeline = command { "|" command }              the value becomes the last argument of the next command
//! command  = function { operand } | operand
//! operand  = number | "text" | `text` | $labels.name | $value | .Labels.name | .Value | "(" pipeline ")"
//! ```
//!
//! Functions stand in [`functions`]. A template is parsed when its rule is read, so a mistake in it is known
//! before any alert fires.

mod datum;
mod functions;
mod human;
mod lexer;
mod parser;
mod printf;
pub mod scope;

use self::datum::Datum;
use self::parser::{Node, Operand, Pipeline};
use self::scope::Scope;

/// Longest text that a template may give, in bytes.
const MAX_LENGTH: usize = 64 << 10;

/// A parsed template.
#[derive(Clone, Debug)]
pub struct Template(Vec<Node>);

/// Why a template cannot be parsed or expanded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It is none.
    #[error("template: {0}")]
    Parse(String),
    /// It has no value here.
    #[error("{0}")]
    Expand(String),
}

impl Template {
    /// Parses a text.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        parser::parse(text).map(Self).map_err(TemplateError::Parse)
    }

    /// The text for one series.
    pub fn expand(&self, scope: &Scope<'_>) -> Result<String, TemplateError> {
        let mut out = String::new();
        write(&mut out, &self.0, scope).map_err(TemplateError::Expand)?;
        Ok(out)
    }
}

fn write(out: &mut String, nodes: &[Node], scope: &Scope<'_>) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Put(pipeline) => out.push_str(&value(pipeline, scope)?.to_string()),
            Node::If { branches, otherwise } => {
                let mut chosen = otherwise;
                for (condition, branch) in branches {
                    if value(condition, scope)?.is_true() {
                        chosen = branch;
                        break;
                    }
                }
                write(out, chosen, scope)?;
            }
        }
        if out.len() > MAX_LENGTH {
            return Err(format!("the text is longer than {MAX_LENGTH} bytes"));
        }
    }
    Ok(())
}

fn value(pipeline: &Pipeline, scope: &Scope<'_>) -> Result<Datum, String> {
    let mut last = None;
    for command in &pipeline.0 {
        let (first, rest) = command.split_first().ok_or("a command is empty")?;
        let mut arguments = rest.iter().map(|one| operand(one, scope)).collect::<Result<Vec<_>, _>>()?;
        arguments.extend(last.take());
        last = Some(match first {
            Operand::Function(function) => function.call(scope, &arguments)?,
            other => operand(other, scope)?,
        });
    }
    last.ok_or_else(|| "a pipeline is empty".to_owned())
}

fn operand(operand: &Operand, scope: &Scope<'_>) -> Result<Datum, String> {
    Ok(match operand {
        Operand::Number(number) => Datum::Number(*number),
        Operand::Text(text) => Datum::Text(text.clone()),
        Operand::Value => Datum::Number(scope.value),
        Operand::Label(name) => Datum::Text(scope.labels.get(name).unwrap_or_default().to_owned()),
        Operand::Labels => Datum::Labels(scope.labels.clone()),
        Operand::Nothing => Datum::Text(String::new()),
        Operand::Group(pipeline) => value(pipeline, scope)?,
        Operand::Function(function) => function.call(scope, &[])?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MetricStore;
    use crate::store::options::StoreOptions;
    use lab_model::{Interrupt, Labels, Sample};
    use lab_storage::Location;
    use proptest::prelude::*;

    fn expand(text: &str, value: f64) -> String {
        let store = MetricStore::open(&Location::Memory, StoreOptions::default()).expect("opens");
        let up = Labels::from_pairs([("__name__", "up"), ("job", "b")]);
        store.append(&up, Sample { timestamp: 1000, value: 7.0 }).expect("appended");
        let labels = Labels::from_pairs([("job", "a"), ("le", "0.5")]);
        let interrupt = Interrupt::default();
        let scope = Scope { labels: &labels, value, at: 1000, source: &store, interrupt: &interrupt };
        match Template::parse(text).and_then(|template| template.expand(&scope)) {
            Ok(text) => text,
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn templates_are_expanded() {
        for (text, value, expected) in [
            ("no braces", 0.0, "no braces"),
            ("{{ $labels.job }}: {{ $value }} {{.Labels.le}}|{{ .Value }}", 0.1, "a: 0.1 0.5|0.1"),
            ("[{{ $labels.missing }}]", 0.0, "[]"),
            ("a {{- /* gone */ -}} b", 0.0, "ab"),
            ("{{ $value }}", 1e21, "1e+21"),
            ("{{ $value }}", f64::INFINITY, "+Inf"),
            ("{{ $value | humanize }} {{ humanize 0.0123 }}", 1_234_567.0, "1.235M 12.3m"),
            ("{{ humanize1024 $value }}", 2_097_152.0, "2Mi"),
            ("{{ $value | humanizePercentage }}", 0.123_456_7, "12.35%"),
            ("{{ $value | humanizeDuration }}", 93_784.0, "1d 2h 3m 4s"),
            ("{{ $value | humanizeDuration }}", 0.0025, "2.5ms"),
            ("{{ $value | humanizeDuration }}", -61.5, "-1m 1s"),
            ("{{ $value | humanizeTimestamp }}", 1_435_781_451.5, "2015-07-01 20:10:51.5 +0000 UTC"),
            (
                r#"{{ printf "%.2f%% of %q %5s|%-4v|" $value $labels.job "x" 1 }}"#,
                2.0 / 3.0,
                r#"0.67% of "a"     x|1   |"#,
            ),
            (r#"{{ printf "%d %s" $value }}"#, 2.0, "%!d(float64=2) %!s(MISSING)"),
            (
                r#"{{ $labels.job | toUpper }} {{ reReplaceAll "a(.)" "$1" "ab" }} {{ match "^a" "ba" }}"#,
                0.0,
                "A b false",
            ),
            ("{{ if gt $value 1.0 }}more{{ else if eq $labels.job `a` }}less{{ else }}none{{ end }}", 1.0, "less"),
            ("{{ if and (gt $value 1) (not false) }}yes{{ end }}", 2.0, "yes"),
            ("{{ with_nothing }}", 0.0, r#"error: template: function "with_nothing" not defined"#),
            (r#"{{ query "up" | first | value }} {{ query "up" | first | label "job" }}"#, 0.0, "7 b"),
            (r#"{{ query "nothing" | first }}"#, 0.0, "error: first() called on vector with no elements"),
        ] {
            assert_eq!(expand(text, value), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for text in [
            "{{",
            "{{ }}",
            "{{ $x }}",
            "{{ if $value }}",
            "{{ end }}",
            "{{ \"a }}",
            "{{ ( }}",
            "{{ | }}",
            "{{ humanize }}",
        ] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[{}$.a-z|()\" -]{0,40}") {
            let _ = Template::parse(&text);
        }
    }
}
