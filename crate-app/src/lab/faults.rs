//! The trouble that the demo server can be asked for: see `crate-demo-server/src/faults/mod.rs`.

use crate::i18n::text;

/// Of the replay, with some to begin with.
const STREAM: &str = "events?topics=quotes,news&recent=20";

/// One kind of trouble.
#[derive(Debug)]
pub(super) struct Fault {
    /// For tests.
    pub(super) name: &'static str,
    pub(super) label: fn() -> &'static str,
    pub(super) order: Order,
}

/// How it is ordered.
#[derive(Debug)]
pub(super) enum Order {
    /// By a request to `faults/keys/KEY/…` about the stream that is open: the path's end, and the body.
    Now(&'static str, Option<&'static str>),
    /// By the query of a new stream's request. Such as happen to so many of its requests only.
    Next(&'static str),
}

/// To the stream that is open.
pub(super) const NOW: [Fault; 4] = [
    Fault { name: "cut", label: || text!(lab.fault_cut), order: Order::Now("cut", None) },
    Fault { name: "end", label: || text!(lab.fault_end), order: Order::Now("end", None) },
    Fault {
        name: "malformed",
        label: || text!(lab.fault_malformed),
        order: Order::Now("events", Some(r#"{"text":"event: quote\ndata: {\"symbol\": 7\n\n"}"#)),
    },
    Fault {
        name: "resync",
        label: || text!(lab.fault_resync),
        order: Order::Now("events", Some(r#"{"text":"event: resync\ndata: \n\n"}"#)),
    },
];

/// To a new stream.
pub(super) const NEXT: [Fault; 12] = [
    next("status-503", || text!(lab.fault_503), "fault=status&code=503&times=2"),
    next("status-404", || text!(lab.fault_404), "fault=status&code=404&times=1"),
    next("status-204", || text!(lab.fault_204), "fault=status&code=204&times=1"),
    next("type", || text!(lab.fault_type), "fault=type&times=1"),
    next("cut-inside", || text!(lab.fault_cut_inside), "fault=cut-inside&after=3&times=1"),
    next("stall", || text!(lab.fault_stall), "fault=stall&after=5&times=1"),
    next("bad-utf8", || text!(lab.fault_bad_utf8), "bad-utf8=1&times=1"),
    next("big-line", || text!(lab.fault_big_line), "big-line=2000000&times=1"),
    next("comments", || text!(lab.fault_comments), "comments=500&times=1"),
    next("redirect", || text!(lab.fault_redirect), "redirect=same&redirect-times=1"),
    next("trickle", || text!(lab.fault_trickle), "chunk=16&trickle=10"),
    next("bytes", || text!(lab.fault_bytes), "newline=cr&bom=1&gzip=1&retry=200"),
];

const fn next(name: &'static str, label: fn() -> &'static str, query: &'static str) -> Fault {
    Fault { name, label, order: Order::Next(query) }
}

/// The stream's URL, relative to the page's base. A server without faults knows no keys.
pub(super) fn url(key: Option<&str>, fault: Option<&str>) -> String {
    let mut url = STREAM.to_owned();
    for (name, value) in [("key=", key), ("", fault)] {
        if let Some(value) = value {
            url.push('&');
            url.push_str(name);
            url.push_str(value);
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n;

    #[test]
    fn a_fault_is_ordered_for_a_key_and_nothing_without_one() {
        assert_eq!(url(None, None), STREAM);
        assert_eq!(url(Some("k-1"), Some("a=b")), format!("{STREAM}&key=k-1&a=b"));
    }

    #[test]
    fn each_kind_of_trouble_has_a_name_and_words_of_its_own_in_each_language() {
        for locale in i18n::all() {
            i18n::set_locale(locale);
            let all: Vec<_> = NOW.iter().chain(&NEXT).collect();
            for (position, one) in all.iter().enumerate() {
                for other in &all[..position] {
                    assert_ne!(one.name, other.name);
                    assert_ne!((one.label)(), (other.label)());
                }
            }
        }
    }

    #[test]
    fn what_is_sent_is_json_with_a_text() {
        for fault in &NOW {
            if let Order::Now(_, Some(body)) = fault.order {
                let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
                assert!(body["text"].as_str().is_some_and(|text| text.ends_with("\n\n")), "{body}");
            }
        }
    }
}
