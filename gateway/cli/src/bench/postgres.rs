//! `stile bench enquiry --postgres`: one agency over a `PostgreSQL` database, beside a bare server that
//! asks the same server the same, and how both grow.
//!
//! What the gateway asks its database for one enquiry is taken down once, from the wire, with every
//! value ([`tap`]). The bare server then has the same TLS, certificates and HTTP/2; for each request it
//! runs exactly those statements, prepared beforehand, all at once over as many connections as the
//! gateway has, throws the rows away, appends 400 bytes to a file, calls `fdatasync` once and answers
//! sixteen kibibytes. It opens no transactions, compares no names, rules on nothing and signs nothing:
//! what is left between it and one is the price of Stile.

mod ground;
mod hubs;
mod reads;
mod tap;

pub(super) use self::reads::Reads;

use stile_exchange::clock::Clock;

use self::ground::{Place, Size};
use super::Enquiry;
use super::bare::{self, Bare};
use super::enquiry::Pair;
use super::enquiry::caller::{self, Caller};
use super::enquiry::questions::Question;
use super::figures::{self, head, millis};
use super::ground::{AGENCY, Ground};
use crate::demo::Made;
use crate::output::{self, line};
use crate::run::Failure;

const TOGETHER: [usize; 3] = [1, 8, 64];
/// In flight while something grows.
const GROWING: [usize; 1] = [8];

/// Runs the measurement; databases and accounts are dropped again, however it ends.
///
/// # Errors
///
/// What could not be set up, or the first answer that is not a good one.
pub(super) async fn run(bench: &Enquiry, admin: &str) -> Result<(), Failure> {
    let ground = Ground::at(&bench.place)?;
    let mut made = Vec::new();
    let measured = Box::pin(measure(bench, admin, &ground, &mut made)).await;
    for one in &made {
        if let Err(error) = one.discard().await {
            output::problem(format!("{one} is still there: {error}"));
        }
    }
    figures::load("after");
    measured
}

async fn measure(
    bench: &Enquiry,
    admin: &str,
    ground: &Ground,
    made: &mut Vec<Made>,
) -> Result<(), Failure> {
    let mut place = Place::new(ground, admin);
    let base = Size::of(bench.people);
    columns();
    let both = [Question::one_child()?, Question::whole_family()?];
    one_size(bench, &mut place, made, base, (&both, &TOGETHER)).await?;
    let one = [Question::one_child()?];
    for size in base.grown(&bench.grow) {
        one_size(bench, &mut place, made, size, (&one, &GROWING)).await?;
    }
    Ok(())
}

async fn one_size(
    bench: &Enquiry,
    place: &mut Place<'_>,
    made: &mut Vec<Made>,
    size: Size,
    (questions, together): (&[Question], &[usize]),
) -> Result<(), Failure> {
    let clock = Clock::system();
    let setting = place.set_up(size, made, &clock).await?;
    let mut recorded = Vec::new();
    for question in questions {
        recorded.push(setting.statements_of(question, &clock).await?);
    }
    let running = setting.start(&clock).await?;
    let measured = async {
        for (question, statements) in questions.iter().zip(recorded) {
            let reads = Reads::connect(&setting.url, statements).await?;
            let turns = Turns {
                bench,
                size,
                question,
                reads,
            };
            turns.run(&setting, together, &clock).await?;
        }
        Ok::<(), Failure>(())
    }
    .await;
    let stopped = running.stop().await;
    measured.and(stopped)
}

/// One question, asked of both in turns.
struct Turns<'a> {
    bench: &'a Enquiry,
    size: Size,
    question: &'a Question,
    reads: Reads,
}

impl Turns<'_> {
    async fn run(
        self,
        setting: &ground::Setting,
        together: &[usize],
        clock: &Clock,
    ) -> Result<(), Failure> {
        let callers = setting.callers(AGENCY, clock)?;
        let first = callers.first().ok_or("the partnership has no hub")?;
        let statements = self.reads.len();
        let tls = first.agency_tls(&setting.dir, clock)?;
        let bare = Bare::reading(&setting.bare_dir()?, &tls, clock, self.reads).await?;
        let plain = std::sync::Arc::new(first.client_to(bare.endpoint.clone())?);
        for together in together {
            let mut pair = Pair::default();
            // A first turn warms connections, caches and the allocator; it does not count.
            for turn in 0..=self.bench.rounds {
                let count = (together * 4).max(64);
                let bodies = first.sign(self.question, count)?;
                let floor = caller::volley(&plain, bare::PATH, 0, bodies, *together).await?;
                let ours = ask_of_all(&callers, self.question, count, *together).await?;
                if turn > 0 {
                    pair.bare.add(floor);
                    for volley in ours {
                        pair.ours.add(volley);
                    }
                }
            }
            show(self.size, self.question, *together, statements, &pair);
        }
        bare.stop().await
    }
}

/// Hubs ask one after the other, each its part.
async fn ask_of_all(
    callers: &[Caller],
    question: &Question,
    count: usize,
    together: usize,
) -> Result<Vec<caller::Volley>, Failure> {
    let each = count.div_ceil(callers.len()).max(together);
    let mut volleys = Vec::new();
    for one in callers {
        volleys.push(one.ask(one.sign(question, each)?, together).await?);
    }
    Ok(volleys)
}

fn columns() {
    line("");
    head(&[
        "people",
        "sources",
        "hubs",
        "rules more",
        "enquiry",
        "statements",
        "at once",
        "p50 ms",
        "p99 ms",
        "per s",
        "bare p50 ms",
        "bare p99 ms",
        "bare per s",
        "bare p50 ÷ p50",
        "per s ÷ bare per s",
        "CPU ms each",
        "bare CPU ms each",
        "not checked",
    ]);
}

fn show(size: Size, question: &Question, together: usize, statements: usize, pair: &Pair) {
    let (ours, bare) = (&pair.ours, &pair.bare);
    figures::row(&[
        size.people.to_string(),
        size.sources.to_string(),
        size.hubs.to_string(),
        size.rules.to_string(),
        question.name.clone(),
        statements.to_string(),
        together.to_string(),
        millis(ours.laps.percentile(50)),
        millis(ours.laps.percentile(99)),
        format!("{:.0}", ours.per_s()),
        millis(bare.laps.percentile(50)),
        millis(bare.laps.percentile(99)),
        format!("{:.0}", bare.per_s()),
        format!("{:.2}", bare.median() / ours.median()),
        format!("{:.2}", ours.per_s() / bare.per_s()),
        format!("{:.2}", ours.processor_ms()),
        format!("{:.2}", bare.processor_ms()),
        ours.not_checked.to_string(),
    ]);
}
