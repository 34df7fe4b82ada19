//! One self-contained page: no script, no font, no file beside it.

use lab_model::text::markup::escaped;

use crate::judge::verdict::Verdict;
use crate::report::model::RunReport;

/// How the pages of this room look.
pub(crate) const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1e;background:#fff}\
    h1{font-size:1.3rem}code,pre{font:13px/1.4 ui-monospace,monospace}pre{white-space:pre-wrap;background:#f4f4f6;padding:.5rem}\
    table{border-collapse:collapse}.wide{overflow-x:auto}td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}\
    .pass{color:#17692b}.fail{color:#a8201a}details{margin:.4rem 0}summary{cursor:pointer}\
    @media(prefers-color-scheme:dark){body{color:#eee;background:#161618}pre{background:#242428}.pass{color:#7fd492}.fail{color:#ff8a80}}";

/// A whole page.
pub fn write(report: &RunReport) -> String {
    let command = escaped(&report.command.join(" "));
    let passed = report.program_passed && report.telemetry_passed;
    let (class, word) = if passed { ("pass", "passed") } else { ("fail", "failed") };
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width\"/>\
         <title>{command}: {word}</title><style>{STYLE}</style></head><body>\n\
         <h1><code>{command}</code> <span class=\"{class}\">{word}</span></h1>\n\
         <p>The program {} after {:.1} s; {}. What came: {}.</p>\n",
        escaped(&report.program),
        report.seconds,
        escaped(&report.summary()),
        escaped(&report.came())
    );
    for verdict in &report.verdicts {
        html.push_str(&one(verdict));
    }
    if !report.survey.slowest.is_empty() {
        html.push_str("<h2>Slowest traces</h2><table><tr><th>Root</th><th>ms</th><th>Trace</th></tr>\n");
        for slow in &report.survey.slowest {
            let (root, id) = (escaped(&slow.root), escaped(&slow.trace_id));
            html.push_str(&format!("<tr><td>{root}</td><td>{}</td><td><code>{id}</code></td></tr>\n", slow.millis));
        }
        html.push_str("</table>\n");
    }
    if !report.survey.errors.is_empty() {
        html.push_str(&format!("<h2>First errors</h2><pre>{}</pre>\n", escaped(&report.survey.errors.join("\n"))));
    }
    for note in &report.notes {
        html.push_str(&format!("<p>{}</p>\n", escaped(note)));
    }
    html.push_str(&format!("<p><small>dicelab {}</small></p></body></html>\n", escaped(&report.version)));
    html
}

/// An expectation; open if it does not hold.
fn one(verdict: &Verdict) -> String {
    let (class, word, open) =
        if verdict.passed { ("pass", "holds", "") } else { ("fail", "does not hold", " open=\"open\"") };
    let place = verdict.place.as_ref().map(|place| format!(" <small>{}</small>", escaped(&place.to_string())));
    let rows = [("asked", &verdict.asked), ("expected", &verdict.expected), ("got", &verdict.got)];
    let rows = rows.map(|(head, text)| format!("<tr><th>{head}</th><td><code>{}</code></td></tr>", escaped(text)));
    let evidence = if verdict.evidence.is_empty() {
        String::new()
    } else {
        format!("<pre>{}</pre>", escaped(&verdict.evidence.join("\n")))
    };
    format!(
        "<details{open}><summary>{} <span class=\"{class}\">{word}</span>{}</summary><table>{}</table>{evidence}</details>\n",
        escaped(&verdict.name),
        place.unwrap_or_default(),
        rows.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::report::model::tests::example;
    use crate::report::well_formed::problem;

    #[test]
    fn the_page_is_well_formed_and_fetches_nothing() {
        let html = write(&example());
        assert_eq!(problem(&html), None, "{html}");
        for fetched in ["<script", "src=", "href=", "@import", "url("] {
            assert!(!html.contains(fetched), "{fetched}");
        }
        assert!(html.contains("<details open=\"open\"><summary>no &lt;panic&gt; &amp; &quot;fear&quot;"), "{html}");
    }
}
