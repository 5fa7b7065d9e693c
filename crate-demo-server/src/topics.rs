//! `GET /topics`, and who may ask for what.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use sse_signals_feed::Topic;

use crate::App;
use crate::log::Topics;
use crate::problem::Problem;

/// What a reader gets that names no topics.
pub(crate) const MARKET: Topics = Topics::NONE.with(Topic::Quotes).with(Topic::News);
/// In place of a list of names: everything that this server serves.
const EVERYTHING: &str = "all";

/// One topic, for a reader to choose.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Described {
    name: &'static str,
    /// The names of its events.
    events: &'static [&'static str],
    about: &'static str,
    /// How many events it has had since the server's start.
    sequence: u64,
    /// Whether `POST /publish/{name}` adds to it.
    publish: bool,
}

/// Answers with the topics that this server serves.
pub(crate) async fn list(State(app): State<Arc<App>>) -> Json<Vec<Described>> {
    let describe = |topic: Topic| {
        let (events, about): (&[&str], _) = match topic {
            Topic::Quotes => (&["quote"], "Real daily prices of 2000 to 2013, replayed"),
            Topic::News => (&["news"], "Headlines computed from the prices"),
            Topic::Weather => {
                (&["weather"], "Real days of Seattle and New York, 2012 to 2015, replayed")
            }
            Topic::Metrics => {
                (&["metrics", "status"], "This machine's load, and how this server fares")
            }
            Topic::Logs => (
                &["line", "exit"],
                "This server's log, its standard input, and what commands say that it runs",
            ),
            Topic::Tasks => (&["task"], "Jobs started by POST /tasks, and how far they are"),
            Topic::Chat => (&["chat"], "What is said by POST /publish/chat"),
            Topic::Notify => (&["notify"], "Notifications, by POST /publish/notify"),
        };
        Described {
            name: topic.name(),
            events,
            about,
            sequence: app.log.sequence(topic),
            publish: is_published(topic) && !app.access.is_exposed,
        }
    };
    Json(app.served.iter().map(describe).collect())
}

/// Whether clients add to it.
pub(crate) const fn is_published(topic: Topic) -> bool {
    matches!(topic, Topic::Chat | Topic::Notify)
}

/// The topics that a comma-separated list of names asks for.
pub(crate) fn asked(names: Option<&str>, served: Topics) -> Result<Topics, Problem> {
    match names {
        None => return Ok(MARKET),
        Some(EVERYTHING) => return Ok(served),
        Some(_) => {}
    }
    let topics = Topics::parse(names.unwrap_or_default()).map_err(|unknown| {
        Problem::bad_request(format!(
            "There is no topic {unknown:?}; topics are {served}, and {EVERYTHING} for all of them."
        ))
    })?;
    match topics.iter().find(|topic| !served.contains(*topic)) {
        None => Ok(topics),
        Some(topic) => Err(Problem::not_served(topic)),
    }
}
