//! Lines no longer than a terminal is wide.

/// Words in lines of at most `width` characters; a word longer than that has a line of its own.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let long = word.chars().count();
        if used > 0 && used + 1 + long > width {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += long;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_and_lines_within_their_width() {
        assert_eq!(wrap("one two  three four", 9), ["one two", "three", "four"]);
        assert_eq!(wrap("aaaaaaaaaaaa b", 5), ["aaaaaaaaaaaa", "b"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("ü → n", 5), ["ü → n"]);
    }
}
