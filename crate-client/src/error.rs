//! The one error type of the crate.

use std::fmt;

use crate::Cause;

/// What went wrong, in words for a developer; the predicates tell the kinds apart.
///
/// ```
/// let error = sse_signals::schema::decode::<u32>("message", "12 apples").unwrap_err();
/// assert!(error.is_malformed_data());
/// assert!(error.to_string().contains("column 4"), "{error}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Kind>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The browser refused the URL.
    InvalidUrl { url: String, reason: String },
    /// The browser refused the method, a header or the body.
    #[cfg(feature = "fetch")]
    InvalidRequest { reason: String },
    /// There is no `EventSource`, or no `fetch`.
    Unsupported,
    /// The type takes no events of that name, only the known ones.
    UnknownEvent { name: String, known: &'static [&'static str] },
    /// The data does not fit the type; `reason` says where.
    MalformedData { name: String, reason: String },
    /// The value can't be sent as an event.
    Unencodable { reason: String },
    /// The text is no recording; `reason` says what is wrong, and where.
    #[cfg(feature = "recording")]
    Recording { reason: String },
    /// The connection failed; `detail` is what the server or the browser said besides.
    Connection { cause: Cause, detail: Option<String> },
}

impl Error {
    /// The URL could not be parsed.
    #[must_use]
    pub fn is_invalid_url(&self) -> bool {
        matches!(*self.0, Kind::InvalidUrl { .. })
    }

    /// The method, a header or the body is none that a request can have: see `Fetch`.
    #[cfg(feature = "fetch")]
    #[must_use]
    pub fn is_invalid_request(&self) -> bool {
        matches!(*self.0, Kind::InvalidRequest { .. })
    }

    /// The browser has no `EventSource`: see [`is_supported`](crate::is_supported).
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(*self.0, Kind::Unsupported)
    }

    /// The event's name is none of the type's variants.
    #[must_use]
    pub fn is_unknown_event(&self) -> bool {
        matches!(*self.0, Kind::UnknownEvent { .. })
    }

    /// The event's data does not fit the type.
    #[must_use]
    pub fn is_malformed_data(&self) -> bool {
        matches!(*self.0, Kind::MalformedData { .. })
    }

    /// The value can't be sent as an event: its name or id holds a line break, or it does not serialize.
    #[must_use]
    pub fn is_unencodable(&self) -> bool {
        matches!(*self.0, Kind::Unencodable { .. })
    }

    /// The text is no [`recording`](crate::recording), or one that this version can't read.
    #[cfg(feature = "recording")]
    #[must_use]
    pub fn is_invalid_recording(&self) -> bool {
        matches!(*self.0, Kind::Recording { .. })
    }

    /// The connection was lost or failed.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        matches!(*self.0, Kind::Connection { .. })
    }

    /// What ended the connection, if that is what the error tells.
    ///
    /// ```
    /// # use sse_signals::{Cause, State};
    /// let state = State::Waiting { attempt: 1, retry_in: None, cause: Cause::Status(503) };
    /// assert_eq!(state.error().and_then(|error| error.cause()), Some(Cause::Status(503)));
    /// ```
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match *self.0 {
            Kind::Connection { cause, .. } => Some(cause),
            _ => None,
        }
    }

    /// What the server or the browser said besides, where that is known: after a
    /// [`Cause::Status`](crate::Cause::Status) the beginning of the body, at most 1,024 bytes; after a
    /// [`Cause::ContentType`](crate::Cause::ContentType) the content type; else the browser's words.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match &*self.0 {
            Kind::Connection { detail, .. } => detail.as_deref(),
            _ => None,
        }
    }
}

#[cfg(feature = "tabs")]
impl Error {
    /// Of what could not be read: what is wrong with it.
    pub(crate) fn reason(&self) -> &str {
        match &*self.0 {
            Kind::MalformedData { reason, .. } => reason,
            _ => "",
        }
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(Box::new(kind))
    }
}

/// Quoted as they are: escapes, which `Debug` has, bring tables of Unicode into every page.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::InvalidUrl { url, reason } => {
                write!(f, "\"{url}\" is not a URL that the browser can open: {reason}")
            }
            Kind::Unsupported => {
                f.write_str("this browser has no EventSource, or no fetch; every current one has")
            }
            Kind::UnknownEvent { name, known } => {
                write!(f, "the type takes no event \"{name}\", only ")?;
                for (index, known) in known.iter().enumerate() {
                    write!(f, "{}\"{known}\"", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("; add a variant of that name, or mark one with #[serde(other)]")
            }
            Kind::MalformedData { name, reason } => {
                write!(f, "the data of event \"{name}\" does not fit the type: {reason}")
            }
            Kind::Unencodable { reason } => write!(f, "can't be sent as an event: {reason}"),
            #[cfg(feature = "fetch")]
            Kind::InvalidRequest { reason } => {
                write!(f, "the browser can't make this request: {reason}")
            }
            #[cfg(feature = "recording")]
            Kind::Recording { reason } => write!(f, "no recording that can be played: {reason}"),
            Kind::Connection { cause, detail: None } => cause.fmt(f),
            Kind::Connection { cause, detail: Some(detail) } => write!(f, "{cause}: {detail}"),
        }
    }
}

impl std::error::Error for Error {}
