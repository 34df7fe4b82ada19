//! What patterns mean, and how their mistakes are named; what Go 1.26 makes of each is the expected value.

use crate::matcher::expression::{anchored, anywhere};

#[test]
fn a_pattern_means_what_it_means_in_go() {
    for (pattern, text, expected) in [
        (r"\w+", "é世ab_1ß", "ab_1"),
        (r"[\d.]+", "٣ 1.5", "1.5"),
        (r"[^\W\d]+", "12é ab3", "ab"),
        (r"\S+", "\u{a0}x y", "\u{a0}x"),
        (r"\\d", r"a\d", r"\d"),
        (r"\bx", "éx", "x"),
        (r"a\<b\>", "xa<b>", "a<b>"),
        (r"[a&&b]+", "xa&b", "a&b"),
        (r"[a[b]+", "x[ab", "[ab"),
        (r"[]a]+", "x]a", "]a"),
        (r"[^]a]+", "]xa", "x"),
        (r"[[:alpha:][:digit:]]+", "-a1é", "a1"),
        (r"[+--]+", "a,-", ",-"),
        (r"[--/]+", "a./", "./"),
        (r"[\w-]+", "é a-b", "a-b"),
        (r"[\d-z]+", "a1-z", "1-z"),
        (r"[\pN--]+", "a-1.", "-1"),
        (r"\Qa.b[\E+", "a.b[[", "a.b[["),
        (r"\Q(", "x(", "("),
        (r"\101\x42\0", "AB\0", "AB\0"),
        (r"(?i)É", "é", "é"),
        ("{", r#"a{"b"}"#, "{"),
        (r#"{"level":"#, r#"x{"level":1}"#, r#"{"level":"#),
        ("a{b}", "xa{b}", "a{b}"),
        ("a{,2}", "aaa{,2}", "a{,2}"),
        ("a{01}", "aa{01}", "a{01}"),
        ("(?:{a}|{b})+", "{a}{b}", "{a}{b}"),
        ("a(?i)*", "aaA", "aa"),
        ("a*(?i)*", "aaA", "aa"),
        ("(?ii)a(?-i)b", "AbAB", "Ab"),
        ("a(?i)b|c", "C", "C"),
        ("(?:a(?i)b)c", "aBC aBc", "aBc"),
        ("(?U)a+", "aa", "a"),
        (r"\p{ lu }+\pN", "aÉB1", "ÉB1"),
        (r"\P{^Greek}+", "aαβ", "αβ"),
        (r"\p{Upper-Case_letter}\p{gREEK}\p{A_ny}", "aÉα-", "Éα-"),
        (r"[^\p{Cs}\P{Surrogate}]|\p{Cs}|b", "ab", "b"),
        (r"[\x{D800}-\x{E001}]", "\u{E000}", "\u{E000}"),
        (r"[^\x{D800}]", "a", "a"),
        ("(?P<1a>a)(?<b>b)", "ab", "ab"),
        ("((a{1000}){0}){2}b", "b", "b"),
        ("((a{1000}){0,0}){2}b", "b", "b"),
        ("[[:a]+", "x[:a", "[:a"),
        ("[[:digit:]][[:a]", "x1:", "1:"),
        ("x{1001", "x{1001", "x{1001"),
    ] {
        let found = anywhere(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert_eq!(found.find(text).map(|found| found.as_str()), Some(expected), "{pattern}");
    }
}

#[test]
fn mistakes_are_named_as_go_names_them() {
    for (pattern, expected) in [
        ("(", "missing closing ): `(`"),
        ("a)", "unexpected ): `a)`"),
        ("a)(b", "unexpected ): `a)(b`"),
        ("x[a", "missing closing ]: `[a`"),
        ("|[]", "missing closing ]: `[]`"),
        ("[[:alpha:", "missing closing ]: `[[:alpha:`"),
        ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        (r"[a-\d]", r"invalid escape sequence: `\d`"),
        (r"[\b]", r"invalid escape sequence: `\b`"),
        ("*x", "missing argument to repetition operator: `*`"),
        ("a|+?", "missing argument to repetition operator: `+?`"),
        ("(?i){2}", "missing argument to repetition operator: `{2}`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a{2}{3}?b", "invalid nested repetition operator: `{2}{3}?`"),
        ("a{3,1}", "invalid repeat count: `{3,1}`"),
        ("a{2000}", "invalid repeat count: `{2000}`"),
        ("a{1001,}", "invalid repeat count: `{1001,}`"),
        ("a{1,99999999999}", "invalid repeat count: `{1,99999999999}`"),
        ("(a{10}){101}", "invalid repeat count: `{101}`"),
        ("(?:(?:a{1000}){0,}){2}", "invalid repeat count: `{2}`"),
        ("((a{1000}){1000}){1000}", "invalid repeat count: `{1000}`"),
        (r"a\q", r"invalid escape sequence: `\q`"),
        (r"\8", r"invalid escape sequence: `\8`"),
        (r"\x4+", r"invalid escape sequence: `\x4+`"),
        (r"\x{110000}", r"invalid escape sequence: `\x{110000`"),
        (r"\u0041", r"invalid escape sequence: `\u`"),
        (r"\", "trailing backslash at end of expression: ``"),
        (r"\p{Alphabetic}", r"invalid character class range: `\p{Alphabetic}`"),
        (r"\p{sc=Greek}", r"invalid character class range: `\p{sc=Greek}`"),
        (r"\p{Grek}", r"invalid character class range: `\p{Grek}`"),
        (r"\p{Is_Greek}", r"invalid character class range: `\p{Is_Greek}`"),
        (r"\p{{Lu}", r"invalid character class range: `\p{{Lu}`"),
        (r"\p{{Lu}}", r"invalid character class range: `\p{{Lu}`"),
        (r"\p{^^Lu}", r"invalid character class range: `\p{^^Lu}`"),
        (r"\p{}", r"invalid character class range: `\p{}`"),
        (r"\p{Han", r"invalid character class range: `\p{Han`"),
        (r"\pé", r"invalid character class range: `\pé`"),
        ("(?x)", "invalid or unsupported Perl syntax: `(?x`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?i", "invalid or unsupported Perl syntax: `(?i`"),
        ("(?-)", "invalid or unsupported Perl syntax: `(?-)`"),
        ("(?P=n)", "invalid or unsupported Perl syntax: `(?P`"),
        ("(?<", "invalid or unsupported Perl syntax: `(?<`"),
        ("(?<=a)", "invalid named capture: `(?<=a)`"),
        ("(?P<x y>a)", "invalid named capture: `(?P<x y>`"),
        ("(?P<>a)", "invalid named capture: `(?P<>`"),
        (
            "(?P<x>a)|(?<x>b)",
            "two groups have the same name, which Go allows and the lab does not; give each its own: `x`",
        ),
    ] {
        let expected = format!("error parsing regexp: {expected}");
        assert_eq!(anywhere(pattern).expect_err(pattern).to_string(), expected);
        assert_eq!(anchored(pattern).expect_err(pattern).to_string(), expected);
    }
}

#[test]
fn in_whole_texts_the_flag_s_is_set_until_it_is_taken_back() {
    for (pattern, text, expected) in [
        ("x.y", "x\ny", true),
        ("(?-s)x.y", "x\ny", false),
        ("(?-s)x.y", "x-y", true),
        ("(?-s:x.y)", "x\ny", false),
        ("(?-s:x.y).", "x-y\n", true),
        ("(?-s)x(?s).y", "x\ny", true),
        ("(?i)(?s-i:.)x", "\nX", true),
    ] {
        assert_eq!(anchored(pattern).expect(pattern).is_match(text), expected, "{pattern}");
    }
    assert!(!anywhere("x.y").expect("valid").is_match("x\ny"));
    assert!(anywhere("(?s)x.y").expect("valid").is_match("x\ny"));
}

/// Each of these took seconds or minutes to read or to compile.
#[test]
fn what_would_take_too_long_is_refused_at_once() {
    for (pattern, expected) in [
        (r"\pL".repeat(40_000), "it takes too long to compile"),
        (format!("(?i)[{}]", r"\pL".repeat(1_000)), "it takes too long to compile"),
        (format!("(?i){}", "[b-힣]".repeat(15_000)), "it takes too long to compile"),
        (format!("(?i){}", r"[\W_]".repeat(20_000)), "it takes too long to compile"),
        (format!("(?i){}", "[[:^alpha:]_]".repeat(9_000)), "it takes too long to compile"),
        (format!("a{}", "*(?i)*(?-i)".repeat(11_000)), "expression nests too deeply"),
        (format!("[{}", "[:".repeat(65_000)), "missing closing ]"),
        ("[[:x]".repeat(26_000) + "(", "missing closing )"),
        ("a".repeat((128 << 10) + 1), "it is 128.0 KiB long, and 128.0 KiB are allowed; split it: `aaa"),
    ] {
        let error = anywhere(&pattern).expect_err("too much").to_string();
        assert!(error.contains(expected), "{}", error.chars().take(200).collect::<String>());
    }
    for pattern in [r"(?i)[\W_]+\pL+".to_owned(), format!("[{}]", "a".repeat((128 << 10) - 2)), r"\p{Lu}".repeat(20)] {
        anywhere(&pattern).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn how_deep_an_expression_may_nest_is_said_in_plain_words() {
    let groups = |n: usize| "(".repeat(n) + "a" + &")".repeat(n);
    let starred = |n: usize| "(?:".repeat(n) + "ab" + &")*".repeat(n);
    anywhere(&groups(250)).expect("as deep as may be");
    for pattern in [groups(251), groups(1_001), starred(125), starred(20_000)] {
        let error = anywhere(&pattern).expect_err("too deep").to_string();
        let expected = "error parsing regexp: expression nests too deeply: it may have 250 levels";
        assert!(error.starts_with(expected), "{}", error.chars().take(200).collect::<String>());
    }
}
