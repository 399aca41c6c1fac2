//! What agencies would answer, by their own offers, before anything is asked: about no person.
//!
//! Offers are fetched on a timer for each agency and purpose of an agreement in force, never because
//! of a case, and held in memory only.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use futures_util::future::join_all;
use hyper::Method;
use stile_model::code::Rung;
use stile_model::id::{CategoryId, Code, MemberId};
use stile_model::time::Timestamp;
use stile_model::vocabulary::Category;
use stile_trust::directory::Member;
use stile_trust::identity::Role;

use crate::error::{ExchangeError, refuse};
use crate::hub::pursue::problem;
use crate::hub::{Hub, Lane};
use crate::people::Person;
use crate::wire::{Offer, OfferedCategory};

/// Offers of this process's memory.
#[derive(Debug, Default)]
pub(in crate::hub) struct Offers(Mutex<BTreeMap<(MemberId, Code), Held>>);

/// What is held of one agency for one purpose.
#[derive(Debug, Clone, Default)]
struct Held {
    offer: Option<(Offer, Timestamp)>,
    /// Why the last look brought none.
    fault: Option<String>,
}

/// What one agency would answer for one purpose.
#[derive(Debug, Clone)]
pub struct AgencyPreview {
    /// The agency.
    pub agency: MemberId,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Code,
    /// Its desk.
    pub contact: String,
    /// Is its offer known?
    pub heard: Heard,
    /// Every category of its kind, in the vocabulary's order.
    pub categories: Vec<CategoryPreview>,
}

/// Is an agency's offer known?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Since when.
    At(Timestamp),
    /// No agreement opens this purpose to this hub there.
    NoAgreement,
    /// It is not known, by the code of the problem.
    Unknown {
        /// Stable code: `offer_missing` before the first look.
        code: String,
    },
}

/// What one category would bring at best.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryPreview {
    /// The category.
    pub category: CategoryId,
    /// What it would bring.
    pub answer: WouldAnswer,
}

/// What an agency would answer at best; what is held of a person is another matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WouldAnswer {
    /// A person there is asked first.
    Asked {
        /// Up to which rung they may agree, where the agency says so.
        rung: Option<Rung>,
        /// Hours within which they decide.
        hours: u32,
    },
    /// At once.
    AtOnce {
        /// Up to which rung, where the agency says so.
        rung: Option<Rung>,
    },
    /// Some of it at once, and more once a person agrees.
    AtOnceThenAsked {
        /// Up to which rung at once.
        rung: Option<Rung>,
        /// Up to which rung a person may agree.
        asked: Option<Rung>,
        /// Hours within which they decide.
        hours: u32,
    },
    /// Not offered for this purpose.
    NotOffered,
    /// The offer is not known.
    Unknown,
}

impl Hub {
    /// What each agency would answer for a purpose, agencies in order of their names.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_word`.
    pub fn preview(
        &self,
        person: &Person,
        purpose: &Code,
    ) -> Result<Vec<AgencyPreview>, ExchangeError> {
        person.must_work_on_cases()?;
        if self.vocabulary.purpose(purpose).is_none() {
            return Err(refuse(
                "unknown_word",
                422,
                "`purpose` is not in the partnership's vocabulary",
            ));
        }
        let agreed = self.agreed();
        let directory = self.directory.load();
        let members = directory.members.iter();
        let mut all: Vec<_> = members
            .filter(|member| member.role == Role::Agency)
            .filter_map(|member| {
                let key = (member.id.clone(), purpose.clone());
                let held = agreed.contains(&key).then(|| self.live.offers.of(&key));
                Some(self.previewed(member, member.kind.as_ref()?, held))
            })
            .collect();
        all.sort_by(|one, other| (&one.name, &one.agency).cmp(&(&other.name, &other.agency)));
        Ok(all)
    }

    fn previewed(&self, member: &Member, kind: &Code, held: Option<Held>) -> AgencyPreview {
        let (heard, offer) = match held {
            None => (Heard::NoAgreement, None),
            Some(Held {
                offer: Some((offer, at)),
                ..
            }) => (Heard::At(at), Some(offer)),
            Some(Held { fault, .. }) => {
                let code = fault.unwrap_or_else(|| "offer_missing".to_owned());
                (Heard::Unknown { code }, None)
            }
        };
        let own = |category: &&Category| category.id.agency_kind() == kind.as_str();
        let categories = self.vocabulary.categories.iter().filter(own);
        AgencyPreview {
            agency: member.id.clone(),
            name: member.name.clone(),
            kind: kind.clone(),
            contact: member.contact.clone(),
            categories: categories
                .map(|category| CategoryPreview {
                    category: category.id.clone(),
                    answer: would_answer(&category.id, &heard, offer.as_ref()),
                })
                .collect(),
            heard,
        }
    }

    /// One look at the offers of every agency and purpose of an agreement in force.
    pub async fn look_at_offers(&self) {
        let wanted = self.agreed();
        self.live.offers.keep_only(&wanted);
        join_all(wanted.iter().map(|key| self.look_at_offer(key))).await;
    }

    async fn look_at_offer(&self, key: &(MemberId, Code)) {
        let heard = self.fetch_terms(key).await;
        if let Err(code) = &heard {
            tracing::debug!(agency = %key.0, purpose = %key.1, %code, "no offer came");
        }
        self.live.offers.put(key, heard, self.clock.now());
    }

    async fn fetch_terms(&self, (agency, purpose): &(MemberId, Code)) -> Result<Offer, String> {
        let code = |error: &ExchangeError| error.problem().code().to_owned();
        let client = self.client(agency, Lane::Ask).await;
        let client = client.map_err(|error| code(&error))?;
        let path = format!("/v1/offer?purpose={purpose}");
        let wait = self.settings.agency_deadline;
        let reply = client
            .call(Method::GET, &path, &[], Vec::new(), wait)
            .await
            .map_err(|error| error.code().to_owned())?;
        if !reply.status.is_success() {
            return Err(problem(&reply).0);
        }
        serde_json::from_slice(&reply.body).map_err(|_| "answer_malformed".to_owned())
    }
}

impl Offers {
    fn of(&self, key: &(MemberId, Code)) -> Held {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(key).cloned().unwrap_or_default()
    }

    /// Keeps what was heard. An offer that is known stays while an agency is silent, with its date;
    /// one that the agency takes back does not.
    fn put(&self, key: &(MemberId, Code), heard: Result<Offer, String>, now: Timestamp) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = held.entry(key.clone()).or_default();
        match heard {
            Ok(offer) => {
                *one = Held {
                    offer: Some((offer, now)),
                    fault: None,
                }
            }
            Err(code) => {
                if code == "purpose_not_open" {
                    one.offer = None;
                }
                one.fault = Some(code);
            }
        }
    }

    fn keep_only(&self, wanted: &[(MemberId, Code)]) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|key, _| wanted.contains(key));
    }
}

fn would_answer(category: &CategoryId, heard: &Heard, offer: Option<&Offer>) -> WouldAnswer {
    let Some(offer) = offer else {
        return match heard {
            Heard::NoAgreement => WouldAnswer::NotOffered,
            Heard::At(_) | Heard::Unknown { .. } => WouldAnswer::Unknown,
        };
    };
    let mut categories = offer.categories.iter();
    match categories.find(|one| one.category == *category) {
        None => WouldAnswer::NotOffered,
        Some(OfferedCategory {
            at_once,
            rung,
            asked_rung,
            approval_hours,
            ..
        }) => match (*at_once, *approval_hours) {
            (true, None) => WouldAnswer::AtOnce { rung: *rung },
            (true, Some(hours)) => WouldAnswer::AtOnceThenAsked {
                rung: *rung,
                asked: *asked_rung,
                hours,
            },
            (false, Some(hours)) => WouldAnswer::Asked {
                rung: *asked_rung,
                hours,
            },
            (false, None) => WouldAnswer::NotOffered,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(at_once: bool, approval_hours: Option<u32>) -> Offer {
        Offer {
            categories: vec![OfferedCategory {
                category: CategoryId::new("police.conviction").unwrap(),
                at_once,
                rung: at_once.then_some(Rung::Summary),
                asked_rung: approval_hours.map(|_| Rung::Detail),
                approval_hours,
            }],
        }
    }

    fn answer(heard: &Heard, offer: Option<&Offer>, category: &str) -> WouldAnswer {
        would_answer(&CategoryId::new(category).unwrap(), heard, offer)
    }

    fn heard() -> Heard {
        Heard::At("2026-03-11T10:14:00Z".parse().unwrap())
    }

    #[test]
    fn says_at_once_or_that_a_person_is_asked_as_the_offer_does() {
        let category = "police.conviction";

        assert_eq!(
            answer(&heard(), Some(&offered(true, None)), category),
            WouldAnswer::AtOnce {
                rung: Some(Rung::Summary)
            }
        );
        assert_eq!(
            answer(&heard(), Some(&offered(false, Some(4))), category),
            WouldAnswer::Asked {
                rung: Some(Rung::Detail),
                hours: 4
            }
        );
        assert_eq!(
            answer(&heard(), Some(&offered(true, Some(4))), category),
            WouldAnswer::AtOnceThenAsked {
                rung: Some(Rung::Summary),
                asked: Some(Rung::Detail),
                hours: 4
            }
        );
    }

    #[test]
    fn does_not_promise_what_is_not_offered_or_not_known() {
        let offer = offered(true, None);

        assert_eq!(
            answer(&heard(), Some(&offer), "police.intelligence"),
            WouldAnswer::NotOffered
        );
        assert_eq!(
            answer(&Heard::NoAgreement, None, "police.conviction"),
            WouldAnswer::NotOffered
        );
        let unknown = Heard::Unknown {
            code: "offer_missing".to_owned(),
        };
        assert_eq!(
            answer(&unknown, None, "police.conviction"),
            WouldAnswer::Unknown
        );
    }

    #[test]
    fn an_offer_outlives_silence_and_not_its_withdrawal() {
        let offers = Offers::default();
        let key = (
            MemberId::new("north-police").unwrap(),
            Code::new("s47_enquiry").unwrap(),
        );
        let now = "2026-03-11T10:14:00Z".parse().unwrap();
        offers.put(&key, Ok(offered(true, None)), now);

        offers.put(&key, Err("unreachable".to_owned()), now);
        assert!(offers.of(&key).offer.is_some());

        offers.put(&key, Err("purpose_not_open".to_owned()), now);
        assert!(offers.of(&key).offer.is_none());
    }
}
