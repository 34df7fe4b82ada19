//! For people at a terminal.

use crate::check::{Area, Check, Status};

/// A heading for each area, a line for each check; what failed is explained below its line.
pub(super) fn render(checks: &[Check]) -> String {
    let mut text = String::new();
    for area in Area::ALL {
        let mut of_area = checks.iter().filter(|check| check.area == area).peekable();
        if of_area.peek().is_some() {
            text.push_str(&format!("\n{}\n", area.title()));
        }
        for check in of_area {
            let mark = match check.status {
                Status::Pass => '✓',
                Status::Fail => '✗',
                Status::Skip => '–',
            };
            text.push_str(&format!("  {mark} {}  {}\n", check.id, check.message));
        }
    }
    text
}
