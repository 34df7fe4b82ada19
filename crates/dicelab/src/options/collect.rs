//! Log lines that the lab collects by itself: from files, and by syslog.

use std::net::SocketAddr;

use crate::options::mistakes::Mistakes;
use crate::parts::targets::collection::lines::entries::FirstLine;
use crate::parts::targets::collection::pattern::FilePattern;

/// Where syslog is taken unless another address is named; `--port-offset` moves this one.
pub const DEFAULT_SYSLOG: &str = "127.0.0.1:5514";

/// What is collected.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct CollectOptions {
    /// Collect the lines of these files, `NAME=GLOB` for a service, with `<LABEL>` for a label from the path; may be repeated
    #[arg(long, value_name = "GLOB", value_parser = str::parse::<FilePattern>)]
    pub logs_from: Vec<FilePattern>,
    /// Begin an entry with each line of a file that matches; others belong to the entry before; `NAME=REGEX` for one
    /// service; may be repeated
    #[arg(long, value_name = "REGEX", value_parser = str::parse::<FirstLine>)]
    pub logs_first_line: Vec<FirstLine>,
    /// Take syslog over TCP and UDP [default address: 127.0.0.1:5514]
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = DEFAULT_SYSLOG)]
    pub syslog: Option<SocketAddr>,
    /// Whether what stands in the files at the start is left out.
    #[arg(skip)]
    pub only_new: bool,
}

impl CollectOptions {
    /// Notes rules that no file obeys.
    pub fn check(&self, mistakes: &mut Mistakes) {
        if self.logs_from.is_empty() && !self.logs_first_line.is_empty() {
            mistakes.add("--logs-first-line", "there are no files to which it applies; name them with --logs-from");
        }
        let named: Vec<_> = self.logs_from.iter().filter_map(|pattern| pattern.service.as_deref()).collect();
        let all_are_named = named.len() == self.logs_from.len();
        for name in self.logs_first_line.iter().filter_map(|rule| rule.service.as_deref()) {
            if all_are_named && !named.is_empty() && !named.contains(&name) {
                mistakes.add(
                    "--logs-first-line",
                    format!(
                        "there is no --logs-from {name}=GLOB; if {name}= is the beginning of the expression, write ^{name}="
                    ),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(files: &[&str], rules: &[&str]) -> String {
        let options = CollectOptions {
            logs_from: files.iter().map(|text| text.parse().expect("a pattern")).collect(),
            logs_first_line: rules.iter().map(|text| text.parse().expect("a rule")).collect(),
            ..CollectOptions::default()
        };
        let mut mistakes = Mistakes::of(None);
        options.check(&mut mistakes);
        if mistakes.is_empty() { String::new() } else { mistakes.to_string() }
    }

    #[test]
    fn a_rule_that_holds_for_no_file_is_a_mistake() {
        assert!(mistakes(&[], &["^a"]).contains("there are no files"));
        assert!(mistakes(&["shop=/a"], &["level=x"]).contains("write ^level="));
        for (files, rules) in [(vec!["shop=/a"], vec!["shop=x", "^a"]), (vec!["/a", "b=/b"], vec!["a=x"])] {
            assert_eq!(mistakes(&files, &rules), "");
        }
    }
}
