//! No token is told over HTTP/2 either.

use axum::http::Request;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::client::{Client, connect};
use crate::common::within;
use crate::tokens;

/// The client's preface, and a request in one frame of headers, as they are on the wire, whatever they say.
pub(super) fn http2_request(headers: &[(&str, &str)]) -> Vec<u8> {
    let length = |text: &str| -> Vec<u8> {
        // RFC 7541, 5.1: in seven bits, and what is more in bytes of seven.
        let mut rest = text.len();
        if rest < 127 {
            return vec![u8::try_from(rest).expect("small")];
        }
        let mut bytes = vec![127];
        rest -= 127;
        while rest >= 128 {
            bytes.push(u8::try_from(rest % 128).expect("small") | 128);
            rest /= 128;
        }
        bytes.push(u8::try_from(rest).expect("small"));
        bytes
    };
    let mut block = Vec::new();
    for (name, value) in headers {
        // A literal that is never indexed.
        block.push(0x10);
        for text in [name, value] {
            block.extend(length(text));
            block.extend(text.as_bytes());
        }
    }
    let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| -> Vec<u8> {
        let [_, length @ ..] = u32::try_from(payload.len()).expect("small").to_be_bytes();
        [&length[..], &[kind, flags, 0, 0, 0, stream], payload].concat()
    };
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        // SETTINGS: a window of 16 MiB for each stream; WINDOW_UPDATE: as much for all.
        frame(4, 0, 0, &[0, 4, 1, 0, 0, 0]),
        frame(8, 0, 0, &[1, 0, 0, 0]),
        // HEADERS: END_STREAM and END_HEADERS.
        frame(1, 5, 1, &block),
    ]
    .concat()
}

#[tokio::test]
async fn no_token_is_told_anywhere_over_http_2() {
    let told = tokens::AllTold::start(&["--tls-self-signed"]);
    let server = &told.server;
    let mut client = Client::new(server, b"h2").await;
    let mut everything = client.events("/events?topics=all&token=sesame-read").await;
    for (method, path) in tokens::PATHS {
        for token in tokens::TOKENS {
            let separator = if path.contains('?') { '&' } else { '?' };
            let in_query = client.uri(&format!("{path}{separator}token={token}"));
            let url = client.uri(path);
            for (url, header) in [
                (in_query, None),
                (url.clone(), Some(("authorization", format!("Bearer {token}")))),
                (url.clone(), Some(("authorization", format!("bearer {token}")))),
                (url, Some(("cookie", format!("token={token}")))),
            ] {
                let mut request = Request::builder().method(method.as_str()).uri(url);
                if let Some((name, value)) = header {
                    request = request.header(name, value);
                }
                let request = request.header("origin", "https://example.org").body("{}".into());
                let answer = client.send(request.expect("a request")).await;
                let mut told = format!("{:?}", answer.headers);
                if answer.header("content-type") != Some("text/event-stream") {
                    told.push_str(&answer.text().await);
                }
                assert!(!told.contains("sesame"), "{method} {path} {token}: {told}");
            }
        }
    }
    // Of what can't be read at all nothing is repeated either.
    for headers in [
        [
            (":method", "GET"),
            (":scheme", "https"),
            (":authority", "localhost"),
            (":path", "/ \u{1}?token=sesame-read"),
        ],
        [(":method", "GET"), (":scheme", "https"), (":authority", "sesame read"), (":path", "/")],
        [
            (":method", "GET"),
            (":scheme", "sesame read"),
            (":authority", "localhost"),
            (":path", "/"),
        ],
        [
            (":method", "GET"),
            (":path", "/"),
            ("content-length", "sesame-read"),
            (":scheme", "https"),
        ],
    ] {
        let mut stream = connect(server, &[b"h2"], None, "localhost").await.expect("they agree");
        stream.write_all(&http2_request(&headers)).await.expect("it reads");
        // Until it has thought of the request what it will: HEADERS, RST_STREAM or GOAWAY.
        let mut kind = 0;
        while ![1, 3, 7].contains(&kind) {
            let mut head = [0; 9];
            within(stream.read_exact(&mut head)).await.expect("a frame");
            kind = head[3];
            let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
            within(stream.read_exact(&mut payload)).await.expect("its payload");
            assert!(!payload.windows(6).any(|bytes| bytes == b"sesame"));
        }
    }
    let mut the_end = client.get("/publish/notify");
    *the_end.method_mut() = axum::http::Method::POST;
    *the_end.body_mut() = "the end".into();
    the_end.headers_mut().insert("authorization", "Bearer sesame-publish".parse().expect("ASCII"));
    assert_eq!(client.send(the_end).await.status, 201);
    loop {
        let block = everything.event().await;
        assert!(!format!("{block:?}").contains("sesame"), "{block:?}");
        if block.name() == "notify" {
            break;
        }
    }
    told.assert_no_token_in_the_log().await;
}
