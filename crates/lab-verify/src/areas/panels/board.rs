//! A dashboard's JSON, as far as its panels and their queries go.

use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    pub(super) title: String,
    /// What it asks; none for a panel of text.
    pub(super) queries: Vec<Query>,
    /// Words of a panel of text.
    pub(super) words: usize,
}

/// One query of a panel, with the dashboard's variables filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    /// Who is asked.
    pub(super) source: Source,
    /// PromQL, LogQL or TraceQL; `$__rate_interval` and `$__range` still stand in it.
    pub(super) text: String,
    /// Whether it is asked for now only.
    pub(super) instant: bool,
}

/// The kinds of data sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Prometheus,
    Loki,
    Tempo,
}

impl Source {
    /// What comes back.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Prometheus => "series",
            Self::Loki => "lines",
            Self::Tempo => "traces",
        }
    }
}

impl Panel {
    /// The title in an id: lower case, dashes for all but letters and digits.
    pub(super) fn slug(&self) -> String {
        let words = self.title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
    }
}

/// Every panel but the rows, those within collapsed rows too.
pub(super) fn panels(dashboard: &Value) -> Vec<Panel> {
    let variables = variables(dashboard);
    let mut all = Vec::new();
    for panel in list(dashboard, "panels") {
        let inner = list(panel, "panels").chain(std::iter::once(panel));
        all.extend(inner.filter(|panel| panel["type"] != "row").map(|panel| read(panel, &variables)));
    }
    all
}

fn read(panel: &Value, variables: &[(String, String)]) -> Panel {
    let words = panel["options"]["content"].as_str().map_or(0, |text| text.split_whitespace().count());
    let queries = list(panel, "targets").filter_map(|target| query(panel, target, variables)).collect();
    Panel { title: panel["title"].as_str().unwrap_or_default().to_owned(), queries, words }
}

fn query(panel: &Value, target: &Value, variables: &[(String, String)]) -> Option<Query> {
    let kind = [target, panel].into_iter().find_map(|one| one["datasource"]["type"].as_str());
    let source = match kind? {
        "prometheus" => Source::Prometheus,
        "loki" => Source::Loki,
        "tempo" => Source::Tempo,
        _ => return None,
    };
    let text = target["expr"].as_str().or_else(|| target["query"].as_str())?;
    let filled = |text: String, (name, value): &(String, String)| {
        text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value)
    };
    let text = variables.iter().fold(text.to_owned(), filled);
    Some(Query { source, text, instant: target["instant"] == true })
}

/// Names and current values.
fn variables(dashboard: &Value) -> Vec<(String, String)> {
    let of = |one: &Value| Some((one["name"].as_str()?.to_owned(), one["current"]["value"].as_str()?.to_owned()));
    list(&dashboard["templating"], "list").filter_map(of).collect()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use lab_dashboards::Library;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_mission_s_dashboard_has_25_panels_and_each_asks_or_tells_something() {
        let library = Library::shipped();
        let mission = panels(&library.get("stage4-async-rolling").expect("shipped").json);
        assert_eq!(mission.len(), 25);
        assert!(mission.iter().all(|panel| !panel.queries.is_empty() || panel.words > 20));
        let slugs: std::collections::BTreeSet<String> = mission.iter().map(Panel::slug).collect();
        assert_eq!(slugs.len(), 25);
        assert!(slugs.contains("dice-roller-die-service-request-rate"));
    }

    #[test]
    fn variables_and_collapsed_rows_are_opened() {
        let board = json!({"templating": {"list": [{"name": "window", "current": {"value": "15m"}}]}, "panels": [
            {"type": "row", "title": "Row", "panels": [{"type": "stat", "title": "A (1)", "datasource":
            {"type": "prometheus"}, "targets": [{"expr": "rate(a[$window]) + rate(b[${window}])", "instant": true}]}]}]});
        let panels = panels(&board);
        assert_eq!((panels.len(), panels[0].slug().as_str()), (1, "a-1"));
        let text = "rate(a[15m]) + rate(b[15m])".to_owned();
        assert_eq!(panels[0].queries, [Query { source: Source::Prometheus, text, instant: true }]);
    }
}
