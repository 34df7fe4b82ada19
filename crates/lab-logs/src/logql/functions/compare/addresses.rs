//! `ip("…")`: an address, a range such as `10.0.0.1-10.0.0.9`, or a network such as `10.0.0.0/8`, of IPv4 or IPv6.

use std::net::IpAddr;

/// The first and the last address of what `ip("…")` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Addresses {
    first: IpAddr,
    last: IpAddr,
}

impl Addresses {
    /// Reads what stands between the quotes.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let read = || {
            if let Some((first, last)) = text.split_once('-') {
                let (first, last): (IpAddr, IpAddr) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
                return (first.is_ipv4() == last.is_ipv4() && first <= last).then_some(Self { first, last });
            }
            if let Some((address, bits)) = text.split_once('/') {
                return network(address.parse().ok()?, bits.parse().ok()?);
            }
            let only: IpAddr = text.parse().ok()?;
            Some(Self { first: only, last: only })
        };
        read().ok_or_else(|| format!("ip: invalid pattern: {text:?}"))
    }

    /// True if one of the addresses in a text is meant.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let belongs: fn(&u8) -> bool = if begins_version_4(&bytes[at..]) {
                |byte| byte.is_ascii_digit() || *byte == b'.'
            } else if begins_version_6(&bytes[at..]) {
                |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')
            } else {
                at += 1;
                continue;
            };
            let length = bytes[at..].iter().take_while(|byte| belongs(byte)).count();
            if text[at..at + length].parse().is_ok_and(|address| self.hold(address)) {
                return true;
            }
            at += length + 1;
        }
        false
    }

    fn hold(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && (self.first..=self.last).contains(&address)
    }
}

/// True if an address of version 4 may begin here: a digit, and a dot soon after it.
fn begins_version_4(bytes: &[u8]) -> bool {
    bytes.len() > 3 && bytes[0].is_ascii_digit() && bytes[1..4].contains(&b'.')
}

/// True if an address of version 6 may begin here: two colons, or up to four digits and a colon.
fn begins_version_6(bytes: &[u8]) -> bool {
    let digits = bytes.iter().take(5).take_while(|byte| byte.is_ascii_hexdigit()).count();
    match digits {
        0 => bytes.starts_with(b"::") && bytes.get(2).is_some_and(u8::is_ascii_hexdigit),
        1..=4 => bytes.get(digits) == Some(&b':'),
        _ => false,
    }
}

/// The addresses that have their first bits in common.
fn network(address: IpAddr, bits: u32) -> Option<Addresses> {
    Some(match address {
        IpAddr::V4(address) if bits <= 32 => {
            let others = u32::MAX.checked_shr(bits).unwrap_or(0);
            let number = u32::from(address);
            Addresses { first: IpAddr::V4((number & !others).into()), last: IpAddr::V4((number | others).into()) }
        }
        IpAddr::V6(address) if bits <= 128 => {
            let others = u128::MAX.checked_shr(bits).unwrap_or(0);
            let number = u128::from(address);
            Addresses { first: IpAddr::V6((number & !others).into()), last: IpAddr::V6((number | others).into()) }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_ranges_and_networks_are_found_in_texts() {
        for (pattern, text, expected) in [
            ("10.0.0.1", "from 10.0.0.1 port 22", true),
            ("10.0.0.1", "from 10.0.0.11 port 22", false),
            ("10.0.0.0/24", "10.0.0.77", true),
            ("10.0.0.0/24", "10.0.1.7:80", false),
            ("192.168.4.5-192.168.4.20", "[192.168.4.9]", true),
            ("0.0.0.0/0", "300.1.1.1", false),
            ("2001:db8::/32", "host 2001:db8::1 up", true),
            ("fe80::1-fe80::ff", "fe80::100", false),
            ("10.0.0.1", "10.0.0.1:80", true),
        ] {
            let addresses = Addresses::parse(pattern).expect("valid");
            assert_eq!(addresses.are_in(text), expected, "{pattern} in {text:?}");
        }
        for bad in ["", "x", "300.1.1.1", "10.0.0.0/33", "10.0.0.9-10.0.0.1", "::1-10.0.0.1"] {
            assert!(Addresses::parse(bad).is_err(), "{bad}");
        }
    }
}
