//! A filter of the texts in a chunk, so that a search for an id or for a rare word skips the chunks that cannot hold it.
//!
//! A text is seen as windows of six bytes, one at each place. Some of them are chosen by what they are, not by where they
//! stand: the same six bytes are chosen in every text or in none. So whatever is chosen in a part of a line is chosen in
//! the line, too, and if the filter lacks one of the windows that are chosen in a text, no line of the chunk contains that
//! text. A text in which no window is chosen may be anywhere.
//!
//! Windows with a digit stand in ids and times, nearly every one of which is new; fewer of them are chosen.

/// Bytes of a window.
const WINDOW: usize = 6;
/// Of sixteen windows without a digit so many are chosen.
const OF_WORDS: u64 = 8;
/// Of sixteen windows with a digit so many are chosen.
const OF_NUMBERS: u64 = 4;
/// Bits for each distinct window: with three probes one false alarm in eighteen windows, and most texts have several.
const BITS_PER_WINDOW: usize = 6;
const PROBES: u64 = 3;
/// A filter larger than this part of the texts is not worth its place.
const LARGEST_PART: usize = 10;
/// Windows that were seen a moment ago are not collected again.
const SEEN_LATELY: usize = 1 << 12;

/// The filter of some texts; empty if it would be too large for them or would hold nothing: then every text may be there.
pub(crate) fn build<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<u8> {
    let (mut windows, mut lately, mut bytes) = (Vec::new(), vec![0_u64; SEEN_LATELY], 0);
    for text in texts {
        bytes += text.len();
        for window in chosen(text) {
            let place = &mut lately[window as usize % SEEN_LATELY];
            if *place != window {
                *place = window;
                windows.push(window);
            }
        }
    }
    windows.sort_unstable();
    windows.dedup();
    let size = (windows.len() * BITS_PER_WINDOW).div_ceil(8);
    if size > bytes / LARGEST_PART {
        return Vec::new();
    }
    let mut filter = vec![0_u8; size];
    for bit in windows.into_iter().flat_map(|window| bits(window, size)) {
        filter[bit / 8] |= 1 << (bit % 8);
    }
    filter
}

/// False if surely none of the texts of this filter contains `text`.
pub(crate) fn may_hold(filter: &[u8], text: &str) -> bool {
    let holds = |window| bits(window, filter.len()).all(|bit| filter[bit / 8] & (1 << (bit % 8)) != 0);
    filter.is_empty() || chosen(text).all(holds)
}

/// The hashes of the windows that are chosen in a text.
fn chosen(text: &str) -> impl Iterator<Item = u64> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes[at].is_ascii_digit();
    let mut after_digit = (0..bytes.len().min(WINDOW - 1)).rev().find(|at| is_digit(*at)).map_or(0, |at| at + 1);
    bytes.windows(WINDOW).enumerate().filter_map(move |(at, window)| {
        if is_digit(at + WINDOW - 1) {
            after_digit = at + WINDOW;
        }
        let hash = hash(window);
        let of_sixteen = if after_digit > at { OF_NUMBERS } else { OF_WORDS };
        // No window has the hash 0 but that of zero bytes, which stands for "none" where windows are collected.
        (hash >> 60 < of_sixteen && hash != 0).then_some(hash)
    })
}

/// A hash that outlives the build, because filters on disk do. Its four highest bits choose windows, and are not used for
/// anything else.
fn hash(window: &[u8]) -> u64 {
    let number = window.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn bits(hash: u64, bytes: usize) -> impl Iterator<Item = usize> {
    let (start, step) = (hash & 0x0fff_ffff, (hash >> 28 & 0x0fff_ffff) | 1);
    (0..PROBES).map(move |probe| ((start + step * probe) % (bytes as u64 * 8)) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(ids: std::ops::Range<u64>) -> Vec<String> {
        ids.map(|id| {
            let id = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            format!(
                "level=info msg=\"request handled by the server\" id={id:016x}{:016x} took=12ms",
                id.rotate_left(21)
            )
        })
        .collect()
    }

    fn filter(lines: &[String]) -> Vec<u8> {
        build(lines.iter().map(String::as_str))
    }

    proptest! {
        #[test]
        fn what_a_line_contains_is_never_missed(
            lines in proptest::collection::vec("[a-e0-3 é\"]{0,60}", 1..30), line in any::<prop::sample::Index>(),
            from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()
        ) {
            let line = line.get(&lines);
            let mut ends = [from.index(line.len() + 1), to.index(line.len() + 1)];
            ends.sort_unstable();
            let part = String::from_utf8_lossy(&line.as_bytes()[ends[0]..ends[1]]);
            // A part that cuts a character in two is no part of the line any more.
            if line.contains(&*part) {
                prop_assert!(may_hold(&filter(&lines), &part));
            }
        }
    }

    #[test]
    fn ids_and_words_that_are_not_there_are_told_apart() {
        let here = lines(0..2000);
        let filter = filter(&here);
        assert!(!filter.is_empty() && filter.len() < 2000 * 12, "{}", filter.len());
        let elsewhere = lines(2000..12_000);
        let id = |line: &str| line[46..78].to_owned();
        let in_vain = elsewhere.iter().filter(|line| may_hold(&filter, &id(line))).count();
        assert!(in_vain < 100, "{in_vain} of 10000");
        for word in ["connection refused", "out of memory", "a panic occurred"] {
            assert!(!may_hold(&filter, word), "{word}");
        }
    }

    #[test]
    fn zero_bytes_are_found() {
        let lines = ["\0\0\0\0\0\0\0\0 a line of a file that was cut", "another line that is long enough for a filter"];
        let filter = build(lines.iter().copied().cycle().take(100));
        assert!(!filter.is_empty() && may_hold(&filter, "\0\0\0\0\0\0"));
    }

    #[test]
    fn a_short_text_may_be_anywhere() {
        assert!(may_hold(&filter(&lines(0..100)), "zzzzz"));
        assert!(may_hold(&[], "connection refused"));
    }

    #[test]
    fn a_filter_as_large_as_its_texts_is_not_kept() {
        let texts: Vec<String> =
            (0..2000_u64).map(|n| format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        assert!(filter(&texts).is_empty());
    }
}
