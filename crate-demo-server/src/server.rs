//! Start, routes and shutdown.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::time::Instant;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;

use crate::cli::{Options, Token};
use crate::faults::{self, Faults};
use crate::log::Log;
use crate::market::{PricesError, Replay, read_prices};
use crate::problem::Problem;
use crate::{access, assets, stream};

/// Connections that may wait to be accepted. With the usual 128 a restart under load makes thousands of readers
/// wait through seconds of retransmission.
const BACKLOG: u32 = 4_096;
/// What a reader that does not read may delay the end.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);
/// How much of the replay is made up for when the timer comes late (its steps are 1 ms). After a longer pause,
/// of the whole machine say, it just goes on.
const CATCH_UP: Duration = Duration::from_secs(1);

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) log: Arc<Log>,
    pub(crate) heartbeat: Duration,
    /// The reconnection time that streams begin with.
    pub(crate) retry: Duration,
    pub(crate) token: Option<Token>,
    /// Only with `--faults`.
    pub(crate) faults: Option<Faults>,
    /// Becomes true when the server ends.
    pub(crate) shutdown: watch::Receiver<bool>,
}

/// A server that listens, but does not answer before [`run`](Self::run).
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    log: Arc<Log>,
    replay: Replay,
    day: Duration,
    shutdown: watch::Sender<bool>,
}

/// Why the server can't start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// Options that do not go together; the text says why.
    Options(String),
    /// The address can't be listened on.
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The prices that come with the server are damaged.
    Prices(PricesError),
}

impl Server {
    /// Listens, and reads the prices.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        options.check().map_err(StartError::Options)?;
        let listen_error = |error| StartError::Listen { address: options.listen, error };
        let listener = listen(options.listen).map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let mut replay = Replay::new(&read_prices().map_err(StartError::Prices)?);
        let log = Arc::new(Log::new(options.ring));
        for _ in 0..options.history {
            log.append(replay.next_day());
        }
        let (shutdown, on_shutdown) = watch::channel(false);
        let app = Arc::new(App {
            log: Arc::clone(&log),
            heartbeat: options.heartbeat,
            retry: Duration::from_millis(options.retry),
            token: options.token.clone(),
            faults: options.faults.then(|| Faults::new(address)),
            shutdown: on_shutdown,
        });
        let router = router(&options, app);
        let day = Duration::from_secs_f64(options.speed.recip());
        Ok(Self { listener, address, router, log, replay, day, shutdown })
    }

    /// Where it listens, with the real port.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers and replays until `stop` is done. Then every open stream is ended, and it returns once all
    /// connections are closed, or after 1 s.
    ///
    /// # Errors
    ///
    /// What the system says if connections can't be accepted any more.
    pub async fn run(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let Self { listener, router, log, mut replay, day, shutdown, .. } = self;
        // Events are small and each is wanted at once: no waiting for more to fill a packet.
        let listener = listener.tap_io(|socket| {
            if let Err(error) = socket.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY can't be set");
            }
        });
        let mut on_shutdown = shutdown.subscribe();
        let connections = axum::serve(listener, router).with_graceful_shutdown(async move {
            // An error would mean that the sender is gone, which is the end too.
            let _ = on_shutdown.wait_for(|shutdown| *shutdown).await;
        });
        let mut connections = std::pin::pin!(connections.into_future());
        let replaying = async {
            let mut due = Instant::now();
            loop {
                tokio::time::sleep_until(due).await;
                log.append(replay.next_day());
                due = (due + day).max(Instant::now() - CATCH_UP);
            }
        };
        tokio::select! {
            result = &mut connections => return result,
            () = replaying => {}
            () = stop => {}
        }
        shutdown.send_replace(true);
        tokio::time::timeout(SHUTDOWN_GRACE, connections).await.unwrap_or(Ok(()))
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Lets a restarted server have the port at once, while connections of the last one still die away.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn router(options: &Options, app: Arc<App>) -> Router {
    // The query is not logged: it may hold the token.
    let trace = TraceLayer::new_for_http()
        .make_span_with(|request: &Request| {
            tracing::info_span!("request", method = %request.method(), path = request.uri().path())
        })
        .on_response(DefaultOnResponse::new().level(Level::INFO));
    let guarded = Router::new()
        .route("/events", get(stream::events))
        .merge(if options.faults { faults::routes() } else { Router::new() })
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(middleware::from_fn_with_state(Arc::clone(&app), access::check_token))
        .layer(access::cors(options))
        .with_state(app);
    let site = options.app.as_deref().map_or_else(assets::words, assets::app);
    guarded.merge(site).layer(trace)
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Options(reason) => f.write_str(reason),
            Self::Listen { address, error } if error.kind() == io::ErrorKind::AddrInUse => write!(
                f,
                "{address} is taken by another program; end that one, or choose another port with --listen \
                 (port 0 takes a free one)"
            ),
            Self::Listen { address, error } => {
                write!(
                    f,
                    "can't listen on {address}: {error}; choose another address with --listen"
                )
            }
            Self::Prices(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StartError {}
