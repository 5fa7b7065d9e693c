//! Answers without a stream.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::extract::Query;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};

use super::Faults;
use super::control::port_failed;
use super::order::{Order, Redirect, RetryAfter, Target};
use super::script::digits;
use crate::problem::Problem;

/// Some of these a browser would keep, and not ask again.
const NO_STORE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

impl Order {
    /// The answer to `fault=status`.
    pub(super) fn status(&self) -> Response {
        let status = self
            .code
            .and_then(|code| StatusCode::from_u16(code).ok())
            .unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let is_empty = matches!(
            status,
            StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
        );
        let mut response = if is_empty {
            (status, [NO_STORE], Body::empty()).into_response()
        } else if let Some(bytes) = self.body {
            let body = Bytes::from(digits(bytes));
            plain(
                status,
                match self.body_open {
                    None => body.into(),
                    Some(_) => Body::from_stream(
                        stream::iter([Ok::<_, Infallible>(body)]).chain(stream::pending()),
                    ),
                },
            )
        } else {
            let problem = Problem::new(status, "This status was ordered by `fault=status`.");
            ([NO_STORE], problem).into_response()
        };
        if let Some(retry_after) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after.header());
        }
        response
    }
}

impl RetryAfter {
    fn header(self) -> HeaderValue {
        match self {
            Self::Seconds(seconds) => seconds.into(),
            Self::Date(seconds) => {
                let distance = Duration::from_secs(seconds.unsigned_abs());
                let now = SystemTime::now();
                // Within a year of now: it fits.
                let date =
                    if seconds < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
                HeaderValue::try_from(httpdate::fmt_http_date(date.unwrap_or(now)))
                    .unwrap_or(HeaderValue::from_static("soon"))
            }
            Self::Nonsense => HeaderValue::from_static("soon"),
        }
    }
}

impl Faults {
    /// Sends the client to the same path and query without the redirect. Only ever to this server: a target that
    /// came from the request would let anyone's link lead anywhere.
    pub(super) async fn redirect(
        &self,
        redirect: Redirect,
        scheme: &str,
        headers: &HeaderMap,
        uri: &Uri,
    ) -> Result<Response, Problem> {
        let origin = match redirect.target {
            Target::Same => String::new(),
            Target::Other => {
                let host = headers.get(header::HOST).map(HeaderValue::as_bytes);
                let host = host.and_then(|host| Authority::try_from(host).ok());
                // HTTP/2 has it in the target.
                let asked = uri.authority().or(host.as_ref()).and_then(Authority::port_u16);
                let other =
                    self.ports.other_origin(asked).await.map_err(|error| port_failed(&error))?;
                format!("{scheme}://{other}")
            }
        };
        let target = format!("{origin}{}?{}", uri.path(), query_without_redirect(uri));
        let location = HeaderValue::try_from(target)
            .map_err(|_| Problem::bad_request("The query can't stand in a header."))?;
        let status = redirect
            .code
            .and_then(|code| StatusCode::from_u16(code).ok())
            .unwrap_or(StatusCode::TEMPORARY_REDIRECT);
        Ok((status, [NO_STORE, (header::LOCATION, location)]).into_response())
    }
}

/// A text of this status.
pub(super) fn plain(status: StatusCode, body: impl Into<Body>) -> Response {
    let plain = HeaderValue::from_static("text/plain");
    (status, [NO_STORE, (header::CONTENT_TYPE, plain)], body.into()).into_response()
}

/// The query's parameters as they came, but for those of the redirect.
fn query_without_redirect(uri: &Uri) -> String {
    // Names may be percent-encoded. It was read once already, so it can be.
    let parsed = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_or_else(|_| Vec::new(), |Query(pairs)| pairs);
    let raw = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let kept: Vec<_> = parsed
        .iter()
        .zip(raw)
        .filter(|((name, _), _)| name != "redirect" && !name.starts_with("redirect-"))
        .map(|(_, raw)| raw)
        .collect();
    kept.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirects_query_keeps_everything_else_as_it_came() {
        for (query, kept) in [
            ("redirect=other&key=a%20b+c&redirect-times=2", "key=a%20b+c"),
            (
                "%72edirect=same&&x&redirect=&redirect-code=301&y==&redirected=1",
                "x&y==&redirected=1",
            ),
            ("redirect=same", ""),
        ] {
            let uri = format!("/events?{query}").parse().expect("a URI");
            assert_eq!(query_without_redirect(&uri), kept);
        }
    }
}
