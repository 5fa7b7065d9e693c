//! Jobs that clients start, follow and cancel.

use reqwest::Response;
use serde_json::{Value, json};
use sse_signals::schema;
use sse_signals_feed::{Feed, Task, TaskKind, TaskState};

use crate::common::{Events, ONE_DAY, Server, client, header, json, problem, send, within};

/// More than any test waits for.
const LONG: u64 = 10_000_000_000;

async fn start(server: &Server, kind: &str, size: u64) -> Response {
    let body = json!({ "kind": kind, "size": size }).to_string();
    send(server.post("/tasks").body(body)).await
}

async fn cancel(server: &Server, path: &str) -> Response {
    send(client().delete(format!("{}{path}", server.url))).await
}

async fn body(response: Response) -> Value {
    serde_json::from_str(&response.text().await.expect("a body")).expect("JSON")
}

/// The next event of topic `tasks` that is wanted.
async fn told(events: &mut Events, wanted: impl Fn(&Task) -> bool) -> Task {
    let task = async {
        loop {
            let block = events.event().await;
            let data = block.data.as_deref().expect("data");
            match schema::decode(block.name(), data).expect("of the contract") {
                Feed::Task(task) if wanted(&task) => return task,
                Feed::Task(_) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    within(task).await
}

#[tokio::test]
async fn a_job_is_told_from_its_place_in_the_queue_to_its_result() {
    let server = Server::start(&ONE_DAY);
    let mut events = server.events("/events?topics=tasks").await;
    let answer = start(&server, "primes", 1_000_000).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "location")), (201, Some("/tasks/1")));
    let created = body(answer).await;
    assert_eq!((&created["state"], &created["total"]), (&json!("queued"), &json!(1_000_000)));
    let queued = told(&mut events, |_| true).await;
    assert_eq!((queued.task, queued.kind, queued.state), (1, TaskKind::Primes, TaskState::Queued));
    // It may be done before it is seen to run.
    let done = loop {
        let task = told(&mut events, |_| true).await;
        if task.state.is_over() {
            break task;
        }
        let running = (TaskState::Running, 1_000_000, None);
        assert_eq!((task.state, task.total, task.result), running);
    };
    assert_eq!((done.state, done.result.as_deref()), (TaskState::Done, Some("78498")));
    assert_eq!((done.done, done.seconds_left), (1_000_000, None));
    assert!(done.rate > 0.0, "{done:?}");
    let shown = json(server.get("/tasks/1")).await;
    assert_eq!((&shown["result"], &shown["state"]), (&json!("78498"), &json!("done")));
    assert_eq!((&shown["done"], &shown["kind"]), (&json!(1_000_000), &json!("primes")));
    assert_eq!(json(server.get("/tasks")).await, json!([shown]));
}

#[tokio::test]
async fn a_checksum_is_that_of_the_bytes_from_0_to_255_over_and_over() {
    let server = Server::start(&ONE_DAY);
    let mut events = server.events("/events?topics=tasks").await;
    assert_eq!(start(&server, "checksum", 256).await.status(), 201);
    let done = told(&mut events, |task| task.state.is_over()).await;
    let expected = "40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880";
    assert_eq!(done.result.as_deref(), Some(expected));
}

#[tokio::test]
async fn progress_grows_and_says_how_long_it_will_take() {
    let server = Server::start(&ONE_DAY);
    let mut events = server.events("/events?topics=tasks").await;
    for kind in ["checksum", "primes"] {
        let answer = start(&server, kind, LONG).await;
        let path = header(&answer, "location").expect("a place").to_owned();
        let first = told(&mut events, |task| task.done > 0).await;
        let second = told(&mut events, |task| task.done > first.done).await;
        assert!(second.rate > 0.0 && second.at >= first.at, "{second:?}");
        let left = second.seconds_left.expect("it runs");
        let expected = (LONG - second.done) as f64 / second.rate;
        assert!((left - expected).abs() <= 1e-6 * expected, "{left}, not {expected}");
        assert_eq!(cancel(&server, &path).await.status(), 200);
        told(&mut events, |task| task.state.is_over()).await;
    }
}

#[tokio::test]
async fn a_job_that_is_cancelled_ends_at_once_and_says_so() {
    let server = Server::start(&ONE_DAY);
    let mut events = server.events("/events?topics=tasks").await;
    start(&server, "primes", LONG).await;
    told(&mut events, |task| task.state == TaskState::Running).await;
    let answer = cancel(&server, "/tasks/1").await;
    assert_eq!(answer.status(), 200);
    let shown = body(answer).await;
    assert_eq!((&shown["state"], &shown["result"]), (&json!("cancelled"), &Value::Null));
    let over = told(&mut events, |task| task.state.is_over()).await;
    assert_eq!((over.state, over.seconds_left), (TaskState::Cancelled, None));
    assert!(over.done < LONG);
    let detail = problem(cancel(&server, "/tasks/1").await, 409).await;
    assert!(detail.contains("cancelled already"), "{detail}");
    assert_eq!(json(server.get("/tasks/1")).await["state"], "cancelled");
}

#[tokio::test]
async fn a_job_that_is_done_can_not_be_cancelled() {
    let server = Server::start(&ONE_DAY);
    let mut events = server.events("/events?topics=tasks").await;
    start(&server, "primes", 10).await;
    told(&mut events, |task| task.state == TaskState::Done).await;
    let detail = problem(cancel(&server, "/tasks/1").await, 409).await;
    assert!(detail.contains("done already"), "{detail}");
}

#[tokio::test]
async fn two_jobs_run_sixteen_wait_and_more_are_refused_until_one_ends() {
    let server = Server::start(&ONE_DAY);
    let mut events = server.events("/events?topics=tasks").await;
    for _ in 0..18 {
        assert_eq!(start(&server, "primes", LONG).await.status(), 201);
    }
    let full = start(&server, "primes", 10).await;
    assert!(
        header(&full, "retry-after").is_some_and(|it| it.parse::<u32>().is_ok_and(|it| it > 0))
    );
    let detail = problem(full, 503).await;
    assert!(detail.contains("18 places") && detail.contains("DELETE /tasks/N"), "{detail}");
    let metrics = within(send(server.get("/metrics")).await.text()).await.expect("a body");
    assert!(metrics.contains("refusals_total{reason=\"busy\"} 1\n"), "{metrics}");
    for task in [1, 2] {
        told(&mut events, |it| it.task == task && it.done > 0).await;
    }
    let states = json(server.get("/tasks")).await;
    let states: Vec<_> = states.as_array().expect("a list").iter().map(|it| &it["state"]).collect();
    assert!(states[..2].iter().all(|it| *it == "running"), "{states:?}");
    assert!(states.len() == 18 && states[2..].iter().all(|it| *it == "queued"), "{states:?}");
    // One that waits, and then one that runs, whose place the next one takes.
    for task in [3, 1] {
        assert_eq!(cancel(&server, &format!("/tasks/{task}")).await.status(), 200);
    }
    told(&mut events, |it| it.task == 4 && it.state == TaskState::Running).await;
    assert_eq!(start(&server, "primes", 10).await.status(), 201);
}

#[tokio::test]
async fn only_the_last_hundred_that_are_over_are_remembered() {
    let server = Server::start(&["--speed", "0.001", "--publish-rate", "0"]);
    let mut events = server.events("/events?topics=tasks").await;
    for task in 1..=102 {
        assert_eq!(start(&server, "primes", 10).await.status(), 201);
        told(&mut events, |it| it.task == task && it.state.is_over()).await;
    }
    let listed = json(server.get("/tasks")).await;
    let listed: Vec<_> = listed.as_array().expect("a list").iter().map(|it| &it["task"]).collect();
    assert_eq!((listed.len(), listed[0], listed[100]), (101, &json!(2), &json!(102)));
    problem(send(server.get("/tasks/1")).await, 404).await;
}

#[tokio::test]
async fn what_is_no_task_is_refused_with_the_reason() {
    let server = Server::start(&ONE_DAY);
    for (body, status, reason) in [
        ("hello", 400, "send something like {\"kind\": \"primes\", \"size\": 1000000}"),
        ("{\"kind\": \"dance\", \"size\": 1}", 400, "unknown variant `dance`"),
        ("{\"kind\": \"primes\"}", 400, "missing field `size`"),
        ("{\"kind\": \"primes\", \"size\": 1, \"priority\": 1}", 400, "unknown field `priority`"),
        ("{\"kind\": \"primes\", \"size\": 0}", 400, "numbers from 1 to 10000000000"),
        ("{\"kind\": \"checksum\", \"size\": 17179869185}", 400, "bytes from 1 to 17179869184"),
    ] {
        let detail = problem(send(server.post("/tasks").body(body)).await, status).await;
        assert!(detail.contains(reason), "{detail}");
    }
    problem(send(server.post("/tasks").body(" ".repeat(1_025))).await, 413).await;
    for path in ["/tasks/1", "/tasks/first"] {
        let detail = problem(send(server.get(path)).await, 404).await;
        assert!(detail.contains("GET /tasks lists"), "{detail}");
        problem(cancel(&server, path).await, 404).await;
    }
    problem(send(client().put(format!("{}/tasks", server.url))).await, 405).await;
    assert_eq!(json(server.get("/tasks")).await, json!([]));
}

#[tokio::test]
async fn the_programs_end_does_not_wait_for_jobs() {
    let server = Server::start(&ONE_DAY);
    let mut events = server.events("/events?topics=tasks").await;
    for kind in ["checksum", "primes", "primes"] {
        start(&server, kind, LONG).await;
    }
    for task in [1, 2] {
        told(&mut events, |it| it.task == task && it.done > 0).await;
    }
    server.signal("-TERM");
    assert_eq!(server.wait().await.code(), Some(0));
}
