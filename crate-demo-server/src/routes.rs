//! Which path leads where, and what stands before it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header;
use axum::middleware;
use axum::routing::{MethodRouter, get, post};
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;

use crate::cli::Options;
use crate::problem::Problem;
use crate::{App, access, assets, faults, monitor, publish, stats, stream, tasks, topics};

/// Paths, and the methods that each takes.
pub(crate) type Routes = Vec<(&'static str, MethodRouter<Arc<App>>)>;

/// Says all of this to programs.
const OPEN_API: &str = include_str!("../openapi.json");

/// All that the server answers to.
pub(crate) fn router(options: &Options, app: Arc<App>) -> Router {
    // The query is not logged: it may hold the token.
    let trace = TraceLayer::new_for_http()
        .make_span_with(|request: &Request| {
            tracing::info_span!("request", method = %request.method(), path = request.uri().path())
        })
        .on_response(DefaultOnResponse::new().level(Level::INFO));
    let count = middleware::from_fn_with_state(Arc::clone(&app.stats), stats::count);
    let host = middleware::from_fn_with_state(Arc::clone(&app), access::host::check);
    let guarded = collect(guarded(options.faults))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), access::tokens::check))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), access::origin::check))
        .layer(access::origin::cors(options));
    let site = options.app.as_deref().map_or_else(|| assets::words(app.scheme), assets::app);
    let routes = guarded.merge(collect(open())).with_state(app);
    let all = routes.merge(site);
    #[cfg(feature = "compression")]
    let all = if options.compress {
        all.layer(middleware::from_fn(crate::compression::compress))
    } else {
        all
    };
    all.layer(host).layer(trace).layer(count)
}

/// For those whose origin and token allow it.
fn guarded(has_faults: bool) -> Routes {
    let mut routes = vec![
        ("/topics", get(topics::list)),
        (
            "/publish/{topic}",
            post(publish::publish).layer(DefaultBodyLimit::max(publish::BODY_LIMIT)),
        ),
        (
            "/tasks",
            post(tasks::start).layer(DefaultBodyLimit::max(tasks::BODY_LIMIT)).get(tasks::list),
        ),
        ("/tasks/{task}", get(tasks::show).delete(tasks::cancel)),
        ("/metrics", get(monitor::metrics)),
    ];
    if has_faults {
        routes.push(("/events", get(faults::events).post(faults::events)));
        routes.extend(faults::routes());
    } else {
        routes.push(("/events", get(stream::events)));
    }
    routes
}

/// For everyone.
fn open() -> Routes {
    let open_api = async || ([(header::CONTENT_TYPE, "application/json")], OPEN_API);
    vec![
        ("/healthz", get(monitor::health)),
        ("/readyz", get(monitor::readiness)),
        ("/openapi.json", get(open_api)),
    ]
}

fn collect(routes: Routes) -> Router<Arc<App>> {
    routes
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| router.route(path, methods))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_open_api_document_has_each_path_and_no_more() {
        let document: serde_json::Value = serde_json::from_str(OPEN_API).expect("JSON");
        let described: BTreeSet<_> =
            document["paths"].as_object().expect("paths").keys().map(String::as_str).collect();
        let routes = guarded(true).into_iter().chain(open()).map(|(path, _)| path);
        // Without an app, `assets` has this one path.
        assert_eq!(described, routes.chain(["/"]).collect());
    }
}
