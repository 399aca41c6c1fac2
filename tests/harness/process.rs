//! A partnership whose gateways are operating-system processes: the program that ships, started from
//! its own configuration files, stopped by signals and killed as a power cut would.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use stile_cli::config::{AgencyConfig, HubConfig, Kept, Parts};
use stile_cli::demo::partnership::{APPROVER, HUB, PARTNERSHIP, RESEARCHER, member};
use stile_cli::demo::world::{Backend, Kind, World, fill_sqlite};
use stile_cli::demo::{Partnership, SEED};
use stile_cli::people::Desk;
use stile_exchange::clock::Clock;
use stile_ledger::frame::Record;
use stile_ledger::verify::{self, Report};
use stile_model::id::{PartnershipId, UserId};
use stile_store::{EpochKey, PostgresConfig, Store, StoreConfig};
use stile_trust::authority::Authority;
use stile_trust::identity::{Identity, Role};

use crate::RawHub;

/// Longest a gateway may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A partnership in a folder of its own; each gateway is a process while it runs.
pub struct Site {
    stile: PathBuf,
    log_level: String,
    environment: BTreeMap<String, Vec<(String, String)>>,
    before: BTreeMap<String, Vec<String>>,
    running: BTreeMap<String, Child>,
    folder: tempfile::TempDir,
}

impl Site {
    /// Makes every file of a hub and these agencies on SQLite; starts nothing. `stile` is the
    /// program.
    pub async fn set_up(stile: &str, kinds: &[Kind], people: usize) -> Self {
        let today = Clock::system().now().date();
        Self::set_up_with(stile, kinds, &World::generate_on(SEED, people, today)).await
    }

    /// The same with a given world.
    pub async fn set_up_with(stile: &str, kinds: &[Kind], world: &World) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("stile-site-")
            .tempdir()
            .unwrap();
        let mut backends = BTreeMap::new();
        for kind in kinds.iter().copied() {
            let own = folder.path().join(member(kind).unwrap().as_str());
            fs::create_dir_all(&own).unwrap();
            let path = own.join("people.db");
            fill_sqlite(&path, kind, world).unwrap();
            backends.insert(kind, Backend::Sqlite { path });
        }
        // Dropping it frees the ports for the processes.
        Partnership::set_up(folder.path(), &backends, &Clock::system())
            .await
            .unwrap();
        fs::create_dir(folder.path().join("log")).unwrap();
        Self {
            stile: PathBuf::from(stile),
            log_level: "debug,h2=info,hyper=info".to_owned(),
            environment: BTreeMap::new(),
            before: BTreeMap::new(),
            running: BTreeMap::new(),
            folder,
        }
    }

    /// Sets `STILE_LOG` for gateways started from now on.
    pub fn log_at(&mut self, level: &str) {
        level.clone_into(&mut self.log_level);
    }

    /// Sets the environment of a member's gateway, beside the usual, from its next start on.
    pub fn environment(&mut self, member: &str, variables: Vec<(String, String)>) {
        self.environment.insert(member.to_owned(), variables);
    }

    /// Starts a member's gateway through these words from its next start on, such as a command that
    /// runs it in a network of its own.
    pub fn start_through(&mut self, member: &str, words: Vec<String>) {
        self.before.insert(member.to_owned(), words);
    }

    /// The partnership's folder.
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// A member's folder.
    pub fn member_dir(&self, member: &str) -> PathBuf {
        self.dir().join(member)
    }

    /// A member's configuration file.
    pub fn config(&self, member: &str) -> PathBuf {
        self.member_dir(member).join(if member == HUB {
            "hub.toml"
        } else {
            "agency.toml"
        })
    }

    /// Changes one of the partnership's files.
    pub fn edit(&self, path: &Path, change: impl FnOnce(String) -> String) {
        let text = fs::read_to_string(path).unwrap();
        let changed = change(text.clone());
        assert_ne!(changed, text, "{} stays as it was", path.display());
        fs::write(path, changed).unwrap();
    }

    /// Everything a member's gateway has logged, over all its runs.
    pub fn log(&self, member: &str) -> String {
        fs::read_to_string(self.log_file(member)).unwrap_or_default()
    }

    fn log_file(&self, member: &str) -> PathBuf {
        self.dir().join("log").join(format!("{member}.json"))
    }

    fn said_file(&self, member: &str) -> PathBuf {
        self.dir().join("log").join(format!("{member}.out"))
    }

    /// Starts a member's gateway without waiting for it.
    pub fn launch(&mut self, member: &str) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file(member))
            .unwrap();
        let child = self
            .gateway(member)
            .stdout(File::create(self.said_file(member)).unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let before = self.running.insert(member.to_owned(), child);
        assert!(before.is_none(), "`{member}` was running");
    }

    /// Starts a member's gateway and waits until it says that it is ready.
    pub fn start(&mut self, member: &str) {
        self.launch(member);
        let begun = Instant::now();
        while !self.is_ready(member) {
            let ended = self.running.get_mut(member).unwrap().try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "`{member}` did not start ({ended:?}): {}",
                last_lines(&self.log(member))
            );
            sleep(Duration::from_millis(10));
        }
    }

    /// Starts the hub and every agency.
    pub fn start_all(&mut self) {
        for member in self.members() {
            self.start(&member);
        }
    }

    /// Every member that has a folder here.
    pub fn members(&self) -> Vec<String> {
        let folders = fs::read_dir(self.dir()).unwrap();
        let names = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut members: Vec<_> = names.filter(|name| self.config(name).exists()).collect();
        members.sort();
        members
    }

    /// Runs a gateway that must not start, and gives what it prints on the standard error.
    pub fn refuses_to_start(&self, member: &str) -> String {
        self.refusal_at_start(member)
            .unwrap_or_else(|| panic!("`{member}` started"))
    }

    /// Runs a gateway until it is ready or has ended; when it has ended, gives what it printed on the
    /// standard error.
    pub fn refusal_at_start(&self, member: &str) -> Option<String> {
        let (code, errors) = self.end_at_start(member)?;
        assert_eq!(code, Some(1), "{errors}");
        Some(errors)
    }

    /// The same with whatever exit code it ended.
    pub fn end_at_start(&self, member: &str) -> Option<(Option<i32>, String)> {
        let errors = self.dir().join("log").join(format!("{member}.refusal"));
        let mut child = self
            .gateway(member)
            .stdout(File::create(self.said_file(member)).unwrap())
            .stderr(File::create(&errors).unwrap())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && !self.is_ready(member) {
            if let Some(status) = child.try_wait().unwrap() {
                return Some((status.code(), fs::read_to_string(errors).unwrap()));
            }
            sleep(Duration::from_millis(10));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        None
    }

    fn is_ready(&self, member: &str) -> bool {
        let said = fs::read_to_string(self.said_file(member)).unwrap();
        said.ends_with("is ready\n")
    }

    fn gateway(&self, member: &str) -> Command {
        let mut command = match self
            .before
            .get(member)
            .and_then(|words| words.split_first())
        {
            Some((program, words)) => {
                let mut command = Command::new(program);
                command.args(words).arg(&self.stile);
                command
            }
            None => Command::new(&self.stile),
        };
        let role = if member == HUB { "hub" } else { "agency" };
        command.arg(role).arg("-c").arg(self.config(member));
        command
            .env("STILE_LOG", &self.log_level)
            .stdin(Stdio::null());
        if let Some(variables) = self.environment.get(member) {
            command.envs(variables.iter().cloned());
        }
        command
    }

    /// Kills a member's gateway where it stands.
    pub fn kill(&mut self, member: &str) {
        let mut child = self.running.remove(member).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks a member's gateway to stop, and waits until it has.
    pub fn stop(&mut self, member: &str) {
        self.tell_to_stop(member);
        self.has_stopped(member);
    }

    /// Tells a member's gateway to read its directory again.
    pub fn hang_up(&self, member: &str) {
        signal(&self.running[member], "-HUP");
    }

    /// Asks a member's gateway to stop, and waits for nothing.
    pub fn tell_to_stop(&self, member: &str) {
        signal(&self.running[member], "-TERM");
    }

    /// Waits until a member's gateway that was told to stop has stopped well.
    pub fn has_stopped(&mut self, member: &str) {
        let mut child = self.running.remove(member).unwrap();
        let status = wait(&mut child).unwrap_or_else(|| {
            child.kill().ok();
            panic!("`{member}` did not stop: {}", last_lines(&self.log(member)))
        });
        assert!(status.success(), "`{member}` stopped with {status}");
    }

    /// Stops every gateway.
    pub fn stop_all(&mut self) {
        let running: Vec<_> = self.running.keys().cloned().collect();
        for member in running {
            self.stop(&member);
        }
    }

    /// Has a member's gateway ended by itself?
    pub fn has_ended(&mut self, member: &str) -> bool {
        let child = self.running.get_mut(member).unwrap();
        child.try_wait().unwrap().is_some()
    }

    /// Runs the program once, to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(&self.stile)
            .args(arguments)
            .env_remove("STILE_LOG")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// The hub researcher's file.
    pub fn researcher_file(&self) -> PathBuf {
        self.person_file(HUB, RESEARCHER)
    }

    fn person_file(&self, member: &str, user: &str) -> PathBuf {
        let folder = self.member_dir(member).join("people").join(user);
        folder.join("person.toml")
    }

    /// The hub researcher's desk.
    pub fn researcher(&self) -> Desk {
        Desk::open(&self.researcher_file()).unwrap()
    }

    /// The desk of the person who may decide everything in an agency.
    pub fn approver(&self, kind: Kind) -> Desk {
        let agency = member(kind).unwrap();
        Desk::open(&self.person_file(agency.as_str(), APPROVER)).unwrap()
    }

    /// Gives an agency a second person with every duty of the first, and gives their desk. Before
    /// the gateway starts.
    pub fn hire(&self, kind: Kind, user: &str) -> Desk {
        let agency = member(kind).unwrap();
        let first = self.person_file(agency.as_str(), APPROVER);
        let file = self.person_file(agency.as_str(), user);
        let own = file.parent().unwrap();
        fs::create_dir(own).unwrap();
        fs::copy(first, &file).unwrap();
        let identity = Identity {
            partnership: PartnershipId::new(PARTNERSHIP).unwrap(),
            role: Role::Person,
            member: agency.clone(),
            user: Some(UserId::new(user).unwrap()),
        };
        let authority = Authority::open(&self.dir().join("ca")).unwrap();
        let issued = authority.issue(&identity, &[], 90, Clock::system().now());
        issued
            .unwrap()
            .save(&own.join("chain.pem"), &own.join("key.pem"))
            .unwrap();
        self.edit(&self.config(agency.as_str()), |text| {
            let listed = text.find("[[person]]").unwrap();
            let table = &text[listed..];
            let end = table[1..]
                .find("[[person]]")
                .map_or(table.len(), |at| at + 1);
            let second = table[..end].replace(APPROVER, user);
            format!("{text}\n{second}")
        });
        Desk::open(&file).unwrap()
    }

    /// A hub with the real hub's certificate and keys that sends whatever the test wants.
    pub fn raw_hub(&self) -> RawHub {
        RawHub::open(self.dir(), Clock::system())
    }

    /// What a member's ledger says when it is verified from its bytes alone.
    pub fn verified(&self, member: &str) -> Report {
        let vkey = fs::read_to_string(self.member_dir(member).join("ledger.vkey")).unwrap();
        let vkey = vkey.trim().parse().unwrap();
        match self.parts(member).store.kept {
            Kept::Dir(dir) => stile_store::verify_dir(&dir, &vkey, |_| {}),
            Kept::Postgres { url_file, .. } => {
                stile_store::verify_postgres(&url_file, &vkey, &[], |_| {})
            }
        }
        .unwrap()
    }

    /// Every leaf of a member's ledger as its journal holds it, read without any key.
    pub fn leaves(&self, member: &str) -> Vec<Vec<u8>> {
        let mut leaves = Vec::new();
        for segment in self.segments(member) {
            let bytes = fs::read(segment).unwrap();
            verify::walk(&bytes, 0, |decoded, _| {
                leaves.extend(
                    decoded
                        .frame
                        .records
                        .iter()
                        .filter_map(|record| match record {
                            Record::Entry(leaf) => Some(leaf.clone()),
                            _ => None,
                        }),
                );
                Ok(())
            });
        }
        leaves
    }

    /// The files of a member's journal, in order.
    pub fn segments(&self, member: &str) -> Vec<PathBuf> {
        let kept = self.parts(member).store.kept;
        let journal = kept.dir().unwrap().join("journal");
        let files = fs::read_dir(journal).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files
    }

    /// Opens a stopped member's store with its own keys.
    pub fn open_store(&self, member: &str) -> Store {
        let parts = self.parts(member);
        let (origin, ledger_key) = (parts.store.origin, parts.keys.ledger_key().unwrap());
        let epoch_key = EpochKey::open(&parts.keys.epoch).unwrap();
        let opened = match parts.store.kept {
            Kept::Dir(dir) => Store::open(StoreConfig {
                dir,
                origin,
                ledger_key,
                epoch_key,
                segment_bytes: parts.store.segment_bytes,
                low_space_bytes: parts.store.low_space_bytes,
            }),
            Kept::Postgres {
                url_file,
                single_node,
            } => Store::open_postgres(PostgresConfig {
                url_file,
                single_node,
                origin,
                ledger_key,
                epoch_key,
            }),
        };
        opened.unwrap().0
    }

    fn parts(&self, member: &str) -> Parts {
        let file = self.config(member);
        if member == HUB {
            HubConfig::read(&file).unwrap().parts
        } else {
            AgencyConfig::read(&file).unwrap().parts
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for child in self.running.values_mut() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let status = Command::new("kill").args([name, &pid]).status();
    assert!(status.unwrap().success(), "no process takes the signal");
}

fn wait(child: &mut Child) -> Option<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        sleep(Duration::from_millis(10));
    }
    None
}

/// The end of a log, for a message.
fn last_lines(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
