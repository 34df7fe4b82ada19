//! What is printed is read back as the same query, but for spans and the spelling of numbers and durations.

use lab_metrics::promql::syntax;
use lab_metrics::promql::syntax::ast::Expr;
use lab_metrics::promql::syntax::printer::print;
use proptest::prelude::*;

/// Panics unless a query is the same after it was printed on one line, and after it was laid out.
pub(super) fn check(query: &str) {
    let parse =
        |text: &str| -> Expr { syntax::parse(text).unwrap_or_else(|error| panic!("{query}\nas {text}\n{error}")) };
    let first = parse(query);
    let printed = print(&first);
    assert_eq!(parse(&printed), first, "{query}\nas {printed}");
    let laid_out = syntax::pretty(query).expect("valid");
    assert_eq!(parse(&laid_out), first, "{query}\nas {laid_out}");
    assert_eq!(print(&parse(&printed)), printed, "printed once more");
}

fn one_of(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(texts).prop_map(str::to_owned).boxed()
}

fn number() -> BoxedStrategy<String> {
    one_of(&[
        "0",
        "1",
        "2.5",
        ".5",
        "1e3",
        "1e-7",
        "0x1F",
        "017",
        "1_000",
        "Inf",
        "NaN",
        "5m",
        "1h30m",
        "123456789012345678",
    ])
}

fn string() -> BoxedStrategy<String> {
    let fixed = one_of(&[
        r#""x""#,
        "'it\\'s'",
        "`a\\n`",
        r#""\xff\u00ff\n""#,
        r#""46d7h6m40s""#,
        r#""\ufffd""#,
        "\"é\u{301} \"",
    ]);
    prop_oneof![fixed, "[a-zé\u{200b}😀 ]{0,6}".prop_map(|text| format!("\"{text}\""))].boxed()
}

fn duration() -> BoxedStrategy<String> {
    let leaf = one_of(&["5m", "300", "0.5", "1ms", "1y", "1w2d", "46d7h6m40s", "step()", "range()", "1h30m"]);
    let tree = leaf.prop_recursive(3, 12, 2, |inner| {
        let operator = one_of(&["+", "-", "*", "/", "%", "^"]);
        prop_oneof![
            inner.clone().prop_map(|one| format!("({one})")),
            (one_of(&["-", "+", "- -"]), inner.clone()).prop_map(|(sign, one)| format!("{sign}({one})")),
            (inner.clone(), operator, inner.clone()).prop_map(|(left, op, right)| format!("{left} {op} {right}")),
            (one_of(&["min_of", "max_of"]), inner.clone(), inner).prop_map(|(name, a, b)| format!("{name}({a}, {b})")),
        ]
    });
    // A sum of nothing known could be no range.
    tree.boxed()
}

/// `offset` and `@`, none, one or both, in either order.
fn time() -> BoxedStrategy<String> {
    let offset = prop_oneof![
        duration().prop_map(|duration| format!(" offset ({duration})")),
        duration().prop_map(|duration| format!(" offset -({duration}) ")),
        one_of(&[
            " offset 5m",
            " offset -1.5",
            " offset 0s",
            " offset -step()",
            " offset - -5m ^ 2",
            " offset -+1h * 2 "
        ]),
        one_of(&[" offset (1m) * 2", " offset max_of(1m, range())", " offset + +1m * 3"]),
    ];
    let at = one_of(&[" @ 1234.5", " @ -1", " @ start()", " @ end()", " @ 1h"]);
    prop_oneof![
        4 => Just(String::new()),
        1 => offset.clone(),
        1 => at.clone(),
        1 => (offset.clone(), at.clone()).prop_map(|(offset, at)| offset + &at),
        1 => (at, offset).prop_map(|(at, offset)| at + &offset),
    ]
    .boxed()
}

fn selector() -> BoxedStrategy<String> {
    let name = one_of(&["up", "http_requests:rate5m", "smoothed", "sum", "fill", "and", "start", "by", "offset", "_"]);
    let matcher = one_of(&[
        r#"a="b""#,
        r#"a!='c'"#,
        r#"le=~"0.5|1""#,
        "x!~`y.*`",
        r#""x.y"="z""#,
        r#"by="""#,
        r#"q="\xff""#,
        r#""\xff"!="1""#,
    ]);
    let matchers = prop::collection::vec(matcher, 0..4).prop_map(|all| all.join(", "));
    let quoted = one_of(&[r#"{"my.metric"}"#, r#"{"up", a="b",}"#, r#"{__name__=~"a.*"}"#, r#"{a="b"}"#]);
    prop_oneof![name.clone(), (name, matchers).prop_map(|(name, matchers)| format!("{name}{{{matchers}}}")), quoted,]
        .boxed()
}

fn labels() -> BoxedStrategy<String> {
    let label = one_of(&["job", "le", "on", "bool", "a:b", r#""x y""#, "sum", "offset"]);
    prop::collection::vec(label, 0..3).prop_map(|all| format!("({})", all.join(", "))).boxed()
}

fn matching() -> BoxedStrategy<String> {
    let group = prop_oneof![
        Just(String::new()),
        (one_of(&[" group_left", " group_right "]), labels())
            .prop_map(|(side, labels)| side + &labels.replace("job", "x").replace("le", "x"))
    ];
    let on = (labels(), group).prop_map(|(labels, group)| format!(" ignoring {labels}{group}"));
    let fill = one_of(&["", "", " fill (0)", " fill_left (1e6)", " fill_right (-2) fill_left (.00001)", " fill(Inf)"]);
    prop_oneof![
        Just(String::new()),
        (on, fill.clone()).prop_map(|(on, fill)| on + &fill),
        fill,
        labels().prop_map(|labels| format!(" on {labels}"))
    ]
    .boxed()
}

fn scalar() -> BoxedStrategy<String> {
    number()
        .prop_recursive(3, 8, 2, |inner| {
            let operator = one_of(&["+", "-", "*", "/", "%", "^", "atan2", "== bool", "<= bool"]);
            prop_oneof![
                inner.clone().prop_map(|one| format!("({one})")),
                (one_of(&["-", "+"]), inner.clone()).prop_map(|(sign, one)| format!("{sign}{one}")),
                (inner.clone(), operator, inner).prop_map(|(left, op, right)| format!("{left} {op} {right}")),
                one_of(&["time()", "pi()", "start()", "step()", "max_of(1, 2)", "scalar(up)"]),
            ]
        })
        .boxed()
}

fn range(vector: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let edges = one_of(&["", "", " anchored", " smoothed"]);
    let plain = (selector(), duration(), edges, time())
        .prop_map(|(vector, range, edges, time)| format!("{vector}[1s + ({range})]{edges}{time}"));
    let subquery = (
        vector,
        duration(),
        prop_oneof![Just(String::new()), duration().prop_map(|step| format!("1s + ({step})"))],
        time(),
    );
    prop_oneof![
        plain,
        subquery.prop_map(|(inner, range, step, time)| format!("({inner})[1s + ({range}):{step}]{time}"))
    ]
    .boxed()
}

fn call(vector: BoxedStrategy<String>) -> BoxedStrategy<String> {
    prop_oneof![
        range(vector.clone()).prop_map(|range| format!("rate({range})")),
        (scalar(), range(vector.clone())).prop_map(|(scalar, range)| format!("quantile_over_time({scalar}, {range})")),
        vector.clone().prop_map(|vector| format!("abs({vector})")),
        (scalar(), vector.clone()).prop_map(|(scalar, vector)| format!("histogram_quantile({scalar}, {vector})")),
        (vector.clone(), string(), string()).prop_map(|(vector, a, b)| format!("label_join({vector}, {a}, {b})")),
        (vector.clone(), string()).prop_map(|(vector, text)| format!("sort_by_label({vector}, {text})")),
        (vector, one_of(&["", ", {}", ", {a=~\".*\"}"]))
            .prop_map(|(vector, conditions)| format!("info({vector}{conditions})")),
        scalar().prop_map(|scalar| format!("vector({scalar})")),
        Just("hour()".to_owned()),
    ]
    .boxed()
}

fn aggregation(vector: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let grouping = prop_oneof![
        Just(String::new()),
        (one_of(&["by", "WITHOUT"]), labels()).prop_map(|(word, labels)| format!(" {word} {labels} "))
    ];
    prop_oneof![
        (one_of(&["sum", "Avg", "group", "stddev"]), grouping.clone(), vector.clone())
            .prop_map(|(name, by, vector)| format!("{name}{by}({vector})")),
        (one_of(&["topk", "quantile", "limit_ratio"]), scalar(), vector.clone(), grouping.clone())
            .prop_map(|(name, scalar, vector, by)| format!("{name}({scalar}, {vector}){by}")),
        (string(), vector, grouping).prop_map(|(text, vector, by)| format!("count_values{by}({text}, {vector})")),
    ]
    .boxed()
}

fn vector() -> BoxedStrategy<String> {
    let edges = one_of(&["", "", "", " smoothed", " anchored"]);
    let leaf = (selector(), edges, time()).prop_map(|(vector, edges, time)| format!("{vector}{edges}{time}"));
    leaf.prop_recursive(4, 24, 3, |inner| {
        let inner = inner.boxed();
        let operator = one_of(&["+", "-", "*", "/", "%", "^", "atan2", "==", "!= bool", ">", "<=", "< bool"]);
        let with_scalar = one_of(&["+", "^", "-", "* ", "==", ">= bool"]);
        prop_oneof![
            inner.clone().prop_map(|one| format!("({one})")),
            (one_of(&["-", "+", "--"]), inner.clone()).prop_map(|(sign, one)| format!("{sign}{one}")),
            (inner.clone(), operator, matching(), inner.clone())
                .prop_map(|(left, op, matching, right)| format!("{left} {op}{matching} {right}")),
            (scalar(), with_scalar.clone(), inner.clone()).prop_map(|(left, op, right)| format!("{left} {op} {right}")),
            (inner.clone(), with_scalar, scalar()).prop_map(|(left, op, right)| format!("{left} {op} {right}")),
            (inner.clone(), one_of(&["and", "or", "UNLESS"]), inner.clone())
                .prop_map(|(left, op, right)| format!("({left}) {op} ({right})")),
            call(inner.clone()),
            aggregation(inner),
        ]
    })
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn generated_queries_survive_printing(query in prop_oneof![vector(), scalar(), string(), range(vector())]) {
        // Some are refused by their types, as `1 == 2 + up` is.
        if syntax::parse(&query).is_ok() {
            check(&query);
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>(), query in vector(), at in any::<prop::sample::Index>(), length in 0_usize..4) {
        let _ = syntax::parse(&text);
        // A query with a piece cut out, and one with a piece of something else in it.
        let at = (0..=at.index(query.len() + 1)).rev().find(|at| query.is_char_boundary(*at)).unwrap_or_default();
        let (before, behind) = query.split_at(at);
        let rest: String = behind.chars().skip(length).collect();
        let _ = syntax::pretty(&format!("{before}{rest}"));
        let _ = syntax::pretty(&format!("{before}{text}{behind}"));
    }
}

#[test]
fn most_generated_queries_are_queries() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = vector();
    let accepted = (0..300).filter(|_| {
        let query = strategy.new_tree(&mut runner).expect("a query").current();
        syntax::parse(&query).is_ok()
    });
    let accepted = accepted.count();
    assert!(accepted > 200, "only {accepted} of 300 are valid");
}
