//! The three forms of a report, over the same few checks.

use std::time::Duration;

use chrono::DateTime;

use super::*;
use crate::report::check::{Area, Checks, Question};

fn report(failing: bool) -> Report {
    let question = |area, name: &str| Question::new(area, name, "a | question", "an answer");
    let mut checks = Checks::default();
    checks.add(question(Area::Services, "ready").pass("200", "it is ready"));
    checks.add(question(Area::Reconciliation, "totals").pass("x", "1,000 batches, 5,512 rolls: lost 0"));
    checks.add(question(Area::Panels, "board").pass("2 panels", "“Board” is there"));
    checks.add(question(Area::Panels, "board/one").pass("3 series", "3 series"));
    checks.add(question(Area::Panels, "board/two").pass("1 series", "5, as the ledger says"));
    checks.add(question(Area::Loss, "products").skip("not scraped here"));
    if failing {
        checks.add(question(Area::Loss, "services-spans").fail("12", "dice-roller dropped 12: ".repeat(8)));
    }
    let started = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
    Report::new(&checks, "240 requests of its own".to_owned(), started, Duration::from_secs(31))
}

fn render_as(format: Format, failing: bool) -> String {
    render(&report(failing), format, Canvas { width: 100, colours: false }).expect("renders")
}

#[test]
fn json_has_the_fields_of_the_contract() {
    let json: serde_json::Value = serde_json::from_str(&render_as(Format::Json, true)).expect("JSON");
    let check = json["checks"][0].as_object().expect("a check");
    let keys: Vec<&str> = check.keys().map(String::as_str).collect();
    assert_eq!(keys, ["id", "area", "status", "asked", "expected", "got", "seconds", "message"]);
    assert_eq!((&json["checks"][0]["id"], &json["checks"][0]["status"]), (&"services/ready".into(), &"pass".into()));
    assert_eq!(json["summary"]["fail"], 1);
    assert_eq!(json["summary"]["good"], false);
    assert_eq!(json["summary"]["started"], "2023-11-14T22:13:20Z");
}

#[test]
fn the_text_fits_a_terminal_counts_good_panels_and_explains_failures() {
    let good = render_as(Format::Text, false);
    assert!(good.contains("  ✓ ready                   it is ready\n"), "{good}");
    assert!(good.contains("  ✓ 2 panels with data; 1 show exactly what the ledger implies\n"), "{good}");
    assert!(good.contains("  – products                not scraped here\n"), "{good}");
    assert!(good.ends_with("✓ 5 passed, 1 skipped, 0 failed in 31 s"), "{good}");
    let bad = render_as(Format::Text, true);
    assert!(bad.contains("expected  an answer") && bad.contains("got       12"), "{bad}");
    assert!(bad.lines().all(|line| line.chars().count() <= 100), "{bad}");
}

#[test]
fn the_last_line_says_how_much_of_the_reconciliation_was_not_judged() {
    let verdict = |judged: usize, skipped: usize| {
        let mut checks = Checks::default();
        for at in 0..judged + skipped {
            let question = Question::new(Area::Reconciliation, format!("identity-{at}"), "a question", "an answer");
            checks.add(if at < judged { question.pass("x", "equal") } else { question.skip("others send requests") });
        }
        let report = Report::new(&checks, String::new(), DateTime::UNIX_EPOCH, Duration::ZERO);
        (report.verdict(), report.summary.good)
    };
    assert_eq!(verdict(17, 0), ("17 passed, 0 skipped, 0 failed".to_owned(), true));
    let some = "4 passed, 13 skipped, 0 failed; 13 of 17 reconciliations were not judged, for the reasons above";
    assert_eq!(verdict(4, 13), (some.to_owned(), true));
    let (none, good) = verdict(0, 17);
    assert!(none.contains("nothing was reconciled") && !good, "{none}");
}

#[test]
fn only_a_terminal_gets_colours() {
    let coloured = render(&report(true), Format::Text, Canvas { width: 100, colours: true }).expect("renders");
    assert!(coloured.contains("\x1b[1;31m✗\x1b[0m services-spans"), "{coloured}");
    assert!(!render_as(Format::Text, true).contains('\x1b'));
}

#[test]
fn markdown_begins_with_the_verdict_and_what_failed() {
    let text = render_as(Format::Markdown, true);
    assert!(text.starts_with("# Setup report\n\n**Not good**: 5 passed, 1 skipped, 1 failed in 31 s.\n"), "{text}");
    assert!(text.contains("\n> 1,000 batches, 5,512 rolls: lost 0\n"), "{text}");
    assert!(text.contains("## What failed\n\n### loss/services-spans\n"), "{text}");
    assert!(text.contains("| ✓ | ready | `a \\| question` | it is ready | 0.0 s |"), "{text}");
    assert!(!render_as(Format::Markdown, false).contains("What failed"));
}

#[test]
fn a_report_is_read_back_and_a_contradictory_one_is_refused() {
    let json = render_as(Format::Json, true);
    let read = Report::read(json.as_bytes()).expect("a report");
    assert_eq!((read.checks.len(), read.summary), (7, report(true).summary));
    for (from, to, what) in [
        ("\"fail\": 1", "\"fail\": 2", "summary.fail is 2, but 1 checks"),
        ("\"good\": false", "\"good\": true", "summary.good is true"),
        ("\"summary\"", "\"sums\"", "missing field `summary`"),
        ("\"area\": \"services\"", "\"area\": \"weather\"", "unknown variant `weather`"),
    ] {
        let error = Report::read(json.replacen(from, to, 1).as_bytes()).expect_err(what);
        assert!(error.to_string().contains(what), "{error}");
    }
}
