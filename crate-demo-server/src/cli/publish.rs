//! The options that say how much may be published.

use std::net::IpAddr;

use clap::Args;

use super::number_within;

/// How often one address may publish.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Access")]
pub struct PublishRate {
    /// Events a second that one address may publish in the long run, a task that it starts being one, from 0.001 to 10000, or 0 for no limit; addresses of
    /// one IPv6 network (/64) count as one
    #[arg(
        long,
        value_name = "EVENTS",
        default_value = "10",
        env = "SSE_SIGNALS_PUBLISH_RATE",
        value_parser = publish_rate
    )]
    pub publish_rate: f64,

    /// Events that it may publish at once, if it has published less before, from 1 to 10000
    #[arg(
        long,
        value_name = "EVENTS",
        default_value = "50",
        env = "SSE_SIGNALS_PUBLISH_BURST",
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    pub publish_burst: u32,

    /// The address of a proxy whose `X-Forwarded-For` says who publishes; can be repeated, or separated by commas. Of any
    /// other the address counts that the connection comes from
    #[arg(long, value_name = "ADDRESS", env = "SSE_SIGNALS_TRUSTED_PROXY", value_delimiter = ',')]
    pub trusted_proxy: Vec<IpAddr>,
}

fn publish_rate(text: &str) -> Result<f64, String> {
    if text == "0" {
        Ok(0.0)
    } else {
        number_within(text, 0.001, 10_000.0, "events a second, or 0")
    }
}
