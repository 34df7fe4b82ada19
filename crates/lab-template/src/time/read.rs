//! Reading a time by a layout, as Go's `time.ParseInLocation` does.

use std::borrow::Cow;

use super::calendar::{MONTHS, WEEKDAYS, days_before, days_in};
use super::layout::{Part, next_part};
use super::moment::Moment;

/// Which offset the clocks of a place have at a local time, in seconds, and what the zone is called then.
pub type LocalZone<'z> = &'z dyn Fn(i64) -> (i32, Cow<'static, str>);

/// What was read so far.
#[derive(Default)]
struct Fields {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: u32,
    is_afternoon: bool,
    is_morning: bool,
    offset: Option<i32>,
    zone: Option<String>,
}

/// Reads a time; what the text does not say about the zone is taken from the local one. `None` if the text does not
/// fit the layout or names a date that does not exist.
pub fn parse(layout: &str, text: &str, local: LocalZone<'_>) -> Option<Moment> {
    let mut fields = Fields::default();
    let mut layout = layout;
    let mut text = text;
    loop {
        let Some((before, part, after)) = next_part(layout) else {
            return skip(text, layout).filter(|rest| rest.is_empty()).and_then(|_| fields.moment(local));
        };
        text = skip(text, before)?;
        layout = after;
        text = fields.read(part, layout, text)?;
    }
}

/// Skips a text of the layout; one space stands for any number of them.
fn skip<'t>(mut text: &'t str, mut prefix: &str) -> Option<&'t str> {
    while let Some(c) = prefix.chars().next() {
        if c == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            prefix = prefix.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
            continue;
        }
        text = text.strip_prefix(c)?;
        prefix = &prefix[c.len_utf8()..];
    }
    Some(text)
}

impl Fields {
    /// Reads one part of the layout; what is left of the text.
    fn read<'t>(&mut self, part: Part, layout: &str, text: &'t str) -> Option<&'t str> {
        match part {
            Part::LongYear => kept(digits(text, 4, 4)?, &mut self.year),
            Part::Year => {
                let (year, rest) = digits(text, 2, 2)?;
                self.year = Some(year + if year >= 69 { 1900 } else { 2000 });
                Some(rest)
            }
            Part::LongMonth => self.month_name(text, |name| name),
            Part::Month => self.month_name(text, |name| &name[..3]),
            Part::NumberMonth => self.month(digits(text, 1, 2)?),
            Part::ZeroMonth => self.month(digits(text, 2, 2)?),
            Part::LongWeekday => name_at(text, &WEEKDAYS, |name| name).map(|(_, rest)| rest),
            Part::Weekday => name_at(text, &WEEKDAYS, |name| &name[..3]).map(|(_, rest)| rest),
            Part::SpaceDay => kept(digits(text.strip_prefix(' ').unwrap_or(text), 1, 2)?, &mut self.day),
            Part::Day => kept(digits(text, 1, 2)?, &mut self.day),
            Part::ZeroDay => kept(digits(text, 2, 2)?, &mut self.day),
            Part::SpaceYearDay => kept(digits(text.trim_start_matches(' '), 1, 3)?, &mut self.year_day),
            Part::ZeroYearDay => kept(digits(text, 3, 3)?, &mut self.year_day),
            Part::Hour => bounded(digits(text, 1, 2)?, 0..24, &mut self.hour),
            Part::Hour12 => bounded(digits(text, 1, 2)?, 0..13, &mut self.hour),
            Part::ZeroHour12 => bounded(digits(text, 2, 2)?, 0..13, &mut self.hour),
            Part::Minute => bounded(digits(text, 1, 2)?, 0..60, &mut self.minute),
            Part::ZeroMinute => bounded(digits(text, 2, 2)?, 0..60, &mut self.minute),
            Part::Second => self.second(digits(text, 1, 2)?, layout),
            Part::ZeroSecond => self.second(digits(text, 2, 2)?, layout),
            Part::UpperHalf => self.half(text, "PM", "AM"),
            Part::LowerHalf => self.half(text, "pm", "am"),
            Part::Offset { is_iso, has_colon, digits } => self.offset(text, is_iso, has_colon, digits),
            Part::Zone => self.zone(text),
            Part::Fraction { digits, is_trimmed, .. } => self.fraction(text, digits, is_trimmed),
        }
    }

    fn month_name<'t>(&mut self, text: &'t str, shown: fn(&'static str) -> &'static str) -> Option<&'t str> {
        let (at, rest) = name_at(text, &MONTHS, shown)?;
        self.month = Some(at as i64 + 1);
        Some(rest)
    }

    fn month<'t>(&mut self, (month, rest): (i64, &'t str)) -> Option<&'t str> {
        self.month = Some(month);
        (1..=12).contains(&month).then_some(rest)
    }

    /// A second may have a fraction although the layout has none.
    fn second<'t>(&mut self, read: (i64, &'t str), layout: &str) -> Option<&'t str> {
        let rest = bounded(read, 0..60, &mut self.second)?;
        let is_in_layout = matches!(next_part(layout), Some((_, Part::Fraction { .. }, _)));
        let has_fraction = rest.starts_with(['.', ',']) && rest[1..].starts_with(|c: char| c.is_ascii_digit());
        if !has_fraction || is_in_layout {
            return Some(rest);
        }
        let length = rest[1..].len() - rest[1..].trim_start_matches(|c: char| c.is_ascii_digit()).len();
        self.nanos = nanos(&rest[1..=length])?;
        Some(&rest[1 + length..])
    }

    fn half<'t>(&mut self, text: &'t str, afternoon: &str, morning: &str) -> Option<&'t str> {
        self.is_afternoon = text.starts_with(afternoon);
        self.is_morning = text.starts_with(morning);
        (self.is_afternoon || self.is_morning).then(|| &text[2..])
    }

    fn offset<'t>(&mut self, text: &'t str, is_iso: bool, has_colon: bool, count: usize) -> Option<&'t str> {
        if let Some(rest) = text.strip_prefix('Z').filter(|_| is_iso) {
            self.offset = Some(0);
            self.zone = Some("UTC".to_owned());
            return Some(rest);
        }
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let mut rest = text.strip_prefix(['-', '+'])?;
        let mut seconds = 0;
        for (at, unit) in [3600, 60, 1].into_iter().take(count / 2).enumerate() {
            if at > 0 && has_colon {
                rest = rest.strip_prefix(':')?;
            }
            let (number, after) = digits(rest, 2, 2)?;
            if number > if at == 0 { 24 } else { 60 } {
                return None;
            }
            seconds += number as i32 * unit;
            rest = after;
        }
        self.offset = Some(sign * seconds);
        Some(rest)
    }

    /// `UTC`, three or four capitals, or `GMT+3`.
    fn zone<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let capitals = text.len() - text.trim_start_matches(|c: char| c.is_ascii_uppercase()).len();
        let length = match capitals {
            _ if text.starts_with("UTC") => 3,
            3 => 3,
            4 if text[..4].ends_with('T') || &text[..4] == "WITA" => 4,
            5 if text[..5].ends_with('T') => 5,
            _ => return None,
        };
        let (zone, mut rest) = text.split_at(length);
        if zone == "UTC" {
            self.offset = Some(0);
        }
        if zone == "GMT" && rest.starts_with(['+', '-']) {
            let sign = if rest.starts_with('-') { -1 } else { 1 };
            let (hours, after) = digits(&rest[1..], 1, 2)?;
            self.offset = Some(sign * hours as i32 * 3600);
            rest = after;
        }
        self.zone = Some(text[..text.len() - rest.len()].to_owned());
        Some(rest)
    }

    fn fraction<'t>(&mut self, text: &'t str, count: usize, is_trimmed: bool) -> Option<&'t str> {
        if is_trimmed {
            let Some(after) =
                text.strip_prefix(['.', ',']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            else {
                return Some(text);
            };
            let length = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            self.nanos = nanos(&after[..length.min(9)])?;
            return Some(&after[length.min(9)..]);
        }
        let after = text.strip_prefix(['.', ','])?;
        self.nanos = nanos(after.get(..count)?)?;
        Some(&after[count..])
    }

    fn moment(self, local: LocalZone<'_>) -> Option<Moment> {
        let hour = match self.hour {
            hour if self.is_afternoon && hour < 12 => hour + 12,
            12 if self.is_morning => 0,
            hour => hour,
        };
        let year = self.year.unwrap_or(0);
        let (mut month, mut day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        if let Some(year_day) = self.year_day {
            let date = Moment::utc((days_before(year, 1, 1) + year_day - 1) * 86_400, 0).civil();
            if date.year != year
                || self.month.is_some_and(|it| it != date.month)
                || self.day.is_some_and(|it| it != date.day)
            {
                return None;
            }
            (month, day) = (date.month, date.day);
        }
        if day < 1 || day > days_in(year, month) {
            return None;
        }
        let clock = days_before(year, month, day) * 86_400 + hour * 3600 + self.minute * 60 + self.second;
        let (known, name) = local(clock);
        let (offset, zone) = match (self.offset, self.zone) {
            (Some(0), Some(zone)) if zone == "UTC" => (0, Cow::Borrowed("UTC")),
            (Some(offset), _) if offset == known => (offset, name),
            (Some(offset), zone) => (offset, zone.map_or(Cow::Borrowed(""), Cow::Owned)),
            (None, Some(zone)) if zone != name => (0, Cow::Owned(zone)),
            (None, _) => (known, name),
        };
        Some(Moment { seconds: clock - i64::from(offset), nanos: self.nanos, offset, zone })
    }
}

/// A number of so many digits, and what follows it.
fn digits(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let number = text.get(..length).filter(|_| length >= least)?;
    Some((number.parse().ok()?, &text[length..]))
}

/// Keeps a number whatever it is; the date is checked as a whole.
#[allow(clippy::unnecessary_wraps)] // like its siblings, which can refuse a number
fn kept<'t>((number, rest): (i64, &'t str), into: &mut Option<i64>) -> Option<&'t str> {
    *into = Some(number);
    Some(rest)
}

fn bounded<'t>((number, rest): (i64, &'t str), range: std::ops::Range<i64>, into: &mut i64) -> Option<&'t str> {
    *into = number;
    range.contains(&number).then_some(rest)
}

/// A name of a list at the beginning of a text, in any case.
fn name_at<'t>(
    text: &'t str,
    names: &[&'static str],
    shown: fn(&'static str) -> &'static str,
) -> Option<(usize, &'t str)> {
    let found = names.iter().position(|name| {
        let name = shown(name);
        text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    })?;
    Some((found, &text[shown(names[found]).len()..]))
}

/// The digits after a point as nanoseconds.
fn nanos(digits: &str) -> Option<u32> {
    let nine: String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| nine.parse().ok())?
}
