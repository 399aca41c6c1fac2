//! Of whom it may be known that the agency holds something: from policy alone.
//!
//! Who is in a set cannot depend on what a later request will say. So, as in an offer, the best counts
//! that any enquiry of the purpose could get: whatever priority, consent and roles a hub states. What a
//! request does state (consent; asked, the person's role and age) is held against policy again before
//! it is worked on: blind, it must let everybody be known who is in the set. The hub is not known to a
//! set: it joins every cap and no conditioned grant.
//!
//! A ruling asks policy of every field, role and age. So it is made once for a policy and a day, away
//! from the answers, and says the ages alone: what is then held against it takes no time that depends
//! on whom the agency holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stile_model::code::{ConsentState, Priority, Rung};
use stile_model::digest::Digest;
use stile_model::enquiry::LOOK_BACK_MAX_MONTHS;
use stile_model::id::{Code, MemberId};
use stile_model::time::Date;
use stile_model::vocabulary::{AgeBand, Category};
use stile_policy::{Question, bands_asked};
use stile_trust::identity::Role;
use tokio::task::spawn_blocking;

use super::super::Agency;
use super::super::footing::Footing;
use super::unavailable;
use crate::error::ExchangeError;

/// For each purpose, the ages of which it may be known that something is held.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Knowable(BTreeMap<Code, BTreeSet<AgeBand>>);

/// The rulings of one policy and day, and what they rest on.
#[derive(Debug, Default)]
pub(super) struct Rulings {
    on: Option<On>,
    everybody: Option<Arc<Knowable>>,
    asked: BTreeMap<Asked, Arc<BTreeSet<AgeBand>>>,
}

/// What a request states that policy may look at, but the person's age. Each is a word of the
/// directory or the vocabulary, so there are not many.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    pub(super) hub: MemberId,
    pub(super) purpose: Code,
    pub(super) consent: ConsentState,
    /// The person's role in the case; none for any.
    pub(super) role: Option<Code>,
}

/// What a ruling rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct On {
    policy: Digest,
    suspended: bool,
    today: Date,
    directory: u64,
}

/// Of whom, and under what, something may be known.
#[derive(Debug, Clone, Copy)]
struct About<'a> {
    purpose: &'a Code,
    consent: ConsentState,
    /// The person's role in the case; none for any.
    role: Option<&'a Code>,
    age: AgeBand,
    hub: Option<&'a MemberId>,
}

impl Knowable {
    #[cfg(test)]
    pub(super) fn of(all: impl IntoIterator<Item = (Code, impl Iterator<Item = AgeBand>)>) -> Self {
        let all = all.into_iter();
        Self(all.map(|(code, ages)| (code, ages.collect())).collect())
    }

    /// May it be known of anybody for this purpose?
    pub(super) fn offers(&self, purpose: &Code) -> bool {
        self.0.contains_key(purpose)
    }

    /// May it be known of people of this age for this purpose?
    pub(super) fn has(&self, purpose: &Code, age: AgeBand) -> bool {
        self.0.get(purpose).is_some_and(|ages| ages.contains(&age))
    }

    /// The ages of which it may be known for this purpose.
    pub(super) fn ages(&self, purpose: &Code) -> impl Iterator<Item = AgeBand> {
        self.0.get(purpose).into_iter().flatten().copied()
    }

    /// The purposes for which it may be known of anybody, in order.
    pub(super) fn purposes(&self) -> impl Iterator<Item = &Code> {
        self.0.keys()
    }

    /// Names this ruling.
    pub(super) fn digest(&self) -> Digest {
        let mut text = String::new();
        for (purpose, ages) in &self.0 {
            text.push_str(purpose.as_str());
            for age in ages {
                text.push(' ');
                text.push_str(age.as_str());
            }
            text.push('\n');
        }
        Digest::of(text.as_bytes())
    }
}

impl Agency {
    /// Of whom it may be known that the agency holds something, for the purposes that an agreement
    /// opens to some hub. Of nobody while the policy is suspended.
    pub(super) fn knowable(&self, footing: &Footing, today: Date) -> Arc<Knowable> {
        let on = self.rests_on(footing, today);
        if let Some(everybody) = self.ruled(&on, |rulings| rulings.everybody.clone()) {
            return everybody;
        }
        let everybody = Arc::new(self.rule_on_everybody(footing, today));
        self.keep_ruling(on, |rulings| {
            rulings.everybody = Some(Arc::clone(&everybody));
        });
        everybody
    }

    /// The same, made where it holds up no answer.
    ///
    /// # Errors
    ///
    /// `presence_unavailable` while the gateway ends.
    pub(super) async fn knowable_ahead(
        self: &Arc<Self>,
        footing: &Footing,
        today: Date,
    ) -> Result<Arc<Knowable>, ExchangeError> {
        let (agency, footing) = (Arc::clone(self), footing.clone());
        let ruled = spawn_blocking(move || agency.knowable(&footing, today)).await;
        ruled.map_err(|_| unavailable())
    }

    /// The ages of which something may be known where a request rests on this.
    ///
    /// # Errors
    ///
    /// `presence_unavailable` while the gateway ends.
    pub(super) async fn ages_asked(
        self: &Arc<Self>,
        footing: &Footing,
        asked: Asked,
        today: Date,
    ) -> Result<Arc<BTreeSet<AgeBand>>, ExchangeError> {
        let on = self.rests_on(footing, today);
        if let Some(ages) = self.ruled(&on, |rulings| rulings.asked.get(&asked).cloned()) {
            return Ok(ages);
        }
        let (agency, footing) = (Arc::clone(self), footing.clone());
        let ruled = spawn_blocking(move || {
            let about = |age: &AgeBand| About {
                purpose: &asked.purpose,
                consent: asked.consent,
                role: asked.role.as_ref(),
                age: *age,
                hub: Some(&asked.hub),
            };
            let mut ages: BTreeSet<AgeBand> = AgeBand::ALL.iter().copied().collect();
            ages.retain(|age| agency.lets_be_known(&footing, about(age), today));
            let ages = Arc::new(ages);
            agency.keep_ruling(on, |rulings| {
                rulings.asked.insert(asked, Arc::clone(&ages));
            });
            ages
        });
        ruled.await.map_err(|_| unavailable())
    }

    fn rests_on(&self, footing: &Footing, today: Date) -> On {
        On {
            policy: footing.policy.digest(),
            suspended: footing.is_suspended(),
            today,
            directory: self.directory.load().version,
        }
    }

    /// What was ruled on the same ground before.
    fn ruled<T>(&self, on: &On, find: impl FnOnce(&Rulings) -> Option<T>) -> Option<T> {
        let rulings = self.live.presence.rulings.lock().ok()?;
        (rulings.on.as_ref() == Some(on))
            .then(|| find(&rulings))
            .flatten()
    }

    /// Keeps a ruling; those on another ground are forgotten.
    fn keep_ruling(&self, on: On, keep: impl FnOnce(&mut Rulings)) {
        if let Ok(mut rulings) = self.live.presence.rulings.lock() {
            if rulings.on.as_ref() != Some(&on) {
                *rulings = Rulings {
                    on: Some(on),
                    ..Rulings::default()
                };
            }
            keep(&mut rulings);
        }
    }

    fn rule_on_everybody(&self, footing: &Footing, today: Date) -> Knowable {
        let mut knowable = Knowable::default();
        for purpose in &self.vocabulary.purposes {
            if !self.is_open_to_a_hub(&purpose.code, today) {
                continue;
            }
            let ages: BTreeSet<_> = AgeBand::ALL
                .iter()
                .copied()
                .filter(|age| {
                    let about = About {
                        purpose: &purpose.code,
                        consent: ConsentState::Given,
                        role: None,
                        age: *age,
                        hub: None,
                    };
                    self.lets_be_known(footing, about, today)
                })
                .collect();
            if !ages.is_empty() {
                knowable.0.insert(purpose.code.clone(), ages);
            }
        }
        knowable
    }

    fn is_open_to_a_hub(&self, purpose: &Code, today: Date) -> bool {
        let directory = self.directory.load();
        let hubs = directory
            .members
            .iter()
            .filter(|member| member.role == Role::Hub);
        let mut open = hubs.map(|hub| directory.agreement(&hub.id, &self.me, purpose, today));
        open.any(|agreement| agreement.is_ok())
    }

    /// Does policy let it be known at once that something is held of such a person: row 3 of
    /// `docs/decisions/0004-existence.md`, in some category that is held here?
    fn lets_be_known(&self, footing: &Footing, about: About<'_>, today: Date) -> bool {
        if footing.is_suspended() {
            return false;
        }
        let any = self.vocabulary.subject_roles.iter().map(|term| &term.code);
        let roles: Vec<&Code> = about.role.map_or_else(|| any.collect(), |role| vec![role]);
        let held = self
            .vocabulary
            .categories
            .iter()
            .filter(|category| self.holds(&category.id));
        held.flat_map(|category| roles.iter().map(move |role| (category, *role)))
            .any(|(category, role)| {
                let mut officers = self.vocabulary.officer_roles.iter();
                officers
                    .any(|officer| is_open(footing, category, about, (role, &officer.code), today))
            })
    }
}

/// Does policy let it be known at once that something is held in this category?
fn is_open(
    footing: &Footing,
    category: &Category,
    about: About<'_>,
    (role, officer): (&Code, &Code),
    today: Date,
) -> bool {
    let policy = &footing.policy;
    let bands = bands_asked(category, LOOK_BACK_MAX_MONTHS);
    let mut known = false;
    for field in &category.fields {
        for recency in &bands {
            let question = Question {
                field: &field.id,
                purpose: about.purpose,
                priority: Some(Priority::Red),
                consent: Some(about.consent),
                subject_role: Some(role),
                age: about.age,
                recency: *recency,
                requester: Some(officer),
                hub: about.hub,
            };
            let outcome = policy.outcome(&question, today);
            if outcome.sealed {
                return false;
            }
            known |= outcome.auto >= Rung::Known;
        }
    }
    known
}
