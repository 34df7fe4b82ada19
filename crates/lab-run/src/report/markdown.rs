//! For a wiki, a pull request, or the summary of a job.

use crate::report::model::RunReport;

/// A whole document.
pub fn write(report: &RunReport) -> String {
    let mut text = format!("### dicelab run: `{}`\n\n", report.command.join(" ").replace('`', "'"));
    text.push_str(&format!("The program {} after {:.1} s; {}.\n\n", report.program, report.seconds, report.summary()));
    if !report.verdicts.is_empty() {
        text.push_str("| | Expectation | Expected | Got |\n|---|---|---|---|\n");
    }
    for verdict in &report.verdicts {
        let sign = if verdict.passed { "✅" } else { "❌" };
        let mut got = vec![cell(&verdict.got)];
        if !verdict.passed {
            got.extend(verdict.evidence.iter().map(|line| cell(line)));
        }
        let (name, expected) = (cell(&verdict.name), cell(&verdict.expected));
        text.push_str(&format!("| {sign} | {name} | {expected} | {} |\n", got.join("<br>")));
    }
    text.push_str(&format!("\nWhat came: {}.\n", report.came()));
    if !report.survey.slowest.is_empty() {
        text.push_str("\n| Slowest traces | ms | Trace |\n|---|---|---|\n");
        for slow in &report.survey.slowest {
            text.push_str(&format!("| {} | {} | `{}` |\n", cell(&slow.root), slow.millis, slow.trace_id));
        }
    }
    for note in &report.notes {
        text.push_str(&format!("\n> {}\n", cell(note)));
    }
    text
}

/// A text that stays within a cell of a table and is shown as it is.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' | '*' | '_' | '`' | '[' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("<br>"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::report::model::tests::example;

    #[test]
    fn no_text_breaks_out_of_its_cell() {
        let text = write(&example());
        let row = text.lines().find(|line| line.starts_with("| ❌")).expect("a failure");
        assert_eq!(row.replace("\\|", "").matches('|').count(), 5, "{row}");
        assert!(row.contains("no &lt;panic&gt;") && row.contains("panicked \\| at\u{fffd}"), "{row}");
        assert!(
            text.contains("The program exited with code 0 after 1.2 s; 1 of 2 expectations do not hold."),
            "{text}"
        );
    }
}
