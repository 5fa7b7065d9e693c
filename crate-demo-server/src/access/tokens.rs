//! Tokens, and what they allow.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::App;
use crate::cli::Token;
use crate::problem::{Problem, Refusal};

/// What a request's token lets it do. Who may publish may read too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rights {
    /// Read what is served.
    Read,
    /// And publish, start and end tasks, and steer faults.
    Publish,
}

/// All tokens, as digests of equal length: neither how much of a guess is right nor how long a token is shows in the
/// time that a comparison takes.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Vec<([u8; 32], Rights)>);

#[derive(Deserialize)]
struct TokenQuery {
    token: Option<String>,
}

impl Tokens {
    pub(crate) fn new(tokens: impl IntoIterator<Item = (Token, Rights)>) -> Self {
        Self(tokens.into_iter().map(|(token, rights)| (digest(token.as_bytes()), rights)).collect())
    }

    /// Without one, everybody may do everything.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a guess allows, compared with every token, whichever is right.
    fn rights_of(&self, guess: &[u8]) -> Option<Rights> {
        let guess = digest(guess);
        self.0.iter().fold(None, |found, (token, rights)| {
            let is_right = bool::from(token.ct_eq(&guess));
            found.max(is_right.then_some(*rights))
        })
    }

    /// What a request may do: by its query, its header `Authorization`, or its cookie, whichever allows most.
    pub(super) fn rights(&self, uri: &Uri, headers: &HeaderMap) -> Option<Rights> {
        // A query that can't be read brings no token.
        let in_query =
            Query::<TokenQuery>::try_from_uri(uri).ok().and_then(|Query(query)| query.token);
        let in_query = in_query.as_deref().map(str::as_bytes);
        let in_header = headers.get(header::AUTHORIZATION).and_then(bearer);
        let in_cookies = headers.get_all(header::COOKIE).iter().flat_map(cookies);
        let guesses = in_query.into_iter().chain(in_header).chain(in_cookies);
        guesses.filter_map(|guess| self.rights_of(guess)).max()
    }

    /// Whether this is the header `Authorization` with one of the tokens.
    pub(crate) fn is_in(&self, authorization: &HeaderValue) -> bool {
        bearer(authorization).is_some_and(|guess| self.rights_of(guess).is_some())
    }
}

/// Lets a request through that may do what it asks for: reading is for who may read, all else for who may publish.
pub(crate) async fn check(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let needed = needed(request.method(), request.uri().path());
    let problem = match app.access.rights(&request) {
        Some(rights) if rights >= needed => return next.run(request).await,
        Some(_) if app.access.is_exposed => Problem::refused(
            Refusal::Exposed,
            StatusCode::FORBIDDEN,
            "Others can reach this server's address, and it has no token, so nobody may change something. Start it \
             with --publish-token, or let it listen on 127.0.0.1.",
        ),
        Some(_) => Problem::refused(
            Refusal::Rights,
            StatusCode::FORBIDDEN,
            "This token is for reading. What changes something needs one that may publish: see --publish-token.",
        ),
        None => Problem::refused(
            Refusal::Token,
            StatusCode::UNAUTHORIZED,
            "This server asks for a token: in the query as `token`, in the header as `Authorization: Bearer`, or in a \
             cookie `token`.",
        ),
    };
    let mut response = problem.into_response();
    if response.status() == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// A POST of the stream, which takes it with faults, reads.
fn needed(method: &Method, path: &str) -> Rights {
    if method.is_safe() || path == "/events" { Rights::Read } else { Rights::Publish }
}

fn digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let value = value.as_bytes();
    let (scheme, token) = value.split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}

/// The values of cookies that are named `token`.
fn cookies(header: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    header
        .as_bytes()
        .split(|byte| *byte == b';')
        .filter_map(|cookie| cookie.trim_ascii().strip_prefix(b"token="))
}
