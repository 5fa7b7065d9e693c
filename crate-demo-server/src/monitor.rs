//! For whoever watches the server: `GET /healthz`, `/readyz` and `/metrics`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use sse_signals_feed::Topic;
use tokio::runtime::Handle;

use crate::App;
use crate::log::{Log, Lost};
use crate::problem::{Problem, Refusal};
use crate::stats::Stats;
use exposition::{Exposition, Kind};

mod exposition;

/// The text format of Prometheus.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Says that the process answers.
pub(crate) async fn health() -> &'static str {
    "The server is alive.\n"
}

/// Says whether to send readers here.
pub(crate) async fn readiness(State(app): State<Arc<App>>) -> Result<&'static str, Problem> {
    let wait = if *app.shutdown.borrow() {
        "The server shuts down; ask another, or try again."
    } else if app.stats.has_started.load(Ordering::Relaxed) {
        return Ok("The server is ready.\n");
    } else {
        "The server starts; try again."
    };
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, wait).retry_after(1))
}

/// Answers with the server's figures, for Prometheus.
pub(crate) async fn metrics(
    State(app): State<Arc<App>>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    if app.access.is_exposed {
        return Err(Problem::refused(
            Refusal::Exposed,
            StatusCode::FORBIDDEN,
            "Others can reach this server's address, and it has no token, so it does not tell how it fares. Start it \
             with --token, or let it listen on 127.0.0.1.",
        ));
    }
    let tasks = Handle::current().metrics().num_alive_tasks();
    Ok(([(header::CONTENT_TYPE, EXPOSITION)], expose(&app.stats, &*app.log, tasks)))
}

/// The text, with so many tasks of the runtime.
fn expose(stats: &Stats, log: &dyn Log, tasks: usize) -> String {
    let mut text = Exposition::default();
    let status = stats.status();
    text.one(Kind::Gauge, "uptime_seconds", "Time since the server's start.", status.uptime);
    text.one(
        Kind::Gauge,
        "runtime_tasks",
        "Tasks of the runtime that have not ended: one for each connection, and few others.",
        tasks,
    );
    text.one(Kind::Counter, "requests_total", "Requests answered.", status.requests);
    text.one(
        Kind::Counter,
        "request_errors_total",
        "Of these, answered with a status of 400 or above.",
        status.errors,
    );
    text.family(
        Kind::Counter,
        "refusals_total",
        "Requests refused that could be answered, by reason.",
    );
    for refusal in Refusal::ALL {
        text.sample("refusals_total", &[("reason", refusal.name())], stats.refusals(refusal));
    }

    text.one(Kind::Gauge, "streams_open", "Event streams that are open now.", status.streams);
    text.one(
        Kind::Gauge,
        "slowest_reader_lag_events",
        "Events that the reader furthest behind has not been handed yet, of any topic.",
        stats.slowest().map_or(0, |position| log.head().saturating_sub(position)),
    );
    text.one(Kind::Counter, "sent_events_total", "Events handed to readers.", stats.sent_events());
    text.one(
        Kind::Counter,
        "sent_bytes_total",
        "Bytes of event streams handed to readers, before compression.",
        stats.sent_bytes(),
    );
    text.family(Kind::Counter, "resyncs_total", "Readers told that events are missing, by reason.");
    for lost in Lost::ALL {
        text.sample("resyncs_total", &[("reason", &lost.to_string())], stats.resyncs(lost));
    }

    text.family(Kind::Counter, "appended_events_total", "Events appended to the log, by topic.");
    for topic in Topic::ALL {
        text.sample("appended_events_total", &[("topic", topic.name())], log.sequence(topic));
    }
    let held = log.held();
    text.one(Kind::Gauge, "log_events", "Events that the log holds.", held.events);
    text.one(Kind::Gauge, "log_bytes", "Bytes of the events that the log holds.", held.bytes);
    text.histogram(
        "publish_duration_seconds",
        "Time from a published body's arrival to its event in the log.",
        &stats.publishes,
    );
    text.into_text()
}
