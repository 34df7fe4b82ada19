//! Rule files in Prometheus' format.
//!
//! ```yaml
//! groups:
//! - name: …                 # unique in its file
//!   interval: 30s           # by default the global evaluation_interval
//!   limit: 0                # most series or alerts that a rule may give, 0 = any number
//!   query_offset: 0s        # evaluate as of so long ago
//!   labels: {…}             # for every rule that does not set them itself
//!   rules:
//!   - record: level:metric:operations
//!     expr: …
//!     labels: {…}
//!   - alert: Name
//!     expr: …
//!     for: 5m
//!     keep_firing_for: 5m
//!     labels: {…}           # templates; `alertname` is the alert's name in any case
//!     annotations: {…}      # templates
//! ```
//!
//! Everything is checked on reading: a key that is unknown, a query or template that cannot be parsed is an
//! error that names the file, the group and the rule.

mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lab_model::Labels;
use lab_model::labels::METRIC_NAME;
use lab_syntax::yaml;

use self::text::{FileText, GroupText, Problem, Read, RuleText, group_part_by_part, part_by_part, place_of};
use crate::promql::engine;
use crate::promql::syntax::{self, printer::print};
use crate::rules::template::expand::RuleTemplate;

/// A file of rules.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// Where it stands; a name in brackets if it is built in.
    pub path: PathBuf,
    pub groups: Vec<GroupSpec>,
}

/// Rules that are evaluated together, one after another.
#[derive(Clone, Debug)]
pub struct GroupSpec {
    pub name: String,
    /// Time between two evaluations, if not the global one.
    pub interval: Option<Duration>,
    /// Most series or alerts that one of its rules may give; 0, or less in the file, is any number.
    pub limit: usize,
    /// How long before the time of evaluation the queries look, if not the global value.
    pub query_offset: Option<Duration>,
    pub rules: Vec<RuleSpec>,
}

#[derive(Clone, Debug)]
pub struct RuleSpec {
    /// The new metric's or the alert's name.
    pub name: String,
    pub query: String,
    /// Labels to set; those of an alert are templates.
    pub labels: BTreeMap<String, String>,
    /// What more there is to an alert; `None` for a recording rule.
    pub alert: Option<AlertSpec>,
}

/// What an alerting rule has beside its query.
#[derive(Clone, Debug)]
pub struct AlertSpec {
    /// How long an alert is pending before it fires.
    pub hold: Duration,
    /// How long it goes on firing after its query gives it no more.
    pub keep_firing: Duration,
    /// Texts for people, templates.
    pub annotations: BTreeMap<String, String>,
    /// The labels, parsed.
    pub label_templates: Vec<(String, RuleTemplate)>,
    /// The annotations, parsed.
    pub annotation_templates: Vec<(String, RuleTemplate)>,
}

/// Why a rule file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleFileError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something in it is wrong.
    #[error("{}", in_lines(.path, .problems))]
    Invalid {
        path: PathBuf,
        /// All that is wrong: the place, such as `group "x": rule 2 ("Name"): `, as far as it can be told, and the reason.
        problems: Vec<(String, String)>,
    },
}

fn in_lines(path: &Path, problems: &[Problem]) -> String {
    let lines = problems.iter().map(|(place, reason)| format!("{}: {place}{reason}", path.display()));
    lines.collect::<Vec<_>>().join("\n")
}

impl RuleFile {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, RuleFileError> {
        Self::read_with(path, &promql)
    }

    fn read_with(path: &Path, check: &Check<'_>) -> Result<Self, RuleFileError> {
        let unreadable = |source| RuleFileError::Unreadable { path: path.to_owned(), source };
        Self::parse_with(path, &std::fs::read_to_string(path).map_err(unreadable)?, check)
    }

    /// Reads the text of a file; `path` only names it.
    pub fn parse(path: &Path, text: &str) -> Result<Self, RuleFileError> {
        Self::parse_with(path, text, &promql)
    }

    /// The same for rules in another language, whose queries `check` reads.
    pub fn parse_with(path: &Path, text: &str, check: &Check<'_>) -> Result<Self, RuleFileError> {
        let groups =
            groups(text, check).map_err(|problems| RuleFileError::Invalid { path: path.to_owned(), problems })?;
        Ok(Self { path: path.to_owned(), groups })
    }

    /// Reads the text of a single group, without a file around it; `path` names it in errors.
    pub fn parse_group_with(path: &Path, text: &str, check: &Check<'_>) -> Result<Self, RuleFileError> {
        let read = match yaml::read::<GroupText<RuleText>>(text) {
            Ok(group) => Ok((vec![group.with_rules(|(_, rule)| Ok(rule))], Vec::new())),
            Err(_) => group_part_by_part(text),
        };
        let groups = checked(read, check);
        let groups = groups.map_err(|problems| RuleFileError::Invalid { path: path.to_owned(), problems })?;
        Ok(Self { path: path.to_owned(), groups })
    }

    /// Reads files; the errors are those of every file that cannot be used.
    pub fn read_all<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<Vec<Self>, RuleFilesError> {
        Self::read_all_with(paths, &promql)
    }

    /// The same for rules in another language, whose queries `check` reads.
    pub fn read_all_with<'a>(
        paths: impl IntoIterator<Item = &'a PathBuf>,
        check: &Check<'_>,
    ) -> Result<Vec<Self>, RuleFilesError> {
        let (mut files, mut errors) = (Vec::new(), Vec::new());
        for path in paths {
            match Self::read_with(path, check) {
                Ok(file) => files.push(file),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(files) } else { Err(RuleFilesError(errors)) }
    }
}

/// Why rule files cannot be used, one error for each bad file.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct RuleFilesError(pub Vec<RuleFileError>);

/// Gives a query as it is shown, or says why it cannot be parsed.
pub type Check<'a> = dyn Fn(&str) -> Result<String, String> + 'a;

/// As Prometheus shows it, whatever quotes and blanks the file has.
fn promql(query: &str) -> Result<String, String> {
    engine::check(query)
        .and_then(|()| syntax::parse(query))
        .map(|parsed| print(&parsed))
        .map_err(|error| error.to_string())
}

fn groups(text: &str, check: &Check<'_>) -> Result<Vec<GroupSpec>, Vec<Problem>> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let read = match yaml::read::<FileText<GroupText<RuleText>>>(text) {
        // Read as a whole, labels and texts that look like numbers keep their spelling.
        Ok(file) => {
            Ok((file.groups.into_iter().map(|group| group.with_rules(|(_, rule)| Ok(rule))).collect(), Vec::new()))
        }
        Err(_) => part_by_part(text),
    };
    checked(read, check)
}

/// The groups that were read, if all is right with them.
fn checked(read: Result<Read, serde_yaml_ng::Error>, check: &Check<'_>) -> Result<Vec<GroupSpec>, Vec<Problem>> {
    let (read, mut problems) = read.map_err(|error| vec![(String::new(), error.to_string())])?;
    let (mut seen, mut groups) = (BTreeSet::new(), Vec::new());
    for group in read {
        let place = format!("group {:?}: ", group.name);
        let wrong = [
            (group.name.is_empty(), "the name must not be empty"),
            (!seen.insert(group.name.clone()), "groupname is repeated in the same file"),
            (
                group.labels.keys().any(|name| name.is_empty() || name == METRIC_NAME),
                "labels must have a name, and __name__ is not theirs to set",
            ),
        ];
        problems.extend(wrong.iter().filter(|(is, _)| *is).map(|(_, why)| (place.clone(), (*why).to_owned())));
        let mut rules = Vec::new();
        for (at, text) in group.rules.into_iter().enumerate() {
            match text.and_then(|text| rule(at, text, &group.labels, check)) {
                Ok(rule) => rules.push(rule),
                Err((rule, why)) => problems.push((place.clone() + &rule, why)),
            }
        }
        groups.push(GroupSpec {
            name: group.name,
            // An interval of zero is none.
            interval: group.interval.filter(|interval| !interval.is_zero()),
            limit: usize::try_from(group.limit).unwrap_or_default(),
            query_offset: group.query_offset,
            rules,
        });
    }
    if problems.is_empty() { Ok(groups) } else { Err(problems) }
}

fn rule(
    at: usize,
    text: RuleText,
    group_labels: &BTreeMap<String, String>,
    check: &Check<'_>,
) -> Result<RuleSpec, Problem> {
    let named = [&text.record, &text.alert].into_iter().find(|name| !name.is_empty());
    let place = place_of(at, named.map(String::as_str));
    let fail = |reason: String| (place.clone(), reason);
    let is_alert = match (text.record.is_empty(), text.alert.is_empty()) {
        (false, false) => return Err(fail("only one of 'record' and 'alert' must be set".to_owned())),
        (true, true) => return Err(fail("one of 'record' or 'alert' must be set".to_owned())),
        (record_is_empty, _) => record_is_empty,
    };
    if text.expr.is_empty() {
        return Err(fail("field 'expr' must be set in rule".to_owned()));
    }
    let query = check(&text.expr).map_err(|error| fail(format!("could not parse expression: {error}")))?;
    let mut labels = group_labels.clone();
    labels.extend(text.labels);
    if let Some(name) = labels.keys().find(|name| name.is_empty() || *name == METRIC_NAME) {
        return Err(fail(format!("invalid label name: {name}")));
    }
    if !is_alert {
        // Any name will do, but one with braces is an expression that stands in the wrong place.
        if text.record.contains(['{', '}']) {
            let reason = format!("braces present in the recording rule name; should it be in expr?: {}", text.record);
            return Err(fail(reason));
        }
        let given = [
            ("for", text.hold.is_some()),
            ("keep_firing_for", text.keep_firing_for.is_some()),
            ("annotations", !text.annotations.is_empty()),
        ];
        if let Some((field, _)) = given.iter().find(|(_, given)| *given) {
            return Err(fail(format!("invalid field '{field}' in recording rule")));
        }
        return Ok(RuleSpec { name: text.record, query, labels, alert: None });
    }
    if text.annotations.contains_key("") {
        return Err(fail("invalid annotation name: it is empty".to_owned()));
    }
    let parse = |what: &str, texts: &BTreeMap<String, String>| {
        let parse_one =
            |(name, template_text): (&String, &String)| match RuleTemplate::parse(&text.alert, template_text) {
                Ok(template) => Ok((name.clone(), template)),
                Err(error) => Err(fail(format!("{what} {name:?}: {error}"))),
            };
        texts.iter().map(parse_one).collect::<Result<Vec<_>, _>>()
    };
    let alert = AlertSpec {
        hold: text.hold.unwrap_or_default(),
        keep_firing: text.keep_firing_for.unwrap_or_default(),
        label_templates: parse("label", &labels)?,
        annotation_templates: parse("annotation", &text.annotations)?,
        annotations: text.annotations,
    };
    Ok(RuleSpec { name: text.alert, query, labels, alert: Some(alert) })
}

impl RuleSpec {
    /// The labels as they stand in the file.
    pub fn written_labels(&self) -> Labels {
        Labels::from_pairs(self.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}
