//! What lies at `/`: the built app, or a few words.

use std::path::{Path, PathBuf};

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::access::authority::Authority;
use crate::app_page::AppPage;
use crate::problem::Problem;

const WORDS: &str = "\
sse-signals-demo-server streams what happens as Server-Sent Events: real quotes, and what you make happen.

  curl -N '{server}/events'                          quotes and headlines
  curl -N '{server}/events?topics=news&recent=200'   headlines only, beginning with recent ones
  curl -N '{server}/events?topics=weather'           real days of Seattle and New York
  curl -N '{server}/events?topics=metrics'           this machine's load, and how the server fares
  curl -N '{server}/events?topics=logs&recent=20'    its log, standard input (--stdin), commands (--exec)
  curl -N '{server}/events?topics=tasks'             jobs, and how far they are
  curl -N '{server}/events?topics=chat,notify'       what is published
  curl -N '{server}/events?topics=all'               all of them
  curl '{server}/topics'                             which topics there are

  curl -d hello '{server}/publish/chat'              says something to all who read topic chat
  curl -d '{\"kind\": \"primes\", \"size\": 10000000000}' '{server}/tasks'
                                                    starts a job; its kind may be checksum too
  curl '{server}/tasks'                              lists the jobs
  curl -X DELETE '{server}/tasks/1'                  cancels the first

To see the app here, start the server with --app and the folder of the built app.
";

/// Serves the single-page app in `folder`: its files, and its page for `/` and for paths that are the app's own to
/// route, which are those whose last segment has no file extension.
pub(crate) fn app(folder: &Path) -> Router {
    // The page has its own way; other folders have none.
    let files = ServeDir::new(folder).append_index_html_on_directories(false);
    let nosniff = HeaderValue::from_static("nosniff");
    Router::new()
        .fallback(file)
        .with_state(App { files, page: folder.join("index.html") })
        .layer(SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, nosniff))
}

#[derive(Clone)]
struct App {
    files: ServeDir,
    page: PathBuf,
}

/// Says what this server is.
pub(crate) fn words(scheme: &'static str) -> Router {
    Router::new()
        .route("/", get(greet))
        .with_state(scheme)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .fallback(async || Problem::not_found())
}

async fn greet(State(scheme): State<&'static str>, asked: Option<Extension<Authority>>) -> String {
    let host = asked.map_or_else(|| "127.0.0.1:8080".to_owned(), |asked| asked.0.to_string());
    WORDS.replace("{server}", &format!("{scheme}://{host}"))
}

async fn file(State(app): State<App>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allow = [(header::ALLOW, HeaderValue::from_static("GET, HEAD"))];
        return (allow, Problem::method_not_allowed()).into_response();
    }
    let path = request.uri().path().to_owned();
    let mut response = if matches!(path.as_str(), "/" | "/index.html") {
        page(&app, &path).await
    } else {
        serve(app.files.clone(), request).await
    };
    let is_route = !path.rsplit('/').next().unwrap_or_default().contains('.');
    if response.status() == StatusCode::NOT_FOUND && is_route {
        response = page(&app, &path).await;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Problem::not_found().into_response(),
        StatusCode::SERVICE_UNAVAILABLE => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The app's index.html can't be read just now; if the app is being built, try again.",
        )
        .into_response(),
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

/// Read anew each time, for it may have been rebuilt, with other scripts. It is small.
async fn page(app: &App, path: &str) -> Response {
    match tokio::fs::read(&app.page).await {
        Ok(html) => AppPage::new(&html, path).into_response(),
        Err(error) => {
            tracing::warn!(%error, "the app's index.html can't be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
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
