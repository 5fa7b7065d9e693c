//! The command line.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderValue;
use clap::Parser;

/// Events. A day's events are appended at once: a ring without room for them would lose some before any reader
/// could see them.
const LEAST_RING: usize = 64;
/// Events: about 1.2 GB.
const MOST_RING: usize = 4_194_304;

/// Streams real quotes and headlines as Server-Sent Events.
///
/// Daily prices of 2000 to 2013 are replayed in a loop; the headlines are computed from them. The first line on
/// standard output is the server's address; the log goes to standard error (`RUST_LOG` sets how much,
/// default "info").
#[derive(Clone, Debug, Parser)]
#[command(name = "sse-signals-demo-server", version)]
pub struct Options {
    /// Where to listen; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080",
        env = "SSE_SIGNALS_LISTEN"
    )]
    pub listen: SocketAddr,

    /// A folder with a built single-page app, served at /; unknown paths without a file extension get its
    /// index.html
    #[arg(long, value_name = "DIR", env = "SSE_SIGNALS_APP")]
    pub app: Option<PathBuf>,

    /// Trading days replayed a second, from 0.001 to 10000
    #[arg(long, value_name = "DAYS", default_value = "2", env = "SSE_SIGNALS_SPEED", value_parser = speed)]
    pub speed: f64,

    /// Trading days that are in the log from the start, up to 10000, so that a page isn't empty at first
    #[arg(
        long,
        value_name = "DAYS",
        default_value = "300",
        env = "SSE_SIGNALS_HISTORY",
        value_parser = clap::value_parser!(u16).range(..=10_000)
    )]
    pub history: u16,

    /// Seconds between two `ping` events on each stream, whether or not other events flow; from 0.001 to 86400
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "15",
        env = "SSE_SIGNALS_HEARTBEAT",
        value_parser = heartbeat
    )]
    pub heartbeat: Duration,

    /// The reconnection time that the server asks for, in milliseconds, up to 3600000
    #[arg(
        long,
        value_name = "MILLISECONDS",
        default_value = "2000",
        env = "SSE_SIGNALS_RETRY",
        value_parser = clap::value_parser!(u64).range(..=3_600_000)
    )]
    pub retry: u64,

    /// How many events are kept for readers that come back, from 64 to 4194304; about 300 bytes of memory each
    #[arg(long, value_name = "EVENTS", default_value = "65536", env = "SSE_SIGNALS_RING", value_parser = ring)]
    pub ring: NonZeroUsize,

    /// An origin whose pages may read the stream, such as `https://example.org`, or * for all; can be
    /// repeated, or separated by commas
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

    /// Ask for this token, in the query as `token` or in the header as `Authorization: Bearer`
    #[arg(
        long,
        value_name = "TOKEN",
        env = "SSE_SIGNALS_TOKEN",
        hide_env_values = true,
        value_parser = token
    )]
    pub token: Option<Token>,

    /// For tests: let clients order faults with /events?fault=KIND, where KIND is status, type, close, cut,
    /// cut-inside, end, stall or manual, and control them at /faults
    #[arg(long, env = "SSE_SIGNALS_FAULTS")]
    pub faults: bool,
}

/// Whose pages may read the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigin {
    /// Everyone's.
    Any,
    /// Those of this origin.
    Origin(HeaderValue),
}

/// The secret that readers must know. Its `Debug` does not tell.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Options {
    /// Checks what only shows in several options together.
    ///
    /// # Errors
    ///
    /// What is wrong, and what to do.
    pub fn check(&self) -> Result<(), String> {
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
        if let Some(app) = &self.app
            && !app.join("index.html").is_file()
        {
            let app = app.display();
            return Err(format!(
                "--app {app}: there is no index.html; name the folder of a built app"
            ));
        }
        Ok(())
    }
}

impl Token {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

fn speed(text: &str) -> Result<f64, String> {
    number_within(text, 0.001, 10_000.0, "trading days a second")
}

fn heartbeat(text: &str) -> Result<Duration, String> {
    number_within(text, 0.001, 86_400.0, "seconds").map(Duration::from_secs_f64)
}

fn number_within(text: &str, least: f64, most: f64, unit: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("it must be a number of {unit} from {least} to {most}")),
    }
}

fn ring(text: &str) -> Result<NonZeroUsize, String> {
    match text.parse::<NonZeroUsize>() {
        Ok(events) if (LEAST_RING..=MOST_RING).contains(&events.get()) => Ok(events),
        _ => Err(format!("it must be a number of events from {LEAST_RING} to {MOST_RING}")),
    }
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

fn token(text: &str) -> Result<Token, String> {
    if text.is_empty() {
        return Err("an empty token would let everyone in; leave --token out for that".to_owned());
    }
    Ok(Token(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::market::{Replay, read_prices};

    #[test]
    fn the_command_line_is_sound() {
        Options::command().debug_assert();
    }

    #[test]
    fn every_flag_has_an_environment_variable() {
        for argument in Options::command().get_arguments() {
            let expected =
                format!("SSE_SIGNALS_{}", argument.get_id().as_str().to_ascii_uppercase());
            assert_eq!(argument.get_env().and_then(|name| name.to_str()), Some(expected.as_str()));
        }
    }

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
    fn numbers_out_of_range_are_refused_with_the_range() {
        for unsound in ["0", "-1", "NaN", "inf", "10001", "fast"] {
            let message = speed(unsound).expect_err(unsound);
            assert!(message.contains("from 0.001 to 10000"), "{message}");
        }
        for unsound in ["0", "63", "4194305"] {
            let message = ring(unsound).expect_err(unsound);
            assert!(message.contains("from 64 to 4194304"), "{message}");
        }
        assert!(ring("64").is_ok());
        assert!(heartbeat("0").is_err());
    }

    #[test]
    fn the_smallest_ring_holds_each_trading_day() {
        let mut replay = Replay::new(&read_prices().expect("the shipped prices are sound"));
        for _ in 0..replay.len() {
            let events = replay.next_day().len();
            assert!((1..=LEAST_RING).contains(&events), "{events}");
        }
    }

    #[test]
    fn the_token_does_not_show_in_debug_output() {
        let options = Options::parse_from(["server", "--token", "secret-word"]);
        assert!(!format!("{options:?}").contains("secret-word"));
    }
}
