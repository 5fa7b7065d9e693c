//! What must hold, each as a sentence, sorted by subject.

mod accessibility;
mod compression;
mod connection;
mod examples;
mod http2;
mod lab;
mod languages;
mod market;
mod page;
mod placing;
mod security;
mod servers;
mod tabs;

use crate::harness::Trial;

/// Trials that are run together, for they want the same things built.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Suite {
    /// The app.
    Page,
    /// The examples.
    Examples,
    /// The library, by an example, against servers of other makes; and our own server behind those.
    Servers,
}

impl Suite {
    /// The suite of that name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "page" => Some(Self::Page),
            "examples" => Some(Self::Examples),
            "servers" => Some(Self::Servers),
            _ => None,
        }
    }

    /// Every trial, in the order in which they run.
    pub(crate) fn trials(self) -> Vec<Trial> {
        match self {
            Self::Page => [
                page::trials(),
                connection::trials(),
                market::trials(),
                languages::trials(),
                accessibility::trials(),
                security::trials(),
                lab::trials(),
                http2::trials(),
                compression::trials(),
                tabs::trials(),
            ]
            .into_iter()
            .flatten()
            .collect(),
            Self::Examples => examples::trials(),
            Self::Servers => [servers::trials(), placing::trials()].into_iter().flatten().collect(),
        }
    }
}
