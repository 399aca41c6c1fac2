//! What is committed, and what comes back.

use stile_ledger::{Checkpoint, Entry, Leaf, LedgerError, SubjectKey, proof};
use stile_model::digest::Digest;
use stile_model::id::CaseId;

use crate::error::StoreError;

/// A named space of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tree {
    /// Accounts with which people sign in, the one-time codes that were used last, and forms that came
    /// too late.
    Accounts,
    /// Returns whose acknowledgement the agency took: enquiry id, then the number of the return.
    Acknowledged,
    /// Decisions asked of and made by named people.
    Approvals,
    /// Cases of the hub.
    Cases,
    /// Numbered copies of products, and their deliveries.
    Copies,
    /// The hub's desk: drafts, referrals, open cases, what was done on each.
    Desk,
    /// Enquiries sent or admitted.
    Enquiries,
    /// Erasures under way, asked for and done, holds, outcomes. The key `run` is the store's own.
    Erasures,
    /// What happened in a case, in order.
    Events,
    /// The store's users' own settings and marks.
    Meta,
    /// Policies: proposed, signed, in force, superseded.
    Policies,
    /// How far each agency has come with an enquiry.
    Progress,
    /// Ids seen, so that nothing is answered twice, and what was answered to presence requests.
    Replay,
    /// Signed returns.
    Returns,
    /// Whom each entry is about: entry index, 8 bytes big-endian, to subject keys of 32 bytes each.
    Subjects,
    /// Work to be done later.
    Tasks,
    /// Heads of other members' ledgers.
    Witness,
}

impl Tree {
    /// The number the journal keeps; never reused.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Approvals => 1,
            Self::Cases => 2,
            Self::Enquiries => 3,
            Self::Events => 4,
            Self::Meta => 5,
            Self::Progress => 6,
            Self::Replay => 7,
            Self::Returns => 8,
            Self::Tasks => 9,
            Self::Witness => 10,
            Self::Subjects => 11,
            Self::Erasures => 12,
            Self::Acknowledged => 13,
            Self::Policies => 14,
            Self::Desk => 15,
            Self::Accounts => 16,
            Self::Copies => 17,
        }
    }
}

/// One entry to be recorded, with the confidential body it commits to.
#[derive(Clone)]
pub struct PendingEntry {
    /// The entry, without nonce and commitment: the store adds both.
    pub entry: Entry,
    /// The body, sealed before it is written; at most 16 MiB.
    pub body: Vec<u8>,
    /// The case whose key seals the body and the subjects.
    pub case: Option<CaseId>,
    /// Whom it is about, so that a subject-access search finds it; at most 1,024. Kept sealed in
    /// [`Tree::Subjects`], never in the leaf.
    pub subjects: Vec<SubjectKey>,
}

impl PendingEntry {
    /// The sealed record's content: the keys one after another.
    pub(crate) fn subject_bytes(&self) -> Option<Vec<u8>> {
        let bytes: Vec<u8> = self
            .subjects
            .iter()
            .flat_map(|key| *key.as_bytes())
            .collect();
        (!bytes.is_empty()).then_some(bytes)
    }
}

/// A key's new value, or its removal.
#[derive(Clone)]
pub struct Put {
    /// The space of the key.
    pub tree: Tree,
    /// At most 1,024 bytes; stored readable, so never personal data.
    pub key: Vec<u8>,
    /// Sealed before it is written; at most 16 MiB; `None` removes the key.
    pub value: Option<Vec<u8>>,
    /// The case whose key seals the value.
    pub case: Option<CaseId>,
}

/// What is recorded together or not at all.
#[derive(Clone, Default)]
pub struct Batch {
    /// Evidence entries, in order; at most 1,024.
    pub entries: Vec<PendingEntry>,
    /// Changes of state, in order; at most 16,384.
    pub puts: Vec<Put>,
    /// Keys that must be absent, decided at the moment of writing.
    pub require_absent: Vec<(Tree, Vec<u8>)>,
    /// Does this record that something was *not* disclosed? Then it may use the space kept back.
    pub refusal_only: bool,
}

impl Batch {
    /// A batch of one entry.
    pub fn entry(entry: Entry, body: Vec<u8>, case: Option<CaseId>) -> Self {
        Self {
            entries: vec![PendingEntry {
                entry,
                body,
                case,
                subjects: Vec::new(),
            }],
            ..Self::default()
        }
    }

    /// A batch of one change of state.
    pub fn put(tree: Tree, key: impl Into<Vec<u8>>, value: Option<Vec<u8>>) -> Self {
        Self {
            puts: vec![Put {
                tree,
                key: key.into(),
                value,
                case: None,
            }],
            ..Self::default()
        }
    }

    /// Bytes it takes while it waits, and will need in the journal, rounded up.
    pub(crate) fn weight(&self) -> usize {
        let entries = self
            .entries
            .iter()
            .map(|pending| pending.body.len() + pending.subjects.len() * 32 + 2_048);
        let puts = self
            .puts
            .iter()
            .map(|put| put.key.len() + put.value.as_ref().map_or(0, Vec::len) + 512);
        let absent = self.require_absent.iter().map(|(_, key)| key.len() + 64);
        let all = entries.chain(puts).chain(absent);
        all.fold(0, usize::saturating_add)
    }

    /// Refuses what is out of bounds before it reaches the writer.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.entries.is_empty() && self.puts.is_empty() {
            return Err(StoreError::Batch("it is empty"));
        }
        if self.entries.len() > MAX_ENTRIES || self.puts.len() > MAX_PUTS {
            return Err(StoreError::Batch("more than 1,024 entries or 16,384 puts"));
        }
        if self
            .entries
            .iter()
            .any(|pending| pending.subjects.len() > MAX_SUBJECTS)
        {
            return Err(StoreError::Batch("an entry has more than 1,024 subjects"));
        }
        let bodies = self.entries.iter().map(|pending| pending.body.len());
        let values = self
            .puts
            .iter()
            .filter_map(|put| put.value.as_ref().map(Vec::len));
        if bodies.chain(values).any(|length| length > MAX_VALUE) || self.weight() > MAX_WEIGHT {
            return Err(StoreError::Batch(
                "a body or value is over 16 MiB, or all over 32 MiB",
            ));
        }
        let keys = self.puts.iter().map(|put| &put.key);
        let absent = self.require_absent.iter().map(|(_, key)| key);
        if keys
            .chain(absent)
            .any(|key| key.is_empty() || key.len() > MAX_KEY)
        {
            return Err(StoreError::Batch("a key is not 1 to 1,024 bytes"));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Batch({} entries, {} puts)",
            self.entries.len(),
            self.puts.len()
        )
    }
}

const MAX_ENTRIES: usize = 1_024;
const MAX_PUTS: usize = 16_384;
const MAX_SUBJECTS: usize = 1_024;
const MAX_VALUE: usize = 16 * 1024 * 1024;
const MAX_KEY: usize = stile_ledger::frame::MAX_KEY;
/// Most bytes of one batch, and of one group of batches.
pub(crate) const MAX_WEIGHT: usize = 32 * 1024 * 1024;

/// What a durable commit gives.
#[derive(Debug, Clone)]
pub struct Committed {
    /// One for every entry of the batch, in order.
    pub receipts: Vec<Receipt>,
    /// The signed head after the batch.
    pub head: Checkpoint,
}

/// Proof that an entry is durably recorded. Only the store makes one, and only from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    proof: proof::Receipt,
    leaf: Vec<u8>,
    digest: Option<Digest>,
    size: u64,
}

impl Receipt {
    /// Joins a durable leaf to its proof. The caller has seen the leaf's frame flushed.
    pub(crate) fn of_durable(
        leaf: Vec<u8>,
        proof: proof::Receipt,
        size: u64,
    ) -> Result<Self, LedgerError> {
        let digest = Leaf::parse(&leaf)?.entry.digest;
        Ok(Self {
            proof,
            leaf,
            digest,
            size,
        })
    }

    /// As [`Receipt::of_durable`], for a leaf that this process made and whose digest it knows.
    pub(crate) const fn of_known(
        leaf: Vec<u8>,
        digest: Option<Digest>,
        proof: proof::Receipt,
        size: u64,
    ) -> Self {
        Self {
            proof,
            leaf,
            digest,
            size,
        }
    }

    /// The entry's place in the ledger, from zero.
    pub const fn index(&self) -> u64 {
        self.proof.index
    }

    /// Number of entries of the head it is proved against.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The receipt to hand out: tlog-proof@v1 text.
    pub fn text(&self) -> String {
        self.proof.text()
    }

    /// The proof itself.
    pub const fn proof(&self) -> &proof::Receipt {
        &self.proof
    }

    /// The recorded leaf's bytes.
    pub fn leaf(&self) -> &[u8] {
        &self.leaf
    }

    /// The digest the entry names: of the return or enquiry it is about.
    pub const fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }
}
