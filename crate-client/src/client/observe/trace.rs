//! Messages by the crate `tracing`: state, cause, generation, attempt, delay. Never an event's data or ID, nor what a
//! server said; of the URL neither user info, values of the query nor the fragment.

use std::time::Duration;

use tracing::{debug, error, info, warn};

use super::Generation;
use crate::{CloseReason, Gap, State};

const TARGET: &str = "sse_signals";

pub(super) fn state(url: &str, state: &State, generation: Generation) {
    match state {
        State::Connecting { attempt } => {
            debug!(target: TARGET, url, generation, attempt, "connecting");
        }
        State::Open => info!(target: TARGET, url, generation, "open"),
        State::Stale { silent_for } => {
            let silent_for_ms = milliseconds(*silent_for);
            warn!(target: TARGET, url, generation, silent_for_ms, "stale");
        }
        State::Waiting { attempt, retry_in, cause } => {
            // None where the browser does not say.
            let retry_in_ms = retry_in.map(milliseconds);
            warn!(target: TARGET, url, generation, attempt, retry_in_ms, %cause, "waiting");
        }
        State::Paused(reason) => info!(target: TARGET, url, generation, ?reason, "paused"),
        State::Closed(reason @ (CloseReason::ByCaller | CloseReason::Finished)) => {
            info!(target: TARGET, url, generation, ?reason, "closed");
        }
        State::Closed(CloseReason::Refused(cause)) => {
            error!(target: TARGET, url, generation, %cause, "refused");
        }
        State::Closed(CloseReason::GaveUp { attempts }) => {
            error!(target: TARGET, url, generation, attempts, "gave up");
        }
        State::Idle => debug!(target: TARGET, url, "idle"),
    }
}

pub(super) fn gap(url: &str, gap: Gap) {
    warn!(target: TARGET, url, reason = ?gap, "events may be missing");
}

pub(super) fn lagged(url: &str, items: u64) {
    warn!(target: TARGET, url, items, "dropped for want of room");
}

pub(super) fn malformed(url: &str, name: &str) {
    warn!(target: TARGET, url, name, "malformed event");
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
