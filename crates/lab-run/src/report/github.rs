//! For GitHub Actions: an annotation at the line of each expectation that does not hold.

use crate::report::model::RunReport;

/// Commands for the standard output of a job, one a line.
pub fn annotations(report: &RunReport) -> String {
    let mut text = String::new();
    for verdict in report.failures() {
        let place = verdict.place.as_ref().map(|place| format!("file={},line={},", property(&place.file), place.line));
        let mut message = vec![format!("expected {}, got {}", verdict.expected, verdict.got)];
        message.extend(verdict.evidence.iter().cloned());
        text.push_str(&format!(
            "::error {}title={}::{}\n",
            place.unwrap_or_default(),
            property(&verdict.name),
            data(&message.join("\n"))
        ));
    }
    text
}

/// A text as the data of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text as the value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::annotations;
    use crate::report::model::tests::example;

    #[test]
    fn a_failure_is_annotated_on_one_line_at_its_place() {
        let mut report = example();
        report.verdicts[1].name = "50 %: a, b".to_owned();
        let text = annotations(&report);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.starts_with("::error file=dicelab.yaml,line=7,title=50 %25%3A a%2C b::expected empty, got 1 line%0A"),
            "{text}"
        );
    }
}
