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
    bench.check()?;
    match bench {
        Bench::DialOut(bench) => dial_out::run(&bench).await,
        Bench::Document(bench) => document::run(&bench),
        Bench::Enquiry(bench) => enquiry::run(&bench).await,
        Bench::Fanout(bench) => fanout::run(&bench).await,
        Bench::Gateway(bench) => process::run(&bench).await,
        Bench::Handshake(bench) => handshake::run(&bench).await,
        Bench::Ledger(bench) => ledger::run(&bench).await,
        Bench::Matching(bench) => matching::run(&bench).await,
        Bench::Pages(bench) => pages::run(&bench).await,
        Bench::Policy(bench) => policy::run(&bench),
        Bench::Presence(bench) => presence::run(&bench),
        Bench::PresenceFanout(bench) => presence_fanout::run(&bench).await,
        Bench::ProductOfTheRest(bench) => product::run(&bench).await,
        Bench::Reload(bench) => reload::run(&bench).await,
    }
}

impl Bench {
    /// Nothing is set up for what is out of bounds.
    fn check(&self) -> Result<(), Failure> {
        match self {
            Self::DialOut(bench) => bench.check(),
            Self::Document(bench) => bench.check(),
            Self::Enquiry(bench) => bench.check(),
            Self::Fanout(bench) => bench.check(),
            Self::Gateway(bench) => bench.check(),
            Self::Handshake(bench) => bench.check(),
            Self::Ledger(bench) => bench.check(),
            Self::Matching(bench) => bench.check(),
            Self::Pages(bench) => bench.check(),
            Self::Policy(bench) => bench.check(),
            Self::Presence(bench) => bench.check(),
            Self::PresenceFanout(bench) => bench.check(),
            Self::ProductOfTheRest(bench) => bench.check(),
            Self::Reload(bench) => bench.check(),
        }
    }
}

#[cfg(test)]
mod tests;
