//! Waiting for a condition, with a deadline that names it.

use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;

/// Long enough for a browser's own slowest retries on a busy machine, in milliseconds.
const DEADLINE: u32 = 60_000;

/// The future's value; a failure that says what was waited for once the deadline has passed.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match select(pin!(future), TimeoutFuture::new(DEADLINE)).await {
        Either::Left((value, _)) => value,
        Either::Right(_) => panic!("waited {} s in vain for {what}", DEADLINE / 1_000),
    }
}
