//! Tables of text, for terminals and for Markdown.

/// Rows of cells below a head; the first column is a name, the others are figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these column heads.
    pub fn new<S: Into<String>>(head: impl IntoIterator<Item = S>) -> Self {
        Self { rows: vec![head.into_iter().map(Into::into).collect()] }
    }

    /// Adds a row.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Aligned by spaces, two between columns.
    pub fn to_text(&self) -> String {
        let widths = self.widths();
        self.lines(|row| {
            let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| pad(cell, *width, at == 0));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .join("\n")
    }

    /// As Markdown, with figures to the right.
    pub fn to_markdown(&self) -> String {
        let mut lines = self.lines(|row| {
            let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
            format!("| {} |", cells.join(" | "))
        });
        let columns = self.rows.first().map_or(0, Vec::len);
        let rule: Vec<&str> = (0..columns).map(|at| if at == 0 { "---" } else { "---:" }).collect();
        lines.insert(1, format!("| {} |", rule.join(" | ")));
        lines.join("\n")
    }

    fn lines(&self, line: impl Fn(&[String]) -> String) -> Vec<String> {
        self.rows.iter().map(|row| line(row)).collect()
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |at: usize| {
            self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        (0..columns).map(width).collect()
    }
}

fn pad(cell: &str, width: usize, to_the_left: bool) -> String {
    let space = " ".repeat(width.saturating_sub(cell.chars().count()));
    if to_the_left { format!("{cell}{space}") } else { format!("{space}{cell}") }
}

/// Seconds with three significant digits and a unit.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if s >= 10.0 => format!("{s:.1} s"),
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 0.1 => format!("{:.0} ms", s * 1e3),
        s if s >= 0.01 => format!("{:.1} ms", s * 1e3),
        s => format!("{:.2} ms", s * 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned_in_both_forms() {
        let mut table = Table::new(["endpoint", "p50"]);
        table.row(["/roll", "0.51 s"]);
        table.row(["a|b", "–"]);
        assert_eq!(table.to_text(), "endpoint     p50\n/roll     0.51 s\na|b            –");
        assert_eq!(table.to_markdown(), "| endpoint | p50 |\n| --- | ---: |\n| /roll | 0.51 s |\n| a\\|b | – |");
    }

    #[test]
    fn seconds_keep_three_digits() {
        let written = [12.34, 1.234, 0.5, 0.0567, 0.001_234].map(seconds);
        assert_eq!(written, ["12.3 s", "1.23 s", "500 ms", "56.7 ms", "1.23 ms"]);
    }
}
