//! Paths with wildcards, as `file_sd_configs` and `rule_files` have them: `*` for any text, `?` for one character,
//! `[a-z]` for one of several, each within one component of the path.

use std::path::{Component, Path, PathBuf};

/// The files that a pattern means, sorted; a path without wildcards is given back whether it is there or not.
pub(crate) fn files(pattern: &Path) -> Vec<PathBuf> {
    if !has_wildcard(&pattern.to_string_lossy()) {
        return vec![pattern.to_owned()];
    }
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let Component::Normal(name) = component else {
            for path in &mut found {
                path.push(component);
            }
            continue;
        };
        let name = name.to_string_lossy();
        found = if has_wildcard(&name) {
            found.iter().flat_map(|folder| entries(folder, &name)).collect()
        } else {
            found.into_iter().map(|folder| folder.join(&*name)).filter(|path| path.exists()).collect()
        };
    }
    found.sort();
    found
}

/// Refuses a pattern that can mean no file. As in Prometheus a star stands in the last component of a path only.
pub(crate) fn check(pattern: &Path) -> Result<(), String> {
    let text = pattern.to_string_lossy();
    let behind = text.split_once('*').map_or("", |(_, behind)| behind);
    if behind.contains('/') {
        return Err(format!("{text:?} has a star before the last slash; name the folders"));
    }
    let mut rest = &*text;
    while let Some((_, behind)) = rest.split_once('[') {
        rest = behind.split_once(']').ok_or_else(|| format!("{text:?} has a [ without its ]"))?.1;
    }
    Ok(())
}

/// Refuses a pattern of target files: they are JSON or YAML, which the end of their names says.
pub(crate) fn check_target_files(pattern: &Path) -> Result<(), String> {
    check(pattern)?;
    let text = pattern.to_string_lossy();
    let is_known = [".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"].iter().any(|end| text.ends_with(end));
    if is_known { Ok(()) } else { Err(format!("the name of {text:?} must end in .json, .yml or .yaml")) }
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The entries of a folder whose names fit.
fn entries(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let read = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(read) else { return Vec::new() };
    let pattern: Vec<char> = pattern.chars().collect();
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    let fits = |name: &String| fits(&pattern, &name.chars().collect::<Vec<_>>());
    names.filter(fits).map(|name| folder.join(name)).collect()
}

/// The depth is that of the pattern, whose length is bounded by that of a path.
fn fits(pattern: &[char], name: &[char]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=name.len()).any(|taken| fits(rest, &name[taken..])),
        (['?', rest @ ..], [_, name @ ..]) => fits(rest, name),
        (['[', rest @ ..], [c, name @ ..]) => {
            let Some(end) = rest.iter().position(|c| *c == ']') else { return false };
            let (set, negated) = match &rest[..end] {
                ['^', set @ ..] => (set, true),
                set => (set, false),
            };
            is_in(set, *c) != negated && fits(&rest[end + 1..], name)
        }
        ([plain, rest @ ..], [c, name @ ..]) => plain == c && fits(rest, name),
        _ => false,
    }
}

/// True if the character stands in a set such as `a-z_`.
fn is_in(set: &[char], c: char) -> bool {
    match set {
        [from, '-', to, rest @ ..] => (*from..=*to).contains(&c) || is_in(rest, c),
        [one, rest @ ..] => *one == c || is_in(rest, c),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_mean_no_file_are_refused() {
        for good in ["a.yml", "a/[0-9]?.yml", "a/*.yml", "a/b*c*", "/a/[x*].yml"] {
            assert_eq!(check(Path::new(good)), Ok(()), "{good}");
        }
        for bad in ["[a", "a/*/b.yml", "*/b", "a/[b", "[a]["] {
            assert!(check(Path::new(bad)).is_err(), "{bad}");
        }
        assert!(check_target_files(Path::new("a/*.json")).is_ok());
        for bad in ["a.txt", "a/*", "*/a.json"] {
            assert!(check_target_files(Path::new(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn wildcards_stand_in_any_component() {
        let folder = std::env::temp_dir().join(format!("dicelab-pattern-{}", std::process::id()));
        for file in ["a/one.yml", "a/two.yml", "b/one.yml", "b/one.yaml", "c1/x.rules"] {
            let path = folder.join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, "").expect("written");
        }
        let found = |pattern: &str| {
            let found = files(&folder.join(pattern));
            let names = found.iter().map(|path| path.strip_prefix(&folder).expect("below").display().to_string());
            names.collect::<Vec<_>>().join(" ")
        };
        for (pattern, expected) in [
            ("a/*.yml", "a/one.yml a/two.yml"),
            ("*/one.y*ml", "a/one.yml b/one.yaml b/one.yml"),
            ("[ab]/t?o.yml", "a/two.yml"),
            ("[^a-b]?/*", "c1/x.rules"),
            ("nowhere/*.yml", ""),
            ("nowhere/one.yml", "nowhere/one.yml"),
        ] {
            assert_eq!(found(pattern), expected, "{pattern}");
        }
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
