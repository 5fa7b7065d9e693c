//! The connection's states in words.

use std::time::Duration;

use sse_signals::{Cause, CloseReason, Error, PauseReason, Sharing, State};

use super::timeline::{End, Entry};
use crate::format;
use crate::i18n::text;

/// A name for style sheets and tests.
pub(super) const fn name(state: &State) -> &'static str {
    match state {
        State::Connecting { .. } => "connecting",
        State::Open => "open",
        State::Stale { .. } => "stale",
        State::Waiting { .. } => "waiting",
        State::Paused(PauseReason::Offline) => "offline",
        State::Paused(_) => "paused",
        State::Closed(_) => "closed",
        // `Idle`, and what a later version adds.
        _ => "idle",
    }
}

/// An SVG path on 16 × 16.
pub(super) const fn icon(state: &State) -> &'static str {
    match state {
        State::Connecting { .. } => "M8 2a6 6 0 1 0 6 6h-2a4 4 0 1 1-4-4z",
        State::Open => "M6.5 13 2 8.5 3.5 7l3 3 6-6L14 5.5z",
        State::Stale { .. } => "M7 2h2v8H7zm0 10h2v2H7z",
        State::Waiting { .. } => "M3 2h10v2L9 8l4 4v2H3v-2l4-4-4-4z",
        State::Paused(PauseReason::Offline) => {
            "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2m0 2a4 4 0 1 1 0 8 4 4 0 1 1 0-8M4.1 5.5l6.4 6.4 1.4-1.4-6.4-6.4z"
        }
        State::Paused(_) => "M4 2h3v12H4zm5 0h3v12H9z",
        State::Closed(_) => "m4 2.5 4 4 4-4L13.5 4l-4 4 4 4-1.5 1.5-4-4-4 4L2.5 12l4-4-4-4z",
        _ => "M3 7h10v2H3z",
    }
}

/// The state in a word or two.
pub(super) fn word(state: &State) -> &'static str {
    match state {
        State::Connecting { .. } => text!(shell.connecting),
        State::Open => text!(shell.open),
        State::Stale { .. } => text!(shell.stale),
        State::Waiting { .. } => text!(shell.waiting),
        State::Paused(PauseReason::Offline) => text!(shell.offline),
        State::Paused(_) => text!(shell.paused),
        State::Closed(CloseReason::Finished) => text!(shell.finished),
        State::Closed(CloseReason::GaveUp { .. }) => text!(shell.gave_up),
        State::Closed(_) => text!(shell.closed),
        _ => text!(shell.idle),
    }
}

/// Who holds the connection, among the browser's tabs.
pub(super) fn sharing(sharing: Sharing) -> &'static str {
    match sharing {
        Sharing::Leader => text!(shell.sharing_leader),
        Sharing::Follower => text!(shell.sharing_follower),
        Sharing::PageOnly(_) => text!(shell.sharing_page),
        _ => text!(shell.sharing_joining),
    }
}

/// The same in one word, which is not shown.
pub(super) const fn sharing_name(sharing: Sharing) -> &'static str {
    match sharing {
        Sharing::Leader => "leader",
        Sharing::Follower => "follower",
        Sharing::Page | Sharing::PageOnly(_) => "page",
        Sharing::Joining => "joining",
        _ => "alone",
    }
}

/// What there is to say besides the word, in little room; `in_state` is how long the state has stood, `cut_off` how
/// long no event could arrive, `rate` how many events come a second.
pub(super) fn brief(
    state: &State,
    in_state: Duration,
    cut_off: Duration,
    rate: Option<f64>,
) -> String {
    match state {
        State::Open => {
            let rate = rate.map_or_else(|| "–".to_owned(), format::one_decimal);
            text!(shell.per_second, rate = rate)
        }
        State::Connecting { attempt } => {
            text!(shell.attempt_so_far, attempt = attempt, time = whole(cut_off))
        }
        State::Stale { silent_for } => {
            text!(shell.silent_for, time = whole(silent_for.saturating_add(in_state)))
        }
        State::Waiting { attempt, retry_in, .. } => {
            let attempt = attempt.saturating_add(1);
            match retry_in {
                Some(wait) => {
                    let left = format::seconds(format::seconds_left(*wait, in_state));
                    text!(shell.attempt_in, attempt = attempt, time = left)
                }
                None => text!(shell.attempt_so_far, attempt = attempt, time = whole(cut_off)),
            }
        }
        State::Paused(PauseReason::Offline) => text!(shell.offline_for, time = whole(cut_off)),
        State::Paused(PauseReason::Hidden) => text!(shell.while_hidden).to_owned(),
        State::Closed(CloseReason::Refused(cause)) => describe(*cause),
        State::Closed(CloseReason::GaveUp { attempts }) => {
            text!(shell.attempts, attempts = attempts)
        }
        _ => String::new(),
    }
}

/// The state with what it tells besides, as it was entered.
pub(crate) fn in_full(state: &State) -> String {
    let word = word(state).to_owned();
    let more = match state {
        State::Waiting { attempt, retry_in, cause } => {
            let cause = describe(*cause);
            match retry_in {
                Some(wait) => {
                    let (attempt, time) =
                        (attempt.saturating_add(1), format::one_decimal(wait.as_secs_f64()));
                    let time = text!(shell.seconds, seconds = time);
                    format!("{cause} · {}", text!(shell.attempt_in, attempt = attempt, time = time))
                }
                None => cause,
            }
        }
        State::Connecting { attempt } if *attempt > 1 => text!(shell.attempt, attempt = attempt),
        State::Stale { .. } | State::Closed(_) => {
            brief(state, Duration::ZERO, Duration::ZERO, None)
        }
        _ => String::new(),
    };
    if more.is_empty() { word } else { format!("{word} · {more}") }
}

/// What happens next, as a sentence; empty if nothing needs to.
pub(crate) fn next_step(state: &State, in_state: Duration) -> String {
    match state {
        State::Connecting { attempt } => text!(shell.next_under_way, attempt = attempt),
        State::Waiting { attempt, retry_in, .. } => {
            let attempt = attempt.saturating_add(1);
            match retry_in {
                Some(wait) => {
                    let left = format::seconds(format::seconds_left(*wait, in_state));
                    text!(shell.next_in, attempt = attempt, time = left)
                }
                None => text!(shell.next_by_browser, attempt = attempt),
            }
        }
        State::Stale { .. } => text!(shell.next_when_silent).to_owned(),
        State::Paused(PauseReason::Offline) => text!(shell.next_online).to_owned(),
        State::Paused(PauseReason::Hidden) => text!(shell.next_seen).to_owned(),
        State::Closed(_) => text!(shell.next_never).to_owned(),
        _ => String::new(),
    }
}

/// What ended an attempt or a connection.
fn describe(cause: Cause) -> String {
    let words = match cause {
        Cause::Failed => text!(shell.cause_failed),
        Cause::Silent => text!(shell.cause_silent),
        Cause::Ended => text!(shell.cause_ended),
        Cause::Status(status) => return text!(shell.cause_status, status = status),
        Cause::ContentType => text!(shell.cause_content_type),
        Cause::TooLarge => text!(shell.cause_too_large),
        Cause::Headers => text!(shell.cause_headers),
        // `Lost`, and what a later version adds.
        _ => text!(shell.cause_lost),
    };
    words.to_owned()
}

fn describe_end(end: End) -> String {
    let words = match end {
        End::Cause(cause) | End::Closed(CloseReason::Refused(cause)) => return describe(cause),
        End::Replaced => text!(shell.end_replaced),
        End::Paused(PauseReason::Offline) => text!(shell.end_offline),
        End::Paused(PauseReason::Hidden) => text!(shell.end_hidden),
        End::Paused(_) => text!(shell.paused),
        End::Closed(CloseReason::Finished) => text!(shell.end_finished),
        End::Closed(CloseReason::GaveUp { .. }) => text!(shell.gave_up),
        End::Closed(_) => text!(shell.end_closed),
    };
    words.to_owned()
}

/// How a connection of the timeline stands or stood; `now` in milliseconds.
pub(super) fn stood(entry: &Entry, now: f64) -> String {
    let time = |from: f64, to: f64| {
        // The cast saturates.
        format::seconds(((to - from).max(0.0) / 1_000.0) as u64)
    };
    match (entry.opened, entry.ended) {
        (Some(opened), None) => text!(shell.stands, time = time(opened, now)),
        (Some(opened), Some((ended, _))) => text!(shell.stood, time = time(opened, ended)),
        (None, None) if entry.offline => text!(shell.not_yet, time = time(entry.began, now)),
        (None, None) => text!(shell.trying, time = time(entry.began, now)),
        (None, Some((ended, _))) => text!(shell.never_stood, time = time(entry.began, ended)),
    }
}

/// What it took to make a connection of the timeline, and what ended it.
pub(super) fn circumstances(entry: &Entry) -> String {
    let attempts = match (entry.attempts, entry.opened) {
        (0, _) => None,
        (1, _) => Some(text!(shell.attempts_one).to_owned()),
        (attempts, None) => Some(text!(shell.attempts, attempts = attempts)),
        (attempts, Some(opened)) => {
            let time = format::seconds(((opened - entry.began).max(0.0) / 1_000.0) as u64);
            Some(text!(shell.attempts_in, attempts = attempts, time = time))
        }
    };
    let end = match entry.ended {
        Some((_, end)) => Some(describe_end(end)),
        None if entry.offline => Some(text!(shell.end_offline).to_owned()),
        None if entry.opened.is_none() => entry.failure.map(describe),
        None => None,
    };
    match (attempts, end) {
        (Some(attempts), Some(end)) => format!("{attempts} · {end}"),
        (attempts, end) => attempts.or(end).unwrap_or_default(),
    }
}

/// The last thing that went wrong with an event or the page; none for what the badge tells anyway.
pub(crate) fn problem(error: &Error) -> Option<&'static str> {
    if error.is_unknown_event() {
        Some(text!(shell.problem_unknown))
    } else if error.is_malformed_data() {
        Some(text!(shell.problem_malformed))
    } else if error.is_invalid_url() {
        Some(text!(shell.problem_url))
    } else {
        None
    }
}

fn whole(time: Duration) -> String {
    format::seconds(time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{self, Locale};

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const fn waiting(retry_in: Option<Duration>) -> State {
        State::Waiting { attempt: 1, retry_in, cause: Cause::Lost }
    }

    const OFFLINE: State = State::Paused(PauseReason::Offline);
    const HIDDEN: State = State::Paused(PauseReason::Hidden);

    fn states() -> [State; 8] {
        [
            State::Idle,
            State::Connecting { attempt: 1 },
            State::Open,
            State::Stale { silent_for: s(1) },
            waiting(None),
            State::Paused(PauseReason::ByCaller),
            OFFLINE,
            State::Closed(CloseReason::ByCaller),
        ]
    }

    #[test]
    fn where_we_hold_the_timer_the_badge_counts_down() {
        let text = |passed| brief(&waiting(Some(s(5))), s(passed), s(60), None);
        assert_eq!(text(0), "attempt 2 in 5\u{a0}s");
        assert_eq!(text(4), "attempt 2 in 1\u{a0}s");
        assert_eq!(text(9), "attempt 2 in 0\u{a0}s");
    }

    #[test]
    fn where_the_browser_holds_it_the_badge_tells_how_long_so_far() {
        let text = brief(&waiting(None), s(1), s(61), None);
        assert_eq!(text, "attempt 2, 1\u{a0}min 1\u{a0}s so far");
    }

    #[test]
    fn in_full_a_state_tells_its_cause_and_when_it_goes_on() {
        assert_eq!(in_full(&waiting(None)), "Reconnecting · connection lost");
        let soon = waiting(Some(Duration::from_millis(1_540)));
        assert_eq!(in_full(&soon), "Reconnecting · connection lost · attempt 2 in 1.5\u{a0}s");
        let refused = State::Closed(CloseReason::Refused(Cause::Status(404)));
        assert_eq!(in_full(&refused), "Closed · status 404");
        assert_eq!(in_full(&State::Connecting { attempt: 2 }), "Connecting · attempt 2");
        assert_eq!([in_full(&State::Open), in_full(&OFFLINE)], ["Connected", "Offline"]);
    }

    #[test]
    fn silence_counts_from_the_last_event() {
        let text = brief(&State::Stale { silent_for: s(40) }, s(3), s(0), None);
        assert_eq!(text, "for 43\u{a0}s");
    }

    #[test]
    fn an_open_connection_tells_its_rate_once_there_is_one() {
        assert_eq!(brief(&State::Open, s(1), s(1), None), "– events/s");
        assert_eq!(brief(&State::Open, s(9), s(9), Some(5.25)), "5.2 events/s");
    }

    #[test]
    fn every_state_has_a_name_a_word_and_an_icon_of_its_own_in_each_language() {
        for locale in i18n::all() {
            i18n::set_locale(locale);
            for (position, one) in states().iter().enumerate() {
                for other in &states()[..position] {
                    assert_ne!(name(one), name(other));
                    assert_ne!(word(one), word(other));
                    assert_ne!(icon(one), icon(other));
                }
            }
        }
    }

    #[test]
    fn wherever_events_are_missing_the_page_says_what_happens_next() {
        for state in states() {
            let by_caller = State::Paused(PauseReason::ByCaller);
            let needed = !matches!(state, State::Idle | State::Open) && state != by_caller;
            assert_eq!(!next_step(&state, s(1)).is_empty(), needed, "{state}");
        }
    }

    #[test]
    fn a_pause_that_the_page_did_not_ask_for_says_why_and_when_it_goes_on() {
        assert_eq!(word(&OFFLINE), "Offline");
        assert_eq!(brief(&OFFLINE, s(3), s(63), None), "no connection for 1\u{a0}min 3\u{a0}s");
        assert_eq!(
            next_step(&OFFLINE, s(3)),
            "The page reconnects as soon as the browser is online."
        );
        assert_eq!(word(&HIDDEN), "Paused");
        assert_eq!(brief(&HIDDEN, s(3), s(3), None), "while nobody sees the page");
        assert_eq!(next_step(&HIDDEN, s(3)), "The page reconnects as soon as it is seen again.");
    }

    #[test]
    fn each_cause_and_each_end_has_words_of_its_own_in_each_language() {
        let causes = [
            Cause::Lost,
            Cause::Failed,
            Cause::Silent,
            Cause::Ended,
            Cause::Status(503),
            Cause::Status(404),
            Cause::ContentType,
            Cause::TooLarge,
            Cause::Headers,
        ];
        let reasons = [PauseReason::ByCaller, PauseReason::Hidden, PauseReason::Offline];
        let ends: Vec<End> =
            causes.map(End::Cause).into_iter().chain(reasons.map(End::Paused)).collect();
        for locale in i18n::all() {
            i18n::set_locale(locale);
            for (position, end) in ends.iter().enumerate() {
                for other in &ends[..position] {
                    assert_ne!(describe_end(*end), describe_end(*other));
                }
            }
        }
    }

    #[test]
    fn a_refusal_tells_the_status() {
        let refused = State::Closed(CloseReason::Refused(Cause::Status(404)));
        assert_eq!(brief(&refused, s(1), s(1), None), "status 404");
        i18n::set_locale(Locale::zh);
        assert_eq!(brief(&refused, s(1), s(1), None), "状态码 404");
    }

    #[test]
    fn the_timeline_tells_how_long_a_connection_stood_what_it_took_and_what_ended_it() {
        let entry = Entry {
            key: 1,
            began: 0.0,
            offset: 0.0,
            attempts: 1,
            failure: None,
            offline: false,
            opened: Some(500.0),
            ended: Some((65_900.0, End::Cause(Cause::Lost))),
        };
        assert_eq!(stood(&entry, 99_000.0), "Connected for 1\u{a0}min 5\u{a0}s");
        assert_eq!(circumstances(&entry), "1 attempt · connection lost");

        let open = Entry { attempts: 3, opened: Some(12_000.0), ended: None, ..entry };
        assert_eq!(stood(&open, 15_000.0), "Connected, 3\u{a0}s so far");
        assert_eq!(circumstances(&open), "3 attempts in 12\u{a0}s");

        let trying = Entry { attempts: 2, failure: Some(Cause::Failed), opened: None, ..open };
        assert_eq!(stood(&trying, 15_000.0), "Trying, 15\u{a0}s so far");
        assert_eq!(circumstances(&trying), "2 attempts · connection failed");

        let offline = Entry { offline: true, ..trying };
        assert_eq!(stood(&offline, 15_000.0), "Not connected, 15\u{a0}s so far");
        assert_eq!(circumstances(&offline), "2 attempts · browser offline");

        let just_cut = Entry { attempts: 0, failure: None, ..trying };
        assert_eq!(circumstances(&just_cut), "");
    }
}
