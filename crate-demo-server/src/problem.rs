//! Errors as `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).

use std::error::Error;
use std::iter;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sse_signals_feed::Topic;

use crate::connection::TooSlow;

/// One error, for a machine by `status` and for a person by `detail`.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    refusal: Option<Refusal>,
    /// Seconds.
    retry_after: Option<u32>,
}

/// Why a request is refused that could be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The name that it came for.
    Host,
    /// The page that sent it.
    Origin,
    /// No token, or a wrong one.
    Token,
    /// A token that does not let do that.
    Rights,
    /// Nobody may do that, since strangers can reach the server.
    Exposed,
    /// A topic that is not served, or not published to.
    Topic,
    /// There are too many of it now.
    Busy,
    /// Its address has published too much.
    Rate,
}

impl Refusal {
    pub(crate) const ALL: [Self; 8] = [
        Self::Host,
        Self::Origin,
        Self::Token,
        Self::Rights,
        Self::Exposed,
        Self::Topic,
        Self::Rate,
        Self::Busy,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Origin => "origin",
            Self::Token => "token",
            Self::Rights => "rights",
            Self::Exposed => "exposed",
            Self::Topic => "topic",
            Self::Rate => "rate",
            Self::Busy => "busy",
        }
    }
}

/// Seconds until a server that has too much to do may be asked again.
const BUSY: u32 = 5;

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), refusal: None, retry_after: None }
    }

    /// Is counted by its reason.
    pub(crate) fn refused(refusal: Refusal, status: StatusCode, detail: impl Into<String>) -> Self {
        Self { refusal: Some(refusal), ..Self::new(status, detail) }
    }

    /// There is too much of something now.
    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        Self::refused(Refusal::Busy, StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(BUSY)
    }

    /// Says after how many seconds the same may be asked for again.
    #[must_use]
    pub(crate) const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The request's body is too large, broken, or did not come in time.
    pub(crate) fn body(rejection: &BytesRejection) -> Self {
        let mut causes = iter::successors(Some(rejection as &dyn Error), |&error| error.source());
        if causes.any(<dyn Error>::is::<TooSlow>) {
            return Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "The request's body did not come in time; send it again, at once.",
            );
        }
        Self::new(rejection.status(), rejection.body_text())
    }

    /// This server keeps that topic to itself.
    pub(crate) fn not_served(topic: Topic) -> Self {
        let mut detail = format!(
            "This server does not serve topic {}; GET /topics lists those it does.",
            topic.name()
        );
        if matches!(topic, Topic::Logs | Topic::Metrics) {
            detail.push_str(
                " What tells of its machine is served where only that machine can reach it, or with a token: see \
                 --token.",
            );
        }
        Self::refused(Refusal::Topic, StatusCode::FORBIDDEN, detail)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is nothing at this path; the event stream is at /events.",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "This path does not take this method; the header Allow names those it takes.",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // `about:blank` says that the problem is what the status says, and the title then is the status' own.
        let body = Body {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Unknown status"),
            status: self.status.as_u16(),
            detail: &self.detail,
        };
        let mut response = (self.status, Json(body)).into_response();
        let content_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(refusal) = self.refusal {
            response.extensions_mut().insert(refusal);
        }
        response
    }
}
