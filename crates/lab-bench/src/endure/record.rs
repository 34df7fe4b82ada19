//! `docs/endurance.md`: a section for each part, of which only that of the part which ran is written anew.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;

use crate::endure::part::Part;

const HEAD: &str = "# Endurance

What the lab has endured, by `make endure PART=overload|kills|flips|silent|fuzz|soak`. Each part writes its own section,
with the commit that was measured; a section says so if it is of the short form, which `make test` runs too.
";

/// Puts the section of a part into the file, in the place of its last one.
pub fn write(path: &Path, part: Part, section: &str) -> anyhow::Result<()> {
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    fs::write(path, render(&before, part, section)).with_context(|| format!("writing {}", path.display()))
}

fn render(before: &str, part: Part, section: &str) -> String {
    let mut text = HEAD.to_owned();
    for one in Part::ALL {
        let body = if one == part { Some(section.trim()) } else { section_of(before, one) };
        text.push_str(&format!("\n## {}\n\n{}\n\n", one.name(), one.about()));
        text.push_str(body.unwrap_or("Not measured yet."));
        text.push('\n');
    }
    text
}

/// What stands below the description of a part.
fn section_of(text: &str, part: Part) -> Option<&str> {
    let head = format!("\n## {}\n\n{}\n\n", part.name(), part.about());
    let (_, after) = text.split_once(&head)?;
    Some(after.split("\n## ").next().unwrap_or(after).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_and_the_others_stay() {
        let first = render("", Part::Kills, "1 kill");
        assert!(first.contains("\n1 kill\n") && first.contains("## soak"), "{first}");
        let second = render(&first, Part::Soak, "flat");
        assert!(second.contains("\n1 kill\n") && second.ends_with("\nflat\n"), "{second}");
        let third = render(&second, Part::Kills, "2 kills");
        assert!(!third.contains("1 kill\n") && third.contains("\n2 kills\n") && third.contains("\nflat\n"), "{third}");
    }
}
