//! Times the two calls at scale: `cargo run --release -p stile-linkage --example pace`.
//!
//! 100,000 distinct surnames and 50,000 distinct forenames, made from syllables, and 300 fetched
//! rows that all come close to the subject.

use std::time::{Duration, Instant};

use stile_linkage::{Frequencies, Thresholds, expand, resolve};
use stile_model::id::{Code, SubjectId};
use stile_model::redact::Redacted;
use stile_model::subject::{Address, Born, Name, NameKind, PersonCounts, PersonRow, Sex, Subject};
use stile_model::time::Date;

const ROUNDS: usize = 101;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let born: Date = "2009-03-07".parse()?;
    let (frequencies, took) = timed(|| Frequencies::new(&[counts()]));
    println!("frequencies built once: {took:?}");
    let subject = subject(born)?;
    report("expand", || expand(&subject, &frequencies));
    let rows: Vec<PersonRow> = (0..300).map(|n| row(n, born)).collect();
    report("resolve, 300 rows", || {
        resolve(&subject, &rows, &frequencies, &Thresholds::default())
    });
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

/// Prints the median and the slowest of the rounds.
fn report<T>(what: &str, work: impl Fn() -> T) {
    let mut rounds: Vec<Duration> = (0..ROUNDS).map(|_| timed(&work).1).collect();
    rounds.sort_unstable();
    println!(
        "{what}: median {:?}, slowest {:?}",
        rounds.get(ROUNDS / 2).copied().unwrap_or_default(),
        rounds.last().copied().unwrap_or_default()
    );
}

/// The `n`-th name: base-30 digits as syllables.
fn name(mut n: u64) -> String {
    const SYLLABLES: [&str; 30] = [
        "ba", "ber", "cal", "dan", "del", "ed", "fen", "gar", "han", "hil", "in", "jo", "kar",
        "lan", "ley", "li", "mar", "mor", "nor", "o", "per", "ra", "ren", "sal", "son", "ton",
        "ul", "ver", "win", "yas",
    ];
    let mut text = String::new();
    loop {
        let digit = usize::try_from(n % 30).unwrap_or(0);
        text.push_str(SYLLABLES.get(digit).copied().unwrap_or("x"));
        n /= 30;
        if n == 0 {
            return text;
        }
    }
}

fn counts() -> PersonCounts {
    let names = |count: u64| {
        (0..count)
            .map(|n| (Redacted::new(name(n + 900)), 2))
            .collect()
    };
    let first = jiff::civil::date(1950, 1, 1);
    let day = |n: i64| first.saturating_add(jiff::Span::new().days(n));
    PersonCounts {
        people: 200_000,
        surnames: names(100_000),
        forenames: names(50_000),
        born: (0..27_000_i64).map(|n| (day(n), 7)).collect(),
        ..PersonCounts::default()
    }
}

fn subject(born: Date) -> Result<Subject, Box<dyn std::error::Error>> {
    Ok(Subject {
        id: SubjectId::new("s1")?,
        role: Code::new("child")?,
        names: vec![Name {
            forenames: name(31_234).into(),
            surname: name(71_234).into(),
            kind: NameKind::Current,
        }],
        born: Some(Born::Exact(born)),
        sex: Some(Sex::Female),
        addresses: vec![Address {
            line: "14 Elm Road, Leeds".into(),
            postcode: "LS1 2AB".into(),
        }],
        phones: Vec::new(),
        identifiers: Vec::new(),
    })
}

fn row(n: u64, born: Date) -> PersonRow {
    PersonRow {
        source: "pace".to_owned(),
        forenames: name(31_234 + n % 7).into(),
        surname: name(71_234 + n % 11).into(),
        born: Some(born),
        sex: Some("f".into()),
        address: format!("{n} Elm Road").into(),
        postcode: "LS1 2AB".into(),
        ..PersonRow::default()
    }
}
