//! The real program on a free port, and a reader of event streams.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use tokio::sync::oneshot;

/// Arguments under which the log holds the first trading day, three quotes, and then nothing for a quarter of an
/// hour.
pub(crate) const ONE_DAY: [&str; 2] = ["--speed", "0.001"];

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// All that it logged, once it has ended.
    log: Option<oneshot::Receiver<String>>,
    pub(crate) url: String,
}

/// One block of an event stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    pub(crate) event: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) data: Option<String>,
    pub(crate) retry: Option<String>,
}

/// An event stream that is being read.
pub(crate) struct Events {
    response: Response,
    buffer: String,
}

/// How a stream went on.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Block(Block),
    /// The body ended as it should; what stood behind the last block.
    End(String),
    /// The connection was closed before the body's end; what stood behind the last block.
    Cut(String),
}

/// The program with these arguments, on a free port, with an empty log to begin with, and no more than the market in it.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sse-signals-demo-server"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SSE_SIGNALS_") {
            command.env_remove(name);
        }
    }
    command
        .env("SSE_SIGNALS_LISTEN", "127.0.0.1:0")
        .env("SSE_SIGNALS_HISTORY", "0")
        .env("SSE_SIGNALS_WEATHER", "0")
        .env("SSE_SIGNALS_METRICS", "0")
        .env("SSE_SIGNALS_LOGS", "off")
        .env("RUST_LOG", "trace");
    command.args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(&mut command(arguments))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the server's program runs");
        let mut stderr = child.stderr.take().expect("stderr is piped");
        let (ended, log) = oneshot::channel();
        std::thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).expect("the log is UTF-8");
            // A test that is over does not ask any more.
            let _ = ended.send(log);
        });
        let mut url = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped"))
            .read_line(&mut url)
            .expect("the first line is UTF-8");
        url.truncate(url.trim_end().len());
        assert!(url.starts_with("http"), "first line {url:?}");
        Self { child, log: Some(log), url }
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        client().get(format!("{}{path}", self.url))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        client().post(format!("{}{path}", self.url))
    }

    /// Opens an event stream, and reads its opening: one block.
    pub(crate) async fn events(&self, path: &str) -> Events {
        self.open(path).await.1
    }

    /// The same, with the opening.
    pub(crate) async fn open(&self, path: &str) -> (Block, Events) {
        let mut events = Events::of(send(self.get(path)).await);
        (events.block().await, events)
    }

    /// The program's standard input, if it is piped.
    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("it is piped")
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits for the program's end.
    pub(crate) async fn wait(mut self) -> ExitStatus {
        self.log().await;
        self.child.wait().expect("the child can be waited for")
    }

    /// Ends the program, and returns what it logged.
    pub(crate) async fn stop(mut self) -> String {
        self.child.kill().expect("the child can be killed");
        self.log().await
    }

    async fn log(&mut self) -> String {
        within(self.log.take().expect("asked for once")).await.expect("the log is read to its end")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Events {
    pub(crate) fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        Self { response, buffer: String::new() }
    }

    pub(crate) async fn next(&mut self) -> Next {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let block = Block::parse(block);
                self.buffer = rest.to_owned();
                return Next::Block(block);
            }
            match within(self.response.chunk()).await {
                Ok(Some(chunk)) => {
                    self.buffer.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
                }
                Ok(None) => return Next::End(std::mem::take(&mut self.buffer)),
                Err(_) => return Next::Cut(std::mem::take(&mut self.buffer)),
            }
        }
    }

    pub(crate) async fn block(&mut self) -> Block {
        match self.next().await {
            Next::Block(block) => block,
            other => panic!("a block was expected, not {other:?}"),
        }
    }

    /// The next block that is no heartbeat.
    pub(crate) async fn event(&mut self) -> Block {
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

    /// So many bytes of what comes, as they are.
    pub(crate) async fn text(&mut self, bytes: usize) -> String {
        while self.buffer.len() < bytes {
            let chunk = within(self.response.chunk()).await.expect("no cut").expect("no end");
            self.buffer.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
        let rest = self.buffer.split_off(bytes);
        std::mem::replace(&mut self.buffer, rest)
    }
}

impl Block {
    pub(crate) fn parse(text: &str) -> Self {
        let mut block = Self::default();
        for line in text.lines() {
            let (name, value) = line.split_once(':').expect("a field");
            let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
            let field = match name {
                "event" => &mut block.event,
                "id" => &mut block.id,
                "data" => &mut block.data,
                "retry" => &mut block.retry,
                _ => panic!("the field {name:?} is none of ours"),
            };
            assert_eq!(field.replace(value), None, "{name} stands once in a block");
        }
        block
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.data.as_deref().expect("data")).expect("JSON")
    }

    pub(crate) fn cursor(&self) -> &str {
        self.id.as_deref().expect("an id")
    }

    /// Epoch and sequence of the id.
    pub(crate) fn position(&self) -> (&str, u64) {
        let (epoch, sequence) = self.cursor().split_once('-').expect("<epoch>-<sequence>");
        (epoch, sequence.parse().expect("a number"))
    }

    pub(crate) fn name(&self) -> &str {
        self.event.as_deref().expect("an event type")
    }
}

pub(crate) fn client() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}

pub(crate) async fn send(request: RequestBuilder) -> Response {
    within(request.send()).await.expect("an answer")
}

pub(crate) async fn json(request: RequestBuilder) -> Value {
    let response = send(request).await;
    let text = within(response.text()).await.expect("a body");
    serde_json::from_str(&text).expect("JSON")
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().expect("ASCII"))
}

/// Checks that the answer is a problem of this status, and returns its detail.
pub(crate) async fn problem(response: Response, status: u16) -> String {
    assert_eq!(response.status(), status);
    assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
    let text = within(response.text()).await.expect("a body");
    let problem: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], "about:blank");
    assert!(problem["title"].is_string());
    problem["detail"].as_str().expect("a detail").to_owned()
}

/// Fails the test, rather than hang, when what it waits for does not come.
pub(crate) async fn within<F: Future>(wait: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), wait)
        .await
        .expect("what the test waits for comes")
}
