//! The page as a visitor sees it, over `WebDriver`.

use std::cell::OnceCell;
use std::fmt::Debug;
use std::time::{Duration, Instant};

use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::{Capabilities, TimeoutConfiguration, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::config::Config;
use crate::harness::{DEADLINE, LOOK_EVERY};
use crate::http;
use crate::keyboard;
use crate::processes::Process;

/// Notes states and errors from when it runs; the first run counts.
pub(crate) const OBSERVE: &str = include_str!("observe.js");

/// Counts what `EventSource` delivers, apart from the app.
pub(crate) const WITNESS: &str = include_str!("witness.js");

const SNAPSHOT: &str = include_str!("snapshot.js");

/// Notes states and errors, and tells the proxy what the page shows.
pub(crate) const REPORT: &str = concat!(
    include_str!("observe.js"),
    "\nconst snapshot = () => {\n",
    include_str!("snapshot.js"),
    "};\n",
    include_str!("report.js")
);

/// What the page noted, says and is. `WebKit` takes a screenshot when the page next paints and waits for ever if it
/// stands still, so from here on it keeps painting.
const EVIDENCE: &str = "
    let width = 0;
    setInterval(() => document.body.style.outline = `${width ^= 1}px solid transparent`, 20);
    const noted = JSON.stringify({ e2e: window.e2e, witness: window.witness }, null, 2);
    return [noted, document.body.innerText, document.documentElement.outerHTML].join('\\n\\n');";

/// The page at one moment.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Snapshot {
    /// The badge's `data-state`; none while there is no badge.
    pub(crate) state: Option<String>,
    /// All that the badge says.
    pub(crate) badge: String,
    /// Each state the badge has shown since [`Page::observe`], in order.
    pub(crate) states: Vec<String>,
    /// Script errors, failed resources and complaints on the console.
    pub(crate) errors: Vec<String>,
    pub(crate) received: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) gaps: u64,
    pub(crate) malformed: u64,
    /// AAPL's last price as shown.
    pub(crate) last: Option<String>,
    /// Each symbol with its last price.
    pub(crate) prices: Vec<String>,
    /// The newest headline.
    pub(crate) newest: Option<String>,
    /// The markup of AAPL's sparkline.
    pub(crate) sparkline: Option<String>,
    /// Rows of symbols.
    pub(crate) symbols: usize,
    /// Items in the list of headlines.
    pub(crate) headlines: usize,
    /// The replayed date, `YYYY-MM-DD`.
    pub(crate) date: Option<String>,
    /// What says that this is a replay.
    pub(crate) label: Option<String>,
    pub(crate) gap_notice: Option<String>,
    /// Whether a prelude has seen the app's program start.
    pub(crate) started: bool,
    /// Only with [`WITNESS`].
    pub(crate) witness: Option<Witness>,
}

/// What the browser's `EventSource` delivered, counted beside the app.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Witness {
    /// Events with a sequence.
    pub(crate) seen: u64,
    /// Sequences that never came.
    pub(crate) holes: u64,
    /// Sequences that came again.
    pub(crate) repeats: u64,
    /// For each click, the connections that it made at once.
    pub(crate) clicks: Vec<u64>,
}

impl Snapshot {
    /// Whether the badge shows that state.
    pub(crate) fn is(&self, state: &str) -> bool {
        self.state.as_deref() == Some(state)
    }

    /// Asserts that nothing was lost, doubled, unreadable, or wrong in the page.
    pub(crate) fn assert_whole(&self) {
        assert_eq!(
            (self.lost, self.doubled, self.malformed),
            (0, 0, 0),
            "lost, doubled, malformed: {self:#?}"
        );
        assert!(self.errors.is_empty(), "the page complains: {:#?}", self.errors);
    }

    /// Asserts that the stream went on after a cut as if nothing had happened, by the app's count and by the
    /// witness'.
    pub(crate) fn assert_seamless(&self) {
        self.assert_whole();
        assert_eq!(self.gaps, 0, "a gap where the server knew the cursor: {self:#?}");
        let witness = self.witness.as_ref().expect("the page was loaded with the witness");
        assert_eq!(
            (witness.holes, witness.repeats),
            (0, 0),
            "holes, repeats on the wire: {self:#?}"
        );
    }
}

/// A browser with a session of its own, and the page in its present window.
#[derive(Debug)]
pub(crate) struct Page {
    client: Client,
    webdriver: String,
    session: String,
    /// A process of the browser whose session the driver has given up.
    orphan: OnceCell<Process>,
}

impl Page {
    /// Opens a browser.
    ///
    /// # Panics
    ///
    /// If the driver gives no session.
    pub(crate) async fn new(config: &Config, capabilities: Capabilities) -> Self {
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&config.webdriver)
            .await
            .unwrap_or_else(|error| {
                panic!("{} at {} opens no session: {error}", config.engine, config.webdriver)
            });
        let limits =
            TimeoutConfiguration::new(Some(DEADLINE), Some(DEADLINE), Some(Duration::ZERO));
        let response = client.session_creation_response().expect("a new session has a response");
        let session = response.session_id().to_owned();
        let webdriver = config.webdriver.clone();
        let page = Self { client, webdriver, session, orphan: OnceCell::new() };
        if let Err(error) = page.client.update_timeouts(limits).await {
            drop(page.close().await);
            panic!("the driver takes no timeouts: {error}");
        }
        page
    }

    /// Loads an address.
    pub(crate) async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url} does not load: {error}"));
    }

    /// Goes back in the history.
    pub(crate) async fn back(&self) {
        self.client.back().await.expect("the history goes back");
    }

    /// Goes forward in the history.
    pub(crate) async fn forward(&self) {
        self.client.forward().await.expect("the history goes forward");
    }

    /// Loads the page again.
    pub(crate) async fn reload(&self) {
        self.client.refresh().await.expect("the page loads again");
    }

    /// Gives the window a size, in CSS pixels with what the browser puts around the page.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.expect("the window takes a size");
    }

    /// The present window.
    pub(crate) async fn window(&self) -> WindowHandle {
        self.client.window().await.expect("there is a window")
    }

    /// Opens another window, which is the present one from now on.
    pub(crate) async fn open_window(&self) -> WindowHandle {
        let window = self.client.new_window(false).await.expect("a window can be opened").handle;
        self.switch_to(&window).await;
        window
    }

    /// Makes a window the present one.
    pub(crate) async fn switch_to(&self, window: &WindowHandle) {
        self.client.switch_to_window(window.clone()).await.expect("the window is there");
    }

    /// Closes the present window; none is the present one then.
    pub(crate) async fn close_window(&self) {
        self.client.close_window().await.expect("the window closes");
    }

    /// Takes the present window off the screen, so that its page is hidden.
    pub(crate) async fn minimize(&self) {
        self.client.minimize_window().await.expect("the window can be minimized");
    }

    /// Brings the present window back to the screen.
    pub(crate) async fn maximize(&self) {
        self.client.maximize_window().await.expect("the window can be maximized");
    }

    /// Gives the present page of Chromium [a command of its developer
    /// tools](https://chromedevtools.github.io/devtools-protocol/tot/Page/).
    pub(crate) async fn devtools(&self, command: &str, parameters: &Value) {
        let address = self.webdriver.trim_start_matches("http://").trim_end_matches('/');
        let address = address.parse().expect("the driver's address is an IP address and a port");
        let path = format!("/session/{}/goog/cdp/execute", self.session);
        let body = json!({ "cmd": command, "params": parameters });
        let answer = http::post(address, &path, &body).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{command}: {answer}");
    }

    /// The driver gives up the session as that process ends, and leaves the browser to us.
    pub(crate) fn is_given_up(&self, process: Process) {
        self.orphan.set(process).expect("a session is given up once");
    }

    /// Presses and releases keys, one after the other.
    pub(crate) async fn press(&self, keys: impl IntoIterator<Item = char>) {
        keyboard::press(&self.client, keys).await;
    }

    /// A picture of what the window shows, as PNG.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        self.client.screenshot().await.expect("the window can be pictured")
    }

    /// Begins to note states and errors, if the page does not yet.
    pub(crate) async fn observe(&self) {
        self.client.execute(OBSERVE, Vec::new()).await.expect("a script runs in the page");
    }

    /// Runs a script's body in the page and returns what it returns, a promise's value once it is there.
    pub(crate) async fn script<T: DeserializeOwned>(&self, body: &str) -> T {
        self.script_with(body, Vec::new()).await
    }

    /// The same with `arguments`.
    pub(crate) async fn script_with<T: DeserializeOwned>(
        &self,
        body: &str,
        arguments: Vec<Value>,
    ) -> T {
        let value = self.client.execute(body, arguments).await.expect("a script runs in the page");
        serde_json::from_value(value).expect("a script returns what is expected of it")
    }

    /// Looks at the page.
    pub(crate) async fn look(&self) -> Snapshot {
        self.script(SNAPSHOT).await
    }

    /// Looks again and again until the page is as wanted.
    ///
    /// # Panics
    ///
    /// If that takes longer than [`DEADLINE`].
    pub(crate) async fn until(
        &self,
        what: &str,
        wanted: impl FnMut(&Snapshot) -> bool,
    ) -> Snapshot {
        self.wait(what, SNAPSHOT, wanted).await
    }

    /// Runs a script's body again and again until what it returns is as wanted.
    ///
    /// # Panics
    ///
    /// If that takes longer than [`DEADLINE`].
    pub(crate) async fn wait<T: DeserializeOwned + Debug>(
        &self,
        what: &str,
        body: &str,
        mut wanted: impl FnMut(&T) -> bool,
    ) -> T {
        let started = Instant::now();
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let seen: T = self.script(body).await;
            if wanted(&seen) {
                return seen;
            }
            assert!(
                started.elapsed() < DEADLINE,
                "waited {DEADLINE:?} until {what}; last seen: {seen:#?}"
            );
        }
    }

    /// Clicks as a visitor does, once there is something to click.
    ///
    /// # Panics
    ///
    /// If that takes longer than [`DEADLINE`].
    pub(crate) async fn click(&self, selector: &str) {
        let started = Instant::now();
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let error = match self.client.find(Locator::Css(selector)).await {
                Ok(element) => match element.click().await {
                    Ok(()) => return,
                    Err(error) => error,
                },
                Err(error) => error,
            };
            assert!(is_not_there(&error), "{selector} cannot be clicked: {error}");
            assert!(
                started.elapsed() < DEADLINE,
                "waited {DEADLINE:?} to click {selector}: {error}"
            );
        }
    }

    /// As text what the page noted, says and is, and a screenshot as PNG.
    pub(crate) async fn evidence(&self) -> (String, Vec<u8>) {
        let text = match timeout(DEADLINE, self.client.execute(EVIDENCE, Vec::new())).await {
            Ok(Ok(text)) => text.as_str().unwrap_or_default().to_owned(),
            Ok(Err(error)) => format!("no text: {error}"),
            Err(late) => format!("no text: {late}"),
        };
        let png = match timeout(DEADLINE, self.client.screenshot()).await {
            Ok(Ok(png)) => png,
            Ok(Err(error)) => format!("no screenshot: {error}").into_bytes(),
            Err(late) => format!("no screenshot: {late}").into_bytes(),
        };
        (text, png)
    }

    /// Ends the session and with it the browser.
    ///
    /// # Errors
    ///
    /// What the driver says.
    pub(crate) async fn close(self) -> Result<(), String> {
        if let Some(process) = self.orphan.get() {
            process.kill_browser();
            return Ok(());
        }
        match timeout(DEADLINE, self.client.close()).await {
            Ok(closed) => closed.map_err(|error| error.to_string()),
            Err(_) => {
                // Commands queue up behind one that hangs, but only on its own connection.
                let connector = HttpConnector::new();
                let other =
                    Client::with_existing_session(&self.webdriver, &self.session, connector).await;
                let other = other.map_err(|error| error.to_string())?;
                let closed =
                    timeout(DEADLINE, other.close()).await.map_err(|late| late.to_string())?;
                closed.map_err(|error| error.to_string())?;
                Err("a command hung; the session is closed all the same".to_owned())
            }
        }
    }
}

/// Whether the element is missing, was replaced, or is hidden right now.
fn is_not_there(error: &CmdError) -> bool {
    matches!(error, CmdError::Standard(error) if matches!(
        error.error,
        ErrorStatus::NoSuchElement | ErrorStatus::StaleElementReference | ErrorStatus::ElementNotInteractable
    ))
}
