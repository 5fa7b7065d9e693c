//! This server's own log, as a topic of its own.
//!
//! To deliver a line must not make a line, or the first reader would never come to rest. So nothing counts that the
//! modules say which append and deliver, nothing that happens within a request for `/events`, and nothing of the
//! libraries below; only what the server says, and one line for each other request.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sse_signals_feed::{Feed, Level, Source};
use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::text::Text;
use super::{line, tell};
use crate::log::Log;

/// Lines that wait to be appended; what comes beyond is left out.
const AHEAD: usize = 1_024;
const CRATE: &str = "sse_signals_demo_server";
/// The modules whose words would be of appending and delivering.
const DELIVERY: [&str; 6] = ["connection", "delivery", "log", "logs", "sources", "stream"];
/// Where requests are told of.
const REQUESTS: &str = "tower_http::trace";

/// What the layer hands on.
#[derive(Debug)]
pub struct OwnLog {
    lines: mpsc::Receiver<Feed>,
    left_out: Arc<AtomicU64>,
}

/// A layer that gathers what this program traces, from `least` on, and what it gathers.
/// [`Server::with_own_log`](crate::Server::with_own_log) makes it topic `logs`.
#[must_use]
pub fn own_log<S>(least: LevelFilter) -> (impl Layer<S> + Send + Sync, OwnLog)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    layer(least, AHEAD)
}

fn layer<S>(least: LevelFilter, ahead: usize) -> (impl Layer<S> + Send + Sync, OwnLog)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let (sender, lines) = mpsc::channel(ahead);
    let left_out = Arc::default();
    let own = OwnLog { lines, left_out: Arc::clone(&left_out) };
    // Spans tell what an event belongs to, whatever its own level.
    let told = move |it: &Metadata<'_>| {
        if it.is_span() {
            it.target().starts_with(CRATE)
        } else {
            *it.level() <= least && is_told(it)
        }
    };
    let filter = FilterFn::new(told).with_max_level_hint(least.max(LevelFilter::INFO));
    let layer = (least != LevelFilter::OFF).then(|| Gather { lines: sender, left_out });
    (layer.with_filter(filter), own)
}

fn is_told(event: &Metadata<'_>) -> bool {
    let mut path = event.target().split("::");
    match path.next() {
        Some(CRATE) => path.next().is_none_or(|module| !DELIVERY.contains(&module)),
        _ => event.target().starts_with(REQUESTS),
    }
}

impl OwnLog {
    /// Appends what is gathered.
    pub(crate) fn run(self, log: Arc<dyn Log>) -> impl Future<Output = ()> + Send {
        tell(log, self.lines, self.left_out)
    }
}

struct Gather {
    lines: mpsc::Sender<Feed>,
    left_out: Arc<AtomicU64>,
}

/// Of a span: what is said of it in front of each of its events.
struct Described {
    text: String,
    /// Whether it is the request of an event stream.
    is_delivery: bool,
}

impl<S> Layer<S> for Gather
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let name = attributes.metadata().name();
        let text = format!("{name}{{{}}}: ", fields.others.into_string().trim_start());
        let is_delivery = fields.is_of_events;
        span.extensions_mut().insert(Described { text, is_delivery });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut text = Text::default();
        for span in context.event_scope(event).into_iter().flatten() {
            let extensions = span.extensions();
            let Some(described) = extensions.get::<Described>() else { continue };
            if described.is_delivery {
                return;
            }
            text.push(&described.text);
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        text.push(fields.message.as_str());
        text.push(fields.others.as_str());
        let metadata = event.metadata();
        let target = Some(metadata.target().to_owned());
        let level = Some(level(*metadata.level()));
        let line = line(Source::Server, level, target, text.into_string());
        if self.lines.try_send(line).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What an event or a span says: the message, and all else as ` name=value`.
#[derive(Default)]
struct Fields {
    message: Text,
    others: Text,
    is_of_events: bool,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.is_of_events |= field.name() == "path" && value == "/events";
        self.record_debug(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Neither fails: both cut what is too long.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.others, " {name}={value:?}"),
        };
    }
}

const fn level(level: tracing::Level) -> Level {
    match level {
        tracing::Level::TRACE => Level::Trace,
        tracing::Level::DEBUG => Level::Debug,
        tracing::Level::INFO => Level::Info,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::ERROR => Level::Error,
    }
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// The lines that `what` makes, and how many were left out.
    fn told(least: LevelFilter, ahead: usize, what: impl FnOnce()) -> (Vec<String>, u64) {
        let (layer, mut own) = layer(least, ahead);
        with_default(tracing_subscriber::registry().with(layer), what);
        let mut lines = Vec::new();
        while let Ok(Feed::Line(line)) = own.lines.try_recv() {
            lines.push(line.text);
        }
        (lines, own.left_out.load(Ordering::Relaxed))
    }

    #[test]
    fn a_line_has_the_message_the_fields_and_what_it_belongs_to() {
        let what = || {
            let span = tracing::info_span!(target: CRATE, "outer", a = 1);
            span.in_scope(|| tracing::warn!(target: CRATE, b = "x\ny", "it is {}", "so"));
        };
        assert_eq!(told(LevelFilter::INFO, 9, what).0, ["outer{a=1}: it is so b=\"x\\ny\""]);
    }

    #[test]
    fn levels_below_the_least_are_not_told() {
        let what = || {
            tracing::error!(target: CRATE, "error");
            tracing::info!(target: CRATE, "info");
            tracing::debug!(target: CRATE, "debug");
        };
        assert_eq!(told(LevelFilter::INFO, 9, what).0, ["error", "info"]);
        assert_eq!(told(LevelFilter::ERROR, 9, what).0, ["error"]);
        assert!(told(LevelFilter::OFF, 9, what).0.is_empty());
    }

    #[test]
    fn what_appends_and_delivers_is_not_told_of() {
        let what = || {
            tracing::error!(target: "sse_signals_demo_server::log::ring", "appends");
            tracing::error!(target: "sse_signals_demo_server::logs", "appends");
            tracing::error!(target: "sse_signals_demo_server::sources", "appends");
            tracing::error!(target: "sse_signals_demo_server::stream", "delivers");
            tracing::error!(target: "sse_signals_demo_server::delivery", "delivers");
            tracing::error!(target: "sse_signals_demo_server::connection", "delivers");
            tracing::error!(target: "sse_signals_demo_server_of_another", "a stranger");
            tracing::error!(target: "h2::codec", "delivers");
            let stream = tracing::info_span!(target: CRATE, "request", path = "/events");
            stream.in_scope(|| tracing::error!(target: "tower_http::trace::on_failure", "cut"));
            tracing::error!(target: "sse_signals_demo_server::publish", "is told");
        };
        assert_eq!(told(LevelFilter::TRACE, 9, what).0, ["is told"]);
    }

    #[test]
    fn what_is_too_much_is_left_out_and_counted() {
        let what = || (0..5).for_each(|it| tracing::info!(target: CRATE, "{it}"));
        assert_eq!(told(LevelFilter::INFO, 2, what), (vec!["0".to_owned(), "1".to_owned()], 3));
    }
}
