//! What only the fetch transport can do.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use crate::parser::Limits;

/// How the [fetch](https://fetch.spec.whatwg.org/) transport asks for the event stream, and what it makes of the
/// answer. Chosen by [`Options::fetch`](crate::Options::fetch).
///
/// Every request carries `Accept: text/event-stream`, is never answered from a cache, follows redirects, and brings the
/// last event ID, if there is one, in the header
/// [`Last-Event-ID`](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header) or as
/// [`Resume::Query`](crate::Resume::Query) says. To another origin that header, like most others, makes the browser ask
/// first by a preflight request, which the server must allow.
///
/// Last event IDs that are not ASCII go by [`Resume::Query`](crate::Resume::Query): WebKit encodes them twice in the header.
///
/// In Firefox a request that was redirected stays open after it was aborted, until the browser collects it, and takes one of
/// the six connections to its server meanwhile: there, better open the URL that the redirect leads to.
///
/// | option                                   | default                                     | what                                                   |
/// | ---------------------------------------- | ------------------------------------------- | ------------------------------------------------------ |
/// | [`method`](Self::method)                 | `GET`                                       | the request's method                                   |
/// | [`header`](Self::header)                 | none                                        | a header of every request                              |
/// | [`headers_with`](Self::headers_with)     | none                                        | headers asked for anew at each attempt                 |
/// | [`body`](Self::body)                     | none                                        | the request's body                                     |
/// | [`credentials`](Self::credentials)       | as `with_credentials` says                  | whether cookies go with it                             |
/// | [`on_status`](Self::on_status)           | [`Answer::default_decision`]                | what follows an answer that is no event stream         |
/// | [`on_end`](Self::on_end)                 | [`OnEnd::Reconnect`]                        | what the stream's clean end means                      |
/// | [`limits`](Self::limits)                 | [`Limits::new`]                             | the bounds of a line and of an event                   |
///
/// ```
/// use sse_signals::{Fetch, OnEnd, Options};
///
/// # async fn fresh_token(renew: bool) -> Result<String, String> { Ok("t".into()) }
/// // An answer that is streamed once, to a question in the body, with a token that may have to be renewed.
/// let fetch = Fetch::new()
///     .method("POST")
///     .header("Content-Type", "application/json")
///     .body(r#"{"prompt":"Why is the sky blue?"}"#)
///     .headers_with(async |attempt| {
///         let token = fresh_token(attempt.renew).await?;
///         Ok::<_, String>([("Authorization", format!("Bearer {token}"))])
///     })
///     .on_end(OnEnd::Finish);
/// let options = Options::new().fetch(fetch);
/// ```
#[derive(Clone)]
pub struct Fetch {
    pub(crate) method: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) headers_with: Option<HeadersWith>,
    pub(crate) body: Option<Rc<[u8]>>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) on_status: Option<OnStatus>,
    pub(crate) on_end: OnEnd,
    pub(crate) limits: Limits,
}

type Headers = Result<Vec<(String, String)>, String>;
pub(crate) type HeadersWith = Rc<dyn Fn(Attempt) -> Pin<Box<dyn Future<Output = Headers>>>>;
pub(crate) type OnStatus = Rc<dyn Fn(&Answer) -> Decision>;

/// The attempt that headers are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// 1 for the first, then one more for each failure since the connection last stood.
    pub number: u32,
    /// Whether the credentials of the last attempt were refused: see [`Decision::RenewCredentials`].
    pub renew: bool,
}

/// Whether cookies and the like go with a request: the
/// [credentials mode](https://fetch.spec.whatwg.org/#concept-request-credentials-mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Credentials {
    /// To no origin.
    Omit,
    /// To the page's own origin.
    SameOrigin,
    /// To every origin; another one must allow it.
    Include,
}

/// What the clean end of a stream means: the server has ended the body, as against a connection that broke.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnEnd {
    /// The connection is [reestablished](https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection),
    /// as the standard says.
    #[default]
    Reconnect,
    /// The stream is over: [`CloseReason::Finished`](crate::CloseReason::Finished). WebKit and at times Firefox report a
    /// connection that breaks between two chunks as a clean end too: where that matters, let the server send an
    /// [end event](crate::Options::end_event).
    Finish,
}

/// A server's answer that is no event stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`, empty if there is none.
    pub content_type: String,
    /// The beginning of the body as text, at most 1,024 bytes.
    pub body: String,
    /// What `Retry-After` asks for, from now on. A server of another origin must expose that header.
    pub retry_after: Option<Duration>,
}

/// What follows an answer whose status is neither 200 nor 204.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Decision {
    /// Try again, after `Retry-After` or else after the delay of [`Retry`](crate::Retry).
    Retry,
    /// Stay closed: [`CloseReason::Refused`](crate::CloseReason::Refused).
    Stop,
    /// Ask [`Fetch::headers_with`] for other credentials and try again at once, that is after
    /// [`Retry::floor`](crate::Retry::floor). If those are refused too, the delays grow as for [`Retry`](Self::Retry).
    RenewCredentials,
}

impl Answer {
    /// What follows if [`Fetch::on_status`] does not say otherwise: 408, 425, 429 and every 5xx are retried, 401 asks
    /// for other credentials once (and stops where there is no [`Fetch::headers_with`], or they are refused too), any
    /// other status stops.
    ///
    /// ```
    /// # use sse_signals::{Decision, Fetch};
    /// let fetch = Fetch::new().on_status(|answer| match answer.status {
    ///     404 => Decision::Retry, // not there yet
    ///     _ => answer.default_decision(),
    /// });
    /// ```
    #[must_use]
    pub const fn default_decision(&self) -> Decision {
        match self.status {
            401 => Decision::RenewCredentials,
            408 | 425 | 429 | 500..=599 => Decision::Retry,
            _ => Decision::Stop,
        }
    }
}

impl Fetch {
    /// The defaults, as each method states them.
    #[must_use]
    pub fn new() -> Self {
        Self {
            method: "GET".to_owned(),
            headers: Vec::new(),
            headers_with: None,
            body: None,
            credentials: None,
            on_status: None,
            on_end: OnEnd::default(),
            limits: Limits::new(),
        }
    }

    /// The request's method. Default: `GET`.
    ///
    /// ```
    /// # use sse_signals::Fetch;
    /// let fetch = Fetch::new().method("POST").body("{}").header("Content-Type", "application/json");
    /// ```
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = method.into();
        self
    }

    /// Adds a header to every request. Default: none. A name that is no token, or a value with a line break, is an
    /// error of [`EventSource::open`](crate::EventSource::open); the names that
    /// [the browser keeps for itself](https://fetch.spec.whatwg.org/#forbidden-request-header) are left out by it.
    ///
    /// ```
    /// # use sse_signals::Fetch;
    /// let fetch = Fetch::new().header("Authorization", "Bearer 7f3a").header("X-Client", "ticker");
    /// ```
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Asks for headers at each attempt, before the request is made; they replace those of the same name. Default:
    /// none. What is given is an async closure that returns names with their values, as an array, a `Vec` or a map. An
    /// error counts as a failed attempt ([`Cause::Headers`](crate::Cause::Headers)), and is retried. If the connection is
    /// closed meanwhile, the future is dropped.
    ///
    /// ```
    /// # use sse_signals::Fetch;
    /// # async fn token(renew: bool) -> Result<String, std::io::Error> { Ok("t".into()) }
    /// let fetch = Fetch::new().headers_with(async |attempt| {
    ///     let token = token(attempt.renew).await?;
    ///     Ok::<_, std::io::Error>([("Authorization", format!("Bearer {token}"))])
    /// });
    /// ```
    ///
    /// A token that is kept until the server refuses it:
    ///
    /// ```
    /// # use std::cell::RefCell;
    /// # use sse_signals::Fetch;
    /// # async fn sign_in() -> Result<String, String> { Ok("t".into()) }
    /// let kept = RefCell::new(None);
    /// let fetch = Fetch::new().headers_with(async move |attempt| {
    ///     let token: Option<String> = kept.take().filter(|_| !attempt.renew);
    ///     let token = match token {
    ///         Some(token) => token,
    ///         None => sign_in().await?,
    ///     };
    ///     kept.replace(Some(token.clone()));
    ///     Ok::<_, String>([("Authorization", format!("Bearer {token}"))])
    /// });
    /// ```
    #[must_use]
    pub fn headers_with<H, N, V, E>(
        mut self,
        headers: impl AsyncFn(Attempt) -> Result<H, E> + 'static,
    ) -> Self
    where
        H: IntoIterator<Item = (N, V)>,
        N: Into<String>,
        V: Into<String>,
        E: fmt::Display,
    {
        let headers = Rc::new(headers);
        self.headers_with = Some(Rc::new(move |attempt| {
            let headers = Rc::clone(&headers);
            Box::pin(async move {
                let headers = headers(attempt).await.map_err(|error| error.to_string())?;
                Ok(headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
            })
        }));
        self
    }

    /// The request's body, the same at each attempt; its `Content-Type` is a [`header`](Self::header) to be set.
    /// Default: none. With `GET` a body is an error of [`EventSource::open`](crate::EventSource::open).
    ///
    /// ```
    /// # use sse_signals::Fetch;
    /// let fetch = Fetch::new().method("POST").body("text").header("Content-Type", "text/plain");
    /// ```
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into().into());
        self
    }

    /// Whether cookies go with the request. Default: [`Credentials::SameOrigin`], or
    /// [`Credentials::Include`] with [`Options::with_credentials`](crate::Options::with_credentials).
    ///
    /// ```
    /// # use sse_signals::{Credentials, Fetch};
    /// let fetch = Fetch::new().credentials(Credentials::Omit);
    /// ```
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Decides what follows an answer whose status is neither 200 nor 204. Default: [`Answer::default_decision`]. It is
    /// not asked where [`OnClosed::Stop`](crate::OnClosed::Stop) forbids another attempt.
    ///
    /// 204 needs no decision, it finishes; so does 200 with a wrong content type, which is refused.
    ///
    /// ```
    /// # use sse_signals::{Decision, Fetch};
    /// let fetch = Fetch::new().on_status(|answer| match answer.status {
    ///     403 if answer.body.contains("expired") => Decision::RenewCredentials,
    ///     _ => answer.default_decision(),
    /// });
    /// ```
    #[must_use]
    pub fn on_status(mut self, decide: impl Fn(&Answer) -> Decision + 'static) -> Self {
        self.on_status = Some(Rc::new(decide));
        self
    }

    /// What a clean end of the stream means. Default: [`OnEnd::Reconnect`].
    ///
    /// ```
    /// # use sse_signals::{Fetch, OnEnd};
    /// let fetch = Fetch::new().on_end(OnEnd::Finish);
    /// ```
    #[must_use]
    pub const fn on_end(mut self, on_end: OnEnd) -> Self {
        self.on_end = on_end;
        self
    }

    /// The bounds of a line and of an event, and what happens beyond. Default: [`Limits::new`].
    ///
    /// ```
    /// # use sse_signals::{Fetch, parser::{Limits, OnOverflow}};
    /// let fetch = Fetch::new().limits(Limits::new().event(65_536).on_overflow(OnOverflow::Skip));
    /// ```
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl Default for Fetch {
    fn default() -> Self {
        Self::new()
    }
}

/// Without values: they may be secrets.
impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Fetch")
            .field("method", &self.method)
            .field("headers", &names)
            .field("body_bytes", &self.body.as_ref().map(|body| body.len()))
            .field("credentials", &self.credentials)
            .field("on_end", &self.on_end)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Callbacks are equal if they are the same one.
impl PartialEq for Fetch {
    fn eq(&self, other: &Self) -> bool {
        fn same<T: ?Sized>(one: Option<&Rc<T>>, other: Option<&Rc<T>>) -> bool {
            match (one, other) {
                (Some(one), Some(other)) => Rc::ptr_eq(one, other),
                (None, None) => true,
                _ => false,
            }
        }
        self.method == other.method
            && self.headers == other.headers
            && self.body == other.body
            && self.credentials == other.credentials
            && self.on_end == other.on_end
            && self.limits == other.limits
            && same(self.headers_with.as_ref(), other.headers_with.as_ref())
            && same(self.on_status.as_ref(), other.on_status.as_ref())
    }
}
