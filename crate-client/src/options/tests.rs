//! The tables of options, and each option's own docs, say what the code does.

use std::fmt::Debug;
use std::time::Duration;

use super::{Options, Retry};

const SOURCES: [&str; 2] = [include_str!("../options.rs"), include_str!("retry.rs")];

/// Option and default in each row of the table in the docs of a struct.
fn table(of: &str) -> Vec<(&'static str, &'static str)> {
    docs(&format!("pub struct {of} {{"))
        .filter_map(|line| line.strip_prefix("| [`").or_else(|| line.strip_prefix("| `")))
        .map(|row| {
            let (option, row) = row.split_once('`').expect("the option is code");
            (option, row.split('|').nth(1).expect("a second column").trim())
        })
        .collect()
}

/// The docs above the one line that begins so.
fn docs(item: &str) -> impl Iterator<Item = &'static str> {
    let lines: Vec<_> = SOURCES.into_iter().flat_map(str::lines).collect();
    let mut found = lines.iter().enumerate().filter(|(_, line)| line.trim().starts_with(item));
    let (at, _) = found.next().unwrap_or_else(|| panic!("{item:?} is there"));
    assert_eq!(found.next(), None, "{item:?} is there once");
    let above = lines[..at].to_vec();
    let length = above.iter().rev().take_while(|line| line.trim().starts_with(['/', '#'])).count();
    above.into_iter().skip(at - length).filter_map(|line| line.trim().strip_prefix("/// "))
}

fn check(of: &str, defaults: &[(&'static str, String)]) {
    let defaults: Vec<_> = defaults.iter().map(|(option, it)| (*option, it.as_str())).collect();
    assert_eq!(table(of), defaults);
}

fn check_method(method: &str, default: &str) {
    let stated = format!("Default: {default}");
    assert!(docs(method).any(|line| line.contains(&stated)), "{method:?} says {stated:?}");
}

fn time(duration: Duration) -> String {
    match duration.as_millis() {
        millis if millis % 1_000 == 0 => format!("{} s", millis / 1_000),
        millis => format!("{millis} ms"),
    }
}

fn unless_never<T: Debug>(option: Option<T>) -> String {
    option.map_or_else(|| "never".to_owned(), |it| format!("{it:?}"))
}

fn options() -> Vec<(&'static str, String)> {
    // Without `..`: a new option has to be told of here, and then in the table.
    let Options {
        with_credentials,
        transport,
        resume,
        keep_cursor,
        retry,
        on_closed,
        stale_after,
        reconnect_after,
        when_hidden,
        follow_network,
        heartbeat_event,
        resync_event,
        end_event,
        queue_capacity,
        #[cfg(feature = "recording")]
        recorders,
        #[cfg(feature = "recording")]
        player,
        #[cfg(feature = "tabs")]
        share,
        #[cfg(feature = "tabs")]
        late,
        not_send: _,
    } = Options::new();
    assert_eq!(retry, Retry::new());
    #[cfg(feature = "recording")]
    assert_eq!((recorders, player), (vec![], None));
    #[cfg(feature = "tabs")]
    assert_eq!((share, late), (None, crate::Late::Latest));
    let event = |name: Option<_>| name.map_or_else(|| "none".to_owned(), |it| format!("`{it}`"));
    vec![
        ("with_credentials", with_credentials.to_string()),
        ("fetch", format!("{transport:?}").to_lowercase()),
        ("resume", format!("[`Resume::{resume:?}`]")),
        ("keep_cursor", keep_cursor.map_or_else(|| "nowhere".to_owned(), |it| format!("{it:?}"))),
        ("retry", "[`Retry::new`]".to_owned()),
        ("on_closed", format!("[`OnClosed::{on_closed:?}`]")),
        ("stale_after", unless_never(stale_after)),
        ("reconnect_after", unless_never(reconnect_after)),
        ("when_hidden", format!("[`WhenHidden::{when_hidden:?}`]")),
        ("follow_network", follow_network.to_string()),
        ("heartbeat_event", event(heartbeat_event)),
        ("resync_event", event(resync_event)),
        ("end_event", event(end_event)),
        ("share", "not shared".to_owned()),
        ("late", "`Late::Latest`".to_owned()),
        ("queue_capacity", format!("{},{:03}", queue_capacity / 1_000, queue_capacity % 1_000)),
        ("record", "none".to_owned()),
        ("play", "none".to_owned()),
    ]
}

fn retry() -> Vec<(&'static str, String)> {
    let Retry { base, cap, floor, limit, stable_after } = Retry::new();
    vec![
        ("base", time(base)),
        ("cap", time(cap)),
        ("floor", time(floor)),
        ("limit", unless_never(limit)),
        ("stable_after", time(stable_after)),
    ]
}

#[test]
fn the_tables_have_every_option_with_its_default() {
    check("Options", &options());
    check("Retry", &retry());
}

#[test]
fn each_options_own_docs_state_the_same_default() {
    for (option, default) in options() {
        check_method(&format!("pub fn {option}("), &default);
    }
    for (option, default) in retry() {
        check_method(&format!("pub const fn {option}("), &default);
    }
}
