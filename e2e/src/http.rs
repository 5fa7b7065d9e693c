//! A GET request of our own, beside the browser's.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::DEADLINE;

/// An answer that is being read.
#[derive(Debug)]
pub(crate) struct Answer {
    stream: TcpStream,
    bytes: Vec<u8>,
}

/// Asks for a path, with further header lines, each ending with a line break.
pub(crate) async fn get(address: SocketAddr, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("the server accepts");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.expect("the server takes a request");
    Answer { stream, bytes: Vec::new() }
}

impl Answer {
    /// Reads until all of `texts` have come; the head and the body so far, with the marks of its chunks if it has
    /// any.
    ///
    /// # Panics
    ///
    /// If the answer ends without them.
    pub(crate) async fn until(&mut self, texts: &[&str]) -> String {
        loop {
            let text = String::from_utf8_lossy(&self.bytes);
            if texts.iter().all(|wanted| text.contains(wanted)) {
                return text.into_owned();
            }
            let read = timeout(DEADLINE, self.stream.read_buf(&mut self.bytes)).await;
            let more = matches!(read, Ok(Ok(1..)));
            assert!(
                more,
                "{read:?} before {texts:?} came: {}",
                String::from_utf8_lossy(&self.bytes)
            );
        }
    }

    /// Reads to the end.
    pub(crate) async fn all(mut self) -> String {
        let read = timeout(DEADLINE, self.stream.read_to_end(&mut self.bytes)).await;
        assert!(matches!(read, Ok(Ok(_))), "the answer does not end: {read:?}");
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}
