//! How often one address may publish, or start a task.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};

use super::authority::Authority;
use crate::App;
use crate::cli::PublishRate;
use crate::problem::{Problem, Refusal};

/// Addresses that are remembered; about 100 bytes of memory each.
const MOST_ADDRESSES: usize = 4_096;
/// Of an IPv6 address: the network of one customer, who has all the rest.
const NETWORK: u128 = !0 << 64;
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A bucket of tokens for each address. Kept of it is when it will be full, which says how full it is at any time, so
/// that nothing needs to be done as time passes (it is known as GCRA).
#[derive(Debug)]
pub(crate) struct RateLimit {
    /// Until one more may be published. None for no limit.
    interval: Option<Duration>,
    /// What a full bucket allows beyond the first, in time.
    tolerance: Duration,
    trusted: Vec<IpAddr>,
    full_at: Mutex<HashMap<IpAddr, Instant>>,
}

impl RateLimit {
    pub(crate) fn new(options: &PublishRate) -> Self {
        let rate = options.publish_rate;
        let interval = (rate > 0.0).then(|| Duration::from_secs_f64(rate.recip()));
        Self {
            interval,
            tolerance: interval.unwrap_or_default() * (options.publish_burst - 1),
            trusted: options.trusted_proxy.iter().map(IpAddr::to_canonical).collect(),
            full_at: Mutex::default(),
        }
    }

    /// Takes one token of this address.
    ///
    /// # Errors
    ///
    /// How long it is until there is one.
    fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let Some(interval) = self.interval else { return Ok(()) };
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let network = network(address);
        let full_at = buckets.get(&network).map_or(now, |full_at| now.max(*full_at));
        let too_early = (full_at - now).saturating_sub(self.tolerance);
        if !too_early.is_zero() {
            return Err(too_early);
        }
        if buckets.len() >= MOST_ADDRESSES && !buckets.contains_key(&network) {
            make_room(&mut buckets, now);
        }
        buckets.insert(network, full_at + interval);
        Ok(())
    }

    /// Whose request it is. Who is not a trusted proxy can write what it likes into `X-Forwarded-For`, so that counts
    /// from its end on, where each proxy has added whom it was asked by, and as far as they are trusted.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lists = headers.get_all(X_FORWARDED_FOR).iter().rev();
        let hops = lists.flat_map(|list| list.to_str().unwrap_or_default().rsplit(','));
        let mut client = peer.to_canonical();
        for hop in hops {
            let hop = hop.trim();
            let address = hop.parse().ok().or_else(|| Authority::parse(hop)?.address());
            match address {
                Some(address) if self.trusted.contains(&client) => client = address.to_canonical(),
                Some(_) | None => break,
            }
        }
        client
    }
}

/// A full bucket is as good as none. Where all are in use, who comes new takes the place of whoever has used least.
fn make_room(full_at: &mut HashMap<IpAddr, Instant>, now: Instant) {
    full_at.retain(|_, full_at| *full_at > now);
    if full_at.len() >= MOST_ADDRESSES
        && let Some(fullest) = full_at.iter().min_by_key(|(_, full_at)| **full_at)
    {
        let address = *fullest.0;
        full_at.remove(&address);
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// Shows that the address of a request had a token left, which this has taken.
#[derive(Debug)]
pub(crate) struct Allowance;

impl FromRequestParts<Arc<App>> for Allowance {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let limit = &app.access.publish_rate;
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.0.ip());
        let client = limit.client(peer, &parts.headers);
        limit.take(client, Instant::now()).map(|()| Self).map_err(|wait| {
            // Rounded up, or it would come too early again.
            let seconds = wait.as_millis().div_ceil(1_000);
            Problem::refused(
                Refusal::Rate,
                StatusCode::TOO_MANY_REQUESTS,
                format!(
                    "This address has published, and started tasks, as much as it may for now; try again in {seconds} s. How much that is \
                     is set by --publish-rate and --publish-burst."
                ),
            )
            .retry_after(u32::try_from(seconds).unwrap_or(u32::MAX))
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn limit(rate: f64, burst: u32, trusted: &[&str]) -> RateLimit {
        RateLimit::new(&PublishRate {
            publish_rate: rate,
            publish_burst: burst,
            trusted_proxy: trusted.iter().map(|address| ip(address)).collect(),
        })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_burst_passes_and_then_one_at_each_interval() {
        let limit = limit(2.0, 3, &[]);
        let now = Instant::now();
        let take =
            |milliseconds| limit.take(ip("192.0.2.1"), now + Duration::from_millis(milliseconds));
        assert_eq!([take(0), take(0), take(0)], [Ok(()); 3]);
        assert_eq!(take(0), Err(Duration::from_millis(500)));
        assert_eq!(take(499), Err(Duration::from_millis(1)));
        assert_eq!(take(500), Ok(()));
        assert_eq!(take(500), Err(Duration::from_millis(500)));
        // Full again, and not fuller.
        assert_eq!([take(60_000), take(60_000), take(60_000)], [Ok(()); 3]);
        assert!(take(60_000).is_err());
    }

    #[test]
    fn addresses_do_not_share_but_networks_of_ipv6_do() {
        let limit = limit(1.0, 1, &[]);
        let now = Instant::now();
        let take = |address| limit.take(ip(address), now).is_ok();
        assert!(take("192.0.2.1") && take("192.0.2.2") && !take("192.0.2.1"));
        assert!(!take("::ffff:192.0.2.1"));
        assert!(take("2001:db8::1") && !take("2001:db8::ffff:0:0:1") && take("2001:db8:0:1::1"));
    }

    #[test]
    fn a_rate_of_0_is_no_limit() {
        let limit = limit(0.0, 1, &[]);
        assert!((0..1_000).all(|_| limit.take(ip("::1"), Instant::now()).is_ok()));
    }

    #[test]
    fn the_table_is_bounded_and_forgets_who_has_used_least() {
        let limit = limit(0.001, 2, &[]);
        let now = Instant::now();
        let address = |number: usize| IpAddr::V4(u32::try_from(number).expect("small").into());
        for number in 0..MOST_ADDRESSES {
            assert!(limit.take(address(number), now).is_ok());
            // The first has one left.
            assert!(number == 0 || limit.take(address(number), now).is_ok());
        }
        assert!(limit.take(address(MOST_ADDRESSES), now).is_ok());
        assert_eq!(limit.full_at.lock().expect("whole").len(), MOST_ADDRESSES);
        assert!(limit.take(address(1), now).is_err(), "who has used up all is remembered");
        // All are full again a day later.
        assert!(limit.take(ip("192.0.2.1"), now + Duration::from_secs(86_400)).is_ok());
        assert_eq!(limit.full_at.lock().expect("whole").len(), 1);
    }

    #[test]
    fn a_forwarded_address_counts_as_far_as_proxies_are_trusted() {
        let forwarded = |lists: &[&'static str]| {
            let headers =
                lists.iter().map(|list| (X_FORWARDED_FOR, HeaderValue::from_static(list)));
            headers.collect::<HeaderMap>()
        };
        let plain = limit(1.0, 1, &[]);
        let trusting = limit(1.0, 1, &["127.0.0.1", "10.0.0.1"]);
        for (lists, client) in [
            (&[][..], "127.0.0.1"),
            (&["192.0.2.1"], "192.0.2.1"),
            (&["198.51.100.9, 192.0.2.1"], "192.0.2.1"),
            (&["198.51.100.9", "192.0.2.1, 10.0.0.1"], "192.0.2.1"),
            (&["192.0.2.1, nonsense"], "127.0.0.1"),
            (&["192.0.2.1:5000"], "192.0.2.1"),
            (&["[2001:db8::1]:5000"], "2001:db8::1"),
            (&["2001:db8::1"], "2001:db8::1"),
        ] {
            assert_eq!(
                trusting.client(ip("127.0.0.1"), &forwarded(lists)),
                ip(client),
                "{lists:?}"
            );
            assert_eq!(
                trusting.client(ip("::ffff:127.0.0.1"), &forwarded(lists)),
                ip(client),
                "{lists:?}"
            );
            assert_eq!(trusting.client(ip("192.0.2.7"), &forwarded(lists)), ip("192.0.2.7"));
            assert_eq!(plain.client(ip("127.0.0.1"), &forwarded(lists)), ip("127.0.0.1"));
        }
    }
}
