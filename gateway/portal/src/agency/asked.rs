//! What an enquiry asked, in the words of the page: alike above an approval and a question of identity.

use stile_exchange::agency::{Agency, AskedPerson, Asking};
use stile_model::id::Code;
use stile_model::subject::{Born, Name, NameKind};
use stile_model::vocabulary::Term;

use crate::both::part::{coded, facts, lines};
use crate::component::{Content, SummaryList};
use crate::visit::Visit;

/// Words of the agency's vocabulary and of the page.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) visit: &'a Visit,
    pub(crate) agency: &'a Agency,
}

impl Told<'_> {
    pub(crate) fn say(&self, key: &str) -> String {
        self.visit.words.say(key)
    }

    /// A word of the vocabulary as the partnership wrote it.
    pub(crate) fn term(terms: &[Term], code: &Code) -> String {
        let known = terms.iter().find(|term| term.code == *code);
        known.map_or_else(|| code.as_str().replace('_', " "), |term| term.name.clone())
    }

    /// Case, hub, purpose, who asks and authorised, consent, how far back, until when.
    pub(crate) fn request(&self, asking: &Asking) -> SummaryList {
        let (words, request) = (&self.visit.words, &asking.request);
        let vocabulary = &self.agency.vocabulary;
        let officer = |officer: &stile_policy::OfficerRole| {
            Content::from(format!("{}, {}", officer.user, officer.position))
        };
        let mut consent = vec![coded(words, "asked-consent", request.consent.as_str())];
        consent.extend(request.without_consent.clone());
        let parents = asking.parents_informed.as_ref();
        let months = usize::from(request.look_back_months);
        facts(vec![
            (
                self.say("asked-case"),
                Some(request.case.to_string().into()),
            ),
            (self.say("asked-hub"), Some((&request.organisation).into())),
            (
                self.say("asked-priority"),
                Some(coded(words, "asked-priority", asking.priority.as_str()).into()),
            ),
            (
                self.say("asked-purpose"),
                Some((&request.purpose_name).into()),
            ),
            (
                self.say("asked-requester"),
                Some(officer(&request.requester)),
            ),
            (
                self.say("asked-authoriser"),
                Some(
                    request
                        .authoriser
                        .as_ref()
                        .map_or_else(|| self.say("asked-no-authoriser").into(), officer),
                ),
            ),
            (
                self.say("asked-when"),
                Some(words.moment(request.requested).into()),
            ),
            (self.say("asked-consent"), Some(lines(consent))),
            (
                self.say("asked-parents"),
                parents.map(|code| Self::term(&vocabulary.parents_informed, code).into()),
            ),
            (
                self.say("asked-look-back"),
                Some(words.count("asked-months", "number", months).into()),
            ),
            (
                self.say("asked-expires"),
                Some(words.moment(asking.expires).into()),
            ),
        ])
    }

    /// Who is asked about, as the hub knows them.
    pub(crate) fn person(&self, asking: &Asking) -> SummaryList {
        let who = &asking.who;
        let role = Self::term(&self.agency.vocabulary.subject_roles, &asking.role);
        facts(vec![
            (self.say("asked-name"), Some(lines(self.names(who)))),
            (self.say("asked-born"), self.born(who).map(Content::from)),
            (self.say("asked-role"), Some(role.into())),
        ])
    }

    /// Every name, with what kind of name it is where it is not the one in use.
    pub(crate) fn names(&self, who: &AskedPerson) -> Vec<String> {
        let said = |name: &Name| {
            let whole = format!("{} {}", name.forenames.reveal(), name.surname.reveal());
            let kind = match name.kind {
                NameKind::Alias => Some("asked-alias"),
                NameKind::Current => None,
                NameKind::Former => Some("asked-former"),
            };
            match kind {
                Some(key) => format!("{} ({})", whole.trim(), self.say(key)),
                None => whole.trim().to_owned(),
            }
        };
        who.names.iter().map(said).collect()
    }

    /// When they were born, as well as it is known.
    pub(crate) fn born(&self, who: &AskedPerson) -> Option<String> {
        let words = &self.visit.words;
        Some(match who.born? {
            Born::Approximate { date, years } => {
                let about = words.about("asked-born-about", "date", &words.day(date));
                format!(
                    "{about} ({})",
                    words.count("asked-born-years", "number", years.into())
                )
            }
            Born::Exact(date) => words.day(date),
            Born::Expected(date) => words.about("asked-born-expected", "date", &words.day(date)),
            Born::Month { year, month } => {
                format!("{} {year}", words.say(&format!("time-month-{month}")))
            }
            Born::Year(year) => year.to_string(),
        })
    }

    /// The request as the decision record has it (ICO data sharing code, annex B).
    pub(crate) fn record(&self, asking: &Asking) -> SummaryList {
        let request = &asking.request;
        let yes = |held: bool| self.say(if held { "parts-yes" } else { "parts-no" });
        let some = |lines_of: &[String]| (!lines_of.is_empty()).then(|| lines(lines_of.to_vec()));
        facts(vec![
            (self.say("asked-held-by"), Some((&request.held_by).into())),
            (
                self.say("asked-lawful-basis"),
                Some((&request.lawful_basis).into()),
            ),
            (self.say("asked-legal-power"), some(&request.legal_power)),
            (
                self.say("asked-condition"),
                Some((&request.condition).into()),
            ),
            (self.say("asked-part-3"), Some(yes(request.part_3).into())),
            (
                self.say("asked-competent"),
                request.competent_authority.as_ref().map(Content::from),
            ),
            (
                self.say("asked-retention"),
                Some((&request.retention).into()),
            ),
            (
                self.say("asked-agreement"),
                Some((&request.agreement).into()),
            ),
            (self.say("asked-to-confirm"), some(&request.to_confirm)),
        ])
    }
}
