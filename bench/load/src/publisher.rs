//! The one connection that publishes.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::failure::{Failure, Result};
use crate::readers;

#[derive(Debug)]
pub(crate) struct Publisher {
    socket: TcpStream,
    path: &'static str,
    port: u16,
    /// Of the last event.
    pub(crate) number: u64,
}

impl Publisher {
    pub(crate) async fn connect(port: u16, path: &'static str) -> Result<Self> {
        let socket =
            TcpStream::connect(("127.0.0.1", port)).await.map_err(Failure::at("publish"))?;
        socket.set_nodelay(true).map_err(Failure::at("publish"))?;
        Ok(Self { socket, path, port, number: 0 })
    }

    /// Publishes so many events at once, and waits until all are answered.
    pub(crate) async fn publish(&mut self, events: u64) -> Result<()> {
        self.publish_with(events, "").await
    }

    /// Publishes one of 32 KiB.
    pub(crate) async fn publish_large(&mut self) -> Result<()> {
        self.publish_with(1, &"+".repeat(32 * 1_024)).await
    }

    async fn publish_with(&mut self, events: u64, more: &str) -> Result<()> {
        let Self { path, port, .. } = self;
        let mut requests = String::new();
        for _ in 0..events {
            self.number += 1;
            let text = readers::text(self.number) + more;
            requests += &format!(
                "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{text}",
                text.len()
            );
        }
        let (mut read, mut write) = self.socket.split();
        let (written, answered) =
            tokio::join!(write.write_all(requests.as_bytes()), answers(&mut read, events));
        written.map_err(Failure::at("publish"))?;
        answered
    }
}

async fn answers(socket: &mut (impl tokio::io::AsyncRead + Unpin), count: u64) -> Result<()> {
    const LINE: &[u8] = b"HTTP/1.1 20";
    let mut seen = 0;
    let mut text = Vec::new();
    while seen < count {
        if socket.read_buf(&mut text).await.map_err(Failure::at("publish"))? == 0 {
            return Err(Failure::new("the server does not let publish"));
        }
        while let Some(at) = text.windows(LINE.len()).position(|it| it == LINE) {
            seen += 1;
            text.drain(..at + LINE.len());
        }
        let keep = text.len().min(LINE.len() - 1);
        if String::from_utf8_lossy(&text).contains("HTTP/1.1 4") {
            return Err(Failure::new(format!(
                "an event was refused: {}",
                String::from_utf8_lossy(&text)
            )));
        }
        text.drain(..text.len() - keep);
    }
    Ok(())
}
