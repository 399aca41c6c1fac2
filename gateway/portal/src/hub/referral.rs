//! A contact or referral taken down: in steps, or on one page while somebody is on the telephone.
//!
//! Each step is saved as a draft; what is missing is prompted for and never stops anybody. A case is
//! opened only from the last page, where cases about the same people are shown first.

mod finish;
mod parts;
mod people;
mod seen;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_exchange::hub::desk::{DraftId, Referral};
use stile_model::id::Code;

pub(crate) use finish::{add, advice, check_page, submit};
pub(super) use parts::{channel_word, said_word};
pub(super) use seen::knowledge_word;

use super::check::{Check, none};
use super::part::{Hidden, Tab, link, tabs, with_small};
use super::shown::Shown;
use crate::component::{Button, Cell, Content, ErrorSummary, Faults, SubNavigation, Table};
use crate::form::Fields;
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;

/// One step of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Referrer,
    Concern,
    People,
    Home,
    Consent,
    /// All of them on one page, in the order of a call.
    Call,
}

impl Step {
    /// The steps, in order.
    pub(super) const EACH: [Self; 5] = [
        Self::Referrer,
        Self::Concern,
        Self::People,
        Self::Home,
        Self::Consent,
    ];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Referrer => "referrer",
            Self::Concern => "concern",
            Self::People => "people",
            Self::Home => "home",
            Self::Consent => "consent",
            Self::Call => "call",
        }
    }

    fn of(word: &str) -> Option<Self> {
        let mut all = Self::EACH.into_iter().chain([Self::Call]);
        all.find(|step| step.word() == word)
    }

    /// The steps that stand on its page.
    fn shown(self) -> Vec<Self> {
        match self {
            Self::Call => Self::EACH.into(),
            one => vec![one],
        }
    }

    /// Where its writer goes next.
    fn next(self) -> &'static str {
        let mut rest = Self::EACH.into_iter().skip_while(|one| *one != self);
        rest.nth(1).map_or("check", Self::word)
    }
}

#[derive(Template)]
#[template(path = "hub/referrals.html")]
struct List {
    heading: String,
    new_heading: String,
    what: String,
    to: String,
    hidden: Hidden,
    steps: Button,
    call: Button,
    drafts_heading: String,
    drafts: Option<Content>,
    discard_to: String,
    none: String,
}

/// Drafts to take up again, and two ways to begin.
pub(crate) async fn list(visit: Signed, State(hub): State<Arc<Hub>>) -> Paged {
    let drafts = hub.drafts(&visit.person)?;
    let shown = Shown::new(&visit, &hub);
    let head = ["who", "saved", "lapses", "missing", "action"];
    let head = head.map(|part| Cell::new(shown.say(&format!("referral-head-{part}"))));
    let rows = drafts.iter().map(|draft| {
        let who = match &draft.subject {
            Some(name) => name.reveal().clone(),
            None => shown.say("hub-name-unknown"),
        };
        let step = draft.step.as_ref().and_then(|step| Step::of(step.as_str()));
        let step = step.map_or("referrer", Step::word);
        let to = visit.to(&format!("/referrals/{}/{step}", draft.id));
        let discard = Button::new(Content::from(shown.say("referral-discard")).hidden(&who))
            .secondary()
            .classes("govuk-!-margin-bottom-0")
            .attribute(
                "formaction",
                &visit.to(&format!("/referrals/{}/discard", draft.id)),
            );
        vec![
            Cell::new(link(to, who.as_str())),
            Cell::new(visit.words.moment(draft.saved)),
            Cell::new(visit.words.moment(draft.lapses)),
            Cell::new(draft.prompts.to_string()).numeric(),
            Cell::new(discard),
        ]
    });
    let heading = shown.say("referral-drafts");
    let table = Table::new(heading.as_str(), head.into(), rows.collect());
    let title = shown.say("referral-title");
    let body = List {
        new_heading: shown.say("referral-new"),
        what: shown.say("referral-what"),
        to: visit.to("/referrals/new"),
        hidden: Hidden::nonce(&visit)?,
        steps: Button::new(shown.say("referral-in-steps")).sends("mode", "steps"),
        call: Button::new(shown.say("referral-by-telephone"))
            .secondary()
            .sends("mode", "call"),
        drafts_heading: heading,
        drafts: (!drafts.is_empty()).then(|| table.hidden_caption().scrolling()),
        discard_to: visit.to("/referrals"),
        none: shown.say("referral-no-drafts"),
        heading: title.clone(),
    };
    visit.page(&title, &body)
}

/// Begins a draft.
pub(crate) async fn begin(visit: Signed, State(hub): State<Arc<Hub>>, fields: Fields) -> Paged {
    visit.spend(fields.nonce())?;
    let step = if fields.text("mode") == "call" {
        Step::Call
    } else {
        Step::Referrer
    };
    let begun = Code::new(step.word()).ok();
    // The clock runs from receipt; the form shows this moment, for whoever writes it down later.
    let blank = Referral {
        received: Some(visit.now()),
        ..Referral::default()
    };
    let draft = hub.save_draft(&visit.person, None, blank, begun).await?;
    Ok(visit.go(&format!("/referrals/{}/{}", draft.id, step.word())))
}

/// Throws a draft away.
pub(crate) async fn discard(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
    fields: Fields,
) -> Paged {
    let id = draft_id(&id)?;
    visit.spend(fields.nonce())?;
    hub.discard_draft(&visit.person, id).await?;
    Ok(visit.go("/referrals"))
}

pub(super) fn draft_id(text: &str) -> Result<DraftId, Trouble> {
    text.parse().map_err(|_| Trouble::NotFound)
}

#[derive(Template)]
#[template(path = "hub/referral-step.html")]
struct StepPage {
    back: (String, String),
    summary: Option<ErrorSummary>,
    heading: String,
    steps: SubNavigation,
    to: String,
    hidden: Hidden,
    parts: Vec<(String, String, Vec<Content>)>,
    save: Button,
    more: Option<Button>,
}

/// One step with what is written so far.
pub(crate) async fn step(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path((id, word)): Path<(String, String)>,
) -> Paged {
    let step = Step::of(&word).ok_or(Trouble::NotFound)?;
    let draft = hub.draft(&visit.person, draft_id(&id)?)?;
    let shown = Shown::new(&visit, &hub);
    let typed = parts::write(&draft.referral);
    page(&visit, &shown, &id, step, &typed, &none(&shown))
}

fn page(
    visit: &Signed,
    shown: &Shown<'_>,
    id: &str,
    step: Step,
    typed: &Fields,
    faults: &Faults,
) -> Paged {
    let is_one = step != Step::Call;
    let heading = shown.say(&format!("referral-step-{}", step.word()));
    let parts = step.shown().into_iter().map(|one| {
        let name = shown.say(&format!("referral-step-{}", one.word()));
        (
            one.word().to_owned(),
            name,
            parts::show(shown, one, typed, faults),
        )
    });
    let repeats = matches!(step, Step::Concern | Step::People | Step::Call);
    let body = StepPage {
        back: (visit.to("/referrals"), shown.say("referral-title")),
        summary: faults.summary(),
        steps: steps(shown, id, Some(step)),
        to: visit.to(&format!("/referrals/{id}/{}", step.word())),
        hidden: Hidden::nonce(visit)?,
        parts: parts.collect(),
        save: Button::new(shown.say("referral-save")).sends("do", "next"),
        more: repeats.then(|| {
            Button::new(shown.say("referral-more"))
                .secondary()
                .sends("do", "more")
        }),
        heading: heading.clone(),
    };
    let title = if is_one {
        format!("{heading}, {}", shown.say("referral-new"))
    } else {
        heading
    };
    visit.page(&faults.mark(&title), &body)
}

/// The steps beside each other.
pub(super) fn steps(shown: &Shown<'_>, id: &str, here: Option<Step>) -> SubNavigation {
    let each = Step::EACH.into_iter().map(Step::word);
    let all = each.chain([Step::Call.word(), "check"]);
    let all = all.map(|word| Tab {
        words: shown.say(&format!("referral-step-{word}")),
        to: shown.visit.to(&format!("/referrals/{id}/{word}")),
        here: here.map_or("check", Step::word) == word,
    });
    tabs(shown.say("referral-steps"), all)
}

/// Saves a step and goes on.
pub(crate) async fn save(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path((id, word)): Path<(String, String)>,
    fields: Fields,
) -> Paged {
    let step = Step::of(&word).ok_or(Trouble::NotFound)?;
    let draft = draft_id(&id)?;
    let mut referral = hub.draft(&visit.person, draft)?.referral;
    let shown = Shown::new(&visit, &hub);
    let mut check = Check::new(shown, &fields);
    for one in step.shown() {
        parts::read(&mut check, one, &mut referral);
    }
    if check.faults.is_empty() {
        visit.spend(fields.nonce())?;
        let more = fields.text("do") == "more";
        let next = if more { step.word() } else { step.next() };
        let kept = Code::new(if next == "check" { step.word() } else { next }).ok();
        match hub
            .save_draft(&visit.person, Some(draft), referral, kept)
            .await
        {
            Ok(_) => return Ok(visit.go(&format!("/referrals/{id}/{next}"))),
            Err(error) => check.refused(error)?,
        }
    }
    let faults = check.faults;
    page(&visit, &shown, &id, step, &fields, &faults)
}

/// Something with what it means under it.
pub(super) fn explained(main: String, why: String) -> Content {
    with_small(main, [Content::from(why)])
}
