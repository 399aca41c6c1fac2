//! What this hub has about an agency, held against what the agency's ledger has about this hub.

use std::collections::{BTreeMap, BTreeSet};

use stile_ledger::{EntryKind, Leaf, proof};
use stile_model::digest::Digest;
use stile_model::id::{EnquiryId, MemberId};
use stile_store::{StoreError, Tree};

use super::Theirs;
use crate::error::ExchangeError;
use crate::hub::Hub;
use crate::hub::progress::{Sent, State};
use crate::hub::receive::Kept;
use crate::reconcile::{DIFFERENCES_MAX, Difference, Lack, Reconciliation, Release};
use crate::stored::every;
use crate::wire::Acknowledgement;

/// Entries of our own ledger read at once.
const PAGE: u64 = 1_000;

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
pub(super) struct Ours {
    sent: BTreeMap<EnquiryId, Sent>,
    held: BTreeMap<Digest, Held>,
    /// Received, by our own ledger, and no longer held: erased with its case, or lost.
    gone: BTreeMap<Digest, Gone>,
    /// The oldest part of our own ledger lies in an archive: what was received and erased before then
    /// is not known.
    archived: bool,
}

/// An outcome in the making.
pub(super) struct Tally {
    pub(super) report: Reconciliation,
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
    /// Every question to this agency, and every return of it that is really held.
    pub(super) fn ours(&self, agency: &MemberId) -> Result<Ours, ExchangeError> {
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
        let mut from = self.store.archived();
        ours.archived = from > 0;
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

    pub(super) async fn compare(
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
            // The receipt proved where the permit is, and the head that the tree still holds it.
            if !released.contains(digest) && held.permit >= theirs.archived {
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
            // A refusal, or an answer since erased, may lie in their archive.
            if sent.is_finished() && theirs.archived > 0 {
                continue;
            }
            not_answered(sent, tally);
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
        // Received and erased so long ago that only the archive says so.
        (None, _, None) if ours.archived => return,
        (None, Some((_, n)), Some(sent)) => (Lack::NotReceived, !sent.is_finished() && n > sent.n),
        (None, _, _) => (Lack::NotReceived, false),
    };
    if waits {
        tally.report.pending = tally.report.pending.saturating_add(1);
    } else {
        tally.add(what, release.of, Some(release.permit));
    }
}

/// A question that was neither admitted nor refused is still asked, was signed again, or is given up.
fn not_answered(sent: &Sent, tally: &mut Tally) {
    // Until then the hub goes on asking by itself.
    let still_asked = !sent.is_finished() && sent.enquiry.expires > tally.report.at;
    if still_asked {
        tally.report.pending = tally.report.pending.saturating_add(1);
    } else if sent.state != State::Superseded {
        tally.add(Lack::Unanswered, Some((sent.enquiry.id, 0)), None);
    }
}

#[cfg(test)]
mod tests {
    use stile_model::id::MemberId;

    use super::*;
    use crate::hub::tests::sent;
    use crate::reconcile::Outcome;

    fn tally() -> Tally {
        let member = |text| MemberId::new(text).unwrap();
        Tally {
            report: Reconciliation {
                hub: member("north-mash"),
                agency: member("north-police"),
                at: "2026-03-11T10:14:00Z".parse().unwrap(),
                outcome: Outcome::Unreachable,
                size: 0,
                releases: 0,
                returns: 0,
                pending: 0,
                chased: 0,
                differing: 0,
                differences: Vec::new(),
            },
        }
    }

    #[test]
    fn question_that_the_hub_still_asks_is_pending_however_old_and_one_given_up_is_not() {
        let (later, before) = ("2026-03-12T12:00:00Z", "2026-03-11T10:00:00Z");
        let asked = |until, state| sent(1, "2026-03-10T12:00:00Z", until, state);
        let given_up = || State::Refused {
            code: "expired".to_owned(),
            title: "the question expired before an answer came".to_owned(),
        };
        for (sent, pending, lacks) in [
            (asked(later, State::Waiting), 1, vec![]),
            (asked(before, State::Waiting), 0, vec![Lack::Unanswered]),
            (asked(before, given_up()), 0, vec![Lack::Unanswered]),
            (asked(later, State::Superseded), 0, vec![]),
        ] {
            let mut tally = tally();
            not_answered(&sent, &mut tally);

            let differences = tally.report.differences.iter();
            let found: Vec<_> = differences.map(|one| one.what).collect();
            assert_eq!((tally.report.pending, found), (pending, lacks), "{sent:?}");
        }
    }

    #[test]
    fn release_that_only_our_archive_could_know_is_no_difference_and_any_other_is() {
        let release = Release {
            permit: 3,
            digest: Digest::of(b"return"),
            of: None,
            acknowledged: false,
        };
        let with = |archived, gone: Option<Gone>| {
            let ours = Ours {
                archived,
                gone: gone
                    .map(|gone| (release.digest, gone))
                    .into_iter()
                    .collect(),
                ..Ours::default()
            };
            let mut tally = tally();
            not_held(&ours, &release, &mut tally);
            let differences = tally.report.differences.iter();
            differences.map(|one| one.what).collect::<Vec<_>>()
        };

        assert_eq!(with(false, None), [Lack::NotReceived]);
        assert_eq!(with(true, None), []);
        assert_eq!(with(true, Some(Gone::Lost)), [Lack::LostHere]);
        assert_eq!(with(false, Some(Gone::Erased)), []);
    }
}
