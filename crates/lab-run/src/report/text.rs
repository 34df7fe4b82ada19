//! For people who look at a terminal.

use crate::judge::verdict::Verdict;
use crate::report::model::RunReport;

/// The whole report; with colours if the terminal shows them.
pub fn write(report: &RunReport, colours: bool) -> String {
    let mut text = String::new();
    for verdict in &report.verdicts {
        text.push_str(&one(verdict, colours));
    }
    text.push_str(&format!("program    {} after {:.1} s\n", report.program, report.seconds));
    text.push_str(&format!("telemetry  {}: {}\n", report.summary(), report.came()));
    for (at, slow) in report.survey.slowest.iter().enumerate() {
        let head = if at == 0 { "slowest" } else { "" };
        text.push_str(&format!("{head:<10} {} ms  {}  trace {}\n", slow.millis, slow.root, slow.trace_id));
    }
    for (at, line) in report.survey.errors.iter().enumerate() {
        let head = if at == 0 { "errors" } else { "" };
        text.push_str(&format!("{head:<10} {}\n", printable(line)));
    }
    for note in &report.notes {
        text.push_str(&format!("note       {note}\n"));
    }
    text
}

fn one(verdict: &Verdict, colours: bool) -> String {
    let (word, colour) = if verdict.passed { ("PASS", "32") } else { ("FAIL", "31") };
    let word = if colours { format!("\u{1b}[{colour}m{word}\u{1b}[0m") } else { word.to_owned() };
    let mut text = format!("{word}  {}\n", verdict.name);
    if !verdict.passed {
        if verdict.asked != verdict.name {
            text.push_str(&format!("      asked     {}\n", verdict.asked));
        }
        text.push_str(&format!("      expected  {}\n      got       {}\n", verdict.expected, printable(&verdict.got)));
        if let Some(place) = &verdict.place {
            text.push_str(&format!("      stated at {place}\n"));
        }
        for line in &verdict.evidence {
            text.push_str(&format!("                {}\n", printable(line)));
        }
    }
    text
}

/// A text without characters that steer a terminal: programs write them into their lines.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::report::model::tests::example;

    #[test]
    fn a_failure_says_what_was_asked_expected_and_got_and_a_success_is_one_line() {
        let text = write(&example(), false);
        assert!(text.starts_with("PASS  requests are counted\nFAIL  no <panic>"), "{text}");
        for told in [
            "      asked     {service_name=\"shop\"} |= \"panic\"\n      expected  empty\n      got       1 line\n",
            "stated at dicelab.yaml:7",
            "panicked | at\u{fffd}[0m x.rs",
            "program    exited with code 0 after 1.2 s\n",
            "telemetry  1 of 2 expectations do not hold: 2 traces, 30 series, 5 lines, traces from shop\n",
            "slowest    12 ms  shop checkout  trace 0af7\n",
            "errors     it broke\n",
            "note       OTEL_SDK_DISABLED was removed\n",
        ] {
            assert!(text.contains(told), "{told}\n{text}");
        }
    }
}
