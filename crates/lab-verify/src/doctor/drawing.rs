//! The diagnosis as text for a terminal.

use crate::doctor::diagnosis::Diagnosis;
use crate::doctor::hop::{Hop, Path, State};

/// Cells before the first hop's mark, and of a hop's name.
const PATH: usize = 10;
const HOP: usize = 13;
/// Lines are not broken below this width.
const NARROWEST: usize = 72;

/// Draws a diagnosis, `width` cells wide; it ends with a line break.
pub fn draw(diagnosis: &Diagnosis, width: usize, colours: bool) -> String {
    let ink = Ink { colours };
    let width = width.max(NARROWEST);
    let mut text = String::new();
    for path in &diagnosis.paths {
        for (at, hop) in path.hops.iter().enumerate() {
            text += &line(path, at, hop, width, ink);
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text + &conclusion(diagnosis, width, ink)
}

fn line(path: &Path, at: usize, hop: &Hop, width: usize, ink: Ink) -> String {
    let name = if at == 0 { &*path.name } else { "" };
    // A long name has a line of its own.
    let (above, name) =
        if name.chars().count() < PATH { (String::new(), name) } else { (format!("{}\n", ink.paint("1", name)), "") };
    let mark = match hop.state {
        State::Good => ink.paint("32", "✓"),
        State::Broken => ink.paint("1;31", "✗"),
        State::Unseen => ink.paint("2", "·"),
    };
    let (found, code) = match hop.state {
        State::Good => (hop.found.as_str(), "0"),
        State::Broken => (hop.found.as_str(), "31"),
        State::Unseen => ("not looked at", "2"),
    };
    let head = format!("{}{mark} {}", ink.paint("1", &format!("{name:<PATH$}")), format_args!("{:<HOP$}", hop.name));
    let indent = PATH + 2 + HOP;
    let mut text = above;
    for (row, part) in wrapped(found, width.saturating_sub(indent)).into_iter().enumerate() {
        let before = if row == 0 { head.clone() } else { " ".repeat(indent) };
        text += &format!("{before}{}\n", ink.paint(code, &part));
    }
    text
}

/// What is broken and what to do; only the common cause, if there is one.
fn conclusion(diagnosis: &Diagnosis, width: usize, ink: Ink) -> String {
    if diagnosis.good {
        let good = ink.paint("1;32", "every hop of every signal is good");
        let rest = ink.paint(
            "2",
            "this checks the paths only; `dicelab verify` checks that what arrives is correct and complete",
        );
        let is_dice = diagnosis.paths.iter().any(|path| path.name == "services");
        return if is_dice { format!("{good}\n{rest}\n") } else { format!("{good}\n") };
    }
    if let Some(summary) = &diagnosis.summary {
        return broken(&summary.found, &summary.advice, width, ink);
    }
    let all = diagnosis.paths.iter().filter_map(|path| Some((&*path.name, path.broken()?)));
    let one = |(name, hop): (&str, &Hop)| {
        broken(&format!("{name}, at {:?}: {}", hop.name, hop.found), &hop.advice, width, ink)
    };
    all.map(one).collect()
}

fn broken(found: &str, advice: &str, width: usize, ink: Ink) -> String {
    let mut text = String::new();
    for (row, part) in wrapped(found, width - 2).into_iter().enumerate() {
        let mark = if row == 0 { ink.paint("1;31", "✗") } else { " ".to_owned() };
        text += &format!("{mark} {}\n", ink.paint("1", &part));
    }
    for (row, part) in wrapped(advice, width - 4).into_iter().enumerate() {
        text += &format!("  {} {part}\n", if row == 0 { "→" } else { " " });
    }
    text
}

/// Lines of at most `width` cells, broken between words; at least one.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let word: String = word.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        let Some(last) = lines.last_mut() else { break };
        let used = last.chars().count();
        if used > 0 && used + 1 + word.chars().count() > width {
            lines.push(word);
        } else {
            if used > 0 {
                last.push(' ');
            }
            last.push_str(&word);
        }
    }
    lines
}

/// Writes text with colours, or without them.
#[derive(Clone, Copy)]
struct Ink {
    colours: bool,
}

impl Ink {
    fn paint(self, code: &str, text: &str) -> String {
        if self.colours && code != "0" && !text.trim().is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::diagnosis::Summary;
    use crate::doctor::hop::trouble;

    fn diagnosis(broken: bool) -> Diagnosis {
        let mut path = Path::new("metrics", &["exposed", "scraped", "stored"]);
        let _ = path.pass(Ok("3 services".to_owned()));
        let second =
            if broken { trouble("frontend-stage4 is down: connection refused", "start it") } else { Ok("3 up".into()) };
        if path.pass(second).is_some() {
            let _ = path.pass(Ok("1.0 s old".to_owned()));
        }
        Diagnosis { good: !broken, summary: None, paths: vec![path] }
    }

    #[test]
    fn a_healthy_path_is_drawn_as_a_table_and_a_sentence() {
        let expected = "\
metrics   ✓ exposed      3 services
          ✓ scraped      3 up
          ✓ stored       1.0 s old

every hop of every signal is good
";
        assert_eq!(draw(&diagnosis(false), 80, false), expected);
    }

    #[test]
    fn the_first_broken_hop_is_named_with_what_to_do() {
        let expected = "\
metrics   ✓ exposed      3 services
          ✗ scraped      frontend-stage4 is down: connection refused
          · stored       not looked at

✗ metrics, at \"scraped\": frontend-stage4 is down: connection refused
  → start it
";
        assert_eq!(draw(&diagnosis(true), 80, false), expected);
    }

    #[test]
    fn a_common_cause_is_shown_alone_and_long_texts_are_wrapped() {
        let mut all = diagnosis(true);
        all.summary = Some(Summary { found: "word ".repeat(30), advice: "start it".into() });
        let drawn = draw(&all, 72, false);
        assert!(!drawn.contains("metrics, at") && drawn.ends_with("  → start it\n"), "{drawn}");
        assert!(drawn.lines().all(|line| line.chars().count() <= 72), "{drawn}");
        assert!(draw(&all, 72, true).contains("\x1b[1;31m✗\x1b[0m"));
    }
}
