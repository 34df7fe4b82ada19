//! Finding a program that is not ours, and its version.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The variable with the folder of the programs.
const FOLDER: &str = "DICELAB_PEERS";
/// The variable with the file that gets a line for each program that a test looked for.
const REPORT: &str = "DICELAB_PEERS_REPORT";

/// A program that is there.
#[derive(Debug, Clone)]
pub struct Program {
    pub path: PathBuf,
    /// Its version, as the program or what built it says.
    pub version: String,
}

impl Program {
    /// The program of this name, unless it is not there; either is said on stderr and in the report.
    pub fn find(name: &str) -> Option<Self> {
        let Some(folder) = std::env::var_os(FOLDER).filter(|folder| !folder.is_empty()) else {
            eprintln!("skipped: {FOLDER} names no folder in which {name} could be; see docs/peers.md");
            return None;
        };
        let path = Path::new(&folder).join(name);
        if !path.is_file() {
            say(&format!("{name}: not there, so its tests did nothing"));
            return None;
        }
        let version = version(&path);
        say(&format!("{name} {version}: run"));
        Some(Self { path, version })
    }

    /// The program with these arguments, in an environment without settings of OpenTelemetry, without input.
    pub fn command<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(&self.path);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")) {
            command.env_remove(name);
        }
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs the program to its end, which must be a good one; answers what it wrote to stdout and then to stderr.
    ///
    /// # Panics
    ///
    /// If it cannot be started or ends with another code than 0.
    pub fn run<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let mut command = self.command(arguments);
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let text = text_of(&output);
        assert!(output.status.success(), "{command:?} ended with {}:\n{text}", output.status);
        text
    }
}

fn text_of(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What the program answers to `--version`; where that tells nothing, what Go wrote into it when it was built.
fn version(path: &Path) -> String {
    let output = Command::new(path).arg("--version").stdin(Stdio::null()).output();
    let told = output.ok().filter(|output| output.status.success()).and_then(|output| told_version(&text_of(&output)));
    let built = || std::fs::read(path).ok().and_then(|bytes| built_version(&String::from_utf8_lossy(&bytes)));
    told.or_else(built).unwrap_or_else(|| "of an unknown version".to_owned())
}

/// The word of the first line that has digits after nothing, `v` or the name of a branch: `3.14.0`, `v0.161.0`, `main-65e30f8`.
fn told_version(text: &str) -> Option<String> {
    let is_version = |word: &&str| {
        let rest = word.strip_prefix("main-").or_else(|| word.strip_prefix('v')).unwrap_or(word);
        rest.starts_with(|c: char| c.is_ascii_digit())
    };
    text.lines().next()?.split_whitespace().find(is_version).map(|word| word.trim_end_matches(',').to_owned())
}

/// The version of the main module, which Go writes into its programs as `mod`, path and version between tabs.
fn built_version(text: &str) -> Option<String> {
    const MARK: &str = "\nmod\t";
    let line = text[text.find(MARK)? + MARK.len()..].lines().next()?;
    let version = line.split('\t').nth(1)?;
    version.starts_with('v').then(|| version.to_owned())
}

/// Says it on stderr and adds it to the report.
fn say(line: &str) {
    eprintln!("{line}");
    if let Some(report) = std::env::var_os(REPORT) {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&report);
        let written = file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
        written.unwrap_or_else(|error| panic!("{}: {error}", report.display()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_tells_its_version_or_go_has_written_it_down() {
        let told = |text| told_version(text);
        assert_eq!(told("prometheus, version 3.14.0 (branch: HEAD)").as_deref(), Some("3.14.0"));
        assert_eq!(told("loki, version main-65e30f8 (branch: , revision: 0)").as_deref(), Some("main-65e30f8"));
        assert_eq!(told("k6 v1.2.0, go1.26\n").as_deref(), Some("v1.2.0"));
        assert_eq!(told("tempo, version  (branch: , revision: unknown)"), None);
        let release = "\0path\tgo.example/cmd\nmod\tgo.example/cmd\tv0.161.0\th1:abc=\ndep\tx\tv1\n";
        assert_eq!(built_version(release).as_deref(), Some("v0.161.0"));
        assert_eq!(built_version("\nmod\tgo.example/cmd\t(devel)\t\n"), None);
        assert_eq!(version(Path::new("/no/such/program")), "of an unknown version");
    }
}
