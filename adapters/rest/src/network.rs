//! To which addresses may a connection go?

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// A range of addresses: `10.1.0.0/16`, `fd00::/8`, or one address alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a network is an address, or an address and the length of its prefix, as 10.1.0.0/16, with no bit set after it"
)]
pub struct NetworkError;

impl Network {
    /// Whether the address lies in it. An IPv4 address in IPv6 clothes (`::ffff:10.1.2.3`) is that IPv4 address.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => own == masked4(other, self.prefix),
            (IpAddr::V6(own), IpAddr::V6(other)) => own == masked6(other, self.prefix),
            _ => false,
        }
    }
}

fn masked4(address: Ipv4Addr, prefix: u8) -> Ipv4Addr {
    let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
    Ipv4Addr::from_bits(address.to_bits() & mask)
}

fn masked6(address: Ipv6Addr, prefix: u8) -> Ipv6Addr {
    let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
    Ipv6Addr::from_bits(address.to_bits() & mask)
}

/// Whether unencrypted messages may go there: this machine, or a network that no router forwards to the world
/// (RFC 1918, RFC 4193).
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| NetworkError)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let (address, whole) = match address {
            IpAddr::V4(_) => (address, 32),
            IpAddr::V6(_) => (address, 128),
        };
        let network = Self { address, prefix: prefix.unwrap_or(whole) };
        // A bit after the prefix is a slip of the pen: nobody knows which range was meant.
        if network.prefix <= whole && network.has(address) { Ok(network) } else { Err(NetworkError) }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_the_addresses_of_its_prefix() {
        let check = |network: &str, address: &str, expected: bool| {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.has(address.parse().unwrap()), expected, "{network:?} {address}");
        };
        check("10.1.0.0/16", "10.1.255.1", true);
        check("10.1.0.0/16", "10.2.0.1", false);
        check("10.1.0.0/16", "::ffff:10.1.0.9", true);
        check("127.0.0.1", "127.0.0.1", true);
        check("127.0.0.1", "127.0.0.2", false);
        check("0.0.0.0/0", "8.8.8.8", true);
        check("0.0.0.0/0", "::1", false);
        check("fd00::/8", "fdab::1", true);
        check("::1", "::2", false);
        for bad in ["", "10.1.0.1/16", "10.1.0.0/33", "fd00::/129", "10.1.0.0/-1", "example.vn", "10.1/16"] {
            assert_eq!(bad.parse::<Network>(), Err(NetworkError), "{bad}");
        }
    }
}
