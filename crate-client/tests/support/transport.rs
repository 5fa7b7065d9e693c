//! The two transports. What they have in common is written once and run over each.

use sse_signals::{Fetch, Options, Resume};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// The browser's `EventSource`.
    Native,
    Fetch,
}

impl Transport {
    /// The defaults.
    pub(crate) fn options(self) -> Options {
        match self {
            Self::Native => Options::new(),
            Self::Fetch => Options::new().fetch(Fetch::new()),
        }
    }

    /// The defaults, and every connection goes on where the last one ended: a new `EventSource` has no header for that.
    pub(crate) fn resuming(self) -> Options {
        match self {
            Self::Native => self.options().resume(Resume::Query("lastEventId".into())),
            Self::Fetch => self.options(),
        }
    }

    /// What of the two was given.
    pub(crate) fn choose<T>(self, native: T, fetch: T) -> T {
        match self {
            Self::Native => native,
            Self::Fetch => fetch,
        }
    }
}

/// Runs tests of the module over both transports: their names then begin with `native::` or `fetch::`.
macro_rules! over_both_transports {
    ($($test:ident)*) => {
        $crate::support::transport::over_both_transports! { @ native Native: $($test)* }
        $crate::support::transport::over_both_transports! { @ fetch Fetch: $($test)* }
    };
    (@ $module:ident $transport:ident: $($test:ident)*) => {
        mod $module {
            $(
                #[wasm_bindgen_test::wasm_bindgen_test]
                async fn $test() {
                    let Some(server) = $crate::support::server::Server::reach().await else { return };
                    super::$test(server, $crate::support::transport::Transport::$transport).await;
                }
            )*
        }
    };
}
pub(crate) use over_both_transports;
