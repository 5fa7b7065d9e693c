//! The options that say who may do what.

use std::fmt;
use std::path::PathBuf;

use axum::http::HeaderValue;
use clap::Args;

use crate::access::authority::Authority;

/// Who may do what.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Access")]
pub struct AccessOptions {
    /// A name that the server answers to, such as `example.org` or `example.org:8080`, besides loopback names and where it
    /// listens; can be repeated, or separated by commas. Without a port, any
    #[arg(
        long,
        value_name = "HOST",
        env = "SSE_SIGNALS_ALLOW_HOST",
        value_delimiter = ',',
        value_parser = allowed_host
    )]
    pub allow_host: Vec<AllowedHost>,

    /// An origin whose pages may read the stream and publish, such as `https://example.org`, or * for all; can be
    /// repeated, or separated by commas. Browsers may keep the answer to a preflight for 7200 seconds
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "SSE_SIGNALS_ALLOW_ORIGIN",
        value_delimiter = ',',
        value_parser = allowed_origin
    )]
    pub allow_origin: Vec<AllowedOrigin>,

    /// Let those origins' pages send cookies (`withCredentials`); not together with --allow-origin *
    #[arg(long, env = "SSE_SIGNALS_ALLOW_CREDENTIALS")]
    pub allow_credentials: bool,

    /// A token that lets read, in the query as `token`, in the header as `Authorization: Bearer`, or in a cookie `token`; can
    /// be repeated. Other users of this machine can see it (`ps`), but not a file's. Where there is any token, nobody may do what none of theirs lets them
    #[arg(
        long,
        value_name = "TOKEN",
        env = "SSE_SIGNALS_TOKEN",
        hide_env_values = true,
        value_parser = token
    )]
    pub token: Vec<Token>,

    /// A token that lets publish and steer as well as read; can be repeated
    #[arg(
        long,
        value_name = "TOKEN",
        env = "SSE_SIGNALS_PUBLISH_TOKEN",
        hide_env_values = true,
        value_parser = token
    )]
    pub publish_token: Vec<Token>,

    /// A file of further tokens: lines `read TOKEN` and `publish TOKEN`, and comments that begin with #
    #[arg(long, value_name = "FILE", env = "SSE_SIGNALS_TOKEN_FILE")]
    pub token_file: Option<PathBuf>,
}

/// A name that the server answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost(pub(crate) Authority);

/// Whose pages may read the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigin {
    /// Everyone's.
    Any,
    /// Those of this origin.
    Origin(HeaderValue),
}

/// A secret that readers must know. Its `Debug` does not tell.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl AccessOptions {
    /// Checks what only shows in several options together.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.allow_credentials && self.allow_origin.contains(&AllowedOrigin::Any) {
            return Err("--allow-credentials can't be used with --allow-origin *: any website could then read \
                        the stream as its visitor, and browsers refuse the combination; name each origin with \
                        --allow-origin"
                .to_owned());
        }
        if self.allow_credentials && self.allow_origin.is_empty() {
            return Err(
                "--allow-credentials does nothing without an origin; name one with --allow-origin"
                    .to_owned(),
            );
        }
        Ok(())
    }
}

impl Token {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<&str> for Token {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

fn allowed_host(text: &str) -> Result<AllowedHost, String> {
    Authority::parse(text).map(AllowedHost).ok_or_else(|| {
        "a host is a name or an address and maybe a port, without a scheme or a path: example.org:8080"
            .to_owned()
    })
}

fn allowed_origin(text: &str) -> Result<AllowedOrigin, String> {
    if text == "*" {
        return Ok(AllowedOrigin::Any);
    }
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_origin = host.is_some_and(|host| {
        !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@*\\".contains(&byte))
    });
    // Browsers send the origin in lower case.
    match HeaderValue::try_from(text.to_ascii_lowercase()) {
        Ok(origin) if is_origin => Ok(AllowedOrigin::Origin(origin)),
        _ => Err(
            "an origin is a scheme, a host and maybe a port, without a path: https://example.org"
                .into(),
        ),
    }
}

/// Refuses nothing but an empty one: clap repeats in its message what is refused.
fn token(text: &str) -> Result<Token, String> {
    if text.is_empty() {
        return Err("an empty token would let everyone in; leave the flag out for that".to_owned());
    }
    Ok(Token::from(text))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Options;

    #[test]
    fn an_origin_has_a_scheme_and_no_path() {
        for sound in ["*", "https://example.org", "http://127.0.0.1:8080", "http://[::1]:80"] {
            assert!(allowed_origin(sound).is_ok(), "{sound}");
        }
        for unsound in
            ["", "example.org", "https://", "https://example.org/", "ftp://x", "https://*.org"]
        {
            assert!(allowed_origin(unsound).is_err(), "{unsound}");
        }
    }

    #[test]
    fn the_token_does_not_show_in_debug_output() {
        let flags = ["server", "--token", "secret-word", "--publish-token", "secret-too"];
        assert!(!format!("{:?}", Options::parse_from(flags)).contains("secret"));
    }
}
