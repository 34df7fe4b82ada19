//! How much one JSON patch may do: operations can copy, nest and move what they made before, so that a short patch could
//! otherwise fill the memory, keep a processor busy for hours, or nest values deeper than a stack can walk.

use serde_json::Value;

/// Levels of a resource that a patch may fill: fewer than the reader of JSON takes, so that what is kept can be read again.
const DEEPEST: usize = 100;
/// Bytes that a patch may write or move.
const MOST: usize = 64 << 20;
/// Bytes that a value takes beside its text.
const VALUE: usize = 64;
/// What moving a value to its neighbour's place counts.
const SHIFT: usize = 4;

/// What is left of the work of one patch.
#[derive(Debug)]
pub(crate) struct Room {
    left: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { left: MOST }
    }
}

impl Room {
    /// Counts a value that is written at a path, and refuses one that is too deep there.
    pub(crate) fn admit(&mut self, value: &Value, path: &str) -> Result<(), String> {
        self.weigh(value, DEEPEST.saturating_sub(path.matches('/').count()))
    }

    /// Counts the values behind a place in a list or an object, which all move.
    pub(crate) fn shift(&mut self, count: usize) -> Result<(), String> {
        self.take(count.saturating_mul(SHIFT))
    }

    fn weigh(&mut self, value: &Value, deep: usize) -> Result<(), String> {
        let Some(deep) = deep.checked_sub(1) else {
            return Err(format!("the resource would be more than {DEEPEST} levels deep"));
        };
        match value {
            Value::String(text) => self.take(VALUE + text.len()),
            Value::Array(list) => {
                self.take(VALUE)?;
                list.iter().try_for_each(|child| self.weigh(child, deep))
            }
            Value::Object(object) => {
                self.take(VALUE)?;
                object.iter().try_for_each(|(name, child)| {
                    self.take(name.len())?;
                    self.weigh(child, deep)
                })
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => self.take(VALUE),
        }
    }

    fn take(&mut self, bytes: usize) -> Result<(), String> {
        let left = self.left.checked_sub(bytes);
        let refusal = || format!("the patch would copy and move more than {} MiB; send it in parts", MOST >> 20);
        self.left = left.ok_or_else(refusal)?;
        Ok(())
    }
}
