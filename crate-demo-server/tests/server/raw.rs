//! Requests as they are written, for what no client would send.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::{Server, within};

/// The whole answer to these bytes, until the server closes the connection: ask it to.
pub(crate) async fn answer(server: &Server, request: &str) -> String {
    within(async {
        let address = server.url.strip_prefix("http://").expect("a URL");
        let mut socket = TcpStream::connect(address).await.expect("it listens");
        socket.write_all(request.as_bytes()).await.expect("it reads");
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.expect("it answers");
        String::from_utf8(answer).expect("UTF-8")
    })
    .await
}

/// The status of an answer.
pub(crate) fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("no answer: {answer:?}"))
}
