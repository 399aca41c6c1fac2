//! Rule on every subject, category and field, from policy alone, before a content row is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use stile_model::code::{Existence, Rung};
use stile_model::enquiry::Enquiry;
use stile_model::id::{CategoryId, Code, RuleId};
use stile_model::subject::Subject;
use stile_model::vocabulary::{AgeBand, Recency};
use stile_policy::{Approvers, Outcome, PolicySet, Question, bands_asked};

use super::Agency;
use super::find::Found;
use super::footing::Footing;

/// An enquiry on which policy has ruled. Only [`Agency::rule`] makes one.
pub(super) struct Ruled {
    pub(super) found: Found,
    /// The policy that ruled, kept so that one answer never mixes two.
    pub(super) footing: Footing,
    /// One for each subject that may be looked up, times each category asked.
    pub(super) rulings: Vec<Ruling>,
}

/// What policy says about one category for one subject.
#[derive(Debug, Clone)]
pub(super) struct Ruling {
    /// The subject's place in the enquiry.
    pub(super) subject: usize,
    pub(super) category: CategoryId,
    /// For each field (last word), for each band of recency, what may be shown.
    pub(super) fields: BTreeMap<String, Vec<(Recency, Outcome)>>,
    /// The policy that ruled, which has the words of the outcomes.
    pub(super) policy: Arc<PolicySet>,
    /// Who must agree to everything, while the policy is suspended.
    also: Option<Code>,
    pub(super) face: Face,
}

/// How the category may look to the hub before any data is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Face {
    /// That something is held may be said at once.
    Open,
    /// Not even "held" may be said until these people agree; the answer is the same either way.
    Referred(Vec<Code>),
    /// Must look like no record; a hit alerts its named person.
    Sealed,
    /// Nothing may be said, and that may be told.
    Withheld(Code),
}

/// What may be known of records of one recency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Band {
    /// That one is held may be said only after approval.
    Asked,
    /// Nothing may be said of any.
    Closed,
    /// That one is held may be said at once.
    Known,
}

impl Agency {
    /// Rules on every subject alike, whether or not anybody was found.
    pub(super) fn rule(&self, found: Found, footing: Footing) -> Ruled {
        let mut rulings = Vec::new();
        for (place, subject) in found.admitted.enquiry.subjects.iter().enumerate() {
            for ask in &found.admitted.enquiry.asks {
                let ruling = self.rule_one(
                    &footing,
                    &found.admitted.enquiry,
                    place,
                    subject,
                    &ask.category,
                );
                rulings.extend(ruling);
            }
        }
        Ruled {
            found,
            footing,
            rulings,
        }
    }

    pub(super) fn rule_one(
        &self,
        footing: &Footing,
        enquiry: &Enquiry,
        place: usize,
        subject: &Subject,
        id: &CategoryId,
    ) -> Option<Ruling> {
        let category = self.vocabulary.category(id)?;
        let (policy, also) = (&footing.policy, self.also_asked(footing));
        let today = self.clock.now().date();
        let bands = bands_asked(category, enquiry.look_back_months);
        let fields = category
            .fields
            .iter()
            .map(|field| {
                let decide = |recency: Recency| {
                    let question = Question {
                        field: &field.id,
                        purpose: &enquiry.purpose,
                        priority: Some(enquiry.priority),
                        consent: Some(enquiry.consent.state),
                        subject_role: Some(&subject.role),
                        age: AgeBand::of(subject.born, today),
                        recency,
                        requester: Some(&enquiry.requester.role),
                        hub: Some(&enquiry.from),
                    };
                    let mut outcome = policy.outcome(&question, today);
                    self.shadow.observe(policy, &question, &outcome, today);
                    if also.is_some() {
                        // Nothing by itself; a person sees what would leave.
                        outcome.auto = Rung::None;
                    }
                    (recency, outcome)
                };
                (
                    field.id.name().to_owned(),
                    bands.iter().copied().map(decide).collect(),
                )
            })
            .collect();
        let mut ruling = Ruling {
            subject: place,
            category: id.clone(),
            fields,
            policy: Arc::clone(policy),
            also,
            face: Face::Sealed,
        };
        ruling.face = ruling.face(policy.existence(id));
        Some(ruling)
    }
}

impl Ruled {
    /// How each category asked may look for the subject at this place.
    pub(super) fn faces(&self, subject: usize) -> impl Iterator<Item = &Face> {
        let rulings = self
            .rulings
            .iter()
            .filter(move |ruling| ruling.subject == subject);
        rulings.map(|ruling| &ruling.face)
    }
}

impl Ruling {
    /// What policy says of one field for a record of this recency; nothing where no band fits.
    pub(super) fn decision(&self, field: &str, recency: Recency) -> Option<&Outcome> {
        let decisions = self.fields.get(field)?;
        decisions
            .iter()
            .find(|(band, _)| *band == recency)
            .map(|(_, decision)| decision)
    }

    /// What may be known of a record of this recency: at once, after approval, or never.
    pub(super) fn band(&self, recency: Recency) -> Band {
        let most = |rung: fn(&Outcome) -> Rung| {
            let decisions = self
                .fields
                .keys()
                .filter_map(|name| self.decision(name, recency));
            decisions.map(rung).max().unwrap_or(Rung::None)
        };
        if recency == Recency::Unknown || most(|decision| decision.auto) >= Rung::Known {
            // A record without a usable date may well be recent: that it is held is said, with the
            // code under which its fields stay behind.
            Band::Known
        } else if most(|decision| decision.approved) >= Rung::Known {
            Band::Asked
        } else {
            Band::Closed
        }
    }

    /// The recencies ruled on whose band is this one.
    pub(super) fn recencies_in(&self, band: Band) -> Vec<Recency> {
        let ruled = self.fields.values().next().into_iter().flatten();
        let recencies = ruled.map(|(recency, _)| *recency);
        recencies
            .filter(|recency| self.band(*recency) == band)
            .collect()
    }

    /// Fields of which something may leave at once or after approval: the only columns to be read.
    pub(super) fn wanted(&self) -> Vec<String> {
        let may_show = |decisions: &Vec<(Recency, Outcome)>| {
            decisions
                .iter()
                .any(|(_, decision)| decision.approved > Rung::None && !decision.sealed)
        };
        self.fields
            .iter()
            .filter(|(_, decisions)| may_show(decisions))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// What each field may show of a record of this recency, once approval is given or before.
    pub(super) fn rungs(&self, recency: Recency, agreed: bool) -> BTreeMap<String, (Rung, RuleId)> {
        let rung_of = |decision: &Outcome| {
            if decision.sealed {
                return None;
            }
            // The grant that permits it is its ground, not the cap about which people are asked.
            let (rung, rule) = if agreed {
                (decision.approved, self.policy.giving(decision))
            } else {
                (decision.auto, self.policy.granting(decision))
            };
            (rung > Rung::None).then_some((rung, rule?.clone()))
        };
        self.fields
            .keys()
            .filter_map(|name| Some((name.clone(), rung_of(self.decision(name, recency)?)?)))
            .collect()
    }

    /// Roles whose agreement would let more of these bands out, without repeats.
    pub(super) fn approvers(&self, recencies: &[Recency]) -> Approvers {
        let mut roles: Vec<Code> = Vec::new();
        let mut any_of = true;
        for (recency, decision) in self.fields.values().flatten() {
            if recencies.contains(recency) && decision.is_referred() && !decision.sealed {
                any_of &= decision.any_of && self.also.is_none();
                self.join_roles(decision, &mut roles);
            }
        }
        Approvers {
            any_of: any_of && roles.len() > 1,
            roles,
        }
    }

    /// The withhold code of a field, where nothing more may be said.
    pub(super) fn withhold(&self, decision: &Outcome) -> &Code {
        self.policy.reason(decision)
    }

    /// Who must agree to the rest of one decision.
    pub(super) fn asked(&self, decision: &Outcome) -> Approvers {
        let mut roles = Vec::new();
        self.join_roles(decision, &mut roles);
        Approvers {
            roles,
            any_of: decision.any_of && self.also.is_none(),
        }
    }

    fn join_roles(&self, decision: &Outcome, roles: &mut Vec<Code>) {
        for role in self.policy.roles(decision).chain(&self.also) {
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
    }

    /// How the category may look, given whether "no record" may be said of it and what rules say of
    /// its fields.
    fn face(&self, existence: Existence) -> Face {
        let all = || self.fields.values().flatten().map(|(_, decision)| decision);
        let most = |rung: fn(&Outcome) -> Rung| all().map(rung).max().unwrap_or(Rung::None);
        if all().any(|decision| decision.sealed) {
            return Face::Sealed;
        }
        if most(|decision| decision.auto) >= Rung::Known {
            return Face::Open;
        }
        if existence == Existence::Closed {
            return Face::Sealed;
        }
        if most(|decision| decision.approved) >= Rung::Known {
            let mut roles: Vec<Code> = Vec::new();
            for decision in all().filter(|decision| decision.is_referred()) {
                self.join_roles(decision, &mut roles);
            }
            return Face::Referred(roles);
        }
        Face::Withheld(
            all()
                .next()
                .map_or_else(no_rule, |decision| self.withhold(decision).clone()),
        )
    }
}

/// The withhold code of a field no rule names.
pub(super) fn no_rule() -> Code {
    #[expect(
        clippy::unwrap_used,
        reason = "a constant that a test of the vocabulary also checks"
    )]
    Code::new("no_rule").unwrap()
}
