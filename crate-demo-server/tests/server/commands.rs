//! Commands that the server runs, as topic `logs` tells of them.

use sse_signals_feed::{Exit, Feed, Source};

use crate::common::{Events, Server, command, within};
use crate::logs::{exit, line, told};

/// A server that runs these commands, and all that topic `logs` has told since its start.
async fn start(arguments: &[&str]) -> (Server, Events) {
    let server = Server::start(&[&["--speed", "0.001"], arguments].concat());
    let events = server.events("/events?topics=logs&recent=1000").await;
    (server, events)
}

/// Whether there is such a process that has not ended.
fn runs(process: &str) -> bool {
    // What nobody waits for stays as a zombie.
    let output = std::process::Command::new("ps").args(["-o", "stat=", "-p", process]).output();
    let state = String::from_utf8(output.expect("ps runs").stdout).expect("ASCII");
    !state.trim().is_empty() && !state.starts_with('Z')
}

/// Waits until the process has ended; the system may still be at it when its killer goes.
async fn gone(process: &str) {
    let ended = async {
        while runs(process) {
            tokio::task::yield_now().await;
        }
    };
    within(ended).await;
}

#[tokio::test]
async fn what_a_command_says_is_told_in_order_and_then_how_it_ended() {
    let script = "echo one; echo two; echo no >&2; printf three; exit 3";
    let (_server, mut events) = start(&["--exec", script]).await;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let Exit { sequence, command, code, restarts, .. } = loop {
        match told(&mut events).await {
            Feed::Line(line) => match line.source {
                Source::Stdout { command } if command == script => out.push(line.text),
                Source::Stderr { command } if command == script => err.push(line.text),
                other => panic!("{other:?}"),
            },
            Feed::Exit(exit) => break exit,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        (out, err),
        (vec!["one".into(), "two".into(), "three".into()], vec!["no".to_owned()])
    );
    assert_eq!((sequence, &*command, code, restarts), (5, script, Some(3), false));
}

#[tokio::test]
async fn several_commands_run_at_a_time() {
    let (_server, mut events) = start(&["--exec", "exit 1", "--exec", "kill -KILL $$"]).await;
    let mut ends =
        [exit(&mut events).await, exit(&mut events).await].map(|it| (it.command, it.code));
    ends.sort();
    assert_eq!(ends, [("exit 1".to_owned(), Some(1)), ("kill -KILL $$".to_owned(), None)]);
}

#[tokio::test]
async fn a_command_that_failed_is_run_again_where_that_is_wished() {
    for (when, script, again) in [
        ("never", "exit 1", false),
        ("on-failure", "exit 1", true),
        ("on-failure", "true", false),
        ("always", "true", true),
    ] {
        let (_server, mut events) = start(&["--exec", script, "--exec-restart", when]).await;
        assert_eq!(exit(&mut events).await.restarts, again, "{script}, {when}");
        if again {
            assert_eq!(exit(&mut events).await.sequence, 2);
        }
    }
}

#[tokio::test]
async fn a_fast_command_is_slowed_down_and_nothing_is_lost() {
    let (_server, mut events) = start(&["--exec", "seq 1200"]).await;
    for expected in 1..=1_200_u64 {
        let line = line(&mut events).await;
        assert_eq!((line.sequence, line.text), (expected, expected.to_string()));
    }
    assert_eq!(exit(&mut events).await.code, Some(0));
}

#[tokio::test]
async fn a_command_does_not_see_the_servers_options() {
    let mut command = command(&["--speed", "0.001"]);
    command.env("SSE_SIGNALS_TOKEN", "secret-word").env("SSE_SIGNALS_EXEC", "env | sort; echo end");
    command.env("OTHER", "is seen");
    let server = Server::spawn(&mut command);
    let mut events = server.events("/events?topics=logs&recent=1000&token=secret-word").await;
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line| line != "end") {
        lines.push(line(&mut events).await.text);
    }
    assert!(lines.iter().any(|line| line == "OTHER=is seen"), "{lines:?}");
    let secret = |line: &String| line.contains("SSE_SIGNALS") || line.contains("secret-word");
    assert!(!lines.iter().any(secret), "{lines:?}");
}

#[tokio::test]
async fn what_a_command_leaves_behind_ends_with_it() {
    let (_server, mut events) = start(&["--exec", "sleep 1000 & echo $!"]).await;
    let process = line(&mut events).await.text;
    assert_eq!(exit(&mut events).await.code, Some(0));
    gone(&process).await;
}

#[tokio::test]
async fn commands_and_all_that_they_started_end_with_the_server() {
    for signal in ["-TERM", "-INT"] {
        let obeys = "sleep 1000 & echo $!; wait";
        // Neither the shell nor what it runs listens to TERM.
        let deaf = "trap '' TERM; sleep 1000 & echo $!; echo $$; wait";
        let (server, mut events) = start(&["--exec", obeys, "--exec", deaf]).await;
        let mut processes = Vec::new();
        while processes.len() < 3 {
            processes.push(line(&mut events).await.text);
        }
        for process in &processes {
            assert!(runs(process), "{process}");
        }
        server.signal(signal);
        assert_eq!(server.wait().await.code(), Some(0));
        for process in &processes {
            gone(process).await;
        }
    }
}

#[tokio::test]
async fn a_command_may_clean_up_when_the_server_ends() {
    let folder = std::env::temp_dir().join(format!("sse-signals-commands-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("cleaned-up");
    let script =
        format!("trap 'echo yes > {}; exit' TERM; echo ready; sleep 1000 & wait", file.display());
    let (server, mut events) = start(&["--exec", &script]).await;
    assert_eq!(line(&mut events).await.text, "ready");
    server.signal("-TERM");
    assert_eq!(server.wait().await.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&file).expect("it was cleaned up"), "yes\n");
    std::fs::remove_dir_all(folder).expect("it is there");
}
