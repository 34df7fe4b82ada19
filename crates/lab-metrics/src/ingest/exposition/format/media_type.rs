//! The media type in a `Content-Type`, which counts only if the header as a whole is well-formed (RFC 2045).

/// The type in lower case; an error says what is wrong with the header.
pub(super) fn media_type(header: &str) -> Result<String, &'static str> {
    let (media, mut rest) = header.split_at(header.find(';').unwrap_or(header.len()));
    let media = media.trim().to_ascii_lowercase();
    let mut parts = media.split('/');
    let is_type = parts.next().is_some_and(is_token) && parts.next().is_none_or(is_token) && parts.next().is_none();
    if !is_type {
        return Err("it is not a media type");
    }
    let mut names: Vec<String> = Vec::new();
    while let Some(parameter) = rest.strip_prefix(';').map(str::trim_start) {
        // One semicolon at the end is let pass.
        if parameter.is_empty() {
            break;
        }
        let Some((name, after)) = parameter.split_once('=').filter(|(name, _)| is_token(name)) else {
            return Err("one of its parameters is malformed");
        };
        rest = value(after).ok_or("one of its parameters is malformed")?.trim_start();
        let name = name.to_ascii_lowercase();
        if names.contains(&name) {
            return Err("one of its parameters is given twice");
        }
        names.push(name);
    }
    if rest.starts_with(|c| c != ';') { Err("one of its parameters is malformed") } else { Ok(media) }
}

/// What stands behind the value of a parameter, which is a token or a text in quotes.
fn value(text: &str) -> Option<&str> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c| !is_token_character(c)).unwrap_or(text.len());
        return (end > 0).then(|| &text[end..]);
    };
    let mut is_escaped = false;
    for (at, character) in quoted.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return Some(&quoted[at + 1..]),
            _ => {}
        }
    }
    None
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_token_character)
}

fn is_token_character(c: char) -> bool {
    c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_counts_as_a_whole() {
        for good in [
            "text/plain",
            " TEXT/PLAIN ",
            "text/plain;",
            "text/plain; version=0.0.4; charset=\"utf-8\"",
            "text/plain;q=\"a\\\"b\"",
            "text/plain ; x=y",
        ] {
            assert_eq!(media_type(good).as_deref(), Ok("text/plain"), "{good}");
        }
        for bad in [
            "",
            "text/",
            "/plain",
            "text / plain",
            "text/plain, text/html",
            "text/plain; charset",
            "text/plain; a=b; A=c",
            "text/plain;version=\"0.0.4",
            "text/plain; a=b c",
            "text/plain;;",
            "text/plain; ;version=0.0.4",
            "text/plain;=",
            "text/plain=1",
        ] {
            assert!(media_type(bad).is_err(), "{bad}");
        }
    }
}
