//! The grammar of scripts: commands in column one, their bodies below them, `#` starts a comment.
//!
//! ```text
//! load 30s
//!   metric{label="value"} 0+10x5 _ stale 7
//! clear
//! eval instant at 5m some query
//!   expect warn msg: PromQL warning: …
//!   {label="value"} 50
//! eval range from 0 to 5m step 1m some query
//!   {label="value"} 0 10 20
//! ```
//!
//! `expect` takes `fail`, `warn`, `info` (each with `msg:` or `regex:` or nothing), `no_warn`,
//! `no_info`, `ordered`, `string "…"` and `range vector from … to … step …`. The older `eval_fail`,
//! `eval_warn`, `eval_info` and `eval_ordered` are understood too.

/// When a query is evaluated, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Instant(i64),
    Range { start: i64, end: i64, step: i64 },
}

/// How a text must look.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    Any,
    Is(String),
    Matches(String),
}

/// What is expected beside the value.
#[derive(Clone, Debug)]
pub(crate) enum Expect {
    Fail(Text),
    Warn(Text),
    Info(Text),
    NoWarn,
    NoInfo,
    Ordered,
    Text(String),
    RangeVector { start: i64, step: i64 },
}

#[derive(Clone, Debug)]
pub(crate) enum Command {
    Load { interval: i64, series: Vec<String>, custom_buckets: bool },
    Clear,
    Eval { when: When, query: String, expects: Vec<Expect>, series: Vec<String> },
}

/// The commands of a script with their lines.
pub(crate) fn parse(text: &str) -> Vec<(usize, Command)> {
    let mut commands = Vec::new();
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).peekable();
    while let Some((at, line)) = lines.next() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut body = Vec::new();
        while let Some((_, line)) = lines.next_if(|(_, line)| !line.is_empty() && !is_command(line)) {
            if !line.starts_with('#') {
                body.push(line.to_owned());
            }
        }
        commands.push((at, command(line, body).unwrap_or_else(|| panic!("line {at}: no command: {line}"))));
    }
    commands
}

fn is_command(line: &str) -> bool {
    ["load ", "load_with_nhcb ", "eval ", "eval_fail ", "eval_warn ", "eval_info ", "eval_ordered ", "clear"]
        .iter()
        .any(|command| line.starts_with(command))
}

fn command(line: &str, body: Vec<String>) -> Option<Command> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    match word {
        "clear" => Some(Command::Clear),
        "load" | "load_with_nhcb" => {
            Some(Command::Load { interval: time(rest)?, series: body, custom_buckets: word != "load" })
        }
        _ => eval(word, rest, body),
    }
}

fn eval(word: &str, rest: &str, body: Vec<String>) -> Option<Command> {
    let mut expects: Vec<Expect> = match word {
        "eval" => Vec::new(),
        "eval_fail" => vec![Expect::Fail(Text::Any)],
        "eval_warn" => vec![Expect::Warn(Text::Any)],
        "eval_info" => vec![Expect::Info(Text::Any)],
        "eval_ordered" => vec![Expect::Ordered],
        _ => return None,
    };
    let (when, query) = if let Some(rest) = rest.strip_prefix("instant at ") {
        let (at, query) = rest.trim().split_once(char::is_whitespace)?;
        (When::Instant(time(at)?), query)
    } else {
        let mut rest = rest.strip_prefix("range from ")?.trim();
        let mut next = |keyword: &str| {
            let (value, tail) = rest.split_once(char::is_whitespace)?;
            rest = tail.trim_start().strip_prefix(keyword)?.trim_start();
            time(value)
        };
        let (start, end, step) = (next("to")?, next("step")?, next("")?);
        (When::Range { start, end, step }, rest)
    };
    let mut series = Vec::new();
    for line in body {
        match line.strip_prefix("expect ") {
            Some(rest) => expects.push(expect(rest.trim())?),
            None if line.starts_with("expected_fail_message") => {
                expects.push(Expect::Fail(Text::Is(line["expected_fail_message".len()..].trim().to_owned())));
            }
            None if line.starts_with("expected_fail_regexp") => {
                expects.push(Expect::Fail(Text::Matches(line["expected_fail_regexp".len()..].trim().to_owned())));
            }
            None => series.push(line),
        }
    }
    Some(Command::Eval { when, query: query.trim().to_owned(), expects, series })
}

fn expect(rest: &str) -> Option<Expect> {
    let (word, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let text = |rest: &str| {
        let rest = rest.trim();
        if let Some(text) = rest.strip_prefix("msg:") {
            Text::Is(text.trim().to_owned())
        } else if let Some(text) = rest.strip_prefix("regex:") {
            Text::Matches(text.trim().to_owned())
        } else {
            Text::Any
        }
    };
    Some(match word {
        "fail" => Expect::Fail(text(rest)),
        "warn" => Expect::Warn(text(rest)),
        "info" => Expect::Info(text(rest)),
        "no_warn" => Expect::NoWarn,
        "no_info" => Expect::NoInfo,
        "ordered" => Expect::Ordered,
        "string" => Expect::Text(rest.trim().trim_matches(['"', '`']).to_owned()),
        "range" => {
            let words: Vec<&str> = rest.split_whitespace().collect();
            let ["vector", "from", start, "to", _, "step", step] = words[..] else { return None };
            Expect::RangeVector { start: time(start)?, step: time(step)? }
        }
        _ => return None,
    })
}

/// A time or duration in milliseconds: `5m`, `1h30m`, `-10s`, or seconds as a number.
pub(crate) fn time(text: &str) -> Option<i64> {
    if let Some(positive) = text.strip_prefix('-') {
        return time(positive).map(|time| -time);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return Some((seconds * 1000.0).round() as i64);
    }
    lab_model::duration::parse(text).ok().map(|duration| duration.as_millis() as i64)
}
