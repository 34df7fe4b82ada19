//! What the page says for each kind of result, and that nothing of others becomes markup.

use std::time::Duration;

use super::*;
use crate::answer::Timing;

const HOSTILE: &str = r#""><script>alert(1)</script>"#;

fn render(form: &Form, shown: Option<&Shown>) -> String {
    let dice = ["fair".to_owned(), "risky".to_owned()];
    render_with(&dice, form, shown)
}

fn render_with(dice: &[String], form: &Form, shown: Option<&Shown>) -> String {
    let trace = Trace { id: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(), url: "http://lab/t?a=1&b=2".to_owned() };
    View { dice, dice_problem: None, form, max_batch: 20, shown, trace: &trace, nonce: "n0nce" }.to_string()
}

#[test]
fn the_first_visit_shows_the_form_and_no_trace() {
    let page = render(&Form::default(), None);
    assert!(page.starts_with("<!doctype html>"));
    for part in [
        r#"<style nonce="n0nce">"#,
        r#"name="die" value="fair" checked"#,
        r#"name="die" value="risky">"#,
        "Use async rolling",
        r#"name="times" min="1" max="20" value="5""#,
        r#"value="fail-fast" checked"#,
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("4bf92f") && !page.contains("<script") && !page.contains("style=\""));
}

#[test]
fn a_batch_shows_its_dice_its_time_and_its_trace() {
    let timing = Timing { together: Duration::from_millis(910), sequential: Duration::from_millis(4_914) };
    let shown = Shown::Batch { rolls: vec![Some(3), None, Some(20)], total: 23, timing: Some(timing) };
    let form = Form { die: "risky".into(), batch: true, times: "3".into(), strategy: "best-effort".into() };
    let page = render(&form, Some(&shown));
    for part in [
        "<title>23 with 3 dice · Dicelab</title>",
        "2 dice show <strong>23</strong> <span class=\"alarm\">(1 failed)",
        "0.91 s",
        "4.91 s",
        "5.4 times as fast",
        "width=\"18.5%\"",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "href=\"http://lab/t?a=1&amp;b=2\"",
        r#"value="risky" checked"#,
        r#"value="best-effort" checked"#,
        r#"id="async" name="async" value="on" checked"#,
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn rolls_without_delay_are_not_compared() {
    let timing = Timing { together: Duration::from_micros(50), sequential: Duration::from_micros(120) };
    let page = render(&Form::default(), Some(&Shown::Batch { rolls: vec![Some(1)], total: 1, timing: Some(timing) }));
    assert!(page.contains("0.05 ms") && !page.contains("times as fast"));
}

#[test]
fn mistakes_stand_beside_their_fields() {
    let form = Form { times: "21".into(), batch: true, ..Form::default() };
    let shown = Shown::Refused {
        status: 422,
        title: "Unprocessable Entity".into(),
        detail: "times: must lie within 1 to 20".into(),
        mistakes: vec![("times".into(), "must lie within 1 to 20".into())],
    };
    let page = render(&form, Some(&shown));
    assert!(page.contains(r#"value="21" inputmode="numeric" aria-invalid="true" aria-describedby="times-wrong""#));
    assert!(page.contains(r#"<p class="wrong" id="times-wrong">must lie within 1 to 20</p>"#));
}

#[test]
fn nothing_of_others_becomes_markup() {
    let form = Form { die: HOSTILE.into(), batch: true, times: HOSTILE.into(), strategy: HOSTILE.into() };
    let shown = Shown::Refused {
        status: 404,
        title: HOSTILE.into(),
        detail: HOSTILE.into(),
        mistakes: vec![("times".into(), HOSTILE.into()), ("die".into(), HOSTILE.into())],
    };
    for dice in [vec![HOSTILE.to_owned()], Vec::new()] {
        let page = render_with(&dice, &form, Some(&shown));
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    }
}
