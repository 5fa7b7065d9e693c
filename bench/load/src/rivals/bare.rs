//! One write for each event and client.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

/// The first line of a request tells what its connection is: a reader, or the one that publishes. While that one is
/// open nobody else is answered.
pub(super) fn serve(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let mut readers: Vec<TcpStream> = Vec::new();
    loop {
        let (socket, _) = listener.accept()?;
        socket.set_nodelay(true)?;
        let mut requests = BufReader::new(socket);
        while let Some((is_reader, text)) = request(&mut requests)? {
            if is_reader {
                let mut socket = requests.into_inner();
                socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")?;
                readers.push(socket);
                break;
            }
            let block = format!("data: {text}\n\n");
            for reader in &mut readers {
                // All of it is taken: a reader that is gone, or slow, is not what is measured here.
                let _ = reader.write(block.as_bytes());
            }
            requests.get_mut().write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")?;
        }
    }
}

/// Whether it asks for the stream, and its body; none at the end.
fn request(requests: &mut BufReader<TcpStream>) -> io::Result<Option<(bool, String)>> {
    let mut first = String::new();
    if requests.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut length = 0;
    loop {
        let mut line = String::new();
        requests.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    requests.read_exact(&mut body)?;
    Ok(Some((first.starts_with("GET "), String::from_utf8_lossy(&body).into_owned())))
}
