//! What only fetch has: headers that are asked for, and a body that the client reads when it has room.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use super::{Connection, Requested};
use crate::client::{End, Request};
use crate::error::Kind;
use crate::options::Transport;
use crate::{Error, Fetch};

/// What the server has sent and the client has not read.
#[derive(Default)]
pub(super) struct Body {
    pieces: RefCell<VecDeque<Piece>>,
    closed: Cell<bool>,
    /// Of the task that reads.
    waker: RefCell<Option<Waker>>,
}

enum Piece {
    Bytes(Vec<u8>),
    End(End),
}

impl Body {
    pub(super) fn push(&self, bytes: &[u8]) {
        self.put(Piece::Bytes(bytes.to_owned()));
    }

    pub(super) fn end(&self, end: End) {
        self.put(Piece::End(end));
    }

    fn put(&self, piece: Piece) {
        self.pieces.borrow_mut().push_back(piece);
        self.wake();
    }

    /// The task that reads ends.
    pub(super) fn close(&self) {
        self.closed.set(true);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// The future's value, or `None` once it is closed.
    async fn unless_closed<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|cx| {
            if self.closed.get() {
                return Poll::Ready(None);
            }
            self.waker.replace(Some(cx.waker().clone()));
            future.as_mut().poll(cx).map(Some)
        })
        .await
    }

    async fn next(&self) -> Option<Piece> {
        let take = || self.pieces.borrow_mut().pop_front();
        self.unless_closed(poll_fn(|_| take().map_or(Poll::Pending, Poll::Ready))).await
    }
}

/// What a browser says of a request that it can't make.
pub(in crate::scripted) fn check(request: &Request<'_>) -> Result<(), Error> {
    match request.transport {
        Transport::Fetch(fetch)
            if fetch.body.is_some() && matches!(&*fetch.method, "GET" | "HEAD") =>
        {
            let reason = format!("a {} request has no body", fetch.method);
            Err(Kind::InvalidRequest { reason }.into())
        }
        _ => Ok(()),
    }
}

/// Makes the request once its headers are there, then reads what comes.
pub(super) fn ask(connection: &Rc<Connection>, fetch: &Fetch, mut requested: Requested) {
    let Some(stage) = connection.stage.upgrade() else { return };
    requested.headers.clone_from(&fetch.headers);
    let Some(headers_with) = fetch.headers_with.clone() else {
        connection.ask(requested);
        stage.spawn(read(Rc::clone(connection)));
        return;
    };
    let connection = Rc::clone(connection);
    let attempt = requested.attempt;
    stage.spawn(async move {
        match connection.body.unless_closed(headers_with(attempt)).await {
            // Nobody waits for it any more.
            None => {}
            Some(Ok(headers)) => {
                for (name, value) in headers {
                    requested.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
                    requested.headers.push((name, value));
                }
                connection.ask(requested);
                read(connection).await;
            }
            Some(Err(reason)) => {
                connection.report(|sink, generation| {
                    sink.ended(generation, End::NoHeaders(reason));
                });
            }
        }
    });
}

async fn read(connection: Rc<Connection>) {
    while let Some(piece) = connection.body.next().await {
        match piece {
            Piece::Bytes(bytes) => hand_on(&connection, &bytes).await,
            Piece::End(end) => {
                connection.report(|sink, generation| sink.ended(generation, end));
                return;
            }
        }
    }
}

/// Waits where there is no room, and does not read on meanwhile.
async fn hand_on(connection: &Connection, bytes: &[u8]) {
    let mut rest = bytes;
    loop {
        connection.report(|sink, generation| sink.bytes(generation, &mut rest));
        if rest.is_empty() {
            return;
        }
        let room = poll_fn(|cx| match connection.sink.upgrade() {
            Some(sink) => sink.poll_room(connection.generation, cx),
            None => Poll::Ready(()),
        });
        if connection.body.unless_closed(room).await.is_none() {
            return;
        }
    }
}
