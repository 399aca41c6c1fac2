//! The partnership measured, at one size.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stile_exchange::clock::Clock;

use super::super::GrowEnquiry;
use super::super::enquiry::caller::Caller;
use super::super::enquiry::questions::Question;
use super::super::ground::{Ground, seat, set_grid};
use super::tap::{Asked, Tap};
use super::{AGENCY, hubs};
use crate::demo::partnership::{HUB, Running};
use crate::demo::world::{Backend, Kind};
use crate::demo::{Made, Partnership, SEED, World, fill_postgres};
use crate::run::Failure;

/// Some of the steps that a rule may look back, in months.
const LOOK_BACKS: [u32; 4] = [3, 6, 12, 24];
/// Enquiries that are answered before the statements of one are taken down.
const WARM: usize = 12;

/// How large everything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) people: usize,
    /// Systems of the agency, each with all the people and all the records.
    pub(super) sources: usize,
    pub(super) hubs: usize,
    /// Rules beside those that the template has.
    pub(super) rules: usize,
}

impl Size {
    pub(super) const fn of(people: usize) -> Self {
        Self {
            people,
            sources: 1,
            hubs: 1,
            rules: 0,
        }
    }

    /// One thing grown at a time.
    pub(super) fn grown(self, grow: &GrowEnquiry) -> Vec<Self> {
        let people = grow
            .grow_people
            .iter()
            .map(|&people| Self { people, ..self });
        let sources = grow.sources.iter().map(|&sources| Self { sources, ..self });
        let hubs = grow.hubs.iter().map(|&hubs| Self { hubs, ..self });
        let rules = grow.rules.iter().map(|&rules| Self { rules, ..self });
        people.chain(sources).chain(hubs).chain(rules).collect()
    }
}

/// Where everything is set up; a database is filled once for each number of people.
pub(super) struct Place<'a> {
    ground: &'a Ground,
    admin: &'a str,
    filled: BTreeMap<usize, PathBuf>,
    count: usize,
}

impl<'a> Place<'a> {
    pub(super) const fn new(ground: &'a Ground, admin: &'a str) -> Self {
        Self {
            ground,
            admin,
            filled: BTreeMap::new(),
            count: 0,
        }
    }

    /// The file with the reader's URL.
    async fn filled(&mut self, people: usize, made: &mut Vec<Made>) -> Result<PathBuf, Failure> {
        if let Some(file) = self.filled.get(&people) {
            return Ok(file.clone());
        }
        let own = self.ground.folder(&format!("people-{people}"))?;
        let world = World::generate_on(SEED, people, Clock::system().now().date());
        let backend = fill_postgres(self.admin, Kind::Police, &world, &own, made).await?;
        let Backend::Postgres { url_file } = backend else {
            return Err("the people are not in PostgreSQL".into());
        };
        self.filled.insert(people, url_file.clone());
        Ok(url_file)
    }

    /// A partnership of this size; nothing runs yet.
    pub(super) async fn set_up(
        &mut self,
        size: Size,
        made: &mut Vec<Made>,
        clock: &Clock,
    ) -> Result<Setting, Failure> {
        let url_file = self.filled(size.people, made).await?;
        self.count += 1;
        let dir = self.ground.folder(&format!("partnership-{}", self.count))?;
        let own = dir.join("people.url");
        fs::copy(&url_file, &own)?;
        let url = fs::read_to_string(&url_file)?;
        let seat = seat(AGENCY, Kind::Police, &Backend::Postgres { url_file: own })?;
        let member = seat.member.clone();
        drop(Partnership::set_up_seats(&dir, &[seat], clock).await?);
        set_grid(&dir, &member, 0)?;
        let folder = dir.join(AGENCY);
        more_sources(&folder.join("sources.toml"), size.sources)?;
        more_rules(&folder.join("rules.toml"), size.rules)?;
        let hubs = hubs::add(&dir, size.hubs, AGENCY, clock)?;
        Ok(Setting { dir, hubs, url })
    }
}

/// The same system several times, under names of their own.
fn more_sources(file: &Path, count: usize) -> Result<(), Failure> {
    let text = fs::read_to_string(file)?;
    let mut all = text.clone();
    for number in 2..=count {
        all.push('\n');
        for one in text.lines() {
            match one.strip_prefix("[source.") {
                Some(rest) => writeln!(all, "[source.s{number}_{rest}")?,
                None => writeln!(all, "{one}")?,
            }
        }
    }
    Ok(fs::write(file, all)?)
}

/// Caps under a purpose that is not asked about, so that every answer stays what it is.
fn more_rules(file: &Path, count: usize) -> Result<(), Failure> {
    let mut text = fs::read_to_string(file)?;
    for (number, months) in (1..=count).zip(LOOK_BACKS.iter().cycle()) {
        write!(
            text,
            "\n[[rule]]\nid = \"BENCH-{:02}-{:03}\"\nnever_above = \"police.*\"\nas = \"none\"\n\
             when = {{ purpose = [\"adult_safeguarding\"], priority = [\"blue\"], within = \"{months} months\" }}\n\
             why = \"a rule that is measured\"\nclause = \"1.1\"\nowner = \"nobody\"\n",
            number / 1_000,
            number % 1_000,
        )?;
    }
    Ok(fs::write(file, text)?)
}

/// A partnership that was set up.
pub(super) struct Setting {
    pub(super) dir: PathBuf,
    hubs: Vec<String>,
    /// The reader's URL.
    pub(super) url: String,
}

impl Setting {
    pub(super) async fn start(&self, clock: &Clock) -> Result<Running, Failure> {
        Partnership::open(&self.dir).await?.start(clock).await
    }

    /// The hubs, each with a connection of its own.
    pub(super) fn callers(&self, agency: &str, clock: &Clock) -> Result<Vec<Caller>, Failure> {
        let each = self.hubs.iter().map(|hub| {
            let file = if hub == HUB { "hub.toml" } else { "asks.toml" };
            Caller::of_hub(&self.dir.join(hub).join(file), agency, clock)
        });
        each.collect()
    }

    /// A new folder on the same disk.
    pub(super) fn bare_dir(&self) -> Result<PathBuf, Failure> {
        let dir = self
            .dir
            .join(format!("bare-{}", fs::read_dir(&self.dir)?.count()));
        fs::create_dir(&dir)?;
        Ok(dir)
    }

    /// What the gateway asks its database for one enquiry, its connections being warm.
    pub(super) async fn statements_of(
        &self,
        question: &Question,
        clock: &Clock,
    ) -> Result<Vec<Asked>, Failure> {
        let file = self.dir.join("people.url");
        let direct = fs::read_to_string(&file)?;
        let (account, rest) = direct.split_once('@').ok_or("the URL has no account")?;
        let (server, database) = rest.split_once('/').ok_or("the URL has no database")?;
        let tap = Tap::before(server.to_owned()).await?;
        fs::write(
            &file,
            format!("{account}@127.0.0.1:{}/{database}", tap.port),
        )?;
        let running = self.start(clock).await?;
        let heard = self.hear(question, &tap, clock).await;
        let stopped = running.stop().await;
        fs::write(&file, &direct)?;
        let heard = heard?;
        stopped?;
        if heard.is_empty() {
            return Err("the gateway asked its database nothing".into());
        }
        Ok(heard)
    }

    async fn hear(
        &self,
        question: &Question,
        tap: &Tap,
        clock: &Clock,
    ) -> Result<Vec<Asked>, Failure> {
        let hub = Arc::new(Caller::of(&self.dir, AGENCY, clock)?);
        hub.ask(hub.sign(question, WARM)?, 4).await?;
        tap.take();
        hub.ask(hub.sign(question, 1)?, 1).await?;
        Ok(tap.take())
    }
}
