//! The wire contract: how a type's serde shape maps to events, and back.
//!
//! There is no macro and no trait to implement. What a type does first when it is deserialized decides:
//!
//! | `T`                       | events                                                   | data                                                                     |
//! | ------------------------- | -------------------------------------------------------- | ------------------------------------------------------------------------ |
//! | an externally tagged enum | one a variant; its serde name is the event's name        | newtype: its content; struct, tuple: JSON; unit: ignored, sent empty     |
//! | a string                  | `message`, which is what an event without a name is      | raw text                                                                 |
//! | anything else             | `message`                                                | JSON                                                                     |
//!
//! "A string" is a type that reads with `deserialize_str` or `deserialize_string`: `String`, a
//! `#[serde(transparent)]` struct around one, and types that read from text, such as [`std::net::IpAddr`]. The
//! content of a newtype variant follows the same rule: a string is raw text, anything else (an enum too) is JSON.
//! So is an enum with `#[serde(tag = "…")]`: its tag is in the data.
//! A plain newtype struct is not a string, even around one:
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use sse_signals::schema;
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! #[serde(rename_all = "lowercase")]
//! enum Feed {
//!     Note(String),
//!     Text(Text),
//!     Title(Title),
//!     Quote { symbol: String, cents: u32 },
//!     Range(u32, u32),
//!     Close,
//! }
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! #[serde(transparent)]
//! struct Text(String);
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Title(String);
//!
//! for (event, name, data) in [
//!     (Feed::Note("hi".into()), "note", "hi"),
//!     (Feed::Text(Text("hi".into())), "text", "hi"),
//!     (Feed::Title(Title("hi".into())), "title", r#""hi""#),
//!     (Feed::Quote { symbol: "IBM".into(), cents: 18_710 }, "quote", r#"{"symbol":"IBM","cents":18710}"#),
//!     (Feed::Range(1, 2), "range", "[1,2]"),
//!     (Feed::Close, "close", ""),
//! ] {
//!     let encoded = schema::encode(&event)?;
//!     assert_eq!((encoded.name.as_deref(), &*encoded.data), (Some(name), data));
//!     assert_eq!(schema::decode::<Feed>(name, data)?, event);
//! }
//! # Ok::<(), sse_signals::Error>(())
//! ```
//!
//! Some enums look like event enums and are not: see [`lint`].

mod decode;
mod encode;
mod json;
mod lint;
mod probe;

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::error::Kind;
use decode::{DecodeError, EventDeserializer};
#[cfg(feature = "recording")]
pub(crate) use json::read as read_json;
use probe::Shape;

/// The event type of an event that names none.
const MESSAGE: &str = "message";

/// An event's name and data, ready to be sent; made by [`encode`], or by hand for an event that no type stands
/// for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Encoded {
    /// The `event` field; `None` leaves it out, and the event arrives as `message`.
    pub name: Option<Cow<'static, str>>,
    /// The value of the `data` field, its lines divided by LF.
    pub data: String,
}

/// Reads an event of type `T`.
///
/// `name` is the event's type as dispatched; an empty one counts as `message`. Aliases and renames work as in
/// any other format. A variant renamed `message` takes the events without a name, and
/// [`#[serde(other)]`](https://serde.rs/variant-attrs.html#other) takes every name that no variant has, as far as
/// the transport sees such events: a browser's `EventSource` delivers only the [names](event_names) listened to.
///
/// ```
/// # use serde::Deserialize;
/// # use sse_signals::schema;
/// #[derive(Debug, PartialEq, Deserialize)]
/// enum Feed {
///     #[serde(rename = "message")]
///     Chat(String),
///     #[serde(rename = "price", alias = "quote")]
///     Price(u32),
///     #[serde(other)]
///     Unknown,
/// }
///
/// assert_eq!(schema::decode::<Feed>("", "a: 1\n")?, Feed::Chat("a: 1\n".into()));
/// assert_eq!(schema::decode::<Feed>("quote", "187")?, Feed::Price(187));
/// assert_eq!(schema::decode::<Feed>("volume", "12")?, Feed::Unknown);
///
/// // A type that is no event enum is all the stream has.
/// assert_eq!(schema::decode::<String>("", "")?, "");
/// assert_eq!(schema::decode::<Vec<u32>>("message", "[1, 2]")?, [1, 2]);
/// # Ok::<(), sse_signals::Error>(())
/// ```
///
/// # JSON
///
/// A [JSON text](https://www.rfc-editor.org/rfc/rfc8259) is read as `serde_json` reads it, by a smaller reader of
/// our own. Integers are exact; an `f64` is the nearest to the number that is written, to the last
/// bit, and an `f32` the nearest to that `f64`. Arrays and objects stand inside each other to a depth of
/// 127; what no field takes is skipped at any depth. Not supported: `serde_json`'s `RawValue`, and its
/// `arbitrary_precision`. A `String` variant takes an event's data as it is.
///
/// ```
/// # use std::collections::BTreeMap;
/// # use sse_signals::schema;
/// assert_eq!(schema::decode::<f64>("message", "0.1e-5")?.to_bits(), 0.1e-5_f64.to_bits());
/// // Keys that are no strings stand in quotes.
/// let by_id: BTreeMap<u64, (char, Option<i8>)> =
///     schema::decode("message", r#"{"7": ["\u00e9", -1], "8": ["\ud83e\udd80", null]}"#)?;
/// assert_eq!(by_id[&7], ('é', Some(-1)));
/// assert_eq!(by_id[&8], ('🦀', None));
/// # Ok::<(), sse_signals::Error>(())
/// ```
///
/// # Errors
///
/// [`is_unknown_event`](Error::is_unknown_event): no variant has that name, or `T` is no event enum and the name is
/// not `message`. [`is_malformed_data`](Error::is_malformed_data): the data does not fit; the error says where, in
/// JSON by line and column (in bytes).
///
/// ```
/// # use serde::Deserialize;
/// # use sse_signals::schema;
/// #[derive(Debug, Deserialize)]
/// enum Feed {
///     Quote { cents: u32 },
/// }
///
/// let error = schema::decode::<Feed>("quote", "{}").unwrap_err();
/// assert!(error.is_unknown_event(), "names are case-sensitive");
///
/// let error = schema::decode::<Feed>("Quote", r#"{"cents": "18"}"#).unwrap_err();
/// assert!(error.is_malformed_data());
/// assert!(error.to_string().ends_with("expected u32 at line 1 column 14"), "{error}");
/// ```
pub fn decode<T: DeserializeOwned>(name: &str, data: &str) -> Result<T, Error> {
    let name = if name.is_empty() { MESSAGE } else { name };
    T::deserialize(EventDeserializer::new(name, data)).map_err(|error| {
        let name = name.to_owned();
        Error::from(match error {
            DecodeError::UnknownEvent => Kind::UnknownEvent { name, known: event_names::<T>() },
            DecodeError::Malformed(error) => {
                Kind::MalformedData { name, reason: error.describe(data) }
            }
        })
    })
}

/// Writes an event, so that [`decode`] reads it back as the same value.
///
/// Whether content is raw text or JSON is asked of the reading side, hence the bound `DeserializeOwned`. What
/// the two formats can't carry does not survive: in raw text each CR and CRLF becomes LF, since an event stream
/// knows only "end of line"; JSON has no NaN and no infinity. An `f64` comes back to the last bit, and so
/// does every `f32` but one, 7.038531e-26, whose `f64` lies halfway between two.
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// # use sse_signals::schema;
/// #[derive(Serialize, Deserialize)]
/// enum Feed {
///     #[serde(rename = "log")]
///     Log(String),
///     #[serde(rename = "message")]
///     Chat(Option<String>),
/// }
///
/// let log = schema::encode(&Feed::Log("one\r\ntwo\rthree".into()))?;
/// assert_eq!((log.name.as_deref(), &*log.data), (Some("log"), "one\ntwo\nthree"));
///
/// // `message` is what an event without a name is; an `Option` is JSON, whatever is inside.
/// let chat = schema::encode(&Feed::Chat(Some("hi\r\n".into())))?;
/// assert_eq!((chat.name.as_deref(), &*chat.data), (None, r#""hi\r\n""#));
/// # Ok::<(), sse_signals::Error>(())
/// ```
///
/// # Errors
///
/// [`is_unencodable`](Error::is_unencodable): the value does not serialize; its variant's name is empty or holds a
/// CR or LF; or the type writes what it would not read: a name that it does not know, no string where it reads raw
/// text, no variant where it reads events.
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// # use sse_signals::schema;
/// #[derive(Serialize, Deserialize)]
/// enum Feed {
///     #[serde(rename(serialize = "out", deserialize = "in"))]
///     OneWay(String),
///     #[serde(rename = "two\nlines")]
///     TwoLines,
/// }
///
/// assert!(schema::encode(&Feed::OneWay("hi".into())).unwrap_err().is_unencodable());
/// assert!(schema::encode(&Feed::TwoLines).unwrap_err().is_unencodable());
/// ```
pub fn encode<T: Serialize + DeserializeOwned>(value: &T) -> Result<Encoded, Error> {
    let encoded = match probe::shape::<T>() {
        Shape::Events(_) => encode::event(value, probe::content::<T>),
        Shape::Text => encode::text(value).map(|data| Encoded { name: None, data }),
        Shape::Json => serde_json::to_string(value).map(|data| Encoded { name: None, data }),
    };
    let mut encoded = encoded.map_err(|error| unencodable(error.to_string()))?;
    if let Some(name) = &encoded.name {
        check_name(name)?;
    }
    if let Cow::Owned(data) = lf_lines(&encoded.data) {
        encoded.data = data;
    }
    Ok(encoded)
}

impl Encoded {
    /// The event as a block of an event stream, its closing blank line included.
    ///
    /// Every line of the data becomes a `data` line of its own, an empty one too: without a `data` line nothing is
    /// dispatched. After the colon stands one space, so that spaces at the start of a line survive. CR and CRLF
    /// end a line as LF does.
    ///
    /// `id` becomes the stream's [last event ID]; an empty one resets it, `None` leaves it as it is.
    ///
    /// ```
    /// # use sse_signals::schema::{self, Encoded};
    /// let text = schema::encode(&" one\ntwo\n".to_owned())?;
    /// assert_eq!(text.to_block(Some("7"))?, "id: 7\ndata:  one\ndata: two\ndata: \n\n");
    ///
    /// let ping = Encoded { name: Some("ping".into()), data: String::new() };
    /// assert_eq!(ping.to_block(None)?, "event: ping\ndata: \n\n");
    /// # Ok::<(), sse_signals::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_unencodable`](Error::is_unencodable): the name holds a CR or LF, or the id a CR, LF or NUL (with a NUL
    /// the receiver would ignore it).
    ///
    /// ```
    /// # use sse_signals::schema::Encoded;
    /// let event = Encoded { name: None, data: "hi".into() };
    /// assert!(event.to_block(Some("7\n8")).unwrap_err().is_unencodable());
    /// ```
    ///
    /// [last event ID]: https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-last-event-id
    pub fn to_block(&self, id: Option<&str>) -> Result<String, Error> {
        const FIELDS: usize = "event: \nid: \ndata: \n\n".len();
        let name = self.name.as_deref();
        let length = name.map_or(0, str::len) + id.map_or(0, str::len) + self.data.len();
        let mut block = String::with_capacity(FIELDS + length);
        if let Some(name) = name {
            check_name(name)?;
            push_field(&mut block, "event: ", name);
        }
        if let Some(id) = id {
            if id.contains(['\r', '\n', '\0']) {
                return Err(unencodable(format!("the id {id:?} holds a CR, LF or NUL")));
            }
            push_field(&mut block, "id: ", id);
        }
        for line in lf_lines(&self.data).split('\n') {
            push_field(&mut block, "data: ", line);
        }
        block.push('\n');
        Ok(block)
    }
}

/// The names of the events to listen to for `T`: for an event enum its variants' names, aliases included; for any
/// other type `message` alone.
///
/// ```
/// # use serde::Deserialize;
/// # use sse_signals::schema;
/// #[derive(Deserialize)]
/// #[serde(rename_all = "kebab-case")]
/// enum Feed {
///     TopNews(String),
///     #[serde(alias = "price")]
///     Quote(u32),
/// }
///
/// assert_eq!(schema::event_names::<Feed>(), ["top-news", "price", "quote"]);
/// assert_eq!(schema::event_names::<String>(), ["message"]);
/// assert_eq!(schema::event_names::<Option<Feed>>(), ["message"]);
/// ```
#[must_use]
pub fn event_names<T: DeserializeOwned>() -> &'static [&'static str] {
    match probe::shape::<T>() {
        Shape::Events(names) => names,
        Shape::Text | Shape::Json => &[MESSAGE],
    }
}

/// Warns of a type that looks like an event enum and is not: an enum inside an `Option` or a newtype struct, a
/// `Result`, an untagged enum or one with an untagged variant. Such a type is read as JSON from `message`. The
/// text says so, and what to do instead. A subscription prints it in debug builds.
///
/// ```
/// # use serde::Deserialize;
/// # use sse_signals::schema;
/// #[derive(Debug, PartialEq, Deserialize)]
/// enum Feed {
///     Quote(u32),
/// }
///
/// #[derive(Deserialize)]
/// struct Wrapped(Feed);
///
/// #[derive(Deserialize)]
/// #[serde(transparent)]
/// struct Transparent(Feed);
///
/// #[derive(Deserialize)]
/// enum Fallback {
///     Quote(u32),
///     #[serde(untagged)]
///     Other(String),
/// }
///
/// assert_eq!(schema::lint::<Feed>(), None);
/// assert_eq!(schema::lint::<Transparent>(), None);
/// assert!(schema::lint::<Wrapped>().is_some_and(|text| text.contains("#[serde(transparent)]")));
/// assert!(schema::lint::<Fallback>().is_some_and(|text| text.contains("#[serde(other)]")));
/// assert!(schema::lint::<Result<Feed, String>>().is_some());
///
/// assert!(schema::lint::<Option<Feed>>().is_some());
/// assert_eq!(schema::decode::<Option<Feed>>("message", r#"{"Quote": 1}"#)?, Some(Feed::Quote(1)));
/// assert!(schema::decode::<Option<Feed>>("Quote", "1").unwrap_err().is_unknown_event());
/// # Ok::<(), sse_signals::Error>(())
/// ```
#[must_use]
pub fn lint<T: DeserializeOwned>() -> Option<String> {
    lint::warning::<T>()
}

fn check_name(name: &str) -> Result<(), Error> {
    if name.contains(['\r', '\n']) {
        return Err(unencodable(format!("the event name {name:?} holds a CR or LF")));
    }
    Ok(())
}

fn push_field(block: &mut String, field: &str, value: &str) {
    block.push_str(field);
    block.push_str(value);
    block.push('\n');
}

/// `text` with each CRLF and CR as LF; borrowed if it has none.
fn lf_lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

fn unencodable(reason: String) -> Error {
    Kind::Unencodable { reason }.into()
}
