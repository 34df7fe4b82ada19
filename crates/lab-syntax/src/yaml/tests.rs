//! Files with merges, packed texts and aliases, and how their values are spelt.

use std::collections::BTreeMap;

use serde_yaml_ng::Value;

use super::*;
use crate::yaml::aliases::TOO_MANY;
use crate::yaml::packed::NO_BASE64;
use crate::yaml::rewrite::NO_MAPPING;

type Numbers = BTreeMap<String, BTreeMap<String, i64>>;
type Texts = BTreeMap<String, BTreeMap<String, String>>;

#[test]
fn merges_are_carried_out_and_the_first_document_counts() {
    let merged = "a: &base {x: 1, y: 2}\nb: {<<: *base, y: 3}\nc:\n  <<: [*base]\n";
    let numbers = read::<Numbers>(merged).expect("read");
    assert_eq!(numbers["b"], BTreeMap::from([("x".to_owned(), 1), ("y".to_owned(), 3)]));
    assert_eq!(numbers["c"], numbers["a"]);
    let several = "a: {x: 1}\n---\nb: nonsense\n---\nc: [\n";
    assert_eq!(read::<Numbers>(several).expect("read").len(), 1);
    assert!(read::<Numbers>("").expect("nothing").is_empty());
    assert!(read::<Numbers>("a: [").is_err());
}

#[test]
fn merges_of_merges_are_carried_out() {
    for text in [
        "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}\n",
        "a: &a {x: 1}\nb: &b {<< : *a, y: 2}\nc: {? << : *b, z: 3}\n",
        "c: {<<: [{<<: {x: 1, z: 4}, y: 2}, {y: 5}], z: 3}\n",
    ] {
        let found = read::<Numbers>(text).expect(text);
        let expected = [("x", 1), ("y", 2), ("z", 3)].map(|(name, number)| (name.to_owned(), number));
        assert_eq!(found["c"], BTreeMap::from(expected), "{text}");
    }
}

#[test]
fn texts_keep_their_spelling_with_merges_and_without() {
    let labels = "{version: 1.10, exponent: 1e3, hex: 0x1F, truth: True, empty: , octal: 010, \"q\\\"\\n\": \"é\\\\\\u0085'\\x7f\"}";
    let plain: Texts = read(&format!("a: {labels}")).expect("plain");
    assert_eq!((&*plain["a"]["version"], &*plain["a"]["hex"]), ("1.10", "0x1F"));
    for text in [
        format!("a: {labels} # <<: *b"),
        format!("a: {labels}\n---\nb: 1\n"),
        format!("a: {labels}\nb: {{x: 1.10, <<: {{y: 1}}}}"),
        format!("b: &b {labels}\na: {{<<: *b}}"),
        format!("a: !tag {labels}\nb: {{<<: {{}}}}"),
    ] {
        assert_eq!(read::<Texts>(&text).expect(&text)["a"], plain["a"], "{text}");
    }
    let lists: BTreeMap<String, BTreeMap<String, Vec<Option<f64>>>> =
        read("a: &a\n  x:\n  - 1.50\n  -\n  - ~\n  - 1e3\nb: {<<: *a}\n").expect("lists");
    assert_eq!(lists["b"]["x"], [Some(1.5), None, None, Some(1000.0)]);
    let long = "k".repeat(2000);
    assert_eq!(read::<Texts>(&format!("a: {{<<: {{? {long} : v}}}}")).expect("a long key")["a"][&long], "v");
}

#[test]
fn errors_know_the_line_where_the_file_itself_has_it() {
    for (text, expected) in [
        ("a: {x: 1}\nb: 5\n", "line 2"),
        ("a: {x: 1}\n# <<: *x\nb: 5\n", "line 3"),
        ("a: {x: 1}\nb: 5\n---\nc: {}\n", "line 2"),
        ("a: &a {x: 1}\nb: 5\nc: {<<: *a}\n", "line 2"),
        ("a: {x: 1}\nb: <<\nc: [\n", "line "),
        ("a: {<<: 5}", NO_MAPPING),
        ("a: {<<: [{}, []]}", NO_MAPPING),
    ] {
        let error = read::<Numbers>(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let error = read::<Numbers>("a: &a {x: 1}\nb: {<<: *a}\nc: {<<: {y: z}}\n").expect_err("no number").to_string();
    assert!(error.starts_with("c.y: invalid type") && !error.contains(" line "), "{error}");
}

#[test]
fn texts_are_given_as_they_are_spelt() {
    let text = "a: [1.10, 1e3, 0x10, true, 2020-01-01, null, ~, .inf, 1_000, 0o17, !!str 1.10, !!int \"3\", !own x, 'null', ]\n\
        b: {1.10: yes, ~: }\nc: {<<: {x: 1.50}}\n";
    for text in [text.to_owned(), text.replace("c: {<<: {x: 1.50}}", "c: {x: 1.50}")] {
        let spelt = spelt(&text).expect("read");
        let expected: Value = serde_yaml_ng::from_str(
            "a: ['1.10', '1e3', '0x10', 'true', '2020-01-01', '', '', '.inf', '1_000', '0o17', '1.10', '3', 'x', 'null']\n\
            b: {'1.10': 'yes', '': ''}\nc: {x: '1.50'}\n",
        )
        .expect("read");
        assert_eq!(spelt, expected);
    }
    for nothing in ["", "# a\n", "~"] {
        assert_eq!(spelt(nothing).expect(nothing), Value::String(String::new()));
    }
    for wrong in ["a: {b: !!int c}", "a: {b: c, b: d}"] {
        assert!(spelt(wrong).is_err() && read::<Texts>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn packed_texts_are_unpacked() {
    let text =
        "a:\n  x: !!binary aGk=\n  y: !<tag:yaml.org,2002:binary> |\n    aG\n    k=\n  z: '!!binary aGk='\n  n: 1.10\n";
    let found: Texts = read(text).expect("read");
    let expected = [("n", "1.10"), ("x", "hi"), ("y", "hi"), ("z", "!!binary aGk=")];
    assert_eq!(found["a"], expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!(spelt(text).expect("read")["a"]["x"], "hi");
    for text in ["a: {x: !!binary '***'}", "a: {x: !!binary /w==}"] {
        assert!(read::<Texts>(text).expect_err(text).to_string().contains(NO_BASE64), "{text}");
    }
}

#[test]
fn aliases_that_stand_for_too_much_are_refused() {
    let many = |anchored: &str, times: usize| format!("a: &a {anchored}\nb: [{}]\n", "*a, ".repeat(times));
    let list = format!("[{}]", "1, ".repeat(1000));
    let map = format!("{{{}}}", (0..1000).map(|at| format!("k{at}: ~, ")).collect::<Vec<_>>().concat());
    let merges = format!("a: &a {map}\nb:\n{}", "- {<<: *a}\n".repeat(1000));
    let laughs = (1..9)
        .map(|at| format!("a{at}: &a{at} [{}]\n", format!("*a{}, ", at - 1).repeat(9)))
        .collect::<Vec<_>>()
        .concat();
    let long = "x".repeat(100_000);
    let files = [
        many(&list, 1000),
        many(&map, 1000),
        many(&long, 100),
        many(&format!("!{long} x"), 100),
        many(&format!("{{? {long} : x}}"), 100),
        many(&list, 1000) + "---\nc: d\n",
        many(&list, 1000) + "c: !!binary aGk=\n",
        format!("a0: &a0 [lol, lol]\n{laughs}"),
        merges,
    ];
    for text in files {
        let shown = &text[..40];
        for error in [spelt(&text).expect_err(shown), read::<Value>(&text).expect_err(shown)] {
            assert!(error.to_string().contains(TOO_MANY), "{shown}: {error}");
        }
    }
}

#[test]
fn aliases_of_usual_files_are_read_whole() {
    let base =
        (0..100).map(|at| format!("  key{at}: a value of some thirty bytes {at}\n")).collect::<Vec<_>>().concat();
    let jobs = (0..150).map(|at| format!("job{at}: {{<<: *base, one: {at}}}\n")).collect::<Vec<_>>().concat();
    let found: BTreeMap<String, BTreeMap<String, String>> = read(&format!("base: &base\n{base}{jobs}")).expect("read");
    assert_eq!((found.len(), found["job149"].len()), (151, 101));
    // Whoever uses no alias may write as many values as fit.
    let dense = format!("a: &a [{}]\nb: *a\n", "~,".repeat(300_000));
    assert_eq!(read::<BTreeMap<String, Vec<()>>>(&dense).expect("read")["b"].len(), 300_000);
}
