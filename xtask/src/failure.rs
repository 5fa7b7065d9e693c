//! Why a command ended early.

use std::fmt::{self, Display, Formatter};

pub(crate) type Result<T> = std::result::Result<T, Failure>;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The command line makes no sense: exit code 2.
    Usage(String),
    /// Ctrl-C, SIGTERM or SIGHUP.
    Interrupted,
    /// What a program that we ran has told on standard error by itself, so that only the exit code is left to us.
    Told(String),
    /// Everything else: what happened, where, what to do.
    Failed(String),
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    /// For `map_err`: puts `what` was being done before the error.
    pub(crate) fn at<E: Display>(what: impl Display) -> impl FnOnce(E) -> Self {
        move |error| Self::Failed(format!("{what}: {error}"))
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Told(message) | Self::Failed(message) => {
                f.write_str(message)
            }
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}
