//! What lies at `/`: the built app, or a few words.

use std::path::Path;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::services::ServeDir;

use crate::problem::Problem;

const WORDS: &str = "\
sse-signals-demo-server streams real quotes and headlines as Server-Sent Events.

  curl -N 'http://{host}/events'                        everything
  curl -N 'http://{host}/events?topics=news&recent=200' headlines only, beginning with recent ones

To see the app here, start the server with --app and the folder of the built app.
";

/// Serves the single-page app in `folder`: its files, and its index.html for paths that are the app's own to
/// route, which are those whose last segment has no file extension.
pub(crate) fn app(folder: &Path) -> Router {
    Router::new().fallback(file).with_state(ServeDir::new(folder))
}

/// Says what this server is.
pub(crate) fn words() -> Router {
    Router::new()
        .route("/", get(greet))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .fallback(async || Problem::not_found())
}

async fn greet(request: Request) -> String {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    WORDS.replace("{host}", host.unwrap_or("127.0.0.1:8080"))
}

async fn file(State(files): State<ServeDir>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allow = [(header::ALLOW, HeaderValue::from_static("GET, HEAD"))];
        return (allow, Problem::method_not_allowed()).into_response();
    }
    let is_route = !request.uri().path().rsplit('/').next().unwrap_or_default().contains('.');
    let mut retry = Request::new(axum::body::Body::empty());
    *retry.method_mut() = request.method().clone();
    *retry.headers_mut() = request.headers().clone();
    *retry.uri_mut() = Uri::from_static("/");
    let mut response = serve(files.clone(), request).await;
    if response.status() == StatusCode::NOT_FOUND && is_route {
        response = serve(files, retry).await;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Problem::not_found().into_response(),
        status if status.is_client_error() || status.is_server_error() => {
            Problem::new(status, "The file can't be served.").into_response()
        }
        _ => {
            // A rebuilt app shows at the next load; unchanged files are still not sent again (304).
            let no_cache = HeaderValue::from_static("no-cache");
            response.headers_mut().insert(header::CACHE_CONTROL, no_cache);
            response
        }
    }
}

async fn serve(mut files: ServeDir, request: Request) -> Response {
    use std::io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    match files.try_call(request).await {
        Ok(response) => response.into_response(),
        Err(error) if matches!(error.kind(), NotADirectory | NotFound | PermissionDenied) => {
            StatusCode::NOT_FOUND.into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a file of the app can't be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
