//! What the address says: how the lab's stream is read, and under which key the server knows it.

/// Characters of a key that an address may name; the server takes 100 bytes, of which a few are ours.
const LONGEST_KEY: usize = 40;

/// How the stream is read. Another tab with the same address reads the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Setup {
    pub(super) transport: Transport,
    pub(super) sharing: Sharing,
    /// Under which the server with faults counts this stream's requests, and can be told to cut it.
    pub(super) key: Option<String>,
}

/// What reads the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Transport {
    /// The browser's `EventSource`.
    #[default]
    Native,
    Fetch,
}

/// Who shares the stream's connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sharing {
    #[default]
    Nobody,
    Page,
    Browser,
}

impl Sharing {
    pub(super) const ALL: [Self; 3] = [Self::Nobody, Self::Page, Self::Browser];

    /// In the address and for tests.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Page => "page",
            Self::Browser => "browser",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl Transport {
    pub(super) const ALL: [Self; 2] = [Self::Native, Self::Fetch];

    /// In the address and for tests.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Fetch => "fetch",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl Setup {
    /// Reads the value of each name in the address; a value that can't be used counts as none.
    pub(super) fn read(value: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            transport: value("transport").and_then(|it| Transport::parse(&it)).unwrap_or_default(),
            sharing: value("sharing").and_then(|it| Sharing::parse(&it)).unwrap_or_default(),
            key: value("key").filter(|key| is_key(key)),
        }
    }

    /// The address' query, with its question mark.
    pub(super) fn query(&self) -> String {
        let (transport, sharing) = (self.transport.name(), self.sharing.name());
        let mut query = format!("?transport={transport}&sharing={sharing}");
        if let Some(key) = &self.key {
            query.push_str("&key=");
            query.push_str(key);
        }
        query
    }
}

fn is_key(key: &str) -> bool {
    (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|it| it.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Setup {
        Setup::read(|name| {
            query.trim_start_matches('?').split('&').find_map(|pair| {
                pair.split_once('=')
                    .filter(|(it, _)| *it == name)
                    .map(|(_, value)| value.to_owned())
            })
        })
    }

    #[test]
    fn an_address_comes_back_as_it_was_written() {
        for transport in Transport::ALL {
            for sharing in Sharing::ALL {
                for key in [None, Some("a1b2".to_owned())] {
                    let setup = Setup { transport, sharing, key };
                    assert_eq!(read(&setup.query()), setup);
                }
            }
        }
    }

    #[test]
    fn what_can_not_be_used_counts_as_none() {
        assert_eq!(read(""), Setup::default());
        assert_eq!(read("?transport=pigeon&sharing=all&key=a/b"), Setup::default());
        assert_eq!(read(&format!("?key={}", "a".repeat(41))), Setup::default());
    }
}
