//! What the pages share: the frame of a page, tables, the addresses of the lab's other ports.

use std::fmt::{self, Display, Write};

use axum::http::HeaderMap;
use axum::http::header::HOST;
use lab_model::text::markup::escaped;

use crate::ports::{Port, Ports};

/// Colours and measures, light and dark.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2330;--dim:#5d687a;--paper:#f6f7f9;--card:#fff;--line:#dfe3e9;--link:#0b5fc4;\
--good:#16794c;--bad:#b3261e}\
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ef;--dim:#98a3b3;--paper:#12151b;--card:#1a1f27;--line:#2b323d;\
--link:#7db4ff;--good:#5bd197;--bad:#ff8a80}}\
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}\
main{max-width:68rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1.5rem;margin:.5rem 0}\
h2{font-size:1.05rem;margin:2rem 0 .5rem}p{max-width:46rem}a{color:var(--link)}a:focus-visible{outline:2px solid}\
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}\
table{border-collapse:collapse;width:100%}th,td{padding:.45rem .75rem;text-align:left;vertical-align:top;\
border-top:1px solid var(--line)}thead th{border-top:0;color:var(--dim);font-weight:600;font-size:.85rem}\
td.n{text-align:right;font-variant-numeric:tabular-nums}th.n{text-align:right}code{font:13px ui-monospace,monospace;\
overflow-wrap:anywhere}.dim{color:var(--dim)}.good{color:var(--good)}.bad{color:var(--bad)}";

/// A whole page; `head` is trusted HTML for the head, `body` for the main part.
pub fn document(title: &str, head: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><link rel=\"icon\" href=\"data:,\">\
         <title>{0}</title>{head}<style>{STYLE}</style></head><body><main><h1>{0}</h1>{body}</main></body></html>",
        escaped(title)
    )
}

/// The URL of a path on another port, at the host that the reader used, which the host guard has let pass.
pub fn url(headers: &HeaderMap, ports: &Ports, port: Port, path: &str) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let name = match host.rsplit_once(':') {
        Some((name, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    format!("{}://{name}:{}{path}", ports.scheme(port), ports.number(port))
}

/// A link to a URL under its own text.
pub fn link(url: &str, text: &str) -> String {
    format!("<a href=\"{}\">{}</a>", escaped(url), escaped(text))
}

/// A cell of a table.
pub enum Cell {
    Text(String),
    /// A number, aligned to the right.
    Number(String),
    /// Text in the colour of good or bad.
    Verdict(bool, String),
    /// Trusted HTML, such as [`link`] gives.
    Html(String),
}

impl Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "<td>{}</td>", escaped(text)),
            Self::Number(text) => write!(f, "<td class=\"n\">{}</td>", escaped(text)),
            Self::Verdict(true, text) => write!(f, "<td class=\"good\">{}</td>", escaped(text)),
            Self::Verdict(false, text) => write!(f, "<td class=\"bad\">{}</td>", escaped(text)),
            Self::Html(html) => write!(f, "<td>{html}</td>"),
        }
    }
}

/// A heading with a table below it, or with `empty` if there are no rows.
pub fn section(heading: &str, columns: &[&str], rows: &[Vec<Cell>], empty: &str) -> String {
    let mut html = format!("<h2>{}</h2>", escaped(heading));
    if rows.is_empty() {
        // Writing to a string cannot fail, here and below.
        let _ = write!(html, "<p class=\"dim\">{}</p>", escaped(empty));
        return html;
    }
    html.push_str("<div class=\"scroll\"><table><thead><tr>");
    for (at, column) in columns.iter().enumerate() {
        let number = rows.iter().any(|row| matches!(row.get(at), Some(Cell::Number(_))));
        let class = if number { " class=\"n\"" } else { "" };
        let _ = write!(html, "<th scope=\"col\"{class}>{}</th>", escaped(column));
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows {
        html.push_str("<tr>");
        for cell in row {
            let _ = write!(html, "{cell}");
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_becomes_markup() {
        let nasty = "<script>alert('x')</script>\"&";
        let page = document(nasty, "", &section(nasty, &[nasty], &[vec![Cell::Text(nasty.into())]], ""));
        assert!(!page.contains("<script>"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"));
        assert!(link(nasty, nasty).starts_with("<a href=\"&lt;script"));
    }

    #[test]
    fn a_section_without_rows_says_so() {
        assert!(section("Targets", &["a"], &[], "none yet").contains("none yet"));
    }
}
