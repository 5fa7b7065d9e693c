//! `/tasks`: jobs that clients start, follow and cancel; topic `tasks` tells how far they are.
//!
//! ```text
//! POST   ── Tasks::start ──► run ─► drive ─► work      a job at a time has one of `RUNNING` places,
//! GET    ── Tasks::show  ◄── watch ───┤                and a blocking thread of the runtime's
//! DELETE ── Tasks::cancel ── watch ──►┘
//! ```

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use sse_signals_feed::{TaskKind, TaskState};

use crate::App;
use crate::access::limit::Allowance;
use crate::problem::Problem;

mod drive;
mod table;
mod work;

pub(crate) use table::{Shown, Tasks};

/// Of a request's body, in bytes.
pub(crate) const BODY_LIMIT: usize = 1_024;
/// Bytes of a checksum: 16 GiB.
const MOST_BYTES: u64 = 17_179_869_184;
/// Below which primes are counted.
const MOST_NUMBERS: u64 = 10_000_000_000;

/// What is to be done.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    kind: TaskKind,
    /// In units of the kind.
    size: u64,
}

/// Starts a job, or has it wait for its turn. The body is read as JSON whatever its content type says, so that
/// `curl -d` will do.
pub(crate) async fn start(
    State(app): State<Arc<App>>,
    _: Allowance,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|rejection| Problem::body(&rejection))?;
    let Wanted { kind, size } = serde_json::from_slice(&body).map_err(|error| {
        Problem::bad_request(format!(
            "The body is no task ({error}); send something like {{\"kind\": \"primes\", \"size\": 1000000}}, where the \
             kind is primes or checksum."
        ))
    })?;
    let (unit, most) = match kind {
        TaskKind::Checksum => ("bytes", MOST_BYTES),
        TaskKind::Primes => ("numbers", MOST_NUMBERS),
    };
    if !(1..=most).contains(&size) {
        return Err(Problem::bad_request(format!(
            "`size` is a number of {unit} from 1 to {most}."
        )));
    }
    let shown = app.tasks.start(kind, size)?;
    let location = HeaderValue::try_from(format!("/tasks/{}", shown.task))
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(shown)).into_response())
}

/// Answers with all jobs, the oldest first.
pub(crate) async fn list(State(app): State<Arc<App>>) -> Json<Vec<Shown>> {
    Json(app.tasks.list())
}

/// Answers with one.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(task): Path<String>,
) -> Result<Json<Shown>, Problem> {
    app.tasks.show(&task).map(Json)
}

/// Cancels one, and answers once it has come to rest.
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    Path(task): Path<String>,
) -> Result<Json<Shown>, Problem> {
    let shown = app.tasks.cancel(&task).await?;
    if shown.state == TaskState::Cancelled { Ok(Json(shown)) } else { Err(is_over(&shown)) }
}

fn is_over(shown: &Shown) -> Problem {
    let state = if shown.state == TaskState::Cancelled { "cancelled" } else { "done" };
    let detail = format!("Task {} is {state} already; there is nothing to cancel.", shown.task);
    Problem::new(StatusCode::CONFLICT, detail)
}
