//! How much clients may take.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::Args;

use super::number_within;

/// Of connections and of time.
#[derive(Clone, Copy, Debug, Args)]
pub struct Limits {
    /// Event streams open at a time, from 1 to 1000000; one more is answered with 503 and a Retry-After
    #[arg(
        long,
        value_name = "STREAMS",
        default_value = "10000",
        env = "SSE_SIGNALS_MAX_STREAMS",
        value_parser = streams
    )]
    pub max_streams: NonZeroU32,

    /// Connections open at a time, whatever they ask for, from 2 to 1000000 and more than --max-streams; one more waits
    /// until another is closed. Each is an open file: see `ulimit -n`
    #[arg(
        long,
        value_name = "CONNECTIONS",
        default_value = "12000",
        env = "SSE_SIGNALS_MAX_CONNECTIONS",
        value_parser = connections
    )]
    pub max_connections: NonZeroU32,

    /// Seconds that a client may take to send the head of a request, and as many for its body, or be silent between
    /// two, from 0.1 to 3600; then the connection is closed
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "30",
        env = "SSE_SIGNALS_REQUEST_TIMEOUT",
        value_parser = timeout
    )]
    pub request_timeout: Duration,

    /// Seconds for which a client may take nothing of what there is to write, from 0.1 to 3600; then the connection is
    /// closed. A client that is still there comes back, and goes on where it was
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "60",
        env = "SSE_SIGNALS_WRITE_TIMEOUT",
        value_parser = timeout
    )]
    pub write_timeout: Duration,
}

/// Far below the most that a semaphore counts.
const MOST: u32 = 1_000_000;

impl Limits {
    /// Checks them together.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.max_connections <= self.max_streams {
            return Err(format!(
                "--max-connections {} leaves no connection besides {} streams to answer on; raise it above \
                 --max-streams, or lower that",
                self.max_connections, self.max_streams
            ));
        }
        Ok(())
    }
}

fn streams(text: &str) -> Result<NonZeroU32, String> {
    count(text, 1, "streams")
}

fn connections(text: &str) -> Result<NonZeroU32, String> {
    count(text, 2, "connections")
}

fn count(text: &str, least: u32, of: &str) -> Result<NonZeroU32, String> {
    match text.parse::<NonZeroU32>() {
        Ok(number) if (least..=MOST).contains(&number.get()) => Ok(number),
        _ => Err(format!("it must be a number of {of} from {least} to {MOST}")),
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    number_within(text, 0.1, 3_600.0, "seconds").map(Duration::from_secs_f64)
}
