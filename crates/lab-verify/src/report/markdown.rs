//! For a wiki.

use crate::check::Check;

/// A table of all checks.
pub(super) fn render(checks: &[Check]) -> String {
    let mut text = "| Check | Status | Message |\n| --- | --- | --- |\n".to_owned();
    for check in checks {
        text.push_str(&format!("| {} | {:?} | {} |\n", check.id, check.status, check.message.replace('|', "\\|")));
    }
    text
}
