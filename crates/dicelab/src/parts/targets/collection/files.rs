//! Files whose lines are collected (`--logs-from`): looked at twice a second, followed when they are moved away or cut, and
//! read on from where they were left when the lab starts again.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lab_logs::LogStore;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::parts::targets::collection::counts::Counts;
use crate::parts::targets::collection::follow::{Copied, Followed, Share};
use crate::parts::targets::collection::pattern::{FilePattern, FoundFile, SERVICE};
use crate::parts::targets::collection::position::{self, Left, Position};
use crate::parts::targets::collection::taking::{Read, take, take_last};
use crate::parts::targets::collection::wanted::Wanted;

/// The time between two looks.
const EVERY: Duration = Duration::from_millis(500);
/// How long the look after the end may take; what it leaves is read after the next start.
const LAST_LOOK: Duration = Duration::from_secs(1);
/// How long a file that was moved away is read on: its writer may still hold it.
const GRACE: Duration = Duration::from_secs(5);
/// Most files that are open at a time.
const MOST_OPEN: usize = 1000;
/// The name of the file that says how far the others were read.
const POSITIONS: &str = "positions.json";

/// The files that are followed.
pub struct Files {
    wanted: Wanted,
    store: Arc<LogStore>,
    counts: Counts,
    /// Where the positions are kept; nowhere if the lab writes nothing to disk.
    positions: Option<PathBuf>,
    /// The positions as they were written last.
    written: Vec<Left>,
    /// Files that were left at the last end, as long as they are not found again.
    left: Vec<Left>,
    open: HashMap<PathBuf, Followed>,
    /// Files that were moved away, and since when.
    behind: Vec<(Followed, Instant)>,
    /// Files that have nothing but what stands in another one, which is followed, and how much of it: copies before that one is
    /// cut.
    copies: HashMap<PathBuf, Position>,
    /// Files that cannot be opened, which was told.
    shut: HashSet<PathBuf>,
    /// Whether there are more files than are followed, which was told.
    leaves_out: bool,
    grace: Duration,
    /// The file at which the next look begins: the one for which there was no room.
    next: usize,
}

/// Somebody who waits until everything in the files has been taken.
pub type Waiting = oneshot::Sender<()>;

impl Files {
    /// Follows what is wanted; `folder` is the lab's directory, if it has one.
    pub fn new(wanted: Wanted, store: Arc<LogStore>, folder: Option<&Path>, counts: Counts) -> Self {
        let positions = folder.map(|folder| folder.join(POSITIONS));
        let left = positions.as_deref().map(read_positions).unwrap_or_default();
        let mut files = Self {
            wanted,
            store,
            counts,
            positions,
            written: left.clone(),
            left,
            open: HashMap::new(),
            behind: Vec::new(),
            copies: HashMap::new(),
            shut: HashSet::new(),
            leaves_out: false,
            grace: GRACE,
            next: 0,
        };
        if files.wanted.only_new {
            files.skip();
        }
        files
    }

    /// Looks at the files until `stop` fires, and once more then, for a short time. Who is `waiting` is told when everything
    /// that stands in the files has been taken, last lines without an end too.
    pub async fn run(mut self, mut waiting: mpsc::Receiver<Waiting>, stop: CancellationToken) {
        loop {
            let (is_last, token) = (stop.is_cancelled(), stop.clone());
            let looked = tokio::task::spawn_blocking(move || {
                let until = Instant::now() + LAST_LOOK;
                let read = self.look(|| if is_last { Instant::now() < until } else { !token.is_cancelled() });
                (self, read)
            });
            let Ok((back, read)) = looked.await else { return };
            if is_last {
                return;
            }
            self = back;
            if read == Read::More {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                Some(who) = waiting.recv() => {
                    let Some(back) = self.everything(&stop).await else { return };
                    self = back;
                    // Who waits no longer needs no answer.
                    let _ = who.send(());
                }
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Takes everything that stands in the files now.
    async fn everything(mut self, stop: &CancellationToken) -> Option<Self> {
        let token = stop.clone();
        let looked = tokio::task::spawn_blocking(move || {
            while !token.is_cancelled() {
                if self.look(|| !token.is_cancelled()) == Read::All && self.last() {
                    break;
                }
                // Without room the store is waited for; its next commit makes some.
                let _ = self.store.admit(EVERY);
            }
            self
        });
        looked.await.ok()
    }

    /// Takes what is new in every file, a turn of each, as long as `goes_on` says so.
    fn look(&mut self, goes_on: impl Fn() -> bool) -> Read {
        let (found, are_more) = self.found();
        let no_room = found.iter().filter(|file| !self.open(file)).count();
        self.open_moved();
        self.left_out(are_more || no_room > 0);
        let (first, mut looked) = (std::mem::take(&mut self.next) % found.len().max(1), Read::All);
        for at in (first..found.len()).chain(0..first) {
            match self.read(&found[at], &goes_on) {
                Read::All => {}
                Read::More => looked = Read::More,
                Read::NoRoom => {
                    (self.next, looked) = (at, Read::NoRoom);
                    break;
                }
            }
        }
        let since = Instant::now();
        self.behind.extend(self.open.extract_if(|path, _| !path.exists()).map(|(_, file)| (file, since)));
        looked = looked.max(self.read_behind(&goes_on));
        self.shut.retain(|path| path.exists());
        self.copies.retain(|path, _| path.exists());
        self.counts.follows(self.open.len() + self.behind.len());
        self.keep_positions();
        looked
    }

    /// The files that there are, with the labels of their lines, and whether there are more than are looked at.
    fn found(&self) -> (Vec<FoundFile>, bool) {
        let (mut found, mut are_more) = (Vec::new(), false);
        for (files, more) in self.wanted.patterns.iter().map(FilePattern::files) {
            found.extend(files);
            are_more |= more;
        }
        for FoundFile { path, labels } in &mut found {
            labels.entry(SERVICE.to_owned()).or_insert_with(|| stem(path));
            labels.insert("job".to_owned(), "files".to_owned());
            labels.insert("filename".to_owned(), path.display().to_string());
        }
        (found, are_more)
    }

    /// Whether there are more files than are followed. That is told once, until all of them are followed again.
    fn left_out(&mut self, is_so: bool) {
        if is_so && !self.leaves_out {
            tracing::warn!(
                "the lab follows {MOST_OPEN} log files at a time, and there are more; the lines of the others are not \
                 collected; give patterns to --logs-from that fit fewer files"
            );
        }
        self.leaves_out = is_so;
        self.counts.leaves_out(is_so);
    }

    /// Opens every file that there is, and leaves out what stands in it.
    fn skip(&mut self) {
        for file in self.found().0 {
            self.open(&file);
        }
        for file in self.open.values_mut() {
            if let Err(error) = file.skip() {
                tracing::warn!(%error, file = %file.left().path.display(), "the file cannot be read");
            }
        }
    }

    /// Opens what stands at a path, unless it is open. A file is known by its device and number, so that one that was
    /// renamed is read on under its new name. `false` if too many files are open.
    fn open(&mut self, FoundFile { path, labels }: &FoundFile) -> bool {
        if self.open.contains_key(path) {
            return true;
        }
        let Ok(found) = std::fs::metadata(path) else { return true };
        if self.open.values().any(|file| file.is(&found)) {
            return true;
        }
        if let Some(at) = self.behind.iter().position(|(file, _)| file.is(&found)) {
            self.open.insert(path.clone(), self.behind.swap_remove(at).0);
            return true;
        }
        if self.open.len() + self.behind.len() >= MOST_OPEN {
            return false;
        }
        let at = self.left.iter().position(|left| left.position.is_of(&found));
        if at.is_none() && self.is_only_a_copy(path, &found) {
            return true;
        }
        let of_copy = self.copies.remove(path).filter(|position| position.is_of(&found));
        let position = at.map(|at| self.left[at].position).or(of_copy).unwrap_or_else(|| Position::beginning(&found));
        let left = Left { path: path.clone(), position, labels: labels.clone() };
        match Followed::open(path, left, &self.wanted, &self.counts) {
            Ok(file) => {
                self.open.insert(path.clone(), file);
                self.shut.remove(path);
                at.map(|at| self.left.swap_remove(at));
            }
            Err(error) => self.is_shut(path, &error),
        }
        true
    }

    /// Whether there is nothing in a new file but what stands in one that is followed: logrotate copies a file before it cuts it
    /// (`copytruncate`), and the copy may have a name that fits. It is opened when it goes its own way, after what they share.
    fn is_only_a_copy(&mut self, path: &Path, found: &std::fs::Metadata) -> bool {
        let Ok(file) = std::fs::File::open(path) else { return false };
        match self.open.values().find_map(|other| other.share(path, &file)) {
            Some(Share::All(length)) => {
                self.copies.insert(path.to_owned(), Position::beginning(found).moved(&file, length))
            }
            Some(Share::Cut) => None,
            None => return false,
        };
        true
    }

    /// Files that were moved, while the lab was away, to a name that no pattern fits are read to their ends.
    fn open_moved(&mut self) {
        for left in std::mem::take(&mut self.left) {
            let there = std::fs::metadata(&left.path);
            let is_wanted = self.wanted.patterns.iter().any(|pattern| pattern.fits(&left.path));
            let is_in_place = there.as_ref().is_ok_and(|found| left.position.is_of(found));
            let is_full = self.open.len() + self.behind.len() >= MOST_OPEN;
            if is_in_place || is_full || (!is_wanted && there.is_ok()) {
                self.left.push(left);
                continue;
            }
            let Some(path) = position::moved_to(&left) else { continue };
            if !is_wanted {
                // A later run may want it again, and finds the place then.
                self.left.push(left);
                continue;
            }
            match Followed::open_moved(&path, left.clone(), &self.wanted, &self.counts) {
                Ok(file) => self.behind.extend(file.map(|file| (file, Instant::now()))),
                Err(error) => {
                    self.is_shut(&path, &error);
                    self.left.push(left);
                }
            }
        }
    }

    /// A file cannot be opened. That is told once, until it can be.
    fn is_shut(&mut self, path: &Path, error: &std::io::Error) {
        if self.shut.insert(path.to_owned()) {
            tracing::warn!(
                %error,
                file = %path.display(),
                "a log file cannot be opened; its lines are collected when the lab may read it"
            );
        }
    }

    /// Reads files that were moved away to their ends, and leaves those whose time is over. How the one ended that is
    /// furthest from its end.
    fn read_behind(&mut self, goes_on: &impl Fn() -> bool) -> Read {
        let (store, grace, mut worst, mut copies) = (&self.store, self.grace, Read::All, Vec::new());
        let done = self.behind.extract_if(.., |(file, since)| {
            let mut read = take(store, file, goes_on);
            copies.extend(file.copy());
            let is_over = read == Read::All && (file.is_copy() || since.elapsed() >= grace);
            let is_left = is_over && take_last(store, file);
            if is_over && !is_left {
                read = Read::NoRoom;
            }
            worst = worst.max(read);
            is_left
        });
        let done: Vec<_> = done.map(|(file, _)| file).collect();
        if !copies.is_empty() {
            worst = worst.max(Read::More);
        }
        for copy in copies {
            self.follow_copy(copy);
        }
        for file in done {
            self.leave(file);
        }
        worst
    }

    /// Follows the copy of a file that was cut, unless it is followed already.
    fn follow_copy(&mut self, copy: Copied) {
        let mut followed = self.open.values().chain(self.behind.iter().map(|(file, _)| file));
        if !followed.any(|file| copy.is(file)) {
            self.behind.push((Followed::of_copy(copy, &self.wanted, &self.counts), Instant::now()));
        }
    }

    /// A file was read to its end. A copy whose own name fits a pattern stays a file like others.
    fn leave(&mut self, mut file: Followed) {
        let Some(path) = file.copy_is_read() else { return };
        if self.wanted.patterns.iter().any(|pattern| pattern.fits(&path)) {
            self.copies.remove(&path);
            let other = self.open.insert(path, file);
            self.behind.extend(other.map(|file| (file, Instant::now())));
        }
    }

    /// Whether the copy of a file that was cut has not been read to its end.
    fn has_copy(&self, path: &Path) -> bool {
        self.open.get(path).is_some_and(|file| self.behind.iter().any(|(copy, _)| copy.is_copy_of(file)))
    }

    /// Takes what is still held back in every file, because nobody will look again; whether there was room for all of it.
    /// Otherwise the next look shows the rest again.
    fn last(&mut self) -> bool {
        let mut is_kept = true;
        for file in self.open.values_mut().chain(self.behind.iter_mut().map(|(file, _)| file)) {
            is_kept &= take_last(&self.store, file);
        }
        is_kept
    }

    /// Takes what is new in one file. A file that was moved away is read to its end before the new one begins, and so is the
    /// copy of one that was cut.
    fn read(&mut self, found: &FoundFile, goes_on: &impl Fn() -> bool) -> Read {
        let path = &found.path;
        if self.has_copy(path) {
            let behind = self.read_behind(goes_on);
            if self.has_copy(path) {
                return behind;
            }
        }
        let Some(file) = self.open.get_mut(path) else { return Read::All };
        let read = take(&self.store, file, goes_on);
        if let Some(copy) = file.copy() {
            self.follow_copy(copy);
            return self.read(found, goes_on);
        }
        if read != Read::All || !std::fs::metadata(path).is_ok_and(|found| !file.is(&found)) {
            return read;
        }
        self.behind.extend(self.open.remove(path).map(|file| (file, Instant::now())));
        let behind = self.read_behind(goes_on);
        self.open(found);
        let read = self.open.get_mut(path).map_or(Read::All, |file| take(&self.store, file, goes_on));
        behind.max(read)
    }

    /// Writes how far the files were read, if that has changed.
    fn keep_positions(&mut self) {
        let followed = self.open.values().chain(self.behind.iter().map(|(file, _)| file));
        let mut now: Vec<Left> = followed.map(Followed::left).chain(self.left.iter().cloned()).collect();
        now.sort_by(|a, b| (&a.path, a.position.offset).cmp(&(&b.path, b.position.offset)));
        if now == self.written {
            return;
        }
        self.written = now;
        let Some(path) = &self.positions else { return };
        if let Err(error) = position::write(path, &self.written) {
            tracing::warn!(
                %error,
                file = %path.display(),
                "how far the log files were read could not be saved; lines may be read again after a restart"
            );
        }
    }
}

/// How far the files were read at the last end.
fn read_positions(file: &Path) -> Vec<Left> {
    position::read(file).unwrap_or_else(|error| {
        tracing::warn!(
            %error,
            file = %file.display(),
            "how far the log files were read is not known; they are read from their beginnings, and lines without a \
             time of their own come in again"
        );
        Vec::new()
    })
}

/// The service that a file is, unless it is named: the name of the file without what follows the first dot.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').find(|part| !part.is_empty()).unwrap_or("files").to_owned()
}

#[cfg(test)]
mod tests;
