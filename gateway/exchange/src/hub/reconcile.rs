//! The hub's half of a reconciliation: it asks, compares, chases, and keeps the outcome.

mod compare;

use std::collections::BTreeSet;
use std::sync::Arc;

use hyper::Method;
use stile_ledger::tree::verify_consistency;
use stile_ledger::{Checkpoint, Vkey};
use stile_model::digest::Digest;
use stile_model::id::MemberId;
use stile_model::time::Timestamp;
use stile_store::{Batch, Tree};
use stile_trust::identity::Role;

use self::compare::Tally;
use super::receive::{Seen, consistency};
use super::{Hub, Lane};
use crate::agency::reconcile::{last, may_reconcile, recorded};
use crate::agency::routes::CONFIRMED_HEADER;
use crate::error::{ExchangeError, refuse};
use crate::people::Person;
use crate::reconcile::{Outcome, Reconciliation, Reconciliations, Release, ReleasePage};
use crate::witness::Step;

/// Before an agency's id: how the last reconciliation with it came out.
const RECONCILED: &[u8] = b"reconciled/";
/// Before an agency's id: since when it has been due for its first.
const AWAITED: &[u8] = b"reconcile-from/";
/// Before an agency's id: when one with it could not be worked out last.
const FAILED: &[u8] = b"reconcile-failed/";
/// From one reconciliation to the next, in seconds.
const DAILY_S: i64 = 86_400;
/// From one that could not be made to the next try, in seconds.
const AGAIN_S: i64 = 3_600;
/// Most pages that are read of one ledger: a thousand million entries.
const PAGES_MAX: u32 = 1_000_000;
/// Most releases and refusals that are compared: one every minute for almost four years.
const RELEASES_MAX: usize = 2_000_000;

/// What the agency's ledger has about this hub.
pub(super) struct Theirs {
    /// The head that was held when the reading began.
    seen: Option<Seen>,
    /// The newest page's, which extends it.
    head: Checkpoint,
    /// Its signed note.
    note: String,
    vkey: Vkey,
    /// Entries before this index lie in their archive.
    archived: u64,
    releases: Vec<Release>,
    refusals: BTreeSet<Digest>,
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
    /// The first one, when some could not be worked out or recorded: those wait as one does that cannot
    /// be reached, and hold up no other.
    pub async fn reconcile_due(self: &Arc<Self>) -> Result<usize, ExchangeError> {
        let (mut done, mut failed) = (0, None);
        for agency in self.agencies() {
            match self.reconcile_if_due(&agency).await {
                Ok(true) => done += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(%agency, %error, "a reconciliation could not be worked out");
                    // Where not even this is kept, it is tried again at the next call.
                    let _ = self.keep_date(FAILED, &agency).await;
                    failed = failed.or(Some(error));
                }
            }
        }
        failed.map_or(Ok(done), Err)
    }

    async fn reconcile_if_due(self: &Arc<Self>, agency: &MemberId) -> Result<bool, ExchangeError> {
        let due = self.is_due(agency).await?;
        if due {
            self.reconcile(agency).await?;
        }
        Ok(due)
    }

    async fn is_due(&self, agency: &MemberId) -> Result<bool, ExchangeError> {
        let now = self.clock.now();
        let passed = |since: Timestamp, wait_s: i64| now.since_millis(since) >= wait_s * 1_000;
        let failed = self.date(FAILED, agency)?;
        if failed.is_some_and(|since| !passed(since, AGAIN_S)) {
            return Ok(false);
        }
        if let Some(bytes) = self.store.get(Tree::Meta, &key(RECONCILED, agency))? {
            let Ok(before) = serde_json::from_slice::<Reconciliation>(&bytes) else {
                tracing::warn!(%agency, "how the last reconciliation came out cannot be read: another is made");
                return Ok(true);
            };
            let wait_s = match before.outcome {
                Outcome::Unreachable => AGAIN_S,
                Outcome::Agrees
                | Outcome::Differs
                | Outcome::LedgerInconsistent
                | Outcome::LedgerRolledBack => DAILY_S,
            };
            return Ok(passed(before.at, wait_s));
        }
        if let Some(since) = self.date(AWAITED, agency)? {
            return Ok(passed(since, DAILY_S));
        }
        self.keep_date(AWAITED, agency).await?;
        Ok(false)
    }

    /// The instant that is kept of an agency.
    fn date(&self, prefix: &[u8], agency: &MemberId) -> Result<Option<Timestamp>, ExchangeError> {
        let bytes = self.store.get(Tree::Meta, &key(prefix, agency))?;
        let date = bytes.map(|bytes| serde_json::from_slice(&bytes));
        date.transpose().map_err(|_| ExchangeError::Stored("date"))
    }

    /// Keeps of an agency that it is now.
    async fn keep_date(&self, prefix: &[u8], agency: &MemberId) -> Result<(), ExchangeError> {
        let now = serde_json::to_vec(&self.clock.now());
        let now = now.map_err(|_| ExchangeError::Stored("date"))?;
        let batch = Batch::put(Tree::Meta, key(prefix, agency), Some(now));
        self.store.commit(batch).await?;
        Ok(())
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
                let differing = tally.report.differing;
                tally.report.outcome = if differing == 0 {
                    Outcome::Agrees
                } else {
                    tracing::error!(%agency, differing, "a reconciliation found differences");
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
        let batch = recorded(RECONCILED, agency, &report, self.clock.now())?;
        let mut step = None;
        let turn = self.witnessing.turn(agency).await;
        if let Some(theirs) = theirs {
            // An answer, or the agency's own submission, may have moved it on meanwhile.
            let newer = theirs.seen.is_none_or(|seen| seen.size < theirs.head.size);
            if newer && self.seen(agency)? == theirs.seen {
                let Theirs {
                    head, note, vkey, ..
                } = &theirs;
                let from = theirs.seen.map_or(0, |seen| seen.size);
                step = Some(self.witnessing.hold(agency, from, (head, note), vkey)?);
            }
        }
        Step::commit(&self.store, batch, step).await?;
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
                archived: 0,
                releases: Vec::new(),
                refusals: BTreeSet::new(),
            });
            (all.head, all.note) = (head, page.checkpoint);
            all.archived = all.archived.max(page.archived);
            all.releases.extend(page.releases);
            all.refusals.extend(page.refusals);
            // An agency must not fill this hub's memory.
            if all.releases.len().saturating_add(all.refusals.len()) > RELEASES_MAX {
                return Err(Outcome::Unreachable);
            }
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
}

fn key(prefix: &[u8], agency: &MemberId) -> Vec<u8> {
    [prefix, agency.as_str().as_bytes()].concat()
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
