//! YAML files as the programs read them whose files these are: of several documents the first, with its merges
//! (`<<: *base`) carried out, those that a merge brings in among them, and with `!!binary` unpacked.
//!
//! Which kind a value is, depends on what is asked for: `1.10` is a number, and the text "1.10" where a label is meant. Values
//! in between would lose that spelling. So a document with merges or packed texts is written anew without them, each value as
//! it was spelt, and read from there; any other is read from the file itself. [`spelt`] gives the spellings of all values.
//!
//! An alias stands for a value at the cost of a few bytes, so that a short file can stand for more than fits into memory. What all
//! aliases stand for is counted before anything is kept of it.
//!
//! Sources: <https://yaml.org/type/merge.html>, <https://yaml.org/type/binary.html>.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeOwned, DeserializeSeed, EnumAccess, Error as _, IgnoredAny};
use serde::de::{MapAccess, SeqAccess, VariantAccess, Visitor};
use serde_yaml_ng::{Deserializer, Error, Mapping, Value};

/// The key that brings in the keys of other mappings.
const MERGE: &str = "<<";
const NO_MAPPING: &str = "`<<` needs a mapping or a list of mappings, such as `<<: *base`";
/// The tags of a text that is packed as base64, in the two ways in which they are written.
const PACKED: [(&str, &str); 2] = [("!!binary", "!lab-binary"), ("!<tag:yaml.org,2002:binary>", "!<!lab-binary>")];
/// What stands in their place while a file is read: of tags the reader tells those that are a file's own.
const OWN_TAG: &str = "lab-binary";
const NO_BASE64: &str = "!!binary needs base64 that holds a text in UTF-8";

/// What a value costs beyond the bytes of its text. No file without aliases has values for more than this for each of its bytes.
const VALUE_COST: usize = 16;
/// What the values of a file may cost in any case: 125,000 without a text, or 2 MB of text.
const FREE_COST: usize = 2_000_000;
const TOO_MANY: &str = "the aliases of this file (`*name`) stand for too many values; write fewer, or split the file";
/// What the reader itself says of aliases within aliases.
const TOO_MANY_JUMPS: &str = "repetition limit exceeded";

/// The first document of a file. An error names the line, unless it lies in what a merge has brought in.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    check_aliases(text)?;
    let Some(node) = rewritten(text)? else {
        // Keys that occur twice and tags that a value belies are mistakes wherever they are.
        return first(text).and_then(|found| first::<Value>(text).map(|_| found));
    };
    first(&written(&node)).map_err(|error| {
        // Places in the text that was written anew mean nothing. The file itself is wrong in the same way as a rule.
        let same = first::<T>(text).err().filter(|other| unplaced(other) == unplaced(&error));
        same.unwrap_or_else(|| Error::custom(unplaced(&error)))
    })
}

/// The first document of a file with a text in place of every value that is no list and no mapping: the text that programs
/// written in Go find where they ask for one. That is what stands in the file, and nothing for what is null.
pub fn spelt(text: &str) -> Result<Value, Error> {
    check_aliases(text)?;
    let node = match rewritten(text)? {
        Some(node) => node,
        None => node_of(text)?,
    };
    Ok(node.into_texts())
}

fn first<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    Deserializer::from_str(text).next().map_or_else(|| serde_yaml_ng::from_str(""), T::deserialize)
}

/// Refuses a first document whose aliases stand for much more than its own size.
fn check_aliases(text: &str) -> Result<(), Error> {
    if !text.contains('&') || !text.contains('*') {
        return Ok(());
    }
    let left = Cell::new(text.len().saturating_mul(VALUE_COST).saturating_add(FREE_COST));
    let counted =
        Deserializer::from_str(text).next().map_or(Ok(()), |document| Counted { left: &left }.deserialize(document));
    // A value that cannot be counted cannot be read either.
    counted.map_err(|error| if error.to_string() == TOO_MANY_JUMPS { Error::custom(TOO_MANY) } else { error })
}

/// Goes through a value with all that its aliases stand for, and keeps nothing of it.
#[derive(Clone, Copy)]
struct Counted<'a> {
    /// What further values may cost.
    left: &'a Cell<usize>,
}

impl Counted<'_> {
    fn take<E: serde::de::Error>(self, bytes: usize) -> Result<(), E> {
        let left = self.left.get().checked_sub(VALUE_COST.saturating_add(bytes));
        self.left.set(left.ok_or_else(|| E::custom(TOO_MANY))?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Counted<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counted<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.take(0)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        self.take(0)
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.take(0)
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.take(0)
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.take(0)
    }

    fn visit_i128<E: serde::de::Error>(self, _: i128) -> Result<(), E> {
        self.take(0)
    }

    fn visit_u128<E: serde::de::Error>(self, _: u128) -> Result<(), E> {
        self.take(0)
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.take(0)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.take(text.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.take(0)?;
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        self.take(0)?;
        while entries.next_key_seed(self)?.is_some() {
            entries.next_value_seed(self)?;
        }
        Ok(())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<(), A::Error> {
        let ((), value) = tagged.variant_seed(self)?;
        value.newtype_variant_seed(self)
    }
}

fn unplaced(error: &Error) -> String {
    let mut text = error.to_string();
    text.truncate(text.rfind(" at line ").unwrap_or(text.len()));
    text
}

/// The first document with its merges carried out and its texts unpacked, if it has any.
fn rewritten(text: &str) -> Result<Option<Node>, Error> {
    let is_packed = PACKED.iter().any(|(tag, _)| text.contains(tag));
    if !is_packed && !text.contains(MERGE) {
        return Ok(None);
    }
    let marked = PACKED.iter().fold(text.to_owned(), |text, (tag, own)| text.replace(tag, own));
    // What is no YAML is left to who reads the file itself and knows the line.
    let Ok(value) = first::<Value>(&marked) else { return Ok(None) };
    if !has_own(&value) {
        return Ok(None);
    }
    merged(node_of(&marked)?.with_tags()?).map(Some)
}

/// Whether a merge or a packed text is in a document.
fn has_own(value: &Value) -> bool {
    match value {
        Value::Mapping(entries) => entries.iter().any(|(key, value)| key == MERGE || has_own(key) || has_own(value)),
        Value::Sequence(items) => items.iter().any(has_own),
        Value::Tagged(tagged) => tagged.tag == OWN_TAG || has_own(&tagged.value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn node_of(text: &str) -> Result<Node, Error> {
    let value: Value = first(text)?;
    match Deserializer::from_str(text).next().filter(|_| !value.is_null()) {
        Some(document) => Spelt(&value).deserialize(document),
        None => Ok(Node::Scalar { text: String::new(), kind: Kind::Null }),
    }
}

/// A value as it is written.
enum Node {
    Scalar { text: String, kind: Kind },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// What a value that is no list and no mapping is, if nobody asks for anything in particular.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// A text in base64.
    Packed,
    Null,
    /// A number or a truth value.
    Other,
}

impl Node {
    fn into_texts(self) -> Value {
        match self {
            Self::Scalar { kind: Kind::Null, .. } => Value::String(String::new()),
            Self::Scalar { text, .. } => Value::String(text),
            Self::List(items) => Value::Sequence(items.into_iter().map(Self::into_texts).collect()),
            Self::Map(entries) => {
                let entries = entries.into_iter().map(|(key, value)| (key.into_texts(), value.into_texts()));
                Value::Mapping(entries.collect::<Mapping>())
            }
        }
    }

    /// Packed texts unpacked, and elsewhere the tags that stood there, be it in quotes.
    fn with_tags(self) -> Result<Self, Error> {
        Ok(match self {
            Self::Scalar { text, kind: Kind::Packed } => Self::Scalar { text: unpacked(&text)?, kind: Kind::Text },
            Self::Scalar { text, kind } => {
                let text = PACKED.iter().fold(text, |text, (tag, own)| text.replace(own, tag));
                Self::Scalar { text, kind }
            }
            Self::List(items) => Self::List(items.into_iter().map(Self::with_tags).collect::<Result<_, _>>()?),
            Self::Map(entries) => {
                let entries = entries.into_iter().map(|(key, value)| Ok((key.with_tags()?, value.with_tags()?)));
                Self::Map(entries.collect::<Result<_, Error>>()?)
            }
        })
    }

    fn is_merge(&self) -> bool {
        matches!(self, Self::Scalar { text, kind: Kind::Text } if text == MERGE)
    }
}

fn unpacked(text: &str) -> Result<String, Error> {
    // Lines may be broken anywhere.
    let bytes = STANDARD.decode(text.replace(['\r', '\n'], "")).map_err(|_| Error::custom(NO_BASE64))?;
    String::from_utf8(bytes).map_err(|_| Error::custom(NO_BASE64))
}

/// Reads the spelling of a value that is known.
struct Spelt<'a>(&'a Value);

impl<'de> DeserializeSeed<'de> for Spelt<'_> {
    type Value = Node;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        match self.0 {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => deserializer.deserialize_str(self),
            Value::Sequence(_) => deserializer.deserialize_seq(self),
            Value::Mapping(_) => deserializer.deserialize_map(self),
            Value::Tagged(_) => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Spelt<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value that was read before")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Node, E> {
        let kind = match self.0 {
            Value::String(_) => Kind::Text,
            Value::Null => Kind::Null,
            _ => Kind::Other,
        };
        Ok(Node::Scalar { text: text.to_owned(), kind })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        for value in self.0.as_sequence().into_iter().flatten() {
            list.extend(items.next_element_seed(Spelt(value))?);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        for (key, value) in self.0.as_mapping().into_iter().flatten() {
            let Some(key) = entries.next_key_seed(Spelt(key))? else { break };
            map.push((key, entries.next_value_seed(Spelt(value))?));
        }
        Ok(Node::Map(map))
    }

    /// A value with a tag of its own, which means nothing to those who read the files, but for that of packed texts.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Node, A::Error> {
        let Value::Tagged(known) = self.0 else { return Err(A::Error::custom("unexpected tag")) };
        let (IgnoredAny, value) = tagged.variant()?;
        Ok(match value.newtype_variant_seed(Spelt(&known.value))? {
            Node::Scalar { text, .. } if known.tag == OWN_TAG => Node::Scalar { text, kind: Kind::Packed },
            node => node,
        })
    }
}

/// Carries the merges out, from the inside, so that what is merged has none left: keys of the mapping itself win, then
/// those of the base that stands first.
fn merged(node: Node) -> Result<Node, Error> {
    let entries = match node {
        Node::Scalar { .. } => return Ok(node),
        Node::List(items) => return items.into_iter().map(merged).collect::<Result<_, _>>().map(Node::List),
        Node::Map(entries) => entries,
    };
    let (mut all, mut bases) = (Vec::new(), Vec::new());
    for (key, value) in entries {
        let value = merged(value)?;
        if key.is_merge() {
            bases.extend(if let Node::List(items) = value { items } else { vec![value] });
        } else {
            all.push((key, value));
        }
    }
    let mut known: BTreeSet<String> = all.iter().map(|(key, _)| written(key)).collect();
    for base in bases {
        let Node::Map(entries) = base else { return Err(Error::custom(NO_MAPPING)) };
        all.extend(entries.into_iter().filter(|(key, _)| known.insert(written(key))));
    }
    Ok(Node::Map(all))
}

fn written(node: &Node) -> String {
    let mut out = String::new();
    write(&mut out, node);
    out
}

/// Writes a value in one line. Keys stand behind `?`, without which the reader allows a key of 1,024 characters.
fn write(out: &mut String, node: &Node) {
    match node {
        Node::Scalar { text, kind: Kind::Text | Kind::Packed } => out.push_str(&quoted(text)),
        Node::Scalar { text, .. } => out.push_str(text),
        Node::List(items) => {
            out.push('[');
            for item in items {
                write(out, item);
                // Nothing at all would be no item.
                let is_nothing = matches!(item, Node::Scalar { text, kind: Kind::Null } if text.is_empty());
                out.push_str(if is_nothing { "~, " } else { ", " });
            }
            out.push(']');
        }
        Node::Map(entries) => {
            out.push('{');
            for (key, value) in entries {
                out.push_str(&format!("? {} : ", written(key)));
                write(out, value);
                out.push_str(", ");
            }
            out.push('}');
        }
    }
}

/// A text in quotes, every character that the reader might not take as it is by its number.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            ' '..='~' => out.push(letter),
            _ => out.push_str(&format!("\\U{:08X}", u32::from(letter))),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    type Numbers = BTreeMap<String, BTreeMap<String, i64>>;
    type Texts = BTreeMap<String, BTreeMap<String, String>>;

    #[test]
    fn merges_are_carried_out_and_the_first_document_counts() {
        let merged = "a: &base {x: 1, y: 2}\nb: {<<: *base, y: 3}\nc:\n  <<: [*base]\n";
        let numbers = read::<Numbers>(merged).expect("read");
        assert_eq!(numbers["b"], BTreeMap::from([("x".to_owned(), 1), ("y".to_owned(), 3)]));
        assert_eq!(numbers["c"], numbers["a"]);
        let several = "a: {x: 1}\n---\nb: nonsense\n---\nc: [\n";
        assert_eq!(read::<Numbers>(several).expect("read").len(), 1);
        assert!(read::<Numbers>("").expect("nothing").is_empty());
        assert!(read::<Numbers>("a: [").is_err());
    }

    #[test]
    fn merges_of_merges_are_carried_out() {
        for text in [
            "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}\n",
            "a: &a {x: 1}\nb: &b {<< : *a, y: 2}\nc: {? << : *b, z: 3}\n",
            "c: {<<: [{<<: {x: 1, z: 4}, y: 2}, {y: 5}], z: 3}\n",
        ] {
            let found = read::<Numbers>(text).expect(text);
            let expected = [("x", 1), ("y", 2), ("z", 3)].map(|(name, number)| (name.to_owned(), number));
            assert_eq!(found["c"], BTreeMap::from(expected), "{text}");
        }
    }

    #[test]
    fn texts_keep_their_spelling_with_merges_and_without() {
        let labels = "{version: 1.10, exponent: 1e3, hex: 0x1F, truth: True, empty: , octal: 010, \"q\\\"\\n\": \"é\\\\\\u0085'\\x7f\"}";
        let plain: Texts = read(&format!("a: {labels}")).expect("plain");
        assert_eq!((&*plain["a"]["version"], &*plain["a"]["hex"]), ("1.10", "0x1F"));
        for text in [
            format!("a: {labels} # <<: *b"),
            format!("a: {labels}\n---\nb: 1\n"),
            format!("a: {labels}\nb: {{x: 1.10, <<: {{y: 1}}}}"),
            format!("b: &b {labels}\na: {{<<: *b}}"),
            format!("a: !tag {labels}\nb: {{<<: {{}}}}"),
        ] {
            assert_eq!(read::<Texts>(&text).expect(&text)["a"], plain["a"], "{text}");
        }
        let lists: BTreeMap<String, BTreeMap<String, Vec<Option<f64>>>> =
            read("a: &a\n  x:\n  - 1.50\n  -\n  - ~\n  - 1e3\nb: {<<: *a}\n").expect("lists");
        assert_eq!(lists["b"]["x"], [Some(1.5), None, None, Some(1000.0)]);
        let long = "k".repeat(2000);
        assert_eq!(read::<Texts>(&format!("a: {{<<: {{? {long} : v}}}}")).expect("a long key")["a"][&long], "v");
    }

    #[test]
    fn errors_know_the_line_where_the_file_itself_has_it() {
        for (text, expected) in [
            ("a: {x: 1}\nb: 5\n", "line 2"),
            ("a: {x: 1}\n# <<: *x\nb: 5\n", "line 3"),
            ("a: {x: 1}\nb: 5\n---\nc: {}\n", "line 2"),
            ("a: &a {x: 1}\nb: 5\nc: {<<: *a}\n", "line 2"),
            ("a: {x: 1}\nb: <<\nc: [\n", "line "),
            ("a: {<<: 5}", NO_MAPPING),
            ("a: {<<: [{}, []]}", NO_MAPPING),
        ] {
            let error = read::<Numbers>(text).expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let error = read::<Numbers>("a: &a {x: 1}\nb: {<<: *a}\nc: {<<: {y: z}}\n").expect_err("no number").to_string();
        assert!(error.starts_with("c.y: invalid type") && !error.contains(" line "), "{error}");
    }

    #[test]
    fn texts_are_given_as_they_are_spelt() {
        let text = "a: [1.10, 1e3, 0x10, true, 2020-01-01, null, ~, .inf, 1_000, 0o17, !!str 1.10, !!int \"3\", !own x, 'null', ]\n\
            b: {1.10: yes, ~: }\nc: {<<: {x: 1.50}}\n";
        for text in [text.to_owned(), text.replace("c: {<<: {x: 1.50}}", "c: {x: 1.50}")] {
            let spelt = spelt(&text).expect("read");
            let expected: Value = serde_yaml_ng::from_str(
                "a: ['1.10', '1e3', '0x10', 'true', '2020-01-01', '', '', '.inf', '1_000', '0o17', '1.10', '3', 'x', 'null']\n\
                b: {'1.10': 'yes', '': ''}\nc: {x: '1.50'}\n",
            )
            .expect("read");
            assert_eq!(spelt, expected);
        }
        for nothing in ["", "# a\n", "~"] {
            assert_eq!(spelt(nothing).expect(nothing), Value::String(String::new()));
        }
        for wrong in ["a: {b: !!int c}", "a: {b: c, b: d}"] {
            assert!(spelt(wrong).is_err() && read::<Texts>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn packed_texts_are_unpacked() {
        let text = "a:\n  x: !!binary aGk=\n  y: !<tag:yaml.org,2002:binary> |\n    aG\n    k=\n  z: '!!binary aGk='\n  n: 1.10\n";
        let found: Texts = read(text).expect("read");
        let expected = [("n", "1.10"), ("x", "hi"), ("y", "hi"), ("z", "!!binary aGk=")];
        assert_eq!(found["a"], expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert_eq!(spelt(text).expect("read")["a"]["x"], "hi");
        for text in ["a: {x: !!binary '***'}", "a: {x: !!binary /w==}"] {
            assert!(read::<Texts>(text).expect_err(text).to_string().contains(NO_BASE64), "{text}");
        }
    }

    #[test]
    fn aliases_that_stand_for_too_much_are_refused() {
        let many = |anchored: &str, times: usize| format!("a: &a {anchored}\nb: [{}]\n", "*a, ".repeat(times));
        let list = format!("[{}]", "1, ".repeat(1000));
        let map = format!("{{{}}}", (0..1000).map(|at| format!("k{at}: ~, ")).collect::<Vec<_>>().concat());
        let merges = format!("a: &a {map}\nb:\n{}", "- {<<: *a}\n".repeat(1000));
        let laughs = (1..9)
            .map(|at| format!("a{at}: &a{at} [{}]\n", format!("*a{}, ", at - 1).repeat(9)))
            .collect::<Vec<_>>()
            .concat();
        let long = "x".repeat(100_000);
        let files = [
            many(&list, 1000),
            many(&map, 1000),
            many(&long, 100),
            many(&format!("!{long} x"), 100),
            many(&format!("{{? {long} : x}}"), 100),
            many(&list, 1000) + "---\nc: d\n",
            many(&list, 1000) + "c: !!binary aGk=\n",
            format!("a0: &a0 [lol, lol]\n{laughs}"),
            merges,
        ];
        for text in files {
            let shown = &text[..40];
            for error in [spelt(&text).expect_err(shown), read::<Value>(&text).expect_err(shown)] {
                assert!(error.to_string().contains(TOO_MANY), "{shown}: {error}");
            }
        }
    }

    #[test]
    fn aliases_of_usual_files_are_read_whole() {
        let base =
            (0..100).map(|at| format!("  key{at}: a value of some thirty bytes {at}\n")).collect::<Vec<_>>().concat();
        let jobs = (0..150).map(|at| format!("job{at}: {{<<: *base, one: {at}}}\n")).collect::<Vec<_>>().concat();
        let found: BTreeMap<String, BTreeMap<String, String>> =
            read(&format!("base: &base\n{base}{jobs}")).expect("read");
        assert_eq!((found.len(), found["job149"].len()), (151, 101));
        // Whoever uses no alias may write as many values as fit.
        let dense = format!("a: &a [{}]\nb: *a\n", "~,".repeat(300_000));
        assert_eq!(read::<BTreeMap<String, Vec<()>>>(&dense).expect("read")["b"].len(), 300_000);
    }
}
