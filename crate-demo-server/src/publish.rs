//! `POST /publish/{topic}`: what clients add to the log.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde_json::value::RawValue;
use sse_signals_feed::{Feed, Message, Topic};

use crate::App;
use crate::access::limit::Allowance;
use crate::problem::{Problem, Refusal};
use crate::topics::is_published;

/// Of one body, in bytes.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// What was published, as its readers see it.
#[derive(Debug, Serialize)]
pub(crate) struct Published {
    /// The event's id, which is a cursor.
    id: String,
}

/// Appends the body: JSON if its content type says so, else text.
pub(crate) async fn publish(
    State(app): State<Arc<App>>,
    _: Allowance,
    Path(topic): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Published>), Problem> {
    let asked = Instant::now();
    let make = maker(&app, &topic)?;
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("A body has {BODY_LIMIT} bytes at most; send the address of what is larger."),
        ),
        _ => Problem::body(&rejection),
    })?;
    let text = String::from_utf8(body.into()).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Problem::bad_request(format!(
            "The body is not UTF-8 at byte {at}; an event stream is text."
        ))
    })?;
    let json = is_json(&headers);
    if json && let Err(error) = serde_json::from_str::<&RawValue>(&text) {
        return Err(Problem::bad_request(format!("The body is not JSON: {error}.")));
    }
    let event = make(Message { sequence: 0, at: now(), text, json });
    let id = app.log.append(&[event]).await.map_err(|error| {
        tracing::error!(%error, "an event was not published");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The event could not be appended; try again.")
    })?;
    app.stats.publishes.record(asked.elapsed());
    Ok((StatusCode::CREATED, Json(Published { id })))
}

/// What a message of that topic is.
fn maker(app: &App, name: &str) -> Result<fn(Message) -> Feed, Problem> {
    let open = || {
        let names: Vec<_> =
            app.served.iter().filter(|it| is_published(*it)).map(Topic::name).collect();
        names.join(", ")
    };
    let topic = Topic::from_name(name).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            format!("There is no topic {name:?}; to be published to are {}.", open()),
        )
    })?;
    if !app.served.contains(topic) {
        return Err(Problem::not_served(topic));
    }
    match topic {
        Topic::Chat => Ok(Feed::Chat),
        Topic::Notify => Ok(Feed::Notify),
        Topic::Quotes
        | Topic::News
        | Topic::Weather
        | Topic::Metrics
        | Topic::Logs
        | Topic::Tasks => Err(Problem::refused(
            Refusal::Topic,
            StatusCode::FORBIDDEN,
            format!("Topic {name} is this server's own; to be published to are {}.", open()),
        )),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|it| it.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || (essence.to_ascii_lowercase().starts_with("application/") && essence.ends_with("+json"))
}

/// Milliseconds since 1970-01-01.
pub(crate) fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
