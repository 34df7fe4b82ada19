//! The components that are known, read from `components.txt`.

use std::collections::BTreeMap;

/// What a component or block may hold.
#[derive(Default)]
pub(crate) struct Shape {
    pub(crate) attributes: BTreeMap<String, Expected>,
    pub(crate) blocks: BTreeMap<String, Shape>,
    /// What others may take, with its kind; the kind is empty if it is of none.
    pub(crate) exports: BTreeMap<String, String>,
}

/// What is expected of an attribute.
pub(crate) struct Expected {
    pub(crate) required: bool,
    /// The kind of exports that it takes.
    pub(crate) kind: Option<String>,
}

/// All components by name.
pub(crate) struct Known(Shape);

impl Known {
    pub(crate) fn read() -> Self {
        let mut root = Shape::default();
        let lines = include_str!("components.txt").lines();
        let mut way: Vec<String> = Vec::new();
        for line in lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let depth = (line.len() - line.trim_start().len()) / 2;
            let (head, exports) = line.split_once("->").unwrap_or((line, ""));
            let mut words = head.split_whitespace();
            way.truncate(depth);
            way.extend(words.next().map(str::to_owned));
            let shape = way.iter().fold(&mut root, |shape, name| shape.blocks.entry(name.clone()).or_default());
            shape.attributes = words.map(attribute).collect();
            shape.exports = exports.split_whitespace().map(export).collect();
        }
        Self(root)
    }

    pub(crate) fn component(&self, name: &str) -> Option<&Shape> {
        self.0.blocks.get(name)
    }
}

fn attribute(word: &str) -> (String, Expected) {
    let (name, kind) = word.split_once(':').map_or((word, None), |(name, kind)| (name, Some(kind.to_owned())));
    let required = name.ends_with('!');
    (name.trim_end_matches('!').to_owned(), Expected { required, kind })
}

fn export(word: &str) -> (String, String) {
    let (name, kind) = word.split_once(':').unwrap_or((word, ""));
    (name.to_owned(), kind.to_owned())
}
