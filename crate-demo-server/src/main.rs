//! The command `sse-signals-demo-server`.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use sse_signals_demo_server::Server;
use sse_signals_demo_server::cli::{LogFormat, Options};
use sse_signals_demo_server::logs::{OwnLog, own_log};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt as _, FilterFn, LevelFilter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

/// What is logged without `RUST_LOG`.
const LEVEL: &str = "info";

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let format = options.log_format;
    let filter = match filter() {
        Ok(filter) => filter,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let stderr = fmt::layer().with_writer(io::stderr);
    let stderr = match format {
        LogFormat::Text => stderr.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => stderr.json().boxed(),
    };
    let (topic, own_log) = own_log(options.logs.logs);
    let discreet = FilterFn::new(is_discreet).with_max_level_hint(LevelFilter::TRACE);
    registry().with(stderr.with_filter(filter.and(discreet))).with(topic).init();
    match run(options, own_log).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match format {
                LogFormat::Text => eprintln!("error: {error}"),
                LogFormat::Json => tracing::error!("{error}"),
            }
            ExitCode::FAILURE
        }
    }
}

/// How much is logged.
fn filter() -> Result<EnvFilter, String> {
    match std::env::var(EnvFilter::DEFAULT_ENV) {
        Ok(directives) if !directives.is_empty() => EnvFilter::try_new(&directives)
            .map_err(|error| format!("{}={directives}: {error}", EnvFilter::DEFAULT_ENV)),
        Ok(_) | Err(_) => Ok(EnvFilter::new(LEVEL)),
    }
}

/// Whatever `RUST_LOG` says: h2 repeats the address of a request that it can't read, and its query may hold a token.
fn is_discreet(said: &Metadata<'_>) -> bool {
    *said.level() <= Level::INFO || !said.target().starts_with("h2::")
}

async fn run(options: Options, own_log: OwnLog) -> Result<(), Box<dyn std::error::Error>> {
    let stop = stop()?;
    #[cfg(unix)]
    allow_open_files(options.limits.max_connections.get().into());
    let server = Server::start(options).await?.with_own_log(own_log);
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", server.url())?;
    stdout.flush()?;
    server.run(stop).await?;
    Ok(())
}

/// Each connection is an open file, and shells usually allow 1,024, though the system would allow more.
#[cfg(unix)]
fn allow_open_files(connections: u64) {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    /// The listener, the log, files of the app.
    const OTHERS: u64 = 64;
    let allow = || {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
        let wanted = (connections + OTHERS).min(hard);
        if soft < wanted {
            setrlimit(Resource::RLIMIT_NOFILE, wanted, hard)?;
        }
        Ok::<_, nix::Error>(soft.max(wanted))
    };
    match allow() {
        Ok(allowed) if allowed < connections + OTHERS => tracing::warn!(
            allowed,
            "there can't be {connections} connections, since the system allows fewer open files; raise that (`ulimit \
             -n`), or lower --max-connections"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files is unknown"),
    }
}

/// Is done at the first Ctrl-C or SIGTERM. The signals are caught from this call on.
fn stop() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Without a way to be told, it runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}
