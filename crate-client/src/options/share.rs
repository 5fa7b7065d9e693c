//! How a connection is shared.

use std::borrow::Cow;
use std::fmt;

/// Who shares one connection, chosen by [`Options::share`](crate::Options::share).
///
/// ```
/// # use sse_signals::{Options, Share};
/// let options = Options::new().share(Share::Browser(env!("CARGO_PKG_VERSION").into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Share {
    /// Subscriptions of one page that ask for the same: the same URL, transport and options. Their types may differ.
    Page,
    /// Those of all tabs, windows and workers of the origin too, as long as the version is the same, which should be the
    /// app's: one that has been updated meanwhile may read the stream otherwise.
    ///
    /// It takes [Web Locks](https://w3c.github.io/web-locks/), which only
    /// [secure contexts](https://w3c.github.io/webappsec-secure-contexts/) have (`https:`, and `localhost`), and
    /// [`BroadcastChannel`](https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts).
    /// Without them it is as with [`Page`](Self::Page), and the console says so.
    Browser(Cow<'static, str>),
}

/// What a subscription gets first that joins a connection late, chosen by [`Options::late`](crate::Options::late). Where
/// events may be missing in between, [`Item::Gap`](crate::Item::Gap) stands in its place.
///
/// ```
/// # use sse_signals::{Late, Options, Share};
/// // A chart wants more than the newest value.
/// let options = Options::new().share(Share::Page).late(Late::Recent);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Late {
    /// The latest event of each name, in the order of the stream.
    #[default]
    Latest,
    /// All that is kept: the newest 2,048 items, at most 1 MiB of them.
    Recent,
}

/// How a subscription's connection is shared at present: see [`EventSource::sharing`](crate::EventSource::sharing).
///
/// [`Display`](fmt::Display) gives a short English phrase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sharing {
    /// Not at all; so it is too while the caller has paused or closed it.
    #[default]
    Alone,
    /// With others of this page, as asked for.
    Page,
    /// With others of this page only, for want of what it takes to share it with other tabs.
    PageOnly(Obstacle),
    /// With other tabs; which one has it is not known yet.
    Joining,
    /// With other tabs: this one has it, and tells them.
    Leader,
    /// With other tabs: another one has it, and tells this one.
    Follower,
}

/// Why a connection can't be shared with other tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Obstacle {
    /// The page came neither by `https:` nor from `localhost`.
    InsecureContext,
    /// The browser has no Web Locks.
    NoWebLocks,
    /// The browser has no `BroadcastChannel`.
    NoBroadcastChannel,
    /// The browser has refused them, as it does in a sandboxed frame.
    Refused,
}

impl fmt::Display for Sharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alone => "not shared",
            Self::Page => "shared in this page",
            Self::PageOnly(obstacle) => return write!(f, "shared in this page only: {obstacle}"),
            Self::Joining => "joining other tabs",
            Self::Leader => "shared with other tabs, this one leads",
            Self::Follower => "shared with other tabs, this one follows",
        })
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InsecureContext => "no secure context",
            Self::NoWebLocks => "no Web Locks",
            Self::NoBroadcastChannel => "no BroadcastChannel",
            Self::Refused => "refused by the browser",
        })
    }
}
