//! Access review: what each rule of a policy did in the questions that really came, and where a
//! narrower rule would have done.
//!
//! The rules are those in force today, put to every past enquiry as if it came now. That a rule was
//! never needed in a short or quiet time says little, and the result says so.

mod narrow;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use stile_model::id::{CategoryId, EnquiryId, RuleId, SubjectId};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use utoipa::ToSchema;

use crate::decide::Decision;
use crate::past::PastEnquiry;
use crate::rules::Rule;
use crate::set::PolicySet;
use crate::space::{DIMENSIONS, Point, bit_of};

/// Fewer enquiries than this are too few to conclude from.
const FEW_ENQUIRIES: u64 = 30;

/// What became of an approval that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalResult {
    /// Everybody needed agreed.
    Agreed,
    /// Nobody decided in time.
    Lapsed,
    /// Nobody has decided yet.
    Open,
    /// Somebody refused.
    Refused,
}

/// One approval that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastApproval {
    /// The enquiry.
    pub enquiry: EnquiryId,
    /// The person, by place.
    pub subject: SubjectId,
    /// The category.
    pub category: CategoryId,
    /// What became of it.
    pub result: ApprovalResult,
}

/// What a review looks at.
#[derive(Debug, Clone, Copy)]
pub struct Log<'a> {
    /// Past enquiries.
    pub past: &'a [PastEnquiry],
    /// In how many returns each rule let something out.
    pub released: &'a BTreeMap<RuleId, u64>,
    /// Approvals asked for in these enquiries.
    pub approvals: &'a [PastApproval],
}

/// What one rule did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleUse {
    /// The rule.
    pub rule: RuleId,
    /// Its verb: `share`.
    pub verb: String,
    /// Its own last day, of a grant that is past it.
    #[schema(value_type = Option<String>, format = Date)]
    pub ended: Option<Date>,
    /// Enquiries in which it was among the rules that decided.
    pub decided: u64,
    /// Returns in which something left under it.
    pub released: u64,
    /// Approvals asked for under it.
    pub asked: u64,
    /// Of these, agreed to.
    pub agreed: u64,
    /// Of these, refused.
    pub refused: u64,
    /// Of these, not decided in time.
    pub lapsed: u64,
}

/// A narrower rule that would have done for every enquiry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suggestion {
    /// The rule.
    pub rule: RuleId,
    /// What it allows and nobody needed, by the key of the condition.
    pub unseen: BTreeMap<String, Vec<String>>,
    /// Enquiries in which the rule decided.
    pub decided: u64,
    /// The narrower rule, ready to take the place of the old one.
    pub text: String,
}

/// The result of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// Enquiries looked at.
    pub enquiries: u64,
    /// They are too few to conclude from.
    pub few: bool,
    /// Every rule, in the order of the file.
    pub rules: Vec<RuleUse>,
    /// Where a narrower rule would have done.
    pub suggestions: Vec<Suggestion>,
}

/// What one rule was seen to do, while counting.
#[derive(Debug, Clone, Default)]
struct Tally {
    last: Option<usize>,
    decided: u64,
    /// The words under which it gave or asked, one bit each.
    seen: [u64; DIMENSIONS],
    approvals: [u64; 4],
}

/// The rules that decide one question, by their place in the file.
#[derive(Debug, Clone, Default)]
struct Deciding {
    all: Vec<usize>,
    /// Whose conditions must stay as wide as this question.
    needed: Vec<usize>,
    asking: Vec<usize>,
}

/// Reviews the rules of `set`, whose text is `text`, as they stand on `today`; those of a file past
/// its last day, as they stood on that day.
pub fn review(
    set: &PolicySet,
    text: &str,
    vocabulary: &Vocabulary,
    today: Date,
    log: Log<'_>,
) -> Review {
    let on = set.last_served(today);
    let mut count = Count::new(set, on, log);
    for (number, past) in log.past.iter().enumerate() {
        count.enquiry(number, past, vocabulary);
    }
    let enquiries = u64::try_from(log.past.len()).unwrap_or(u64::MAX);
    let rules = &set.rules().rules;
    let tallies = || rules.iter().zip(&count.tallies);
    Review {
        enquiries,
        few: enquiries < FEW_ENQUIRIES,
        rules: tallies()
            .map(|(rule, tally)| used(rule, tally, log.released, on))
            .collect(),
        suggestions: tallies()
            .filter(|(rule, tally)| rule.verb.grants() && tally.decided > 0)
            .filter_map(|(rule, tally)| {
                let unseen = narrow::unseen(rule, set.space(), &tally.seen);
                Some(Suggestion {
                    rule: rule.id.clone(),
                    text: narrow::text(text, &rule.id, &unseen)?,
                    unseen,
                    decided: tally.decided,
                })
            })
            .collect(),
    }
}

fn used(rule: &Rule, tally: &Tally, released: &BTreeMap<RuleId, u64>, on: Date) -> RuleUse {
    let [agreed, lapsed, open, refused] = tally.approvals;
    RuleUse {
        rule: rule.id.clone(),
        verb: rule.verb.as_str().to_owned(),
        ended: rule.until.filter(|_| !rule.in_force(on)),
        decided: tally.decided,
        released: released.get(&rule.id).copied().unwrap_or(0),
        asked: agreed
            .saturating_add(lapsed)
            .saturating_add(open)
            .saturating_add(refused),
        agreed,
        refused,
        lapsed,
    }
}

/// The count under way.
struct Count<'a> {
    set: &'a PolicySet,
    on: Date,
    places: HashMap<&'a RuleId, usize>,
    /// Enquiries are much alike: a question is ruled on once.
    known: HashMap<Point, Deciding>,
    approvals: HashMap<EnquiryId, Vec<&'a PastApproval>>,
    tallies: Vec<Tally>,
}

impl<'a> Count<'a> {
    fn new(set: &'a PolicySet, on: Date, log: Log<'a>) -> Self {
        let rules = &set.rules().rules;
        let mut approvals: HashMap<EnquiryId, Vec<&PastApproval>> = HashMap::new();
        for approval in log.approvals {
            approvals
                .entry(approval.enquiry)
                .or_default()
                .push(approval);
        }
        Self {
            set,
            on,
            places: rules
                .iter()
                .enumerate()
                .map(|(place, rule)| (&rule.id, place))
                .collect(),
            known: HashMap::new(),
            approvals,
            tallies: vec![Tally::default(); rules.len()],
        }
    }

    fn enquiry(&mut self, number: usize, past: &PastEnquiry, vocabulary: &Vocabulary) {
        let asked = self.approvals.remove(&past.id).unwrap_or_default();
        let mut under: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); asked.len()];
        for (subject, question) in past.questions(vocabulary) {
            let point = self.set.space().point(&question);
            if !self.known.contains_key(&point) {
                let deciding = self.deciding(&self.set.rule(&question, self.on));
                self.known.insert(point, deciding);
            }
            let Some(deciding) = self.known.get(&point) else {
                continue;
            };
            for place in &deciding.all {
                if let Some(tally) = self.tallies.get_mut(*place)
                    && tally.last != Some(number)
                {
                    tally.last = Some(number);
                    tally.decided = tally.decided.saturating_add(1);
                }
            }
            for place in &deciding.needed {
                if let Some(tally) = self.tallies.get_mut(*place) {
                    for (seen, word) in tally.seen.iter_mut().zip(point.words) {
                        *seen |= bit_of(word);
                    }
                }
            }
            for (approval, rules) in asked.iter().zip(&mut under) {
                if approval.subject == subject.id && approval.category == question.field.category()
                {
                    rules.extend(&deciding.asking);
                }
            }
        }
        for (approval, rules) in asked.iter().zip(under) {
            self.approved(approval.result, &rules);
        }
    }

    fn deciding(&self, decision: &Decision) -> Deciding {
        let place = |id: &RuleId| self.places.get(id).copied();
        let asking: Vec<usize> = decision.asking.iter().filter_map(place).collect();
        // Where a cap holds a grant back, approval alone would give nothing.
        let granting = decision.granting.iter().chain(&decision.giving);
        let needed = granting.filter_map(place).chain(asking.iter().copied());
        Deciding {
            all: decision.rules.iter().filter_map(place).collect(),
            needed: needed.collect(),
            asking,
        }
    }

    fn approved(&mut self, result: ApprovalResult, rules: &BTreeSet<usize>) {
        for place in rules {
            let Some(tally) = self.tallies.get_mut(*place) else {
                continue;
            };
            let [agreed, lapsed, open, refused] = &mut tally.approvals;
            let count = match result {
                ApprovalResult::Agreed => agreed,
                ApprovalResult::Lapsed => lapsed,
                ApprovalResult::Open => open,
                ApprovalResult::Refused => refused,
            };
            *count = count.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests;
