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
#[derive(Clone, Debug, PartialEq)]
pub struct Error(Box<Kind>);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// The browser refused the URL.
    InvalidUrl { url: String, reason: String },
    /// There is no `EventSource`.
    Unsupported,
    /// The type takes no events of that name, only the known ones.
    UnknownEvent { name: String, known: &'static [&'static str] },
    /// The data does not fit the type; `reason` says where.
    MalformedData { name: String, reason: String },
    /// The value can't be sent as an event.
    Unencodable { reason: String },
    /// The connection failed.
    Connection { cause: Cause },
}

impl Error {
    /// The URL could not be parsed.
    #[must_use]
    pub fn is_invalid_url(&self) -> bool {
        matches!(*self.0, Kind::InvalidUrl { .. })
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

    /// The connection was lost or failed.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        matches!(*self.0, Kind::Connection { .. })
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(Box::new(kind))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::InvalidUrl { url, reason } => {
                write!(f, "{url:?} is not a URL that the browser can open: {reason}")
            }
            Kind::Unsupported => {
                f.write_str("this browser has no EventSource; every current one has")
            }
            Kind::UnknownEvent { name, known } => write!(
                f,
                "the type takes no event {name:?}, only {known:?}; add a variant of that name, or mark one \
                 with #[serde(other)]"
            ),
            Kind::MalformedData { name, reason } => {
                write!(f, "the data of event {name:?} does not fit the type: {reason}")
            }
            Kind::Unencodable { reason } => write!(f, "can't be sent as an event: {reason}"),
            Kind::Connection { cause } => cause.fmt(f),
        }
    }
}

impl std::error::Error for Error {}
