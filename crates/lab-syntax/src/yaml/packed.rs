//! Texts that are packed as base64 (`!!binary`). The reader tells only those tags that are a file's own, so that one of that kind
//! stands in their place while a file is read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde_yaml_ng::Error;

/// The tag as it is written, in two ways, and what stands in its place.
const TAGS: [(&str, &str); 2] = [("!!binary", "!lab-binary"), ("!<tag:yaml.org,2002:binary>", "!<!lab-binary>")];
/// The tag in its place, as the reader tells it.
pub(super) const OWN_TAG: &str = "lab-binary";
pub(super) const NO_BASE64: &str = "!!binary needs base64 that holds a text in UTF-8";

/// Whether the tag may be in a file.
pub(super) fn may_be_in(text: &str) -> bool {
    TAGS.iter().any(|(tag, _)| text.contains(tag))
}

/// A file with tags that the reader tells.
pub(super) fn marked(text: &str) -> String {
    TAGS.iter().fold(text.to_owned(), |text, (tag, own)| text.replace(tag, own))
}

/// A text of a marked file as it stood there, for the tag may stand in quotes.
pub(super) fn unmarked(text: String) -> String {
    TAGS.iter().fold(text, |text, (tag, own)| text.replace(own, tag))
}

/// What was packed.
pub(super) fn unpacked(text: &str) -> Result<String, Error> {
    // Lines may be broken anywhere.
    let bytes = STANDARD.decode(text.replace(['\r', '\n'], "")).map_err(|_| Error::custom(NO_BASE64))?;
    String::from_utf8(bytes).map_err(|_| Error::custom(NO_BASE64))
}
