//! gzip and zstd for those who ask for them, with `--compress`.
//!
//! What is written of a body at a time is one piece of the compressed one, and all of it can be read from that: an event
//! is not kept back for more to come. A stream that is compressed stays with hyper, since its bytes are no longer those of
//! the log that all readers share; it has an encoder of its own, whose window is [`WINDOW`].

use std::io::{self, Write as _};

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{Stream, StreamExt as _, stream};

use crate::delivery::Handover;

/// Bytes that an encoder looks back, as a power of two: 32 KiB, which is what gzip has. By its own choice zstd would take
/// 512 KiB, and several times as much around it.
const WINDOW: u32 = 15;
/// The least that both offer: what more would save is little, of blocks that are so short.
const LEVEL: i32 = 1;
/// Bytes of a body that is not worth it.
const SMALL: u64 = 256;

/// Compresses the answer, if it is worth it and the client wants that.
pub(crate) async fn compress(request: Request, next: Next) -> Response {
    let coding = Coding::wanted(request.headers());
    let mut response = next.run(request).await;
    if !is_worth_it(&response) {
        return response;
    }
    // To whom it was not compressed is not who asks next.
    let vary = HeaderValue::from_name(header::ACCEPT_ENCODING);
    response.headers_mut().append(header::VARY, vary);
    let Some(coding) = coding else { return response };
    let encoder = match Encoder::new(coding) {
        Ok(encoder) => encoder,
        Err(error) => {
            tracing::warn!(%error, "an answer can't be compressed");
            return response;
        }
    };
    response.extensions_mut().remove::<Handover>();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    headers.remove(header::CONTENT_LENGTH);
    // They would be of what was not compressed.
    headers.remove(header::ACCEPT_RANGES);
    weaken_etag(headers);
    response.map(|body| Body::from_stream(encode(body, encoder)))
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Zstd,
}

impl Coding {
    /// What the client would have rather than the body as it is; of two that it likes the same, zstd, which is quicker.
    fn wanted(headers: &HeaderMap) -> Option<Self> {
        let (mut gzip, mut zstd, mut identity, mut others) = (None, None, None, None);
        let lists =
            headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|it| it.to_str().ok());
        for item in lists.flat_map(|list| list.split(',')) {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = match parts.next() {
                None => 1.0,
                Some(weight) => quality(weight).unwrap_or(0.0),
            };
            match name.as_str() {
                "gzip" | "x-gzip" => gzip = Some(quality),
                "zstd" => zstd = Some(quality),
                "identity" => identity = Some(quality),
                "*" => others = Some(quality),
                _ => {}
            }
        }
        let others = others.unwrap_or(0.0);
        let (gzip, zstd) = (gzip.unwrap_or(others), zstd.unwrap_or(others));
        let least = identity.unwrap_or(0.0);
        let (coding, quality) = if zstd >= gzip { (Self::Zstd, zstd) } else { (Self::Gzip, gzip) };
        (quality > 0.0 && quality >= least).then_some(coding)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// Of `q=0.5`; none if it is no such thing.
fn quality(weight: &str) -> Option<f32> {
    let (name, value) = weight.split_once('=')?;
    let value = value.trim().parse().ok()?;
    (name.trim().eq_ignore_ascii_case("q") && (0.0..=1.0).contains(&value)).then_some(value)
}

fn is_worth_it(response: &Response) -> bool {
    let headers = response.headers();
    let is_whole = !matches!(
        response.status(),
        StatusCode::NO_CONTENT
            | StatusCode::RESET_CONTENT
            | StatusCode::PARTIAL_CONTENT
            | StatusCode::NOT_MODIFIED
    );
    let is_small = response.body().size_hint().upper().is_some_and(|bytes| bytes < SMALL)
        // A file's answer to HEAD has no body.
        && !headers.contains_key(header::CONTENT_LENGTH);
    is_whole
        && !is_small
        && !headers.contains_key(header::CONTENT_ENCODING)
        && headers.get(header::CONTENT_TYPE).is_some_and(is_text)
}

/// Pictures and fonts are compressed by themselves.
fn is_text(content_type: &HeaderValue) -> bool {
    let Ok(content_type) = content_type.to_str() else { return false };
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || ["application/javascript", "application/json", "application/wasm", "application/xml"]
            .contains(&essence.as_str())
}

/// The same in other bytes.
fn weaken_etag(headers: &mut HeaderMap) {
    let strong = headers.get(header::ETAG).filter(|etag| !etag.as_bytes().starts_with(b"W/"));
    let weak = strong.map(|etag| HeaderValue::from_bytes(&[b"W/", etag.as_bytes()].concat()));
    if let Some(Ok(weak)) = weak {
        headers.insert(header::ETAG, weak);
    }
}

/// What was written of a compressed body is given out, and nothing of it kept.
enum Encoder {
    Gzip(GzEncoder<Vec<u8>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

impl Encoder {
    fn new(coding: Coding) -> io::Result<Self> {
        Ok(match coding {
            Coding::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), Compression::new(LEVEL as u32))),
            Coding::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), LEVEL)?;
                encoder.window_log(WINDOW)?;
                Self::Zstd(encoder)
            }
        })
    }

    /// A piece from which all of its bytes can be read.
    fn piece(&mut self, bytes: &[u8]) -> io::Result<Bytes> {
        let written = match self {
            Self::Gzip(encoder) => {
                encoder.write_all(bytes)?;
                encoder.flush()?;
                std::mem::take(encoder.get_mut())
            }
            Self::Zstd(encoder) => {
                encoder.write_all(bytes)?;
                encoder.flush()?;
                std::mem::take(encoder.get_mut())
            }
        };
        Ok(written.into())
    }

    fn end(self) -> io::Result<Bytes> {
        let written = match self {
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        };
        written.map(Bytes::from)
    }
}

/// A body that is cut is cut here too, and has no end that would make it whole.
fn encode(body: Body, encoder: Encoder) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let state = Some((body.into_data_stream(), encoder));
    stream::unfold(state, async |state| {
        let (mut body, mut encoder) = state?;
        Some(match body.next().await {
            Some(Ok(bytes)) => (encoder.piece(&bytes), Some((body, encoder))),
            Some(Err(error)) => (Err(io::Error::other(error)), None),
            None => (encoder.end(), None),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_says_by_weights_what_it_wants() {
        use Coding::{Gzip, Zstd};
        for (list, wanted) in [
            ("", None),
            ("identity", None),
            ("br, deflate", None),
            ("gzip", Some(Gzip)),
            ("X-GZIP", Some(Gzip)),
            ("gzip, deflate, br, zstd", Some(Zstd)),
            ("gzip;q=0.9, zstd;q=0.8", Some(Gzip)),
            ("gzip ; Q=0.5 , zstd;q=0.501", Some(Zstd)),
            ("gzip;q=0", None),
            ("gzip;q=0.000, zstd;q=0", None),
            ("*", Some(Zstd)),
            ("*, zstd;q=0", Some(Gzip)),
            ("*;q=0", None),
            ("gzip, *;q=0", Some(Gzip)),
            ("identity;q=0, gzip;q=0.1", Some(Gzip)),
            ("identity, gzip;q=0.5", None),
            ("identity;q=0.5, gzip;q=0.5", Some(Gzip)),
            ("gzip;q=2", None),
            ("gzip;q=NaN", None),
            ("gzip;level=9", None),
        ] {
            let headers = [(header::ACCEPT_ENCODING, HeaderValue::from_static(list))];
            assert_eq!(Coding::wanted(&headers.into_iter().collect()), wanted, "{list:?}");
        }
        assert_eq!(Coding::wanted(&HeaderMap::new()), None);
        let twice = ["gzip;q=0.5", "zstd;q=0"]
            .map(|list| (header::ACCEPT_ENCODING, HeaderValue::from_static(list)));
        assert_eq!(Coding::wanted(&twice.into_iter().collect()), Some(Gzip));
    }
}
