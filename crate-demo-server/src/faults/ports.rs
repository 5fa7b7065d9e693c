//! Extra ports that can be made to refuse, which a page in a browser can't do by itself.
//!
//! A port relays bytes to the server's own listener, so what it serves is the same, and closing its sockets is
//! all it takes to break a connection.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Mutex, OnceCell, watch};
use tokio::task::{JoinHandle, JoinSet};

const MAX_PORTS: usize = 64;
const BACKLOG: u32 = 128;

/// All extra ports.
#[derive(Debug)]
pub(super) struct Ports {
    upstream: SocketAddr,
    ports: Mutex<BTreeMap<u16, Port>>,
    /// Where redirects to another origin lead: no order changes or closes it, so that tests which share the server
    /// don't meet there. Opened at the first of them.
    other: OnceCell<(u16, Port)>,
}

/// What a port does with connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Mode {
    /// Hands them to the server.
    Serve,
    /// Does not listen; those that stood are closed.
    Refuse,
    /// Accepts and closes them; those that stood are closed.
    Kill,
}

/// What is told of a port.
#[derive(Debug, Serialize)]
pub(super) struct PortReport {
    mode: Mode,
    /// Connections accepted since the port was opened.
    accepted: u64,
}

#[derive(Debug)]
struct Port {
    accepted: Arc<AtomicU64>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Dropping `mode` ends the task, its connections, and then its listener.
    Listening { mode: watch::Sender<Mode>, task: JoinHandle<()> },
    /// Bound without listening: connections are refused, and nobody else gets the port.
    Refusing(TcpSocket),
    /// A change failed half-way; the next one starts from here.
    Broken,
}

impl Ports {
    pub(super) fn new(mut upstream: SocketAddr) -> Self {
        match upstream.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => upstream.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => upstream.set_ip(Ipv6Addr::LOCALHOST.into()),
            IpAddr::V4(_) | IpAddr::V6(_) => {}
        }
        Self { upstream, ports: Mutex::default(), other: OnceCell::new() }
    }

    /// Opens a free port that serves; none if there are too many.
    pub(super) async fn open(&self) -> io::Result<Option<u16>> {
        let mut ports = self.ports.lock().await;
        if ports.len() >= MAX_PORTS {
            return Ok(None);
        }
        let (number, port) = self.serving()?;
        ports.insert(number, port);
        Ok(Some(number))
    }

    /// An origin of this server that is not the one at port `asked`.
    pub(super) async fn other_origin(&self, asked: Option<u16>) -> io::Result<SocketAddr> {
        let (number, _) = self.other.get_or_try_init(async || self.serving()).await?;
        let is_there = asked == Some(*number);
        Ok(if is_there { self.upstream } else { (Ipv4Addr::LOCALHOST, *number).into() })
    }

    pub(super) async fn report(&self, number: u16) -> Option<PortReport> {
        let ports = self.ports.lock().await;
        let port = ports.get(&number)?;
        let mode = match &port.state {
            State::Listening { mode, .. } => *mode.borrow(),
            State::Refusing(_) | State::Broken => Mode::Refuse,
        };
        Some(PortReport { mode, accepted: port.accepted.load(Ordering::Relaxed) })
    }

    /// Changes what a port does; with [`Mode::Refuse`] it refuses by the time this is done. None if there is no
    /// such port.
    pub(super) async fn set_mode(&self, number: u16, wanted: Mode) -> Option<io::Result<()>> {
        let mut ports = self.ports.lock().await;
        let port = ports.get_mut(&number)?;
        let state = std::mem::replace(&mut port.state, State::Broken);
        let changed = match (state, wanted) {
            (State::Listening { mode, task }, Mode::Serve | Mode::Kill) => {
                mode.send_replace(wanted);
                Ok(State::Listening { mode, task })
            }
            (State::Listening { mode, task }, Mode::Refuse) => {
                close(mode, task).await;
                bind(number).map(State::Refusing)
            }
            (State::Refusing(socket), Mode::Refuse) => Ok(State::Refusing(socket)),
            (State::Refusing(socket), Mode::Serve | Mode::Kill) => socket
                .listen(BACKLOG)
                .map(|listener| self.listening(listener, wanted, &port.accepted)),
            (State::Broken, Mode::Refuse) => bind(number).map(State::Refusing),
            (State::Broken, Mode::Serve | Mode::Kill) => bind(number)
                .and_then(|socket| socket.listen(BACKLOG))
                .map(|listener| self.listening(listener, wanted, &port.accepted)),
        };
        Some(changed.map(|state| port.state = state))
    }

    /// Closes a port and its connections; false if there is no such port.
    pub(super) async fn remove(&self, number: u16) -> bool {
        let Some(port) = self.ports.lock().await.remove(&number) else { return false };
        if let State::Listening { mode, task } = port.state {
            close(mode, task).await;
        }
        true
    }

    /// A free port that serves.
    fn serving(&self) -> io::Result<(u16, Port)> {
        let listener = bind(0)?.listen(BACKLOG)?;
        let number = listener.local_addr()?.port();
        let accepted = Arc::<AtomicU64>::default();
        let state = self.listening(listener, Mode::Serve, &accepted);
        Ok((number, Port { accepted, state }))
    }

    fn listening(&self, listener: TcpListener, mode: Mode, accepted: &Arc<AtomicU64>) -> State {
        let (mode, on_mode) = watch::channel(mode);
        let accepted = Arc::clone(accepted);
        State::Listening {
            mode,
            task: tokio::spawn(accept(listener, on_mode, accepted, self.upstream)),
        }
    }
}

async fn close(mode: watch::Sender<Mode>, task: JoinHandle<()>) {
    drop(mode);
    if let Err(error) = task.await {
        tracing::error!(%error, "the task of an extra port failed");
    }
}

fn bind(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections that were closed just now still hold the port.
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    Ok(socket)
}

async fn accept(
    listener: TcpListener,
    mut mode: watch::Receiver<Mode>,
    accepted: Arc<AtomicU64>,
    upstream: SocketAddr,
) {
    let mut relays = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            changed = mode.changed() => {
                if changed.is_err() {
                    break;
                }
                if *mode.borrow_and_update() == Mode::Kill {
                    relays.shutdown().await;
                }
            }
            // Lets go of connections that are over.
            Some(_) = relays.join_next() => {}
            connection = listener.accept() => {
                let Ok((client, _)) = connection else {
                    // Out of file descriptors, say: no use to spin.
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    continue;
                };
                accepted.fetch_add(1, Ordering::Relaxed);
                if *mode.borrow() == Mode::Serve {
                    relays.spawn(relay(client, upstream));
                }
            }
        }
    }
    relays.shutdown().await;
}

async fn relay(mut client: TcpStream, upstream: SocketAddr) {
    let relayed = async {
        let mut server = TcpStream::connect(upstream).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        tokio::io::copy_bidirectional(&mut client, &mut server).await
    };
    if let Err(error) = relayed.await {
        tracing::debug!(%error, "a relayed connection broke");
    }
}
