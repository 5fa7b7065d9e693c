//! The routes under `/faults`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Faults;
use super::keys::{Command, LastRequest};
use super::ports::{Mode, PortReport};
use crate::App;
use crate::problem::Problem;
use crate::routes::Routes;

/// What is told of a key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyReport {
    /// Requests to `/events` with this key.
    requests: u64,
    /// Of these, those that were redirected.
    redirects: u64,
    /// Of their streams, those that are open: neither ended by the server, nor seen to be closed by the client.
    open: usize,
    /// The most that were open at once.
    most_open: usize,
    /// Of the last 64 requests, the oldest first, the cursor that the server went by: the header's, or else the
    /// query's, at most 256 bytes of it; null without one.
    cursors: Vec<Option<String>>,
    /// The newest request.
    last: Option<LastRequest>,
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
struct ModeBody {
    mode: Mode,
}

type Answer<T> = Result<Json<T>, Problem>;

/// The control interface.
pub(crate) fn routes() -> Routes {
    vec![
        ("/faults/keys/{key}", get(report_key)),
        ("/faults/keys/{key}/cut", post(cut)),
        ("/faults/keys/{key}/end", post(end)),
        ("/faults/keys/{key}/events", post(write)),
        ("/faults/ports", post(open_port)),
        ("/faults/ports/{port}", get(report_port).put(set_mode).delete(remove_port)),
    ]
}

async fn report_key(State(app): State<Arc<App>>, Path(key): Path<String>) -> Answer<KeyReport> {
    let report = faults(&app)?.keys.look(&key, |key| KeyReport {
        requests: key.requests,
        redirects: key.redirects,
        open: key.open(),
        most_open: key.most_open,
        cursors: key.cursors.iter().cloned().collect(),
        last: key.last.clone(),
    });
    Ok(Json(report))
}

async fn cut(State(app): State<Arc<App>>, Path(key): Path<String>) -> Answer<Value> {
    tell(&app, &key, &Command::Cut)
}

async fn end(State(app): State<Arc<App>>, Path(key): Path<String>) -> Answer<Value> {
    tell(&app, &key, &Command::End)
}

async fn write(
    State(app): State<Arc<App>>,
    Path(key): Path<String>,
    body: Result<Json<Text>, JsonRejection>,
) -> Answer<Value> {
    let Json(Text { text }) = body.map_err(|rejection| bad_body(&rejection))?;
    tell(&app, &key, &Command::Write(text.into()))
}

fn tell(app: &App, key: &str, command: &Command) -> Answer<Value> {
    Ok(Json(json!({ "streams": faults(app)?.keys.tell(key, command) })))
}

async fn open_port(State(app): State<Arc<App>>) -> Answer<Value> {
    match faults(&app)?.ports.open().await {
        Ok(Some(port)) => Ok(Json(json!({ "port": port }))),
        Ok(None) => Err(Problem::new(
            StatusCode::CONFLICT,
            "There are 64 extra ports already; delete one first.",
        )),
        Err(error) => Err(port_failed(&error)),
    }
}

async fn report_port(
    State(app): State<Arc<App>>,
    port: Result<Path<u16>, PathRejection>,
) -> Answer<PortReport> {
    let Path(port) = port.map_err(|_| no_such_port())?;
    faults(&app)?.ports.report(port).await.map(Json).ok_or_else(no_such_port)
}

async fn set_mode(
    State(app): State<Arc<App>>,
    port: Result<Path<u16>, PathRejection>,
    body: Result<Json<ModeBody>, JsonRejection>,
) -> Answer<PortReport> {
    let Path(port) = port.map_err(|_| no_such_port())?;
    let Json(ModeBody { mode }) = body.map_err(|rejection| bad_body(&rejection))?;
    let ports = &faults(&app)?.ports;
    ports
        .set_mode(port, mode)
        .await
        .ok_or_else(no_such_port)?
        .map_err(|error| port_failed(&error))?;
    ports.report(port).await.map(Json).ok_or_else(no_such_port)
}

async fn remove_port(
    State(app): State<Arc<App>>,
    port: Result<Path<u16>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path(port) = port.map_err(|_| no_such_port())?;
    if faults(&app)?.ports.remove(port).await {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(no_such_port())
    }
}

// The routes are there only with faults; this keeps a mistake in that from being a panic.
fn faults(app: &App) -> Result<&Faults, Problem> {
    app.faults.as_ref().ok_or_else(Problem::not_found)
}

fn bad_body(rejection: &JsonRejection) -> Problem {
    Problem::new(rejection.status(), rejection.body_text())
}

fn no_such_port() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "There is no such extra port; POST /faults/ports opens one.",
    )
}

pub(super) fn port_failed(error: &std::io::Error) -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        format!("The port can't be listened on: {error}"),
    )
}
