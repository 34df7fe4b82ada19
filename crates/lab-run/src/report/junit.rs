//! For continuous integration: the XML of `JUnit`, one test for the program and one for each expectation.

use lab_model::text::markup::escaped;

use crate::report::model::RunReport;

/// A whole document.
pub fn write(report: &RunReport) -> String {
    let failures = report.failures().count() + usize::from(!report.program_passed);
    let silent = !report.telemetry_passed && report.failures().count() == 0;
    let (tests, failures) = (report.verdicts.len() + 2, failures + usize::from(silent));
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let suite = escaped(&report.command.join(" "));
    xml.push_str(&format!("<testsuites tests=\"{tests}\" failures=\"{failures}\" time=\"{:.3}\">\n", report.seconds));
    xml.push_str(&format!(
        "  <testsuite name=\"{suite}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\" time=\"{:.3}\">\n",
        report.seconds
    ));
    let program = (!report.program_passed).then(|| (report.program.clone(), String::new()));
    case(&mut xml, "the program succeeds", "", program);
    case(&mut xml, "telemetry arrives", "", silent.then(|| ("no telemetry came".to_owned(), report.came())));
    for verdict in &report.verdicts {
        let place = match &verdict.place {
            Some(place) => format!(" file=\"{}\" line=\"{}\"", escaped(&place.file), place.line),
            None => String::new(),
        };
        let failure = (!verdict.passed).then(|| {
            let mut details = vec![
                format!("asked: {}", verdict.asked),
                format!("expected: {}", verdict.expected),
                format!("got: {}", verdict.got),
            ];
            details.extend(verdict.evidence.iter().cloned());
            (format!("expected {}, got {}", verdict.expected, verdict.got), details.join("\n"))
        });
        case(&mut xml, &verdict.name, &place, failure);
    }
    let out: Vec<String> = report.notes.iter().map(|note| escaped(note)).collect();
    xml.push_str(&format!("    <system-out>{}\n{}</system-out>\n", escaped(&report.came()), out.join("\n")));
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// One test, with its failure's summary and details if it failed.
fn case(xml: &mut String, name: &str, place: &str, failure: Option<(String, String)>) {
    xml.push_str(&format!("    <testcase classname=\"dicelab.run\" name=\"{}\"{place}", escaped(name)));
    match failure {
        None => xml.push_str("/>\n"),
        Some((message, details)) => xml.push_str(&format!(
            ">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
            escaped(&message),
            escaped(&details)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::report::model::tests::example;
    use crate::report::well_formed::problem;

    #[test]
    fn the_document_is_well_formed_and_counts_its_failures() {
        let xml = write(&example());
        assert_eq!(problem(&xml), None, "{xml}");
        assert!(xml.contains("tests=\"4\" failures=\"1\""), "{xml}");
        assert!(
            xml.contains("name=\"no &lt;panic&gt; &amp; &quot;fear&quot;\" file=\"dicelab.yaml\" line=\"7\""),
            "{xml}"
        );
        let failed = super::super::model::RunReport { program_passed: false, ..example() };
        assert!(write(&failed).contains("failures=\"2\""));
    }
}
