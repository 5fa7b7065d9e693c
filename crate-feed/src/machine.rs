//! The machine that the server runs on, and the server itself.

use serde::{Deserialize, Serialize};

/// How busy the machine is. Rates are of the time since the last one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Number within topic `metrics`, from 1; shared with [`Status`].
    pub sequence: u64,
    /// When it was measured, in milliseconds since 1970-01-01.
    pub at: u64,
    /// How busy each core was, in percent.
    pub cpu: Vec<f32>,
    /// Memory in use, in bytes.
    pub memory_used: u64,
    /// Memory that there is, in bytes.
    pub memory_total: u64,
    /// Space that programs can still fill, on all disks, in bytes.
    pub disk_available: u64,
    /// Space on all disks, in bytes.
    pub disk_total: u64,
    /// Read from disks, in bytes a second.
    pub disk_read: u64,
    /// Written to disks, in bytes a second.
    pub disk_written: u64,
    /// Received by all network interfaces but the machine's own to itself, in bytes a second. What a bridge passes
    /// on counts at each interface.
    pub received: u64,
    /// Sent by them, in bytes a second.
    pub sent: u64,
    /// The mean number of tasks that run or wait, over 1, 5 and 15 minutes; zero where the system does not tell.
    pub load: [f64; 3],
    /// Seconds since the machine was started.
    pub uptime: u64,
}

/// How the server fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Number within topic `metrics`, from 1; shared with [`Metrics`].
    pub sequence: u64,
    /// When that was, in milliseconds since 1970-01-01.
    pub at: u64,
    /// Seconds since the server was started.
    pub uptime: u64,
    /// Requests answered since then.
    pub requests: u64,
    /// Of these, answered with a status of 400 or above.
    pub errors: u64,
    /// Event streams that are open.
    pub streams: u64,
}
