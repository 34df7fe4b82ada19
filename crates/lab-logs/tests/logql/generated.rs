//! What is printed reads back as the same query: over queries that a grammar makes, which reaches every stage,
//! function, operator and modifier.

use lab_logs::logql::syntax::parser::parse;
use proptest::prelude::*;

fn one_of(texts: &[&'static str]) -> impl Strategy<Value = String> + Clone + use<> {
    proptest::sample::select(texts.to_vec()).prop_map(str::to_owned)
}

fn name() -> impl Strategy<Value = String> {
    one_of(&["app", "level", "size", "_x9", "json_9", "unwrap_me", "bytes", "Sum"])
}

fn names() -> impl Strategy<Value = String> {
    proptest::collection::vec(name(), 0..3).prop_map(|names| names.join(", "))
}

/// A text in quotes, or between backquotes.
fn text() -> impl Strategy<Value = String> {
    let quoted = "[ -~äß\u{7f}\t\n]{0,8}".prop_map(|text| {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("\"{escaped}\"")
    });
    prop_oneof![quoted, "`[ -_a-~]{0,8}`"]
}

fn regex() -> impl Strategy<Value = String> {
    one_of(&["\"a.b\"", "\".+\"", "\"x|y\"", "`\\d+[a-c]?`", "\"(?i)err\""])
}

fn matcher() -> impl Strategy<Value = String> {
    let equal = (name(), one_of(&["=", "!="]), text());
    let matches = (name(), one_of(&["=~", "!~"]), regex());
    prop_oneof![equal, matches].prop_map(|(name, op, text)| format!("{name}{op}{text}"))
}

fn selector() -> impl Strategy<Value = String> {
    proptest::collection::vec(matcher(), 0..3).prop_map(|mut matchers| {
        matchers.push("app=\"dice\"".to_owned());
        format!("{{{}}}", matchers.join(", "))
    })
}

fn duration() -> impl Strategy<Value = String> {
    one_of(&["5m", "1h30m", "90s", "1500ms", "1d", "2w", "100ms", "3s5ms", "1y"])
}

fn number() -> impl Strategy<Value = String> {
    one_of(&["0", "1", "0.5", "1e3", "2.5e-3", "1000000", "0x1p4", ".25"])
}

fn condition() -> impl Strategy<Value = String> {
    let quantity = prop_oneof![number(), duration(), one_of(&["10KB", "1.5MiB", "3B", "-5"])];
    let compares = (name(), one_of(&["==", "=", "!=", ">", ">=", "<", "<="]), quantity)
        .prop_map(|(name, op, value)| format!("{name} {op} {value}"));
    prop_oneof![matcher(), compares].prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), one_of(&[" and ", " or ", ", ", " AND ", " "]), inner.clone())
                .prop_map(|(left, op, right)| format!("{left}{op}{right}")),
            inner.prop_map(|inner| format!("({inner})")),
        ]
    })
}

fn stage() -> impl Strategy<Value = String> {
    let texts = proptest::collection::vec(text(), 1..3).prop_map(|texts| texts.join(" or "));
    let target = || prop_oneof![name(), matcher()];
    prop_oneof![
        (one_of(&["|=", "!="]), texts).prop_map(|(op, texts)| format!("{op} {texts}")),
        (one_of(&["|~", "!~"]), regex()).prop_map(|(op, text)| format!("{op} {text}")),
        one_of(&["|> \"<_> a <_>\"", "!> `GET <_>`"]),
        one_of(&["| json", "| logfmt", "| unpack", "| decolorize", "| logfmt --strict", "| logfmt --keep-empty"]),
        (name(), name()).prop_map(|(a, b)| format!("| json {a}=\"x.y[0]\", {b}")),
        (one_of(&["logfmt", "logfmt --strict --keep-empty"]), name(), name())
            .prop_map(|(parser, a, b)| format!("| {parser} {a}=\"xy\", {b}")),
        one_of(&["| regexp \"(?P<a>x+)\"", "| pattern `<a> - <_>`"]),
        condition().prop_map(|condition| format!("| {condition}")),
        one_of(&["| line_format \"{{.a}} {{ .b | ToUpper }}\"", "| line_format `plain`"]),
        (name(), name()).prop_map(|(a, b)| format!("| label_format {a}={b}, c=\"{{{{.d}}}}\"")),
        (one_of(&["drop", "keep"]), target(), target()).prop_map(|(word, a, b)| format!("| {word} {a}, {b}")),
    ]
}

fn log_query() -> impl Strategy<Value = String> {
    (selector(), proptest::collection::vec(stage(), 0..4)).prop_map(|(selector, stages)| {
        let mut query = selector;
        let mut names_a_label = false;
        for stage in stages {
            // After a label `!= "x"` is a condition on it, in Loki too.
            let stage = match stage.strip_prefix("!= ") {
                Some(texts) if names_a_label => format!("|= {texts}"),
                _ => stage,
            };
            names_a_label = stage.starts_with("| drop") || stage.starts_with("| keep");
            query = format!("{query} {stage}");
        }
        query
    })
}

fn grouping() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        (one_of(&["by", "without", "BY"]), names()).prop_map(|(w, n)| format!(" {w} ({n})"))
    ]
}

fn window() -> impl Strategy<Value = String> {
    let offset = prop_oneof![Just(String::new()), duration().prop_map(|d| format!(" offset {d}"))];
    (duration(), offset).prop_map(|(range, offset)| format!("[{range}]{offset}"))
}

fn range_function() -> impl Strategy<Value = String> {
    let counts = one_of(&["rate", "count_over_time", "bytes_rate", "bytes_over_time", "absent_over_time"]);
    let values = one_of(&["avg_over_time", "min_over_time", "max_over_time", "stddev_over_time", "first_over_time"]);
    let unwrap = one_of(&["unwrap size", "unwrap duration(took)", "unwrap bytes(size) | __error__=\"\""]);
    prop_oneof![
        (counts, log_query(), window()).prop_map(|(f, query, window)| format!("{f}({query} {window})")),
        (values, log_query(), unwrap.clone(), window(), grouping())
            .prop_map(|(f, query, unwrap, window, grouping)| format!("{f}({query} | {unwrap} {window}){grouping}")),
        (log_query(), unwrap, window(), grouping()).prop_map(|(query, unwrap, window, grouping)| {
            format!("quantile_over_time(0.95, {query} | {unwrap} {window}){grouping}")
        }),
    ]
}

fn vector() -> impl Strategy<Value = String> {
    let matching = prop_oneof![
        Just(String::new()),
        (one_of(&["on", "ignoring"]), names()).prop_map(|(word, names)| format!("{word} ({names})")),
        (one_of(&["on", "ignoring"]), names(), one_of(&["group_left", "group_right"]), names())
            .prop_map(|(word, a, group, b)| format!("{word} ({a}) {group} ({b})")),
    ];
    prop_oneof![range_function(), Just("vector(2.5)".to_owned())].prop_recursive(4, 24, 3, move |inner| {
        let folds = one_of(&["sum", "avg", "min", "max", "count", "stddev", "stdvar"]);
        prop_oneof![
            (folds.clone(), grouping(), inner.clone())
                .prop_map(|(f, grouping, inner)| format!("{f}({inner}){grouping}")),
            (folds, grouping(), inner.clone()).prop_map(|(f, grouping, inner)| format!("{f}{grouping} ({inner})")),
            (one_of(&["topk", "bottomk"]), grouping(), inner.clone())
                .prop_map(|(f, grouping, inner)| format!("{f}{grouping}(3, {inner})")),
            (one_of(&["sort", "sort_desc"]), inner.clone()).prop_map(|(f, inner)| format!("{f}({inner})")),
            (inner.clone(), text(), one_of(&["\"$1\"", "``"]))
                .prop_map(|(inner, text, to)| format!("label_replace({inner}, \"to\", {to}, {text}, \"(.*)\")")),
            (
                inner.clone(),
                one_of(&["+", "-", "*", "/", "%", "^", "and", "or", "unless"]),
                matching.clone(),
                inner.clone()
            )
                .prop_map(|(left, op, matching, right)| format!("{left} {op} {matching} {right}")),
            (inner.clone(), one_of(&["==", "!=", ">", "< bool", ">= bool", "<="]), matching.clone(), inner.clone())
                .prop_map(|(left, op, matching, right)| format!("{left} {op} {matching} {right}")),
            (inner.clone(), one_of(&["+", "/", "> bool", "=="]), number())
                .prop_map(|(left, op, right)| format!("{left} {op} {right}")),
            inner.prop_map(|inner| format!("({inner})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn a_generated_query_reads_prints_and_reads_back(query in prop_oneof![1 => log_query(), 3 => vector()]) {
        let tree = parse(&query);
        prop_assert!(tree.is_ok(), "{query} is refused: {}", tree.expect_err("refused"));
        let tree = tree.expect("read");
        let printed = tree.to_string();
        // A constant that is no finite number is printed as Loki prints it, which neither of the two reads.
        let readable = printed.replace("NaN", "(0 / 0)").replace("+Inf", "(1e308 * 10)").replace("-Inf", "(-1e308 * 10)");
        let again = parse(&readable).map_err(|error| error.to_string());
        // NaN differs from itself, so what is compared is how the trees are shown.
        let expected = Ok::<_, String>(tree);
        prop_assert_eq!(format!("{again:?}"), format!("{expected:?}"), "{}\nprinted as {}", query, printed);
    }
}

#[test]
fn a_line_filter_after_a_dropped_label_stays_a_line_filter() {
    let tree = parse("({a=\"b\"} | drop c) != \"x\" | keep d").expect("valid");
    let printed = tree.to_string();
    assert_eq!(printed, "({a=\"b\"} | drop c) != \"x\" | keep d");
    assert_eq!(parse(&printed).expect("valid"), tree);
    let json = parse("{a=\"b\"} | json != \"x\"").expect("valid");
    assert_eq!(json.to_string(), "{a=\"b\"} | json != \"x\"");
    // No label can be called as a stage is.
    assert!(parse("{a=\"b\"} | (json != \"x\")").is_err());
    assert_ne!(parse("{a=\"b\"} | drop c != \"x\" | keep d").expect("valid"), tree);
}
