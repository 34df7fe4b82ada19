//! Relabelling: rules that change the labels of targets and of samples, or drop them.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config>.

mod md5;

use std::fmt;

use lab_model::Expression;
use lab_model::expression;
use lab_model::labels::{LabelsBuilder, is_label_name};
use lab_model::{Label, Labels};
use serde::{Deserialize, Deserializer};

use crate::ingest::scrape::config::protocol::NameValidation;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelabelRule {
    /// Labels whose values are joined.
    #[serde(default)]
    pub source_labels: Vec<String>,
    /// The text between the joined values.
    #[serde(default = "semicolon")]
    pub separator: String,
    /// The label that is written.
    #[serde(default)]
    pub target_label: String,
    /// What the text must match, anchored.
    #[serde(default)]
    pub regex: RelabelRegex,
    /// What is written; `$1` stands for a group.
    #[serde(default = "first_group")]
    pub replacement: String,
    /// What a hash is divided by.
    #[serde(default)]
    pub modulus: u64,
    /// What to do.
    #[serde(default)]
    pub action: Action,
}

/// The action of a rule.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Writes `replacement` into `target_label` if the text matches.
    #[default]
    Replace,
    /// Keeps only what matches.
    Keep,
    /// Drops what matches.
    Drop,
    /// Keeps only what has the text in `target_label`.
    KeepEqual,
    /// Drops what has the text in `target_label`.
    DropEqual,
    /// Copies labels whose names match.
    LabelMap,
    /// Removes labels whose names match.
    LabelDrop,
    /// Removes labels whose names do not match.
    LabelKeep,
    /// Writes the remainder of the text's hash by `modulus`.
    HashMod,
    /// Writes the text in lower case.
    Lowercase,
    /// Writes the text in upper case.
    Uppercase,
}

/// An anchored regular expression.
#[derive(Clone)]
pub struct RelabelRegex {
    /// As it was given.
    text: String,
    regex: Expression,
}

impl Default for RelabelRegex {
    fn default() -> Self {
        let regex = regex::Regex::new("^(?s:(.*))$").unwrap_or_else(|_| unreachable!("a constant expression"));
        Self { text: "(.*)".to_owned(), regex: regex.into() }
    }
}

impl PartialEq for RelabelRegex {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for RelabelRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for RelabelRegex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let regex = expression::anchored(&text).map_err(serde::de::Error::custom)?;
        Ok(Self { text, regex })
    }
}

impl RelabelRegex {
    /// The expression as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Action {
    /// Its name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Keep => "keep",
            Self::Drop => "drop",
            Self::KeepEqual => "keepequal",
            Self::DropEqual => "dropequal",
            Self::LabelMap => "labelmap",
            Self::LabelDrop => "labeldrop",
            Self::LabelKeep => "labelkeep",
            Self::HashMod => "hashmod",
            Self::Lowercase => "lowercase",
            Self::Uppercase => "uppercase",
        }
    }
}

impl RelabelRule {
    /// A rule that sets this label on everything; `value` must not contain `$`.
    pub fn constant(label: &str, value: &str) -> Self {
        Self {
            source_labels: Vec::new(),
            separator: semicolon(),
            target_label: label.to_owned(),
            regex: RelabelRegex::default(),
            replacement: value.to_owned(),
            modulus: 0,
            action: Action::Replace,
        }
    }

    /// Refuses a rule that lacks what its action needs, or has what its action does not look at.
    pub(crate) fn check(&self, names: NameValidation) -> Result<(), String> {
        let action = self.action.as_str();
        if let Some(label) = self.source_labels.iter().find(|label| !may_be_name(label, false, names)) {
            return Err(format!("{label:?} in 'source_labels' is not a valid label name"));
        }
        let compares = matches!(self.action, Action::KeepEqual | Action::DropEqual);
        let changes_case = matches!(self.action, Action::Lowercase | Action::Uppercase);
        let writes = compares || changes_case || matches!(self.action, Action::Replace | Action::HashMod);
        if writes && self.target_label.is_empty() {
            return Err(format!("relabel configuration for {action} action requires 'target_label' value"));
        }
        if self.action == Action::HashMod && self.modulus == 0 {
            return Err("relabel configuration for hashmod requires non-zero modulus".to_owned());
        }
        let takes_groups = matches!(self.action, Action::Replace);
        if writes && !may_be_name(&self.target_label, takes_groups, names) {
            return Err(format!("{:?} is invalid 'target_label' for {action} action", self.target_label));
        }
        if self.action == Action::LabelMap && !may_be_name(&self.replacement, true, names) {
            return Err(format!("{:?} is invalid 'replacement' for {action} action", self.replacement));
        }
        let has_replacement = self.replacement != first_group();
        if changes_case && has_replacement {
            return Err(format!("'replacement' can not be set for {action} action"));
        }
        let has_more = has_replacement || self.modulus != 0 || self.separator != semicolon();
        if compares && (has_more || self.regex != RelabelRegex::default()) {
            return Err(format!(
                "{action} action requires only 'source_labels' and 'target_label', and no other fields"
            ));
        }
        let removes_labels = matches!(self.action, Action::LabelDrop | Action::LabelKeep);
        if removes_labels && (has_more || !self.source_labels.is_empty() || !self.target_label.is_empty()) {
            return Err(format!("{action} action requires only 'regex', and no other fields"));
        }
        Ok(())
    }
}

/// Whether a text can be the name of a label; with groups, such as `$1` or `${name}`, whether it can become one.
fn may_be_name(text: &str, takes_groups: bool, names: NameValidation) -> bool {
    if names == NameValidation::Utf8 {
        return !text.is_empty();
    }
    if !takes_groups {
        return is_label_name(text);
    }
    // A group may give any letters.
    let mut parts = text.split('$');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let behind = match part.strip_prefix('{') {
            Some(braced) => braced.split_once('}').map(|(_, behind)| behind),
            None => Some(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')),
        };
        let Some(behind) = behind else { return false };
        name.push('a');
        name.push_str(behind);
    }
    is_label_name(&name)
}

/// Applies rules in order; `None` if one of them drops the labels.
pub fn relabel(labels: Labels, rules: &[RelabelRule]) -> Option<Labels> {
    if rules.is_empty() {
        return Some(labels);
    }
    let mut labels = labels;
    for rule in rules {
        labels = apply(labels, rule)?;
    }
    Some(labels)
}

fn apply(labels: Labels, rule: &RelabelRule) -> Option<Labels> {
    let values: Vec<&str> = rule.source_labels.iter().map(|name| labels.get(name).unwrap_or_default()).collect();
    let text = values.join(&rule.separator);
    let regex = &rule.regex.regex;
    let target = || labels.get(&rule.target_label).unwrap_or_default();
    match rule.action {
        Action::Keep => regex.is_match(&text).then_some(labels),
        Action::Drop => (!regex.is_match(&text)).then_some(labels),
        Action::KeepEqual => (target() == text).then_some(labels),
        Action::DropEqual => (target() != text).then_some(labels),
        Action::Replace => {
            let Some(found) = regex.captures(&text) else { return Some(labels) };
            let expand = |template: &str| {
                let mut expanded = String::new();
                found.expand(&regex.replacement(template), &mut expanded);
                expanded
            };
            let (name, value) = (expand(&rule.target_label), expand(&rule.replacement));
            Some(if name.is_empty() { labels } else { set(&labels, &name, &value) })
        }
        Action::HashMod => {
            let hash = u128::from_be_bytes(md5::digest(text.as_bytes())) as u64;
            let remainder = hash.checked_rem(rule.modulus)?;
            Some(set(&labels, &rule.target_label, &remainder.to_string()))
        }
        Action::Lowercase => Some(set(&labels, &rule.target_label, &text.to_lowercase())),
        Action::Uppercase => Some(set(&labels, &rule.target_label, &text.to_uppercase())),
        Action::LabelMap => {
            let mut builder = labels.to_builder();
            for Label { name, value } in &labels {
                if regex.is_match(name) {
                    builder.set(&*regex.replace(name, &*regex.replacement(&rule.replacement)), value.clone());
                }
            }
            Some(builder.build())
        }
        Action::LabelDrop => Some(labels.filtered(|name| !regex.is_match(name))),
        Action::LabelKeep => Some(labels.filtered(|name| regex.is_match(name))),
    }
}

fn set(labels: &Labels, name: &str, value: &str) -> Labels {
    let mut builder: LabelsBuilder = labels.to_builder();
    builder.set(name, value);
    builder.build()
}

fn semicolon() -> String {
    ";".to_owned()
}

fn first_group() -> String {
    "$1".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(rules: &str, labels: &[(&str, &str)]) -> Option<String> {
        let rules: Vec<RelabelRule> = serde_yaml_ng::from_str(rules).expect("rules");
        relabel(Labels::from_pairs(labels.iter().copied()), &rules).map(|labels| labels.to_string())
    }

    #[test]
    fn a_group_may_have_a_name_that_begins_with_a_digit() {
        let rules = "[{source_labels: [a], regex: '(?P<1a>x).', target_label: 'b_${1a}', replacement: '<$1a>'}, \
                      {action: labelmap, regex: 'a(?P<2b>)', replacement: 'c${2b}'}]";
        assert_eq!(run(rules, &[("a", "xy")]).as_deref(), Some(r#"{a="xy", b_x="<x>", c="xy"}"#));
    }

    #[test]
    fn rules_that_say_too_little_or_too_much_are_refused() {
        let check = |rule: &str, names| serde_yaml_ng::from_str::<RelabelRule>(rule).expect(rule).check(names);
        for (rule, reason) in [
            ("{action: replace}", "requires 'target_label'"),
            ("{action: hashmod, source_labels: [a], target_label: b}", "non-zero modulus"),
            ("{action: labelkeep, source_labels: [a]}", "requires only 'regex'"),
            ("{action: labeldrop, regex: a, target_label: b}", "requires only 'regex'"),
            ("{action: labeldrop, regex: a, replacement: b}", "requires only 'regex'"),
            ("{action: labelkeep, regex: a, separator: '-'}", "requires only 'regex'"),
            ("{action: labelkeep, regex: a, modulus: 8}", "requires only 'regex'"),
            (
                "{action: keepequal, source_labels: [a], target_label: b, regex: c}",
                "only 'source_labels' and 'target_label'",
            ),
            ("{action: dropequal, source_labels: [a], target_label: b, separator: c}", "only 'source_labels'"),
            (
                "{action: lowercase, source_labels: [a], target_label: b, replacement: c}",
                "'replacement' can not be set",
            ),
            ("{action: labelmap, regex: a, replacement: ''}", "invalid 'replacement'"),
        ] {
            let error = check(rule, NameValidation::Utf8).expect_err(rule);
            assert!(error.contains(reason), "{rule}: {error}");
        }
        for (rule, is_legacy) in [
            ("{target_label: a.b}", false),
            ("{target_label: 'a.$1'}", false),
            ("{target_label: '${1}_b$2'}", true),
            ("{target_label: '1$2'}", false),
            ("{target_label: '${1'}", false),
            ("{action: labelmap, regex: a, replacement: 'x_$1'}", true),
            ("{action: labelmap, regex: a, replacement: 'x-$1'}", false),
            ("{action: uppercase, source_labels: [a], target_label: 'b$1'}", false),
        ] {
            assert_eq!(check(rule, NameValidation::Utf8), Ok(()), "{rule}");
            assert_eq!(check(rule, NameValidation::Legacy).is_ok(), is_legacy, "{rule}");
        }
    }

    #[test]
    fn rules_change_labels_or_drop_them() {
        let labels = [("a", "foo"), ("b", "bar"), ("__meta_x", "1")];
        for (rules, expected) in [
            (
                r#"[{source_labels: [a, b], target_label: c, regex: "f(.*);(.*)r", replacement: "${1}-$2"}]"#,
                r#"{__meta_x="1", a="foo", b="bar", c="oo-ba"}"#,
            ),
            (r"[{source_labels: [a], regex: fo, target_label: c}]", r#"{__meta_x="1", a="foo", b="bar"}"#),
            (r#"[{action: labelmap, regex: "__meta_(.+)"}]"#, r#"{__meta_x="1", a="foo", b="bar", x="1"}"#),
            (r#"[{action: labeldrop, regex: "__.*|b"}]"#, r#"{a="foo"}"#),
            (r#"[{action: labelkeep, regex: "a"}]"#, r#"{a="foo"}"#),
            (
                r"[{action: uppercase, source_labels: [a], target_label: a}, {action: labelkeep, regex: a}]",
                r#"{a="FOO"}"#,
            ),
            (
                r"[{action: hashmod, source_labels: [a], target_label: h, modulus: 1000}, {action: labelkeep, regex: h}]",
                r#"{h="696"}"#,
            ),
            (r#"[{target_label: a, replacement: ""}]"#, r#"{__meta_x="1", b="bar"}"#),
        ] {
            assert_eq!(run(rules, &labels).as_deref(), Some(expected), "{rules}");
        }
        for (rules, kept) in [
            (r#"[{action: keep, source_labels: [a], regex: "fo."}]"#, true),
            (r#"[{action: keep, source_labels: [a], regex: "fo"}]"#, false),
            (r#"[{action: drop, source_labels: [nowhere], regex: ""}]"#, false),
            (r"[{action: dropequal, source_labels: [a], target_label: b}]", true),
            (r"[{action: keepequal, source_labels: [a], target_label: b}]", false),
        ] {
            assert_eq!(run(rules, &labels).is_some(), kept, "{rules}");
        }
    }
}
