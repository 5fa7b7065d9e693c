//! A message as one string, which takes one crossing to JavaScript: numbers end with a comma, texts begin with their length
//! in bytes.

use std::rc::Rc;
use std::time::Duration;

use super::backlog::Mark;
use super::message::{
    Coverage, Label, Message, Position, Relayed, RelayedEvent, Term, Told, Welcome, Word,
};
use crate::{Cause, CloseReason, Gap, PauseReason, State};

/// The name of what follows: grows whenever that changes, so that tabs of different versions do not meet.
pub(crate) const VERSION: u32 = 2;

/// A message that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

pub(crate) fn encode(message: &Message) -> String {
    let mut out = Writer(String::new());
    match message {
        Message::FromLeader(term, word) => {
            out.word_kind(word);
            out.term(*term);
            out.word(word);
        }
        Message::Hello { tab, asked, known, position, names } => {
            out.0.push('h');
            out.number(*tab);
            out.number(*asked);
            out.term(*known);
            out.position(position.as_ref());
            out.names(names);
        }
        Message::Names(names) => {
            out.0.push('n');
            out.names(names);
        }
        Message::Ping => out.0.push('p'),
        Message::TakeOver { tab } => {
            out.0.push('t');
            out.number(*tab);
        }
        Message::Reconnect => out.0.push('r'),
    }
    out.0
}

pub(crate) fn decode(text: &str) -> Result<Message, Malformed> {
    let mut reader = Reader(text);
    let kind = reader.kind()?;
    let message = match kind {
        'h' => Message::Hello {
            tab: reader.number()?,
            asked: reader.count()?,
            known: reader.term()?,
            position: reader.position()?,
            names: reader.names()?,
        },
        'n' => Message::Names(reader.names()?),
        'p' => Message::Ping,
        't' => Message::TakeOver { tab: reader.number()? },
        'r' => Message::Reconnect,
        _ => {
            let term = reader.term()?;
            Message::FromLeader(term, reader.word(kind)?)
        }
    };
    if reader.0.is_empty() { Ok(message) } else { Err(Malformed) }
}

struct Writer(String);

impl Writer {
    fn number(&mut self, number: u64) {
        self.0.push_str(&number.to_string());
        self.0.push(',');
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(if flag { '1' } else { '0' });
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.push_str(text);
    }

    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn duration(&mut self, duration: Duration) {
        self.number(duration.as_secs());
        self.number(duration.subsec_nanos().into());
    }

    fn term(&mut self, term: Term) {
        self.number(term.number);
        self.number(term.tab);
    }

    fn mark(&mut self, mark: &Mark) {
        self.text(&mark.id);
        self.number(mark.times);
    }

    fn position(&mut self, position: Option<&Position>) {
        self.option(position, |out, position| {
            out.term(position.label.term);
            out.number(position.label.seq);
            out.mark(&position.mark);
            out.flag(position.was_open);
        });
    }

    fn names(&mut self, names: &[Rc<str>]) {
        self.number(names.len() as u64);
        names.iter().for_each(|name| self.text(name));
    }

    fn items(&mut self, items: &[Relayed]) {
        self.number(items.len() as u64);
        for item in items {
            match item {
                Relayed::Event(event) => {
                    self.0.push('e');
                    self.text(&event.name);
                    self.text(&event.id);
                    self.text(&event.data);
                }
                Relayed::Id(id) => {
                    self.0.push('i');
                    self.text(id);
                }
                Relayed::Gap(Gap::Resync) => self.0.push('r'),
                Relayed::Gap(Gap::Unconfirmed) => self.0.push('u'),
                Relayed::Lagged(count) => {
                    self.0.push('l');
                    self.number(*count);
                }
                Relayed::Oversized(reason) => {
                    self.0.push('o');
                    self.text(reason);
                }
            }
        }
    }

    fn told(&mut self, told: &Told) {
        self.state(&told.state);
        self.option(told.detail.as_deref(), Self::text);
        self.option(told.response_url.as_deref(), Self::text);
    }

    fn state(&mut self, state: &State) {
        match state {
            State::Idle => self.0.push('i'),
            State::Connecting { attempt } => {
                self.0.push('c');
                self.number((*attempt).into());
            }
            State::Open => self.0.push('o'),
            State::Stale { silent_for } => {
                self.0.push('s');
                self.duration(*silent_for);
            }
            State::Waiting { attempt, retry_in, cause } => {
                self.0.push('w');
                self.number((*attempt).into());
                self.option(*retry_in, Self::duration);
                self.cause(*cause);
            }
            State::Paused(PauseReason::ByCaller) => self.0.push('p'),
            State::Paused(PauseReason::Hidden) => self.0.push('h'),
            State::Paused(PauseReason::Offline) => self.0.push('n'),
            State::Closed(CloseReason::ByCaller) => self.0.push('d'),
            State::Closed(CloseReason::Finished) => self.0.push('f'),
            State::Closed(CloseReason::Refused(cause)) => {
                self.0.push('r');
                self.cause(*cause);
            }
            State::Closed(CloseReason::GaveUp { attempts }) => {
                self.0.push('g');
                self.number((*attempts).into());
            }
        }
    }

    fn cause(&mut self, cause: Cause) {
        self.0.push(match cause {
            Cause::Lost => 'l',
            Cause::Failed => 'f',
            Cause::Silent => 's',
            Cause::Ended => 'e',
            Cause::ContentType => 'c',
            Cause::TooLarge => 't',
            Cause::Headers => 'h',
            Cause::Status(status) => {
                self.0.push('n');
                return self.number(status.into());
            }
        });
    }

    fn word_kind(&mut self, word: &Word) {
        self.0.push(match word {
            Word::Start { .. } => 'S',
            Word::Welcome(_) => 'W',
            Word::Items { .. } => 'I',
            Word::Told(_) => 'T',
            Word::Hidden(_) => 'H',
            Word::Pong { .. } => 'P',
            Word::Yield { .. } => 'Y',
        });
    }

    fn word(&mut self, word: &Word) {
        match word {
            Word::Start { after, hidden, names } => {
                self.position(after.as_ref());
                self.flag(*hidden);
                self.names(names);
            }
            Word::Welcome(welcome) => self.welcome(welcome),
            Word::Items { first, items } => {
                self.number(*first);
                self.items(items);
            }
            Word::Told(told) => self.told(told),
            Word::Hidden(hidden) => self.flag(*hidden),
            Word::Pong { seq, hidden } => {
                self.number(*seq);
                self.flag(*hidden);
            }
            Word::Yield { to, seq } => {
                self.number(*to);
                self.number(*seq);
            }
        }
    }

    fn welcome(&mut self, welcome: &Welcome) {
        self.number(welcome.to);
        self.number(welcome.asked);
        self.number(welcome.seq);
        self.mark(&welcome.mark);
        self.position(welcome.after.as_ref());
        self.told(&welcome.told);
        self.flag(welcome.hidden);
        self.flag(welcome.was_open);
        self.0.push(match welcome.coverage {
            Coverage::Latest => 'l',
            Coverage::SincePosition => 'p',
            Coverage::SinceStart => 's',
            Coverage::Nothing => 'n',
        });
        self.number(welcome.older);
        self.items(&welcome.items);
        self.names(&welcome.names);
    }
}

/// What is left to read.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn kind(&mut self) -> Result<char, Malformed> {
        let mut chars = self.0.chars();
        let kind = chars.next().ok_or(Malformed)?;
        self.0 = chars.as_str();
        Ok(kind)
    }

    fn number<N: std::str::FromStr>(&mut self) -> Result<N, Malformed> {
        let (number, rest) = self.0.split_once(',').ok_or(Malformed)?;
        if !number.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(Malformed);
        }
        self.0 = rest;
        number.parse().map_err(|_| Malformed)
    }

    /// Of what is counted: there is always a next one.
    fn count(&mut self) -> Result<u64, Malformed> {
        self.number()
            .and_then(|count| if count < u64::MAX / 2 { Ok(count) } else { Err(Malformed) })
    }

    fn flag(&mut self) -> Result<bool, Malformed> {
        match self.kind()? {
            '0' => Ok(false),
            '1' => Ok(true),
            _ => Err(Malformed),
        }
    }

    fn text(&mut self) -> Result<&'a str, Malformed> {
        let length = self.number()?;
        // None inside of a character too.
        let (text, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(text)
    }

    fn shared(&mut self) -> Result<Rc<str>, Malformed> {
        self.text().map(Rc::from)
    }

    fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        if self.flag()? { read(self).map(Some) } else { Ok(None) }
    }

    /// The count is not believed: each one takes at least a byte.
    fn list<T>(
        &mut self,
        read: impl Fn(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let count: usize = self.number()?;
        if count > self.0.len() {
            return Err(Malformed);
        }
        (0..count).map(|_| read(self)).collect()
    }

    fn duration(&mut self) -> Result<Duration, Malformed> {
        let (seconds, nanoseconds) = (self.number()?, self.number()?);
        if nanoseconds >= 1_000_000_000 {
            return Err(Malformed);
        }
        Ok(Duration::new(seconds, nanoseconds))
    }

    fn term(&mut self) -> Result<Term, Malformed> {
        Ok(Term { number: self.count()?, tab: self.number()? })
    }

    fn mark(&mut self) -> Result<Mark, Malformed> {
        Ok(Mark { id: self.shared()?, times: self.count()? })
    }

    fn position(&mut self) -> Result<Option<Position>, Malformed> {
        self.option(|reader| {
            let label = Label { term: reader.term()?, seq: reader.count()? };
            Ok(Position { label, mark: reader.mark()?, was_open: reader.flag()? })
        })
    }

    fn names(&mut self) -> Result<Vec<Rc<str>>, Malformed> {
        self.list(Self::shared)
    }

    fn items(&mut self) -> Result<Vec<Relayed>, Malformed> {
        self.list(|reader| {
            Ok(match reader.kind()? {
                'e' => Relayed::Event(RelayedEvent {
                    name: reader.shared()?,
                    id: reader.shared()?,
                    data: reader.shared()?,
                }),
                'i' => Relayed::Id(reader.shared()?),
                'r' => Relayed::Gap(Gap::Resync),
                'u' => Relayed::Gap(Gap::Unconfirmed),
                'l' => Relayed::Lagged(reader.number()?),
                'o' => Relayed::Oversized(reader.shared()?),
                _ => return Err(Malformed),
            })
        })
    }

    fn told(&mut self) -> Result<Told, Malformed> {
        Ok(Told {
            state: self.state()?,
            detail: self.option(Self::shared)?,
            response_url: self.option(Self::shared)?,
        })
    }

    fn state(&mut self) -> Result<State, Malformed> {
        Ok(match self.kind()? {
            'i' => State::Idle,
            'c' => State::Connecting { attempt: self.number()? },
            'o' => State::Open,
            's' => State::Stale { silent_for: self.duration()? },
            'w' => State::Waiting {
                attempt: self.number()?,
                retry_in: self.option(Self::duration)?,
                cause: self.cause()?,
            },
            'p' => State::Paused(PauseReason::ByCaller),
            'h' => State::Paused(PauseReason::Hidden),
            'n' => State::Paused(PauseReason::Offline),
            'd' => State::Closed(CloseReason::ByCaller),
            'f' => State::Closed(CloseReason::Finished),
            'r' => State::Closed(CloseReason::Refused(self.cause()?)),
            'g' => State::Closed(CloseReason::GaveUp { attempts: self.number()? }),
            _ => return Err(Malformed),
        })
    }

    fn cause(&mut self) -> Result<Cause, Malformed> {
        Ok(match self.kind()? {
            'l' => Cause::Lost,
            'f' => Cause::Failed,
            's' => Cause::Silent,
            'e' => Cause::Ended,
            'c' => Cause::ContentType,
            't' => Cause::TooLarge,
            'h' => Cause::Headers,
            'n' => Cause::Status(self.number()?),
            _ => return Err(Malformed),
        })
    }

    fn word(&mut self, kind: char) -> Result<Word, Malformed> {
        Ok(match kind {
            'S' => {
                Word::Start { after: self.position()?, hidden: self.flag()?, names: self.names()? }
            }
            'W' => Word::Welcome(Box::new(self.welcome()?)),
            'I' => Word::Items { first: self.count()?, items: self.items()? },
            'T' => Word::Told(self.told()?),
            'H' => Word::Hidden(self.flag()?),
            'P' => Word::Pong { seq: self.count()?, hidden: self.flag()? },
            'Y' => Word::Yield { to: self.number()?, seq: self.count()? },
            _ => return Err(Malformed),
        })
    }

    fn welcome(&mut self) -> Result<Welcome, Malformed> {
        Ok(Welcome {
            to: self.number()?,
            asked: self.count()?,
            seq: self.count()?,
            mark: self.mark()?,
            after: self.position()?,
            told: self.told()?,
            hidden: self.flag()?,
            was_open: self.flag()?,
            coverage: match self.kind()? {
                'l' => Coverage::Latest,
                'p' => Coverage::SincePosition,
                's' => Coverage::SinceStart,
                'n' => Coverage::Nothing,
                _ => return Err(Malformed),
            },
            older: self.count()?,
            items: self.items()?,
            names: self.names()?,
        })
    }
}
