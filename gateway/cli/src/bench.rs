//! `stile bench`: how fast and how small gateways are on this machine, measured and printed.
//!
//! Never a test: a figure means something only beside the machine it was taken on, so every table
//! starts with what that machine is and what else it was doing. Tables are Markdown.

mod args;
mod bare;
mod dial_out;
mod document;
mod enquiry;
mod fanout;
mod figures;
mod ground;
mod handshake;
mod ledger;
mod matching;
mod pages;
mod policy;
mod postgres;
mod presence;
mod presence_fanout;
mod process;
mod product;
mod reload;

use clap::Subcommand;

pub use self::args::{
    DialOut, Document, Enquiry, Fanout, Gateway, GrowEnquiry, Handshake, Ledger, Matching, Pages,
    Place, Policy, Presence, PresenceFanout, ProductOfTheRest, Reload,
};
use crate::run::Failure;

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// One agency that dials its hub, asked in turns with the same agency at its address.
    DialOut(DialOut),
    /// A copy of a product of thirty pages, typeset by `stile-pdf` as its own process.
    Document(Document),
    /// One agency: from an enquiry to its signed, durable return, beside a bare server.
    Enquiry(Enquiry),
    /// Eight agencies: from opening a case to its product.
    Fanout(Fanout),
    /// Each gateway as its own process: start to ready, and memory when idle.
    Gateway(Gateway),
    /// Mutual TLS handshakes with an acceptor whose revocation list is empty, and long.
    Handshake(Handshake),
    /// The ledger: appends beside a bare file, and how everything grows with its length.
    Ledger(Ledger),
    /// Finding the person: expanding, fetching and weighing, and how true the outcome is.
    Matching(Matching),
    /// The hub's pages under many people: times, bytes, and the floor beside them.
    Pages(Pages),
    /// Policy: rulings beside Casbin, activation with its proof, a change, and the past replayed.
    Policy(Policy),
    /// Blind presence: tokens and evaluations beside the bare OPRF, the hub's side, and sets.
    Presence(Presence),
    /// Eight agencies: one subject's blind presence, from the question to what is shown.
    PresenceFanout(PresenceFanout),
    /// Eight agencies, one dead and one slow: until the product of the others is there.
    #[command(name = "product")]
    ProductOfTheRest(ProductOfTheRest),
    /// One agency under load while directory, revocation list and rules change each second.
    Reload(Reload),
}

/// Runs the command.
///
/// # Errors
///
/// What could not be set up, or an answer that is not what it should be.
pub async fn run(bench: Bench) -> Result<(), Failure> {
    match bench {
        Bench::DialOut(bench) => {
            within("people", bench.people, 50, 200_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            dial_out::run(&bench).await
        }
        Bench::Document(bench) => {
            within("items", bench.items, 1, 5_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            document::run(&bench)
        }
        Bench::Enquiry(bench) => {
            within("people", bench.people, 50, 200_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            bench.grow.check()?;
            enquiry::run(&bench).await
        }
        Bench::Fanout(bench) => {
            within("people", bench.people, 50, 200_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            fanout::run(&bench).await
        }
        Bench::Gateway(bench) => {
            for people in &bench.people {
                within("people", *people, 50, 200_000)?;
            }
            if bench.idle_s > 600 {
                return Err("`--idle-s` must be 0 to 600".into());
            }
            process::run(&bench).await
        }
        Bench::Handshake(bench) => {
            within("revoked", bench.revoked, 1, 1_000_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            handshake::run(&bench).await
        }
        Bench::Ledger(bench) => {
            let ascending = bench.sizes.is_sorted_by(|one, next| one < next);
            let inside = bench
                .sizes
                .iter()
                .all(|size| (1_000..=100_000_000).contains(size));
            if !(ascending && inside) {
                return Err("`--sizes` must be ascending and each 1000 to 100000000".into());
            }
            if bench.seconds > 600 {
                return Err("`--seconds` must be 0 to 600".into());
            }
            ledger::run(&bench).await
        }
        Bench::Matching(bench) => {
            for people in &bench.people {
                within("people", usize::try_from(*people)?, 1_000, 10_000_000)?;
            }
            within("queries", usize::try_from(bench.queries)?, 100, 100_000)?;
            matching::run(&bench).await
        }
        Bench::Pages(bench) => {
            within("cases", bench.cases, 1, 99_999)?;
            within("people", bench.people, 1, 200)?;
            within("seconds", usize::try_from(bench.seconds)?, 1, 600)?;
            within("rest-ms", usize::try_from(bench.rest_ms)?, 0, 60_000)?;
            pages::run(&bench).await
        }
        Bench::Policy(bench) => {
            within("rounds", bench.rounds, 1, 1_000)?;
            policy::run(&bench)
        }
        Bench::Presence(bench) => {
            within("people", bench.people, 1_000, 10_000_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            for members in &bench.members {
                within("members", *members, 1_000, 50_000_000)?;
            }
            presence::run(&bench)
        }
        Bench::PresenceFanout(bench) => {
            within("people", bench.people, 50, 2_000_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            presence_fanout::run(&bench).await
        }
        Bench::ProductOfTheRest(bench) => {
            within("people", bench.people, 50, 200_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            within("slow-ms", usize::try_from(bench.slow_ms)?, 0, 10_000)?;
            product::run(&bench).await
        }
        Bench::Reload(bench) => {
            within("people", bench.people, 50, 200_000)?;
            within("together", bench.together, 1, 64)?;
            within("seconds", usize::try_from(bench.seconds)?, 1, 600)?;
            reload::run(&bench).await
        }
    }
}

impl GrowEnquiry {
    fn check(&self) -> Result<(), Failure> {
        for (name, values, least, most) in [
            ("grow-people", &self.grow_people, 50, 200_000),
            ("sources", &self.sources, 1, 16),
            ("hubs", &self.hubs, 1, 64),
            ("rules", &self.rules, 0, 2_000),
        ] {
            for value in values {
                within(name, *value, least, most)?;
            }
        }
        Ok(())
    }
}

fn within(name: &str, value: usize, least: usize, most: usize) -> Result<(), Failure> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(format!("`--{name}` is {value}; it must be {least} to {most}").into())
    }
}

#[cfg(test)]
mod tests;
