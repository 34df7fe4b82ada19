//! Whether a command printed what its page shows. docs/guide/README.md explains the notation to people.

use regex::Regex;

/// What stands for any text within a line; alone on a line, for any lines.
const ELLIPSIS: &str = "…";

/// How a number is written, wherever one may differ: sign aside, with its fraction and exponent.
const NUMBER: &str = r"[0-9][0-9.,]*(?:e[+-]?[0-9]+)?";
const TIMES: &str = "ns|µs|ms|s";
const SIZES: &str = "B|KiB|MiB|GiB";
/// What the bars of a waterfall are drawn with.
const BAR: &str = "[━─╸╴╺╶]+";

/// Says how `got` differs from what the page shows; `Ok` if it does not.
pub(crate) fn compare(shown: &[String], got: &str, varies: bool) -> Result<(), String> {
    let got: Vec<&str> = got.trim_end().lines().map(str::trim_end).collect();
    if pattern(shown, varies, true).is_match(&joined(&got)) {
        return Ok(());
    }
    // The last line up to which everything fits is where the difference begins.
    let fits = |lines: usize| {
        let prefix = pattern(&shown[..lines], varies, false);
        prefix.is_match(&joined(&got))
    };
    let fitting = (0..shown.len()).rev().find(|lines| fits(*lines)).unwrap_or(0);
    let wanted = shown.get(fitting).map_or("nothing more", String::as_str);
    Err(format!("line {} of the output is not\n  {wanted}\nIt printed\n  {}", fitting + 1, got.join("\n  ")))
}

fn joined(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

/// The shown lines as a pattern, for the whole output or for its beginning.
fn pattern(shown: &[String], varies: bool, whole: bool) -> Regex {
    let lines = shown.iter().map(|line| match line.trim() {
        ELLIPSIS => r"(?:[^\n]*\n)*?".to_owned(),
        _ => format!("{}\n", line_pattern(line.trim_end(), varies)),
    });
    let end = if whole { r"\z" } else { "" };
    Regex::new(&format!(r"\A{}{end}", lines.collect::<String>())).expect("made of escaped text")
}

/// The pattern of one line: numbers, ids and ellipses are matched by their kind, all other text literally.
fn line_pattern(line: &str, varies: bool) -> String {
    let ids = "(?:[0-9a-f]{32}|[0-9a-f]{16})\\b";
    let piece = format!("{ELLIPSIS}| {{2,}}|{ids}|{BAR}|{NUMBER}(?: ?(?:{TIMES}|{SIZES})\\b)?");
    let piece = Regex::new(&piece).expect("a pattern");
    let (mut all, mut end) = (String::new(), 0);
    for found in piece.find_iter(line) {
        all += &regex::escape(&line[end..found.start()]);
        all += &piece_pattern(found.as_str(), varies);
        end = found.end();
    }
    all + &regex::escape(&line[end..])
}

fn piece_pattern(piece: &str, varies: bool) -> String {
    if piece == ELLIPSIS {
        return r"[^\n]*".to_owned();
    }
    // Columns are as wide as their widest value.
    if piece.starts_with(' ') {
        return " +".to_owned();
    }
    if !varies {
        return regex::escape(piece);
    }
    if !piece.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return BAR.to_owned();
    }
    if [16, 32].contains(&piece.len()) && piece.chars().all(|c| c.is_ascii_hexdigit()) {
        return format!("[0-9a-f]{{{}}}", piece.len());
    }
    let units = [TIMES, SIZES].into_iter().find(|units| units.split('|').any(|one| piece.ends_with(one)));
    match units {
        Some(units) => format!("{NUMBER} ?(?:{units})"),
        None => NUMBER.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(shown: &str, got: &str, varies: bool) -> bool {
        compare(&shown.lines().map(str::to_owned).collect::<Vec<_>>(), got, varies).is_ok()
    }

    #[test]
    fn a_block_must_match_exactly_except_at_ellipses() {
        for (shown, got, good) in [
            ("a 1\nb", "a 1\nb\n", true),
            ("a 1\nb", "a 2\nb", false),
            ("a", "a\nb", false),
            ("a\nb", "a", false),
            ("a …\nb", "a 27 things\nb", true),
            ("a …\nb", "a 27 things", false),
            ("…\nb\n…", "x\ny\nb", true),
            ("…\nb\n…", "x\ny", false),
            ("{\"roll\":…}", "{\"roll\":4}", true),
            ("", "", true),
            ("", "a", false),
            ("name    value", "name  value", true),
            ("a b", "a  b", false),
        ] {
            assert_eq!(fits(shown, got, false), good, "{shown:?} and {got:?}");
        }
    }

    #[test]
    fn in_a_block_that_varies_any_number_id_and_unit_of_the_same_kind_matches() {
        for (shown, got, good) in [
            ("ready in 180 ms", "ready in 7 ms", true),
            ("took 1.5ms", "took 980µs", true),
            ("took 1.5ms", "took 980MiB", false),
            ("took 1.5ms", "took longer", false),
            ("2026-01-02T03:04:05.5Z x", "2031-11-12T13:14:15.123456Z x", true),
            ("4bf92f3577b34da6a3ce929d0e0e4736", "00000000000000000000000000000012", true),
            ("4bf92f3577b34da6a3ce929d0e0e4736", "12", false),
            ("1,000 rolls", "27 rolls", true),
            ("1.2e-05", "3", true),
            ("GET 200  1.5 ms  ━━╸", "GET 200  980 µs  ─", true),
        ] {
            assert_eq!(fits(shown, got, true), good, "{shown:?} and {got:?}");
        }
    }

    #[test]
    fn a_difference_is_reported_with_its_line() {
        let shown = ["a".to_owned(), "…".to_owned(), "c".to_owned()];
        let said = compare(&shown, "a\nb\nd\n", false).expect_err("different");
        assert!(said.starts_with("line 3 of the output is not\n  c\nIt printed\n  a\n  b\n  d"), "{said}");
    }
}
