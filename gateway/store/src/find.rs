//! Finding entries by case, person, officer, member, rule, kind, reason and time, newest first.
//!
//! Finished blocks are narrowed down by their postings; the newest entries, which have none yet, are
//! all looked at. Every entry is then held against the question itself: a posting only suggests.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use stile_ledger::{EntryKind, Leaf, Pseudonym, SubjectKey};
use stile_model::id::{Code, MemberId, RuleId};
use stile_model::time::Timestamp;

use crate::error::StoreError;
use crate::poster::read_count;
use crate::postings::{BLOCK, Bits, POSTED, Term, block_of};
use crate::read::{after, past_prefix};
use crate::store::Store;

/// Most entries of one page.
const MOST: usize = 1_000;
/// Rows read at once.
const PAGE: usize = 2_000;

/// Which entries are wanted: those that fit everything that is given.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Of this case.
    pub case: Option<Pseudonym>,
    /// By this officer.
    pub actor: Option<Pseudonym>,
    /// About this person. What was erased is not found.
    pub subject: Option<SubjectKey>,
    /// This member is the counterpart or among the recipients.
    pub member: Option<MemberId>,
    /// Decided by this rule.
    pub rule: Option<RuleId>,
    /// For this coded reason.
    pub reason: Option<Code>,
    /// Of one of these kinds; any when empty.
    pub kinds: BTreeSet<EntryKind>,
    /// Recorded at this time or later, by the gateway's clock.
    pub from: Option<Timestamp>,
    /// Recorded before this time.
    pub until: Option<Timestamp>,
    /// Only entries with a smaller index: the page's `next`.
    pub before: Option<u64>,
    /// Most entries wanted, 1 to 1,000.
    pub limit: usize,
}

/// Some of the entries that fit, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Index and leaf.
    pub entries: Vec<(u64, Leaf)>,
    /// Ask again with this as `before`; `None` when there are no more.
    pub next: Option<u64>,
    /// The search has come to entries that lie in an archive. Those were not searched.
    pub archived: bool,
}

impl Query {
    fn fits(&self, leaf: &Leaf) -> bool {
        let entry = &leaf.entry;
        let any =
            |wanted: &Option<Pseudonym>, is: &Option<Pseudonym>| wanted.is_none() || wanted == is;
        let member = self.member.as_ref().is_none_or(|member| {
            entry.member.as_ref() == Some(member) || entry.recipients.contains(member)
        });
        any(&self.case, &entry.case)
            && any(&self.actor, &entry.actor)
            && member
            && self
                .rule
                .as_ref()
                .is_none_or(|rule| entry.rules.contains(rule))
            && (self.reason.is_none() || self.reason == entry.reason)
            && (self.kinds.is_empty() || self.kinds.contains(&entry.kind))
            && self.from.is_none_or(|from| entry.time >= from)
            && self.until.is_none_or(|until| entry.time < until)
    }

    /// For each thing asked for, the values that would do.
    fn terms(&self, store: &Store) -> Result<Vec<Vec<Range<Vec<u8>>>>, StoreError> {
        let mut terms = vec![
            self.case.as_ref().map(Term::case),
            self.actor.as_ref().map(Term::actor),
            self.member.as_ref().map(Term::member),
            self.rule.as_ref().map(Term::rule),
            self.reason.as_ref().map(Term::reason),
        ];
        if let Some(subject) = &self.subject {
            let token = store.shared.keyring.subject_token(subject.as_bytes())?;
            terms.push(Some(Term::subject(&token)));
        }
        let one = |term: &Term| term.prefix().to_vec()..past_prefix(term.prefix());
        let mut wanted: Vec<_> = terms.iter().flatten().map(|term| vec![one(term)]).collect();
        if !self.kinds.is_empty() {
            let kinds = self.kinds.iter().map(|kind| one(&Term::kind(*kind)));
            wanted.push(kinds.collect());
        }
        if self.from.is_some() || self.until.is_some() {
            let first = Term::day(self.from.unwrap_or(Timestamp::from_millis(i64::MIN)));
            let last = Term::day(self.until.unwrap_or(Timestamp::from_millis(i64::MAX)));
            wanted.push(vec![first.prefix().to_vec()..past_prefix(last.prefix())]);
        }
        Ok(wanted)
    }
}

impl Store {
    /// One page of the entries that fit `query`, newest first.
    ///
    /// Entries that somebody records meanwhile come on no page; ask again from the top for them.
    ///
    /// # Errors
    ///
    /// When the index or an entry cannot be read.
    pub fn find(&self, query: &Query) -> Result<Page, StoreError> {
        let limit = query.limit.clamp(1, MOST);
        let mut page = Page {
            entries: Vec::new(),
            next: None,
            archived: false,
        };
        match self.fill(query, limit, &mut page) {
            Ok(()) => page.archived = page.next.is_none() && self.archived() > 0,
            Err(StoreError::Archived(_)) => page.archived = true,
            Err(error) => return Err(error),
        }
        Ok(page)
    }

    /// Looks from the newest entry on, until the page is full or an archived entry is met.
    fn fill(&self, query: &Query, limit: usize, page: &mut Page) -> Result<(), StoreError> {
        let size = self.head().size;
        let end = query.before.map_or(size, |before| before.min(size));
        // Read before the blocks are, so that a block finished meanwhile is looked at in full.
        let posted = self.posted()?.saturating_mul(BLOCK).min(end);
        for index in (posted..end).rev() {
            if self.look(query, index, limit, page)? {
                return Ok(());
            }
        }
        let Some(blocks) = self.narrowed(query, posted)? else {
            for index in (0..posted).rev() {
                if self.look(query, index, limit, page)? {
                    return Ok(());
                }
            }
            return Ok(());
        };
        for (block, bits) in blocks.into_iter().rev() {
            let indexes = bits.descending().map(|offset| block * BLOCK + offset);
            for index in indexes.filter(|index| *index < posted) {
                if self.look(query, index, limit, page)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Takes entry `index` if it fits. `true` once the page is full.
    fn look(
        &self,
        query: &Query,
        index: u64,
        limit: usize,
        page: &mut Page,
    ) -> Result<bool, StoreError> {
        let leaf = Leaf::parse(&self.entry(index)?)?;
        if !query.fits(&leaf) {
            return Ok(false);
        }
        if let Some(subject) = &query.subject
            && !self.subjects(index)?.contains(subject)
        {
            return Ok(false);
        }
        if page.entries.len() == limit {
            // One more fits, so there is a next page; it starts with this one.
            page.next = Some(index + 1);
            return Ok(true);
        }
        page.entries.push((index, leaf));
        Ok(false)
    }

    /// Entries that may fit, by block, among those below `end`; `None` when nothing narrows it down.
    fn narrowed(&self, query: &Query, end: u64) -> Result<Option<BTreeMap<u64, Bits>>, StoreError> {
        let mut all: Option<BTreeMap<u64, Bits>> = None;
        for ranges in query.terms(self)? {
            let mut these = BTreeMap::new();
            for range in ranges {
                self.gather(range, end, &mut these)?;
            }
            if let Some(before) = &all {
                these.retain(|block, bits| {
                    bits.and(before.get(block).unwrap_or(&Bits::NONE));
                    !bits.is_none()
                });
            }
            all = Some(these);
        }
        Ok(all)
    }

    fn gather(
        &self,
        range: Range<Vec<u8>>,
        end: u64,
        into: &mut BTreeMap<u64, Bits>,
    ) -> Result<(), StoreError> {
        let garbled = || self.shared.broken("a posting is garbled");
        let mut start = range.start;
        loop {
            let rows = self.merged(start..range.end.clone(), PAGE)?;
            let Some((last, _)) = rows.last_key_value() else {
                return Ok(());
            };
            start = after(last);
            for (key, value) in &rows {
                let block = block_of(key).ok_or_else(garbled)?;
                if block * BLOCK < end {
                    let bits = Bits::read(value).ok_or_else(garbled)?;
                    into.entry(block).or_insert(Bits::NONE).or(&bits);
                }
            }
        }
    }

    /// Finished blocks of 1,024 entries that have no postings yet: searches read them in full.
    ///
    /// # Errors
    ///
    /// When the index cannot be read.
    pub fn unposted(&self) -> Result<u64, StoreError> {
        Ok((self.head().size / BLOCK).saturating_sub(self.posted()?))
    }

    /// Blocks that have their postings.
    pub(crate) fn posted(&self) -> Result<u64, StoreError> {
        read_count(self.shared.row(POSTED)?)
    }
}
