//! What subscriptions must have in common to share a connection.

use std::time::Duration;

use crate::options::Transport;
use crate::options::share::Share;
use crate::protocol::tabs::VERSION;
use crate::{OnClosed, Options, Resume, WhenHidden};

/// Everything that shapes a connection, as one text. It holds what the URL and the headers hold: it stays in this page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key(String);

impl Key {
    pub(super) fn of(url: &str, options: &Options, share: &Share) -> Self {
        let mut key = Self(String::new());
        key.text(url);
        match share {
            Share::Page => key.number(0),
            Share::Browser(version) => {
                key.number(VERSION.into());
                key.text(version);
            }
        }
        key.number(options.late as u64);
        key.number(options.with_credentials.into());
        key.transport(&options.transport);
        match &options.resume {
            Resume::Header => key.number(0),
            Resume::Query(name) => key.text(name),
        }
        let retry = &options.retry;
        for duration in [retry.base, retry.cap, retry.floor, retry.stable_after] {
            key.duration(Some(duration));
        }
        key.number(retry.limit.map_or(0, |limit| u64::from(limit) + 1));
        key.number((options.on_closed == OnClosed::Stop).into());
        key.duration(options.stale_after);
        key.duration(options.reconnect_after);
        key.duration(match options.when_hidden {
            WhenHidden::Keep => None,
            WhenHidden::ReleaseAfter(delay) => Some(delay),
        });
        key.number(options.follow_network.into());
        for name in [&options.heartbeat_event, &options.resync_event, &options.end_event] {
            key.text(name.as_deref().unwrap_or_default());
        }
        key
    }

    /// The name under which tabs meet: nothing of the URL or a token can be read from it.
    pub(super) fn name(&self) -> String {
        let [high, low] = [0xcbf2_9ce4_8422_2325, 0x9ae1_6a3b_2f90_404f].map(|basis| {
            // FNV-1a, with its own basis and another.
            self.0.bytes().fold(basis, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            })
        });
        format!("sse-signals/{high:016x}{low:016x}")
    }

    fn number(&mut self, number: u64) {
        self.0.push_str(&number.to_string());
        self.0.push(',');
    }

    /// With its length in front, so that two of them can't be taken for two others.
    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.push_str(text);
    }

    fn duration(&mut self, duration: Option<Duration>) {
        match duration {
            Some(duration) => {
                self.number(duration.as_secs());
                self.number(duration.subsec_nanos().into());
            }
            None => self.0.push('-'),
        }
    }

    fn transport(&mut self, transport: &Transport) {
        match transport {
            Transport::Native => self.0.push('n'),
            #[cfg(feature = "fetch")]
            Transport::Fetch(fetch) => {
                self.0.push('f');
                self.text(&fetch.method);
                self.number(fetch.headers.len() as u64);
                for (name, value) in &fetch.headers {
                    self.text(name);
                    self.text(value);
                }
                self.number(fetch.body.as_ref().map_or(0, |body| body.len() as u64 + 1));
                fetch
                    .body
                    .iter()
                    .flat_map(|body| body.iter())
                    .for_each(|byte| self.number((*byte).into()));
                self.number(fetch.credentials.map_or(0, |credentials| credentials as u64 + 1));
                self.number(fetch.on_end as u64);
                let limits = fetch.limits;
                for limit in [limits.line, limits.event] {
                    self.number(limit as u64);
                }
                self.number(limits.on_overflow as u64);
            }
        }
    }
}
