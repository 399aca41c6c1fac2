//! One agency asked over the connections that it dialled, in turns with the same agency asked at its
//! address: what turning the connection round costs.

use stile_exchange::client::Client;
use stile_exchange::clock::Clock;
use stile_exchange::dial::Lane;
use stile_exchange::gateway::Gateway;
use stile_model::id::MemberId;
use tokio::time::{Duration, Instant, sleep};

use super::DialOut;
use super::enquiry::caller::{Caller, Volley};
use super::enquiry::questions::Question;
use super::figures::{self, Laps, head, millis, rate, row};
use super::ground::{AGENCY, Ground, seat, set_grid};
use crate::demo::Partnership;
use crate::demo::partnership::{HUB, Running, dial_out};
use crate::demo::world::Kind;
use crate::run::Failure;

/// The agency that is called at its address.
const DIRECT: &str = AGENCY;
/// The agency that dials; the same data, the same rules.
const DIALS: &str = "riverside-transport-police";
const TOGETHER: [usize; 3] = [1, 8, 64];
/// Longest until the agency has dialled.
const DIALLED_WITHIN: Duration = Duration::from_secs(20);

/// Runs the measurement.
///
/// # Errors
///
/// What could not be set up, or the first answer that is not a good one.
pub(super) async fn run(bench: &DialOut) -> Result<(), Failure> {
    let ground = Ground::at(&bench.place)?;
    let clock = Clock::system();
    let people = ground.people(&[Kind::Police], bench.people)?;
    let dir = ground.folder("partnership")?;
    let mut seats = Vec::new();
    for (kind, backend) in &people {
        seats.push(seat(DIRECT, *kind, backend)?);
        seats.push(seat(DIALS, *kind, backend)?);
    }
    let partnership = Partnership::set_up_seats(&dir, &seats, &clock).await?;
    for seat in &seats {
        set_grid(&dir, &seat.member, 0)?;
    }
    dial_out(&dir, &MemberId::new(DIALS)?, "")?;
    let running = partnership.start(&clock).await?;
    let measured = measure(bench, &dir, &running, &clock).await;
    let stopped = running.stop().await;
    figures::load("after");
    measured.and(stopped)
}

async fn measure(
    bench: &DialOut,
    dir: &std::path::Path,
    running: &Running,
    clock: &Clock,
) -> Result<(), Failure> {
    let direct = Caller::of(dir, DIRECT, clock)?;
    let dialled = Caller::over(dir, DIALS, clock, dialled(running).await?)?;
    head(&[
        "enquiry",
        "at once",
        "direct p50 ms",
        "direct p99 ms",
        "direct per s",
        "dialled p50 ms",
        "dialled p99 ms",
        "dialled per s",
        "direct p50 ÷ dialled p50",
        "dialled per s ÷ direct per s",
        "answers each",
    ]);
    for question in [Question::one_child()?, Question::whole_family()?] {
        for together in TOGETHER {
            let mut pair = (Sum::default(), Sum::default());
            // A first turn warms connections, caches and the allocator; it does not count.
            for turn in 0..=bench.rounds {
                let count = (together * 4).max(64);
                // Each begins every other turn: what one leaves behind must not always meet the other.
                let (one, two) = if turn % 2 == 0 {
                    let one = direct.ask(direct.sign(&question, count)?, together).await?;
                    let two = dialled
                        .ask(dialled.sign(&question, count)?, together)
                        .await?;
                    (one, two)
                } else {
                    let two = dialled
                        .ask(dialled.sign(&question, count)?, together)
                        .await?;
                    let one = direct.ask(direct.sign(&question, count)?, together).await?;
                    (one, two)
                };
                if turn > 0 {
                    pair.0.add(one);
                    pair.1.add(two);
                }
            }
            show(&question, together, &pair);
        }
    }
    Ok(())
}

/// A caller over what the agency dialled, once it has.
async fn dialled(running: &Running) -> Result<Client, Failure> {
    let member = MemberId::new(DIALS)?;
    let Some(Gateway::Hub(hub)) = running.gateway(&MemberId::new(HUB)?) else {
        return Err("the partnership has no hub".into());
    };
    let lines = hub.witnessing.lines().ok_or("the hub keeps no lines")?;
    let begun = Instant::now();
    loop {
        let open: usize = lines.standings().iter().map(|one| one.open).sum();
        if open >= 2 {
            return Ok(Client::dialled(lines.clone(), member, Lane::Ask));
        }
        if begun.elapsed() > DIALLED_WITHIN {
            return Err("the agency did not dial within 20 s".into());
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// All turns of one side.
#[derive(Default)]
struct Sum {
    laps: Laps,
    wall: Duration,
}

impl Sum {
    fn add(&mut self, volley: Volley) {
        self.laps.extend(volley.laps);
        self.wall += volley.wall;
    }

    fn per_s(&self) -> f64 {
        rate(self.laps.len(), self.wall)
    }

    fn median(&self) -> f64 {
        self.laps.percentile(50).as_secs_f64().max(1e-9)
    }
}

fn show(question: &Question, together: usize, (direct, dialled): &(Sum, Sum)) {
    row(&[
        question.name.clone(),
        together.to_string(),
        millis(direct.laps.percentile(50)),
        millis(direct.laps.percentile(99)),
        format!("{:.0}", direct.per_s()),
        millis(dialled.laps.percentile(50)),
        millis(dialled.laps.percentile(99)),
        format!("{:.0}", dialled.per_s()),
        format!("{:.2}", direct.median() / dialled.median()),
        format!("{:.2}", dialled.per_s() / direct.per_s().max(1e-9)),
        dialled.laps.len().to_string(),
    ]);
}
