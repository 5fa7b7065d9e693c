//! What a subscription sees, told to its recorders and to `tracing`. Without both features this is nothing.

use std::marker::PhantomData;

use super::Platform;
use crate::event::LastEventId;
#[cfg(feature = "recording")]
use crate::recording::{Now, Recorder};
#[cfg(any(feature = "recording", feature = "tracing"))]
use crate::redact::Redactor;
#[cfg(feature = "recording")]
use crate::{Cause, CloseReason};
use crate::{Gap, Item, Malformed, Options, State};

#[cfg(feature = "tracing")]
mod trace;

/// Told at once of everything, in order. While it is told, nothing of the subscription is borrowed: a recorder's
/// redaction is a program's own code.
pub(super) struct Observer<P> {
    #[cfg(feature = "recording")]
    recorders: Vec<Recorder>,
    #[cfg(any(feature = "recording", feature = "tracing"))]
    redactor: Redactor,
    platform: PhantomData<fn(&P)>,
}

/// Which connection, of those that a subscription has one after the other; 0 for one that has none of its own.
pub(super) type Generation = u64;

#[cfg_attr(
    not(feature = "recording"),
    expect(unused_variables, clippy::unused_self, reason = "nobody is there to be told")
)]
#[cfg_attr(
    all(feature = "recording", not(feature = "tracing")),
    expect(unused_variables, reason = "a recording does not tell connections apart")
)]
impl<P: Platform> Observer<P> {
    /// `is_subscriber` says whether what comes is for a subscriber, and not for several of them to be handed on to.
    pub(super) fn new(url: &str, options: &Options, is_subscriber: bool) -> Self {
        Self {
            #[cfg(feature = "recording")]
            recorders: if is_subscriber { options.recorders.clone() } else { Vec::new() },
            #[cfg(any(feature = "recording", feature = "tracing"))]
            redactor: Redactor::new(url, options),
            platform: PhantomData,
        }
    }

    pub(super) fn opened(&self, platform: &P) {
        #[cfg(feature = "recording")]
        self.record(platform, |recorder, now| recorder.opened(now, self.redactor.url()));
    }

    pub(super) fn state(
        &self,
        platform: &P,
        state: &State,
        detail: Option<&str>,
        generation: Generation,
    ) {
        #[cfg(feature = "tracing")]
        trace::state(self.redactor.url(), state, generation);
        #[cfg(feature = "recording")]
        self.record(platform, |recorder, now| {
            let detail = detail.filter(|_| keeps_detail(state));
            recorder.state(now, state, detail.map(|detail| self.redactor.text(detail)));
        });
    }

    /// As it came, those that are for us alone included.
    pub(super) fn event(&self, platform: &P, name: &str, id: &LastEventId, data: &str) {
        #[cfg(feature = "recording")]
        self.record(platform, |recorder, now| recorder.event(now, name, id.as_str(), data));
    }

    pub(super) fn gap(&self, platform: &P, gap: Gap) {
        #[cfg(feature = "tracing")]
        trace::gap(self.redactor.url(), gap);
        #[cfg(feature = "recording")]
        self.record(platform, |recorder, now| recorder.gap(now, gap));
    }

    /// What is handed to the subscriber: that it lags shows only then.
    pub(super) fn handed_out<T>(&self, platform: &P, item: &Item<T>) {
        if let Item::Lagged(items) = item {
            #[cfg(feature = "tracing")]
            trace::lagged(self.redactor.url(), *items);
            #[cfg(feature = "recording")]
            self.record(platform, |recorder, now| recorder.lagged(now, *items));
        }
    }

    pub(super) fn malformed(&self, platform: &P, malformed: &Malformed) {
        #[cfg(feature = "tracing")]
        trace::malformed(self.redactor.url(), &malformed.name);
        #[cfg(feature = "recording")]
        self.record(platform, |recorder, now| {
            recorder.malformed(now, &malformed.name, &malformed.error.to_string());
        });
    }

    /// Looks at the clocks only for a recorder.
    #[cfg(feature = "recording")]
    fn record(&self, platform: &P, tell: impl Fn(&Recorder, Now)) {
        if self.recorders.is_empty() {
            return;
        }
        let now = Now { monotonic: platform.now(), wall: platform.wall() };
        self.recorders.iter().for_each(|recorder| tell(recorder, now));
    }
}

/// Whether what was said of a failure may be recorded: a server may repeat a token in the body of its answer, and a
/// program in its reason for having none.
#[cfg(feature = "recording")]
fn keeps_detail(state: &State) -> bool {
    match state {
        State::Waiting { cause, .. } | State::Closed(CloseReason::Refused(cause)) => {
            !matches!(cause, Cause::Status(_) | Cause::Headers)
        }
        // There is none.
        _ => false,
    }
}
