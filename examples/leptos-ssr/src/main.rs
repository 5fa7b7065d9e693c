//! The server: the page, the program for the browser, and the stream, from one axum process.

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use any_spawner::Executor;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use example_leptos_ssr::app::shell;
use example_leptos_ssr::feed::Feed;
use futures_util::{Stream, stream};
use leptos::config::LeptosOptions;
use sse_signals::schema;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tower_http::services::ServeDir;

/// What wasm-bindgen and cargo-leptos name the program in the page.
const OUTPUT_NAME: &str = "example_leptos_ssr";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let program = Path::new(&*options.site_root).join(&*options.site_pkg_dir);
    if !program.join(format!("{OUTPUT_NAME}.js")).exists() {
        return Err(format!(
            "no {OUTPUT_NAME}.js in {}: build the page's program first, as README.md says, or name its folder \
             in LEPTOS_SITE_ROOT",
            program.display()
        )
        .into());
    }
    let address = options.site_addr;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!("can't listen at {address}: {error}; LEPTOS_SITE_ADDR names another address")
    })?;
    println!("http://{}", listener.local_addr()?);

    // Leptos renders on tokio's threads.
    Executor::init_tokio()?;
    let package = format!("/{}", options.site_pkg_dir);
    let page = leptos_axum::render_app_to_stream(move || shell(options.clone()));
    let app = Router::new()
        .route("/", get(page))
        .route("/events", get(events))
        .nest_service(&package, ServeDir::new(program))
        .with_state(Arc::new(Server { started: Instant::now(), readers: watch::Sender::new(0) }));
    // A stream never ends by itself, so nothing waits for the open ones: the browsers come back.
    tokio::select! {
        result = axum::serve(listener, app) => result?,
        result = tokio::signal::ctrl_c() => result?,
    }
    Ok(())
}

/// cargo-leptos says in the environment what stands in Cargo.toml; by hand, this is the same.
fn options() -> Result<LeptosOptions, Box<dyn Error>> {
    let setting = |name, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let address: SocketAddr = setting("LEPTOS_SITE_ADDR", "127.0.0.1:8081")
        .parse()
        .map_err(|error| format!("LEPTOS_SITE_ADDR: {error}"))?;
    Ok(LeptosOptions::builder()
        .output_name(OUTPUT_NAME)
        .site_root(setting("LEPTOS_SITE_ROOT", "target/site"))
        .site_pkg_dir("pkg")
        .site_addr(address)
        .reload_port(8082)
        .build())
}

struct Server {
    started: Instant,
    /// How many pages listen.
    readers: watch::Sender<usize>,
}

/// One page that listens. Dropping it, as the stream ends, counts it out.
struct Reader(Arc<Server>);

impl Reader {
    fn new(server: Arc<Server>) -> Self {
        server.readers.send_modify(|readers| *readers += 1);
        Self(server)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.readers.send_modify(|readers| *readers -= 1);
    }
}

async fn events(State(server): State<Arc<Server>>) -> impl IntoResponse {
    // Nothing on the way may keep an event back.
    let headers =
        [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    (headers, Body::from_stream(blocks(Reader::new(server))))
}

/// What goes over the wire: an event's name and data, then an empty line.
fn blocks(reader: Reader) -> impl Stream<Item = Result<String, sse_signals::Error>> {
    let mut changes = reader.0.readers.subscribe();
    // At once, then when it changes.
    changes.mark_changed();
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    stream::unfold((reader, changes, seconds), async |(reader, mut changes, mut seconds)| {
        let event = tokio::select! {
            _ = seconds.tick() => Feed::Uptime(reader.0.started.elapsed().as_secs()),
            changed = changes.changed() => {
                // The sender lives as long as the reader.
                changed.ok()?;
                Feed::Readers(*changes.borrow_and_update())
            }
        };
        let block = schema::encode(&event).and_then(|event| event.to_block(None));
        Some((block, (reader, changes, seconds)))
    })
}
