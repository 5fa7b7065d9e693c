//! The names that this server answers to.
//!
//! A website can point a name of its own at this machine (DNS rebinding), and a browser then takes what the server
//! answers for that website's. The name stands in the request, so a request for a name that is not ours is refused.
//! Loopback names and addresses are ours with any port: port forwards and proxies have ports of their own, and no DNS
//! server has a say in them.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::authority::Authority;
use crate::App;
use crate::cli::AllowedHost;
use crate::problem::{Problem, Refusal};

/// Which they are.
#[derive(Debug)]
pub(crate) struct Hosts {
    listen: SocketAddr,
    allowed: Vec<AllowedHost>,
}

impl Hosts {
    /// Loopback, where the server listens, and those allowed besides.
    pub(crate) fn new(listen: SocketAddr, allowed: &[AllowedHost]) -> Self {
        Self { listen, allowed: allowed.to_vec() }
    }

    fn contain(&self, asked: &Authority) -> bool {
        asked.is_loopback()
            || self.is_listen_address(asked)
            || self.allowed.iter().any(|AllowedHost(allowed)| allowed.covers(asked))
    }

    /// A server that listens on all addresses has them all: an address is no name that somebody could point here.
    fn is_listen_address(&self, asked: &Authority) -> bool {
        let ip = self.listen.ip().to_canonical();
        asked.address().is_some_and(|address| ip.is_unspecified() || address == ip)
            && asked.port().is_none_or(|port| port == self.listen.port())
    }
}

/// Lets a request through that is for this server. What it is for is then one of its extensions, an [`Authority`];
/// HTTP/1.0 may leave it out.
pub(crate) async fn check(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    match asked(&request) {
        Ok(Some(asked)) if !app.access.hosts.contain(&asked) => Problem::refused(
            Refusal::Host,
            StatusCode::MISDIRECTED_REQUEST,
            format!(
                "This server does not answer to the name {asked}, lest a website reads it by a name of its own. If \
                 the name is yours, start the server with --allow-host {asked}."
            ),
        )
        .into_response(),
        Ok(asked) => {
            if let Some(asked) = asked {
                request.extensions_mut().insert(asked);
            }
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

fn asked(request: &Request) -> Result<Option<Authority>, Problem> {
    let bad = |detail| Problem::refused(Refusal::Host, StatusCode::BAD_REQUEST, detail);
    let mut headers = request.headers().get_all(header::HOST).iter();
    let header = headers.next();
    if headers.next().is_some() {
        return Err(bad("A request has one header Host, and this has several."));
    }
    // The request's target has it too in HTTP/2, and where a proxy is asked; it wins, as RFC 9112 has it.
    let target = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    let is_missing = match request.version() {
        // No browser speaks these, but programs that look after servers do.
        Version::HTTP_09 | Version::HTTP_10 => false,
        Version::HTTP_11 => header.is_none(),
        _ => header.is_none() && target.is_none(),
    };
    if is_missing {
        return Err(bad("A request names its host in a header Host, and this does not."));
    }
    let Some(named) = target.or(header.map(HeaderValue::as_bytes)) else { return Ok(None) };
    let asked = std::str::from_utf8(named).ok().and_then(Authority::parse);
    asked.map(Some).ok_or_else(|| {
        bad("The header Host is a name or an address, and maybe a port: example.org:8080, [::1]:8080.")
    })
}
