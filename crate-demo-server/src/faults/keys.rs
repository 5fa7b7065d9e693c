//! What is known of each key: its requests, and its open streams.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use bytes::Bytes;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::stream::LAST_EVENT_ID;

/// Keys that are kept.
const MAX_KEYS: usize = 1_024;
/// Commands that wait for a stream whose reader does not read.
const MAX_COMMANDS: usize = 64;
/// Cursors that are kept of each key.
const MAX_CURSORS: usize = 64;
/// Bytes that are kept of a cursor.
const MAX_CURSOR_BYTES: usize = 256;
/// Bytes that are kept of a header.
const MAX_HEADER_BYTES: usize = 4_096;

/// All keys, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Keys(Mutex<VecDeque<(String, Key)>>);

#[derive(Debug, Default)]
pub(super) struct Key {
    pub(super) requests: u64,
    pub(super) redirects: u64,
    streams: Vec<mpsc::Sender<Command>>,
    pub(super) most_open: usize,
    /// Of the last requests, the oldest first.
    pub(super) cursors: VecDeque<Option<String>>,
    pub(super) last: Option<LastRequest>,
}

/// The newest request of a key: of each header at most 4,096 bytes, and null for one that was not there. What is
/// not UTF-8 is replaced.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LastRequest {
    method: String,
    /// Tells which of the server's ports was asked.
    host: Option<String>,
    last_event_id_header: Option<String>,
    last_event_id_query: Option<String>,
    origin: Option<String>,
    /// Whether it brought a cookie.
    cookie: bool,
    accept: Option<String>,
    cache_control: Option<String>,
    authorization: Option<String>,
    x_test: Option<String>,
    content_type: Option<String>,
    /// The whole body of a POST.
    body: Option<String>,
}

/// What an open stream can be told.
#[derive(Clone, Debug)]
pub(super) enum Command {
    Write(Bytes),
    Cut,
    End,
}

/// A stream's side of its key. Dropping it takes the stream off the key's list.
#[derive(Debug)]
pub(super) struct Control {
    commands: mpsc::Receiver<Command>,
    key: String,
    keys: Arc<Keys>,
}

impl Keys {
    /// Counts a request, and returns its number from 1.
    pub(super) fn count(&self, key: &str, request: LastRequest) -> u64 {
        let mut keys = self.lock();
        let key = entry(&mut keys, key);
        key.requests += 1;
        if key.cursors.len() == MAX_CURSORS {
            key.cursors.pop_front();
        }
        key.cursors.push_back(request.cursor());
        key.last = Some(request);
        key.requests
    }

    /// Counts a request that is redirected.
    pub(super) fn count_redirect(&self, key: &str) {
        entry(&mut self.lock(), key).redirects += 1;
    }

    /// Adds a stream to a key.
    pub(super) fn open(self: &Arc<Self>, key: &str) -> Control {
        let (sender, commands) = mpsc::channel(MAX_COMMANDS);
        let mut keys = self.lock();
        let entry = entry(&mut keys, key);
        entry.streams.push(sender);
        entry.most_open = entry.most_open.max(entry.streams.len());
        drop(keys);
        Control { commands, key: key.to_owned(), keys: Arc::clone(self) }
    }

    /// Tells all open streams of a key, and returns how many can hear it.
    pub(super) fn tell(&self, key: &str, command: &Command) -> usize {
        let keys = self.lock();
        let streams = keys.iter().find(|(name, _)| name == key).map(|(_, key)| &key.streams);
        streams
            .into_iter()
            .flatten()
            .filter(|stream| stream.try_send(command.clone()).is_ok())
            .count()
    }

    /// Looks at a key; at an untouched one if there is none of that name.
    pub(super) fn look<T>(&self, key: &str, look: impl FnOnce(&Key) -> T) -> T {
        let keys = self.lock();
        match keys.iter().find(|(name, _)| name == key) {
            Some((_, key)) => look(key),
            None => look(&Key::default()),
        }
    }

    // Each change is one step, so a panic elsewhere leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, Key)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry<'a>(keys: &'a mut VecDeque<(String, Key)>, name: &str) -> &'a mut Key {
    let index = keys.iter().position(|(key, _)| key == name).unwrap_or_else(|| {
        if keys.len() == MAX_KEYS {
            keys.pop_front();
        }
        keys.push_back((name.to_owned(), Key::default()));
        keys.len() - 1
    });
    &mut keys[index].1
}

impl Key {
    /// How many streams are open.
    pub(super) fn open(&self) -> usize {
        self.streams.len()
    }
}

impl LastRequest {
    pub(super) fn new(
        method: &Method,
        headers: &HeaderMap,
        last_event_id_query: Option<String>,
        body: Option<&[u8]>,
    ) -> Self {
        let text = |name| {
            headers.get(name).map(|value: &HeaderValue| lossy(value.as_bytes(), MAX_HEADER_BYTES))
        };
        Self {
            method: method.to_string(),
            host: text(header::HOST),
            last_event_id_header: text(LAST_EVENT_ID),
            last_event_id_query,
            origin: text(header::ORIGIN),
            cookie: headers.contains_key(header::COOKIE),
            accept: text(header::ACCEPT),
            cache_control: text(header::CACHE_CONTROL),
            authorization: text(header::AUTHORIZATION),
            x_test: text(HeaderName::from_static("x-test")),
            content_type: text(header::CONTENT_TYPE),
            body: body.map(|body| String::from_utf8_lossy(body).into_owned()),
        }
    }

    /// For a token of this server's own, which is never told.
    pub(super) fn hide_authorization(&mut self) {
        self.authorization = Some("Bearer …".to_owned());
    }

    /// The one that the server goes by.
    fn cursor(&self) -> Option<String> {
        [&self.last_event_id_header, &self.last_event_id_query]
            .into_iter()
            .flatten()
            .find(|cursor| !cursor.is_empty())
            .map(|cursor| lossy(cursor.as_bytes(), MAX_CURSOR_BYTES))
    }
}

fn lossy(bytes: &[u8], most: usize) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(most)]).into_owned()
}

impl Control {
    /// The next command; none ever comes once the key is forgotten.
    pub(super) async fn command(&mut self) -> Option<Command> {
        self.commands.recv().await
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.commands.close();
        let mut keys = self.keys.lock();
        if let Some((_, key)) = keys.iter_mut().find(|(name, _)| *name == self.key) {
            key.streams.retain(|stream| !stream.is_closed());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_key_is_forgotten_first() {
        let keys = Arc::new(Keys::default());
        let request = LastRequest::new(&Method::GET, &HeaderMap::new(), None, None);
        for number in 0..=MAX_KEYS {
            keys.count(&number.to_string(), request.clone());
        }
        assert_eq!(keys.lock().len(), MAX_KEYS);
        assert_eq!(keys.look("0", |key| key.requests), 0);
        assert_eq!(keys.look("1", |key| key.requests), 1);
    }

    #[test]
    fn a_dropped_stream_is_not_open_any_more() {
        let keys = Arc::new(Keys::default());
        let first = keys.open("k");
        let second = keys.open("k");
        drop(first);
        assert_eq!(keys.look("k", Key::open), 1);
        assert_eq!(keys.tell("k", &Command::Cut), 1);
        drop(second);
        assert_eq!(keys.look("k", Key::open), 0);
        assert_eq!(keys.tell("k", &Command::Cut), 0);
    }
}
