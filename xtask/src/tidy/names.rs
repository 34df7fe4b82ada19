//! Rules about names: which items of libraries may be named where. Aliases and imports are followed.

use crate::source::resolve;
use crate::tidy::rule::{Finding, Rule, Workspace};

/// The engines, and what they stand on.
const ENGINES: [&str; 8] = [
    "crates/lab-metrics",
    "crates/lab-logs",
    "crates/lab-traces",
    "crates/lab-algebra",
    "crates/lab-template",
    "crates/lab-storage",
    "crates/lab-syntax",
    "crates/lab-model",
];
/// The programs: the lab, the services with what each of them links, the benchmark, and the servers of tests.
const PROGRAMS: [&str; 6] =
    ["crates/dicelab", "services", "crates/telemetry", "crates/lab-bench", "crates/lab-testkit", "xtask"];
const SCRAPE_LOOP: &str = "crates/lab-metrics/src/ingest/scrape";
const SUPERVISOR: &str = "crates/lab-supervisor";

/// The rules, one for each sentence of ARCHITECTURE.md that speaks of names.
pub(crate) const RULES: [Rule; 8] = [
    Rule { name: "engine-names", check: |workspace| Names::within(&ENGINES, &WIRE).check(workspace) },
    Rule { name: "engine-json", check: |workspace| Names::within(&ENGINES[..7], &JSON).check(workspace) },
    Rule { name: "api-names", check: |workspace| Names::within(&["crates/lab-api"], &DECIDING).check(workspace) },
    Rule { name: "wall-clock", check: |workspace| clock().check(workspace) },
    Rule { name: "sockets", check: |workspace| Names::outside(&PROGRAMS, &SOCKETS).check(workspace) },
    Rule { name: "environment", check: |workspace| Names::outside(&PROGRAMS, &ENVIRONMENT).check(workspace) },
    Rule { name: "tasks", check: |workspace| Names::outside(&PROGRAMS, &TASKS).check(workspace) },
    Rule { name: "bounds", check: |workspace| Names::outside(&[], &UNBOUNDED).check(workspace) },
];

const WIRE: Forbidden = Forbidden {
    names: &["axum", "tonic", "tower", "tower_http", "hyper", "hyper_util"],
    why: "an engine serves nothing and knows no wire protocol",
};
const JSON: Forbidden = Forbidden {
    names: &["serde::Serialize", "serde::Serializer", "serde::ser", "serde_json::json"],
    why: "an engine returns values, and lab-api writes them as JSON",
};
const DECIDING: Forbidden = Forbidden {
    names: &["rusqlite", "regex", "promql_parser", "lab_storage::Database", "lab_storage::DataDir"],
    why: "lab-api parses parameters, calls an engine and encodes; let an engine decide",
};
const CLOCK: Forbidden = Forbidden {
    names: &["std::time::SystemTime::now", "chrono::Utc::now", "chrono::Local::now"],
    why: "time is an argument here; take it from the caller",
};
const SOCKETS: Forbidden = Forbidden {
    names: &[
        "std::net::TcpListener::bind",
        "std::net::UdpSocket::bind",
        "std::os::unix::net::UnixListener::bind",
        "tokio::net::TcpListener::bind",
        "tokio::net::TcpSocket",
        "tokio::net::UdpSocket::bind",
        "tokio::net::UnixListener::bind",
    ],
    why: "only dicelab and the services bind sockets",
};
const ENVIRONMENT: Forbidden = Forbidden {
    names: &[
        "std::env::args",
        "std::env::args_os",
        "std::env::current_dir",
        "std::env::temp_dir",
        "std::env::var",
        "std::env::var_os",
        "std::env::vars",
        "std::env::vars_os",
    ],
    why: "only dicelab and the services read the environment; take the value as an argument",
};
const TASKS: Forbidden = Forbidden {
    names: &["tokio::spawn", "tokio::task::spawn", "std::thread::spawn", "std::thread::Builder"],
    why: "only dicelab and the services start top-level tasks; start it in a set that its owner holds (JoinSet, scope)",
};
const UNBOUNDED: Forbidden = Forbidden {
    names: &[
        "axum::extract::DefaultBodyLimit::disable",
        "futures_channel::mpsc::unbounded",
        "std::sync::mpsc::channel",
        "tokio::sync::mpsc::unbounded_channel",
    ],
    why: "everything is bounded; give it a limit, and count what is dropped",
};

/// Names of libraries, and why they may not be used.
struct Forbidden {
    /// Full paths; each also stands for everything beneath it.
    names: &'static [&'static str],
    why: &'static str,
}

/// Forbidden names, and the folders or files in which, or outside which, they are forbidden.
struct Names<'a> {
    within: Option<&'a [&'a str]>,
    outside: &'a [&'a str],
    forbidden: &'a Forbidden,
}

impl<'a> Names<'a> {
    fn within(folders: &'a [&'a str], forbidden: &'a Forbidden) -> Self {
        Self { within: Some(folders), outside: &[], forbidden }
    }

    fn outside(folders: &'a [&'a str], forbidden: &'a Forbidden) -> Self {
        Self { within: None, outside: folders, forbidden }
    }

    fn judges(&self, file: &str) -> bool {
        let stands = |folder: &&str| file.strip_prefix(*folder).is_some_and(|rest| rest.starts_with(['/', '.']));
        self.within.is_none_or(|folders| folders.iter().any(stands)) && !self.outside.iter().any(stands)
    }

    fn check(&self, workspace: &Workspace) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (_, target) in workspace.targets() {
            for (number, module) in target.modules.iter().enumerate() {
                let file = &target.files[module.file];
                if !self.judges(file) {
                    continue;
                }
                for named in module.imports.iter().map(|import| &import.of).chain(&module.paths) {
                    let full = resolve::full_path(target, number, &named.path);
                    if self.forbidden.names.iter().any(|name| is_beneath(&full, name)) {
                        let what = format!("names {full}: {}", self.forbidden.why);
                        findings.push(Finding::new(format!("{file}:{}", named.line), what));
                    }
                }
            }
        }
        findings
    }
}

fn clock() -> Names<'static> {
    const MAY: [&str; 8] =
        [PROGRAMS[0], PROGRAMS[1], PROGRAMS[2], PROGRAMS[3], PROGRAMS[4], PROGRAMS[5], SCRAPE_LOOP, SUPERVISOR];
    Names::outside(&MAY, &CLOCK)
}

fn is_beneath(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
