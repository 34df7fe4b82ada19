//! What holds for every text.

use lab_traces::traceql::syntax::{parse, parse_attribute};
use proptest::prelude::*;

/// Words that queries are made of, so that random ones are often nearly right.
const WORDS: [&str; 58] = [
    "{",
    "}",
    "(",
    ")",
    "|",
    "&&",
    "||",
    ">",
    ">>",
    "<",
    "<<",
    "~",
    "!>",
    "!~",
    "&>>",
    "=",
    "!=",
    "=~",
    "<=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "!",
    ",",
    ".a",
    "span.b",
    "resource.service.name",
    "parent.c",
    "event.\"x y\"",
    "duration",
    "name",
    "status",
    "kind",
    "trace:id",
    "event:name",
    "error",
    "server",
    "nil",
    "true",
    "1",
    "2.5",
    "1.5s",
    "\"t\\n\"",
    "`r`",
    "count()",
    "avg(duration)",
    "by(name)",
    "select(.a)",
    "coalesce()",
    "rate()",
    "quantile_over_time(duration, .9)",
    "topk(3)",
    "with(a=1)",
    "childCount",
    "span:parentID",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_text_panics(text: String) {
        let _ = (parse(&text), parse_attribute(&text));
    }

    #[test]
    fn no_row_of_words_panics_and_what_parses_prints_as_itself(
        words in prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..14)
    ) {
        if let Ok(query) = parse(&words.join(" ")) {
            prop_assert_eq!(parse(&query.to_string()), Ok(query));
        }
    }

    #[test]
    fn conditions_print_as_themselves(
        operands in prop::collection::vec(prop::sample::select(vec![".a", "-1", "2s", "-duration", "(.b + 1)", "1.0"]), 6),
        operators in prop::collection::vec(prop::sample::select(vec!["+", "-", "*", "/", "^", "%"]), 4),
        compare in prop::sample::select(vec!["=", "!=", "<", ">="]),
    ) {
        let (o, p) = (operands, operators);
        let text = format!("{{ {} {} {} {} {} {compare} {} {} {} || !({} > 1) && .c }}",
            o[0], p[0], o[1], p[1], o[2], o[3], p[2], o[4], o[5]);
        let query = parse(&text).expect("valid");
        prop_assert_eq!(parse(&query.to_string()), Ok(query));
    }
}

#[test]
fn deep_and_long_queries_are_refused_not_followed() {
    for text in [
        format!("{{ {}.a{} }}", "(".repeat(5000), ")".repeat(5000)),
        format!("{{ {}.a }}", "!".repeat(5000)),
        format!("{{ .a{} }}", " && .a".repeat(5000)),
        format!("{}{{}}{}", "(".repeat(5000), ")".repeat(5000)),
        format!("{{}}{}", " && {}".repeat(5000)),
        "x".repeat(100_000),
    ] {
        assert!(parse(&text).is_err());
    }
}
