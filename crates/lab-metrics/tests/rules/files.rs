//! What is wrong with a rule file is said with its place.

use std::path::Path;
use std::time::Duration;

use lab_metrics::rules::file::RuleFile;

fn refusal(text: &str) -> String {
    RuleFile::parse(Path::new("my.yml"), text).expect_err("it is wrong").to_string()
}

#[test]
fn mistakes_name_file_group_and_rule() {
    let rule = |text: &str| {
        refusal(&format!("groups:\n- name: g\n  rules:\n  - {{record: good, expr: up}}\n  - {{{text}}}\n"))
    };
    for (text, expected) in [
        ("record: a, expr: up, colour: red", r#"my.yml: group "g": rule 2 ("a"): unknown field `colour`"#),
        ("record: a, expr: 'sum('", r#"my.yml: group "g": rule 2 ("a"): could not parse expression: 1:5: parse error"#),
        ("record: a", r#"rule 2 ("a"): field 'expr' must be set in rule"#),
        ("expr: up", r#"rule 2: one of 'record' or 'alert' must be set"#),
        ("record: a, alert: b, expr: up", "only one of 'record' and 'alert' must be set"),
        ("record: 'a{b=\"c\"}', expr: up", "braces present in the recording rule name; should it be in expr?: a{b="),
        ("record: a, expr: up, for: 1m", "invalid field 'for' in recording rule"),
        ("record: a, expr: up, labels: {__name__: c}", "invalid label name: __name__"),
        ("alert: a, expr: up, annotations: {'': c}", "invalid annotation name"),
        ("alert: a, expr: up, for: soon", "not a valid duration"),
        (
            "alert: a, expr: up, annotations: {x: '{{ nope 1 }}'}",
            r#"annotation "x": template: __alert_a:1: function "nope" not defined"#,
        ),
        ("alert: a, expr: up, labels: {x: '{{ $labels.'}", r#"label "x": template"#),
    ] {
        let said = rule(text);
        assert!(said.contains(expected), "{text}: {said}");
    }
    for (text, expected) in [
        ("groups: [{name: g}, {name: g}]", r#"group "g": groupname is repeated"#),
        ("groups: [{name: g, pace: 1s}]", r#"group "g": unknown field `pace`"#),
        ("groups: [{rules: []}]", "group 1: missing field `name`"),
        ("groups: [{name: g, labels: {__name__: a}}]", "__name__ is not theirs to set"),
        ("group: []", "unknown field `group`"),
        ("groups: [", "my.yml: "),
    ] {
        let said = refusal(text);
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn everything_that_prometheus_knows_is_read() {
    let text = "groups:\n- name: g\n  interval: 30s\n  limit: 3\n  query_offset: 1m\n  labels: {team: a, x: y}\n  rules:\n\
        \x20 - {record: r, expr: 1, labels: {x: z}}\n\
        \x20 - {alert: A, expr: up == 0, for: 1m, keep_firing_for: 2m, labels: {s: p}, annotations: {d: '{{ $value }}'}}\n";
    let file = RuleFile::parse(Path::new("my.yml"), text).expect("valid");
    let [group] = &file.groups[..] else { panic!("{file:?}") };
    assert_eq!((group.limit, group.query_offset, group.rules.len()), (3, Some(Duration::from_secs(60)), 2));
    assert_eq!(group.rules[0].written_labels().to_string(), r#"{team="a", x="z"}"#);
    let alert = group.rules[1].alert.as_ref().expect("an alert");
    assert_eq!((alert.hold.as_secs(), alert.keep_firing.as_secs()), (60, 120));
    assert!(RuleFile::parse(Path::new("empty.yml"), "\n").expect("valid").groups.is_empty());
}

#[test]
fn labels_of_merged_rules_keep_their_spelling() {
    let text = "groups:\n- name: g # <<: *x\n  rules:\n\
        \x20 - &a {record: a, expr: 1, labels: &labels {version: 1.10}}\n\
        \x20 - &b {<<: *a, record: b}\n\
        \x20 - {<<: *b, record: c, labels: {<<: *labels, size: 1e3}}\n";
    for text in [text.to_owned(), format!("{text}---\nnonsense: [\n"), text.replace("1.10", "'1.10'")] {
        let file = RuleFile::parse(Path::new("my.yml"), &text).expect(&text);
        let rules: Vec<_> =
            file.groups[0].rules.iter().map(|rule| format!("{}{}", rule.name, rule.written_labels())).collect();
        assert_eq!(
            rules,
            [r#"a{version="1.10"}"#, r#"b{version="1.10"}"#, r#"c{size="1e3", version="1.10"}"#],
            "{text}"
        );
    }
    let said = refusal("groups: # <<: *x\n- name: g\n  rules: 5\n");
    assert!(said.contains("group \"g\": invalid type"), "{said}");
}

#[test]
fn numbers_and_empty_keys_are_no_mistakes() {
    let text = r#"
groups:
- name: 7
  labels: {stage: 4}
  rules:
  - record: r
    expr: " sum (a{b='c'}) by(d) "
    labels:
  - alert: A
    expr: up == 0
    for:
    labels: {priority: 1, version: 1.10, paged: true, alertname: B}
    annotations: {limit: 0x10}
- name: empty
  rules:
"#;
    let file = RuleFile::parse(Path::new("my.yml"), text).expect("valid");
    let [group, empty] = &file.groups[..] else { panic!("{file:?}") };
    assert_eq!((&*group.name, empty.rules.len()), ("7", 0));
    assert_eq!(group.rules[0].query, "sum by (d) (a{b=\"c\"})", "as Prometheus shows it");
    let labels = group.rules[1].written_labels().to_string();
    assert_eq!(labels, r#"{alertname="B", paged="true", priority="1", stage="4", version="1.10"}"#);
    assert_eq!(group.rules[1].alert.as_ref().expect("an alert").annotations["limit"], "0x10");
    // A mistake beside them is the only one.
    let said = refusal(&text.replace("for:", "fro:"));
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(r#"group "7": rule 2 ("A"): unknown field `fro`"#), "{said}");
    assert!(RuleFile::parse(Path::new("my.yml"), "groups:\n").expect("valid").groups.is_empty());
}

#[test]
fn every_mistake_of_every_file_is_named() {
    let folder = std::env::temp_dir().join(format!("dicelab-rule-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("made");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let paths = [
        write("a.yml", "groups:\n- name: g\n  rules:\n  - {record: r, expr: sum(}\n  - {alert: A, expr: up, for: x}\n"),
        write("b.yml", "groups: [{name: fine, rules: [{record: r, expr: up}]}]\n"),
        write("c.yml", "groups: [{name: g, pace: 1s}, {name: h, rules: [{expr: up}]}]\n"),
        folder.join("nowhere.yml"),
    ];
    let said = RuleFile::read_all(&paths).expect_err("three files are bad").to_string();
    let lines: Vec<&str> = said.lines().collect();
    for (line, parts) in lines.iter().zip([
        ["a.yml", r#"group "g": rule 1 ("r"): could not parse"#],
        ["a.yml", r#"group "g": rule 2 ("A"): "#],
        ["c.yml", r#"group "g": unknown field `pace`"#],
        ["c.yml", r#"group "h": rule 1: one of 'record' or 'alert'"#],
        ["cannot read", "nowhere.yml"],
    ]) {
        assert!(parts.iter().all(|part| line.contains(part)), "{line}: {parts:?}");
    }
    assert_eq!(lines.len(), 5, "{said}");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn names_with_other_characters_are_taken() {
    let text = "groups:\n- name: g\n  rules:\n\
        \x20 - {record: http.rate, expr: 'sum({\"http.requests\", \"a.b\"=\"c\"})', labels: {site.name: lab}}\n\
        \x20 - {alert: A, expr: up, labels: {a-b: c}, annotations: {run.book: x}}\n";
    let file = RuleFile::parse(Path::new("my.yml"), text).expect("valid");
    assert_eq!(file.groups[0].rules[0].name, "http.rate");
}
