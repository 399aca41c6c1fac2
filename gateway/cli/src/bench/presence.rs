//! Blind presence: tokens and evaluations beside the bare OPRF, the hub's side, and sets.
//!
//! People are made by rote, the same every time. What is compared takes turns, a short lap each, so
//! that both meet the same machine.

use std::hint::black_box;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use ring::rand::{SecureRandom, SystemRandom};
use stile_linkage::presence::{
    Blinding, Builder, Context, Done, ELEMENTS, Found, PresenceError, Progress, Purposes,
    SecretKey, Set, blind, keys_of_row,
};
use stile_model::id::{Code, MemberId};
use stile_model::subject::PersonRow;
use voprf::{BlindedElement, OprfServer, Ristretto255};

use super::Presence;
use super::figures::{self, Laps, head, millis, rate, row};
use crate::output::line;
use crate::run::Failure;

/// People of one lap.
const PAGE: usize = 200;
/// Requests of one lap.
const REQUESTS: usize = 20;
/// Members looked up of each kind in a lap.
const LOOKUPS: u64 = 1_000_000;
const SEED: [u8; 32] = [7; 32];

/// Runs the measurement.
///
/// # Errors
///
/// No randomness, or an answer that is not what it should be.
pub(super) fn run(bench: &Presence) -> Result<(), Failure> {
    figures::machine(&Path::new(".").canonicalize()?);
    tokens(bench.rounds)?;
    evaluations(bench.rounds)?;
    sets(&bench.members)?;
    agency(bench.people)?;
    figures::load("after");
    Ok(())
}

/// Rows to tokens beside the same number of evaluations by the bare crate, on one core and on all.
fn tokens(rounds: usize) -> Result<(), Failure> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    line("");
    head(&[
        "threads",
        "keys a person",
        "tokens/s",
        "bare evaluations/s",
        "tokens ÷ bare",
    ]);
    let bare = OprfServer::<Ristretto255>::new_from_seed(&SEED, b"bench")
        .map_err(|_| PresenceError::Key)?;
    for threads in [1, cores] {
        let builder = builder()?;
        let pages: Vec<Vec<PersonRow>> = (0..threads)
            .map(|page| (page * PAGE..(page + 1) * PAGE).map(person).collect())
            .collect();
        let (mut ours, mut theirs, mut progress) =
            (Laps::default(), Laps::default(), Progress::default());
        for _ in 0..rounds {
            let began = Instant::now();
            let done = spread(&builder, &pages)?;
            ours.add(began.elapsed());
            progress = done
                .iter()
                .map(Done::progress)
                .fold(Progress::default(), add);
            let began = Instant::now();
            evaluate_bare(&bare, u64::try_from(threads)?, progress.evaluated);
            theirs.add(began.elapsed());
        }
        let count = usize::try_from(progress.evaluated)?;
        let people = u32::try_from(threads * PAGE)?;
        let (ours, theirs) = (ours.percentile(50), theirs.percentile(50));
        row(&[
            threads.to_string(),
            format!(
                "{:.1}",
                f64::from(u32::try_from(count)?) / f64::from(people)
            ),
            format!("{:.0}", rate(count, ours)),
            format!("{:.0}", rate(count, theirs)),
            share(theirs, ours),
        ]);
    }
    Ok(())
}

/// `count` evaluations by the bare crate, shared among the threads.
fn evaluate_bare(bare: &OprfServer<Ristretto255>, threads: u64, count: u64) {
    thread::scope(|scope| {
        for first in 0..threads {
            scope.spawn(move || {
                for n in (first..count).step_by(usize::try_from(threads).unwrap_or(1)) {
                    let input = [u64::MAX, n, 0, 0].map(u64::to_le_bytes);
                    let _ = black_box(bare.evaluate(black_box(input.as_flattened())));
                }
            });
        }
    });
}

/// Whole requests at the agency beside the bare crate, and the hub's two steps.
fn evaluations(rounds: usize) -> Result<(), Failure> {
    let (key, context) = (SecretKey::derive(&SEED, b"bench")?, context()?);
    let bare = OprfServer::<Ristretto255>::new_from_seed(&SEED, b"bench")
        .map_err(|_| PresenceError::Key)?;
    let keys = keys_of_row(&person(1));
    let mut blinded = Vec::new();
    let (mut blinding, mut finishing) = (Laps::default(), Laps::default());
    let (mut ours, mut theirs) = (Laps::default(), Laps::default());
    for _ in 0..REQUESTS {
        let random = random()?;
        let began = Instant::now();
        blinded.push(blind(&keys, &context, &random)?);
        blinding.add(began.elapsed());
    }
    for _ in 0..rounds {
        let began = Instant::now();
        for (request, _) in &blinded {
            black_box(key.evaluate(black_box(&request.elements))?);
        }
        ours.add(began.elapsed());
        let began = Instant::now();
        for (request, _) in &blinded {
            for element in &request.elements {
                let element = BlindedElement::deserialize(black_box(element))
                    .map_err(|_| PresenceError::Key)?;
                black_box(bare.blind_evaluate(&element).serialize());
            }
        }
        theirs.add(began.elapsed());
    }
    for (request, secret) in &blinded {
        let answer = key.evaluate(&request.elements)?;
        let began = Instant::now();
        black_box(secret.finalise(&answer)?);
        finishing.add(began.elapsed());
    }
    let (ours, theirs) = (ours.percentile(50), theirs.percentile(50));
    line("");
    head(&[
        "elements a request",
        "agency: evaluations/s",
        "bare evaluations/s",
        "agency ÷ bare",
        "hub blinds p50 ms",
        "hub finishes p50 ms",
        "opening bytes",
    ]);
    row(&[
        ELEMENTS.to_string(),
        format!("{:.0}", rate(REQUESTS * ELEMENTS, ours)),
        format!("{:.0}", rate(REQUESTS * ELEMENTS, theirs)),
        share(theirs, ours),
        millis(blinding.percentile(50)),
        millis(finishing.percentile(50)),
        Blinding::BYTES.to_string(),
    ]);
    Ok(())
}

/// Building, reading and asking sets.
fn sets(sizes: &[usize]) -> Result<(), Failure> {
    line("");
    head(&[
        "members",
        "build s",
        "MB",
        "read s",
        "hit ns",
        "miss ns",
        "false in a million misses",
    ]);
    for size in sizes {
        let members: Vec<u64> = (0..u64::try_from(*size)?).map(mixed).collect();
        let random = random()?;
        let began = Instant::now();
        let set = Set::build(members, &random)?;
        let built = began.elapsed();
        let bytes = set.to_bytes();
        let began = Instant::now();
        let set = Set::from_bytes(&bytes)?;
        let read = began.elapsed();
        let ask = |from: u64, step: u64, most: u64| {
            let began = Instant::now();
            let found = (0..LOOKUPS)
                .filter(|n| set.contains(black_box(mixed(from + n.wrapping_mul(step) % most))))
                .count();
            (began.elapsed(), found)
        };
        // A step that is prime to the size, so that neighbours in time are not neighbours in memory.
        let (hit, found) = ask(0, 7_368_787, u64::try_from(*size)?);
        if u64::try_from(found)? != LOOKUPS {
            return Err("a member of the set was not found; nothing was measured".into());
        }
        let (miss, wrong) = ask(1 << 40, 1, u64::MAX);
        let each = |time: Duration| format!("{:.0}", time.as_secs_f64() * 1e9 / 1e6);
        row(&[
            size.to_string(),
            format!("{:.2}", built.as_secs_f64()),
            megabytes(bytes.len()),
            format!("{:.2}", read.as_secs_f64()),
            each(hit),
            each(miss),
            wrong.to_string(),
        ]);
    }
    Ok(())
}

/// One agency's round from rows to both sets, and the next one when hardly anything is new.
fn agency(people: usize) -> Result<(), Failure> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut builder = builder()?;
    line("");
    head(&[
        "people",
        "round",
        "keys evaluated",
        "wall s",
        "processor s",
        "strong MB",
        "weak MB",
    ]);
    for (name, more) in [
        ("first", 0),
        ("again, one in a thousand new", people / 1_000),
    ] {
        let (began, processor) = (Instant::now(), figures::processor_time());
        builder.begin();
        let rows: Vec<usize> = (more..people + more).collect();
        for pages in rows.chunks(PAGE * threads) {
            let pages: Vec<Vec<PersonRow>> = pages
                .chunks(PAGE)
                .map(|page| page.iter().copied().map(person).collect())
                .collect();
            for done in spread(&builder, &pages)? {
                builder.take(&done);
            }
        }
        let published = builder.finish(&random()?)?;
        let wall = began.elapsed();
        let processor = figures::processor_time().saturating_sub(processor);
        let Some(published) = published.first() else {
            return Err("no set was published".into());
        };
        let (request, secret) = blind(&keys_of_row(&person(more)), builder.context(), &random()?)?;
        let answer = builder.secret().evaluate(&request.elements)?;
        let found = secret
            .finalise(&answer)?
            .find(&published.sets, &published.purpose);
        if found != Found::Known {
            return Err("a person in the set was not found; nothing was measured".into());
        }
        row(&[
            people.to_string(),
            name.to_owned(),
            builder.progress().evaluated.to_string(),
            format!("{:.1}", wall.as_secs_f64()),
            format!("{:.1}", processor.as_secs_f64()),
            megabytes(published.sets.strong.bytes()),
            megabytes(published.sets.weak.bytes()),
        ]);
    }
    Ok(())
}

/// Every page on a thread of its own.
fn spread(builder: &Builder, pages: &[Vec<PersonRow>]) -> Result<Vec<Done>, Failure> {
    let everyone = builder.choose(|_| true);
    let done: Vec<Result<Done, PresenceError>> = thread::scope(|scope| {
        let threads: Vec<_> = pages
            .iter()
            .map(|page| scope.spawn(move || work(builder, page, everyone)))
            .collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .collect()
    });
    if done.len() != pages.len() {
        return Err("a thread that made tokens stopped".into());
    }
    Ok(done.into_iter().collect::<Result<_, _>>()?)
}

fn work(builder: &Builder, page: &[PersonRow], all: Purposes) -> Result<Done, PresenceError> {
    builder.work(page.iter().map(|person| (person, all)))
}

fn add(sum: Progress, more: Progress) -> Progress {
    Progress {
        people: sum.people + more.people,
        keys: sum.keys + more.keys,
        evaluated: sum.evaluated + more.evaluated,
    }
}

fn context() -> Result<Context, Failure> {
    Ok(Context {
        agency: MemberId::new("measured")?,
        epoch: 1,
    })
}

fn builder() -> Result<Builder, Failure> {
    let secret = SecretKey::derive(&SEED, b"bench")?;
    Ok(Builder::new(
        context()?,
        secret,
        [Code::new("s47_enquiry")?],
    )?)
}

fn random() -> Result<[u8; 32], Failure> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| "the system gives no random bytes")?;
    Ok(bytes)
}

/// The `n`-th person: another name, date and address for each.
fn person(n: usize) -> PersonRow {
    let mut mixed = mixed(u64::try_from(n).unwrap_or(0));
    let mut next = |end: u64| {
        let drawn = mixed % end;
        mixed /= end;
        drawn
    };
    let (first, last) = (word(next(9_000)), word(next(90_000)));
    let (year, month, day) = (1950 + next(70), 1 + next(12), 1 + next(28));
    let (district, sector) = (1 + next(40), next(10));
    PersonRow {
        forenames: first.into(),
        surname: last.into(),
        born: format!("{year}-{month:02}-{day:02}").parse().ok(),
        address: format!(
            "{} {} Road",
            1 + n % 90,
            word(u64::try_from(n / 90).unwrap_or(0))
        )
        .into(),
        postcode: format!("LS{district} {sector}AB").into(),
        ..PersonRow::default()
    }
}

/// The `n`-th word, in syllables.
fn word(mut n: u64) -> String {
    const SYLLABLES: [&str; 20] = [
        "ba", "cal", "den", "el", "fen", "gar", "hil", "jo", "kar", "lan", "mor", "nel", "per",
        "ren", "sal", "ton", "ul", "ver", "win", "yas",
    ];
    let mut word = "T".to_owned();
    loop {
        let place = usize::try_from(n % 20).unwrap_or(0);
        word.push_str(SYLLABLES.get(place).copied().unwrap_or("x"));
        n /= 20;
        if n == 0 {
            return word;
        }
    }
}

/// `SplitMix64`'s output for `n`: another number for each, without order.
const fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// `floor` as a share of `time`: 1 when nothing was added to the floor.
fn share(floor: Duration, time: Duration) -> String {
    format!("{:.2}", floor.as_secs_f64() / time.as_secs_f64().max(1e-12))
}

fn megabytes(bytes: usize) -> String {
    format!(
        "{:.1}",
        f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6
    )
}
