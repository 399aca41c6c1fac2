//! The hub's half of a reconciliation: it asks, compares, chases, and keeps the outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hyper::Method;
use stile_ledger::tree::verify_consistency;
use stile_ledger::{Checkpoint, EntryKind, Leaf, Vkey, proof};
use stile_model::digest::Digest;
use stile_model::id::{EnquiryId, MemberId};
use stile_model::time::Timestamp;
use stile_store::{StoreError, Tree};
use stile_trust::identity::Role;

use super::progress::{Sent, State};
use super::receive::{Kept, Seen, consistency};
use super::{Hub, Lane};
use crate::agency::reconcile::{last, may_reconcile, recorded};
use crate::agency::routes::CONFIRMED_HEADER;
use crate::error::{ExchangeError, refuse};
use crate::people::Person;
use crate::reconcile::{
    DIFFERENCES_MAX, Difference, Lack, Outcome, Reconciliation, Reconciliations, Release,
    ReleasePage,
};
use crate::stored::every;
use crate::wire::Acknowledgement;

/// Before an agency's id: how the last reconciliation with it came out.
const RECONCILED: &[u8] = b"reconciled/";
/// Before an agency's id: since when it has been due for its first.
const AWAITED: &[u8] = b"reconcile-from/";
/// From one reconciliation to the next, in seconds.
const DAILY_S: i64 = 86_400;
/// From one that could not be made to the next try, in seconds.
const AGAIN_S: i64 = 3_600;
/// A question younger than this may still be on its way, in seconds.
const ON_ITS_WAY_S: i64 = 600;
/// Entries of our own ledger read at once.
const PAGE: u64 = 1_000;
/// Most pages that are read of one ledger: a thousand million entries.
const PAGES_MAX: u32 = 1_000_000;

/// A return that this hub holds.
struct Held {
    of: (EnquiryId, u32),
    permit: u64,
}

/// Why a return that was received is not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gone {
    Erased,
    Lost,
}

/// What this hub has about one agency.
#[derive(Default)]
struct Ours {
    sent: BTreeMap<EnquiryId, Sent>,
    held: BTreeMap<Digest, Held>,
    /// Received, by our own ledger, and no longer held: erased with its case, or lost.
    gone: BTreeMap<Digest, Gone>,
}

/// What the agency's ledger has about this hub.
struct Theirs {
    /// The head that was held when the reading began.
    seen: Option<Seen>,
    /// The newest page's, which extends it.
    head: Checkpoint,
    /// Its signed note.
    note: String,
    vkey: Vkey,
    releases: Vec<Release>,
    refusals: BTreeSet<Digest>,
}

/// An outcome in the making.
struct Tally {
    report: Reconciliation,
}

impl Tally {
    fn add(&mut self, what: Lack, of: Option<(EnquiryId, u32)>, permit: Option<u64>) {
        self.report.differing = self.report.differing.saturating_add(1);
        if self.report.differences.len() < DIFFERENCES_MAX {
            self.report.differences.push(Difference {
                what,
                enquiry: of.map(|(enquiry, _)| enquiry),
                n: of.map(|(_, n)| n).filter(|n| *n > 0),
                permit,
            });
        }
    }
}

impl Hub {
    /// Reconciles with one agency, or with all, on a person's word.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_agency`, or when an outcome could not be recorded.
    pub async fn reconcile_now(
        self: &Arc<Self>,
        person: &Person,
        with: Option<&MemberId>,
    ) -> Result<Reconciliations, ExchangeError> {
        may_reconcile(person)?;
        let agencies = match with {
            None => self.agencies(),
            Some(one) if self.agencies().contains(one) => vec![one.clone()],
            Some(_) => {
                return Err(refuse(
                    "unknown_agency",
                    422,
                    "the directory has no such agency",
                ));
            }
        };
        let mut reconciliations = Vec::new();
        for agency in agencies {
            let hub = Arc::clone(self);
            // Goes on to its end, and is recorded, even when the person waits no longer.
            let done = tokio::spawn(async move { hub.reconcile(&agency).await }).await;
            reconciliations.push(done.map_err(|_| ExchangeError::Stored("reconciliation"))??);
        }
        Ok(Reconciliations { reconciliations })
    }

    /// How the last reconciliation with each agency came out.
    ///
    /// # Errors
    ///
    /// `role_missing`, or when the store cannot be read.
    pub fn reconciliations(&self, person: &Person) -> Result<Reconciliations, ExchangeError> {
        may_reconcile(person)?;
        last(&self.store)
    }

    /// Reconciles with every agency whose day has come.
    ///
    /// # Errors
    ///
    /// When an outcome could not be recorded; the others are tried again at the next call.
    pub async fn reconcile_due(self: &Arc<Self>) -> Result<usize, ExchangeError> {
        let mut done = 0;
        for agency in self.agencies() {
            if self.is_due(&agency).await? {
                self.reconcile(&agency).await?;
                done += 1;
            }
        }
        Ok(done)
    }

    async fn is_due(&self, agency: &MemberId) -> Result<bool, ExchangeError> {
        let now = self.clock.now();
        let passed = |since: Timestamp, wait_s: i64| now.since_millis(since) >= wait_s * 1_000;
        let key = |prefix: &[u8]| [prefix, agency.as_str().as_bytes()].concat();
        if let Some(bytes) = self.store.get(Tree::Meta, &key(RECONCILED))? {
            let before: Reconciliation = serde_json::from_slice(&bytes)
                .map_err(|_| ExchangeError::Stored("reconciliation"))?;
            let wait_s = match before.outcome {
                Outcome::Unreachable => AGAIN_S,
                Outcome::Agrees
                | Outcome::Differs
                | Outcome::LedgerInconsistent
                | Outcome::LedgerRolledBack => DAILY_S,
            };
            return Ok(passed(before.at, wait_s));
        }
        if let Some(bytes) = self.store.get(Tree::Meta, &key(AWAITED))? {
            let since: Timestamp =
                serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("date"))?;
            return Ok(passed(since, DAILY_S));
        }
        let since = serde_json::to_vec(&now).map_err(|_| ExchangeError::Stored("date"))?;
        let batch = stile_store::Batch::put(Tree::Meta, key(AWAITED), Some(since));
        self.store.commit(batch).await?;
        Ok(false)
    }

    fn agencies(&self) -> Vec<MemberId> {
        let directory = self.directory.load();
        let agencies = directory.members.iter();
        let agencies = agencies.filter(|member| member.role == Role::Agency);
        agencies.map(|member| member.id.clone()).collect()
    }

    /// Reconciles with one agency and records the outcome on both sides.
    ///
    /// # Errors
    ///
    /// When this side could not record it.
    pub(super) async fn reconcile(
        self: &Arc<Self>,
        agency: &MemberId,
    ) -> Result<Reconciliation, ExchangeError> {
        let now = self.clock.now();
        let mut tally = Tally {
            report: Reconciliation {
                hub: self.me.clone(),
                agency: agency.clone(),
                at: now,
                outcome: Outcome::Unreachable,
                size: 0,
                releases: 0,
                returns: 0,
                pending: 0,
                chased: 0,
                differing: 0,
                differences: Vec::new(),
            },
        };
        match self.read_theirs(agency).await {
            Ok(theirs) => {
                let (hub, whose) = (Arc::clone(self), agency.clone());
                let ours = tokio::task::spawn_blocking(move || hub.ours(&whose)).await;
                let ours = ours.map_err(|_| ExchangeError::Stored("return"))??;
                tally.report.size = theirs.head.size;
                self.compare(agency, &ours, &theirs, &mut tally).await?;
                tally.report.outcome = if tally.report.differing == 0 {
                    Outcome::Agrees
                } else {
                    Outcome::Differs
                };
                self.settle(agency, tally.report, Some(theirs)).await
            }
            Err(outcome) => {
                tracing::error!(%agency, outcome = outcome.word(), "a reconciliation failed");
                tally.report.outcome = outcome;
                self.settle(agency, tally.report, None).await
            }
        }
    }

    /// Records the outcome here, then tells the agency; what it does not hear, it asks for next day.
    async fn settle(
        &self,
        agency: &MemberId,
        report: Reconciliation,
        theirs: Option<Theirs>,
    ) -> Result<Reconciliation, ExchangeError> {
        let mut batch = recorded(RECONCILED, agency, &report, self.clock.now())?;
        let turn = self.witnessing.turn(agency).await;
        if let Some(theirs) = theirs {
            // An answer, or the agency's own submission, may have moved it on meanwhile.
            let newer = theirs.seen.is_none_or(|seen| seen.size < theirs.head.size);
            if newer && self.seen(agency)? == theirs.seen {
                let Theirs {
                    head, note, vkey, ..
                } = &theirs;
                batch
                    .puts
                    .push(self.witnessing.hold(agency, head, note, vkey)?);
            }
        }
        self.store.commit(batch).await?;
        drop(turn);
        if report.outcome != Outcome::Unreachable {
            self.tell_outcome(agency, &report).await;
        }
        Ok(report)
    }

    async fn tell_outcome(&self, agency: &MemberId, report: &Reconciliation) {
        let body = serde_json::to_vec(report).unwrap_or_default();
        let headers = [("content-type", "application/json".to_owned())];
        let Ok(client) = self.client(agency, Lane::Ask).await else {
            return;
        };
        let wait = self.settings.agency_deadline;
        let said = client
            .call(Method::POST, "/v1/reconciliation", &headers, body, wait)
            .await;
        match said {
            Ok(reply) if reply.status.is_success() => {}
            Ok(reply) => {
                tracing::warn!(%agency, status = %reply.status, "the outcome of a reconciliation was refused");
            }
            Err(error) => {
                tracing::warn!(%agency, %error, "the outcome of a reconciliation was not delivered");
            }
        }
    }

    /// Reads everything, proving under each page's head that the ledger only grew.
    async fn read_theirs(&self, agency: &MemberId) -> Result<Theirs, Outcome> {
        let seen = self.seen(agency).map_err(|_| Outcome::Unreachable)?;
        let vkey = self.vkey_of(agency).ok_or(Outcome::Unreachable)?;
        let mut theirs: Option<Theirs> = None;
        let mut from = Some(0);
        for _ in 0..PAGES_MAX {
            let Some(start) = from else { break };
            let page = self.page(agency, start, seen).await?;
            let head = match grown(&page, seen, &vkey) {
                Ok(head) => head,
                Err(outcome) => {
                    self.suspect(agency, &page).await;
                    return Err(outcome);
                }
            };
            // A page that does not go on would be read for ever.
            if page.next.is_some_and(|next| next <= start) {
                return Err(Outcome::Unreachable);
            }
            from = page.next;
            let all = theirs.get_or_insert_with(|| Theirs {
                seen,
                head: head.clone(),
                note: String::new(),
                vkey: vkey.clone(),
                releases: Vec::new(),
                refusals: BTreeSet::new(),
            });
            (all.head, all.note) = (head, page.checkpoint);
            all.releases.extend(page.releases);
            all.refusals.extend(page.refusals);
        }
        theirs.ok_or(Outcome::Unreachable)
    }

    /// What the agency's own key has signed does not follow the head held of its ledger.
    async fn suspect(&self, agency: &MemberId, page: &ReleasePage) {
        if let Ok(Some(held)) = self.witnessing.held(agency) {
            self.witnessing
                .suspect(agency, &held, &page.checkpoint)
                .await;
        }
    }

    fn vkey_of(&self, agency: &MemberId) -> Option<Vkey> {
        let directory = self.directory.load();
        directory.member(agency)?.ledger_key.parse().ok()
    }

    async fn page(
        &self,
        agency: &MemberId,
        from: u64,
        seen: Option<Seen>,
    ) -> Result<ReleasePage, Outcome> {
        let client = self.client(agency, Lane::Ask).await;
        let client = client.map_err(|_| Outcome::Unreachable)?;
        let confirmed = seen.map_or(0, |seen| seen.size).to_string();
        let path = format!("/v1/reconciliation/releases?from={from}");
        let reply = client
            .call(
                Method::GET,
                &path,
                &[(CONFIRMED_HEADER, confirmed)],
                Vec::new(),
                self.settings.agency_deadline,
            )
            .await
            .map_err(|_| Outcome::Unreachable)?;
        if !reply.status.is_success() {
            return Err(Outcome::Unreachable);
        }
        serde_json::from_slice(&reply.body).map_err(|_| Outcome::Unreachable)
    }

    /// Every question to this agency, and every return of it that is really held.
    fn ours(&self, agency: &MemberId) -> Result<Ours, ExchangeError> {
        let mut ours = Ours::default();
        for (_, value) in every(&self.store, Tree::Enquiries, &[])? {
            let sent: Sent =
                serde_json::from_slice(&value).map_err(|_| ExchangeError::Stored("enquiry"))?;
            if sent.enquiry.to != *agency {
                continue;
            }
            let id = sent.enquiry.id;
            for n in 1..=sent.n {
                let key = [id.as_bytes().as_slice(), &n.to_be_bytes()].concat();
                if let Some(bytes) = self.store.get(Tree::Returns, &key)? {
                    let kept = Kept::read(&bytes)?;
                    let permit = proof::Receipt::parse(&kept.envelope.receipt)
                        .map_err(|_| ExchangeError::Stored("receipt"))?
                        .index;
                    let digest = Digest::of(kept.payload.as_bytes());
                    ours.held.insert(
                        digest,
                        Held {
                            of: (id, n),
                            permit,
                        },
                    );
                }
            }
            ours.sent.insert(id, sent);
        }
        self.find_gone(agency, &mut ours)?;
        Ok(ours)
    }

    /// What our own ledger says was received and is not held any more.
    fn find_gone(&self, agency: &MemberId, ours: &mut Ours) -> Result<(), ExchangeError> {
        let size = self.store.head().size;
        let mut from = 0;
        while from < size {
            let end = from.saturating_add(PAGE).min(size);
            for (index, leaf) in (from..end).zip(self.store.entries(from..end)?) {
                let leaf = Leaf::parse(&leaf).map_err(|_| ExchangeError::Stored("entry"))?;
                let (Some(digest), EntryKind::ReturnReceived) =
                    (leaf.entry.digest, leaf.entry.kind)
                else {
                    continue;
                };
                if leaf.entry.member.as_ref() != Some(agency) || ours.held.contains_key(&digest) {
                    continue;
                }
                let gone = match self.store.body(index) {
                    Err(StoreError::Erased) => Gone::Erased,
                    Ok(_) => Gone::Lost,
                    Err(error) => return Err(error.into()),
                };
                ours.gone.insert(digest, gone);
            }
            from = end;
        }
        Ok(())
    }

    async fn compare(
        &self,
        agency: &MemberId,
        ours: &Ours,
        theirs: &Theirs,
        tally: &mut Tally,
    ) -> Result<(), ExchangeError> {
        tally.report.releases = u32::try_from(theirs.releases.len()).unwrap_or(u32::MAX);
        tally.report.returns = u32::try_from(ours.held.len()).unwrap_or(u32::MAX);
        for release in &theirs.releases {
            match ours.held.get(&release.digest) {
                Some(_) if release.acknowledged || release.of.is_none() => {}
                Some(held) => self.chase(agency, held, release, tally).await?,
                None => not_held(ours, release, tally),
            }
        }
        let released: BTreeSet<_> = theirs.releases.iter().map(|one| one.digest).collect();
        for (digest, held) in &ours.held {
            if !released.contains(digest) {
                tally.add(Lack::NotInTheirLedger, Some(held.of), Some(held.permit));
            }
        }
        let admitted: BTreeSet<_> = theirs.releases.iter().filter_map(|one| one.of).collect();
        for sent in ours.sent.values() {
            let first = (sent.enquiry.id, 1);
            let refused = theirs.refusals.contains(&Digest::of(sent.jws.as_bytes()));
            if sent.n > 0 || refused || admitted.contains(&first) {
                continue;
            }
            let age_ms = tally.report.at.since_millis(sent.enquiry.issued);
            if age_ms <= ON_ITS_WAY_S * 1_000 && !sent.is_finished() {
                tally.report.pending = tally.report.pending.saturating_add(1);
            } else if sent.state != State::Superseded {
                tally.add(Lack::Unanswered, Some((sent.enquiry.id, 0)), None);
            }
        }
        Ok(())
    }

    /// Says again that a return is held.
    async fn chase(
        &self,
        agency: &MemberId,
        held: &Held,
        release: &Release,
        tally: &mut Tally,
    ) -> Result<(), ExchangeError> {
        let (enquiry, n) = held.of;
        if self.was_acknowledged(enquiry, n)? {
            tally.add(
                Lack::AcknowledgementLost,
                Some(held.of),
                Some(release.permit),
            );
        }
        let word = Acknowledgement {
            enquiry,
            n,
            digest: release.digest,
        };
        if self.acknowledge(agency, &word).await {
            tally.report.chased = tally.report.chased.saturating_add(1);
        } else {
            tally.add(Lack::Unacknowledged, Some(held.of), Some(release.permit));
        }
        Ok(())
    }
}

/// A release that is not held is on its way, was lost here, or never came.
fn not_held(ours: &Ours, release: &Release, tally: &mut Tally) {
    let sent = release.of.and_then(|(enquiry, _)| ours.sent.get(&enquiry));
    let (what, waits) = match (ours.gone.get(&release.digest), release.of, sent) {
        // Erased with its case, as it should be: the entry that it was received stands.
        (Some(Gone::Erased), _, _) => return,
        (Some(Gone::Lost), _, _) => (Lack::LostHere, false),
        (None, Some((_, n)), Some(sent)) => (Lack::NotReceived, !sent.is_finished() && n > sent.n),
        (None, _, _) => (Lack::NotReceived, false),
    };
    if waits {
        tally.report.pending = tally.report.pending.saturating_add(1);
    } else {
        tally.add(what, release.of, Some(release.permit));
    }
}

/// The page's head, if it proves that the ledger only grew since `seen`.
fn grown(page: &ReleasePage, seen: Option<Seen>, vkey: &Vkey) -> Result<Checkpoint, Outcome> {
    let head = Checkpoint::open(&page.checkpoint, vkey).map_err(|_| Outcome::LedgerInconsistent)?;
    let Some(seen) = seen else { return Ok(head) };
    if head.size < seen.size {
        return Err(Outcome::LedgerRolledBack);
    }
    let proof = consistency(&page.consistency).ok_or(Outcome::LedgerInconsistent)?;
    verify_consistency(seen.size, &seen.root, head.size, &head.root, &proof)
        .map_err(|_| Outcome::LedgerInconsistent)?;
    Ok(head)
}
