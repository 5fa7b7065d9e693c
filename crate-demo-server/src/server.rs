//! Start, routes and shutdown.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use sse_signals_feed::Feed;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Semaphore, mpsc, watch};

use crate::access::Access;
use crate::cli::{Limits, LogOptions, Options};
use crate::connection::Connections;
use crate::delivery::Couriers;
use crate::faults::Faults;
use crate::log::{AppendError, Log, RingLog, Topics};
use crate::logs::command::Commands;
use crate::logs::{self, OwnLog, stdin};
use crate::market::{PricesError, read_prices};
use crate::sources::{self, Sources};
use crate::stats::Stats;
use crate::tasks::Tasks;
#[cfg(feature = "tls")]
use crate::tls::Tls;
use crate::weather::WeatherError;
use crate::{market, metrics, routes, weather};

/// Connections that may wait to be accepted. With the usual 128 a restart under load makes thousands of readers
/// wait through seconds of retransmission.
const BACKLOG: u32 = 4_096;
/// What a reader that does not read may delay the end.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);
/// What the handlers share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) log: Arc<dyn Log>,
    /// The topics that readers can ask for.
    pub(crate) served: Topics,
    pub(crate) heartbeat: Duration,
    /// The reconnection time that streams begin with.
    pub(crate) retry: Duration,
    /// `http`, or `https`.
    pub(crate) scheme: &'static str,
    pub(crate) access: Access,
    pub(crate) stats: Arc<Stats>,
    /// A permit for each event stream that may still be opened.
    pub(crate) free_streams: Arc<Semaphore>,
    pub(crate) tasks: Tasks,
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
    scheme: &'static str,
    router: Router,
    log: Arc<dyn Log>,
    sources: Sources,
    stats: Arc<Stats>,
    /// What programs say.
    lines: mpsc::Sender<Feed>,
    programs: LogOptions,
    limits: Limits,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
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
    /// The weather that comes with the server is damaged.
    Weather(WeatherError),
    /// The log does not take what it is to begin with.
    Append(AppendError),
}

impl Server {
    /// Listens, and reads the prices.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        options.check().map_err(StartError::Options)?;
        #[cfg(feature = "tls")]
        let tls = Tls::new(&options).map_err(StartError::Options)?;
        #[cfg(feature = "tls")]
        let scheme = if tls.is_some() { "https" } else { "http" };
        #[cfg(not(feature = "tls"))]
        let scheme = "http";
        let listen_error = |error| StartError::Listen { address: options.listen, error };
        let listener = listen(options.listen).map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let access = Access::new(&options, address).map_err(StartError::Options)?;
        access.warn();
        let log: Arc<dyn Log> = Arc::new(RingLog::new(options.ring, options.ring_bytes));
        let stats = Arc::new(Stats::new());
        let mut sources = start_sources(&options, &log, &stats).await?;
        let (lines, programs) = logs::programs(Arc::clone(&log));
        sources.push(programs);
        let (tasks, work) = Tasks::new(Arc::clone(&log));
        sources.push(work);
        let (shutdown, on_shutdown) = watch::channel(false);
        let app = Arc::new(App {
            log: Arc::clone(&log),
            served: access.served(),
            heartbeat: options.heartbeat,
            retry: Duration::from_millis(options.retry),
            scheme,
            access,
            stats: Arc::clone(&stats),
            free_streams: Arc::new(Semaphore::new(options.limits.max_streams.get() as usize)),
            tasks,
            faults: options.faults.then(|| Faults::new(address)),
            shutdown: on_shutdown,
        });
        let router = routes::router(&options, app);
        Ok(Self {
            listener,
            address,
            scheme,
            router,
            log,
            sources,
            stats,
            lines,
            programs: options.logs,
            limits: options.limits,
            #[cfg(feature = "tls")]
            tls,
            shutdown,
        })
    }

    /// Tells in topic `logs` what is gathered there.
    #[must_use]
    pub fn with_own_log(mut self, own: OwnLog) -> Self {
        self.sources.push(own.run(Arc::clone(&self.log)));
        self
    }

    /// Where it listens, with the real port.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its addresses begin with, as it says itself: `http://127.0.0.1:8080`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Answers and replays until `stop` is done. Then every open stream and every command is ended, and it returns
    /// once all connections are closed, or after 1 s, and all commands are over, by force after 2 s.
    ///
    /// # Errors
    ///
    /// What the system says if standard input can't be read.
    pub async fn run(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let couriers = Couriers::start(&*self.log, &self.shutdown.subscribe())?;
        let Self { listener, router, sources, stats, lines, programs, limits, shutdown, .. } = self;
        let connections = Connections::new(
            router,
            limits,
            shutdown.subscribe(),
            couriers,
            #[cfg(feature = "tls")]
            self.tls,
        );
        if programs.stdin {
            stdin::read(lines.clone())?;
        }
        let commands = Commands::start(&programs.exec, programs.exec_restart, &lines);
        stats.has_started.store(true, Ordering::Relaxed);
        tokio::select! {
            () = Arc::clone(&connections).accept(listener) => {}
            () = sources.run() => {}
            () = stop => {}
        }
        shutdown.send_replace(true);
        let closed = async {
            if tokio::time::timeout(SHUTDOWN_GRACE, connections.closed()).await.is_err() {
                tracing::warn!("connections were still busy");
            }
        };
        tokio::join!(closed, commands.end());
        Ok(())
    }
}

/// What runs from now on, with its history in the log.
async fn start_sources(
    options: &Options,
    log: &Arc<dyn Log>,
    stats: &Arc<Stats>,
) -> Result<Sources, StartError> {
    let mut trading = market::replay(&read_prices().map_err(StartError::Prices)?);
    let mut skies = weather::replay().map_err(StartError::Weather)?;
    let has_weather = options.weather > 0.0;
    for _ in 0..options.history {
        log.append(trading.next_day()).await.map_err(StartError::Append)?;
        if has_weather {
            log.append(skies.next_day()).await.map_err(StartError::Append)?;
        }
    }
    let mut sources = Sources::default();
    let step = |days_a_second: f64| Duration::from_secs_f64(days_a_second.recip());
    let next_day = move |events: &mut Vec<_>| events.extend_from_slice(trading.next_day());
    sources.push(sources::replay(Arc::clone(log), next_day, step(options.speed)));
    if has_weather {
        let next_day = move |events: &mut Vec<_>| events.extend_from_slice(skies.next_day());
        sources.push(sources::replay(Arc::clone(log), next_day, step(options.weather)));
    }
    if !options.metrics.is_zero() {
        sources.push(metrics::status(Arc::clone(log), Arc::clone(stats), options.metrics));
        sources.push(metrics::machine(Arc::clone(log), options.metrics));
    }
    Ok(sources)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Lets a restarted server have the port at once, while connections of the last one still die away.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
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
            Self::Weather(error) => error.fmt(f),
            Self::Append(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StartError {}
