//! Both ends of the wire.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sse_signals::schema;

/// What a receiver hears.
#[derive(Debug, PartialEq)]
pub(crate) struct Dispatched {
    pub(crate) name: String,
    pub(crate) data: String,
    pub(crate) last_event_id: String,
}

/// "Interpreting an event stream", word for word from the standard, for the receiving side of the tests.
pub(crate) fn interpret(stream: &str) -> Vec<Dispatched> {
    let stream = stream.strip_prefix('\u{feff}').unwrap_or(stream);
    let stream = stream.replace("\r\n", "\n").replace('\r', "\n");
    let (mut name, mut data, mut last_event_id) = (String::new(), String::new(), String::new());
    let mut events = Vec::new();
    // What follows the last line end is an incomplete line, and is discarded.
    let (lines, _) = stream.rsplit_once('\n').unwrap_or_default();
    for line in lines.split('\n') {
        if line.is_empty() {
            if let Some(data) = data.strip_suffix('\n') {
                let name = if name.is_empty() { "message" } else { &name };
                events.push(Dispatched {
                    name: name.to_owned(),
                    data: data.to_owned(),
                    last_event_id: last_event_id.clone(),
                });
            }
            name.clear();
            data.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut name),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut last_event_id),
            _ => {}
        }
    }
    events
}

/// Sends `value` over the wire and gives what arrives, after checking what every event owes.
pub(crate) fn sent<T: Serialize + DeserializeOwned>(value: &T) -> Dispatched {
    let encoded = schema::encode(value).unwrap();
    let block = encoded.to_block(Some("id 7")).unwrap();
    let [event] = <[_; 1]>::try_from(interpret(&block)).unwrap();
    assert_eq!(event.name, encoded.name.as_deref().unwrap_or("message"));
    assert_eq!(event.data, encoded.data, "what is sent is what arrives");
    assert_eq!(event.last_event_id, "id 7");
    assert!(
        schema::event_names::<T>().contains(&&*event.name),
        "{} would not be listened to",
        event.name
    );
    event
}

pub(crate) fn round_trip<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let event = sent(value);
    schema::decode(&event.name, &event.data).unwrap()
}

#[track_caller]
pub(crate) fn assert_wire<T>(value: &T, name: &str, data: &str)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let event = sent(value);
    assert_eq!((&*event.name, &*event.data), (name, data));
    assert_eq!(schema::decode::<T>(name, data).unwrap(), *value);
}

pub(crate) fn lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
