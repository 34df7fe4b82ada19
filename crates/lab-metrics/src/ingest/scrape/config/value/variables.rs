//! Variables of the environment in texts, `$NAME` and `${NAME}`, as Go's `os.Expand` reads them.

/// The text with what `variable` gives in place of each variable; `$$` stands for a dollar.
pub(crate) fn expanded(text: &str, variable: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, behind) = name(after);
        match name {
            // A dollar before anything but a name stands for itself, and what has an empty name is left out.
            None | Some("$") => out.push('$'),
            Some("") => {}
            Some(name) => out.push_str(&variable(name)),
        }
        rest = behind;
    }
    out + rest
}

/// The name behind a dollar and what follows it.
fn name(text: &str) -> (Option<&str>, &str) {
    if let Some(braced) = text.strip_prefix('{') {
        return match braced.split_once('}') {
            Some((name, behind)) => (Some(name), behind),
            None => (Some(""), braced),
        };
    }
    if text.starts_with(|c: char| "*#$@!?-".contains(c) || c.is_ascii_digit()) {
        let (name, behind) = text.split_at(1);
        return (Some(name), behind);
    }
    let end = text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, behind) = text.split_at(end);
    ((!name.is_empty()).then_some(name), behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_wherever_they_stand() {
        let variable = |name: &str| if name == "HOME" { "/root".to_owned() } else { String::new() };
        for (text, expected) in [
            ("plain", "plain"),
            ("$HOME", "/root"),
            ("a-${HOME}b$HOME.c", "a-/rootb/root.c"),
            ("$HOMES-$NOPE-${NOPE}", "--"),
            ("5$$, $$HOME", "5$, $HOME"),
            ("$ $. $ü", "$ $. $ü"),
            ("${}x${HOME", "xHOME"),
            ("$1a", "a"),
            ("$", "$"),
        ] {
            assert_eq!(expanded(text, variable), expected, "{text}");
        }
    }
}
