//! A template of a stage: parsed, and executed for each line.

use lab_template::{Budget, Host, Limits, MissingKey, Template, TemplateError, Texts, Value};

use super::functions::{Line, TABLE};
use crate::logql::scope::Scope;

/// What one line may cost.
const LIMITS: Limits = Limits { steps: 50_000, output: 1 << 20, work: 8 << 20 };

/// Bytes of texts that functions may read for one byte that they may make.
const READ_PER_WORK: usize = 8;

/// What `__error__` says when a template cannot be executed.
pub(crate) const TEMPLATE_ERROR: &str = "TemplateFormatErr";

/// A template of `line_format` or `label_format`.
#[derive(Clone, Debug)]
pub(crate) struct Format {
    template: Template,
    /// The label, if the template is nothing but its value: then nothing needs to be executed.
    only_label: Option<String>,
}

impl Format {
    /// A template of `line_format`.
    pub(crate) fn of_line(text: &str) -> Result<Self, String> {
        Self::parse("line", text).map_err(|error| format!("invalid line template: {error}"))
    }

    /// A template of `label_format` for this label.
    pub(crate) fn of_label(label: &str, text: &str) -> Result<Self, String> {
        Self::parse("label", text).map_err(|error| format!("invalid template for label '{label}': {error}"))
    }

    fn parse(name: &str, text: &str) -> Result<Self, TemplateError> {
        let template = Template::parse(name, text, &TABLE, MissingKey::Zero)?;
        let only_label = template.only_field().map(str::to_owned);
        Ok(Self { template, only_label })
    }

    /// The names of the labels that the template reads.
    pub(crate) fn fields(&self) -> Vec<&str> {
        self.template.fields()
    }

    /// The text for a line with these labels.
    pub(crate) fn execute(&self, scope: &Scope<'_>, labels: &dyn Texts) -> Result<String, String> {
        if let Some(label) = &self.only_label {
            return Ok(labels.get(label).unwrap_or_default().to_owned());
        }
        let line = Line { text: &scope.line, timestamp: scope.timestamp, now: scope.now };
        let output = self.template.execute(Value::Texts(labels), &line, LIMITS).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(output).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }
}

impl Host for Line<'_> {
    fn call<'a>(&'a self, function: usize, arguments: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, String> {
        let function = TABLE.get(function).ok_or("the template calls a function that does not exist")?;
        // What a function reads takes time, even if it makes no text of it.
        let read = arguments.iter().map(|value| if let Value::Text(text) = value { text.len() } else { 0 });
        budget.reserve_value(read.sum::<usize>() / READ_PER_WORK)?;
        let value = (function.body)(*self, arguments, budget)?;
        if let Value::Text(text) = &value {
            budget.reserve(text.len())?;
        }
        Ok(value)
    }
}

/// The labels of a line as they are now.
#[derive(Debug)]
pub(crate) struct Current<'s, 'a>(pub(crate) &'s Scope<'a>);

impl Texts for Current<'_, '_> {
    fn get(&self, name: &str) -> Option<&str> {
        Some(self.0.get(name)).filter(|value| !value.is_empty())
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        let mut pairs: Vec<_> = self.0.labels().collect();
        pairs.sort_unstable();
        pairs
    }
}

/// The labels of a line as they were: the templates of one `label_format` do not see what the others set.
#[derive(Debug)]
pub(crate) struct Earlier(Vec<(String, String)>);

impl Earlier {
    /// Keeps the labels as they are now.
    pub(crate) fn of(scope: &Scope<'_>) -> Self {
        let pairs = Current(scope);
        Self(pairs.pairs().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

impl Texts for Earlier {
    fn get(&self, name: &str) -> Option<&str> {
        let at = self.0.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        self.0.get(at).map(|(_, value)| value.as_str())
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use base64::Engine as _;
    use lab_model::Labels;
    use serde_json::Value as Json;

    use super::*;
    use crate::store::rows::layout::entry::EntryRef;

    /// What a template gives for the line and the labels with which the answers were recorded.
    fn answer(text: &str) -> Result<String, String> {
        let labels = Labels::from_pairs([
            ("app", "frontend"),
            ("n", "42"),
            ("neg", "-7"),
            ("f", "3.75"),
            ("dur", "1h2m3.5s"),
            ("size", "1.5KiB"),
            ("bad", "abc"),
            ("u", "zażółć 世界"),
            ("json", r#"{"a":{"b":[1,2.5,"x",null,true]},"n":10,"s":"t"}"#),
            ("b64", "aGVsbG8="),
            ("url", "a%20b%26c"),
            ("epoch", "1700000000"),
            ("ms", "1700000000123"),
            ("date", "2024-02-29T12:34:56Z"),
            ("multi", "a\nb\n\nc"),
            ("sp", "  pad  "),
            ("zero", "0"),
            ("hex", "0x1F"),
            ("oct", "010"),
            ("d1", "1.0"),
            ("big", "9223372036854775807"),
            ("tru", "true"),
        ]);
        let line = r#"level=error msg="GET /api/x?y=1" took=1.5s {"a":1} é世 end"#;
        let scope = Scope::new(&labels, EntryRef { timestamp: 1_700_000_000_123_456_789, line, metadata: &[] });
        let format = Format::parse("line", text).map_err(|error| format!("parse: {error}"))?;
        format.execute(&scope, &Current(&scope)).map_err(|error| format!("exec: {error}"))
    }

    /// `templates.jsonl.gz` was written by a program that ran the functions that Loki 3.7 hands to its templates.
    #[test]
    fn every_recorded_answer_is_ours_too() {
        let packed: &[u8] = include_bytes!("../../../../tests/logql/recorded/templates.jsonl.gz");
        let mut recorded = String::new();
        flate2::read::GzDecoder::new(packed).read_to_string(&mut recorded).expect("unpacks");
        let mut differences = Vec::new();
        for line in recorded.lines() {
            let line: Json = serde_json::from_str(line).expect("JSON");
            let ours = answer(line["t"].as_str().expect("a template"));
            let expected = match line["b"].as_str() {
                Some(bytes) => {
                    let bytes = base64::engine::general_purpose::STANDARD.decode(bytes).expect("base64");
                    String::from_utf8_lossy(&bytes).into_owned()
                }
                None => line["o"].as_str().unwrap_or_default().to_owned(),
            };
            let agrees = match (&ours, line["e"].as_str()) {
                (Ok(output), None) => *output == expected,
                (Err(ours), Some(recorded)) => same_kind(ours, recorded),
                _ => false,
            };
            if !agrees {
                differences.push(format!("{line}\n  ours: {ours:?}"));
            }
        }
        assert!(recorded.lines().count() >= 2000);
        assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    }

    /// Both fail at the same stage, and say the same unless the text comes from another library.
    fn same_kind(ours: &str, recorded: &str) -> bool {
        let foreign = ["regexp", "template: line:1: ", "unable to parse time", "time: "];
        let stage = |text: &str| text.split(':').next().map(str::to_owned);
        ours == recorded || (stage(ours) == stage(recorded) && foreign.iter().any(|text| recorded.contains(text)))
    }

    #[test]
    fn long_texts_end_in_an_error() {
        for template in [
            r#"{{ alignLeft 100000000 "x" }}"#,
            r#"{{ repeat 9223372036854775807 "x" }}"#,
            r#"{{ indent 100000000 "x" }}"#,
            r#"{{ $x := "x" }}{{ range 60 }}{{ $x = replace "x" "xx" $x }}{{ end }}"#,
        ] {
            let error = answer(template).expect_err(template);
            assert!(error.ends_with("the text is longer than 1048576 bytes"), "{error}");
        }
        assert_eq!(answer(r#"{{ alignLeft 65536 "x" | len }}"#).as_deref(), Ok("65536"));
    }
}
