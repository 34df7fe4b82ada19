//! A bounded list of records that is kept in one file, written whole at each change, or in memory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of JSON that one shelf keeps.
const MOST_BYTES: usize = 4 << 20;

/// Why a change was not made; what was there before is still there.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The bound on number or bytes is reached.
    #[error(
        "cannot keep more {what}: at most {most} of them and {} MiB together are kept; delete some first",
        MOST_BYTES >> 20
    )]
    Full { what: &'static str, most: usize },
    /// One record alone has more bytes than all of them together may have.
    #[error(
        "one of the {what} has {} MiB, and all {what} together may take {} MiB; leave out data, or shorten its range",
        mebibytes(*bytes),
        MOST_BYTES >> 20
    )]
    Large { what: &'static str, bytes: usize },
    /// What would be kept could not be read again, for example because a value is nested too deep.
    #[error("cannot keep this among the {what}: it could not be read again: {error}")]
    Shape { what: &'static str, error: serde_json::Error },
    /// The disk does not take it.
    #[error("{path}: {error}")]
    Disk { path: String, error: io::Error },
}

/// Records of one kind, in the order in which they came.
#[derive(Debug)]
pub struct Shelf<T> {
    what: &'static str,
    most: usize,
    file: Option<PathBuf>,
    records: Mutex<Vec<T>>,
    /// Whether the oldest record makes room for a new one where there is none.
    is_rolling: bool,
}

impl<T: Clone + Serialize + DeserializeOwned> Shelf<T> {
    /// Keeps at most `most` records, called `what` in messages, as long as the program runs.
    pub fn in_memory(what: &'static str, most: usize) -> Self {
        Self { what, most, file: None, records: Mutex::default(), is_rolling: false }
    }

    /// Keeps them in a file, which is made with the first change. A file that cannot be read is an error: the next
    /// change would replace it.
    pub fn in_file(what: &'static str, most: usize, file: PathBuf) -> Result<Self, ShelfError> {
        let records = match fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| disk(&file, error.into()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(disk(&file, error)),
        };
        Ok(Self { what, most, file: Some(file), records: Mutex::new(records), is_rolling: false })
    }

    /// Lets the oldest records make room for new ones.
    #[must_use]
    pub fn rolling(self) -> Self {
        Self { is_rolling: true, ..self }
    }

    /// All records, as they are now.
    pub fn list(&self) -> Vec<T> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the list. The change is kept on the disk before it is seen, and not at all if there is no room for it.
    pub fn change<R>(&self, change: impl FnOnce(&mut Vec<T>) -> R) -> Result<R, ShelfError> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = records.clone();
        let result = change(&mut changed);
        let encode = |list: &[T]| serde_json::to_vec(list).map_err(|error| disk(Path::new(self.what), error.into()));
        if self.is_rolling {
            let many = changed.len().saturating_sub(self.most);
            changed.drain(..many);
        }
        let mut text = encode(&changed)?;
        while self.is_rolling && text.len() > MOST_BYTES && changed.len() > 1 {
            changed.drain(..changed.len().div_ceil(16));
            text = encode(&changed)?;
        }
        if text.len() > MOST_BYTES {
            for record in &changed {
                let bytes = encode(std::slice::from_ref(record))?.len();
                if bytes > MOST_BYTES {
                    return Err(ShelfError::Large { what: self.what, bytes });
                }
            }
        }
        if changed.len() > self.most || text.len() > MOST_BYTES {
            return Err(ShelfError::Full { what: self.what, most: self.most });
        }
        // What is acknowledged must be there after a restart: a value may be nested deeper than a file is read.
        if let Err(error) = serde_json::from_slice::<Vec<T>>(&text) {
            return Err(ShelfError::Shape { what: self.what, error });
        }
        if let Some(file) = &self.file {
            write(file, &text)?;
        }
        *records = changed;
        Ok(result)
    }
}

/// With one decimal place, rounded up: what is too large must not look as if it had room.
fn mebibytes(bytes: usize) -> String {
    format!("{:.1}", (bytes as f64 / f64::from(1 << 20) * 10.0).ceil() / 10.0)
}

/// Writes a file whole or not at all.
fn write(file: &Path, text: &[u8]) -> Result<(), ShelfError> {
    let draft = file.with_extension("json.new");
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory).map_err(|error| disk(directory, error))?;
    }
    fs::write(&draft, text).map_err(|error| disk(&draft, error))?;
    fs::rename(&draft, file).map_err(|error| disk(file, error))
}

fn disk(path: &Path, error: io::Error) -> ShelfError {
    ShelfError::Disk { path: path.display().to_string(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_there_after_a_restart() {
        let file = std::env::temp_dir().join(format!("dicelab-shelf-{}", std::process::id())).join("numbers.json");
        let shelf = Shelf::in_file("numbers", 10, file.clone()).expect("opened");
        shelf.change(|list: &mut Vec<u32>| list.extend([1, 2])).expect("kept");
        assert_eq!(Shelf::<u32>::in_file("numbers", 10, file.clone()).expect("opened again").list(), [1, 2]);
        fs::write(&file, "{").expect("damaged");
        let error = Shelf::<u32>::in_file("numbers", 10, file.clone()).expect_err("damaged").to_string();
        assert!(error.contains("numbers.json"), "{error}");
        fs::remove_dir_all(file.parent().expect("a directory")).expect("removed");
    }

    #[test]
    fn what_could_not_be_read_again_is_not_acknowledged() {
        let shelf = Shelf::in_memory("values", 10);
        let deep = |levels: usize| (0..levels).fold(serde_json::json!(0), |inner, _| serde_json::json!([inner]));
        shelf.change(|list: &mut Vec<serde_json::Value>| list.push(deep(100))).expect("kept");
        for levels in [127, 128, 500] {
            let refused = shelf.change(|list| list.push(deep(levels)));
            assert!(matches!(refused, Err(ShelfError::Shape { .. })), "{levels}: {refused:?}");
        }
        assert_eq!(shelf.list().len(), 1);
    }

    #[test]
    fn a_full_shelf_refuses_and_keeps_what_it_has() {
        let shelf = Shelf::in_memory("texts", 2);
        shelf.change(|list: &mut Vec<String>| list.push("a".to_owned())).expect("kept");
        let refused = shelf.change(|list| list.extend(["b".to_owned(), "c".to_owned()]));
        assert!(matches!(refused, Err(ShelfError::Full { most: 2, .. })), "{refused:?}");
        let parts = shelf.change(|list| list.push("x".repeat(MOST_BYTES - 4)));
        assert!(matches!(parts, Err(ShelfError::Full { .. })), "{parts:?}");
        let large = shelf.change(|list| list.push("x".repeat(MOST_BYTES))).expect_err("too large").to_string();
        let said =
            "one of the texts has 4.1 MiB, and all texts together may take 4 MiB; leave out data, or shorten its range";
        assert_eq!(large, said);
        assert_eq!(shelf.list(), ["a"]);
        let rolling = Shelf::in_memory("texts", 2).rolling();
        for text in ["a", "b", "c"] {
            rolling.change(|list: &mut Vec<String>| list.push(text.to_owned())).expect("kept");
        }
        assert_eq!(rolling.list(), ["b", "c"]);
        rolling.change(|list| list.push("x".repeat(MOST_BYTES - 4))).expect("kept");
        assert_eq!(rolling.list().len(), 1);
    }
}
