//! The app's page, made ready for where it was asked for: which scripts and styles the browser may use, and where
//! relative addresses lead.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};
use sha2::{Digest as _, Sha256};

/// Nothing but the app's own files, and its inline scripts and styles by their hashes.
///
/// `wasm-unsafe-eval` is what compiling WebAssembly asks for, `data:` lets style sheets carry small pictures.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; \
    style-src 'self'{styles}; img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'self'; \
    form-action 'none'; frame-ancestors 'none'";

/// The app uses none of what a page must ask its visitor for.
const PERMISSIONS: &str =
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/// What says in the built page that relative addresses start from the app's folder.
const BASE: &[u8] = b"./";

/// A page with the policy that fits it.
#[derive(Debug)]
pub(crate) struct AppPage {
    html: Vec<u8>,
    policy: String,
}

impl AppPage {
    /// Makes `html` ready to be the answer for `path`, which begins with a slash.
    ///
    /// `<base href="./">` gets as many steps up as the path has folders. Steps lead to the right place behind a
    /// reverse proxy as well, which serves the app below a path of its own choice.
    pub(crate) fn new(html: &[u8], path: &str) -> Self {
        let mut out = Vec::with_capacity(html.len() + 16);
        let mut copied = 0;
        let (mut scripts, mut styles) = (String::new(), String::new());
        // The text of the inline script or style that is being read.
        let mut inline: Option<Vec<u8>> = None;
        let mut emitter = DefaultEmitter::<usize>::new_with_span();
        // What stands inside scripts and styles is no markup.
        emitter.naively_switch_states(true);
        for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
            match token {
                Token::StartTag(tag) if is(&tag, b"script") => {
                    inline = (!tag.attributes.contains_key(&b"src"[..])).then(Vec::new);
                }
                Token::StartTag(tag) if is(&tag, b"style") => inline = Some(Vec::new()),
                Token::StartTag(tag) if is(&tag, b"base") && attribute(&tag, b"href") == BASE => {
                    out.extend_from_slice(&html[copied..tag.span.start]);
                    out.extend_from_slice(format!("<base href=\"{}\">", base(path)).as_bytes());
                    copied = tag.span.end;
                }
                Token::String(text) => {
                    if let Some(inline) = &mut inline {
                        inline.extend_from_slice(&text);
                    }
                }
                Token::EndTag(tag) => {
                    if let Some(text) = inline.take() {
                        let hash = BASE64.encode(Sha256::digest(&text));
                        let list = if **tag.name == *b"style" { &mut styles } else { &mut scripts };
                        list.push_str(&format!(" 'sha256-{hash}'"));
                    }
                }
                _ => {}
            }
        }
        out.extend_from_slice(&html[copied..]);
        let policy = POLICY.replace("{scripts}", &scripts).replace("{styles}", &styles);
        Self { html: out, policy }
    }
}

fn is(tag: &StartTag<usize>, name: &[u8]) -> bool {
    **tag.name == *name
}

fn attribute<'a>(tag: &'a StartTag<usize>, name: &[u8]) -> &'a [u8] {
    tag.attributes.get(name).map_or(b"", |value| value.as_slice())
}

/// The way from the folder of `path` to the root.
fn base(path: &str) -> String {
    let folders = path.matches('/').count().saturating_sub(1);
    if folders == 0 { "./".to_owned() } else { "../".repeat(folders) }
}

impl IntoResponse for AppPage {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::OK, Body::from(self.html)).into_response();
        let headers = response.headers_mut();
        for (name, value) in [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::REFERRER_POLICY, "no-referrer"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        // It is ASCII, so the rest never happens; a page that may do nothing is the safe answer if it did.
        let policy = HeaderValue::try_from(self.policy)
            .unwrap_or(HeaderValue::from_static("default-src 'none'"));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    }
}
