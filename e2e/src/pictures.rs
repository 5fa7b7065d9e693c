//! The pictures of the app in `docs/`: `cargo xtask screenshots`.

use std::error::Error;
use std::fs;
use std::io::Cursor;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use png::{Compression, Decoder, Encoder, Filter};
use serde_json::{Value, json};

use crate::child::Log;
use crate::config::Config;
use crate::harness::front_page;
use crate::page::{Page, Snapshot};
use crate::proxy::Proxy;
use crate::server::Server;

/// Days of prices that all pictures show the end of: up to January 2013, when all symbols have some.
const HISTORY: [&str; 4] = ["--history", "3230", "--speed", "0.001"];

/// The page's clock stands, so that no picture shows how long it took to take it.
const STANDING_CLOCK: &str = "const now = performance.now(); performance.now = () => now;";

/// What a README can carry, in bytes.
const LARGEST: usize = 200_000;

/// One picture.
struct Picture {
    /// `docs/ticker-NAME.png`.
    name: &'static str,
    /// CSS pixels.
    size: (u32, u32),
    language: &'static str,
    theme: &'static str,
}

const PICTURES: [Picture; 4] = [
    Picture { name: "light", size: (1280, 900), language: "en", theme: "light" },
    Picture { name: "dark", size: (1280, 900), language: "en", theme: "dark" },
    Picture { name: "phone", size: (390, 844), language: "en", theme: "light" },
    Picture { name: "zh", size: (1280, 900), language: "zh", theme: "light" },
];

/// Chooses in the page's selects as a visitor would.
const CHOOSE: &str = "
    for (const [name, value] of Object.entries(arguments[0])) {
        const select = document.querySelector(`[data-action=${name}]`);
        select.value = value;
        select.dispatchEvent(new Event('change', { bubbles: true }));
    }
    document.activeElement?.blur();";

/// Whether the chart is drawn, nothing moves, and every font and picture is there.
const SETTLED: &str = "
    const chart = document.querySelector('[data-testid=chart]');
    const still = document.getAnimations().every((it) => it.playState !== 'running');
    return Number(chart?.dataset.points ?? 0) > 0 && chart.querySelector('canvas, svg') !== null && still
        && document.fonts.status === 'loaded';";

/// Takes all of them into `folder`, in Chromium.
///
/// # Panics
///
/// If one can't be taken, or is too large.
pub(crate) async fn take(config: &Config, folder: &Path) {
    let log = Log::default();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = Server::start(config, listen, Some(&config.app), &HISTORY, &log).await;
    for picture in &PICTURES {
        let png =
            small(&picture.take(config, server.address()).await).expect("a browser writes PNG");
        let file = folder.join(format!("ticker-{}.png", picture.name));
        assert!(png.len() <= LARGEST, "{} would have {} bytes", file.display(), png.len());
        fs::write(&file, &png)
            .unwrap_or_else(|error| panic!("{} can't be written: {error}", file.display()));
        println!("{}: {} bytes", file.display(), png.len());
    }
}

/// The same picture in fewer bytes.
fn small(png: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut reader = Decoder::new(Cursor::new(png)).read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("a picture of that size")?];
    let info = reader.next_frame(&mut pixels)?;
    let mut small = Vec::new();
    let mut encoder = Encoder::new(&mut small, info.width, info.height);
    encoder.set_color(info.color_type);
    encoder.set_depth(info.bit_depth);
    encoder.set_compression(Compression::High);
    // Areas of one colour compress best as they are.
    encoder.set_filter(Filter::NoFilter);
    encoder.write_header()?.write_image_data(&pixels[..info.buffer_size()])?;
    Ok(small)
}

impl Picture {
    async fn take(&self, config: &Config, server: SocketAddr) -> Vec<u8> {
        let mut config = config.clone();
        self.ask_for_the_size(&mut config);
        let page = Page::new(&config, config.capabilities.clone()).await;
        let front = front_page(server, STANDING_CLOCK).await;
        let proxy = Proxy::start(server, "", Some(front));
        page.goto(&format!("{}/", proxy.origin())).await;
        let full = |now: &Snapshot| now.is("open") && now.symbols == 5 && now.headlines > 0;
        page.until("all symbols and headlines are there", full).await;
        let choices = json!({ "language": self.language, "theme": self.theme });
        page.script_with::<Value>(CHOOSE, vec![choices]).await;
        page.wait("the page has settled", SETTLED, |settled: &bool| *settled).await;
        let png = page.screenshot().await;
        page.close().await.expect("the browser closes");
        png
    }

    /// Of the browser: a desktop need not have a window of just that size.
    fn ask_for_the_size(&self, config: &mut Config) {
        let (width, height) = self.size;
        let metrics = json!({ "width": width, "height": height, "pixelRatio": 1.0, "mobile": false, "touch": false });
        let options = config.capabilities.entry("goog:chromeOptions").or_insert_with(|| json!({}));
        options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
        // Letters in grey alone make smaller files.
        let more = ["--hide-scrollbars", "--disable-lcd-text"].map(Value::from);
        if let Some(arguments) = options["args"].as_array_mut() {
            arguments.extend(more);
        }
    }
}
