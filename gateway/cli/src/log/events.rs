//! Security events in a file, one flat JSON object a line.
//!
//! A thread of its own writes them, so that a disk that is full or hangs holds up nobody who tells one,
//! least of all the thread that writes the ledger. What finds no room to wait is counted, and the count
//! is written as an event, too. The file is opened for each line, so that whoever rotates it needs to
//! tell nobody.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use stile_exchange::clock::Clock;
use stile_exchange::security::Happened;
use stile_model::id::MemberId;
use stile_trust::identity::Role;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::output::problem;
use crate::run::Failure;

/// Version of the events' schema; it changes when a reader of an older one would misread.
const VERSION: u32 = 1;
/// Most lines that wait to be written.
const WAITING: usize = 4_096;
/// Longest that the end of a program waits for them.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Takes events, and hands them to the thread that writes them.
pub(super) struct Events {
    stamp: Stamp,
    queue: Queue,
}

/// The way to the thread that writes.
#[derive(Clone)]
pub(super) struct Queue {
    to: SyncSender<Note>,
    /// Lines that found no room and are not told yet.
    lost: Arc<AtomicU64>,
}

enum Note {
    Line(String),
    /// Everything before is to be written now.
    Written(SyncSender<()>),
}

/// What every line says of the gateway.
#[derive(Clone)]
struct Stamp {
    member: String,
    role: &'static str,
}

impl Events {
    /// Writes to `file` from now on.
    pub(super) fn to(file: &Path, role: Role, member: &MemberId) -> Result<Self, Failure> {
        appended(file).map_err(|error| {
            let file = file.display();
            format!("`log.security_file` is {file}: {error}")
        })?;
        let stamp = Stamp {
            member: member.to_string(),
            role: role.as_str(),
        };
        let (to, notes) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let writer = Writer {
            file: file.to_owned(),
            stamp: stamp.clone(),
            lost: Arc::clone(&lost),
            failed: false,
        };
        std::thread::Builder::new()
            .name("security-events".to_owned())
            .spawn(move || writer.run(&notes))?;
        let queue = Queue { to, lost };
        Ok(Self { stamp, queue })
    }

    pub(super) fn queue(&self) -> Queue {
        self.queue.clone()
    }
}

impl<S: Subscriber> Layer<S> for Events {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Map::new();
        event.record(&mut Fields(&mut fields));
        self.queue.put(self.stamp.line(fields));
    }
}

impl Queue {
    fn put(&self, line: String) {
        if self.to.try_send(Note::Line(line)).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything put before is in the file, for a while.
    pub(super) fn settle(&self) {
        let begun = Instant::now();
        let (done, written) = sync_channel(1);
        let mut note = Note::Written(done);
        while let Err(TrySendError::Full(back)) = self.to.try_send(note) {
            if begun.elapsed() > PATIENCE {
                return;
            }
            note = back;
            std::thread::sleep(LOOK_AGAIN);
        }
        // What is late is not waited for any longer: the log has it.
        let _ = written.recv_timeout(PATIENCE);
    }
}

impl Stamp {
    fn line(&self, mut fields: Map<String, Value>) -> String {
        fields.insert("v".to_owned(), VERSION.into());
        let now = Clock::system().now().to_string();
        fields.insert("time".to_owned(), now.into());
        fields.insert("member".to_owned(), json!(self.member));
        fields.insert("role".to_owned(), json!(self.role));
        format!("{}\n", Value::Object(fields))
    }
}

/// The thread's own.
struct Writer {
    file: PathBuf,
    stamp: Stamp,
    lost: Arc<AtomicU64>,
    /// The last could not be written, which was said.
    failed: bool,
}

impl Writer {
    fn run(mut self, notes: &Receiver<Note>) {
        for note in notes {
            match note {
                Note::Line(line) => self.write(&line),
                Note::Written(done) => {
                    // Whoever asked may have stopped waiting.
                    let _ = done.send(());
                }
            }
        }
    }

    /// Writes a line and, where any were lost before it, how many.
    fn write(&mut self, line: &str) {
        if !self.append(line) {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 && !self.append(&self.stamp.line(how_many(lost))) {
            self.lost.fetch_add(lost, Ordering::Relaxed);
        }
    }

    fn append(&mut self, line: &str) -> bool {
        let written = appended(&self.file).and_then(|mut file| file.write_all(line.as_bytes()));
        // Said once, and not by a line of the log: this is called for those.
        if written.is_err() && !self.failed {
            problem("security events cannot be written to `log.security_file`; the log has them");
        }
        self.failed = written.is_err();
        written.is_ok()
    }
}

fn how_many(lost: u64) -> Map<String, Value> {
    let event = Happened::EventsLost;
    [
        ("event", event.as_str().to_owned()),
        ("severity", event.severity().as_str().to_owned()),
        ("counts", format!("lines={lost}")),
    ]
    .map(|(key, value)| (key.to_owned(), value.into()))
    .into_iter()
    .collect()
}

fn appended(file: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o640)
        .open(file)
}

/// The fields of an event, as JSON.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Visit for Fields<'_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let text = format!("{value:?}");
        self.0.insert(field.name().to_owned(), text.into());
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::Command;

    use stile_exchange::security::SECURITY;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::registry;

    use super::*;

    fn told(file: &Path) -> Vec<Value> {
        let text = std::fs::read_to_string(file).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn member() -> MemberId {
        MemberId::new("riverside-police").unwrap()
    }

    #[test]
    fn an_event_is_one_flat_object_of_the_documented_keys_also_after_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let (file, aside) = (folder.path().join("events"), folder.path().join("events.1"));
        let events = Events::to(&file, Role::Agency, &member()).unwrap();
        let queue = events.queue();
        // Nobody whom gateways of other tests meet: of them one event of a minute may have been told.
        let hub = MemberId::new("harborough-hub").unwrap();
        let from = "192.0.2.7".parse().unwrap();

        tracing::subscriber::with_default(registry().with(events), || {
            Happened::TurnedAway.tell("green", Some(&hub), None);
            queue.settle();
            std::fs::rename(&file, &aside).unwrap();
            Happened::SignInFailed.tell("wrong_code", None, Some(from));
            queue.settle();
        });

        let (before, after) = (told(&aside), told(&file));
        assert_eq!((before.len(), after.len()), (1, 1));
        let mut first = before[0].clone();
        assert!(first["time"].as_str().unwrap().ends_with('Z'));
        first["time"] = Value::Null;
        let expected = json!({
            "v": 1, "time": null, "member": "riverside-police", "role": "agency",
            "event": "turned_away", "severity": "warning", "code": "green", "peer": "harborough-hub",
        });
        assert_eq!(first, expected);
        assert_eq!(after[0]["from"], "192.0.2.7");
        assert!(
            after[0].get("peer").is_none(),
            "what is not known is left out"
        );
    }

    #[test]
    fn a_file_that_hangs_holds_up_nobody_and_says_afterwards_how_many_lines_it_lacks() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("events");
        let events = Events::to(&file, Role::Agency, &member()).unwrap();
        std::fs::remove_file(&file).unwrap();
        let made = Command::new("mkfifo").arg(&file).status().unwrap();
        assert!(made.success());
        let many = WAITING + 100;

        // Nobody reads: the first line that is written waits for ever.
        tracing::subscriber::with_default(registry().with(events), || {
            for n in 0..many {
                tracing::info!(target: SECURITY, event = "start", n);
            }
        });

        let reader = OpenOptions::new().read(true).write(true).open(&file);
        let lines = BufReader::new(reader.unwrap()).lines();
        let mut lines = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        assert_eq!(lines.next().unwrap()["event"], "start");
        let said = lines.next().unwrap();
        assert_eq!(said["event"], "events_lost");
        assert_eq!(said["severity"], "warning");
        let lost = said["counts"].as_str().unwrap().strip_prefix("lines=");
        let lost: usize = lost.unwrap().parse().unwrap();
        assert!([99, 100].contains(&lost), "{lost}: all but what waits");
        assert_eq!(lines.next().unwrap()["event"], "start", "and it goes on");
    }

    #[test]
    fn rejects_a_file_that_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("missing/events");

        let error = Events::to(&nowhere, Role::Hub, &member()).err().unwrap();

        assert!(error.to_string().contains("`log.security_file`"), "{error}");
    }
}
