//! Sets up a partnership in a folder: authority, keys, directory, databases, configuration.
//!
//! ```text
//! <folder>/ca/            the certificate authority
//! <folder>/operator/      the directory operator's key
//! <folder>/directory.jws  the signed directory
//! <folder>/vocabulary.toml
//! <folder>/<member>/      configuration, keys, certificate, rules, mapping, database, store
//! <folder>/<member>/people/<user>/  a person's certificate and `person.toml`
//! ```

mod dialling;
mod files;
mod names;
mod running;
mod staff;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use stile_exchange::clock::Clock;
use stile_model::id::{MemberId, PartnershipId, UserId};
use stile_model::vocabulary::Vocabulary;
use stile_trust::authority::Authority;
use stile_trust::directory::Directory;
use stile_trust::identity::{Identity, Role};
use stile_trust::signing::SigningKey;

pub use dialling::dial_out;
pub use names::{cases, rules};
pub use running::{Running, Started, start_gateway};
pub use staff::{APPROVER, AUDITOR, DECIDER, IT, LEAD, MANAGER, OFFICER, RESEARCHER};

use files::{Ports, common, host, origin, quorum};
use names::{name, sealed_contact};

use super::port::port;
use super::world::{Backend, Kind, mapping_toml};
use crate::config::{AgencyConfig, HubConfig};
use crate::gateway::Bound;
use crate::keys::{KeyFiles, card};
use crate::run::Failure;

/// The vocabulary every demo partnership shares.
pub const VOCABULARY: &str = include_str!("../../../../policies/vocabulary.toml");

/// The demo's partnership.
pub const PARTNERSHIP: &str = "riverside";
/// The hub.
pub const HUB: &str = "riverside-hub";

/// The member of this kind.
///
/// # Errors
///
/// Never for the seven kinds; the names are constants.
pub fn member(kind: Kind) -> Result<MemberId, Failure> {
    Ok(MemberId::new(format!(
        "riverside-{}",
        kind.as_str().replace('_', "-")
    ))?)
}

/// One agency of a partnership.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Its name.
    pub member: MemberId,
    /// Its kind; several agencies may be of one kind.
    pub kind: Kind,
    /// Where its people are.
    pub backend: Backend,
}

/// A partnership set up in a folder, its ports bound, nothing running yet.
#[derive(Debug)]
pub struct Partnership {
    /// The folder.
    pub dir: PathBuf,
    bound: BTreeMap<MemberId, Bound>,
}

impl Partnership {
    /// Sets everything up; `backends` says where each agency's people are.
    ///
    /// # Errors
    ///
    /// What could not be made.
    pub async fn set_up(
        dir: &Path,
        backends: &BTreeMap<Kind, Backend>,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        let mut seats = Vec::new();
        for (kind, backend) in backends {
            seats.push(Seat {
                member: member(*kind)?,
                kind: *kind,
                backend: backend.clone(),
            });
        }
        Self::set_up_seats(dir, &seats, clock).await
    }

    /// Sets everything up for these agencies and a hub.
    ///
    /// # Errors
    ///
    /// What could not be made.
    pub async fn set_up_seats(dir: &Path, seats: &[Seat], clock: &Clock) -> Result<Self, Failure> {
        let authority = Authority::init(
            &dir.join("ca"),
            &PartnershipId::new(PARTNERSHIP)?,
            clock.now(),
        )?;
        fs::write(dir.join("vocabulary.toml"), VOCABULARY)?;
        let mut setting = Setting {
            dir,
            authority,
            clock,
            bound: BTreeMap::new(),
            members: String::new(),
        };
        setting.hub().await?;
        for seat in seats {
            setting.agency(seat).await?;
        }
        setting.directory(seats)?;
        Ok(Self {
            dir: dir.to_owned(),
            bound: setting.bound,
        })
    }

    /// Opens a folder that was set up before, binding the ports its files name.
    ///
    /// # Errors
    ///
    /// When a file is missing or a port is taken.
    pub async fn open(dir: &Path) -> Result<Self, Failure> {
        let mut bound = BTreeMap::new();
        for entry in fs::read_dir(dir)? {
            let folder = entry?.path();
            let (hub, agency) = (folder.join("hub.toml"), folder.join("agency.toml"));
            let parts = if hub.exists() {
                HubConfig::read(&hub)?.parts
            } else if agency.exists() {
                AgencyConfig::read(&agency)?.parts
            } else {
                continue;
            };
            let listeners = Bound::of(&parts).await?;
            bound.insert(parts.member, listeners);
        }
        Ok(Self {
            dir: dir.to_owned(),
            bound,
        })
    }

    /// Starts every gateway in this process, reading its own configuration.
    ///
    /// # Errors
    ///
    /// What keeps one from starting, naming its file.
    pub async fn start(self, clock: &Clock) -> Result<Running, Failure> {
        let (running, _) = self.start_but(&[], clock).await?;
        Ok(running)
    }

    /// Every member.
    pub fn members(&self) -> impl Iterator<Item = &MemberId> {
        self.bound.keys()
    }

    /// The bound ports of every member, to start each by itself.
    pub fn into_bound(self) -> BTreeMap<MemberId, Bound> {
        self.bound
    }
}

/// A partnership in the making.
struct Setting<'a> {
    dir: &'a Path,
    authority: Authority,
    clock: &'a Clock,
    bound: BTreeMap<MemberId, Bound>,
    members: String,
}

impl Setting<'_> {
    async fn hub(&mut self) -> Result<(), Failure> {
        let member = MemberId::new(HUB)?;
        let folder = self.gateway(&member, Role::Hub).await?;
        let listen = self.listen(&member)?;
        let people = staff::of_hub();
        self.people(&member, Role::Hub, &people)?;
        let text = format!(
            "{}\n[ask]\nretry_first_ms = 500\n",
            common(&member, &listen, "", &people)
        );
        fs::write(folder.join("hub.toml"), text)?;
        self.list(
            &member,
            "hub",
            None,
            "Riverside Multi-Agency Safeguarding Hub",
            "hub duty desk, 01632 960001",
        )
    }

    async fn agency(&mut self, seat: &Seat) -> Result<(), Failure> {
        let Seat {
            member,
            kind,
            backend,
        } = seat;
        let kind = *kind;
        let folder = self.gateway(member, Role::Agency).await?;
        let vocabulary = Vocabulary::parse("vocabulary.toml", VOCABULARY)?;
        let people = staff::of_agency(&vocabulary);
        self.people(member, Role::Agency, &people)?;
        fs::write(folder.join("rules.toml"), rules(kind))?;
        fs::write(folder.join("cases.toml"), cases(kind))?;
        fs::write(folder.join("sources.toml"), mapping_toml(kind, backend))?;
        let own = format!(
            "kind = \"{kind}\"\nrules = \"rules.toml\"\ncases = \"cases.toml\"\nsources = \"sources.toml\"\nsealed_contact = \"{}\"\n",
            sealed_contact(kind)
        );
        let listen = self.listen(member)?;
        fs::write(
            folder.join("agency.toml"),
            common(member, &listen, &own, &people),
        )?;
        let (name, contact) = name(kind);
        self.list(member, "agency", Some(kind), name, contact)
    }

    /// Certificate, keys and ports of a gateway.
    async fn gateway(&mut self, member: &MemberId, role: Role) -> Result<PathBuf, Failure> {
        let folder = self.dir.join(member.as_str());
        fs::create_dir_all(&folder)?;
        let identity = self.identity(member, role, None)?;
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), host(member)];
        let issued = self
            .authority
            .issue(&identity, &names, 90, self.clock.now())?;
        issued.save(&folder.join("chain.pem"), &folder.join("key.pem"))?;
        KeyFiles::in_folder(&folder).make()?;
        let bound = Bound {
            metrics: None,
            peers: Some(port().await?),
            people: port().await?,
            pages: Some(port().await?),
            enrolment: None,
        };
        self.bound.insert(member.clone(), bound);
        Ok(folder)
    }

    fn listen(&self, member: &MemberId) -> Result<Ports, Failure> {
        let bound = self.bound.get(member).ok_or("no such member")?;
        let (Some(peers), Some(pages)) = (&bound.peers, &bound.pages) else {
            return Err("the member has no ports".into());
        };
        Ok(Ports {
            peers: peers.local_addr()?.to_string(),
            people: bound.people.local_addr()?.to_string(),
            pages: pages.local_addr()?.port(),
        })
    }

    fn identity(
        &self,
        member: &MemberId,
        role: Role,
        user: Option<&str>,
    ) -> Result<Identity, Failure> {
        Ok(Identity {
            partnership: self.authority.partnership().clone(),
            role,
            member: member.clone(),
            user: user.map(UserId::new).transpose()?,
        })
    }

    fn people(
        &self,
        member: &MemberId,
        gateway: Role,
        people: &[(&str, Vec<String>)],
    ) -> Result<(), Failure> {
        let endpoint = self.listen(member)?.people;
        for (user, _) in people {
            let folder = self.dir.join(member.as_str()).join("people").join(user);
            fs::create_dir_all(&folder)?;
            let identity = self.identity(member, Role::Person, Some(user))?;
            let issued = self.authority.issue(&identity, &[], 90, self.clock.now())?;
            issued.save(&folder.join("chain.pem"), &folder.join("key.pem"))?;
            let text = format!(
                "partnership = \"{PARTNERSHIP}\"\nmember = \"{member}\"\ngateway = \"{gateway}\"\n\
                 endpoint = \"https://{endpoint}\"\nchain = \"chain.pem\"\nkey = \"key.pem\"\n\
                 roots = \"../../../ca/root.pem\"\nissuers = \"../../../ca/issuing.pem\"\ncrl = \"../../../ca/crl.pem\"\n"
            );
            fs::write(folder.join("person.toml"), text)?;
        }
        Ok(())
    }

    /// Adds a member to the directory in the making.
    fn list(
        &mut self,
        member: &MemberId,
        role: &str,
        kind: Option<Kind>,
        name: &str,
        contact: &str,
    ) -> Result<(), Failure> {
        let folder = self.dir.join(member.as_str());
        let card = card(
            &KeyFiles::in_folder(&folder),
            &origin(member),
            &folder.join("chain.pem"),
        )?;
        let vkey = card
            .lines()
            .find_map(|line| line.strip_prefix("ledger_key = "))
            .unwrap_or_default();
        fs::write(folder.join("ledger.vkey"), vkey.trim_matches('"'))?;
        let kind = kind.map_or_else(String::new, |kind| format!("kind = \"{kind}\"\n"));
        let peers = self.listen(member)?.peers;
        write!(
            self.members,
            "\n[[member]]\nid = \"{member}\"\nrole = \"{role}\"\n{kind}name = \"{name}\"\n\
             endpoint = \"https://{peers}\"\ncontact = \"{contact}\"\n{card}\n"
        )?;
        Ok(())
    }

    /// Writes and signs the directory, with one agreement between the hub and each agency.
    fn directory(&self, seats: &[Seat]) -> Result<(), Failure> {
        let now = self.clock.now();
        let vocabulary = Vocabulary::parse("vocabulary.toml", VOCABULARY)?;
        let purposes: Vec<_> = vocabulary
            .purposes
            .iter()
            .map(|purpose| format!("\"{}\"", purpose.code))
            .collect();
        let mut text = format!(
            "partnership = \"{PARTNERSHIP}\"\nversion = 1\nissued = {now}\nvalid_until = {}\nquorum = \"\"\"\n{}\"\"\"\n",
            now.plus_s(30 * 86_400),
            quorum(seats)
        );
        text.push_str(&self.members);
        for Seat { member, .. } in seats {
            write!(
                text,
                "\n[[agreement]]\nid = \"isa_{}\"\nhub = \"{HUB}\"\nagency = \"{member}\"\n\
                 purposes = [{}]\nfrom = {}\nuntil = {}\nreference = \"Riverside ISA 2026\"\n",
                member.as_str().replace('-', "_"),
                purposes.join(", "),
                now.plus_s(-86_400).date(),
                now.plus_s(365 * 86_400).date(),
            )?;
        }
        fs::write(self.dir.join("directory.toml"), &text)?;
        let operator = SigningKey::generate()?;
        let folder = self.dir.join("operator");
        fs::create_dir_all(&folder)?;
        operator.save(&folder.join("operator.key"))?;
        fs::write(
            folder.join("operator.jwk"),
            serde_json::to_string(operator.verifying_key())?,
        )?;
        let directory = Directory::from_toml(&text, "directory.toml")?;
        fs::write(self.dir.join("directory.jws"), directory.sign(&operator)?)?;
        Ok(())
    }
}
