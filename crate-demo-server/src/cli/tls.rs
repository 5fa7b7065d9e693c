//! The options of HTTPS.

use std::path::PathBuf;

use clap::Args;

/// HTTPS in place of HTTP, by HTTP/2 where the client can.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "TLS")]
pub struct TlsOptions {
    /// Answer by HTTPS alone, with this certificate: PEM, the server's own first, then those that vouch for it. It is read at
    /// the start; with --tls-key
    #[arg(long, value_name = "FILE", env = "SSE_SIGNALS_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,

    /// The private key of --tls-cert: PEM, without a passphrase
    #[arg(long, value_name = "FILE", env = "SSE_SIGNALS_TLS_KEY")]
    pub tls_key: Option<PathBuf>,

    /// Answer by HTTPS alone, with a certificate made at the start, valid for a year, for `localhost`, `127.0.0.1`, `::1` and the
    /// names of --allow-host; browsers warn of it
    #[arg(long, env = "SSE_SIGNALS_TLS_SELF_SIGNED")]
    pub tls_self_signed: bool,
}

impl TlsOptions {
    /// Checks what only shows in several options together.
    pub(super) fn check(&self) -> Result<(), String> {
        let wrong = match (&self.tls_cert, &self.tls_key) {
            (Some(_), None) => {
                "--tls-cert is of no use without its private key; name that file with --tls-key"
            }
            (None, Some(_)) => {
                "--tls-key is of no use without its certificate; name that file with --tls-cert"
            }
            (Some(_), Some(_)) if self.tls_self_signed => {
                "--tls-self-signed makes a certificate, and --tls-cert brings one; leave one of them out"
            }
            _ => return Ok(()),
        };
        Err(wrong.to_owned())
    }
}
