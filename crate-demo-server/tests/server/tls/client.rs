//! A client whose connections the tests choose: what is agreed on, and how many requests go over one.

use std::sync::Arc;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Request, StatusCode, Version};
use futures_util::StreamExt as _;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use crate::common::{Block, Server, within};

pub(super) const BOTH: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// One connection, closed when dropped.
pub(super) struct Client {
    sender: Sender,
    connection: JoinHandle<()>,
    authority: String,
}

enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

/// An answer, whose body comes as it is asked for. Dropped, over HTTP/2, it resets its stream.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) version: Version,
    pub(super) headers: HeaderMap,
    body: BodyDataStream,
    buffer: String,
}

/// Takes any certificate.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A connection on which nothing is said yet. Trusts `root` for `name`, or anyone.
pub(super) async fn connect(
    server: &Server,
    protocols: &[&[u8]],
    root: Option<&CertificateDer<'static>>,
    name: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("the provider has them");
    let mut config = match root {
        Some(root) => {
            let mut roots = RootCertStore::empty();
            roots.add(root.clone()).expect("a certificate");
            builder.with_root_certificates(roots).with_no_client_auth()
        }
        None => {
            let verifier = Arc::new(Anyone(provider));
            builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
        }
    };
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let socket = within(TcpStream::connect(authority(server))).await.expect("it listens");
    socket.set_nodelay(true).expect("it is open");
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    within(TlsConnector::from(Arc::new(config)).connect(name, socket)).await
}

pub(super) fn authority(server: &Server) -> &str {
    server.url.strip_prefix("https://").expect("it tells its scheme")
}

impl Client {
    /// Offers the server that protocol alone.
    pub(super) async fn new(server: &Server, protocol: &[u8]) -> Self {
        let stream = connect(server, &[protocol], None, "localhost").await.expect("they agree");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol));
        Self::over(stream, authority(server), protocol == b"h2").await
    }

    pub(super) async fn over(
        stream: TlsStream<TcpStream>,
        authority: &str,
        is_http2: bool,
    ) -> Self {
        let stream = TokioIo::new(stream);
        let (sender, connection) = if is_http2 {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            // Of one stream, and room for many: who does not read holds up nobody else.
            builder.initial_stream_window_size(65_535).initial_connection_window_size(8_388_608);
            let (sender, connection) =
                within(builder.handshake(stream)).await.expect("it speaks HTTP/2");
            (Sender::Http2(sender), tokio::spawn(async { drop(connection.await) }))
        } else {
            let (sender, connection) =
                within(http1::handshake(stream)).await.expect("it speaks HTTP/1.1");
            (Sender::Http1(sender), tokio::spawn(async { drop(connection.await) }))
        };
        Self { sender, connection, authority: authority.to_owned() }
    }

    /// A request without a body.
    pub(super) fn get(&self, path: &str) -> Request<Body> {
        let request = Request::get(self.uri(path)).header("host", &self.authority);
        request.body(Body::empty()).expect("a request")
    }

    pub(super) fn uri(&self, path: &str) -> String {
        match self.sender {
            Sender::Http1(_) => path.to_owned(),
            Sender::Http2(_) => format!("https://{}{path}", self.authority),
        }
    }

    pub(super) async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let response = match &mut self.sender {
            Sender::Http1(sender) => {
                within(sender.ready()).await.expect("it is open");
                within(sender.send_request(request)).await
            }
            Sender::Http2(sender) => {
                // It is in the target.
                request.headers_mut().remove("host");
                within(sender.ready()).await.expect("it is open");
                within(sender.send_request(request)).await
            }
        };
        let (head, body) = response.expect("an answer").into_parts();
        Answer {
            status: head.status,
            version: head.version,
            headers: head.headers,
            body: Body::new(body).into_data_stream(),
            buffer: String::new(),
        }
    }

    /// Opens an event stream.
    pub(super) async fn events(&mut self, path: &str) -> Answer {
        let answer = self.send(self.get(path)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("text/event-stream"));
        answer
    }

    /// The status and the body of an answer.
    pub(super) async fn ask(&mut self, path: &str) -> (StatusCode, String) {
        let answer = self.send(self.get(path)).await;
        (answer.status, answer.text().await)
    }

    /// Waits until the server has closed it.
    pub(super) async fn closed(mut self) {
        within(&mut self.connection).await.expect("it does not panic");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("ASCII"))
    }

    /// More of the body; none at its end, an error where it is cut.
    pub(super) async fn more(&mut self) -> Option<Result<String, axum::Error>> {
        let bytes = within(self.body.next()).await?;
        Some(bytes.map(|bytes| String::from_utf8(bytes.into()).expect("ASCII")))
    }

    pub(super) async fn block(&mut self) -> Block {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let block = Block::parse(block);
                self.buffer = rest.to_owned();
                return block;
            }
            let more = self.more().await.expect("it goes on").expect("it is not cut");
            self.buffer.push_str(&more);
        }
    }

    /// The next block that is no heartbeat.
    pub(super) async fn event(&mut self) -> Block {
        let event = async {
            loop {
                let block = self.block().await;
                if block.event.as_deref() != Some("ping") {
                    return block;
                }
            }
        };
        within(event).await
    }

    /// All that is still to come.
    pub(super) async fn text(mut self) -> String {
        let mut text = std::mem::take(&mut self.buffer);
        while let Some(more) = self.more().await {
            text.push_str(&more.expect("it is not cut"));
        }
        text
    }
}
