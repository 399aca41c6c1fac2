//! What was ticked and typed of an enquiry, and what is wrong with it.

use stile_exchange::hub::desk::{AgencyPreview, WouldAnswer};
use stile_exchange::hub::{AgencyAsk, Raise};
use stile_model::enquiry::Ask;
use stile_model::id::CategoryId;
use stile_model::redact::Redacted;

use super::super::case::Opened;
use super::super::check::Check;
use super::super::shown::Shown;
use super::{EXPIRES, LOOK_BACK};
use crate::form::Fields;

/// One category of one agency that was ticked.
pub(super) struct Ticked<'a> {
    pub(super) agency: &'a AgencyPreview,
    pub(super) category: CategoryId,
    pub(super) answer: WouldAnswer,
    pub(super) why: String,
}

/// What the kind of case proposes: its categories where they are offered, at the agencies named in the
/// address or, without any, at those not asked yet.
pub(super) fn proposed(
    shown: &Shown<'_>,
    opened: &Opened,
    previews: &[AgencyPreview],
    asked: &Fields,
) -> Fields {
    let matter = &opened.page.case.matter;
    let kind = shown.vocabulary().case_kind(&matter.kind);
    let wanted = kind.map_or(&[][..], |kind| &kind.categories);
    let mut typed = Fields::default();
    if let Some(all) = asked.given("all") {
        typed.set("all", all);
    }
    typed.set("look-back", LOOK_BACK);
    typed.set("expires", EXPIRES);
    let named: Vec<_> = asked.list("agency");
    for agency in previews {
        let is_asked = |id: &str| {
            let mut agencies = opened.answers.agencies.iter();
            agencies.any(|one| one.agency.as_str() == id)
        };
        let id = agency.agency.as_str();
        let is_wanted = if named.is_empty() {
            !is_asked(id)
        } else {
            named.iter().any(|one| one == id)
        };
        for category in &agency.categories {
            let offered = !matches!(category.answer, WouldAnswer::NotOffered);
            if is_wanted && offered && wanted.contains(&category.category) {
                typed.set(ask_name(agency), category.category.as_str());
            }
        }
    }
    typed
}

pub(super) fn ask_name(agency: &AgencyPreview) -> String {
    format!("ask-{}", agency.agency)
}

pub(super) fn why_name(agency: &AgencyPreview, category: Option<&CategoryId>) -> String {
    match category {
        Some(category) => format!(
            "why-{}-{}",
            agency.agency,
            category.as_str().replace('.', "-")
        ),
        None => format!("why-{}", agency.agency),
    }
}

/// What was ticked, with the reason of each: its own, or the agency's.
pub(super) fn ticked<'a>(fields: &Fields, previews: &'a [AgencyPreview]) -> Vec<Ticked<'a>> {
    let mut all = Vec::new();
    for agency in previews {
        let name = ask_name(agency);
        for category in &agency.categories {
            if fields.has(&name, category.category.as_str()) {
                let own = fields
                    .text(&why_name(agency, Some(&category.category)))
                    .to_owned();
                let why = if own.is_empty() {
                    fields.text(&why_name(agency, None)).to_owned()
                } else {
                    own
                };
                all.push(Ticked {
                    agency,
                    category: category.category.clone(),
                    answer: category.answer,
                    why,
                });
            }
        }
    }
    all
}

/// The enquiry, or what is wrong with it.
pub(super) fn read<'a>(
    check: &mut Check<'_>,
    previews: &'a [AgencyPreview],
) -> (Vec<Ticked<'a>>, Raise) {
    let ticked = ticked(check.fields, previews);
    if ticked.is_empty() {
        let first = previews.first().map_or_else(String::new, ask_name);
        check.fault(&first, "enquiry-fault-nothing");
    }
    for one in &ticked {
        let length = one.why.chars().count();
        if !(10..=500).contains(&length) {
            let own = why_name(one.agency, Some(&one.category));
            let words = check.shown.words().about(
                "enquiry-fault-why",
                "what",
                &check.shown.category(&one.category),
            );
            check.faults.add(&own, words);
        }
    }
    let look_back_months = number(check, "look-back", 1..=240, "enquiry-fault-look-back");
    let expires_in_h = number(check, "expires", 1..=2_160, "enquiry-fault-expires");
    let mut agencies: Vec<AgencyAsk> = Vec::new();
    for one in &ticked {
        let ask = Ask {
            category: one.category.clone(),
            necessity: Redacted::new(one.why.clone()),
        };
        match agencies
            .last_mut()
            .filter(|last| last.agency == one.agency.agency)
        {
            Some(last) => last.asks.push(ask),
            None => agencies.push(AgencyAsk {
                agency: one.agency.agency.clone(),
                asks: vec![ask],
            }),
        }
    }
    let raise = Raise {
        agencies,
        look_back_months: u16::try_from(look_back_months).unwrap_or(u16::MAX),
        expires_in_h,
    };
    (ticked, raise)
}

pub(super) fn number(
    check: &mut Check<'_>,
    name: &str,
    within: std::ops::RangeInclusive<u32>,
    fault: &str,
) -> u32 {
    let number = check.fields.text(name).parse().ok();
    let number = number.filter(|number| within.contains(number));
    if number.is_none() {
        check.fault(name, fault);
    }
    number.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use stile_exchange::hub::desk::{CategoryPreview, Heard};
    use stile_model::id::{Code, MemberId};

    use super::*;

    const ALL: &str = "The hub must know whether the children are safe tonight.";
    const OWN: &str = "Orders in force decide where they may sleep.";

    fn agency(id: &str, categories: &[&str]) -> AgencyPreview {
        AgencyPreview {
            agency: MemberId::new(id).unwrap(),
            name: id.to_owned(),
            kind: Code::new("police").unwrap(),
            contact: String::new(),
            heard: Heard::NoAgreement,
            categories: categories
                .iter()
                .map(|id| CategoryPreview {
                    category: CategoryId::new(*id).unwrap(),
                    answer: WouldAnswer::Unknown,
                })
                .collect(),
        }
    }

    fn previews() -> [AgencyPreview; 2] {
        let both = ["police.conviction", "police.protective_order"];
        [agency("north-police", &both), agency("south-police", &both)]
    }

    fn typed(all: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in all {
            fields.set(*name, *value);
        }
        fields
    }

    #[test]
    fn each_category_of_each_agency_goes_out_with_a_reason_of_its_own() {
        let fields = typed(&[
            ("ask-north-police", "police.conviction"),
            ("ask-north-police", "police.protective_order"),
            ("why-north-police", ALL),
            ("why-north-police-police-protective_order", OWN),
            ("ask-south-police", "police.conviction"),
            ("why-south-police-police-conviction", OWN),
        ]);
        let previews = previews();

        let ticked = ticked(&fields, &previews);

        let whys: Vec<_> = ticked.iter().map(|one| one.why.as_str()).collect();
        assert_eq!(whys, [ALL, OWN, OWN]);
    }

    #[test]
    fn refuses_to_lend_one_agencys_reason_to_another() {
        let fields = typed(&[
            ("why-north-police", ALL),
            ("ask-south-police", "police.conviction"),
        ]);
        let previews = previews();

        let ticked = ticked(&fields, &previews);

        assert_eq!(ticked.len(), 1);
        assert_eq!(ticked[0].why, "");
    }
}
