//! Who takes part.

use crate::failure::{Failure, Result};

/// A client that is measured.
#[derive(Debug)]
pub(crate) struct Contender {
    /// Of its script, or of the folder of its built page.
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Script,
    Wasm,
}

pub(crate) const RAW: &str = "raw";
pub(crate) const PARSER: &str = "eventsource-parser";
pub(crate) const LEPTOS_USE: &str = "leptos-use";
pub(crate) const NATIVE: &str = "native";
pub(crate) const FETCH: &str = "fetch";

/// In the order in which they take turns: next to each other stand those that are compared.
pub(crate) const ALL: [Contender; 7] = [
    Contender {
        name: "fetch-event-source",
        what: "JavaScript, @microsoft/…, JSON.parse",
        kind: Kind::Script,
    },
    Contender { name: "gloo-net", what: "Leptos, EventSource, serde_json", kind: Kind::Wasm },
    Contender { name: LEPTOS_USE, what: "Leptos, its hook, its JSON codec", kind: Kind::Wasm },
    Contender { name: NATIVE, what: "Leptos, ours by EventSource", kind: Kind::Wasm },
    Contender { name: RAW, what: "JavaScript, EventSource, JSON.parse", kind: Kind::Script },
    Contender { name: FETCH, what: "Leptos, ours by fetch", kind: Kind::Wasm },
    Contender { name: PARSER, what: "JavaScript, fetch, JSON.parse", kind: Kind::Script },
];

impl Contender {
    /// The query of its page; `variant` is what the name of the built one ends with.
    pub(crate) fn query(&self, variant: &str) -> String {
        match self.kind {
            Kind::Script => format!("?script={}.js", self.name),
            Kind::Wasm => format!("?wasm={}{variant}", self.name),
        }
    }
}

/// Those that are asked for by their names, all if there are none.
pub(crate) fn chosen(among: &[&str], only: &[String]) -> Result<Vec<&'static Contender>> {
    if let Some(name) = only.iter().find(|name| !among.contains(&name.as_str())) {
        let names = among.join(", ");
        return Err(Failure::new(format!("there is no contender {name}; there are {names}")));
    }
    let asked = |it: &&Contender| {
        among.contains(&it.name) && (only.is_empty() || only.iter().any(|name| name == it.name))
    };
    Ok(ALL.iter().filter(asked).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contenders_are_chosen_by_name() {
        let names = |only: &[&str]| -> Result<Vec<&str>> {
            let only: Vec<String> = only.iter().map(|&name| name.to_owned()).collect();
            Ok(chosen(&[RAW, FETCH, PARSER], &only)?.iter().map(|it| it.name).collect())
        };
        assert_eq!(names(&["fetch", "raw"]).expect("known"), [RAW, FETCH]);
        assert_eq!(names(&[]).expect("all").len(), 3);
        let unknown = names(&["native"]).expect_err("unknown").to_string();
        assert!(unknown.contains("native") && unknown.contains("eventsource-parser"), "{unknown}");
    }
}
