//! What stands in the first column: the branches that lead to a span, its name, and what there is to add.

use crate::trace::tree::{Row, Tree};
use crate::trace::waterfall::label::{cut, note, printable};
use crate::trace::waterfall::style::Style;

/// Branches drawn at most; deeper spans stand no further to the right.
const DEEPEST: usize = 16;
/// Cells that are left for a name, however deep it stands.
const LEAST: usize = 8;

/// The first column of a span.
pub(super) struct Name {
    branches: String,
    text: String,
    note: String,
    failed: bool,
}

impl Name {
    pub(super) fn of(tree: &Tree<'_>, row: &Row<'_>) -> Self {
        Self {
            branches: branches(tree, row),
            text: printable(&row.span.name),
            note: note(row.span),
            failed: row.span.failed,
        }
    }

    pub(super) fn failed(&self) -> bool {
        self.failed
    }

    /// Cells that it would like to have.
    pub(super) fn width(&self) -> usize {
        let note = if self.note.is_empty() { 0 } else { self.note.chars().count() + 1 };
        self.branches.chars().count() + usize::from(self.failed) * 2 + self.text.chars().count() + note
    }

    /// As much as fits into `width` cells, padded to them: the note gives way before the name, the name before the
    /// branches, which hold the tree together.
    pub(super) fn fitted(&self, width: usize, style: Style<'_>) -> String {
        let branches = cut(&self.branches, width.saturating_sub(LEAST));
        let mark = if self.failed { "✗ " } else { "" };
        let room = width.saturating_sub(branches.chars().count() + mark.chars().count());
        let name = cut(&self.text, room);
        let room = room - name.chars().count();
        let note =
            if self.note.is_empty() || room < 4 { String::new() } else { format!(" {}", cut(&self.note, room - 1)) };
        let rest = " ".repeat(room - note.chars().count());
        let name = if self.failed { style.error(&format!("{mark}{name}")) } else { name };
        format!("{}{name}{}{rest}", style.faint(&branches), style.faint(&note))
    }
}

/// `│ ├ `: two cells for each span above, from the root down.
fn branches(tree: &Tree<'_>, row: &Row<'_>) -> String {
    if row.parent.is_none() {
        return String::new();
    }
    let mut parts = vec![if row.is_last { "└ " } else { "├ " }];
    let mut above = tree.parent(row);
    while let Some(at) = above.filter(|at| at.parent.is_some()) {
        // Far below, the way up is not drawn in full.
        if parts.len() >= DEEPEST {
            parts.push("… ");
            break;
        }
        parts.push(if at.is_last { "  " } else { "│ " });
        above = tree.parent(at);
    }
    parts.reverse();
    parts.concat()
}
