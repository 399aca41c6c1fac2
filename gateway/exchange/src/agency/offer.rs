//! What an agency offers a hub: by policy alone, before any enquiry and about no person.

use stile_model::code::{ConsentState, Existence, Priority, Rung};
use stile_model::id::{Code, FieldId, MemberId};
use stile_model::time::Date;
use stile_model::vocabulary::{AgeBand, Category, Recency, Vocabulary};
use stile_policy::{PolicySet, Question};

use super::Agency;
use crate::error::{ExchangeError, refuse};
use crate::wire::{Offer, OfferedCategory};

impl Agency {
    /// What this hub may have for a purpose, by policy alone: nothing about any person.
    pub(super) fn offer(&self, hub: &MemberId, purpose: &Code) -> Result<Offer, ExchangeError> {
        let today = self.clock.now().date();
        if self
            .directory
            .load()
            .agreement(hub, &self.me, purpose, today)
            .is_err()
        {
            return Err(refuse(
                "purpose_not_open",
                403,
                "no agreement opens this purpose to this hub",
            ));
        }
        let footing = self.footing();
        let (policy, also) = (&footing.policy, self.also_asked(&footing));
        let categories = self.vocabulary.categories.iter();
        let categories = categories
            .filter(|category| self.holds(&category.id))
            .filter_map(|category| offered(policy, &self.vocabulary, category, purpose, hub, today))
            .map(|offered| match &also {
                Some(role) => referred(policy, role, offered),
                None => offered,
            })
            // What is closed and may not leave at once looks like no record: nobody is asked.
            .filter(|offered| {
                offered.at_once || policy.existence(&offered.category) == Existence::Open
            })
            .collect();
        Ok(Offer { categories })
    }
}

/// The same while nothing leaves without this role's agreement.
fn referred(policy: &PolicySet, role: &Code, offered: OfferedCategory) -> OfferedCategory {
    OfferedCategory {
        at_once: false,
        asked_rung: offered.rung.max(offered.asked_rung),
        rung: None,
        approval_hours: offered
            .approval_hours
            .max(Some(policy.approval_hours(role))),
        ..offered
    }
}

/// The best any enquiry of this hub and purpose could get of a category; nothing of sealed ones.
fn offered(
    policy: &PolicySet,
    vocabulary: &Vocabulary,
    category: &Category,
    purpose: &Code,
    hub: &MemberId,
    today: Date,
) -> Option<OfferedCategory> {
    let recency = if category.event.is_some() {
        Recency::To3m
    } else {
        Recency::Unknown
    };
    let (mut at_once, mut asked, mut hours) = (Rung::None, Rung::None, None);
    for (field, subject, requester, age) in askable(vocabulary, category) {
        let question = Question {
            field,
            purpose,
            priority: Some(Priority::Red),
            consent: Some(ConsentState::Given),
            subject_role: Some(subject),
            age,
            recency,
            requester: Some(requester),
            hub: Some(hub),
        };
        let decision = policy.outcome(&question, today);
        if decision.sealed {
            return None;
        }
        at_once = at_once.max(decision.auto);
        if decision.approved > decision.auto {
            asked = asked.max(decision.approved);
            let roles = policy.roles(&decision);
            let slowest = roles.map(|role| policy.approval_hours(role)).max();
            hours = hours.max(slowest);
        }
    }
    let some = |rung: Rung| (rung > Rung::None).then_some(rung);
    (at_once > Rung::None || hours.is_some()).then(|| OfferedCategory {
        category: category.id.clone(),
        at_once: at_once > Rung::None,
        rung: some(at_once),
        asked_rung: some(asked),
        approval_hours: hours,
    })
}

/// Every field of a category, subject's role, officer's role and age: a rule may hang on any of them.
fn askable<'a>(
    vocabulary: &'a Vocabulary,
    category: &'a Category,
) -> impl Iterator<Item = (&'a FieldId, &'a Code, &'a Code, AgeBand)> {
    category.fields.iter().flat_map(move |field| {
        vocabulary.subject_roles.iter().flat_map(move |subject| {
            vocabulary.officer_roles.iter().flat_map(move |officer| {
                let ages = AgeBand::ALL.iter().copied();
                ages.map(|age| (&field.id, &subject.code, &officer.code, age))
            })
        })
    })
}
