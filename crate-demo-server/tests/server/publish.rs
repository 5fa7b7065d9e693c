//! What clients add to the log, and the list of topics.

use reqwest::Response;
use serde_json::{Value, json};
use sse_signals::schema;
use sse_signals_feed::{Feed, Message};

use crate::common::{Block, ONE_DAY, Server, send};

async fn json(response: Response) -> Value {
    serde_json::from_str(&response.text().await.expect("a body")).expect("JSON")
}

fn message(block: &Block) -> Message {
    let feed: Feed = schema::decode(block.name(), block.data.as_deref().expect("data"))
        .expect("of the contract");
    match feed {
        Feed::Chat(message) | Feed::Notify(message) => message,
        other => panic!("not published: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_published_reaches_every_reader_under_the_id_that_the_answer_names() {
    let server = Server::start(&ONE_DAY);
    let mut events = server.events("/events?topics=chat,notify").await;
    let mut others = server.events("/events?topics=chat").await;
    let answer = send(server.post("/publish/chat").body("hello")).await;
    assert_eq!(answer.status(), 201);
    let id = json(answer).await["id"].as_str().expect("an id").to_owned();
    let block = events.event().await;
    assert_eq!((block.name(), block.id.as_deref()), ("chat", Some(&*id)));
    let Message { sequence, at, text, json } = message(&block);
    assert_eq!((sequence, &*text, json), (1, "hello", false));
    assert!(at > 1_700_000_000_000, "{at} is a time in milliseconds");
    assert_eq!(others.event().await.id, Some(id.clone()));
    assert_eq!(send(server.post("/publish/notify").body("")).await.status(), 201);
    let block = events.event().await;
    assert_eq!((block.name(), message(&block).sequence), ("notify", 1));
    let mut resumed = server.events(&format!("/events?topics=notify&lastEventId={id}")).await;
    assert_eq!(resumed.event().await.id, block.id);
}

#[tokio::test]
async fn json_is_checked_and_kept_as_it_came() {
    let server = Server::start(&ONE_DAY);
    let mut events = server.events("/events?topics=notify").await;
    let post = |body: &'static str| {
        let kind = "application/json; charset=utf-8";
        server.post("/publish/notify").header("content-type", kind).body(body)
    };
    let sent = "{ \"disk\" : \"full\",\n \"free\": 0.10 }";
    assert_eq!(send(post(sent)).await.status(), 201);
    let received = message(&events.event().await);
    assert_eq!((&*received.text, received.json), (sent, true));
    let answer = send(post("{\"disk\"")).await;
    assert_eq!(answer.status(), 400);
    let detail = json(answer).await["detail"].to_string();
    assert!(detail.contains("not JSON") && detail.contains("line 1"), "{detail}");
}

#[tokio::test]
async fn what_can_not_be_published_is_refused_with_the_reason() {
    let server = Server::start(&ONE_DAY);
    let large = vec![b'x'; 64 * 1024 + 1];
    for (topic, body, status, reason) in [
        ("chat", large, 413, "65536 bytes"),
        ("chat", b"a\xff".to_vec(), 400, "not UTF-8 at byte 1"),
        ("quotes", b"IBM".to_vec(), 403, "own; to be published to are chat, notify"),
        ("chats", b"hello".to_vec(), 404, "no topic \\\"chats\\\"; to be published to are chat"),
    ] {
        let answer = send(server.post(&format!("/publish/{topic}")).body(body)).await;
        assert_eq!(answer.status(), status, "{topic}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let text = answer.text().await.expect("a body");
        assert!(text.contains(reason), "{text}");
    }
    let answer = send(server.get("/publish/chat")).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["allow"]),
        (405, &"POST".parse().unwrap())
    );
    let exact = vec![b'x'; 64 * 1024];
    assert_eq!(send(server.post("/publish/chat").body(exact)).await.status(), 201);
}

#[tokio::test]
async fn the_topics_are_listed_with_their_events_and_how_many_there_were() {
    let server = Server::start(&["--weather", "1000"]);
    send(server.post("/publish/chat").body("hello")).await;
    server.events("/events?topics=weather").await.event().await;
    let topics = json(send(server.get("/topics")).await).await;
    let topic = |name: &str| {
        topics.as_array().expect("a list").iter().find(|topic| topic["name"] == name).cloned()
    };
    let chat = topic("chat").expect("chat");
    assert_eq!((&chat["events"], &chat["sequence"]), (&json!(["chat"]), &json!(1)));
    assert_eq!(
        (&chat["publish"], &topic("quotes").expect("quotes")["publish"]),
        (&json!(true), &json!(false))
    );
    assert!(topic("weather").expect("weather")["sequence"].as_u64() >= Some(2));
    for topic in topics.as_array().expect("a list") {
        let name = topic["name"].as_str().expect("a name");
        server.events(&format!("/events?topics={name}")).await;
    }
}

#[tokio::test]
async fn without_names_the_market_comes_and_with_all_every_topic() {
    let server = Server::start(&["--speed", "200", "--weather", "200"]);
    let mut market = server.events("/events").await;
    for _ in 0..200 {
        assert!(matches!(market.event().await.name(), "quote" | "news"));
    }
    let mut all = server.events("/events?topics=all").await;
    send(server.post("/publish/chat").body("hello")).await;
    let mut wanted = vec!["quote", "weather", "chat"];
    while !wanted.is_empty() {
        let block = all.event().await;
        wanted.retain(|name| *name != block.name());
    }
}
