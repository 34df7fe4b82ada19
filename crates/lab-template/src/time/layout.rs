//! Layouts: how a time is written, shown by how the second of January 2006 would be written.
//!
//! Source: <https://pkg.go.dev/time#pkg-constants>.

use std::fmt;

use super::calendar::{MONTHS, WEEKDAYS};
use super::moment::Moment;

/// A part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    LongMonth,
    Month,
    NumberMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    SpaceDay,
    ZeroDay,
    SpaceYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    Zone,
    /// `-0700` and its kin; UTC is `Z` where the layout begins with a `Z`.
    Offset {
        is_iso: bool,
        has_colon: bool,
        digits: usize,
    },
    /// `.000`: so many digits, or `.999`: up to so many.
    Fraction {
        point: char,
        digits: usize,
        is_trimmed: bool,
    },
}

/// Longer texts stand before those that they begin with.
const WORDS: [(&str, Part); 33] = [
    ("January", Part::LongMonth),
    ("Jan", Part::Month),
    ("Monday", Part::LongWeekday),
    ("Mon", Part::Weekday),
    ("MST", Part::Zone),
    ("002", Part::ZeroYearDay),
    ("01", Part::ZeroMonth),
    ("02", Part::ZeroDay),
    ("03", Part::ZeroHour12),
    ("04", Part::ZeroMinute),
    ("05", Part::ZeroSecond),
    ("06", Part::Year),
    ("15", Part::Hour),
    ("1", Part::NumberMonth),
    ("2006", Part::LongYear),
    ("2", Part::Day),
    ("__2", Part::SpaceYearDay),
    ("_2", Part::SpaceDay),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
    ("PM", Part::UpperHalf),
    ("pm", Part::LowerHalf),
    ("-070000", offset(false, false, 6)),
    ("-07:00:00", offset(false, true, 6)),
    ("-0700", offset(false, false, 4)),
    ("-07:00", offset(false, true, 4)),
    ("-07", offset(false, false, 2)),
    ("Z070000", offset(true, false, 6)),
    ("Z07:00:00", offset(true, true, 6)),
    ("Z0700", offset(true, false, 4)),
    ("Z07:00", offset(true, true, 4)),
    ("Z07", offset(true, false, 2)),
];

const fn offset(is_iso: bool, has_colon: bool, digits: usize) -> Part {
    Part::Offset { is_iso, has_colon, digits }
}

/// The text before the first part of a layout, the part, and what follows it.
pub(crate) fn next_part(layout: &str) -> Option<(&str, Part, &str)> {
    for (at, _) in layout.char_indices() {
        let (before, rest) = layout.split_at(at);
        if let Some((part, length)) = part_at(rest) {
            // In `_2006` the underscore is text.
            let skipped = usize::from(part == Part::LongYear && rest.starts_with('_'));
            return Some((&layout[..before.len() + skipped], part, &rest[length..]));
        }
    }
    None
}

fn part_at(text: &str) -> Option<(Part, usize)> {
    if let Some(fraction) = fraction_at(text) {
        return Some(fraction);
    }
    if text.starts_with("_2006") {
        return Some((Part::LongYear, 5));
    }
    let (word, part) = WORDS.iter().find(|(word, _)| text.starts_with(word))?;
    // `Jan` in `Janet` is text.
    let is_name = matches!(part, Part::Month | Part::Weekday);
    let continues = text[word.len()..].starts_with(|c: char| c.is_ascii_lowercase());
    (!(is_name && continues)).then_some((*part, word.len()))
}

fn fraction_at(text: &str) -> Option<(Part, usize)> {
    let point = text.chars().next().filter(|c| matches!(c, '.' | ','))?;
    let digit = text[1..].chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let digits = text[1..].len() - text[1..].trim_start_matches(digit).len();
    let ends = !text[1 + digits..].starts_with(|c: char| c.is_ascii_digit());
    ends.then_some((Part::Fraction { point, digits, is_trimmed: digit == '9' }, 1 + digits))
}

impl Moment {
    /// Written by one of Go's layouts.
    pub fn format(&self, layout: &str) -> String {
        format(self, layout)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}

fn format(moment: &Moment, layout: &str) -> String {
    let mut out = String::new();
    let mut rest = layout;
    while let Some((before, part, after)) = next_part(rest) {
        out.push_str(before);
        push(&mut out, moment, part);
        rest = after;
    }
    out + rest
}

fn push(out: &mut String, moment: &Moment, part: Part) {
    let civil = moment.civil();
    let month = MONTHS[(civil.month - 1) as usize % 12];
    let weekday = WEEKDAYS[civil.weekday % 7];
    let hour12 = (civil.hour + 11) % 12 + 1;
    out.push_str(&match part {
        Part::LongMonth => month.to_owned(),
        Part::Month => month[..3].to_owned(),
        Part::NumberMonth => civil.month.to_string(),
        Part::ZeroMonth => format!("{:02}", civil.month),
        Part::LongWeekday => weekday.to_owned(),
        Part::Weekday => weekday[..3].to_owned(),
        Part::Day => civil.day.to_string(),
        Part::SpaceDay => format!("{:2}", civil.day),
        Part::ZeroDay => format!("{:02}", civil.day),
        Part::SpaceYearDay => format!("{:3}", civil.year_day),
        Part::ZeroYearDay => format!("{:03}", civil.year_day),
        Part::Hour => format!("{:02}", civil.hour),
        Part::Hour12 => hour12.to_string(),
        Part::ZeroHour12 => format!("{hour12:02}"),
        Part::Minute => civil.minute.to_string(),
        Part::ZeroMinute => format!("{:02}", civil.minute),
        Part::Second => civil.second.to_string(),
        Part::ZeroSecond => format!("{:02}", civil.second),
        Part::LongYear if civil.year < 0 => format!("-{:04}", -civil.year),
        Part::LongYear => format!("{:04}", civil.year),
        Part::Year => format!("{:02}", civil.year.rem_euclid(100)),
        Part::UpperHalf => if civil.hour >= 12 { "PM" } else { "AM" }.to_owned(),
        Part::LowerHalf => if civil.hour >= 12 { "pm" } else { "am" }.to_owned(),
        Part::Zone if moment.zone.is_empty() => offset_text(moment.offset, false, 4),
        Part::Zone => moment.zone.clone().into_owned(),
        Part::Offset { is_iso: true, .. } if moment.offset == 0 => "Z".to_owned(),
        Part::Offset { has_colon, digits, .. } => offset_text(moment.offset, has_colon, digits),
        Part::Fraction { point, digits, is_trimmed } => fraction(moment.nanos, point, digits, is_trimmed),
    });
}

fn offset_text(offset: i32, has_colon: bool, digits: usize) -> String {
    let colon = if has_colon { ":" } else { "" };
    // Go drops the seconds before it looks at the sign.
    let sign = if offset / 60 < 0 { '-' } else { '+' };
    let seconds = offset.unsigned_abs();
    let mut text = format!("{sign}{:02}", seconds / 3600);
    if digits > 2 {
        text += &format!("{colon}{:02}", seconds / 60 % 60);
    }
    if digits > 4 {
        text += &format!("{colon}{:02}", seconds % 60);
    }
    text
}

fn fraction(nanos: u32, point: char, digits: usize, is_trimmed: bool) -> String {
    let all = format!("{nanos:09}");
    let shown = all.get(..digits.min(9)).unwrap_or(&all);
    let shown = if is_trimmed { shown.trim_end_matches('0') } else { shown };
    if is_trimmed && shown.is_empty() { String::new() } else { format!("{point}{shown}") }
}
