//! A ledger to measure, and entries of about 500 bytes to put in it.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use stile_ledger::{Entry, EntryKind, LedgerKey, Pseudonym};
use stile_model::digest::Digest;
use stile_model::id::{CaseId, Code, MemberId, RuleId};
use stile_model::time::Timestamp;
use stile_store::{Batch, EpochKey, OpenReport, PendingEntry, Progress, Store, StoreConfig};

use crate::run::Failure;

/// What a hub and an agency record most, in turn.
const KINDS: [EntryKind; 4] = [
    EntryKind::Permit,
    EntryKind::Delivered,
    EntryKind::Refusal,
    EntryKind::Approval,
];
/// 2026-01-01.
const START_MS: i64 = 1_767_225_600_000;
/// Entries of one case, and cases that share a sealing key: the bench makes no keys.
const PER_CASE: u32 = 12;
const KEYS: u32 = 64;

/// Makes entries, each different, as a partnership of eight would.
pub(super) struct Press {
    next: AtomicU32,
    members: Vec<MemberId>,
    rules: Vec<RuleId>,
    purpose: Code,
    gateway: Code,
}

impl Press {
    /// Goes on after `made` entries.
    pub(super) fn after(made: u32) -> Result<Self, Failure> {
        let members = (1..=8).map(|n| MemberId::new(format!("riverside-member-{n}")));
        let rules = (1..=20).map(|n| RuleId::new(format!("POLICE-SHARE-{n}")));
        Ok(Self {
            next: AtomicU32::new(made),
            members: members.collect::<Result<_, _>>()?,
            rules: rules.collect::<Result<_, _>>()?,
            purpose: Code::new("child_protection")?,
            gateway: Code::new("ca1989_s47")?,
        })
    }

    /// The next entry.
    pub(super) fn entry(&self) -> Result<PendingEntry, Failure> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let nth = |from: usize| usize::try_from(n).unwrap_or(0) % from;
        let case = n / PER_CASE;
        Ok(PendingEntry {
            entry: Entry {
                purpose: Some(self.purpose.clone()),
                gateway: Some(self.gateway.clone()),
                member: self.members.get(nth(8)).cloned(),
                rules: self.rules.get(nth(20)).cloned().into_iter().collect(),
                digest: Some(Digest::of(&n.to_be_bytes())),
                actor: Some(hashed(b"actor", n % 200)),
                case: Some(hashed(b"case", case)),
                ..Entry::new(
                    KINDS.get(nth(4)).copied().unwrap_or(EntryKind::Permit),
                    Timestamp::from_millis(START_MS + i64::from(n) * 2_000),
                )
            },
            body: Vec::new(),
            case: Some(CaseId::new(format!("MASH-2026-{:05}", case % KEYS))?),
            subjects: Vec::new(),
        })
    }

    /// The next `count` entries, together.
    pub(super) fn batch(&self, count: usize) -> Result<Batch, Failure> {
        Ok(Batch {
            entries: (0..count).map(|_| self.entry()).collect::<Result<_, _>>()?,
            ..Batch::default()
        })
    }

    /// The case of entry `n`.
    pub(super) fn case_of(n: u32) -> Pseudonym {
        hashed(b"case", n / PER_CASE)
    }
}

fn hashed(what: &[u8], n: u32) -> Pseudonym {
    Pseudonym::from_bytes(*Digest::of_parts(&[what, &n.to_be_bytes()]).as_bytes())
}

/// Opens the ledger in `dir` with the settings that gateways have.
pub(super) fn open(
    dir: &Path,
    progress: impl FnMut(Progress),
) -> Result<(Store, OpenReport), Failure> {
    Ok(Store::open_with(
        StoreConfig {
            dir: dir.to_owned(),
            origin: "stile.example/bench".to_owned(),
            ledger_key: LedgerKey::from_seed(&[1; 32])?,
            epoch_key: EpochKey::from_bytes([2; 32]),
            segment_bytes: StoreConfig::SEGMENT_BYTES,
            low_space_bytes: StoreConfig::LOW_SPACE_BYTES,
        },
        progress,
    )?)
}
