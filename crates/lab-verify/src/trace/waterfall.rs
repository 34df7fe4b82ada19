//! A trace drawn for a terminal: the tree of its spans, each with its service, its duration and a bar on a common axis;
//! below, what its batches achieved and what is wrong with it.
//!
//! [`columns`] shares the width out, [`name`] and [`label`] say what a span is, [`bar`] draws to half a cell, [`notes`]
//! is what stands below, [`style`] holds the colours, which are an addition: weight, marks and words say the same without them. [`json`] is
//! the same for programs.

mod bar;
mod columns;
pub mod details;
pub mod json;
pub(crate) mod label;
mod name;
mod notes;
mod style;

use chrono::{DateTime, Utc};

use crate::stack::span::Span;
use crate::trace::analysis::draw;
use crate::trace::analysis::one::Concurrency;
use crate::trace::batch::ROLL;
use crate::trace::critical::critical_path;
use crate::trace::extent::services;
use crate::trace::tree::Tree;
use bar::Axis;
use columns::Columns;
use name::Name;
use style::Style;

/// Widths below this leave no room for bars.
const NARROWEST: usize = 72;

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canvas {
    /// Columns of the terminal; fewer than 72 count as 72.
    pub width: usize,
    /// Whether to use colours.
    pub colours: bool,
}

/// Draws a trace with this id; the text ends with a line break.
pub fn draw(id: &str, spans: &[Span], canvas: Canvas) -> String {
    let (Some(axis), tree) = (Axis::of(spans), Tree::new(spans)) else { return format!("trace {id} has no spans\n") };
    let services = services(spans);
    let style = Style::new(canvas.colours, &services);
    let on_path = critical_path(&tree);
    let names: Vec<Name> = tree.rows.iter().map(|row| Name::of(&tree, row)).collect();
    let columns = Columns::new(canvas.width.max(NARROWEST), &names, &services);
    let mut text = head(id, &tree, axis, &services, style);
    text += &columns.head(axis, style);
    for ((row, name), on_path) in tree.rows.iter().zip(&names).zip(on_path) {
        text += &columns.row(row, name, on_path, axis, style);
    }
    text.push('\n');
    text += &style.faint("━ critical path   ─ beside it   ✗ error");
    text.push('\n');
    text += &notes::notes(spans, &tree, style);
    let together = draw::one(&Concurrency::of(id, spans), |group| &*group.operation.name == ROLL);
    if !text.ends_with("error\n") || together.is_empty() {
        return text + &together;
    }
    text + "\n" + &together
}

/// `trace 0af7… · 17 spans · 4 services · 917 ms · 2026-11-22 20:31:04 UTC`
fn head(id: &str, tree: &Tree<'_>, axis: Axis, services: &[&str], style: Style<'_>) -> String {
    let started = DateTime::<Utc>::from_timestamp_nanos(axis.start_ns);
    let parts = [
        label::counted(tree.rows.len(), "span"),
        label::counted(services.len(), "service"),
        label::duration(axis.length_ns),
        started.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    ];
    format!("{} {}\n\n", style.bold(&format!("trace {id}")), style.faint(&format!("· {}", parts.join(" · "))))
}

#[cfg(test)]
mod tests;
