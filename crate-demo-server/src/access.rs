//! Who may read, and who may do more. Each part says why it is there.

use std::net::SocketAddr;

use axum::extract::Request;

use crate::cli::{AllowedOrigin, Options};
use crate::log::Topics;
use host::Hosts;
use limit::RateLimit;
use sse_signals_feed::Topic;
pub(crate) use tokens::Rights;
use tokens::Tokens;

pub(crate) mod authority;
pub(crate) mod host;
pub(crate) mod limit;
pub(crate) mod origin;
mod token_file;
pub(crate) mod tokens;

/// What the checks go by.
#[derive(Debug)]
pub(crate) struct Access {
    hosts: Hosts,
    origins: Vec<AllowedOrigin>,
    pub(crate) tokens: Tokens,
    publish_rate: RateLimit,
    /// Strangers can reach the server, and no token keeps them out.
    pub(crate) is_exposed: bool,
    /// It answers to names that others may know, and no token keeps them out.
    has_open_names: bool,
}

impl Access {
    /// For a server that listens there. Reads the file of tokens, if there is one.
    pub(crate) fn new(options: &Options, listen: SocketAddr) -> Result<Self, String> {
        let publish_rate = RateLimit::new(&options.publish);
        let options = &options.access;
        let mut tokens = match &options.token_file {
            Some(path) => token_file::read(path)?,
            None => Vec::new(),
        };
        tokens.extend(options.token.iter().map(|token| (token.clone(), Rights::Read)));
        tokens.extend(options.publish_token.iter().map(|token| (token.clone(), Rights::Publish)));
        let tokens = Tokens::new(tokens);
        Ok(Self {
            hosts: Hosts::new(listen, &options.allow_host),
            origins: options.allow_origin.clone(),
            has_open_names: tokens.is_empty() && !options.allow_host.is_empty(),
            is_exposed: tokens.is_empty() && !listen.ip().to_canonical().is_loopback(),
            tokens,
            publish_rate,
        })
    }

    /// What a request may do, if anything.
    fn rights(&self, request: &Request) -> Option<Rights> {
        match (self.tokens.is_empty(), self.is_exposed) {
            (true, false) => Some(Rights::Publish),
            (true, true) => Some(Rights::Read),
            (false, _) => self.tokens.rights(request.uri(), request.headers()),
        }
    }

    /// The topics that may be read at all: what tells of this machine is not for strangers.
    pub(crate) const fn served(&self) -> Topics {
        if self.is_exposed {
            Topics::ALL.without(Topic::Logs).without(Topic::Metrics)
        } else {
            Topics::ALL
        }
    }

    /// Says in the log of the server what is shut, and how to open it.
    pub(crate) fn warn(&self) {
        if self.is_exposed {
            tracing::warn!(
                "others can reach this address, and there is no token: no logs, no metrics; with --token they are \
                 served to those who know it"
            );
            tracing::warn!(
                "for the same reason nothing can be published, and no task or fault be steered; with --publish-token \
                 those who know it can"
            );
        } else if self.has_open_names {
            tracing::warn!(
                "--allow-host without a token: whoever reaches this server through a proxy reads its logs and metrics, \
                 and publishes; see --token and --publish-token"
            );
        }
    }
}
