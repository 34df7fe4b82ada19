//! The texts in a file of the page: what stands between tags, and literals that read as prose.

use crate::messages::message::{Kind, Message};
use crate::messages::prose::{flat, is_prose};

/// How a line begins on which no text for readers stands.
const NO_TEXT: [&str; 7] = ["//", "import ", "export ", "interface ", "case ", "return text", "className="];

/// The messages of a file of TypeScript, in order. Comments and imports are passed over.
pub(crate) fn messages(text: &str) -> Vec<Message> {
    let mut found = Vec::new();
    let mut in_comment = false;
    for (at, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        in_comment |= trimmed.starts_with("/*");
        let is_code = !in_comment && !NO_TEXT.iter().any(|start| trimmed.starts_with(start));
        in_comment &= !trimmed.contains("*/");
        if is_code {
            let texts = between_tags(line).into_iter().chain(literals(line)).filter(|text| is_prose(text));
            found.extend(texts.map(|text| Message { kind: Kind::Page, line: at + 1, text: flat(text) }));
        }
    }
    found
}

/// The texts between `>` and `<`, and a line that is nothing but words, as the formatter breaks long texts.
fn between_tags(line: &str) -> Vec<&str> {
    let is_text = |text: &&str| !text.contains(['=', ';', '(', '{', '}']) && !text.trim().is_empty();
    let mut texts: Vec<&str> =
        line.split('>').skip(1).filter_map(|rest| rest.split_once('<').map(|(text, _)| text)).filter(is_text).collect();
    let words = line.trim().trim_end_matches(['{', '}']);
    let plain = |c: char| c.is_alphanumeric() || " ,.;:'’–-?!".contains(c);
    if words.contains(' ') && words.chars().all(plain) && !words.ends_with([';', ':', ',']) {
        texts.push(words);
    }
    texts
}

/// The texts in quotes of any of the three kinds.
fn literals(line: &str) -> Vec<&str> {
    let mut texts = Vec::new();
    let mut rest = line;
    while let Some(open) = rest.find(['\'', '"', '`']) {
        let quote = &rest[open..=open];
        let inside = &rest[open + 1..];
        let Some(close) = inside.find(quote) else { break };
        if !rest[..open].ends_with("className=") {
            texts.push(&inside[..close]);
        }
        rest = &inside[close + 1..];
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::messages;

    #[test]
    fn texts_of_tags_and_of_literals_are_found() {
        let text = "/** A comment of two lines,\n which is passed over. */\nimport { x } from 'no text';\n<p>Every value is NaN</p>\n  \
            aria-label=\"Time range\"\n  const t = `${n} lines were left out`;\n      Nothing was found here\n";
        let found: Vec<_> = messages(text).into_iter().map(|message| (message.line, message.text)).collect();
        let expected = [
            (4, "Every value is NaN"),
            (5, "Time range"),
            (6, "${n} lines were left out"),
            (7, "Nothing was found here"),
        ];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }
}
