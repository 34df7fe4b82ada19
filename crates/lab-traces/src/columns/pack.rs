//! Integers by blocks of 128: the smallest of the block, and what each is above it in as few bits as the largest needs. A
//! value far from its neighbours costs its own block only, and a block of equal values costs two bytes or three.

use crate::protobuf::fields::{Fields, put_varint};

const BLOCK: usize = 128;
/// Bytes that are read at once for a value: enough for 64 bits that begin in the middle of a byte.
const WINDOW: usize = 16;

/// Appends values; how many they are has to be known to whoever reads them.
pub(crate) fn pack(values: &[u64], out: &mut Vec<u8>) {
    for block in values.chunks(BLOCK) {
        let min = block.iter().copied().min().unwrap_or(0);
        let spread = block.iter().map(|value| value - min).max().unwrap_or(0);
        let width = u64::BITS - spread.leading_zeros();
        out.push(width as u8);
        put_varint(out, min);
        let (mut held, mut bits) = (0_u128, 0);
        for value in block {
            held |= u128::from(value - min) << bits;
            bits += width;
            while bits >= 8 {
                out.push(held as u8);
                held >>= 8;
                bits -= 8;
            }
        }
        if bits > 0 {
            out.push(held as u8);
        }
    }
}

/// Reads `count` values back, each made into what is wanted; `None` if the bytes hold fewer.
pub(crate) fn unpack<T>(bytes: &[u8], count: usize, make: impl Fn(u64) -> T) -> Option<Vec<T>> {
    let mut rest = Fields(bytes);
    // Every block has a byte at least, so that no false count asks for much memory.
    if count > bytes.len().saturating_mul(BLOCK) {
        return None;
    }
    let (mut values, mut padded) = (Vec::with_capacity(count), [0; BLOCK * 8 + WINDOW]);
    while values.len() < count {
        let width = usize::from(*rest.take(1).ok()?.first()?);
        let min = rest.varint().ok()?;
        let in_block = BLOCK.min(count - values.len());
        if width > 64 {
            return None;
        }
        let packed = rest.take((in_block * width).div_ceil(8)).ok()?;
        padded[..packed.len()].copy_from_slice(packed);
        let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
        for at in 0..in_block {
            let bit = at * width;
            let window = padded[bit / 8..].first_chunk::<WINDOW>()?;
            let value = (u128::from_le_bytes(*window) >> (bit % 8)) as u64 & mask;
            values.push(make(min.wrapping_add(value)));
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packed(values: &[u64]) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack(values, &mut bytes);
        bytes
    }

    #[test]
    fn equal_values_take_almost_nothing_and_a_far_one_costs_its_block_only() {
        assert_eq!(packed(&[7; 1280]).len(), 20);
        let mut values = vec![3_u64; 1280];
        values[5] = u64::MAX;
        assert!(packed(&values).len() < 128 * 8 + 30);
    }

    #[test]
    fn too_few_bytes_are_refused() {
        let bytes = packed(&[1, 2, 3]);
        assert_eq!(unpack(&bytes[..bytes.len() - 1], 3, |value| value), None);
        assert_eq!(unpack(&bytes, usize::MAX, |value| value), None);
        assert_eq!(unpack(&[65, 0, 0, 0], 1, |value| value), None);
    }

    proptest! {
        #[test]
        fn what_is_packed_is_read_back(
            values in prop::collection::vec(prop_oneof![0_u64..5, 0_u64..100_000, any::<u64>()], 0..400)
        ) {
            prop_assert_eq!(unpack(&packed(&values), values.len(), |value| value), Some(values));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, count in 0_usize..500) {
            let _ = unpack(&bytes, count, |value| value);
        }
    }
}
