//! The command line.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

mod access;
mod limits;
mod logs;
mod publish;
#[cfg(feature = "tls")]
mod tls;

pub use access::{AccessOptions, AllowedHost, AllowedOrigin, Token};
pub use limits::Limits;
pub use logs::{LogOptions, Restart};
pub use publish::PublishRate;
#[cfg(feature = "tls")]
pub use tls::TlsOptions;

/// Events. A day's events are appended at once: a ring without room for them would lose some before any reader
/// could see them.
const LEAST_RING: usize = 64;
/// Events: about 1.2 GB.
const MOST_RING: usize = 4_194_304;

/// Room for a day's events.
const LEAST_RING_BYTES: usize = 65_536;
const MOST_RING_BYTES: usize = 4_294_967_296;

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

    /// Days of weather replayed a second, from 0.001 to 10000, or 0 for none
    #[arg(long, value_name = "DAYS", default_value = "1", env = "SSE_SIGNALS_WEATHER", value_parser = weather)]
    pub weather: f64,

    /// Seconds between two events of topic `metrics`, from 0.2 to 86400, or 0 for none
    #[arg(long, value_name = "SECONDS", default_value = "2", env = "SSE_SIGNALS_METRICS", value_parser = metrics)]
    pub metrics: Duration,

    /// What fills topic `logs`.
    #[command(flatten)]
    pub logs: LogOptions,

    /// Trading days, and as many of weather, that are in the log from the start, up to 10000, so that a page isn't empty at first
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

    /// How many bytes of events are kept for them at most, from 65536 to 4294967296
    #[arg(
        long,
        value_name = "BYTES",
        default_value = "67108864",
        env = "SSE_SIGNALS_RING_BYTES",
        value_parser = ring_bytes
    )]
    pub ring_bytes: NonZeroUsize,

    /// How the log on standard error is written
    #[arg(long, value_name = "FORMAT", default_value = "text", env = "SSE_SIGNALS_LOG_FORMAT")]
    pub log_format: LogFormat,

    /// How much clients may take.
    #[command(flatten)]
    pub limits: Limits,

    /// Answer by gzip or zstd where the client asks for it, as all browsers do, event streams too: fewer bytes, for 0.3 MiB of
    /// memory and an encoder's time a stream, which no longer leaves by the way without copies
    #[cfg(feature = "compression")]
    #[arg(long, env = "SSE_SIGNALS_COMPRESS")]
    pub compress: bool,

    /// For tests: let clients order faults with /events?fault=KIND, where KIND is status, type, close, cut,
    /// cut-inside, end, stall or manual; with redirect=same or other; and by how the stream is written: comments,
    /// bad-utf8, big-line, numbers, per-second, newline, bom, chunk, trickle, gzip, retry, no-ping, comment-every. They are
    /// controlled at /faults, and /events takes POST too
    #[arg(long, env = "SSE_SIGNALS_FAULTS")]
    pub faults: bool,

    /// Who may do what.
    #[command(flatten)]
    pub access: AccessOptions,

    /// How often one address may publish.
    #[command(flatten)]
    pub publish: PublishRate,

    /// HTTPS.
    #[cfg(feature = "tls")]
    #[command(flatten)]
    pub tls: TlsOptions,
}

/// How the log on standard error is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// A JSON object a line
    Json,
}

impl Options {
    /// Checks what only shows in several options together.
    ///
    /// # Errors
    ///
    /// What is wrong, and what to do.
    pub fn check(&self) -> Result<(), String> {
        self.access.check()?;
        self.limits.check()?;
        #[cfg(feature = "tls")]
        self.tls.check()?;
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

fn speed(text: &str) -> Result<f64, String> {
    number_within(text, 0.001, 10_000.0, "trading days a second")
}

fn weather(text: &str) -> Result<f64, String> {
    if text == "0" { Ok(0.0) } else { number_within(text, 0.001, 10_000.0, "days a second, or 0") }
}

fn metrics(text: &str) -> Result<Duration, String> {
    let seconds =
        if text == "0" { 0.0 } else { number_within(text, 0.2, 86_400.0, "seconds, or 0")? };
    Ok(Duration::from_secs_f64(seconds))
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

fn ring_bytes(text: &str) -> Result<NonZeroUsize, String> {
    match text.parse::<NonZeroUsize>() {
        Ok(bytes) if (LEAST_RING_BYTES..=MOST_RING_BYTES).contains(&bytes.get()) => Ok(bytes),
        _ => Err(format!(
            "it must be a number of bytes from {LEAST_RING_BYTES} to {MOST_RING_BYTES}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::market::{read_prices, replay};

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
        let mut replay = replay(&read_prices().expect("the shipped prices are sound"));
        for _ in 0..replay.len() {
            let events = replay.next_day().len();
            assert!((1..=LEAST_RING).contains(&events), "{events}");
        }
    }
}
