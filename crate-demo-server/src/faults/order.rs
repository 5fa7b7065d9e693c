//! What a query orders.

use std::num::{NonZeroU32, NonZeroU64};

use serde::{Deserialize, Deserializer, de};

const MAX_KEY_BYTES: usize = 100;
/// Bytes.
const MAX_CHUNK: usize = 64 * 1024;
/// Bytes of an ordered body, and of a line.
const MAX_DIGITS: usize = 8 * 1024 * 1024;
const MAX_COMMENTS: u32 = 1_000_000;
const MAX_NUMBERS: u32 = 1_000_000;
const MAX_PER_SECOND: u32 = 100_000;
/// Milliseconds.
const MAX_PAUSE: u64 = 10_000;
/// Milliseconds: an hour.
const MAX_COMMENT_EVERY: u64 = 3_600_000;
/// Seconds: a year.
const MAX_RETRY_AFTER: u64 = 31_536_000;

/// The parameters, as the table in [`faults`](super) has them.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Order {
    pub(super) fault: Option<Kind>,
    pub(super) code: Option<u16>,
    pub(super) body: Option<usize>,
    pub(super) body_open: Option<Switch>,
    pub(super) retry_after: Option<RetryAfter>,
    pub(super) after: Option<u64>,

    pub(super) comments: Option<NonZeroU32>,
    pub(super) bad_utf8: Option<Switch>,
    pub(super) big_line: Option<usize>,
    pub(super) numbers: Option<NonZeroU32>,
    pub(super) per_second: Option<NonZeroU32>,

    pub(super) key: Option<String>,
    times: Option<u64>,
    from: Option<NonZeroU64>,

    redirect: Option<Target>,
    redirect_code: Option<u16>,
    redirect_times: Option<u64>,
    redirect_from: Option<NonZeroU64>,

    pub(super) newline: Option<Newline>,
    pub(super) bom: Option<Switch>,
    /// Bytes.
    pub(super) chunk: Option<usize>,
    /// Milliseconds.
    pub(super) trickle: Option<u64>,
    pub(super) gzip: Option<Switch>,
    /// Milliseconds.
    pub(super) retry: Option<u64>,
    pub(super) no_ping: Option<Switch>,
    /// Milliseconds.
    pub(super) comment_every: Option<NonZeroU64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Status,
    Type,
    Close,
    Cut,
    CutInside,
    End,
    Stall,
    Manual,
}

/// Something that is off if it is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Switch {
    #[serde(rename = "1")]
    On,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetryAfter {
    Seconds(u64),
    /// Seconds from now.
    Date(i64),
    Nonsense,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Newline {
    Cr,
    Crlf,
    #[default]
    Lf,
}

/// Where a redirect leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Target {
    Same,
    Other,
}

/// A redirect that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Redirect {
    pub(super) target: Target,
    pub(super) code: Option<u16>,
}

impl Order {
    /// Whether `fault` and what is inserted happen to the request of this number, from 1.
    pub(super) fn happens(&self, number: u64) -> bool {
        is_within(number, self.from, self.times)
    }

    /// The redirect of the request of this number, from 1.
    pub(super) fn redirect(&self, number: u64) -> Option<Redirect> {
        let target = self.redirect?;
        is_within(number, self.redirect_from, self.redirect_times)
            .then_some(Redirect { target, code: self.redirect_code })
    }

    /// Finds what does not go together, or beyond its limits.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        self.check_fault()?;
        self.check_counts()?;
        self.check_redirect()?;
        self.check_stream()
    }

    fn check_fault(&self) -> Result<(), &'static str> {
        let is_status = self.fault == Some(Kind::Status);
        if self.code.is_some() && !is_status {
            return Err("`code` goes with `fault` status; that of a redirect is `redirect-code`.");
        }
        if self.body.is_some() && !is_status {
            return Err("`body` goes with `fault` status.");
        }
        if self.body_open.is_some() && self.body.is_none() {
            return Err("`body-open` goes with `body`.");
        }
        if self.retry_after.is_some() && !is_status {
            return Err("`retry-after` goes with `fault` status.");
        }
        if self.code.is_some_and(|code| !(200..=599).contains(&code)) {
            return Err("`code` is a final HTTP status, from 200 to 599.");
        }
        if self.body.is_some() && matches!(self.code, Some(204 | 205 | 304)) {
            return Err("`body` can't be: status 204, 205 and 304 have none.");
        }
        if self.body.is_some_and(|bytes| bytes > MAX_DIGITS) {
            return Err("`body` is a number of bytes from 0 to 8388608.");
        }
        let takes_after =
            matches!(self.fault, Some(Kind::Cut | Kind::CutInside | Kind::End | Kind::Stall));
        if self.after.is_some() && !takes_after {
            return Err("`after` goes with `fault` cut, cut-inside, end or stall.");
        }
        if self.fault == Some(Kind::Manual) && self.key.is_none() {
            return Err("`fault` manual needs a `key` to post to.");
        }
        Ok(())
    }

    fn check_counts(&self) -> Result<(), &'static str> {
        if self.key.as_deref().is_some_and(|key| key.is_empty() || key.len() > MAX_KEY_BYTES) {
            return Err("`key` is a text of 1 to 100 bytes.");
        }
        let happens = self.fault.is_some() || self.inserts();
        if self.counts() && (self.key.is_none() || !happens) {
            return Err(
                "`times` and `from` count the requests of a `key` that get a `fault`, or `comments`, `bad-utf8`, \
                 `big-line` or `numbers`; they need both. A redirect has `redirect-times` and `redirect-from`.",
            );
        }
        Ok(())
    }

    fn check_redirect(&self) -> Result<(), &'static str> {
        let counts = self.redirect_times.is_some() || self.redirect_from.is_some();
        if self.redirect.is_none() && (counts || self.redirect_code.is_some()) {
            return Err(
                "`redirect-code`, `redirect-times` and `redirect-from` go with `redirect`.",
            );
        }
        if counts && self.key.is_none() {
            return Err(
                "`redirect-times` and `redirect-from` count the requests of a `key`; they need one.",
            );
        }
        if self.redirect_code.is_some_and(|code| !matches!(code, 301 | 302 | 303 | 307 | 308)) {
            return Err("`redirect-code` is 301, 302, 303, 307 or 308.");
        }
        Ok(())
    }

    fn check_stream(&self) -> Result<(), &'static str> {
        let is_answer = matches!(self.fault, Some(Kind::Status | Kind::Type));
        if is_answer && self.inserts() {
            return Err(
                "`comments`, `bad-utf8`, `big-line` and `numbers` are written into a stream, and `fault` status \
                        or type has none.",
            );
        }
        let is_dressed = self.newline.is_some()
            || self.bom.is_some()
            || self.chunk.is_some()
            || self.trickle.is_some()
            || self.gzip.is_some()
            || self.no_ping.is_some()
            || self.comment_every.is_some();
        if is_answer && is_dressed && !self.counts() {
            return Err(
                "`newline`, `bom`, `chunk`, `trickle`, `gzip`, `no-ping` and `comment-every` are of a \
                        stream, and there never is one: `fault` status or type needs `times` or `from` then.",
            );
        }
        if matches!(self.fault, Some(Kind::Manual | Kind::Close))
            && self.no_ping.is_some()
            && !self.counts()
        {
            return Err(
                "`no-ping` has nothing to leave out: `fault` manual or close has no pings.",
            );
        }
        if self.fault == Some(Kind::Close) && self.comment_every.is_some() && !self.counts() {
            return Err(
                "`comment-every` has no time to write any: `fault` close ends the stream at once.",
            );
        }
        if self.comments.is_some_and(|comments| comments.get() > MAX_COMMENTS) {
            return Err("`comments` is a number of lines from 1 to 1000000.");
        }
        if self.big_line.is_some_and(|bytes| !(1..=MAX_DIGITS).contains(&bytes)) {
            return Err("`big-line` is a number of bytes from 1 to 8388608.");
        }
        if self.numbers.is_some_and(|numbers| numbers.get() > MAX_NUMBERS) {
            return Err("`numbers` is a number of events from 1 to 1000000.");
        }
        if self.per_second.is_some() && self.numbers.is_none() {
            return Err("`per-second` goes with `numbers`.");
        }
        if self.per_second.is_some_and(|events| events.get() > MAX_PER_SECOND) {
            return Err("`per-second` is a number of events from 1 to 100000.");
        }
        if self.chunk.is_some_and(|bytes| !(1..=MAX_CHUNK).contains(&bytes)) {
            return Err("`chunk` is a number of bytes from 1 to 65536.");
        }
        if self.trickle.is_some_and(|pause| pause > MAX_PAUSE) {
            return Err("`trickle` is a number of milliseconds from 0 to 10000.");
        }
        if self.comment_every.is_some_and(|every| every.get() > MAX_COMMENT_EVERY) {
            return Err("`comment-every` is a number of milliseconds from 1 to 3600000.");
        }
        Ok(())
    }

    const fn counts(&self) -> bool {
        self.times.is_some() || self.from.is_some()
    }

    const fn inserts(&self) -> bool {
        self.comments.is_some()
            || self.bad_utf8.is_some()
            || self.big_line.is_some()
            || self.numbers.is_some()
    }
}

fn is_within(number: u64, from: Option<NonZeroU64>, times: Option<u64>) -> bool {
    let earlier = from.map_or(0, |from| from.get() - 1);
    number > earlier && times.is_none_or(|times| number - earlier <= times)
}

impl<'de> Deserialize<'de> for RetryAfter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "nonsense" {
            return Ok(Self::Nonsense);
        }
        let parsed = match text.strip_prefix("date:") {
            Some(seconds) => seconds
                .parse()
                .ok()
                .filter(|seconds: &i64| seconds.unsigned_abs() <= MAX_RETRY_AFTER)
                .map(Self::Date),
            None => {
                text.parse().ok().filter(|seconds| *seconds <= MAX_RETRY_AFTER).map(Self::Seconds)
            }
        };
        parsed.ok_or_else(|| {
            de::Error::custom(
                "seconds from 0 to 31536000 are expected, or date: and seconds from -31536000 to 31536000, or \
                 nonsense",
            )
        })
    }
}
