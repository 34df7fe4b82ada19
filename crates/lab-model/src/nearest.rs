//! Names that somebody may have meant.

/// How many are offered.
const OFFERED: usize = 3;

/// More candidates than this are not looked at, longer ones neither.
const LOOKED_AT: usize = 10_000;
const LONGEST: usize = 200;

/// `; did you mean "a" or "b"?`, or nothing if no name is near.
///
/// ```
/// use lab_model::nearest::did_you_mean;
/// assert_eq!(did_you_mean("jop", &["job", "instance"]), "; did you mean \"job\"?");
/// assert_eq!(did_you_mean("x", &["job"]), "");
/// ```
pub fn did_you_mean(wanted: &str, names: &[impl AsRef<str>]) -> String {
    let near: Vec<String> = nearest(wanted, names).iter().map(|name| format!("{name:?}")).collect();
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) }
}

/// The names nearest to `wanted`: few edits away, or one within the other; nearest first.
pub fn nearest<'a>(wanted: &str, names: &'a [impl AsRef<str>]) -> Vec<&'a str> {
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Vec::new();
    }
    let allowed = (wanted.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = names
        .iter()
        .take(LOOKED_AT)
        .map(AsRef::as_ref)
        .filter(|name| name.len() <= LONGEST)
        .filter_map(|name| {
            let edits = edits(wanted, name);
            let within = wanted.len() >= 3 && name.len() >= 3 && (name.contains(wanted) || wanted.contains(name));
            (edits <= allowed || within).then_some((edits, name))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(OFFERED).map(|(_, name)| name).collect()
}

/// Levenshtein's distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (above, left) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], above + 1);
        for (at, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("same", "same"), 0);
    }

    #[test]
    fn the_nearest_come_first() {
        let names = ["roll_total", "dice_rolls_total", "up", "dice_rolls_totals"];
        assert_eq!(nearest("dice_roll_total", &names), ["dice_rolls_total", "dice_rolls_totals", "roll_total"]);
        assert!(nearest("x", &names).is_empty());
    }
}
