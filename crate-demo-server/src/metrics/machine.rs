//! How busy this machine is.

use std::collections::BTreeSet;
use std::time::Instant;

use sse_signals_feed::Metrics;
use sysinfo::{
    CpuRefreshKind, DiskRefreshKind, Disks, Error, LoadAvg, MemoryRefreshKind, Networks,
    RefreshKind, System,
};

use crate::publish::now;

/// What there was at the last sample. To take one reads files and asks file systems, which may take a while.
#[derive(Debug)]
pub(super) struct Machine {
    system: System,
    disks: Disks,
    networks: Networks,
    sampled: Instant,
}

impl Machine {
    /// The beginning, from which the first sample's rates are counted.
    pub(super) fn new() -> Result<Self, Error> {
        let cpu = CpuRefreshKind::nothing().with_usage();
        Ok(Self {
            system: System::new_with_specifics(RefreshKind::nothing().with_cpu(cpu))?,
            disks: Disks::new_with_refreshed_list_specifics(disk_refresh())?,
            networks: Networks::new_with_refreshed_list()?,
            sampled: Instant::now(),
        })
    }

    /// How it is now; the rates are of the time since the last sample. What the system does not tell is zero.
    pub(super) fn sample(&mut self) -> Metrics {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        self.disks.refresh_specifics(true, disk_refresh());
        self.networks.refresh(true);
        let seconds = self.sampled.elapsed().as_secs_f64();
        self.sampled = Instant::now();
        let rate = |bytes: u64| (bytes as f64 / seconds) as u64;
        let disks = self.disks();
        let (received, sent) = self.networks();
        let LoadAvg { one, five, fifteen } = System::load_average().unwrap_or_default();
        Metrics {
            sequence: 0,
            at: now(),
            cpu: self.system.cpus().iter().map(sysinfo::Cpu::usage).collect(),
            memory_used: self.system.used_memory(),
            memory_total: self.system.total_memory(),
            disk_available: disks.available,
            disk_total: disks.total,
            disk_read: rate(disks.read),
            disk_written: rate(disks.written),
            received: rate(received),
            sent: rate(sent),
            load: [one, five, fifteen],
            uptime: System::uptime().unwrap_or_default(),
        }
    }

    fn disks(&self) -> DiskSums {
        let mut sums = DiskSums::default();
        let mut seen = BTreeSet::new();
        for disk in &*self.disks {
            // One that is mounted at several places counts once.
            if !seen.insert(disk.name()) {
                continue;
            }
            sums.available += disk.available_space();
            sums.total += disk.total_space();
            let usage = disk.usage();
            // Of one that has just been mounted, all that was ever read or written would count.
            if usage.read_bytes < usage.total_read_bytes {
                sums.read += usage.read_bytes;
            }
            if usage.written_bytes < usage.total_written_bytes {
                sums.written += usage.written_bytes;
            }
        }
        sums
    }

    /// Bytes received and sent since the last sample.
    fn networks(&self) -> (u64, u64) {
        let is_loopback =
            |it: &sysinfo::NetworkData| it.ip_networks().iter().any(|ip| ip.addr.is_loopback());
        let others = self.networks.values().filter(|it| !is_loopback(it));
        others.fold((0, 0), |(received, sent), it| {
            (received + it.received(), sent + it.transmitted())
        })
    }
}

/// Over all disks, in bytes; read and written since the last sample.
#[derive(Default)]
struct DiskSums {
    available: u64,
    total: u64,
    read: u64,
    written: u64,
}

fn disk_refresh() -> DiskRefreshKind {
    DiskRefreshKind::nothing().with_storage().with_io_usage()
}
