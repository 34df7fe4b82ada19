//! As much of Markdown as is needed to check links: what is a link, and how GitHub names a heading.

use std::collections::BTreeSet;

use regex::Regex;

/// The relative links of a document, each with its line, from 1.
pub(crate) fn links(text: &str) -> Vec<(usize, String)> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").expect("a pattern");
    let code = Regex::new("`[^`]*`").expect("a pattern");
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        let line = code.replace_all(line, "");
        for target in link.captures_iter(&line) {
            let foreign = target[1].contains("://") || target[1].starts_with("mailto:") || target[1].starts_with('/');
            if !foreign {
                found.push((number, target[1].to_owned()));
            }
        }
    }
    found
}

/// The anchors of a document's headings.
pub(crate) fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, line) in prose(text) {
        let Some(title) = heading(line) else { continue };
        let slug = slug(title);
        // A heading that stands there already gets a number.
        let numbered = (1..).map(|number| format!("{slug}-{number}"));
        let free = std::iter::once(slug.clone()).chain(numbered).find(|name| !found.contains(name));
        found.extend(free);
    }
    found
}

/// What stands below a heading, up to the next one.
pub(crate) fn section<'a>(text: &'a str, title: &str) -> Option<&'a str> {
    let from = text.find(&format!("# {title}\n"))? + title.len() + 3;
    let rest = &text[from..];
    Some(&rest[..rest.find("\n#").unwrap_or(rest.len())])
}

/// The lines outside of fenced blocks.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

fn heading(line: &str) -> Option<&str> {
    line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')).map(str::trim)
}

/// As GitHub does it: lower case, spaces to hyphens, what is neither letter nor digit nor hyphen is left out.
fn slug(title: &str) -> String {
    let kept = title.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code_only() {
        let text = "see [a](b.md#c) and `[x](y)`\n```\n[no](no)\n```\n[out](https://example.com) [d](../e)";
        assert_eq!(links(text), [(1, "b.md#c".to_owned()), (5, "../e".to_owned())]);
    }

    #[test]
    fn headings_have_github_s_names() {
        let text = "# Error Logs (All Services)\n## Service Architecture & Analysis\n## A `b` c\n## A `b` c\n#no";
        let wanted = ["a-b-c", "a-b-c-1", "error-logs-all-services", "service-architecture--analysis"];
        assert_eq!(anchors(text), wanted.map(str::to_owned).into());
    }
}
