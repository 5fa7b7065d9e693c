//! Whom a request is for: a host and a port, as URLs name them.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A host, and a port where it is not the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    host: Host,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    /// In lower case, without the root's dot.
    Name(String),
}

impl Authority {
    /// Reads `host`, `host:port`, `[::1]` or `[::1]:port`. None for all else, user names too.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']')?;
                let address = IpAddr::from(address.parse::<Ipv6Addr>().ok()?);
                (Host::Address(address.to_canonical()), port)
            }
            None => {
                let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
                (Host::parse(host)?, port)
            }
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            // An empty port is the scheme's own, as RFC 3986 has it.
            Some("") => None,
            // `parse` alone would take "+1" too.
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(port.parse().ok()?)
            }
            None | Some(_) => return None,
        };
        Some(Self { host, port })
    }

    pub(crate) fn address(&self) -> Option<IpAddr> {
        match self.host {
            Host::Address(address) => Some(address),
            Host::Name(_) => None,
        }
    }

    /// Without brackets around an address.
    #[cfg(feature = "tls")]
    pub(crate) fn bare_host(&self) -> String {
        match &self.host {
            Host::Address(address) => address.to_string(),
            Host::Name(name) => name.clone(),
        }
    }

    pub(crate) const fn port(&self) -> Option<u16> {
        self.port
    }

    /// This machine, whatever a DNS server says (RFC 6761).
    pub(crate) fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Address(address) => address.is_loopback(),
            Host::Name(name) => name == "localhost" || name.ends_with(".localhost"),
        }
    }

    /// Whether both are the same place in URLs of a scheme with this port.
    pub(crate) fn is_same(&self, other: &Self, default_port: u16) -> bool {
        let port = |it: &Self| it.port.unwrap_or(default_port);
        self.host == other.host && port(self) == port(other)
    }

    /// Whether `other` has this host, and this port if one is named.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.host == other.host && (self.port.is_none() || self.port == other.port)
    }
}

impl Host {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse() {
            return Some(Self::Address(IpAddr::V4(address)));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        is_name.then(|| Self::Name(name.to_ascii_lowercase()))
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]")?,
            Host::Address(address) => address.fmt(f)?,
            Host::Name(name) => f.write_str(name)?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Authority {
        Authority::parse(text).unwrap_or_else(|| panic!("{text:?} is an authority"))
    }

    #[test]
    fn names_and_addresses_are_read_with_and_without_a_port() {
        for (text, read) in [
            ("Example.ORG", "example.org"),
            ("example.org.:80", "example.org:80"),
            ("my_host-1:", "my_host-1"),
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("[::1]", "[::1]"),
            ("[0:0:0:0:0:0:0:1]:1", "[::1]:1"),
            ("[::ffff:127.0.0.1]:1", "127.0.0.1:1"),
        ] {
            assert_eq!(parsed(text).to_string(), read);
        }
    }

    #[test]
    fn what_no_url_has_there_is_not_read() {
        for text in [
            "",
            ".",
            ":80",
            "a b",
            "a:b",
            "a:+1",
            "a:65536",
            "a:1:2",
            "::1",
            "[::1",
            "[::1]1",
            "[1.2.3.4]",
            "[fe80::1%eth0]",
            "user@a",
            "a/b",
            "a,b",
            "ä.org",
            "a\0",
        ] {
            assert_eq!(Authority::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn this_machine_is_known_by_its_names_and_addresses_alone() {
        for text in [
            "localhost",
            "LOCALHOST:1",
            "app.localhost",
            "127.8.9.1",
            "[::1]:5",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(parsed(text).is_loopback(), "{text}");
        }
        for text in [
            "localhost.example.org",
            "notlocalhost",
            "127.0.0.1.example.org",
            "127.1",
            "0.0.0.0",
            "[::]",
        ] {
            assert!(!parsed(text).is_loopback(), "{text}");
        }
    }

    #[test]
    fn a_port_that_is_not_named_is_the_schemes_own() {
        assert!(parsed("a").is_same(&parsed("A:80"), 80));
        assert!(!parsed("a").is_same(&parsed("a:80"), 443));
        assert!(parsed("a").covers(&parsed("a:5")) && parsed("a:5").covers(&parsed("a:5")));
        assert!(!parsed("a:5").covers(&parsed("a")) && !parsed("a").covers(&parsed("b.a")));
    }
}
