//! What must not leave the page: a URL without its secrets, and texts without those.

use crate::Options;
#[cfg(all(feature = "recording", feature = "fetch"))]
use crate::options::Transport;

/// Stands where something was left out.
const LEFT_OUT: &str = "…";

/// Bytes that something must have at least to count as a secret in a text: shorter ones would make holes in any words.
#[cfg(feature = "recording")]
const SECRET: usize = 4;

/// The URL without user info, values of the query and fragment: of these stands only that they were there. A parameter
/// without a name counts as a value.
///
/// The browser is not asked: it reads some more texts as URLs (`https:user@host`, backslashes, line breaks in between),
/// and so does this.
pub(crate) fn redact_url(url: &str) -> String {
    let url = url.trim_start_matches(|c| c <= ' ');
    let url: String = url.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let (url, has_fragment) = match url.split_once('#') {
        Some((url, _)) => (url, true),
        None => (&*url, false),
    };
    let (url, query) = match url.split_once('?') {
        Some((url, query)) => (url, Some(query)),
        None => (url, None),
    };
    let mut redacted = String::with_capacity(url.len());
    let (start, authority, path) = parts(url);
    redacted.push_str(start);
    match authority.rsplit_once('@') {
        Some((_, host)) => {
            redacted.push_str(LEFT_OUT);
            redacted.push('@');
            redacted.push_str(host);
        }
        None => redacted.push_str(authority),
    }
    redacted.push_str(path);
    for (index, parameter) in query.iter().flat_map(|query| query.split('&')).enumerate() {
        redacted.push(if index == 0 { '?' } else { '&' });
        if let Some((name, _)) = parameter.split_once('=') {
            redacted.push_str(name);
            redacted.push('=');
        }
        if !parameter.is_empty() {
            redacted.push_str(LEFT_OUT);
        }
    }
    if has_fragment {
        redacted.push('#');
        redacted.push_str(LEFT_OUT);
    }
    redacted
}

/// A URL without query and fragment: up to the authority, the authority, and the path.
fn parts(url: &str) -> (&str, &str, &str) {
    let is_scheme = |text: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    };
    let scheme = match url.split_once(':') {
        Some((scheme, rest)) if !scheme.is_empty() && is_scheme(scheme) => url.len() - rest.len(),
        _ => 0,
    };
    let is_slash = |c: char| matches!(c, '/' | '\\');
    let rest = &url[scheme..];
    let after = rest.trim_start_matches(is_slash);
    let slashes = rest.len() - after.len();
    if scheme == 0 && slashes < 2 {
        return (url, "", "");
    }
    let start = scheme + slashes;
    let end = start + after.find(is_slash).unwrap_or(after.len());
    (&url[..start], &url[start..end], &url[end..])
}

/// What one subscription must keep to itself.
#[derive(Debug)]
pub(crate) struct Redactor {
    url: String,
    #[cfg(feature = "recording")]
    secrets: Vec<String>,
}

impl Redactor {
    pub(crate) fn new(
        url: &str,
        #[cfg_attr(not(feature = "recording"), expect(unused_variables))] options: &Options,
    ) -> Self {
        Self {
            url: redact_url(url),
            #[cfg(feature = "recording")]
            secrets: secrets(url, options),
        }
    }

    /// The subscription's URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The text without URLs' secrets, and without those of this subscription.
    #[cfg(feature = "recording")]
    pub(crate) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            if text.contains(&**secret) {
                text = text.replace(&**secret, LEFT_OUT);
            }
        }
        let mut redacted = String::with_capacity(text.len());
        let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>');
        for piece in text.split_inclusive(is_end) {
            let word = piece.strip_suffix(is_end).unwrap_or(piece);
            let url = url_in(word).unwrap_or(word.len());
            redacted.push_str(&word[..url]);
            redacted.push_str(&redact_url(&word[url..]));
            redacted.push_str(&piece[word.len()..]);
        }
        redacted
    }
}

/// What must be in no text of the subscription, the longest first.
#[cfg(feature = "recording")]
fn secrets(url: &str, options: &Options) -> Vec<String> {
    let (before, query) = url.split_once('?').unwrap_or((url, ""));
    let user_info = parts(before).1.rsplit_once('@').map_or("", |(user_info, _)| user_info);
    let values = query
        .split(['&', '#'])
        .map(|parameter| parameter.split_once('=').map_or(parameter, |(_, value)| value));
    let mut secrets: Vec<String> = user_info
        .split(':')
        .chain(values)
        .flat_map(|part| [part.to_owned(), decoded(part)])
        .collect();
    secrets.extend(url.split_once('#').map(|(_, fragment)| fragment.to_owned()));
    #[cfg(feature = "fetch")]
    if let Transport::Fetch(fetch) = &options.transport {
        let of_content = |name: &str| {
            name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("accept")
        };
        for (_, value) in fetch.headers.iter().filter(|(name, _)| !of_content(name)) {
            secrets.extend(value.split_whitespace().map(str::to_owned));
        }
    }
    #[cfg(not(feature = "fetch"))]
    let _ = options;
    secrets.retain(|secret| secret.len() >= SECRET);
    // One that is within another must not tear that apart.
    secrets.sort_unstable_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
    secrets.dedup();
    secrets
}

/// A word of a text, and where in it a URL may begin.
#[cfg(feature = "recording")]
fn url_in(word: &str) -> Option<usize> {
    match word.find("://") {
        Some(colon) => {
            let scheme = word[..colon].bytes().rev().take_while(u8::is_ascii_alphanumeric);
            Some(colon - scheme.count())
        }
        None => (word.contains('?') && word.contains('=')).then_some(0),
    }
}

/// What a part of a URL stands for.
#[cfg(feature = "recording")]
fn decoded(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = part.get(at + 1..at + 3).filter(|_| byte == b'%');
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(if byte == b'+' { b' ' } else { byte });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_url_stand_the_names_and_no_value() {
        for (url, expected) in [
            ("/events", "/events"),
            ("events?topics=quotes&token=s3cret", "events?topics=…&token=…"),
            (
                "https://ada:s3cret@example.org:8443/a/b?x=1#s3cret",
                "https://…@example.org:8443/a/b?x=…#…",
            ),
            ("//ada@example.org/a?s3cret", "//…@example.org/a?…"),
            ("https:ada:s3c@ret@example.org", "https:…@example.org"),
            ("https:\\\\ada:s3cret@example.org\\a@b", "https:\\\\…@example.org\\a@b"),
            (" ht\ntps:/\t/ada:s3cret@example.org", "https://…@example.org"),
            (" //ada:s3cret@example.org", "//…@example.org"),
            ("/mail/ada@example.org", "/mail/ada@example.org"),
            ("/a?=s3cret&&b=&c=d=s3cret", "/a?=…&&b=…&c=…"),
            ("/a?b=1#c?d=2@e", "/a?b=…#…"),
            ("?", "?"),
            ("#", "#…"),
            ("", ""),
        ] {
            assert_eq!(redact_url(url), expected, "{url}");
        }
    }

    #[cfg(feature = "recording")]
    #[test]
    fn a_text_loses_urls_secrets_and_those_of_the_subscription_wherever_they_stand() {
        let url = "https://ada:pass%2Fword@example.org/e?token=a%2Bb%3Dsecret&n=12#frag-ment";
        let redactor = Redactor::new(url, &Options::new());
        for (text, expected) in [
            (format!("can't fetch {url}"), "can't fetch https://…@example.org/e?token=…&n=…#…"),
            ("a+b=secret, a%2Bb%3Dsecret!".to_owned(), "…, …!"),
            ("ada has pass/word and frag-ment, 12 times".to_owned(), "ada has … and …, 12 times"),
            (
                "sent to (wss://u:p@other.example/?key=1) and \"/x?k=v\" at noon".to_owned(),
                "sent to (wss://…@other.example/?key=… and \"/x?k=…\" at noon",
            ),
            ("is 2 = 1 + 1? yes".to_owned(), "is 2 = 1 + 1? yes"),
        ] {
            assert_eq!(redactor.text(&text), expected);
        }
    }

    #[cfg(all(feature = "recording", feature = "fetch"))]
    #[test]
    fn the_values_of_headers_are_secrets() {
        let fetch = crate::Fetch::new()
            .header("Authorization", "Bearer s3cret")
            .header("Content-Type", "application/json");
        let redactor = Redactor::new("/events", &Options::new().fetch(fetch));
        let text = "s3cret is no Bearer token, application/json was sent";
        assert_eq!(redactor.text(text), "… is no … token, application/json was sent");
    }
}
