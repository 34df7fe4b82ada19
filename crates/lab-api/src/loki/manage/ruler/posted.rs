//! The rules of the lab's logs: those of files, which are only read, and those that were posted, which are kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lab_dashboards::{Shelf, ShelfError};
use lab_logs::logql::syntax::parser;
use lab_metrics::MetricStore;
use lab_metrics::outgoing::queue::Queue;
use lab_metrics::rules::alert::notice::Notice;
use lab_metrics::rules::defaults::Defaults;
use lab_metrics::rules::file::{GroupSpec, RuleFile, RuleFileError};
use lab_metrics::rules::language::Language;
use lab_metrics::rules::report::GroupReport;
use lab_metrics::rules::ruler::Ruler;
use serde::{Deserialize, Serialize};

use crate::loki::manage::ruler::language::LogQl;

/// Groups that may be posted.
const MOST_GROUPS: usize = 1000;
/// The least time between two evaluations of a group that is posted.
const LEAST_INTERVAL: Duration = Duration::from_secs(1);

/// A group that was posted, as it was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PostedGroup {
    pub namespace: String,
    pub name: String,
    pub text: String,
}

/// Why a group cannot be posted or removed.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// Something in the text is wrong.
    #[error("{0}")]
    Wrong(String),
    /// It stands in a file, which is changed there.
    #[error("the rules of {0} are those of a file; change the file and let the lab reload it")]
    OfFile(String),
    /// There is no such namespace.
    #[error("group namespace does not exist")]
    Unknown,
    /// It cannot be kept.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
}

/// The rules and the ruler that evaluates them.
#[derive(Debug)]
pub struct LogRules {
    ruler: Arc<Ruler>,
    language: LogQl,
    posted: Shelf<PostedGroup>,
    /// What the ruler was given last beside what was posted.
    given: Mutex<(Vec<RuleFile>, Defaults)>,
    /// Held while rules are changed and put in force, so that the newest ones are in force in the end.
    turn: Mutex<()>,
}

impl LogRules {
    /// Rules that are kept as long as the program runs.
    pub fn in_memory() -> Shelf<PostedGroup> {
        Shelf::in_memory("groups of rules", MOST_GROUPS)
    }

    /// Rules that are kept in this directory.
    pub fn in_directory(directory: &Path) -> Result<Shelf<PostedGroup>, ShelfError> {
        Shelf::in_file("groups of rules", MOST_GROUPS, directory.join("log-rules.json"))
    }

    /// The rules of files and those that were posted. Their results are appended to `metrics`, their alerts told through
    /// `notices`; `now` is in milliseconds since the epoch.
    pub fn new(
        language: LogQl,
        metrics: Arc<MetricStore>,
        notices: Arc<Queue<Notice>>,
        posted: Shelf<PostedGroup>,
        (files, defaults): (Vec<RuleFile>, Defaults),
        now: i64,
    ) -> Self {
        let ruler = Ruler::speaking(Arc::new(language.clone()), metrics, notices, Vec::new(), defaults.clone(), now);
        let rules = Self {
            ruler: Arc::new(ruler),
            language,
            posted,
            given: Mutex::new((files, defaults)),
            turn: Mutex::default(),
        };
        rules.put_in_force(now);
        rules
    }

    /// Continues with other files.
    pub fn reload(&self, files: Vec<RuleFile>, defaults: Defaults, now: i64) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = (files, defaults);
        self.put_in_force(now);
    }

    /// What evaluates them.
    pub fn ruler(&self) -> Arc<Ruler> {
        self.ruler.clone()
    }

    /// How the groups stand, with queries in the form in which Loki writes them.
    pub fn report(&self) -> Vec<GroupReport> {
        let mut groups = self.ruler.report();
        for rule in groups.iter_mut().flat_map(|group| &mut group.rules) {
            if let Ok(query) = parser::parse(&rule.spec.query) {
                rule.spec.query = query.to_string();
            }
        }
        groups
    }

    /// Every group by its namespace, sorted by name. The namespace of a file is its path.
    pub(crate) fn groups(&self) -> BTreeMap<String, Vec<GroupSpec>> {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner).0.clone();
        let mut all: BTreeMap<String, Vec<GroupSpec>> = BTreeMap::new();
        for file in given.into_iter().chain(self.posted_files()) {
            all.entry(file.path.display().to_string()).or_default().extend(file.groups);
        }
        for groups in all.values_mut() {
            groups.sort_by(|a, b| a.name.cmp(&b.name));
        }
        all
    }

    /// Takes a group in, in place of an earlier one of its name.
    pub(crate) fn put(&self, namespace: &str, text: &str, now: i64) -> Result<(), PostError> {
        self.refuse_file(namespace)?;
        let file = self.read(namespace, text).map_err(|error| PostError::Wrong(problems(&error)))?;
        let Some(group) = file.groups.first() else {
            return Err(PostError::Wrong("a group must have a name and rules".to_owned()));
        };
        if group.interval.is_some_and(|interval| interval < LEAST_INTERVAL) {
            let reason = "the interval must be at least 1s; leave it out to evaluate the group as often as the others";
            return Err(PostError::Wrong(format!("group {:?}: {reason}", group.name)));
        }
        let new = PostedGroup { namespace: namespace.to_owned(), name: group.name.clone(), text: text.to_owned() };
        self.change(now, |all| {
            match all.iter_mut().find(|old| old.namespace == new.namespace && old.name == new.name) {
                Some(old) => *old = new,
                None => all.push(new),
            }
        })
    }

    /// Removes a group, which need not exist, or all of a namespace, which must.
    pub(crate) fn remove(&self, namespace: &str, group: Option<&str>, now: i64) -> Result<(), PostError> {
        self.refuse_file(namespace)?;
        let is_meant = |one: &PostedGroup| one.namespace == namespace && group.is_none_or(|name| one.name == name);
        if group.is_none() && !self.posted.list().iter().any(is_meant) {
            return Err(PostError::Unknown);
        }
        self.change(now, |all| all.retain(|one| !is_meant(one)))
    }

    fn change(&self, now: i64, change: impl FnOnce(&mut Vec<PostedGroup>)) -> Result<(), PostError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.posted.change(change)?;
        self.put_in_force(now);
        Ok(())
    }

    fn refuse_file(&self, namespace: &str) -> Result<(), PostError> {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let is_file = given.0.iter().any(|file| file.path.as_os_str() == namespace);
        if is_file { Err(PostError::OfFile(namespace.to_owned())) } else { Ok(()) }
    }

    /// The text of one group, as the file that has no other.
    fn read(&self, namespace: &str, text: &str) -> Result<RuleFile, RuleFileError> {
        let check = |query: &str| self.language.check(query).map(|()| query.to_owned());
        RuleFile::parse_group_with(Path::new(namespace), text, &check)
    }

    /// What was posted, as files; what cannot be read any more is left out, and the log says so.
    fn posted_files(&self) -> Vec<RuleFile> {
        let mut files: BTreeMap<PathBuf, Vec<GroupSpec>> = BTreeMap::new();
        for group in self.posted.list() {
            match self.read(&group.namespace, &group.text) {
                Ok(file) => files.entry(file.path).or_default().extend(file.groups),
                Err(error) => tracing::error!(%error, "a group of rules that was posted cannot be read any more"),
            }
        }
        files.into_iter().map(|(path, groups)| RuleFile { path, groups }).collect()
    }

    fn put_in_force(&self, now: i64) {
        let (mut files, defaults) = self.given.lock().unwrap_or_else(PoisonError::into_inner).clone();
        files.extend(self.posted_files());
        self.ruler.reload(files, defaults, now);
    }
}

/// What is wrong, without the file, which whoever posts has never seen.
fn problems(error: &RuleFileError) -> String {
    match error {
        RuleFileError::Invalid { problems, .. } => {
            problems.iter().map(|(place, reason)| format!("{place}{reason}")).collect::<Vec<_>>().join("\n")
        }
        RuleFileError::Unreadable { .. } => error.to_string(),
    }
}
