//! Names that both schemas share, and what the classic one writes as a number and the second one as a word.

use serde_json::{Value, json};

/// The option in which Grafana keeps the fields of panels that were written before panels had options.
pub(super) const BEFORE_OPTIONS: &str = "__angularMigration";

/// Each table has the words in the order of the numbers.
pub(super) const CURSOR: [&str; 3] = ["Off", "Crosshair", "Tooltip"];
pub(super) const HIDE: [&str; 4] = ["dontHide", "hideLabel", "hideVariable", "inControlsMenu"];
pub(super) const REFRESH: [&str; 3] = ["never", "onDashboardLoad", "onTimeRangeChanged"];
pub(super) const SORT: [&str; 9] = [
    "disabled",
    "alphabeticalAsc",
    "alphabeticalDesc",
    "numericalAsc",
    "numericalDesc",
    "alphabeticalCaseInsensitiveAsc",
    "alphabeticalCaseInsensitiveDesc",
    "naturalAsc",
    "naturalDesc",
];

/// The word of a number; the first one where there is none.
pub(super) fn word(table: &[&str], number: Option<&Value>) -> Value {
    let at = match number {
        // Old dashboards write `refresh: true`.
        Some(Value::Bool(is_on)) => usize::from(*is_on),
        Some(other) => other.as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or_default(),
        None => 0,
    };
    json!(table.get(at).or(table.first()))
}

/// The number of a word; 0 for a word that is not in the table.
pub(super) fn number(table: &[&str], word: Option<&Value>) -> Value {
    let word = word.and_then(Value::as_str).unwrap_or_default();
    json!(table.iter().position(|known| *known == word).unwrap_or_default())
}

/// Fields that variables of every kind have.
const COMMON: [&str; 4] = ["name", "label", "description", "skipUrlSync"];

/// A kind of variables in both schemas.
pub(super) struct Kind {
    pub(super) classic: &'static str,
    pub(super) second: &'static str,
    /// Fields that are written the same in both, besides the common ones.
    own: &'static [&'static str],
}

impl Kind {
    pub(super) fn fields(&self) -> Vec<&'static str> {
        COMMON.iter().chain(self.own).copied().collect()
    }
}

pub(super) const KINDS: [Kind; 9] = [
    Kind {
        classic: "query",
        second: "QueryVariable",
        own: &[
            "current",
            "regex",
            "regexApplyTo",
            "definition",
            "options",
            "multi",
            "includeAll",
            "allValue",
            "placeholder",
            "allowCustomValue",
            "staticOptions",
            "staticOptionsOrder",
        ],
    },
    Kind {
        classic: "custom",
        second: "CustomVariable",
        own: &["query", "current", "options", "multi", "includeAll", "allValue", "allowCustomValue", "valuesFormat"],
    },
    Kind { classic: "constant", second: "ConstantVariable", own: &["query", "current"] },
    Kind { classic: "textbox", second: "TextVariable", own: &["query", "current"] },
    Kind {
        classic: "interval",
        second: "IntervalVariable",
        own: &["query", "current", "options", "auto", "auto_min", "auto_count"],
    },
    Kind {
        classic: "datasource",
        second: "DatasourceVariable",
        own: &["regex", "current", "options", "multi", "includeAll", "allValue", "allowCustomValue"],
    },
    Kind {
        classic: "adhoc",
        second: "AdhocVariable",
        own: &["baseFilters", "filters", "defaultKeys", "allowCustomValue", "enableGroupBy"],
    },
    Kind { classic: "groupby", second: "GroupByVariable", own: &["defaultValue", "current", "options", "multi"] },
    Kind { classic: "switch", second: "SwitchVariable", own: &[] },
];
