//! Times as Go writes them with `time.Time.String`.

use chrono::{DateTime, FixedOffset};

/// The time of something, from RFC 3339; what has none happened in the year 1.
pub(super) fn text(timestamp: &str) -> String {
    let Ok(time) = DateTime::<FixedOffset>::parse_from_rfc3339(timestamp) else {
        return "0001-01-01 00:00:00 +0000 UTC".to_owned();
    };
    let fraction = format!("{:09}", time.timestamp_subsec_nanos());
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let zone = time.format("%z").to_string();
    let name = if time.offset().local_minus_utc() == 0 { "UTC".to_owned() } else { zone.clone() };
    format!("{}{point}{fraction} {zone} {name}", time.format("%Y-%m-%d %H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_go_does() {
        for (timestamp, said) in [
            ("2021-09-30T10:46:17.680Z", "2021-09-30 10:46:17.68 +0000 UTC"),
            ("2021-09-30T10:46:17Z", "2021-09-30 10:46:17 +0000 UTC"),
            ("2021-09-30T10:46:17+02:00", "2021-09-30 10:46:17 +0200 +0200"),
            ("", "0001-01-01 00:00:00 +0000 UTC"),
        ] {
            assert_eq!(text(timestamp), said);
        }
    }
}
