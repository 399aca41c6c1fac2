//! The command line.

mod asking;
mod authority;
mod keeping;
mod policy;
mod presence;
mod source;
mod stating;
mod store;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use asking::{Asking, Fits, Form};
pub use authority::Ca;
pub use keeping::{Erase, Keeping};
pub use policy::{Policy, PolicyFiles};
pub use presence::PresenceAudit;
pub use source::Source;
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
    /// Run an agency's gateway.
    Agency(ServeAgency),
    /// List and decide what policy refers to people in this agency.
    #[command(subcommand)]
    Approvals(Approvals),
    /// Measure how fast and how small gateways are on this machine.
    #[command(subcommand)]
    Bench(crate::bench::Bench),
    /// Make and keep the partnership's certificate authority.
    #[command(subcommand)]
    Ca(Ca),
    /// Open cases, ask agencies, watch the answers, read the product.
    #[command(subcommand)]
    Case(Case),
    /// Run a whole partnership on this machine with made-up people.
    Demo(Demo),
    /// Make and sign the list of members and agreements.
    #[command(subcommand)]
    Directory(Directory),
    /// Run a hub's gateway.
    Hub(Serve),
    /// Make a gateway's own keys and show their public halves.
    #[command(subcommand)]
    Keys(Keys),
    /// Verify a ledger, ask it, compare it, keep it and erase from it.
    #[command(subcommand)]
    Ledger(Ledger),
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

/// Which agency's configuration to run, and how to begin.
#[derive(Debug, clap::Args)]
pub struct ServeAgency {
    /// Configuration file.
    #[arg(short, long)]
    pub config: PathBuf,
    /// Where the vocabulary is another than the policy in force was approved for: begin, and
    /// withhold everything until officers have approved rules for it. Otherwise it does not start.
    #[arg(long)]
    pub withhold_until_approved: bool,
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

/// The demonstration.
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// Folder to keep; without it a temporary one is used.
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// People in each agency's system, 50 to 200000.
    #[arg(long, default_value_t = 2_000)]
    pub people: usize,
    /// Stop when the story is told.
    #[arg(long)]
    pub once: bool,
    /// Put the police on this `PostgreSQL` server (an administrator's `postgres://` address).
    #[arg(long, value_name = "URL")]
    pub postgres: Option<String>,
    /// Put health on this `MySQL` or `MariaDB` server (an administrator's `mysql://` address).
    #[arg(long, value_name = "URL")]
    pub mysql: Option<String>,
    /// Write the gateways' logs to the screen.
    #[arg(long)]
    pub verbose: bool,
}

/// Directory.
#[derive(Debug, Subcommand)]
pub enum Directory {
    /// Make the partnership operator's signing key.
    Init {
        /// Folder for `operator.key` and `operator.jwk`.
        #[arg(long, default_value = "certs/operator")]
        dir: PathBuf,
    },
    /// Show a signed directory.
    Show {
        /// The signed directory.
        file: PathBuf,
        /// The operator's public key.
        #[arg(long)]
        operator: PathBuf,
    },
    /// Check and sign `directory.toml`.
    Sign {
        /// The form people write.
        file: PathBuf,
        /// The operator's key.
        #[arg(long)]
        key: PathBuf,
        /// Where to put the signed directory.
        #[arg(long)]
        out: PathBuf,
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

/// What is archived, and where it goes.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("whose").required(true).args(["agency", "hub"])))]
pub struct Archive {
    /// The agency's configuration file.
    #[arg(long, value_name = "FILE")]
    pub agency: Option<PathBuf>,
    /// The hub's configuration file.
    #[arg(long, value_name = "FILE")]
    pub hub: Option<PathBuf>,
    /// Segments whose entries were all recorded before this day, as `2019-01-31` (UTC).
    #[arg(long, value_name = "DAY")]
    pub before: String,
    /// Folder of the archive, made when missing; several archivings may share it.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}

/// Ledger.
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Move the journal's oldest segments to an archive. The gateway must be stopped.
    ///
    /// Only whole segments go, and only those whose every entry is older than asked. What is left
    /// proves every entry, and verifies alone and together with the archive.
    Archive(Archive),
    /// How long cases are kept, and how they are erased.
    #[command(flatten)]
    Keeping(Keeping),
    /// Questions to the ledger; each is recorded in it before it is answered.
    #[command(flatten)]
    Asking(Box<Asking>),
    /// The auditor's opening of a blind check of presence, and its verification.
    #[command(flatten)]
    Presence(PresenceAudit),
    /// Release again after a halt: read what halted it, then order it with `--confirm`.
    ///
    /// Releases halt when the gateway's own key has signed a head that its ledger contradicts. The
    /// order is recorded with its reason.
    Resume {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// Why, 10 to 500 characters, kept sealed: a text file; `-` reads the standard input.
        #[arg(long, value_name = "FILE")]
        reason: PathBuf,
        /// What this command printed the first time.
        #[arg(long, value_name = "CODE")]
        confirm: Option<String>,
    },
    /// Corrections, and comparing the record with the other side's.
    #[command(flatten)]
    Stating(Stating),
    /// Verify every byte: chain, tree, signatures, and earlier heads.
    Verify {
        /// The store's folder.
        #[arg(long, required_unless_present_any = ["pack", "postgres"], conflicts_with = "pack")]
        dir: Option<PathBuf>,
        /// An inspection pack instead of a store.
        #[arg(long, value_name = "FILE")]
        pack: Option<PathBuf>,
        /// A file with the URL of the database that holds the ledger, instead of a store's folder.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["dir", "pack"])]
        postgres: Option<PathBuf>,
        /// The ledger's public key, as in the directory.
        #[arg(long)]
        vkey: String,
        /// A head kept from earlier; repeat for more.
        #[arg(long = "earlier", value_name = "FILE")]
        earlier: Vec<PathBuf>,
        /// Public key of a witness that must have cosigned the pack's checkpoint; repeat for more.
        #[arg(long = "witness", value_name = "KEY", requires = "pack")]
        witnesses: Vec<String>,
        /// A folder with archived segments, to verify them and the store as one; repeat for more.
        #[arg(long = "archive", value_name = "DIR", requires = "dir")]
        archives: Vec<PathBuf>,
    },
    /// Show who witnesses this gateway's ledger, and whether releases are halted.
    Witnesses {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
    },
}
