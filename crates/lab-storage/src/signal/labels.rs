//! One set of rules for label sets, whichever way they come in.

use lab_model::Labels;

/// Bounds on a label set. A bound of `usize::MAX` allows everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRules {
    pub count: usize,
    /// Most bytes of one name.
    pub name_bytes: usize,
    /// Most bytes of one value.
    pub value_bytes: usize,
    /// Most bytes of all names and values together.
    pub total_bytes: usize,
}

/// Why a label set is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelProblem {
    /// There is no label at all.
    #[error("a series needs a metric name or at least one label")]
    None,
    /// A label without a name.
    #[error("the label with the value {value:?} has an empty name")]
    EmptyName { value: String },
    /// Two labels with one name.
    #[error("the label name {name:?} occurs twice")]
    Doubled { name: String },
    /// Too many labels.
    #[error("{found} labels, at most {allowed} are allowed")]
    TooMany {
        /// How many there are.
        found: usize,
        /// How many there may be.
        allowed: usize,
    },
    /// A name is too long.
    #[error("the label name {name:?}… takes {found} bytes, at most {allowed} are allowed")]
    NameTooLong {
        name: String,
        /// How long it is.
        found: usize,
        /// How long it may be.
        allowed: usize,
    },
    /// A value is too long.
    #[error("the value of label {name:?} takes {found} bytes, at most {allowed} are allowed")]
    ValueTooLong {
        /// The label's name.
        name: String,
        /// How long the value is.
        found: usize,
        /// How long it may be.
        allowed: usize,
    },
    /// Everything together is too long.
    #[error("names and values take {found} bytes, at most {allowed} are allowed")]
    TooLong {
        /// How long they are.
        found: usize,
        /// How long they may be.
        allowed: usize,
    },
}

impl LabelProblem {
    /// The reason in one word, for a counter.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::None => "no_labels",
            Self::EmptyName { .. } => "empty_label_name",
            Self::Doubled { .. } => "duplicate_label_names",
            Self::TooMany { .. } | Self::NameTooLong { .. } | Self::ValueTooLong { .. } | Self::TooLong { .. } => {
                "label_limit"
            }
        }
    }
}

/// Characters of a name that a message shows.
const SHOWN: usize = 100;

impl LabelRules {
    /// Makes a label set of pairs as they were sent, in any order. Unlike [`Labels::from_pairs`] it refuses an empty
    /// name and a name that stands there twice. A label with an empty value counts as not sent.
    pub fn collect<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> Result<Labels, LabelProblem> {
        let mut names: Vec<&str> = Vec::with_capacity(pairs.len());
        for (name, value) in pairs {
            if name.as_ref().is_empty() {
                return Err(LabelProblem::EmptyName { value: shown(value.as_ref()) });
            }
            names.push(name.as_ref());
        }
        // Most senders send them in order.
        if !names.is_sorted() {
            names.sort_unstable();
        }
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(LabelProblem::Doubled { name: shown(twice[0]) });
        }
        Ok(Labels::from_pairs(pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))))
    }

    /// Checks a finished label set against the bounds.
    pub fn check(&self, labels: &Labels) -> Result<(), LabelProblem> {
        let (count, bytes) = (labels.len(), labels.text_bytes());
        if count == 0 {
            return Err(LabelProblem::None);
        }
        if count > self.count {
            return Err(LabelProblem::TooMany { found: count, allowed: self.count });
        }
        if bytes > self.total_bytes {
            return Err(LabelProblem::TooLong { found: bytes, allowed: self.total_bytes });
        }
        for label in labels {
            let (name, value) = (label.name.len(), label.value.len());
            if name == 0 {
                return Err(LabelProblem::EmptyName { value: shown(&label.value) });
            }
            if name > self.name_bytes {
                let allowed = self.name_bytes;
                return Err(LabelProblem::NameTooLong { name: shown(&label.name), found: name, allowed });
            }
            if value > self.value_bytes {
                let allowed = self.value_bytes;
                return Err(LabelProblem::ValueTooLong { name: shown(&label.name), found: value, allowed });
            }
        }
        Ok(())
    }
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: LabelRules = LabelRules { count: 2, name_bytes: 4, value_bytes: 6, total_bytes: 12 };

    #[test]
    fn pairs_are_collected_in_order_or_refused_by_name() {
        let good = LabelRules::collect(&[("b", "1"), ("a", "2"), ("c", "")]).expect("valid");
        assert_eq!(good.to_string(), r#"{a="2", b="1"}"#);
        let reason = |pairs: &[(&str, &str)]| LabelRules::collect(pairs).expect_err("refused").to_string();
        assert_eq!(reason(&[("a", "1"), ("", "x")]), r#"the label with the value "x" has an empty name"#);
        assert_eq!(reason(&[("a", "1"), ("b", ""), ("a", "1")]), r#"the label name "a" occurs twice"#);
        assert_eq!(LabelRules::collect(&[("ä", "1")]).expect("UTF-8 names are valid").len(), 1);
    }

    #[test]
    fn each_bound_is_checked_and_named() {
        let check = |pairs: &[(&str, &str)]| RULES.check(&Labels::from_pairs(pairs.iter().copied()));
        assert_eq!(check(&[("a", "123456"), ("b", "1")]), Ok(()));
        assert_eq!(check(&[]), Err(LabelProblem::None));
        let refused = |pairs: &[(&str, &str)]| check(pairs).expect_err("refused").to_string();
        assert_eq!(refused(&[("a", "1"), ("b", "1"), ("c", "1")]), "3 labels, at most 2 are allowed");
        assert_eq!(refused(&[("abcde", "1")]), r#"the label name "abcde"… takes 5 bytes, at most 4 are allowed"#);
        assert_eq!(refused(&[("a", "1234567")]), r#"the value of label "a" takes 7 bytes, at most 6 are allowed"#);
        assert_eq!(
            refused(&[("aaaa", "123456"), ("bbbb", "1")]),
            "names and values take 15 bytes, at most 12 are allowed"
        );
    }
}
