//! The names that somebody may have meant who wrote another one: one rule for options, commands, labels,
//! metrics and functions.
//!
//! A name is near if a third of the letters of the written one at most have to be changed (at least one), or if
//! one of the two contains the other and both have three letters. Two neighbours that changed places count once.

use strsim::osa_distance;

/// How many names are offered.
const OFFERED: usize = 3;
/// More candidates than this are not looked at.
const MOST_CANDIDATES: usize = 10_000;
/// Longer names, in bytes, are not looked at.
const LONGEST: usize = 200;
/// Shorter names, in bytes, are not looked for within others.
const SHORTEST_WITHIN: usize = 3;

/// `; did you mean "a" or "b"?`, or nothing if no name is near.
///
/// ```
/// use lab_model::text::nearest::did_you_mean;
/// assert_eq!(did_you_mean("jop", &["job", "instance"]), "; did you mean \"job\"?");
/// assert_eq!(did_you_mean("x", &["job"]), "");
/// ```
pub fn did_you_mean(wanted: &str, names: &[impl AsRef<str>]) -> String {
    let near: Vec<String> = nearest(wanted, names).iter().map(|name| format!("{name:?}")).collect();
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) }
}

/// The names that are near to `wanted`, the nearest first.
pub fn nearest<'a>(wanted: &str, names: &'a [impl AsRef<str>]) -> Vec<&'a str> {
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Vec::new();
    }
    let candidates = names.iter().take(MOST_CANDIDATES).map(AsRef::as_ref).filter(|name| name.len() <= LONGEST);
    let mut near: Vec<(usize, &str)> =
        candidates.filter_map(|name| edits_if_near(wanted, name).map(|edits| (edits, name))).collect();
    near.sort_unstable();
    near.into_iter().take(OFFERED).map(|(_, name)| name).collect()
}

/// How many edits make one name of the other, if the two are near.
fn edits_if_near(wanted: &str, name: &str) -> Option<usize> {
    let allowed = (wanted.chars().count() / 3).max(1);
    let edits = osa_distance(wanted, name);
    let long_enough = wanted.len().min(name.len()) >= SHORTEST_WITHIN;
    let within = long_enough && (name.contains(wanted) || wanted.contains(name));
    (edits <= allowed || within).then_some(edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_of_the_letters_may_differ_and_swapped_neighbours_count_once() {
        assert_eq!(edits_if_near("max-memroy", "max-memory"), Some(1));
        assert_eq!(edits_if_near("jop", "job"), Some(1));
        assert_eq!(edits_if_near("rate", "irate"), Some(1));
        assert_eq!(edits_if_near("kitten", "sitting"), None);
        assert_eq!(edits_if_near("kittens", "sitting"), None);
    }

    #[test]
    fn the_nearest_names_come_first() {
        let names = ["roll_total", "dice_rolls_total", "up", "dice_rolls_totals"];
        assert_eq!(nearest("dice_roll_total", &names), ["dice_rolls_total", "dice_rolls_totals", "roll_total"]);
        assert!(nearest("x", &names).is_empty());
    }

    #[test]
    fn short_names_are_not_looked_for_within_others() {
        assert_eq!(edits_if_near("up", "uptime"), None);
        assert_eq!(edits_if_near("rolls", "dice_rolls_total"), Some(11));
    }
}
