//! Who may read: the token, and other origins' pages.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::App;
use crate::cli::{AllowedOrigin, Options};
use crate::problem::Problem;
use crate::stream::LAST_EVENT_ID;

#[derive(Deserialize)]
struct TokenQuery {
    token: Option<String>,
}

/// Lets a request through that brings the token, if one is asked for.
pub(crate) async fn check_token(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(token) = &app.token else { return next.run(request).await };
    // A query that can't be read brings no token.
    let in_query =
        Query::<TokenQuery>::try_from_uri(request.uri()).ok().and_then(|Query(query)| query.token);
    let in_header = request.headers().get(header::AUTHORIZATION).and_then(bearer);
    // The comparison takes equally long wherever a guess differs; only the token's length can be measured.
    let is_token = |guess: &[u8]| bool::from(guess.ct_eq(token.as_bytes()));
    if in_query.is_some_and(|guess| is_token(guess.as_bytes())) || in_header.is_some_and(is_token) {
        return next.run(request).await;
    }
    let problem = Problem::new(
        StatusCode::UNAUTHORIZED,
        "This server asks for a token, in the query as `token` or in the header as `Authorization: Bearer`.",
    );
    let challenge = HeaderValue::from_static("Bearer");
    ([(header::WWW_AUTHENTICATE, challenge)], problem).into_response()
}

fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let value = value.as_bytes();
    let (scheme, token) = value.split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}

/// The CORS headers for these options.
pub(crate) fn cors(options: &Options) -> CorsLayer {
    let mut headers = vec![LAST_EVENT_ID, header::AUTHORIZATION];
    let mut methods = vec![Method::GET];
    if options.faults {
        // Test pages of another origin drive the control interface.
        headers.push(HeaderName::from_static("content-type"));
        methods.extend([Method::POST, Method::PUT, Method::DELETE]);
    }
    let origins: Vec<_> = options
        .allow_origin
        .iter()
        .filter_map(|origin| match origin {
            AllowedOrigin::Any => None,
            AllowedOrigin::Origin(origin) => Some(origin.clone()),
        })
        .collect();
    let is_any = options.allow_origin.contains(&AllowedOrigin::Any);
    CorsLayer::new()
        .allow_origin(if is_any { AllowOrigin::any() } else { AllowOrigin::list(origins) })
        .allow_credentials(options.allow_credentials)
        .allow_headers(headers)
        .allow_methods(methods)
}
