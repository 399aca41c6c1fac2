//! Where a gateway's log goes: lines on the standard error, and security events into a file as well.

mod events;

use stile_exchange::security::{SECURITY, tell_rest};
use stile_trust::identity::Role;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, registry};

use self::events::{Events, Queue};
use crate::config::{Log, LogFormat, Parts};
use crate::run::Failure;

/// A log that was started; when it is dropped, what waits to be written is.
#[must_use]
pub(crate) struct Logging(Option<Queue>);

impl Drop for Logging {
    fn drop(&mut self) {
        tell_rest();
        if let Some(queue) = &self.0 {
            queue.settle();
        }
    }
}

/// Logs as the configuration says. `STILE_LOG` sets the level of the lines (`info` by default); all
/// security events go to their file.
///
/// # Errors
///
/// When that file cannot be written.
pub(crate) fn start(parts: &Parts, role: Role) -> Result<Logging, Failure> {
    begin(Some(lines(parts.log.format)), parts, role)
}

/// Writes security events to their file, and logs nothing: for a command that a person waits for.
///
/// # Errors
///
/// As [`start`].
pub(crate) fn events_alone(parts: &Parts, role: Role) -> Result<Logging, Failure> {
    begin(None, parts, role)
}

type Lines = Box<dyn Layer<Registry> + Send + Sync>;

fn begin(lines: Option<Lines>, parts: &Parts, role: Role) -> Result<Logging, Failure> {
    let Log { security_file, .. } = &parts.log;
    let events = security_file
        .as_ref()
        .map(|file| Events::to(file, role, &parts.member))
        .transpose()?;
    let queue = events.as_ref().map(Events::queue);
    let only = Targets::new().with_target(SECURITY, LevelFilter::INFO);
    // Whoever logs already, in a test, goes on as they do.
    let _ = registry()
        .with(lines)
        .with(events.map(|events| events.with_filter(only)))
        .try_init();
    Ok(Logging(queue))
}

/// Logs to the standard error alone.
pub(crate) fn to_stderr() {
    let _ = registry().with(lines(LogFormat::Json)).try_init();
}

fn lines(format: LogFormat) -> Lines {
    let level =
        EnvFilter::try_from_env("STILE_LOG").unwrap_or_else(|_| EnvFilter::new("info,sled=warn"));
    let lines = fmt::layer().with_ansi(false).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => lines.json().with_filter(level).boxed(),
        LogFormat::Text => lines.with_filter(level).boxed(),
    }
}
