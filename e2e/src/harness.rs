//! Runs the trials: a stage for each, evidence when one fails, and the summary.

use std::env;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::child::Log;
use crate::config::Config;
use crate::http;
use crate::page::Page;
use crate::pictures;
use crate::proxy::{FrontPage, INSECURE, Proxy, free_port};
use crate::server::Server;
use crate::trials::Suite;
use crate::wishes::Wish;

/// How long a trial waits for one condition. Generous: it only decides how late a failure is told.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Between two looks at what a trial waits for.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long a whole trial may take, so that a hung driver ends as a failure.
const TRIAL_DEADLINE: Duration = Duration::from_secs(600);

/// What is done and seen in a trial.
type Script = Box<dyn for<'a> Fn(&'a mut Stage) -> Pin<Box<dyn Future<Output = ()> + 'a>>>;

/// A named behaviour of the page.
pub(crate) struct Trial {
    /// A sentence.
    name: &'static str,
    script: Script,
    prelude: Option<&'static str>,
    proxied: bool,
    prefix: &'static str,
    wishes: Vec<Wish>,
    site: Site,
    flags: &'static [&'static str],
}

/// What the demo server serves at `/`.
#[derive(Clone, Copy, Debug)]
enum Site {
    App,
    /// An example by its name.
    Example(&'static str),
    /// No page, so none is opened.
    Nothing,
}

impl Trial {
    /// The page as it was built, behind the proxy.
    pub(crate) fn new<F>(name: &'static str, script: F) -> Self
    where
        F: for<'a> AsyncFn(&'a mut Stage) + Copy + 'static,
    {
        let script: Script = Box::new(move |stage| Box::pin(async move { script(stage).await }));
        Self {
            name,
            script,
            prelude: None,
            proxied: true,
            prefix: "",
            wishes: Vec::new(),
            site: Site::App,
            flags: &[],
        }
    }

    /// With a script that runs in the page before all others.
    pub(crate) fn prelude(self, script: &'static str) -> Self {
        Self { prelude: Some(script), ..self }
    }

    /// An example instead of the app.
    pub(crate) fn example(self, name: &'static str) -> Self {
        Self { site: Site::Example(name), ..self }
    }

    /// The trial opens a page of its own.
    pub(crate) fn without_page(self) -> Self {
        Self { site: Site::Nothing, ..self }
    }

    /// The page lies below that path, which the proxy takes off. Not with a prelude.
    pub(crate) fn below(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// A browser that is not as usual.
    pub(crate) fn wish(mut self, wish: Wish) -> Self {
        self.wishes.push(wish);
        self
    }

    /// More flags for the demo server.
    pub(crate) fn server(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }

    /// The browser talks to the server itself.
    pub(crate) fn without_proxy(self) -> Self {
        Self { proxied: false, ..self }
    }
}

/// All that a trial plays with, its own: server, proxy, browser with the page loaded.
pub(crate) struct Stage {
    pub(crate) config: Arc<Config>,
    pub(crate) server: Server,
    pub(crate) proxy: Proxy,
    pub(crate) page: Page,
    /// What the servers print.
    pub(crate) log: Log,
}

/// Runs the trials of a suite whose names contain one of the arguments, or all.
pub(crate) fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (mut suite, mut filters, mut pictures) = (Suite::Page, Vec::new(), None);
    while let Some(argument) = arguments.next() {
        if argument == "--suite" {
            let name = arguments.next().unwrap_or_default();
            let Some(chosen) = Suite::parse(&name) else {
                eprintln!("e2e: there is no suite `{name}`; known are page, examples, servers");
                return ExitCode::FAILURE;
            };
            suite = chosen;
        } else if argument == "--pictures" {
            pictures = arguments.next();
        } else if !argument.starts_with('-') {
            filters.push(argument);
        }
    }
    let trials = suite.trials();
    let config = match Config::from_env() {
        Ok(config) => Arc::new(config),
        Err(problem) => {
            eprintln!("e2e: {problem}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(folder) = pictures {
        runtime().block_on(pictures::take(&config, Path::new(&folder)));
        return ExitCode::SUCCESS;
    }
    let chosen =
        |trial: &&Trial| filters.is_empty() || filters.iter().any(|part| trial.name.contains(part));
    let started = Instant::now();
    let (mut passed, mut failed) = (0, Vec::new());
    println!("\nrunning {} tests in {}", trials.iter().filter(chosen).count(), config.engine);
    for trial in trials.iter().filter(chosen) {
        let started = Instant::now();
        let succeeded = run(&config, trial);
        let verdict = if succeeded { "ok" } else { "FAILED" };
        println!(
            "test {}: {} ... {verdict} ({:.1} s)",
            config.engine,
            trial.name,
            started.elapsed().as_secs_f32()
        );
        if succeeded {
            passed += 1;
        } else {
            failed.push(trial.name);
        }
    }
    for name in &failed {
        println!("failed: {}: {name}", config.engine);
    }
    // The words of Rust's own test harness, for whoever counts.
    println!(
        "\ntest result: {}. {passed} passed; {} failed; 0 ignored; 0 measured; {} filtered out; finished in {:.2}s\n",
        if failed.is_empty() { "ok" } else { "FAILED" },
        failed.len(),
        trials.len() - passed - failed.len(),
        started.elapsed().as_secs_f32()
    );
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Plays one trial; whether it passed.
fn run(config: &Arc<Config>, trial: &Trial) -> bool {
    let runtime = runtime();
    let log = Log::default();
    let stage =
        catch_unwind(AssertUnwindSafe(|| runtime.block_on(Stage::new(config, trial, &log))));
    let succeeded = match stage {
        Err(_) => false,
        Ok(mut stage) => {
            let played = catch_unwind(AssertUnwindSafe(|| {
                runtime.block_on(async {
                    stage.open(trial).await;
                    let ended = timeout(TRIAL_DEADLINE, (trial.script)(&mut stage)).await;
                    assert!(ended.is_ok(), "the trial took longer than {TRIAL_DEADLINE:?}");
                });
            }));
            if played.is_err() {
                evidence(&runtime, &stage, trial.name);
            }
            // The session ends whatever happened: a driver that allows one only would refuse the next trial.
            let closed = runtime.block_on(stage.page.close());
            if let Err(problem) = &closed {
                eprintln!("the browser does not close: {problem}");
            }
            played.is_ok() && closed.is_ok()
        }
    };
    if !succeeded {
        let log = log.lock().unwrap_or_else(PoisonError::into_inner);
        eprintln!("the last {} lines that the servers printed:", log.len());
        log.iter().for_each(|line| eprintln!("    {line}"));
    }
    succeeded
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime can be built")
}

/// Saves what the browser shows.
fn evidence(runtime: &Runtime, stage: &Stage, name: &str) {
    let file = format!(
        "{}-{}",
        stage.config.engine,
        name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    );
    let folder = evidence_folder();
    let saved = fs::create_dir_all(&folder).and_then(|()| {
        let (text, png) = runtime.block_on(stage.page.evidence());
        fs::write(folder.join(format!("{file}.png")), png)?;
        fs::write(folder.join(format!("{file}.txt")), text)
    });
    // Relative to the workspace where it lies in there.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let shown =
        workspace.and_then(|workspace| folder.strip_prefix(workspace).ok()).unwrap_or(&folder);
    match saved {
        Ok(()) => eprintln!(
            "what the page showed: {}",
            shown.join(format!("{file}.{{png,txt}}")).display()
        ),
        Err(error) => {
            eprintln!("what the page showed cannot be saved in {}: {error}", shown.display());
        }
    }
}

/// `e2e` in cargo's target folder.
fn evidence_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("e2e")
}

impl Stage {
    async fn new(config: &Arc<Config>, trial: &Trial, log: &Log) -> Self {
        let listen = if trial.proxied {
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
        } else {
            // The listener goes, its port stays free for the server, twice if need be.
            free_port().1
        };
        let folder = match trial.site {
            Site::App => Some(config.app.clone()),
            Site::Example(name) => Some(config.examples.join(name)),
            Site::Nothing => None,
        };
        let server = Server::start(config, listen, folder.as_deref(), trial.flags, log).await;
        let front_page = match trial.prelude {
            Some(script) => Some(front_page(server.address(), script).await),
            None => None,
        };
        let proxy = Proxy::start(server.address(), trial.prefix, front_page);
        let mut capabilities = config.capabilities.clone();
        for wish in &trial.wishes {
            wish.put_into(&mut capabilities, config, proxy.address());
        }
        let page = Page::new(config, capabilities).await;
        Self { config: Arc::clone(config), server, proxy, page, log: Arc::clone(log) }
    }

    async fn open(&self, trial: &Trial) {
        if let Site::Nothing = trial.site {
            return;
        }
        self.page.goto(&self.url(trial, "/")).await;
        self.page.observe().await;
    }

    /// The address of a path of the page.
    fn url(&self, trial: &Trial, path: &str) -> String {
        if trial.wishes.contains(&Wish::InsecureContext) {
            format!("{INSECURE}{path}")
        } else if trial.proxied {
            format!("{}{}{path}", self.proxy.origin(), trial.prefix)
        } else {
            format!("http://{}{path}", self.server.address())
        }
    }
}

/// The page that a server sends, with a script before all others, and its policy, which allows that script too.
pub(crate) async fn front_page(server: SocketAddr, script: &str) -> FrontPage {
    let answer = http::get(server, "/", "").await.all().await;
    let (head, html) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let policy = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let value = value.replacen("script-src ", "script-src 'nonce-e2e' ", 1);
        name.eq_ignore_ascii_case("content-security-policy").then_some(value)
    });
    // Right behind the doctype, since a minified page may leave out the tags of html and head.
    let (doctype, rest) = html.split_once('>').expect("the page has a doctype");
    let html = format!("{doctype}><script nonce=e2e>{script}</script>{rest}");
    FrontPage { html, policy }
}
