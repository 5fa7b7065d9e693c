//! The command line.

use crate::browsers::Engine;
use crate::failure::{Failure, Result};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub(crate) const HELP: &str = "\
Every chore of the project. Missing tools are installed on the way.

Usage: cargo xtask COMMAND

Commands:
  run [--listen ADDRESS:PORT] [--open] [-- FLAGS]
                 Build the app and the server, and serve both until Ctrl-C.
                 --listen  where to serve; port 0 takes a free one [env: SSE_SIGNALS_LISTEN]
                           [default: 127.0.0.1:8080]
                 --open    open the page in a browser
                 FLAGS     more flags for the server; `-- --help` lists them
  test [--quick] [--engine ENGINE]... [STEP]... [-- NAME]
                 Run every check; the last line is `N passed, N failed`.
                 --quick   without the browsers
                 --engine  only in this one: chromium, firefox or webkit; may be repeated
                 STEP      only steps with this in their name, such as clippy
                 NAME      of those steps' tests only the ones with this in their name
  bench parser | size | browser | frames | memory | server [--rounds N] [--only CONTENDER]... [--engine ENGINE]...
                 Measure the library beside others of its kind; the last lines are ratios.
                 parser    bytes a second that the parser takes, beside other parsers
                 size      bytes of the same page with each client
                 browser   events a second and CPU time, in Chromium
                 frames    the longest frames under 10,000 events a second for 30 s, in each engine
                 memory    growth over a thousand reconnects, in Chromium; fails if there is any
                 server    CPU time and memory under thousands of clients, beside other servers
                 --rounds  of browser, frames and server: so many [default: 5, 3 and 3]
                 --only    of browser, frames and memory: only this one; may be repeated
                 --engine  of frames: only in this one; may be repeated
  soak [--minutes N]
                 Have 2,000 clients come, go, stall and resume under faults; fails if an event is lost or doubled,
                 or if the server grows or keeps a connection.
                 --minutes for so long [default: 10]
  screenshots    Build the app and renew its pictures, docs/ticker-*.png, in Chromium.
  setup          Install what all of these need, and nothing else.
";

/// The server's own default.
pub(crate) const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Run(Run),
    Test(Test),
    Bench(Bench),
    Soak { minutes: u64 },
    Screenshots,
    Setup,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) open: bool,
    /// More flags for the server.
    pub(crate) server: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Test {
    /// Where to run the browser tests; empty: nowhere.
    pub(crate) engines: Vec<Engine>,
    /// Only steps with one of these in their name; empty: all.
    pub(crate) only: Vec<String>,
    /// Only tests with this in their name.
    pub(crate) name: Option<String>,
}

/// What to measure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Bench {
    Parser,
    Size,
    Browser(Trials),
    Frames(Trials, Vec<Engine>),
    Memory(Trials),
    Server(Trials),
}

/// In a browser, or of the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Trials {
    pub(crate) rounds: Option<u32>,
    /// Only these; empty: all.
    pub(crate) only: Vec<String>,
}

impl Default for Test {
    fn default() -> Self {
        Self { engines: Engine::ALL.to_vec(), only: Vec::new(), name: None }
    }
}

pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command> {
    let mut arguments = arguments.into_iter();
    let Some(command) = arguments.next() else { return Ok(Command::Help) };
    let rest: Vec<String> = arguments.collect();
    let ours = rest.iter().take_while(|argument| *argument != "--");
    if is_help(&command) || ours.into_iter().any(|argument| is_help(argument)) {
        return Ok(Command::Help);
    }
    match command.as_str() {
        "run" => run(rest).map(Command::Run),
        "test" => test(rest).map(Command::Test),
        "bench" => bench(rest).map(Command::Bench),
        "soak" => soak(rest),
        "screenshots" => alone("screenshots", &rest, Command::Screenshots),
        "setup" => alone("setup", &rest, Command::Setup),
        other => {
            let message = format!("there is no command `{other}`; `cargo xtask` lists them");
            Err(Failure::Usage(message))
        }
    }
}

/// A command that takes nothing more.
fn alone(name: &str, rest: &[String], command: Command) -> Result<Command> {
    rest.first().map_or(Ok(command), |argument| Err(unknown(name, argument)))
}

fn is_help(argument: &str) -> bool {
    matches!(argument, "--help" | "-h" | "help")
}

fn run(arguments: Vec<String>) -> Result<Run> {
    let mut options = Run { listen: None, open: false, server: Vec::new() };
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match flag(&argument) {
            ("--listen", value) => {
                let text = value_of("--listen", value, "ADDRESS:PORT", &mut arguments)?;
                options.listen = Some(address("--listen", &text)?);
            }
            ("--open", None) => options.open = true,
            ("--", None) => options.server = arguments.by_ref().collect(),
            _ => return Err(unknown("run", &argument)),
        }
    }
    for argument in &options.server {
        let message = match flag(argument).0 {
            "--listen" => "--listen goes before the `--`: cargo xtask run --listen ADDRESS:PORT",
            "--app" => "--app is not among the FLAGS: `run` serves the app that it builds",
            "--stdin" => {
                "--stdin is not among the FLAGS: `run` hands no standard input on; start the server by itself, with \
                 `cargo run -p sse-signals-demo-server -- --stdin`"
            }
            _ => continue,
        };
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(options)
}

impl Run {
    /// Whether the server will only print something and end.
    pub(crate) fn only_asks_the_server(&self) -> bool {
        let asks = |flag: &String| matches!(flag.as_str(), "--help" | "-h" | "--version" | "-V");
        self.server.iter().any(asks)
    }
}

/// The address in `text`, which `source` gave. Names are refused, for the server knows none.
pub(crate) fn address(source: &str, text: &str) -> Result<SocketAddr> {
    text.parse().map_err(|_| {
        Failure::Usage(format!(
            "{source} wants an IP address and a port, such as {DEFAULT_LISTEN} or [::1]:8080, not `{text}`"
        ))
    })
}

fn test(arguments: Vec<String>) -> Result<Test> {
    let mut quick = false;
    let mut engines = Vec::new();
    let mut only = Vec::new();
    let mut name = None;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match flag(&argument) {
            ("--quick", None) => quick = true,
            ("--engine", value) => {
                add_engine(&mut engines, &value_of("--engine", value, "ENGINE", &mut arguments)?)?;
            }
            ("--", None) => name = Some(test_name(arguments.by_ref().collect(), &only)?),
            (name, None) if !name.starts_with('-') => only.push(argument),
            _ => return Err(unknown("test", &argument)),
        }
    }
    if quick && !engines.is_empty() {
        let message = "--quick is without browsers, so it cannot go with --engine";
        return Err(Failure::Usage(message.to_owned()));
    }
    if !quick && engines.is_empty() {
        engines = Engine::ALL.to_vec();
    }
    Ok(Test { engines, only, name })
}

fn add_engine(engines: &mut Vec<Engine>, name: &str) -> Result<()> {
    let engine = Engine::parse(name).ok_or_else(|| {
        let names = Engine::ALL.map(Engine::name).join(", ");
        Failure::Usage(format!("there is no engine `{name}`; known are {names}"))
    })?;
    if !engines.contains(&engine) {
        engines.push(engine);
    }
    Ok(())
}

fn bench(arguments: Vec<String>) -> Result<Bench> {
    let mut arguments = arguments.into_iter();
    let what = arguments.next().unwrap_or_default();
    let mut trials = Trials::default();
    let mut engines = Vec::new();
    let rounds = ["browser", "frames", "server"].contains(&what.as_str());
    let only = ["browser", "frames", "memory"].contains(&what.as_str());
    while let Some(argument) = arguments.next() {
        match flag(&argument) {
            ("--rounds", value) if rounds => {
                trials.rounds = Some(number_of("--rounds", value, &mut arguments)?);
            }
            ("--only", value) if only => {
                trials.only.push(value_of("--only", value, "CONTENDER", &mut arguments)?);
            }
            ("--engine", value) if what == "frames" => {
                add_engine(&mut engines, &value_of("--engine", value, "ENGINE", &mut arguments)?)?;
            }
            _ => return Err(unknown(format!("bench {what}").trim_end(), &argument)),
        }
    }
    match what.as_str() {
        "parser" => Ok(Bench::Parser),
        "size" => Ok(Bench::Size),
        "browser" => Ok(Bench::Browser(trials)),
        "frames" => {
            if engines.is_empty() {
                engines = Engine::ALL.to_vec();
            }
            Ok(Bench::Frames(trials, engines))
        }
        "memory" => Ok(Bench::Memory(trials)),
        "server" => Ok(Bench::Server(trials)),
        _ => Err(Failure::Usage(
            "bench what? parser, size, browser, frames, memory or server".to_owned(),
        )),
    }
}

fn soak(arguments: Vec<String>) -> Result<Command> {
    let mut minutes = 10;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match flag(&argument) {
            ("--minutes", value) => minutes = number_of("--minutes", value, &mut arguments)?,
            _ => return Err(unknown("soak", &argument)),
        }
    }
    Ok(Command::Soak { minutes: minutes.into() })
}

/// What follows the two dashes. The browsers' test runner takes one name, so no more are taken for the others.
fn test_name(names: Vec<String>, steps: &[String]) -> Result<String> {
    match <[String; 1]>::try_from(names) {
        Ok([name]) if !steps.is_empty() => Ok(name),
        Ok([name]) => {
            let message = format!("in which step? cargo xtask test STEP -- {name}");
            Err(Failure::Usage(message))
        }
        Err(_) => Err(Failure::Usage("-- wants one part of a test's name".to_owned())),
    }
}

/// `--name=value` in its two parts.
fn flag(argument: &str) -> (&str, Option<&str>) {
    match argument.split_once('=') {
        Some((name, value)) if name.starts_with("--") => (name, Some(value)),
        _ => (argument, None),
    }
}

fn value_of(
    flag: &str,
    given: Option<&str>,
    what: &str,
    rest: &mut impl Iterator<Item = String>,
) -> Result<String> {
    given
        .map(str::to_owned)
        .or_else(|| rest.next())
        .filter(|value| !value.is_empty() && !value.starts_with('-'))
        .ok_or_else(|| Failure::Usage(format!("{flag} wants a value: {flag} {what}")))
}

fn number_of(
    flag: &str,
    given: Option<&str>,
    rest: &mut impl Iterator<Item = String>,
) -> Result<u32> {
    let text = value_of(flag, given, "N", rest)?;
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| Failure::Usage(format!("{flag} wants a number from 1 on, not `{text}`")))
}

fn unknown(command: &str, argument: &str) -> Failure {
    Failure::Usage(format!("`{command}` knows no `{argument}`; `cargo xtask` lists what there is"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Command> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    fn no_engines() -> Test {
        Test { engines: Vec::new(), ..Test::default() }
    }

    fn usage(line: &str) -> String {
        match parse_line(line) {
            Err(Failure::Usage(message)) => message,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn nothing_and_help_list_the_commands() {
        for line in ["", "--help", "-h", "help", "run --help", "test --quick --help"] {
            assert_eq!(parse_line(line), Ok(Command::Help), "{line}");
        }
    }

    #[test]
    fn every_command_is_in_the_help() {
        for line in ["run", "test", "bench size", "soak", "screenshots", "setup"] {
            let command = line.split(' ').next().unwrap_or_default();
            assert!(HELP.contains(&format!("\n  {command} ")), "{command}");
            assert!(!matches!(parse_line(line), Err(_) | Ok(Command::Help)), "{command}");
        }
    }

    #[test]
    fn run_needs_no_flags() {
        let run = Run { listen: None, open: false, server: Vec::new() };
        assert_eq!(parse_line("run"), Ok(Command::Run(run)));
        assert!(HELP.contains(&DEFAULT_LISTEN.to_string()));
    }

    #[test]
    fn what_follows_two_dashes_is_the_servers() {
        let run = Run {
            listen: Some(SocketAddr::from(([0, 0, 0, 0], 0))),
            open: true,
            server: ["--speed", "9", "--help"].map(str::to_owned).to_vec(),
        };
        let line = "run --listen=0.0.0.0:0 --open -- --speed 9 --help";
        assert_eq!(parse_line(line), Ok(Command::Run(run)));
    }

    #[test]
    fn an_address_has_no_names() {
        assert!(parse_line("run --listen [::1]:80").is_ok());
        for text in ["localhost:9000", "127.0.0.1", ":8080", "127.0.0.1:65536"] {
            let message = usage(&format!("run --listen {text}"));
            assert!(message.contains("--listen") && message.contains(text), "{message}");
        }
    }

    #[test]
    fn what_run_itself_tells_the_server_is_refused_among_its_flags() {
        assert!(usage("run -- --speed 9 --listen 127.0.0.1:0").contains("before the `--`"));
        assert!(usage("run -- --listen=127.0.0.1:0").contains("before the `--`"));
        assert!(usage("run -- --app dist --help").contains("--app"));
        assert!(usage("run -- --stdin").contains("no standard input"));
    }

    #[test]
    fn help_and_version_are_seen_among_the_servers_flags() {
        let asks = |line: &str| match parse_line(line) {
            Ok(Command::Run(run)) => run.only_asks_the_server(),
            other => panic!("{line}: {other:?}"),
        };
        for flag in ["--help", "-h", "--version", "-V"] {
            assert!(asks(&format!("run -- --speed 9 {flag}")), "{flag}");
        }
        assert!(!asks("run"));
        assert!(!asks("run -- --token=-h"));
    }

    #[test]
    fn engines_are_chosen_by_name_each_once() {
        let test = Test { engines: vec![Engine::WebKit, Engine::Firefox], ..no_engines() };
        let line = "test --engine webkit --engine=firefox --engine webkit";
        assert_eq!(parse_line(line), Ok(Command::Test(test)));
    }

    #[test]
    fn quick_has_no_engines_and_the_default_has_all() {
        assert_eq!(parse_line("test --quick"), Ok(Command::Test(no_engines())));
        assert_eq!(parse_line("test"), Ok(Command::Test(Test::default())));
        assert_eq!(Test::default().engines, Engine::ALL);
    }

    #[test]
    fn steps_are_chosen_by_parts_of_their_names() {
        let only = ["clippy", "docs"].map(str::to_owned).to_vec();
        let test = Test { only, ..no_engines() };
        assert_eq!(parse_line("test clippy --quick docs"), Ok(Command::Test(test)));
    }

    #[test]
    fn of_the_chosen_steps_tests_are_chosen_by_a_part_of_their_name() {
        let test = Test {
            only: vec!["schema".to_owned()],
            name: Some("round_trip".to_owned()),
            ..no_engines()
        };
        assert_eq!(parse_line("test --quick schema -- round_trip"), Ok(Command::Test(test)));
        assert!(usage("test -- round_trip").contains("STEP -- round_trip"));
        assert!(usage("test schema --").contains("one part"));
        assert!(usage("test schema -- one two").contains("one part"));
    }

    #[test]
    fn a_bench_is_named_and_takes_what_fits_it() {
        assert_eq!(parse_line("bench parser"), Ok(Command::Bench(Bench::Parser)));
        assert_eq!(parse_line("bench size"), Ok(Command::Bench(Bench::Size)));
        let trials =
            Trials { rounds: Some(3), only: ["raw", "native"].map(str::to_owned).to_vec() };
        let line = "bench browser --rounds 3 --only raw --only=native";
        assert_eq!(parse_line(line), Ok(Command::Bench(Bench::Browser(trials))));
        let frames = |engines: &[Engine]| {
            Ok(Command::Bench(Bench::Frames(Trials::default(), engines.to_vec())))
        };
        assert_eq!(parse_line("bench frames"), frames(&Engine::ALL));
        assert_eq!(parse_line("bench frames --engine webkit"), frames(&[Engine::WebKit]));
        let trials = Trials { rounds: None, only: vec!["fetch".to_owned()] };
        assert_eq!(
            parse_line("bench memory --only fetch"),
            Ok(Command::Bench(Bench::Memory(trials)))
        );
    }

    #[test]
    fn a_bench_that_is_not_there_or_does_not_fit_is_told() {
        for what in ["parser", "size", "browser", "frames", "memory", "server"] {
            assert!(usage("bench").contains(what) && usage("bench speed").contains(what));
        }
        assert!(usage("bench size --rounds 3").contains("`bench size` knows no `--rounds`"));
        assert!(usage("bench memory --rounds 3").contains("`--rounds`"));
        assert!(usage("bench browser --engine webkit").contains("`--engine`"));
        assert!(usage("bench server --only nchan").contains("`--only`"));
        assert!(usage("soak --minutes 0").contains("--minutes wants a number from 1 on"));
        for number in ["0", "few", "-1"] {
            assert!(usage(&format!("bench browser --rounds {number}")).contains("--rounds"));
        }
    }

    #[test]
    fn what_is_not_known_is_named() {
        assert!(usage("runn").contains("`runn`"));
        assert!(usage("test --fast").contains("`--fast`"));
        assert!(usage("test --quick=yes").contains("`--quick=yes`"));
        assert!(usage("setup now").contains("`now`"));
        assert!(usage("screenshots --dark").contains("`--dark`"));
        assert!(usage("test --engine trident").contains("chromium, firefox, webkit"));
    }

    #[test]
    fn a_flag_without_its_value_says_what_it_wants() {
        assert!(usage("run --listen").contains("--listen ADDRESS:PORT"));
        assert!(usage("run --listen --open").contains("--listen ADDRESS:PORT"));
        assert!(usage("test --engine=").contains("--engine ENGINE"));
    }

    #[test]
    fn quick_and_engine_contradict_each_other() {
        assert!(usage("test --quick --engine webkit").contains("--quick"));
    }
}
