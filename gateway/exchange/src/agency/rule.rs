//! Rule on every subject, category and field, from policy alone, before a content row is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use stile_model::code::{Existence, Rung};
use stile_model::enquiry::Enquiry;
use stile_model::id::{CategoryId, Code, RuleId};
use stile_model::subject::Subject;
use stile_model::vocabulary::{AgeBand, Category, Recency};
use stile_policy::{Approvers, Decision, PolicySet, Question};

use super::Agency;
use super::find::Found;

/// An enquiry on which policy has ruled. Only [`Agency::rule`] makes one.
pub(super) struct Ruled {
    pub(super) found: Found,
    /// The policy that ruled, kept so that one answer never mixes two.
    pub(super) policy: Arc<PolicySet>,
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
    pub(super) fields: BTreeMap<String, Vec<(Recency, Decision)>>,
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
    pub(super) fn rule(&self, found: Found, policy: Arc<PolicySet>) -> Ruled {
        let mut rulings = Vec::new();
        for (place, subject) in found.admitted.enquiry.subjects.iter().enumerate() {
            for ask in &found.admitted.enquiry.asks {
                let ruling = self.rule_one(
                    &policy,
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
            policy,
            rulings,
        }
    }

    pub(super) fn rule_one(
        &self,
        policy: &PolicySet,
        enquiry: &Enquiry,
        place: usize,
        subject: &Subject,
        id: &CategoryId,
    ) -> Option<Ruling> {
        let category = self.vocabulary.category(id)?;
        let today = self.clock.now().date();
        let bands = bands(category, enquiry.look_back_months);
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
                    (recency, policy.rule(&question, today))
                };
                (
                    field.id.name().to_owned(),
                    bands.iter().copied().map(decide).collect(),
                )
            })
            .collect();
        let face = face(policy.existence(id), &fields);
        Some(Ruling {
            subject: place,
            category: id.clone(),
            fields,
            face,
        })
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
    pub(super) fn decision(&self, field: &str, recency: Recency) -> Option<&Decision> {
        let decisions = self.fields.get(field)?;
        decisions
            .iter()
            .find(|(band, _)| *band == recency)
            .map(|(_, decision)| decision)
    }

    /// What may be known of a record of this recency: at once, after approval, or never.
    pub(super) fn band(&self, recency: Recency) -> Band {
        let most = |rung: fn(&Decision) -> Rung| {
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
        let may_show = |decisions: &Vec<(Recency, Decision)>| {
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
        let rung_of = |decision: &Decision| {
            if decision.sealed {
                return None;
            }
            let rung = if agreed {
                decision.approved
            } else {
                decision.auto
            };
            let rule = if agreed && decision.approved > decision.auto {
                decision.asking.first().cloned()
            } else {
                decision.granting.clone()
            };
            (rung > Rung::None).then_some((rung, rule?))
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
            if recencies.contains(recency) && decision.approved > decision.auto && !decision.sealed
            {
                any_of &= decision.approvers.any_of;
                for role in &decision.approvers.roles {
                    if !roles.contains(role) {
                        roles.push(role.clone());
                    }
                }
            }
        }
        Approvers {
            any_of: any_of && roles.len() > 1,
            roles,
        }
    }
}

/// The bands a record of this category can fall in, given how far back was asked.
fn bands(category: &Category, look_back_months: u16) -> Vec<Recency> {
    if category.event.is_none() {
        return vec![Recency::Unknown];
    }
    let mut bands = Vec::new();
    let mut covered = 0;
    for band in Recency::ALL.iter().copied() {
        let within = covered < u32::from(look_back_months);
        match band.months() {
            Some(last) if within => {
                bands.push(band);
                covered = last;
            }
            None if band == Recency::Unknown || within => bands.push(band),
            Some(_) | None => {}
        }
    }
    bands
}

/// How a category may look, given whether "no record" may be said of it and what rules say of its
/// fields.
fn face(existence: Existence, fields: &BTreeMap<String, Vec<(Recency, Decision)>>) -> Face {
    let all = || fields.values().flatten().map(|(_, decision)| decision);
    let auto = all()
        .map(|decision| decision.auto)
        .max()
        .unwrap_or(Rung::None);
    let approved = all()
        .map(|decision| decision.approved)
        .max()
        .unwrap_or(Rung::None);
    if all().any(|decision| decision.sealed) {
        return Face::Sealed;
    }
    if auto >= Rung::Known {
        return Face::Open;
    }
    if existence == Existence::Closed {
        return Face::Sealed;
    }
    if approved >= Rung::Known {
        let mut roles: Vec<Code> = Vec::new();
        for role in all().flat_map(|decision| &decision.approvers.roles) {
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
        return Face::Referred(roles);
    }
    Face::Withheld(
        all()
            .next()
            .map_or_else(no_rule, |decision| decision.withhold.clone()),
    )
}

/// The withhold code of a field no rule names.
pub(super) fn no_rule() -> Code {
    #[expect(
        clippy::unwrap_used,
        reason = "a constant that a test of the vocabulary also checks"
    )]
    Code::new("no_rule").unwrap()
}
