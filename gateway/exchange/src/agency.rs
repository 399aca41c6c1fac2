//! The agency's side: one enquiry becomes one recorded, minimised return.

mod act;
mod admit;
mod bounds;
mod choose;
mod collect;
mod counted;
mod decide;
mod draft;
mod find;
mod footing;
mod glass;
mod keep;
mod later;
mod learned;
mod line;
mod minimise;
mod offer;
mod opened;
mod past;
mod presence;
pub(crate) mod reconcile;
mod record;
mod refusal;
mod release;
mod room;
pub mod routes;
mod rule;
mod say;
mod settle;
mod side;
mod state;
mod still;
mod stored;
mod task;
mod unsettled;
mod waiting;

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::extract::FromRef;
use stile_linkage::{Frequencies, Thresholds, WeightsFile};
use stile_model::enquiry::Enquiry;
use stile_model::id::{Code, EnquiryId, MemberId, PartnershipId};
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_policy::PolicySet;
use stile_sources::Source;
use stile_store::{Store, StoreError};
use stile_trust::directory::Directory;
use stile_trust::peer::Peer;
use stile_trust::signing::SigningKey;
use tokio::sync::{Mutex, Notify};

pub(crate) use bounds::{
    check as check_bounds, consent as check_consent, presence as check_presence,
};
pub use decide::{AGREED_FOR, Decision, REFUSED_FOR, Verdict};
pub use glass::{
    BreakGlass, GLASS_FINDINGS, GLASS_GROUNDS, GlassFinding, GlassLine, GlassReleased, GlassReview,
    GlassSettings, GlassUse, OpenedUse,
};
pub use learned::{LearnAsked, Learned};
pub use line::{RoleAsked, TaskKind, TaskLine};
pub use opened::{Asking, OpenedTask, Told};
pub use presence::{PresenceSettings, PresenceWay};
pub(crate) use record::returned;
pub use release::Released;
pub use room::LoadSettings;
pub use side::{AskedPerson, CandidateView, MatchQuestion, RowView};
pub use task::{Alert, Allowed, Approval, Ended, Occasion, Task, TaskState, TaskSubject};

use self::admit::Admitted;
use self::counted::Counted;
use self::record::Recorded;
use self::refusal::{Refused, Uncounted};
use self::room::{Place, Room};
use self::waiting::Waiting;
use crate::clock::Clock;
use crate::dial::{DialSettings, Standings};
use crate::enrol::RenewalSettings;
use crate::error::ExchangeError;
use crate::held::AllHeld;
use crate::people::People;
use crate::policy::{Governing, Shadow};
use crate::retention::Schedule;
use crate::start::Behind;
use crate::trace::{Step, Traces};
use crate::witness::Witnessing;

/// Numbers an agency may set; every one is bounded when the configuration is read.
#[derive(Debug, Clone)]
pub struct AgencySettings {
    /// Answers leave only on multiples of this many milliseconds after admission; 0 turns it off.
    pub release_grid_ms: u64,
    /// Oldest signature accepted, in seconds.
    pub fresh_s: i64,
    /// How far a hub's clock may run ahead, in seconds.
    pub ahead_s: i64,
    /// Enquiries admitted from one hub in an hour.
    pub hourly_budget: u32,
    /// When a possible match is the subject.
    pub thresholds: Thresholds,
    /// Hours a match reviewer has.
    pub match_hours: u32,
    /// Role alerted when a sealed person, or a record sealed by its source, is asked about.
    pub sealed_contact: Code,
    /// How long the record of a case is kept.
    pub retention: Schedule,
    /// How hubs may ask whether somebody is known; none where they may not.
    pub presence: Option<PresenceSettings>,
    /// How an approver may stand in for a role that nobody can reach; none where they may not.
    pub break_glass: Option<GlassSettings>,
    /// How hubs are dialled, where nothing may connect to this gateway; none where it dials nobody.
    pub dial_out: Option<DialSettings>,
    /// How the gateway's certificate is renewed.
    pub renewal: RenewalSettings,
    /// How much is looked into at once.
    pub load: LoadSettings,
}

/// One agency's gateway, assembled from its parts.
#[derive(Debug)]
pub struct Agency {
    /// This member.
    pub me: MemberId,
    /// The partnership.
    pub partnership: PartnershipId,
    /// Kind of agency: `police`.
    pub kind: Code,
    /// Who belongs to the partnership; replaced whole.
    pub directory: Arc<ArcSwap<Directory>>,
    /// The shared words.
    pub vocabulary: Arc<Vocabulary>,
    /// This agency's rules; replaced whole, and only by a set that Casbin agrees with.
    pub policy: ArcSwap<PolicySet>,
    /// The signed bundle those rules came from, and what waits to follow it.
    pub governing: Governing,
    /// Puts one ruling in so many to Casbin.
    pub shadow: Shadow,
    /// Connected systems, read only.
    pub sources: Vec<Source>,
    /// The people of those whose mapping has them held in memory.
    pub held: AllHeld,
    /// How common each name, date and postcode is here; replaced whole.
    pub frequencies: ArcSwap<Frequencies>,
    /// The rates between records of one person that an officer put in force, or the shipped ones.
    pub weights: WeightsFile,
    /// The durable record.
    pub store: Store,
    /// Signs returns.
    pub signing: SigningKey,
    /// Makes record references opaque and user names pseudonyms.
    pub pseudonym_key: [u8; 32],
    /// Who works here.
    pub people: People,
    /// The clock.
    pub clock: Clock,
    /// Settings.
    pub settings: AgencySettings,
    /// Holds this ledger and other members' to one history each.
    pub witnessing: Witnessing,
    /// How long each step takes, for this member's collector.
    pub traces: Traces,
    /// State of this process only.
    pub live: Live,
}

impl FromRef<Arc<Agency>> for Witnessing {
    fn from_ref(agency: &Arc<Agency>) -> Self {
        agency.witnessing.clone()
    }
}

/// What this process remembers between requests; nothing here needs to survive it.
#[derive(Debug, Default)]
pub struct Live {
    /// One lock per enquiry in progress: a retry waits for the first answer.
    in_progress: Mutex<HashMap<EnquiryId, Weak<Mutex<()>>>>,
    /// Admissions per hub in the current hour.
    budget: std::sync::Mutex<HashMap<MemberId, (i64, u32)>>,
    /// Held while how long a case is kept is decided.
    keeping: Mutex<()>,
    /// Held while the glass is broken, or a use of it reviewed.
    glass: Mutex<()>,
    /// Who signs in to the pages, and who guesses.
    gate: crate::account::Gate,
    /// What members sent beyond it, or when there was no room, until it is recorded.
    uncounted: Uncounted,
    /// What was last counted in each source.
    counted: Arc<Counted>,
    /// The enquiries at work, and those that wait.
    room: Room,
    /// Which enquiries the open tasks belong to.
    waiting: Arc<Waiting>,
    /// Wakes long polls when a later return is recorded.
    returned: Notify,
    /// Keys, sets and budgets of presence.
    presence: presence::Presence,
    /// Hubs that are dialled, and how that goes.
    dialling: Standings,
    /// Held while the directory is replaced.
    following: Mutex<()>,
    /// Whether another gateway of this member has a newer directory or revocation list.
    behind: Behind,
}

impl Agency {
    /// Answers one enquiry: admit, find, rule, collect, minimise, record, release, in that order.
    ///
    /// A retry of the same bytes gets the same return and makes no second entry, as long as an
    /// agreement still lets the hub be told.
    ///
    /// # Errors
    ///
    /// On any error nothing has left the agency; a refusal is in the ledger.
    pub async fn answer(
        &self,
        peer: &Peer,
        jws: &str,
        confirmed: u64,
    ) -> Result<Released, ExchangeError> {
        let now = self.clock.now();
        let traces = &self.traces;
        let claim = traces.within(Step::Authenticate, || self.authenticate(peer, jws));
        let claim = match claim {
            Ok(claim) => claim,
            Err(error) => {
                let refused = Refused::Text(jws);
                return Err(self.record_refusal(error, peer, refused, now).await);
            }
        };
        let question = claim.enquiry().clone();
        let turn = self.live.turn(claim.id()).await;
        if Arc::strong_count(&turn) > REPEATS {
            return Err(self.turned_away(&question, now));
        }
        let held = turn.lock().await;
        let admission = match traces.within(Step::Admit, || self.admit(claim, now)) {
            Ok(admission) => admission,
            Err(error) => {
                let refused = Refused::Question(&question, jws);
                return Err(self.record_refusal(error, peer, refused, now).await);
            }
        };
        let released = match admission {
            admit::Admission::Again(first) => match self.release_again(&first, confirmed) {
                Err(error @ ExchangeError::Refused(_)) => {
                    let refused = Refused::Question(&question, jws);
                    return Err(self.record_refusal(error, peer, refused, now).await);
                }
                repeated => repeated?,
            },
            admit::Admission::New(admitted) => {
                // Before anything is looked up: nothing could leave.
                if let Err(error) = self.witnessing.may_release() {
                    let refused = Refused::Question(&question, jws);
                    return Err(self.record_refusal(error, peer, refused, now).await);
                }
                // Given back before the wait for the grid, which is no work.
                let place = self.place_for(&question, now);
                let _place = traces.step(Step::Place, place).await?;
                match self.recorded(*admitted).await {
                    Ok(recorded) => {
                        traces.within(Step::Release, || self.release(recorded, confirmed))?
                    }
                    // A replica on the same store was asked, too, and was first.
                    Err(ExchangeError::Unrecorded(StoreError::AlreadyThere(
                        stile_store::Tree::Enquiries,
                    ))) => self.released_by_another(&question, jws, confirmed).await?,
                    Err(error) => return Err(error),
                }
            }
        };
        // Whoever asks the same again waits for the work, not for the grid.
        drop(held);
        drop(turn);
        traces.step(Step::Grid, self.wait_for_grid(now)).await;
        Ok(released)
    }

    /// Waits for leave to look into an admitted enquiry.
    ///
    /// # Errors
    ///
    /// `busy`: nothing was looked up, the hub's budget is as it was, and that it was turned away is
    /// recorded with the others of the hour.
    async fn place_for(&self, question: &Enquiry, now: Timestamp) -> Result<Place, ExchangeError> {
        let urgency = question.priority.into();
        let room = &self.live.room;
        let entered = room
            .enter(&self.settings.load, &question.from, urgency)
            .await;
        if entered.is_err() {
            self.give_back(&question.from, now);
            self.count_turned_away(&question.from, urgency, now);
        }
        entered
    }

    /// Finds, rules, collects, minimises and records, under one policy from first to last. When
    /// another came into force meanwhile, nothing was recorded and all of it is done again.
    async fn recorded(&self, admitted: Admitted) -> Result<Recorded, ExchangeError> {
        let traces = &self.traces;
        let mut tries = 0;
        loop {
            let footing = self.footing();
            let found = traces.step(Step::Find, self.find(admitted.clone())).await;
            let ruled = traces.within(Step::Rule, || self.rule(found, footing));
            let collected = traces.step(Step::Collect, self.collect(ruled)).await;
            let minimised = traces.within(Step::Minimise, || self.minimise(collected))?;
            match traces.step(Step::Record, self.record(minimised)).await {
                Err(error) if overtaken(&error) && tries < TRIES => tries += 1,
                other => return other,
            }
            self.follow_policy().await?;
        }
    }

    /// Refuses a body that could not be read: too long, or not text.
    pub(crate) async fn refuse_unread(&self, error: ExchangeError, peer: &Peer) -> ExchangeError {
        let now = self.clock.now();
        self.record_refusal(error, peer, Refused::Unread, now).await
    }

    /// Waits until the next multiple of the grid, so that work done cannot be read from time taken.
    async fn wait_for_grid(&self, admitted: Timestamp) {
        let grid = self.settings.release_grid_ms;
        if grid == 0 {
            return;
        }
        let taken = u64::try_from(self.clock.now().since_millis(admitted)).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(until_step(grid, taken))).await;
    }
}

/// How many may ask the same enquiry at once: each is held in memory, with all that it sent.
const REPEATS: usize = 32;
/// How often an answer is begun again because the policy changed under it.
const TRIES: u32 = 3;

/// Was nothing recorded because another policy had come into force?
const fn overtaken(error: &ExchangeError) -> bool {
    matches!(
        error,
        ExchangeError::Unrecorded(StoreError::AlreadyThere(stile_store::Tree::Policies))
    )
}

/// Milliseconds left until the next step of a grid that is not 0; never none.
const fn until_step(grid: u64, taken: u64) -> u64 {
    grid - taken % grid
}

impl Live {
    pub(crate) const fn gate(&self) -> &crate::account::Gate {
        &self.gate
    }

    pub(crate) const fn glass(&self) -> &Mutex<()> {
        &self.glass
    }

    pub(crate) const fn following(&self) -> &Mutex<()> {
        &self.following
    }

    pub(crate) const fn behind(&self) -> &Behind {
        &self.behind
    }

    pub(crate) const fn keeping(&self) -> &Mutex<()> {
        &self.keeping
    }

    /// The lock of one enquiry; locks nobody holds are forgotten.
    async fn turn(&self, id: EnquiryId) -> Arc<Mutex<()>> {
        let mut turns = self.in_progress.lock().await;
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(&id).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::new(Mutex::new(()));
        turns.insert(id, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests;
