//! The table: the dice that were rolled, what they sum up to and how long they took, or what went wrong.

use std::fmt::{self, Formatter};
use std::time::Duration;

use super::die::Die;
use super::html::Escaped;
use crate::answer::Timing;

/// What a roll came to.
#[derive(Debug, Clone)]
pub enum Shown {
    One {
        /// The face it shows.
        face: i64,
    },
    /// A batch; `None` in place of rolls that failed.
    Batch {
        /// The faces in the order of their indices.
        rolls: Vec<Option<i64>>,
        /// Sum of the good rolls.
        total: i128,
        /// How long the rolls took, if dice-roller said so.
        timing: Option<Timing>,
    },
    Refused {
        status: u16,
        /// The status in words.
        title: String,
        /// What went wrong.
        detail: String,
        /// Wrong fields of the form and what is wrong with them.
        mistakes: Vec<(String, String)>,
    },
}

/// The trace of the request that made this page.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// 32 hexadecimal digits; empty if the request is not traced.
    pub id: String,
    /// Where the trace can be seen.
    pub url: String,
}

/// Below this a comparison would measure the scheduler, not the dice.
const WORTH_COMPARING: Duration = Duration::from_millis(10);

impl Shown {
    /// What the window's title begins with, so that it is the first thing read aloud.
    pub(super) fn title(&self) -> String {
        match self {
            Self::One { face } => format!("{face} · "),
            Self::Batch { total, rolls, .. } => format!("{total} with {} dice · ", rolls.len()),
            Self::Refused { title, .. } => format!("{title} · "),
        }
    }
}

pub(super) fn write(out: &mut Formatter<'_>, shown: Option<&Shown>, trace: &Trace) -> fmt::Result {
    out.write_str("<section class=\"table\" aria-label=\"Result\">")?;
    match shown {
        None => {
            out.write_str("<div class=\"dice ghost\" aria-hidden=\"true\">")?;
            for face in [1, 2, 3, 4, 5, 6] {
                write!(out, "{}", Die(Some(face)))?;
            }
            out.write_str("</div><p class=\"quiet\">Choose a die and roll.</p>")?;
        }
        Some(Shown::One { face }) => {
            write!(out, "<div class=\"dice one\">{}</div>", Die(Some(*face)))?;
            write!(out, "<p class=\"total\">You rolled <strong>{face}</strong></p>")?;
        }
        Some(Shown::Batch { rolls, total, timing }) => {
            write_batch(out, rolls, *total)?;
            if let Some(timing) = timing {
                write_comparison(out, *timing)?;
            }
        }
        Some(Shown::Refused { status, title, detail, .. }) => write!(
            out,
            "<div role=\"alert\"><h2 class=\"alarm\">{}</h2><p class=\"problem\">{}</p>\
             <p class=\"quiet\">Status {status}</p></div>",
            Escaped(title),
            Escaped(detail)
        )?,
    }
    if shown.is_some() && !trace.id.is_empty() {
        write!(
            out,
            "<p class=\"trace\"><span>Trace <code>{}</code></span><a href=\"{}\">Follow it through the services</a></p>",
            Escaped(&trace.id),
            Escaped(&trace.url)
        )?;
    }
    out.write_str("</section>")
}

fn write_batch(out: &mut Formatter<'_>, rolls: &[Option<i64>], total: i128) -> fmt::Result {
    out.write_str("<ol class=\"dice\">")?;
    for roll in rolls {
        write!(out, "<li>{}</li>", Die(*roll))?;
    }
    write!(out, "</ol><p class=\"total\">{} dice show <strong>{total}</strong>", rolls.iter().flatten().count())?;
    match rolls.iter().filter(|roll| roll.is_none()).count() {
        0 => {}
        failed => write!(out, " <span class=\"alarm\">({failed} failed)</span>")?,
    }
    out.write_str("</p>")
}

fn write_comparison(out: &mut Formatter<'_>, timing: Timing) -> fmt::Result {
    let Timing { together, sequential } = timing;
    let longest = together.max(sequential).as_secs_f64().max(f64::MIN_POSITIVE);
    out.write_str("<div class=\"compare\">")?;
    for (label, class, time) in [("At the same time", "together", together), ("One after another", "bar", sequential)] {
        write!(
            out,
            "<span>{label}</span><svg aria-hidden=\"true\"><rect class=\"track\" width=\"100%\" height=\"100%\" rx=\"5\"/>\
             <rect class=\"{class}\" width=\"{:.1}%\" height=\"100%\" rx=\"5\"/></svg><span class=\"took\">{}</span>",
            100.0 * time.as_secs_f64() / longest,
            seconds(time)
        )?;
    }
    if together >= WORTH_COMPARING {
        write!(
            out,
            "<span class=\"speedup\">{:.1} times as fast as rolling the same dice in turn</span>",
            sequential.as_secs_f64() / together.as_secs_f64()
        )?;
    }
    out.write_str("</div>")
}

/// A duration as people read it: `0.91 s`, `12.3 ms`, `0.05 ms`.
fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds >= 0.1 => format!("{seconds:.2} s"),
        seconds if seconds >= 0.001 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{:.2} ms", seconds * 1e3),
    }
}
