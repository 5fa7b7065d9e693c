//! `GET /events`.

use crate::common::{Block, Events, Next, ONE_DAY, Server, header, problem, send, within};
use sse_signals::schema;
use sse_signals_feed::{Feed, Topic};

async fn with_header(server: &Server, path: &str, cursor: &str) -> Events {
    let mut events = Events::of(send(server.get(path).header("Last-Event-ID", cursor)).await);
    assert!(events.block().await.retry.is_some());
    events
}

fn feed(block: &Block) -> Feed {
    schema::decode(block.name(), block.data.as_deref().expect("data"))
        .expect("an event of the contract")
}

/// Reads events and checks that the ids are without a hole.
async fn read(events: &mut Events, count: usize) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for _ in 0..count {
        let block = events.event().await;
        if let Some(last) = blocks.last() {
            assert_eq!(block.position(), (last.position().0, last.position().1 + 1));
        }
        blocks.push(block);
    }
    blocks
}

#[tokio::test]
async fn the_headers_keep_caches_and_proxies_from_holding_the_stream_back() {
    let server = Server::start(&ONE_DAY);
    let response = send(server.get("/events")).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), Some("text/event-stream"));
    assert_eq!(header(&response, "cache-control"), Some("no-store"));
    assert_eq!(header(&response, "x-accel-buffering"), Some("no"));
}

#[tokio::test]
async fn the_stream_begins_with_the_reconnection_time() {
    let server = Server::start(&ONE_DAY);
    let mut events = Events::of(send(server.get("/events")).await);
    assert_eq!(events.text(12).await, "retry: 2000\n");

    let server = Server::start(&["--retry", "300"]);
    assert_eq!(server.open("/events").await.0.retry.as_deref(), Some("300"));
}

#[tokio::test]
async fn the_opening_names_the_position_in_a_ping() {
    let server = Server::start(&ONE_DAY);
    let (opening, mut events) = server.open("/events?recent=2000").await;
    // A browser shows an id only with an event, and Firefox forgets one in a block without data.
    assert_eq!((opening.name(), opening.data.as_deref()), ("ping", Some("")));
    assert_eq!(opening.position().1, 0);
    assert_eq!(events.event().await.position().1, 1);
}

#[tokio::test]
async fn a_trading_day_is_one_quote_a_symbol() {
    let server = Server::start(&ONE_DAY);
    let mut events = server.events("/events?recent=2000").await;
    let blocks = read(&mut events, 3).await;
    let quotes: Vec<_> = blocks
        .iter()
        .map(|block| match feed(block) {
            Feed::Quote(quote) => (quote.sequence, quote.symbol, quote.date, quote.change),
            other => panic!("only quotes on the first day: {other:?}"),
        })
        .collect();
    let expected = [(1, "AAPL"), (2, "IBM"), (3, "MSFT")]
        .map(|(sequence, symbol)| (sequence, symbol.to_owned(), "2000-03-01".to_owned(), None));
    assert_eq!(quotes, expected);
}

#[tokio::test]
async fn ids_and_each_topics_sequence_are_without_a_hole() {
    let server = Server::start(&["--speed", "2000"]);
    let mut events = server.events("/events?recent=2000").await;
    let mut last = [None; 2];
    for block in read(&mut events, 6_000).await {
        let event = feed(&block);
        let last = &mut last[usize::from(event.topic() == Topic::News)];
        if let Some(last) = *last {
            assert_eq!(event.sequence(), last + 1);
        }
        *last = Some(event.sequence());
    }
    assert!(last.iter().all(Option::is_some), "both topics are there");
}

#[tokio::test]
async fn without_a_cursor_the_stream_begins_with_the_next_event() {
    let server = Server::start(&["--speed", "20"]);
    let last =
        read(&mut server.events("/events?recent=2000").await, 12).await.pop().expect("events");
    let first = server.events("/events").await.event().await;
    assert!(first.position().1 > last.position().1);
}

#[tokio::test]
async fn recent_begins_that_many_events_back() {
    let server = Server::start(&ONE_DAY);
    read(&mut server.events("/events?recent=2000").await, 3).await;
    assert_eq!(server.events("/events?recent=2").await.event().await.position().1, 2);
    for recent in ["2001", "-1", "many"] {
        let response = send(server.get(&format!("/events?recent={recent}"))).await;
        assert!(problem(response, 400).await.contains("recent"));
    }
}

#[tokio::test]
async fn the_history_is_there_at_once() {
    let server = Server::start(&["--speed", "0.001", "--history", "300"]);
    // Three symbols on each of 300 days, and headlines between.
    let blocks = read(&mut server.events("/events?recent=900").await, 900).await;
    assert!(blocks.iter().any(|block| block.name() == "news"));
    assert!(blocks.iter().any(|block| block.json()["date"] == "2001-05-08"), "the 300th day");
}

#[tokio::test]
async fn a_cut_connection_resumes_by_header_and_by_query_with_nothing_lost() {
    let server = Server::start(&["--speed", "50"]);
    let seen =
        read(&mut server.events("/events?recent=2000").await, 5).await.pop().expect("events");
    let (epoch, sequence) = seen.position();

    let mut by_header = with_header(&server, "/events", seen.cursor()).await;
    assert_eq!(by_header.event().await.position(), (epoch, sequence + 1));
    let mut by_query = server.events(&format!("/events?lastEventId={}", seen.cursor())).await;
    assert_eq!(by_query.event().await.position(), (epoch, sequence + 1));
    // `recent` is only for readers without a cursor.
    let path = format!("/events?recent=2000&lastEventId={}", seen.cursor());
    assert_eq!(server.events(&path).await.event().await.position(), (epoch, sequence + 1));
}

#[tokio::test]
async fn the_header_wins_over_the_query() {
    let server = Server::start(&ONE_DAY);
    let blocks = read(&mut server.events("/events?recent=2000").await, 3).await;
    let path = format!("/events?lastEventId={}", blocks[1].cursor());
    assert_eq!(with_header(&server, &path, blocks[0].cursor()).await.event().await, blocks[1]);
    // An empty header is none, as an empty last event ID is none.
    assert_eq!(with_header(&server, &path, "").await.event().await, blocks[2]);
}

#[tokio::test]
async fn the_cursor_of_a_stream_that_had_no_event_yet_resumes() {
    let server = Server::start(&ONE_DAY);
    let (opening, events) = server.open("/events?topics=news").await;
    drop(events);
    let (again, _events) = server.open(&format!("/events?lastEventId={}", opening.cursor())).await;
    assert_eq!((again.name(), again.cursor()), ("ping", opening.cursor()));
}

#[tokio::test]
async fn a_cursor_that_is_not_ours_gets_resync() {
    let server = Server::start(&ONE_DAY);
    let last =
        read(&mut server.events("/events?recent=2000").await, 3).await.pop().expect("events");
    let (epoch, _) = last.position();
    let foreign = [
        ("1234abcd-1", "epoch"),
        ("x", "unknown"),
        ("abc", "unknown"),
        ("-", "unknown"),
        ("12-+1", "unknown"),
        ("é-1", "unknown"),
        (&format!("{epoch}-4"), "unknown"),
        (&format!("{epoch}-99999999999999999999"), "unknown"),
    ];
    for (cursor, reason) in foreign {
        let response = send(server.get("/events").header("Last-Event-ID", cursor.as_bytes())).await;
        let resync = Events::of(response).block().await;
        assert_eq!(resync.name(), "resync", "{cursor:?}");
        assert_eq!(resync.retry.as_deref(), Some("2000"));
        assert_eq!(resync.json()["reason"], reason, "{cursor:?}");
        // The browser's next reconnect brings this id, and goes on from here.
        assert_eq!(resync.cursor(), last.cursor());
    }
}

#[tokio::test]
async fn a_restarted_server_answers_resync_and_goes_on() {
    let server = Server::start(&ONE_DAY);
    let cursor =
        read(&mut server.events("/events?recent=2000").await, 2).await.pop().expect("events");
    drop(server);

    let server = Server::start(&["--speed", "50"]);
    let (resync, mut events) =
        server.open(&format!("/events?lastEventId={}", cursor.cursor())).await;
    assert_eq!((resync.name(), resync.json()["reason"].as_str()), ("resync", Some("epoch")));
    let (epoch, sequence) = resync.position();
    assert_eq!(events.event().await.position(), (epoch, sequence + 1));
}

#[tokio::test]
async fn a_cursor_that_has_left_the_ring_gets_resync() {
    let server = Server::start(&["--speed", "0.001", "--history", "300", "--ring", "100"]);
    let (opening, _) = server.open("/events").await;
    let (epoch, _) = opening.position();
    let path = format!("/events?topics=all&lastEventId={epoch}-1");
    let (resync, mut events) = server.open(&path).await;
    assert_eq!((resync.name(), resync.json()["reason"].as_str()), ("resync", Some("expired")));
    let (_, sequence) = resync.position();
    send(server.post("/publish/chat").body("hello")).await;
    assert_eq!(events.event().await.position(), (epoch, sequence + 1));
}

#[tokio::test]
async fn a_stream_that_falls_out_of_the_ring_gets_resync() {
    let server = Server::start(&["--speed", "10000", "--ring", "64"]);
    let mut slow = server.events("/events").await;
    // 25,000 events are 6 MB, more than the sockets between the two hold.
    let mut other = server.events("/events").await;
    while other.event().await.position().1 < 25_000 {}
    let resync = async {
        loop {
            let block = slow.event().await;
            if block.name() == "resync" {
                break block;
            }
        }
    };
    let resync = within(resync).await;
    assert_eq!(resync.json()["reason"], "expired");
    assert!(resync.position().1 > 64);
}

#[tokio::test]
async fn topics_choose_the_events() {
    let server = Server::start(&["--speed", "2000"]);
    for (topics, names) in [
        ("news", &["news"][..]),
        ("quotes", &["quote"]),
        ("news,quotes", &["news", "quote"]),
        ("all", &[]),
    ] {
        if names.is_empty() {
            let detail = problem(send(server.get("/events?topics=news,all")).await, 400).await;
            assert!(detail.contains("\"all\"") && detail.contains("quotes, news"), "{detail}");
            continue;
        }
        let mut events = server.events(&format!("/events?topics={topics}")).await;
        let mut last: Option<u64> = None;
        for _ in 0..50 {
            let block = events.event().await;
            assert!(names.contains(&block.name()), "{} of {topics}", block.name());
            if names.len() == 1 {
                let sequence = feed(&block).sequence();
                assert!(last.is_none_or(|last| sequence == last + 1));
                last = Some(sequence);
            }
        }
    }
}

#[tokio::test]
async fn a_reader_of_one_topic_resumes_over_the_others_events() {
    let server = Server::start(&["--speed", "500"]);
    let mut events = server.events("/events?topics=news").await;
    let first = events.event().await;
    events.event().await;
    let mut again = with_header(&server, "/events?topics=news", first.cursor()).await;
    assert_eq!(feed(&again.event().await).sequence(), feed(&first).sequence() + 1);
}

#[tokio::test]
async fn a_ping_has_a_lone_data_line_and_no_id() {
    let server = Server::start(&["--speed", "0.001", "--heartbeat", "0.05"]);
    let mut events = server.events("/events?topics=news").await;
    let ping = "event: ping\ndata:\n\n";
    assert_eq!(events.text(3 * ping.len()).await, ping.repeat(3));
}

#[tokio::test]
async fn pings_come_between_other_events_too() {
    let server = Server::start(&["--speed", "1000", "--heartbeat", "0.05"]);
    let mut events = server.events("/events").await;
    let both = async {
        while events.block().await.name() != "ping" {}
        events.event().await;
    };
    within(both).await;
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let server = Server::start(&ONE_DAY);
    assert!(problem(send(server.get("/nothing")).await, 404).await.contains("/events"));
    for path in ["/events", "/"] {
        let response = send(server.post(path)).await;
        assert_eq!(header(&response, "allow"), Some("GET,HEAD"));
        problem(response, 405).await;
    }
    for query in ["topics=", "topics=quotes&topics=news"] {
        problem(send(server.get(&format!("/events?{query}"))).await, 400).await;
    }
}

#[tokio::test]
async fn a_reader_that_leaves_does_not_disturb_another() {
    let server = Server::start(&["--speed", "100"]);
    let mut stays = server.events("/events").await;
    let mut leaves = server.events("/events").await;
    leaves.event().await;
    drop(leaves);
    read(&mut stays, 20).await;
    assert!(matches!(stays.next().await, Next::Block(_)));
}
