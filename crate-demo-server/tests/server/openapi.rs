//! What programs read of the server is true.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::common::{Server, client, header, json, send, within};

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// What a value breaks of a schema. A keyword that is not known here fails the test, lest it goes unchecked.
fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let Some(keywords) = schema.as_object() else {
        assert_eq!(schema, &json!(true), "{at}");
        return Vec::new();
    };
    let mut found = Vec::new();
    for (keyword, wanted) in keywords {
        let is_right = match &**keyword {
            "description" => true,
            "$ref" => {
                found.extend(faults(document, resolve(document, schema), value, at));
                true
            }
            "type" => {
                let types =
                    wanted.as_array().map_or_else(|| vec![wanted], |types| types.iter().collect());
                types.into_iter().any(|name| is_of_type(name.as_str().expect("a type"), value))
            }
            "const" => value == wanted,
            "enum" => wanted.as_array().expect("values").contains(value),
            "minimum" => value.as_f64().is_none_or(|it| it >= wanted.as_f64().expect("a number")),
            "maximum" => value.as_f64().is_none_or(|it| it <= wanted.as_f64().expect("a number")),
            "minItems" => value
                .as_array()
                .is_none_or(|it| it.len() as u64 >= wanted.as_u64().expect("a number")),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(faults(document, wanted, item, &format!("{at}/{index}")));
                }
                true
            }
            "required" => {
                let names = wanted.as_array().expect("names").iter();
                names
                    .map(|name| name.as_str().expect("a name"))
                    .all(|name| value.get(name).is_some())
            }
            "properties" => {
                for (name, schema) in wanted.as_object().expect("properties") {
                    if let Some(value) = value.get(name) {
                        found.extend(faults(document, schema, value, &format!("{at}/{name}")));
                    }
                }
                true
            }
            "additionalProperties" => {
                assert_eq!(wanted, &json!(false), "{at}");
                let known = schema["properties"].as_object().expect("properties");
                value.as_object().is_none_or(|it| it.keys().all(|name| known.contains_key(name)))
            }
            unknown => panic!("the keyword {unknown} at {at} is not checked"),
        };
        if !is_right {
            found.push(format!("{at}: {value} is not {keyword} {wanted}"));
        }
    }
    found
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type {other}"),
    }
}

/// What a reference in the document leads to, or the value itself.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let Some(reference) = value["$ref"].as_str() else { return value };
    let pointer = reference.strip_prefix('#').expect("in this document");
    document.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, Method, &Value)> {
    document["paths"].as_object().expect("paths").iter().flat_map(|(path, methods)| {
        methods.as_object().expect("methods").iter().map(move |(method, operation)| {
            assert!(METHODS.contains(&method.as_str()), "{path} {method}");
            let method =
                Method::from_bytes(method.to_ascii_uppercase().as_bytes()).expect("a method");
            (&**path, method, operation)
        })
    })
}

/// The request that the operation's examples make; a path's own parameters have `fill` instead.
fn example(
    server: &Server,
    (path, method, operation): (&str, Method, &Value),
    fill: &[(&str, String)],
    content_type: Option<&str>,
) -> RequestBuilder {
    let mut path = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().expect("a name");
        let example = &parameter["example"];
        assert!(!parameter["description"].as_str().expect("a description").is_empty());
        assert_eq!(faults(&json!({}), &parameter["schema"], example, name), Vec::<String>::new());
        let text = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        match parameter["in"].as_str().expect("a place") {
            "path" => {
                let text = fill.iter().find(|it| it.0 == name).map_or(text, |it| it.1.clone());
                path = path.replace(&format!("{{{name}}}"), &text);
            }
            "query" => query.push(format!("{name}={text}")),
            other => panic!("a parameter in {other}"),
        }
    }
    assert!(!path.contains('{'), "every parameter of {path} is described");
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let request = client().request(method, format!("{}{path}{query}", server.url));
    let Some(content_type) = content_type else { return request };
    let example = &operation["requestBody"]["content"][content_type]["example"];
    let body = match content_type {
        "application/json" => example.to_string(),
        _ => example.as_str().expect("a text").to_owned(),
    };
    request.header("Content-Type", content_type).body(body)
}

fn bodies(operation: &Value) -> Vec<Option<&str>> {
    match operation["requestBody"]["content"].as_object() {
        Some(content) => content.keys().map(|content_type| Some(&**content_type)).collect(),
        None => vec![None],
    }
}

/// Holds an answer to what is described of its status, or of all others.
async fn check(document: &Value, operation: &Value, response: Response, what: &str) {
    let status = response.status().as_u16().to_string();
    let described =
        operation["responses"].get(&status).unwrap_or(&operation["responses"]["default"]);
    let described = resolve(document, described);
    let Some(content) = described["content"].as_object() else {
        assert_eq!(header(&response, "content-type"), None, "{what}");
        assert_eq!(within(response.text()).await.expect("a body"), "", "{what}");
        return;
    };
    let content_type =
        header(&response, "content-type").expect("a type").split(';').next().expect("a part");
    let schema =
        content.get(content_type).unwrap_or_else(|| panic!("{what}: {content_type}"))["schema"]
            .clone();
    let value = match &*content_type.to_owned() {
        // It does not end.
        "text/event-stream" => return,
        "text/plain" => Value::String(within(response.text()).await.expect("a body")),
        _ => serde_json::from_str(&within(response.text()).await.expect("a body")).expect("JSON"),
    };
    assert_eq!(faults(document, &schema, &value, what), Vec::<String>::new());
}

async fn document(server: &Server) -> Value {
    json(server.get("/openapi.json")).await
}

#[tokio::test]
async fn each_operation_answers_as_described() {
    let server = Server::start(&["--faults", "--publish-rate", "0"]);
    let document = document(&server).await;
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        assert!(
            names.insert(operation["operationId"].as_str().expect("a name").to_owned()),
            "{path}"
        );
        let success = operation["responses"]
            .as_object()
            .expect("responses")
            .keys()
            .next()
            .expect("one")
            .clone();
        for content_type in bodies(operation) {
            let port = json(server.post("/faults/ports")).await["port"].to_string();
            let task = server.post("/tasks").body("{\"kind\":\"checksum\",\"size\":17000000000}");
            let task = json(task).await["task"].to_string();
            let fill = [("port", port), ("task", task.clone())];
            let what = format!("{method} {path} {content_type:?}");
            let request = example(&server, (path, method.clone(), operation), &fill, content_type);
            let response = send(request).await;
            assert_eq!(response.status().as_u16().to_string(), success, "{what}");
            check(&document, operation, response, &what).await;
            // It may be cancelled already.
            let url = format!("{}/tasks/{task}", server.url);
            send(client().delete(url)).await;
        }
    }
}

#[tokio::test]
async fn what_is_refused_is_a_problem_as_described() {
    let server = Server::start(&["--faults", "--token", "open-sesame"]);
    let document = document(&server).await;
    for (path, method, operation) in operations(&document) {
        let request =
            || example(&server, (path, method.clone(), operation), &[], bodies(operation)[0]);
        let what = format!("{method} {path}");
        let misdirected = send(request().header("Host", "example.org")).await;
        assert_eq!(misdirected.status(), 421, "{what}");
        check(&document, operation, misdirected, &what).await;
        // Whether a token is asked for is as described too.
        let without = send(request()).await;
        let needs_none = operation["security"].as_array().expect("ways").is_empty();
        assert_eq!(without.status() != 401, needs_none, "{what}");
        check(&document, operation, without, &what).await;
    }
}

#[tokio::test]
async fn each_path_takes_the_described_methods_and_no_more() {
    let server = Server::start(&["--faults"]);
    let document = document(&server).await;
    for (path, described) in document["paths"].as_object().expect("paths") {
        let path = path
            .replace("{topic}", "chat")
            .replace("{port}", "1")
            .replace("{task}", "1")
            .replace("{key}", "k");
        let response = send(client().patch(format!("{}{path}", server.url))).await;
        assert_eq!(response.status(), 405, "{path}");
        let allowed: BTreeSet<_> =
            header(&response, "allow").expect("methods").split(',').map(str::trim).collect();
        let mut expected: BTreeSet<_> = described
            .as_object()
            .expect("methods")
            .keys()
            .map(|method| method.to_ascii_uppercase())
            .collect();
        if expected.contains("GET") {
            expected.insert("HEAD".to_owned());
        }
        assert_eq!(allowed, expected.iter().map(String::as_str).collect(), "{path}");
    }
}

#[test]
fn a_schema_is_really_checked() {
    let schema = json!({
        "type": "object",
        "required": ["a"],
        "properties": { "a": { "type": "integer", "minimum": 1 }, "b": { "enum": ["x"] } },
        "additionalProperties": false,
    });
    let count = |value: Value| faults(&json!({}), &schema, &value, "").len();
    assert_eq!(count(json!({ "a": 1, "b": "x" })), 0);
    for wrong in [
        json!([]),
        json!({}),
        json!({ "a": 0 }),
        json!({ "a": 1.5 }),
        json!({ "a": 1, "b": 1 }),
        json!({ "a": 1, "c": 1 }),
    ] {
        assert_ne!(count(wrong.clone()), 0, "{wrong}");
    }
}
