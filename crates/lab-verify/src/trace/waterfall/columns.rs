//! How the width is shared: names, services, durations, and what is left for the bars.

use crate::trace::tree::Row;
use crate::trace::waterfall::bar::{Axis, bar};
use crate::trace::waterfall::label;
use crate::trace::waterfall::name::Name;
use crate::trace::waterfall::style::Style;

/// Cells of a duration, such as `1,234.5 s`.
const DURATION: usize = 8;
/// Cells between columns.
const GAP: usize = 2;
/// Cells that bars have at least.
const LEAST_BAR: usize = 16;
/// Cells of a service at most.
const MOST_SERVICE: usize = 24;

/// The cells of each column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    name: usize,
    service: usize,
    bar: usize,
}

impl Columns {
    /// Names and services get what they need while bars keep a third of the width.
    pub(super) fn new(width: usize, names: &[Name], services: &[&str]) -> Self {
        let services = services.iter().map(|service| label::service(service).chars().count());
        let service = services.max().unwrap_or_default().clamp("SERVICE".len(), MOST_SERVICE);
        let fixed = service + DURATION + 3 * GAP;
        let for_bars = (width / 3).max(LEAST_BAR);
        let needed = names.iter().map(Name::width).max().unwrap_or_default().max("SPAN".len());
        let name = needed.min(width.saturating_sub(fixed + for_bars)).max(12);
        Self { name, service, bar: width.saturating_sub(fixed + name).max(LEAST_BAR) }
    }

    /// The line above the rows: what the columns are, and where the axis begins and ends.
    pub(super) fn head(&self, axis: Axis, style: Style<'_>) -> String {
        let end = label::duration(axis.length_ns);
        let ruler = format!("0{end:>width$}", width = self.bar - 1);
        let (name, service) = (pad("SPAN", self.name), pad("SERVICE", self.service));
        let line = format!("{name}  {service}  {:>DURATION$}  {ruler}", "DURATION");
        format!("{}\n", style.faint(&line))
    }

    /// The line of a span.
    pub(super) fn row(&self, row: &Row<'_>, name: &Name, on_path: bool, axis: Axis, style: Style<'_>) -> String {
        let span = row.span;
        let (space, bar) = bar(axis, span, on_path, self.bar);
        let bar = if name.failed() { style.error(&bar) } else { style.service(&span.service, &bar) };
        let service = pad(&label::service(&span.service), self.service);
        let service = style.service(&span.service, &service);
        let duration = format!("{:>DURATION$}", label::duration(span.duration_ns()));
        let name = name.fitted(self.name, style);
        format!("{name}  {service}  {duration}  {space}{bar}\n")
    }
}

fn pad(text: &str, width: usize) -> String {
    let text = label::cut(text, width);
    let space = " ".repeat(width - text.chars().count());
    text + &space
}
