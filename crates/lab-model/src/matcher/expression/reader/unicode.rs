//! Classes by a property of Unicode: `\pL`, `\p{Greek}`, `\P{Lu}`, `\p{^Han}`.

use super::escape::{ANYTHING, NOTHING};
use crate::matcher::expression::error::ExpressionError;

/// Names that are neither categories nor scripts.
const OTHERS: [&str; 3] = ["any", "ascii", "assigned"];
/// The code points that are no characters, so that no text has one.
const SURROGATES: [&str; 2] = ["cs", "surrogate"];
/// Go's categories, and its longer names for them, in small letters and without what may stand between words.
#[rustfmt::skip]
const CATEGORIES: [&str; 78] = [
    "c", "cc", "cf", "cn", "co", "l", "lc", "ll", "lm", "lo", "lt", "lu", "m", "mc", "me", "mn", "n", "nd", "nl", "no", "p", "pc",
    "pd", "pe", "pf", "pi", "po", "ps", "s", "sc", "sk", "sm", "so", "z", "zl", "zp", "zs",
    "casedletter", "closepunctuation", "cntrl", "combiningmark", "connectorpunctuation", "control", "currencysymbol",
    "dashpunctuation", "decimalnumber", "digit", "enclosingmark", "finalpunctuation", "format", "initialpunctuation", "letter",
    "letternumber", "lineseparator", "lowercaseletter", "mark", "mathsymbol", "modifierletter", "modifiersymbol",
    "nonspacingmark", "number", "openpunctuation", "other", "otherletter", "othernumber", "otherpunctuation", "othersymbol",
    "paragraphseparator", "privateuse", "punct", "punctuation", "separator", "spaceseparator", "spacingmark", "symbol",
    "titlecaseletter", "unassigned", "uppercaseletter",
];
/// Go's scripts, written likewise. Go 1.26 looks for those of several words under a name that it does not have, and so refuses
/// `\p{Old_Italic}`, which versions before it know and which is meant to be one.
#[rustfmt::skip]
const SCRIPTS: [&str; 163] = [
    "adlam", "ahom", "anatolianhieroglyphs", "arabic", "armenian", "avestan", "balinese", "bamum", "bassavah", "batak",
    "bengali", "bhaiksuki", "bopomofo", "brahmi", "braille", "buginese", "buhid", "canadianaboriginal", "carian",
    "caucasianalbanian", "chakma", "cham", "cherokee", "chorasmian", "common", "coptic", "cuneiform", "cypriot", "cyprominoan",
    "cyrillic", "deseret", "devanagari", "divesakuru", "dogra", "duployan", "egyptianhieroglyphs", "elbasan", "elymaic",
    "ethiopic", "georgian", "glagolitic", "gothic", "grantha", "greek", "gujarati", "gunjalagondi", "gurmukhi", "han", "hangul",
    "hanifirohingya", "hanunoo", "hatran", "hebrew", "hiragana", "imperialaramaic", "inherited", "inscriptionalpahlavi",
    "inscriptionalparthian", "javanese", "kaithi", "kannada", "katakana", "kawi", "kayahli", "kharoshthi", "khitansmallscript",
    "khmer", "khojki", "khudawadi", "lao", "latin", "lepcha", "limbu", "lineara", "linearb", "lisu", "lycian", "lydian",
    "mahajani", "makasar", "malayalam", "mandaic", "manichaean", "marchen", "masaramgondi", "medefaidrin", "meeteimayek",
    "mendekikakui", "meroiticcursive", "meroitichieroglyphs", "miao", "modi", "mongolian", "mro", "multani", "myanmar",
    "nabataean", "nagmundari", "nandinagari", "newa", "newtailue", "nko", "nushu", "nyiakengpuachuehmong", "ogham", "olchiki",
    "oldhungarian", "olditalic", "oldnortharabian", "oldpermic", "oldpersian", "oldsogdian", "oldsoutharabian", "oldturkic",
    "olduyghur", "oriya", "osage", "osmanya", "pahawhhmong", "palmyrene", "paucinhau", "phagspa", "phoenician",
    "psalterpahlavi", "rejang", "runic", "samaritan", "saurashtra", "sharada", "shavian", "siddham", "signwriting", "sinhala",
    "sogdian", "sorasompeng", "soyombo", "sundanese", "sylotinagri", "syriac", "tagalog", "tagbanwa", "taile", "taitham",
    "taiviet", "takri", "tamil", "tangsa", "tangut", "telugu", "thaana", "thai", "tibetan", "tifinagh", "tirhuta", "toto",
    "ugaritic", "vai", "vithkuqi", "wancho", "warangciti", "yezidi", "yi", "zanabazarsquare",
];

/// The class that `text` begins with, in the other syntax, and what follows it.
pub(super) fn unicode_class(text: &str) -> Result<(String, &str), ExpressionError> {
    let wrong = |part| ExpressionError::new("invalid character class range", part);
    let behind = &text[2..];
    let (name, end) = match behind.chars().next() {
        None => return Err(wrong(text)),
        Some('{') => {
            let end = 2 + behind.find('}').ok_or_else(|| wrong(text))?;
            (&text[3..end], end + 1)
        }
        Some(c) => (&behind[..c.len_utf8()], 2 + c.len_utf8()),
    };
    let (part, rest) = text.split_at(end);
    let (is_negated, name) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
    let is_negated = part.starts_with(r"\P") != is_negated;
    let name: String = name.chars().filter(|c| !" _-".contains(*c)).map(|c| c.to_ascii_lowercase()).collect();
    Ok((property(&name, is_negated).ok_or_else(|| wrong(part))?, rest))
}

/// The class of the property with this name as the crate writes it. Nothing is compiled to find out whether there is one: a
/// pattern may ask for very many.
fn property(name: &str, is_negated: bool) -> Option<String> {
    let letter = if is_negated { 'P' } else { 'p' };
    if OTHERS.contains(&name) {
        Some(format!(r"\{letter}{{{name}}}"))
    } else if SURROGATES.contains(&name) {
        Some(if is_negated { ANYTHING } else { NOTHING }.to_owned())
    } else if CATEGORIES.contains(&name) {
        Some(format!(r"\{letter}{{gc={name}}}"))
    } else {
        SCRIPTS.contains(&name).then(|| format!(r"\{letter}{{sc={name}}}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_syntax_knows_every_name() {
        for name in OTHERS.iter().chain(&SURROGATES).chain(&CATEGORIES).chain(&SCRIPTS) {
            for pattern in [format!(r"\p{{{name}}}"), format!(r"\P{{{name}}}")] {
                let (class, rest) = unicode_class(&pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
                assert_eq!(rest, "");
                regex::Regex::new(&class).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            }
        }
    }
}
