//! Where a gateway's log goes: lines on the standard error, and security events into a file as well.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value, json};
use stile_exchange::clock::Clock;
use stile_exchange::security::SECURITY;
use stile_model::id::MemberId;
use stile_trust::identity::Role;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, registry};

use crate::config::{Log, LogFormat, Parts};
use crate::output::problem;
use crate::run::Failure;

/// Version of the events' schema; it changes when a reader of an older one would misread.
const VERSION: u32 = 1;

/// Logs as the configuration says. `STILE_LOG` sets the level of the lines (`info` by default); all
/// security events go to their file.
///
/// # Errors
///
/// When that file cannot be written.
pub(crate) fn start(parts: &Parts, role: Role) -> Result<(), Failure> {
    let Log {
        format,
        security_file,
    } = &parts.log;
    let to = |file: &PathBuf| Events::to(file, role, &parts.member);
    let events = security_file.as_ref().map(to).transpose()?;
    let only = Targets::new().with_target(SECURITY, LevelFilter::INFO);
    // Whoever logs already, in a test, goes on as they do.
    let _ = registry()
        .with(lines(*format))
        .with(events.map(|events| events.with_filter(only)))
        .try_init();
    Ok(())
}

/// Logs to the standard error alone.
pub(crate) fn to_stderr() {
    let _ = registry().with(lines(LogFormat::Json)).try_init();
}

fn lines(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    let level =
        EnvFilter::try_from_env("STILE_LOG").unwrap_or_else(|_| EnvFilter::new("info,sled=warn"));
    let lines = fmt::layer().with_ansi(false).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => lines.json().with_filter(level).boxed(),
        LogFormat::Text => lines.with_filter(level).boxed(),
    }
}

/// Appends security events to a file, one flat JSON object a line.
///
/// The file is opened for each, so that whoever rotates it needs to tell nobody.
struct Events {
    file: PathBuf,
    member: String,
    role: &'static str,
    /// The last could not be written, which was said.
    failed: AtomicBool,
}

impl Events {
    fn to(file: &Path, role: Role, member: &MemberId) -> Result<Self, Failure> {
        appended(file).map_err(|error| {
            let file = file.display();
            format!("`log.security_file` is {file}: {error}")
        })?;
        Ok(Self {
            file: file.to_owned(),
            member: member.to_string(),
            role: role.as_str(),
            failed: AtomicBool::new(false),
        })
    }

    fn line(&self, event: &Event<'_>) -> String {
        let mut fields = Map::new();
        event.record(&mut Fields(&mut fields));
        fields.insert("v".to_owned(), VERSION.into());
        let now = Clock::system().now().to_string();
        fields.insert("time".to_owned(), now.into());
        fields.insert("member".to_owned(), json!(self.member));
        fields.insert("role".to_owned(), json!(self.role));
        format!("{}\n", Value::Object(fields))
    }
}

impl<S: Subscriber> Layer<S> for Events {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let line = self.line(event);
        let written = appended(&self.file).and_then(|mut file| file.write_all(line.as_bytes()));
        let failed = written.is_err();
        // Said once, and not by a line of the log: this is called for those.
        if failed && !self.failed.swap(true, Ordering::Relaxed) {
            problem("security events cannot be written to `log.security_file`; the log has them");
        }
        if !failed {
            self.failed.store(false, Ordering::Relaxed);
        }
    }
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
    use stile_exchange::security::Happened;

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
        let hub = MemberId::new("riverside-hub").unwrap();
        let from = "192.0.2.7".parse().unwrap();

        tracing::subscriber::with_default(registry().with(events), || {
            Happened::TurnedAway.tell("green", Some(&hub), None);
            std::fs::rename(&file, &aside).unwrap();
            Happened::SignInFailed.tell("wrong_code", None, Some(from));
        });

        let (before, after) = (told(&aside), told(&file));
        assert_eq!((before.len(), after.len()), (1, 1));
        let mut first = before[0].clone();
        assert!(first["time"].as_str().unwrap().ends_with('Z'));
        first["time"] = Value::Null;
        let expected = json!({
            "v": 1, "time": null, "member": "riverside-police", "role": "agency",
            "event": "turned_away", "severity": "warning", "code": "green", "peer": "riverside-hub",
        });
        assert_eq!(first, expected);
        assert_eq!(after[0]["from"], "192.0.2.7");
        assert!(
            after[0].get("peer").is_none(),
            "what is not known is left out"
        );
    }

    #[test]
    fn rejects_a_file_that_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("missing/events");

        let error = Events::to(&nowhere, Role::Hub, &member()).err().unwrap();

        assert!(error.to_string().contains("`log.security_file`"), "{error}");
    }
}
