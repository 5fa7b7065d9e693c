//! Servers beside each other: memory of an idle connection, CPU time of a delivery, and a restart.

use std::time::{Duration, Instant};

use crate::contenders::{BETTER_SSE, Contender, NCHAN, OURS, Programs};
use crate::failure::{Failure, Result};
use crate::publisher::Publisher;
use crate::readers::Readers;
use crate::rivals::{AXUM_SSE, BARE};

/// How much.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: u32,
    /// Of deliveries.
    pub(crate) clients: u64,
    /// Of memory and of the restart.
    pub(crate) idle: u64,
}

/// Paced events, so far apart that a round of deliveries is over before the next.
const PACED: u64 = 50;
const PACE: Duration = Duration::from_millis(50);
/// Events at once, and how often.
const BURST: u64 = 200;
const BURSTS: u64 = 5;
/// For buffers to be given back.
const SETTLE: Duration = Duration::from_secs(1);

/// CPU time of one delivery, in µs.
#[derive(Debug)]
struct Cost {
    paced: f64,
    burst: f64,
}

pub(crate) async fn run(programs: &Programs, plan: &Plan) -> Result<()> {
    let contenders = programs.contenders();
    let mut costs: Vec<Vec<Cost>> = contenders.iter().map(|_| Vec::new()).collect();
    for round in 1..=plan.rounds {
        for (contender, costs) in contenders.iter().zip(&mut costs) {
            let cost =
                deliveries(contender, plan.clients).await.map_err(Failure::at(contender.name))?;
            println!(
                "round {round}  {:<12} {:>6.2} µs a paced delivery, {:>6.3} µs in bursts",
                contender.name, cost.paced, cost.burst
            );
            costs.push(cost);
        }
    }
    let mut table = Vec::new();
    for (contender, costs) in contenders.iter().zip(&costs) {
        let memory = if contender.is_server {
            Some(idle(contender, plan.idle).await.map_err(Failure::at(contender.name))?)
        } else {
            None
        };
        let paced = median(costs.iter().map(|it| it.paced).collect());
        let burst = median(costs.iter().map(|it| it.burst).collect());
        table.push((contender.name, paced, burst, memory));
    }
    let ours = contenders.iter().find(|it| it.name == OURS);
    let ours = ours.ok_or_else(|| Failure::new("the server itself does not take part"))?;
    let reconnect = restart(ours, plan.idle).await?;

    let Plan { clients, idle, rounds } = plan;
    println!(
        "\n{clients} clients, medians of {rounds} rounds; memory at {idle} idle connections, without the kernel's"
    );
    println!("server       µs a paced delivery  µs in bursts  KiB a connection");
    for (name, paced, burst, memory) in &table {
        let memory = memory.map_or_else(|| "-".to_owned(), |kibibytes| format!("{kibibytes:.2}"));
        println!("{name:<12} {paced:>19.2} {burst:>13.3} {memory:>17}");
    }
    println!("{idle} clients are back {reconnect:.2} s after a restart");
    let of = |wanted: &str| table.iter().find(|(name, ..)| *name == wanted).copied();
    let (_, paced, burst, memory) = of(OURS).unwrap_or((OURS, f64::NAN, f64::NAN, None));
    if let Some((_, _, theirs, _)) = of(AXUM_SSE) {
        println!("ratio burst-cpu-vs-axum-sse {:.3}", burst / theirs);
    }
    if let Some((_, theirs, ..)) = of(NCHAN) {
        println!("ratio paced-cpu-vs-nchan {:.3}", paced / theirs);
    }
    if let Some((_, theirs, ..)) = of(BARE) {
        println!("ratio paced-cpu-vs-bare-writes {:.3}", paced / theirs);
    }
    if let (Some(memory), Some((_, _, _, Some(theirs)))) = (memory, of(NCHAN)) {
        println!("ratio idle-memory-vs-nchan {:.3}", memory / theirs);
    }
    if let Some((_, theirs, ..)) = of(BETTER_SSE) {
        println!("ratio paced-cpu-vs-better-sse {:.3}", paced / theirs);
    }
    println!("ratio reconnect-{idle}-s {reconnect:.3}");
    Ok(())
}

async fn deliveries(contender: &Contender, clients: u64) -> Result<Cost> {
    let (read, publish) = contender.paths;
    let server = contender.start().await?;
    let mut readers = Readers::open(server.port, read, clients).await?;
    let mut publisher = Publisher::connect(server.port, publish).await?;
    // The first of each kind are not measured: memory is taken, paths are warm.
    paced(&mut readers, &mut publisher, PACED / 5).await?;
    burst(&mut readers, &mut publisher).await?;

    let before = server.cpu()?;
    paced(&mut readers, &mut publisher, PACED).await?;
    let between = server.cpu()?;
    for _ in 0..BURSTS {
        burst(&mut readers, &mut publisher).await?;
    }
    let after = server.cpu()?;
    let resyncs = readers.resyncs();
    if resyncs > 0 {
        println!("{}: {resyncs} times a client was told that it had missed events", contender.name);
    }
    let each = |seconds: f64, events: u64| seconds * 1e6 / (events * clients) as f64;
    Ok(Cost { paced: each(between - before, PACED), burst: each(after - between, BURST * BURSTS) })
}

async fn paced(readers: &mut Readers, publisher: &mut Publisher, events: u64) -> Result<()> {
    readers.expect(publisher.number + events);
    let mut pace = tokio::time::interval(PACE);
    for _ in 0..events {
        pace.tick().await;
        publisher.publish(1).await?;
    }
    readers.arrived().await
}

async fn burst(readers: &mut Readers, publisher: &mut Publisher) -> Result<()> {
    readers.expect(publisher.number + BURST);
    publisher.publish(BURST).await?;
    readers.arrived().await
}

/// KiB for each of so many.
async fn idle(contender: &Contender, clients: u64) -> Result<f64> {
    let server = contender.start().await?;
    let mut publisher = Publisher::connect(server.port, contender.paths.1).await?;
    publisher.publish(1).await?;
    let before = server.memory()?;
    let _readers = Readers::open(server.port, contender.paths.0, clients).await?;
    tokio::time::sleep(SETTLE).await;
    Ok((server.memory()? - before) / clients as f64)
}

/// Seconds from the start of the second server until the last client has its stream again.
async fn restart(contender: &Contender, clients: u64) -> Result<f64> {
    let server = contender.start().await?;
    let port = server.port;
    let readers = Readers::open(port, contender.paths.0, clients).await?;
    server.stop().await?;
    drop(readers);
    // They come back at once, and try until the server is there.
    let again = tokio::spawn(Readers::open(port, contender.paths.0, clients));
    tokio::time::sleep(SETTLE).await;
    let start = Instant::now();
    let server = contender.start_at(port).await?;
    again.await.map_err(Failure::at("the clients"))??;
    let seconds = start.elapsed().as_secs_f64();
    drop(server);
    Ok(seconds)
}

/// The one in the middle, or the upper one of the two there.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
