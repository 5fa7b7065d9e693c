//! Servers of this program's own that ours is measured beside.

mod axum_sse;
mod bare;

use crate::failure::{Failure, Result};

/// The broadcast that axum's documentation leads to.
pub(crate) const AXUM_SSE: &str = "axum-sse";
/// What no server can be below: one write(2) for each event and client, and nothing else.
pub(crate) const BARE: &str = "bare-writes";

/// Serves on this port until it is killed.
pub(crate) fn serve(name: &str, port: u16) -> Result<()> {
    let served = match name {
        AXUM_SSE => axum_sse::serve(port),
        BARE => bare::serve(port),
        _ => return Err(Failure::new(format!("there is no server {name}"))),
    };
    served.map_err(Failure::at(name))
}
