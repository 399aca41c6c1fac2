//! One approval: exactly what would leave, what would not, on what ground it was asked, and what came
//! of it.

use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::agency::{Agency, Approval, Asking, OpenedTask, TaskState, TaskSubject};
use stile_model::id::EnquiryId;
use stile_model::returns::Finding;

use super::super::asked::Told;
use super::decision::{self, Typed};
use super::leaving::Leaving;
use super::standing;
use crate::both::part::{Link, Sheet, bullets, coded, facts, kept_words, left, lines, no_faults};
use crate::component::{Content, Faults};
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;

pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(id): Path<String>,
) -> Paged {
    let id = read(&id)?;
    let opened = agency.open_task(&visit.person, id).await?;
    let faults = no_faults(&visit.words);
    shown(&visit, &agency, &opened, &Typed::default(), &faults)
}

/// The id in an address; anything else is no page.
pub(crate) fn read(id: &str) -> Result<EnquiryId, Trouble> {
    id.parse().map_err(|_| Trouble::NotFound)
}

/// The page, with a decision as far as it was typed and what is wrong with it.
pub(super) fn shown(
    visit: &Signed,
    agency: &Agency,
    opened: &OpenedTask,
    typed: &Typed,
    faults: &Faults,
) -> Paged {
    let Some(sheet) = sheet_of(visit, agency, opened) else {
        // A question of identity or an alert has its own page.
        return Ok(visit.go(&format!("/matches/{}", opened.task.id)));
    };
    let mut sheet = sheet.faults(faults);
    let is_open = opened.task.state == TaskState::Open && opened.task.due > opened.now;
    if is_open && !has_agreed(opened, visit) {
        sheet.heading(visit.words.say("approvals-decide"));
        sheet.add(decision::form(visit, opened, typed, faults)?);
    } else {
        kept_words(&mut sheet, &visit.words, typed.reason());
    }
    sheet.page(visit, Some(faults))
}

/// Everything about an approval but a form to decide it; none of another task.
pub(crate) fn sheet_of(visit: &Signed, agency: &Agency, opened: &OpenedTask) -> Option<Sheet> {
    let TaskSubject::Approval(approval) = &opened.task.subject else {
        return None;
    };
    let told = Told {
        visit: &visit.visit,
        agency,
    };
    let item = OneApproval {
        told,
        opened,
        approval,
        asking: opened.asking.as_ref()?,
    };
    Some(item.sheet())
}

/// Somebody who agreed for one role cannot agree for another.
fn has_agreed(opened: &OpenedTask, visit: &Signed) -> bool {
    let mut agreed = opened.asked.iter().filter_map(|one| one.agreed.as_ref());
    agreed.any(|user| *user == visit.person.user)
}

struct OneApproval<'a> {
    told: Told<'a>,
    opened: &'a OpenedTask,
    approval: &'a Approval,
    asking: &'a Asking,
}

impl OneApproval<'_> {
    fn sheet(&self) -> Sheet {
        let told = self.told;
        let case = self.asking.request.case.to_string();
        let caption = told.visit.words.about("approvals-caption", "case", &case);
        let mut sheet = Sheet::new(self.title()).caption(caption);
        sheet.add(self.state());
        sheet.heading(told.say("approvals-leaves"));
        let leaving = self.leaving();
        leaving.add_to(&mut sheet);
        sheet.heading(told.say("approvals-held-back"));
        sheet.add(leaving.held_back());
        sheet.heading(told.say("approvals-otherwise"));
        sheet.add(bullets([
            self.otherwise("approvals-if-refused", &self.approval.if_refused),
            self.otherwise("approvals-if-lapsed", &self.approval.if_lapsed),
        ]));
        sheet.heading(told.say("approvals-who-asks"));
        sheet.add(told.request(self.asking));
        sheet.heading(told.say("approvals-about-whom"));
        sheet.add(told.person(self.asking));
        sheet.heading(told.say("approvals-why"));
        self.add_why(&mut sheet);
        sheet.heading(told.say("approvals-record"));
        sheet.say(told.say("approvals-record-what"));
        sheet.add(told.record(self.asking));
        sheet.heading(told.say("approvals-who-agrees"));
        self.add_who_agrees(&mut sheet);
        sheet
    }

    fn title(&self) -> String {
        self.leaving().title()
    }

    const fn leaving(&self) -> Leaving<'_> {
        Leaving {
            told: self.told,
            finding: &self.approval.if_agreed,
            has_left: false,
        }
    }

    /// How long is left, or how it ended and what left.
    fn state(&self) -> Content {
        let (words, task) = (&self.told.visit.words, &self.opened.task);
        let ended = task.ended.as_ref();
        let decided_by = ended.map(|ended| match &ended.by {
            Some(user) => Content::from(self.told.visit.site.shown(user)),
            None => words.say("approvals-nobody").into(),
        });
        let state = coded(words, "approvals-state", state(task.state));
        let ended = ended.map(|ended| Content::from(words.moment(ended.at)));
        facts(vec![
            (words.say("approvals-state"), Some(state.into())),
            (words.say("approvals-due"), Some(self.due())),
            (words.say("approvals-ended"), ended),
            (words.say("approvals-decided-by"), decided_by),
            (words.say("approvals-told"), self.told_return()),
            (words.say("approvals-recorded"), self.permit()),
        ])
        .into()
    }

    fn due(&self) -> Content {
        let (words, task) = (&self.told.visit.words, &self.opened.task);
        let moment = Content::from(words.moment(task.due));
        if task.ended.is_some() {
            return moment;
        }
        let left_s = task.due.since_millis(self.opened.now) / 1_000;
        lines([Content::from(left(words, left_s)), moment])
    }

    /// Which return told the hub, and when.
    fn told_return(&self) -> Option<Content> {
        let words = &self.told.visit.words;
        let told = self.opened.told.as_ref()?;
        let said = words.with(
            "approvals-told-return",
            [
                ("number", told.n.to_string().into()),
                ("moment", words.moment(told.at).into()),
            ],
        );
        Some(said.into())
    }

    /// The entry of the ledger that was made before anything left.
    fn permit(&self) -> Option<Content> {
        let visit = self.told.visit;
        let told = self.opened.told.as_ref()?;
        let to = visit.to(&format!("/log/{}", told.permit));
        let number = told.permit.to_string();
        let said = visit.words.about("approvals-entry", "number", &number);
        Some(Link::new(to, said).into())
    }

    /// What the hub hears if it is not agreed to.
    fn otherwise(&self, key: &str, finding: &Finding) -> String {
        let words = &self.told.visit.words;
        let status = coded(words, "approvals-status", finding.status.as_str());
        let number = finding.items.len();
        words.with(key, [("status", status.into()), ("number", number.into())])
    }

    /// Why the hub needs this category, and the grounds of the rules that would let it out.
    fn add_why(&self, sheet: &mut Sheet) {
        let category = &self.approval.if_agreed.category;
        let mut asked = self.asking.request.data.iter();
        if let Some(held) = asked.find(|held| held.category == *category) {
            sheet.say(held.necessity.reveal().as_str());
        }
        let grounds = self.approval.grounds.iter();
        let grounds = grounds.map(|ground| format!("{}: {}", ground.rule, ground.why));
        let grounds: Vec<_> = grounds.collect();
        if !grounds.is_empty() {
            sheet.say(self.told.say("approvals-grounds"));
            sheet.add(bullets(grounds));
        }
    }

    fn add_who_agrees(&self, sheet: &mut Sheet) {
        let (visit, words) = (self.told.visit, &self.told.visit.words);
        sheet.say(words.say(if self.approval.any_of {
            "approvals-any-of"
        } else {
            "approvals-all-of"
        }));
        let each = self.opened.asked.iter().map(|one| {
            let may: Vec<_> = one.may.iter().map(|user| visit.site.shown(user)).collect();
            let may = if may.is_empty() {
                words.say("approvals-nobody-holds")
            } else {
                words.about("approvals-may", "users", &may.join(", "))
            };
            lines([standing(visit, one), may])
        });
        sheet.add(bullets(each));
    }
}

/// The word of a task's state.
pub(crate) const fn state(state: TaskState) -> &'static str {
    match state {
        TaskState::Closed => "closed",
        TaskState::Lapsed => "lapsed",
        TaskState::Open => "open",
    }
}
