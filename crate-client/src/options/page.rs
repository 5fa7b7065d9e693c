//! What the page's life means for the connection.

use std::time::Duration;

/// What happens to the connection while the page is
/// [hidden](https://html.spec.whatwg.org/multipage/interaction.html#page-visibility): in a tab behind another, in a
/// window that is minimized.
///
/// ```
/// # use {std::time::Duration, sse_signals::{Options, WhenHidden}};
/// let options = Options::new().when_hidden(WhenHidden::ReleaseAfter(Duration::from_secs(300)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WhenHidden {
    /// It is kept.
    #[default]
    Keep,
    /// It is given up after so long ([`PauseReason::Hidden`](crate::PauseReason::Hidden)), and made anew from the last
    /// event ID as soon as the page is seen again.
    ReleaseAfter(Duration),
}
