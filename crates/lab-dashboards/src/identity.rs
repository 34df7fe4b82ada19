//! What tells something that is made from whatever had its name before: a UUID that nothing else has.

/// A new identity.
pub fn fresh() -> String {
    let bits = rand::random::<u128>();
    in_shape((bits >> 64) as u64, bits as u64)
}

/// These bits as the text of a UUID.
pub fn in_shape(first: u64, second: u64) -> String {
    let (a, b, c) = (first >> 32, (first >> 16) & 0xffff, first & 0xfff);
    format!("{a:08x}-{b:04x}-4{c:03x}-8{:03x}-{:012x}", (second >> 48) & 0xfff, second & 0xffff_ffff_ffff)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn identities_are_uuids_and_differ() {
        let all: BTreeSet<String> = (0..1000).map(|_| fresh()).collect();
        assert_eq!(all.len(), 1000);
        for one in all {
            let lengths: Vec<usize> = one.split('-').map(str::len).collect();
            assert_eq!((lengths, &one[14..15]), (vec![8, 4, 4, 4, 12], "4"), "{one}");
        }
    }
}
