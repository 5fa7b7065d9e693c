//! Messages as strings, and strings that are none.

use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;

use super::super::codec::{decode, encode};
use super::super::message::{Coverage, Welcome, Word};
use super::super::*;
use crate::{Cause, CloseReason, Gap, PauseReason, State};

fn text() -> BoxedStrategy<Rc<str>> {
    // Digits and commas, which numbers are made of, and what takes several bytes.
    prop_oneof![Just(String::new()), "[0-9,a-z é你\n]{0,12}", any::<String>()]
        .prop_map(Rc::from)
        .boxed()
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![0..3_u64, 0..u64::MAX / 2]
}

fn duration() -> impl Strategy<Value = Duration> {
    (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(secs, nanos)| Duration::new(secs, nanos))
}

fn cause() -> impl Strategy<Value = Cause> {
    prop_oneof![
        prop::sample::select(vec![
            Cause::Lost,
            Cause::Failed,
            Cause::Silent,
            Cause::Ended,
            Cause::ContentType,
            Cause::TooLarge,
            Cause::Headers,
        ]),
        any::<u16>().prop_map(Cause::Status),
    ]
}

fn state() -> BoxedStrategy<State> {
    prop_oneof![
        prop::sample::select(vec![
            State::Idle,
            State::Open,
            State::Paused(PauseReason::ByCaller),
            State::Paused(PauseReason::Hidden),
            State::Paused(PauseReason::Offline),
            State::Closed(CloseReason::ByCaller),
            State::Closed(CloseReason::Finished),
        ]),
        any::<u32>().prop_map(|attempt| State::Connecting { attempt }),
        duration().prop_map(|silent_for| State::Stale { silent_for }),
        (any::<u32>(), prop::option::of(duration()), cause())
            .prop_map(|(attempt, retry_in, cause)| State::Waiting { attempt, retry_in, cause }),
        cause().prop_map(|cause| State::Closed(CloseReason::Refused(cause))),
        any::<u32>().prop_map(|attempts| State::Closed(CloseReason::GaveUp { attempts })),
    ]
    .boxed()
}

fn term() -> BoxedStrategy<Term> {
    (count(), any::<u64>()).prop_map(|(number, tab)| Term { number, tab }).boxed()
}

fn mark() -> BoxedStrategy<Mark> {
    (text(), count()).prop_map(|(id, times)| Mark { id, times }).boxed()
}

fn position() -> BoxedStrategy<Option<Position>> {
    let position =
        (term(), count(), mark(), any::<bool>()).prop_map(|(term, seq, mark, was_open)| Position {
            label: Label { term, seq },
            mark,
            was_open,
        });
    prop::option::of(position).boxed()
}

fn item() -> BoxedStrategy<Relayed> {
    prop_oneof![
        (text(), text(), text()).prop_map(|(name, id, data)| Relayed::Event(RelayedEvent {
            name,
            id,
            data
        })),
        text().prop_map(Relayed::Id),
        Just(Relayed::Gap(Gap::Resync)),
        Just(Relayed::Gap(Gap::Unconfirmed)),
        any::<u64>().prop_map(Relayed::Lagged),
        text().prop_map(Relayed::Oversized),
    ]
    .boxed()
}

fn items() -> impl Strategy<Value = Vec<Relayed>> {
    prop::collection::vec(item(), 0..5)
}

fn names() -> impl Strategy<Value = Vec<Rc<str>>> {
    prop::collection::vec(text(), 0..4)
}

fn told() -> BoxedStrategy<Told> {
    (state(), prop::option::of(text()), prop::option::of(text()))
        .prop_map(|(state, detail, response_url)| Told { state, detail, response_url })
        .boxed()
}

fn welcome() -> BoxedStrategy<Welcome> {
    let coverage = prop::sample::select(vec![
        Coverage::Latest,
        Coverage::SincePosition,
        Coverage::SinceStart,
        Coverage::Nothing,
    ]);
    let place = (any::<u64>(), count(), count(), mark(), position());
    let rest = (told(), any::<bool>(), any::<bool>(), coverage, count(), items(), names());
    (place, rest)
        .prop_map(|((to, asked, seq, mark, after), rest)| {
            let (told, hidden, was_open, coverage, older, items, names) = rest;
            Welcome {
                to,
                asked,
                seq,
                mark,
                after,
                told,
                hidden,
                was_open,
                coverage,
                older,
                items,
                names,
            }
        })
        .boxed()
}

fn word() -> BoxedStrategy<Word> {
    prop_oneof![
        (position(), any::<bool>(), names()).prop_map(|(after, hidden, names)| Word::Start {
            after,
            hidden,
            names
        }),
        welcome().prop_map(|welcome| Word::Welcome(Box::new(welcome))),
        (count(), items()).prop_map(|(first, items)| Word::Items { first, items }),
        told().prop_map(Word::Told),
        any::<bool>().prop_map(Word::Hidden),
        (count(), any::<bool>()).prop_map(|(seq, hidden)| Word::Pong { seq, hidden }),
        (any::<u64>(), count()).prop_map(|(to, seq)| Word::Yield { to, seq }),
    ]
    .boxed()
}

fn message() -> BoxedStrategy<Message> {
    prop_oneof![
        8 => (term(), word()).prop_map(|(term, word)| Message::FromLeader(term, word)),
        2 => (any::<u64>(), count(), term(), position(), names()).prop_map(
            |(tab, asked, known, position, names)| Message::Hello {
                tab,
                asked,
                known,
                position,
                names
            }
        ),
        1 => names().prop_map(Message::Names),
        1 => Just(Message::Ping),
        1 => any::<u64>().prop_map(|tab| Message::TakeOver { tab }),
        1 => Just(Message::Reconnect),
    ]
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_is_read_as_it_was_written(message in message()) {
        prop_assert_eq!(decode(&encode(&message)), Ok(message));
    }

    #[test]
    fn what_is_cut_off_or_goes_on_is_an_error(message in message(), at in any::<prop::sample::Index>()) {
        let text = encode(&message);
        let cut: String = text.chars().take(at.index(text.chars().count())).collect();
        prop_assert!(decode(&cut).is_err());
        prop_assert!(decode(&(text + "x")).is_err());
    }

    #[test]
    fn any_text_is_read_without_a_panic_and_so_is_a_message_with_a_fault(
        any in any::<String>(),
        message in message(),
        at in any::<prop::sample::Index>(),
        fault in any::<char>(),
    ) {
        let _ = decode(&any);
        let mut chars: Vec<_> = encode(&message).chars().collect();
        let index = at.index(chars.len());
        chars[index] = fault;
        let _ = decode(&chars.into_iter().collect::<String>());
    }

    /// A page of the same origin may say what it likes.
    #[test]
    fn no_message_makes_the_machine_panic(messages in prop::collection::vec(message(), 1..30)) {
        let mut machine = Tabs::new(1, true, Late::Latest, vec![], None);
        machine.join(Duration::ZERO);
        for message in messages {
            machine.on_message(message, &Latest::default(), Duration::from_secs(1));
            while machine.poll_action().is_some() {}
        }
    }
}

#[test]
fn a_count_that_is_larger_than_its_text_reserves_no_memory() {
    assert!(decode("n18446744073709551615,").is_err());
    assert!(decode("p").is_ok() && decode("").is_err());
}
