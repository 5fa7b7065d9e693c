//! HTTPS, and HTTP/2 over it.

mod certificates;
mod client;
mod limits;
mod secrets;
mod streams;

/// The shortest start.
const SELF_SIGNED: [&str; 3] = ["--tls-self-signed", "--speed", "0.001"];
