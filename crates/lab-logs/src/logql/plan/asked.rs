//! Which labels a query asks for by name, and what that means for its parsers.

use lab_algebra::Grouping;

use crate::logql::plan::condition::Condition;
use crate::logql::plan::hints::Hints;
use crate::logql::plan::stage::Stage;
use crate::logql::scope::EXTRACTED;

/// The hints of a query that answers lines with all of their labels.
pub(crate) fn by_lines(stages: &[Stage]) -> Hints {
    Hints { filters: stages.iter().filter_map(filter).collect(), ..Hints::default() }
}

/// The hints of a function over windows: with the label that it unwraps and the conditions that follow it, and with the
/// grouping of its series. If it has `one_series`, labels tell nothing apart.
pub(crate) fn by_range(
    stages: &[Stage],
    unwrap: Option<(&str, &[Condition])>,
    grouping: Option<&Grouping>,
    one_series: bool,
) -> Hints {
    let (label, unwrapped) = unwrap.unzip();
    let unwrapped = unwrapped.unwrap_or_default();
    let filters = || stages.iter().filter_map(filter).chain(unwrapped.iter().filter_map(single)).collect();
    let by = grouping.filter(|grouping| !grouping.without).map(|grouping| grouping.labels.as_slice());
    if !one_series && by.is_none() {
        return Hints { filters: filters(), ..Hints::default() };
    }
    let mut names: Vec<&str> = stages.iter().flat_map(names_in).collect();
    for condition in unwrapped {
        condition.for_each_name(&mut |name| names.push(name));
    }
    names.extend(label);
    names.extend(by.iter().copied().flatten().map(String::as_str));
    let required = with_own_names(names);
    if !one_series && by.is_some_and(|labels| !labels.is_empty()) {
        return Hints { required, ..Hints::default() };
    }
    let asks_for_none = required.is_empty();
    Hints { required, asks_for_none, filters: if asks_for_none { Vec::new() } else { filters() } }
}

/// The labels that a stage reads by name.
fn names_in(stage: &Stage) -> Vec<&str> {
    let mut names = Vec::new();
    match stage {
        Stage::Label(condition) => condition.for_each_name(&mut |name| names.push(name)),
        Stage::LineFormat(format) => names = format.fields(),
        Stage::LabelFormat(formats) => names = formats.iter().flat_map(|(_, source)| source.fields()).collect(),
        _ => {}
    }
    names
}

fn filter(stage: &Stage) -> Option<(String, Condition)> {
    if let Stage::Label(condition) = stage { single(condition) } else { None }
}

/// A condition on a single label, with its name.
fn single(condition: &Condition) -> Option<(String, Condition)> {
    match condition {
        Condition::And(..) | Condition::Or(..) => None,
        Condition::Match(matcher) => Some((matcher.name.clone(), condition.clone())),
        Condition::Addresses { name, .. } | Condition::Compare { name, .. } => Some((name.clone(), condition.clone())),
    }
}

/// These names once each; beside one that a label gets because its own name is taken, that name, too.
fn with_own_names(names: Vec<&str>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in names {
        for name in [Some(name), name.strip_suffix(EXTRACTED)].into_iter().flatten() {
            if !name.is_empty() && !all.iter().any(|known| known == name) {
                all.push(name.to_owned());
            }
        }
    }
    all
}
