//! Templates that would never end or fill the memory end in an error that says which bound they reached.

use lab_template::{Function, Host, Limits, MissingKey, NoFunctions, Template, Value};
use proptest::prelude::*;

fn reason(text: &str) -> String {
    let parsed = Template::parse::<()>("t", text, &[], MissingKey::Zero);
    let result = parsed.and_then(|template| template.execute(Value::Nothing, &NoFunctions, Limits::default()));
    result.map(|output| format!("{} bytes", output.len())).unwrap_or_else(|error| error.reason().to_owned())
}

#[test]
fn a_template_that_calls_itself_ends() {
    let text = r#"{{define "T"}}{{template "T"}}{{end}}{{template "T"}}"#;
    assert_eq!(reason(text), "exceeded maximum template depth (200)");
    let text =
        r#"{{define "T"}}{{if true}}{{range 2}}{{with 1}}{{template "T"}}{{end}}{{end}}{{end}}{{end}}{{template "T"}}"#;
    assert_eq!(reason(text), "exceeded maximum template depth (200)");
}

#[test]
fn loops_end() {
    let text = "{{range 1000000}}{{range 1000000}}{{end}}{{end}}";
    assert_eq!(reason(text), "the template takes more than 100000 steps; make its loops shorter");
    assert_eq!(reason("{{range 9223372036854775807}}{{break}}{{end}}x"), "1 bytes");
}

#[test]
fn texts_stay_short() {
    assert_eq!(reason(r#"{{printf "%1000000d" 1}}"#), "1000000 bytes");
    let too_long = "the text is longer than 1048576 bytes";
    assert_eq!(reason(r#"{{range 3}}{{printf "%1000000d" 1}}{{end}}"#), too_long);
    assert_eq!(reason(r#"{{printf "%1000000d%1000000d" 1 1}}"#), format!("error calling printf: {too_long}"));
    assert_eq!(reason(r#"{{printf "%.1000000f" 1.0 | len}}"#), "7 bytes");
    let doubled = r#"{{$x := "x"}}{{range 64}}{{$x = print $x $x}}{{end}}"#;
    assert_eq!(reason(doubled), format!("error calling print: {too_long}"));
    let wasteful = r#"{{range 100}}{{$x := printf "%1000000d" 1}}{{end}}"#;
    assert_eq!(
        reason(wasteful),
        "error calling printf: the functions of the template make more than 16777216 bytes of text in all"
    );
}

#[test]
fn nesting_is_bounded_by_the_parser() {
    for (open, close) in [("(", ")"), ("{{if 1}}", "{{end}}"), ("{{range 1}}", "{{end}}")] {
        let (before, inside, after) = if open == "(" { ("{{", "1", "}}") } else { ("", "x", "") };
        let nested = |depth| format!("{before}{}{inside}{}{after}", open.repeat(depth), close.repeat(depth));
        assert_eq!(reason(&nested(100)), "1 bytes", "{open}");
        assert_eq!(
            reason(&nested(101)),
            "max expression depth exceeded: blocks and parentheses nest deeper than 100",
            "{open}"
        );
    }
}

/// A host whose one function cannot be served.
struct Failing;

impl Host for Failing {
    fn call<'a>(&'a self, _: usize, _: &[Value<'a>], _: &mut lab_template::Budget) -> Result<Value<'a>, String> {
        Err("the source is closed".to_owned())
    }
}

#[test]
fn an_error_of_a_function_names_its_place() {
    static TABLE: [Function<()>; 1] = [Function { signature: lab_template::Signature::new("ask", &[]), body: () }];
    let template = Template::parse("rule", "first line\n{{ if true }}{{ ask }}{{ end }}", &TABLE, MissingKey::Zero);
    let error = template.expect("parses").execute(Value::Nothing, &Failing, Limits::default()).expect_err("fails");
    assert_eq!(
        error.to_string(),
        "template: rule:2:16: executing \"rule\" at <ask>: error calling ask: the source is closed"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn no_text_panics(text in "([{}$.a-z|()\" -]|\\{\\{|\\}\\}|range|end|if|else|with|:=|%[0-9]+[dvxq]){0,40}") {
        let _ = reason(&text);
    }

    #[test]
    fn no_format_panics(format in "(%[-+# 0]*[0-9]{0,8}(\\.[0-9]{0,8})?[a-zA-Z]|%\\[[0-9]\\]\\*?|[a-z%]){0,6}", number in any::<f64>()) {
        let data = Value::Float(number);
        let text = format!("{{{{ printf {format:?} . 12 \"text\" true }}}}");
        if let Ok(template) = Template::parse::<()>("t", &text, &[], MissingKey::Zero) {
            let _ = template.execute(data, &NoFunctions, Limits::default());
        }
    }
}
