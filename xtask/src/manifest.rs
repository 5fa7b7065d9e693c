//! What the chores need to know from Cargo.toml and Cargo.lock, without a TOML parser: both are written in the
//! plain form that cargo itself writes.

use std::fmt::{self, Display, Formatter};

/// A version, as far as programs tell it: what they leave out is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u64, pub(crate) u64, pub(crate) u64);

impl Version {
    /// The first version in the text that `PROGRAM --version` prints.
    pub(crate) fn find(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let mut numbers = word.strip_prefix('v').unwrap_or(word).split('.').map(|part| {
                // "3-rc1" and "4+build" count as 3 and 4.
                part.split(['-', '+']).next().and_then(|number| number.parse().ok())
            });
            let first = numbers.next()??;
            let mut rest = || numbers.next().flatten().unwrap_or(0);
            Some(Self(first, rest(), rest()))
        })
    }

    /// The version after this that could differ from it in more than a fix.
    pub(crate) fn next_patch(self) -> Self {
        Self(self.0, self.1, self.2 + 1)
    }
}

impl Display for Version {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// The version of `package` in the text of a Cargo.lock, the highest if there are several.
pub(crate) fn locked_version(lock: &str, package: &str) -> Option<Version> {
    let name = format!("name = \"{package}\"");
    lock.split("[[package]]")
        .filter(|section| section.lines().any(|line| line == name))
        .filter_map(|section| {
            let version = section.lines().find_map(|line| line.strip_prefix("version = \""))?;
            Version::find(version.trim_end_matches('"'))
        })
        .max()
}

/// The keys of one section of a manifest, in their order.
fn keys<'a>(manifest: &'a str, section: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let header = format!("[{section}]");
    manifest
        .lines()
        .skip_while(move |line| line.trim() != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
        .filter(|(key, _)| !key.starts_with('#'))
}

/// The features of a manifest without `default`.
pub(crate) fn features(manifest: &str) -> Vec<String> {
    keys(manifest, "features")
        .map(|(key, _)| key.to_owned())
        .filter(|key| key != "default" && !key.contains([' ', '"', ']']))
        .collect()
}

/// The folders of a workspace's members.
pub(crate) fn members(manifest: &str) -> Vec<String> {
    let list = manifest.split_once("\nmembers = [").and_then(|(_, rest)| rest.split_once(']'));
    let Some((list, _)) = list else { return Vec::new() };
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The name of a manifest's package.
pub(crate) fn package_name(manifest: &str) -> Option<String> {
    keys(manifest, "package")
        .find(|(key, _)| *key == "name")
        .map(|(_, value)| value.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen-test"
version = "0.3.79"

[[package]]
name = "wasm-bindgen"
version = "0.2.129"
dependencies = [
 "cfg-if",
]

[[package]]
name = "gloo-net"
version = "0.6.0"

[[package]]
name = "gloo-net"
version = "0.10.0"
"#;

    const MANIFEST: &str = r#"
[workspace]
members = ["crate-a", "tools/b"]
default-members = ["crate-a"]

[package]
name = "a"

[features]
default = []
# A comment = with an equals sign.
leptos = ["dep:leptos"]
fetch = [
    "web-sys/Request",
]

[dependencies]
serde = "1"
"#;

    #[test]
    fn the_lock_names_a_version_by_the_exact_name() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen"), Some(Version(0, 2, 129)));
        assert_eq!(locked_version(LOCK, "wasm-bindgen-test"), Some(Version(0, 3, 79)));
        assert_eq!(locked_version(LOCK, "wasm"), None);
    }

    #[test]
    fn of_two_locked_versions_the_higher_counts() {
        assert_eq!(locked_version(LOCK, "gloo-net"), Some(Version(0, 10, 0)));
    }

    #[test]
    fn versions_are_found_in_what_programs_print() {
        assert_eq!(Version::find("trunk 0.21.14"), Some(Version(0, 21, 14)));
        assert_eq!(Version::find("wasm-opt version 132 (version_132)"), Some(Version(132, 0, 0)));
        assert_eq!(Version::find("geckodriver 0.37.1 (abc 2026-01-01)"), Some(Version(0, 37, 1)));
        assert_eq!(Version::find("v20.1.0-rc.2+5"), Some(Version(20, 1, 0)));
        assert_eq!(Version::find("no number here"), None);
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(Version(0, 21, 14) > Version(0, 21, 9));
        assert!(Version(0, 10, 0) > Version(0, 9, 99));
        assert_eq!(Version(0, 2, 129).next_patch(), Version(0, 2, 130));
    }

    #[test]
    fn features_are_read_without_the_default_comments_and_their_parts() {
        assert_eq!(features(MANIFEST), ["leptos", "fetch"]);
    }

    #[test]
    fn members_and_names_are_read() {
        assert_eq!(members(MANIFEST), ["crate-a", "tools/b"]);
        assert_eq!(package_name(MANIFEST).as_deref(), Some("a"));
    }
}
