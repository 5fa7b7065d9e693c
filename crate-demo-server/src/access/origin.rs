//! Pages of other origins: what they may read is said by CORS headers, what they may do is checked here.
//!
//! A browser sends a form's POST, or one of plain text, to any server without asking it first (a simple request), so
//! not letting a page read the answer is not enough. Whatever is no browser sends no `Origin`, and passes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::authority::Authority;
use crate::App;
use crate::cli::{AllowedOrigin, Options};
use crate::problem::{Problem, Refusal};
use crate::stream::LAST_EVENT_ID;

/// How long a browser need not ask again what a page may send, so that a reconnect takes one request and not two.
/// Chromium keeps it for two hours at most, others less or more.
const PREFLIGHT: Duration = Duration::from_secs(7_200);

/// The CORS headers for these options.
pub(crate) fn cors(options: &Options) -> CorsLayer {
    // Test pages of another origin send headers of their own.
    let headers = if options.faults {
        AllowHeaders::mirror_request()
    } else {
        [LAST_EVENT_ID, header::AUTHORIZATION, header::CONTENT_TYPE].into()
    };
    let access = &options.access;
    let origins: Vec<_> = access
        .allow_origin
        .iter()
        .filter_map(|origin| match origin {
            AllowedOrigin::Any => None,
            AllowedOrigin::Origin(origin) => Some(origin.clone()),
        })
        .collect();
    let is_any = access.allow_origin.contains(&AllowedOrigin::Any);
    CorsLayer::new()
        .allow_origin(if is_any { AllowOrigin::any() } else { AllowOrigin::list(origins) })
        .allow_credentials(access.allow_credentials)
        .allow_headers(headers)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        // Pages of other origins can't read it otherwise.
        .expose_headers([header::RETRY_AFTER])
        .max_age(PREFLIGHT)
}

/// Lets a request through that changes nothing, or that no page of a foreign origin has sent.
pub(crate) async fn check(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_ours(&request, &app.access.origins) {
        return next.run(request).await;
    }
    Problem::refused(
        Refusal::Origin,
        StatusCode::FORBIDDEN,
        "Pages of other origins may change nothing here. If the page is yours, start the server with --allow-origin \
         and its origin, as its header Origin has it.",
    )
    .into_response()
}

fn is_ours(request: &Request, allowed: &[AllowedOrigin]) -> bool {
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return true };
    let is_allowed = allowed.iter().any(|allowed| match allowed {
        AllowedOrigin::Any => true,
        AllowedOrigin::Origin(allowed) => allowed == origin,
    });
    let asked = request.extensions().get::<Authority>();
    origins.next().is_none()
        && (is_allowed || asked.is_some_and(|asked| is_same_origin(origin, asked)))
}

/// Behind a proxy that speaks TLS a page's scheme is not the one that we are asked by, so either is right.
fn is_same_origin(origin: &HeaderValue, asked: &Authority) -> bool {
    let schemes = [("http://", 80), ("https://", 443)];
    origin.to_str().is_ok_and(|origin| {
        schemes.iter().any(|(scheme, port)| {
            let page = origin.strip_prefix(scheme).and_then(Authority::parse);
            page.is_some_and(|page| page.is_same(asked, *port))
        })
    })
}
