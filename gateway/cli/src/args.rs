//! The command line.

mod account;
mod agency;
mod asking;
mod authority;
mod backup;
mod demo;
mod directory;
mod doctor;
mod document;
mod init;
mod keeping;
mod ledger;
mod pages;
mod policy;
mod presence;
mod source;
mod stating;
mod store;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use account::Account;
pub use agency::{AgencyTask, Enrol, ServeAgency};
pub use asking::{Asking, Fits, Form};
pub use authority::Ca;
pub use backup::{Backup, Stored};
pub use demo::Demo;
pub use directory::Directory;
pub use doctor::Doctor;
pub use document::Document;
pub use init::Init;
pub use keeping::{Erase, Keeping};
pub use ledger::{Archive, Ledger};
pub use pages::{Completions, Man};
pub use policy::{Policy, PolicyFiles};
pub use presence::PresenceAudit;
pub use source::{NewPlace, Source};
pub use stating::{Stating, Verbal};
pub use store::Store;

/// Privacy-preserving information-sharing gateway for safeguarding partnerships.
#[derive(Debug, Parser)]
#[command(name = "stile", version, max_term_width = 100)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Invite people to the pages, and close their accounts.
    #[command(subcommand)]
    Account(Account),
    /// Run an agency's gateway, or get and change its certificate.
    Agency(ServeAgency),
    /// List and decide what policy refers to people in this agency.
    #[command(subcommand)]
    Approvals(Approvals),
    /// Copy a store, verify a copy, put one in the place of a store that was lost.
    #[command(subcommand)]
    Backup(Backup),
    /// Measure how fast and how small gateways are on this machine.
    #[command(subcommand)]
    Bench(crate::bench::Bench),
    /// Make and keep the partnership's certificate authority.
    #[command(subcommand)]
    Ca(Ca),
    /// Open cases, ask agencies, watch the answers, read the product.
    #[command(subcommand)]
    Case(Case),
    /// Print completions for a shell.
    Completions(Completions),
    /// Run a whole partnership on this machine with made-up people.
    Demo(Demo),
    /// Make and sign the list of members and agreements.
    #[command(subcommand)]
    Directory(Directory),
    /// Look at everything a gateway stands on, and say what to do.
    ///
    /// Looks at clock, keys, certificate, revocation list, directory, agreements, sources, disk and
    /// ledger, and asks the gateway that runs. Changes nothing, shows nobody's data. Ends with 1 when
    /// something keeps the gateway from its work.
    Doctor(Doctor),
    /// Run a hub's gateway.
    Hub(Serve),
    /// Lay out the files of a new gateway: configuration, keys, rules, request for a certificate.
    Init(Init),
    /// Make a gateway's own keys and show their public halves.
    #[command(subcommand)]
    Keys(Keys),
    /// Verify a ledger, ask it, compare it, keep it and erase from it.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Write the manual pages into a folder.
    Man(Man),
    /// Write, prove and explain an agency's sharing rules.
    #[command(subcommand)]
    Policy(Policy),
    /// Check connections to source systems, and how people are found in them.
    #[command(subcommand)]
    Source(Source),
    /// Prepare the database that replicas share.
    #[command(subcommand)]
    Store(Store),
}

/// Which configuration to run.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Configuration file.
    #[arg(short, long)]
    pub config: PathBuf,
}

/// How a person reaches their own gateway.
#[derive(Debug, Clone, clap::Args)]
pub struct Connect {
    /// File that says where the gateway is and which certificate to show it.
    #[arg(long, env = "STILE_PERSON", value_name = "FILE")]
    pub person: PathBuf,
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// Approvals.
#[derive(Debug, Subcommand)]
pub enum Approvals {
    /// Agree, one by one, to every task that would only say that nothing is held.
    ///
    /// Where even the existence of a record is for a person to say, they are asked about everybody
    /// in an enquiry, also about those of whom nothing is held.
    ConfirmNothing {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// Why, 10 to 500 characters, kept sealed: a text file; `-` reads the standard input.
        #[arg(long, value_name = "FILE")]
        reason: PathBuf,
    },
    /// Decide a task.
    Decide {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The task.
        id: String,
        /// `agree`, `refuse`, `acknowledge`, `no_match`, or `same_person:N`.
        verdict: String,
        /// Why, 10 to 500 characters, kept sealed: a text file; `-` reads the standard input.
        #[arg(long, value_name = "FILE")]
        reason: PathBuf,
    },
    /// List what waits for you.
    List {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
    },
    /// Show exactly what would leave.
    Show {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The task.
        id: String,
    },
}

/// Cases.
#[derive(Debug, Subcommand)]
pub enum Case {
    /// Close a case with what became of it; the agencies that answered are told.
    Close {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The case.
        id: String,
        /// An outcome of the partnership's vocabulary: `no_further_action`.
        #[arg(long)]
        outcome: String,
    },
    /// Make a numbered copy of the product for one recipient, or fetch one again.
    Document(Document),
    /// Ask agencies.
    Enquire {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The case.
        id: String,
        /// File with the agencies and categories asked, each with its reason.
        file: PathBuf,
    },
    /// Open a case.
    Open {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// File with the case's kind, priority, purpose, consent and people.
        file: PathBuf,
    },
    /// Find out which agencies know a person of the case, before any is asked for anything.
    ///
    /// No token match is not absence: people who are held are missed.
    Presence {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The case.
        id: String,
        /// The person, by place; the first of the case when left out.
        #[arg(long)]
        subject: Option<String>,
        /// Purpose of the intended enquiry, which must be the case's.
        #[arg(long)]
        purpose: Option<String>,
        /// Show what the newest checks came to, and ask nobody.
        #[arg(long, conflicts_with_all = ["subject", "purpose"])]
        last: bool,
    },
    /// Read the product.
    Product {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The case.
        id: String,
        /// `decision_maker`, `receiving_team`, `referrer_feedback` or `family_safe`.
        #[arg(long, default_value = "decision_maker")]
        audience: String,
        /// The partnership's vocabulary.
        #[arg(
            long,
            env = "STILE_VOCABULARY",
            default_value = "policies/vocabulary.toml"
        )]
        vocabulary: PathBuf,
    },
    /// Record what was told by word of mouth, before or after the fact.
    Verbal(Verbal),
    /// Watch the answers come in until every agency has answered.
    Watch {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The case.
        id: String,
        /// Go on until the people in the agencies have decided, too.
        #[arg(long)]
        decided: bool,
        /// Stop after this many seconds.
        #[arg(long, default_value_t = 3_600)]
        seconds: u64,
    },
}

/// Keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Make signing, ledger, epoch, pseudonym and witness keys in a new folder.
    Make {
        /// The folder.
        #[arg(long)]
        dir: PathBuf,
    },
    /// Print the public keys as lines for this member's `[[member]]` table in `directory.toml`.
    Show {
        /// The folder.
        #[arg(long)]
        dir: PathBuf,
        /// The ledger's origin, as in the configuration.
        #[arg(long)]
        origin: String,
        /// The gateway's certificate chain, for its pin.
        #[arg(long)]
        chain: PathBuf,
    },
}
