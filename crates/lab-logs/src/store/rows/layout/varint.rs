//! Numbers in as few bytes as they need, seven bits a byte, the lowest first.

use crate::store::rows::layout::entry::Damaged;

pub(crate) fn put(raw: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        raw.push(value as u8 | 0x80);
        value >>= 7;
    }
    raw.push(value as u8);
}

pub(crate) fn take(rest: &mut &[u8]) -> Result<u64, Damaged> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first().ok_or(Damaged)?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Damaged)
}

/// Takes a length and as many bytes.
pub(crate) fn take_bytes<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Damaged> {
    let length = usize::try_from(take(rest)?).map_err(|_| Damaged)?;
    let (bytes, after) = rest.split_at_checked(length).ok_or(Damaged)?;
    *rest = after;
    Ok(bytes)
}

/// Takes a length and a text of so many bytes.
pub(crate) fn take_text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, Damaged> {
    std::str::from_utf8(take_bytes(rest)?).map_err(|_| Damaged)
}

/// Puts the length of some bytes, and the bytes.
pub(crate) fn put_bytes(raw: &mut Vec<u8>, bytes: &[u8]) {
    put(raw, bytes.len() as u64);
    raw.extend_from_slice(bytes);
}

/// Small numbers of either sign as small ones without a sign.
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
