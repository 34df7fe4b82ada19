//! How far a run is, on stderr: a bar in a terminal, a plain line now and then elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::stats::Stats;

/// Time between plain lines.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// Shows progress; removes what it drew when it is dropped.
#[derive(Debug)]
pub struct Progress(View);

#[derive(Debug)]
enum View {
    Nothing,
    Bar(ProgressBar),
    Lines { start: Instant, next: Instant, done: u64, total: Option<u64> },
}

impl Progress {
    pub fn silent() -> Self {
        Self(View::Nothing)
    }

    /// Shows progress towards `total`, if there is an end.
    pub fn on_stderr(total: Option<u64>) -> Self {
        if !std::io::stderr().is_terminal() {
            let now = Instant::now();
            return Self(View::Lines { start: now, next: now + LINE_INTERVAL, done: 0, total });
        }
        let template = match total {
            Some(_) => "{elapsed_precise} {bar:40} {pos}/{len} {msg}",
            None => "{elapsed_precise} {spinner} {pos} {msg}",
        };
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(View::Bar(bar))
    }

    /// Takes over the number of requests and failures so far.
    pub fn update(&mut self, stats: &Stats) {
        let failed = stats.failed();
        let note = if failed == 0 { "requests".to_owned() } else { format!("requests, {failed} failed") };
        self.show(stats.requests(), note);
    }

    /// One more step is done.
    pub fn step(&mut self, note: &str) {
        let done = match &self.0 {
            View::Nothing => return,
            View::Bar(bar) => bar.position() + 1,
            View::Lines { done, .. } => done + 1,
        };
        self.show(done, note.to_owned());
    }

    fn show(&mut self, position: u64, note: String) {
        match &mut self.0 {
            View::Nothing => {}
            View::Bar(bar) => {
                bar.set_message(note);
                bar.set_position(position);
            }
            View::Lines { start, next, done, total } => {
                *done = position;
                let now = Instant::now();
                if now < *next {
                    return;
                }
                *next = now + LINE_INTERVAL;
                let of = total.map_or_else(String::new, |total| format!(" of {total}"));
                // Progress is a courtesy: a closed stderr stops nothing.
                let _ = writeln!(std::io::stderr(), "{:>4.0?}: {position}{of} {note}", (now - *start));
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let View::Bar(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
