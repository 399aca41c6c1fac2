//! The machine under a gateway: its clock, its disk, the bytes of its ledger.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::statvfs;
use stile_ledger::verify::Report;
use stile_ledger::{KeyName, Vkey};
use stile_model::time::Timestamp;
use stile_store::{EpochPlace, StoreError, verify_dir, verify_dir_opened, verify_postgres};

use super::Finding;
use crate::config::{Kept, Parts};
use crate::gateway::epoch_key;
use crate::run::Failure;

/// Free space that is said, as a multiple of what stops a gateway.
const PLENTY: u64 = 4;
const MIB: u64 = 1_048_576;

/// Is the clock kept, and did it ever go back?
pub(super) fn clock(parts: &Parts, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![kept()];
    if let Some(dir) = parts.store.kept.dir()
        && let Some(written) = last_written(&dir.join("journal"))
    {
        let ahead = written.saturating_sub(u64::try_from(now.millis()).unwrap_or(0)) / 1_000;
        // The store's own clock, to the second.
        if ahead > 1 {
            findings.push(Finding::wrong(
                "clock",
                format_args!("the journal was last written {ahead} s in the future"),
                "the clock went back: set it by the time service before the gateway records more",
            ));
        }
    }
    findings
}

/// What the system's time service says.
fn kept() -> Finding {
    let todo = "switch on systemd-timesyncd or chrony: signatures more than 30 s ahead or 15 minutes \
                old are refused";
    let asked = Command::new("timedatectl")
        .args(["show", "--property=NTPSynchronized", "--value"])
        .output();
    let said = asked.ok().filter(|said| said.status.success());
    let said = said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned());
    match said.as_deref() {
        Some("yes") => Finding::good("clock", "the system says that it is synchronised"),
        Some("no") => Finding::soon("clock", "the system says that it is not synchronised", todo),
        _ => {
            let todo = "ask chrony or whatever keeps it: within 30 s of the other members'";
            Finding::unknown(
                "clock",
                "`timedatectl` does not say whether it is kept",
                todo,
            )
        }
    }
}

/// When the newest file of a folder was written, in milliseconds since 1970.
fn last_written(dir: &Path) -> Option<u64> {
    let files = fs::read_dir(dir).ok()?;
    let times = files.filter_map(|file| {
        let written = file.ok()?.metadata().ok()?.modified().ok()?;
        written.duration_since(UNIX_EPOCH).ok()
    });
    let newest = times.max().unwrap_or(Duration::ZERO);
    u64::try_from(newest.as_millis()).ok()
}

/// Free space, and whose the store's folder is.
pub(super) fn space(parts: &Parts) -> Finding {
    let Kept::Dir(dir) = &parts.store.kept else {
        let todo = "watch the database server's disk; when it is full nothing is recorded";
        return Finding::unknown("disk", "the ledger is in a database", todo);
    };
    if let Ok(facts) = fs::metadata(dir)
        && facts.permissions().mode() & 0o077 != 0
    {
        let found = format!("{} can be entered by others", dir.display());
        return Finding::wrong("disk", found, "set its mode to 0700");
    }
    // Before the first start there is only the folder above.
    let there = dir.ancestors().find(|folder| folder.is_dir());
    let Some(free) = there.and_then(free) else {
        let found = format!("{}: its disk does not tell its free space", dir.display());
        return Finding::wrong("disk", found, "mount it, or correct `store.dir`");
    };
    let low = parts.store.low_space_bytes;
    let found = format!(
        "{} MiB free; recording stops below {}",
        free / MIB,
        low / MIB
    );
    if free < low {
        Finding::wrong(
            "disk",
            found,
            "free space on that disk; no restart is needed",
        )
    } else if free < low.saturating_mul(PLENTY) {
        Finding::soon(
            "disk",
            found,
            "free space on that disk, or move the store to a larger one",
        )
    } else {
        Finding::good("disk", found)
    }
}

/// Bytes that an ordinary user may still write on the disk of `dir`.
pub(crate) fn free(dir: &Path) -> Option<u64> {
    let facts = statvfs(dir).ok()?;
    Some(facts.f_bavail.saturating_mul(facts.f_frsize))
}

/// Does the ledger verify from its bytes, and does an epoch key in a file open it?
pub(super) fn ledger(parts: &Parts) -> Finding {
    let part = "ledger";
    if let Kept::Dir(dir) = &parts.store.kept
        && !dir.join("journal").is_dir()
    {
        let todo = "start the gateway: its first start makes the ledger";
        return Finding::unknown(part, "nothing is recorded yet", todo);
    }
    let keep = "keep every file as it is, tell the IG lead, and compare with the witnesses: \
                docs/guide/operate.md, part 10";
    let report = match verified(parts) {
        Ok(report) => report,
        Err(error) if is_of_epoch_key(&error) => {
            let todo = "put back the key that belongs to this store; never make a new one over it";
            return Finding::wrong(part, error, todo);
        }
        Err(error) => return Finding::wrong(part, error, keep),
    };
    match report.first_bad {
        None => Finding::good(part, format_args!("{} entries verify", report.entries)),
        Some(finding) if finding.unfinished => {
            let found = format!(
                "{} entries verify, up to an unfinished write at the end, which a start cuts",
                report.entries
            );
            let todo = "nothing while it runs or after a crash; if a start refuses, or a witness has \
                        seen more entries, keep every file: docs/guide/operate.md, part 10";
            Finding::soon(part, found, todo)
        }
        Some(finding) => Finding::wrong(part, finding, keep),
    }
}

fn is_of_epoch_key(error: &Failure) -> bool {
    matches!(
        error.downcast_ref::<StoreError>(),
        Some(StoreError::WrongEpochKey)
    )
}

fn verified(parts: &Parts) -> Result<Report, Failure> {
    let vkey = parts
        .keys
        .ledger_key()?
        .vkey(&KeyName::new(parts.store.origin.as_str())?);
    Ok(match &parts.store.kept {
        Kept::Dir(dir) => opened(dir, &vkey, parts)?,
        Kept::Postgres { url_file, .. } => verify_postgres(url_file, &vkey, &[], |_| {})?,
    })
}

/// Verifies a journal, and that the epoch key opens it, where that is in a file that holds one: what is
/// wrong with the file has its own finding, and a token or a credential is the gateway's to open.
fn opened(dir: &Path, vkey: &Vkey, parts: &Parts) -> Result<Report, StoreError> {
    let look = || {
        let keys = match &parts.keys.epoch {
            EpochPlace::File(_) => epoch_key(parts).ok(),
            EpochPlace::Credential { .. } | EpochPlace::Token(_) => None,
        };
        match keys {
            Some(keys) => verify_dir_opened(dir, vkey, &parts.store.origin, keys),
            None => verify_dir(dir, vkey, |_| {}),
        }
    };
    match look() {
        // An erasure may have changed the key since it was read.
        Err(StoreError::WrongEpochKey) => look(),
        report => report,
    }
}
