//! What an officer orders: to hold a case, to let it go, to propose that cases be erased. Each only once
//! they have shown again who they are.

use std::borrow::Cow;
use std::collections::BTreeSet;

use stile_exchange::error::ExchangeError;
use stile_exchange::retention::{
    ErasureReason, HoldReason, PlaceHold, Propose, ReleaseHold, ReleaseReason,
};
use stile_model::id::CaseId;

use crate::both::fields;
use crate::both::part::{Form, Sheet, choose, coded, no_faults};
use crate::component::{Content, Faults, Field, Textarea};
use crate::form::Fields;
use crate::trouble::{Paged, Refusal};
use crate::visit::Signed;
use crate::words::Words;

/// One of the three forms.
#[derive(Clone, Copy)]
struct Order {
    path: &'static str,
    title: &'static str,
    what: &'static str,
    button: &'static str,
    /// The first part of the keys of its reasons.
    reason: &'static str,
    reasons: &'static [&'static str],
    /// It is about one case, or about several.
    one: bool,
}

const HOLD: Order = Order {
    path: "/retention/hold",
    title: "retention-hold-title",
    what: "retention-hold-what",
    button: "retention-hold-send",
    reason: "retention-hold",
    reasons: &HoldReason::WORDS,
    one: true,
};
const RELEASE: Order = Order {
    path: "/retention/release",
    title: "retention-release-title",
    what: "retention-release-what",
    button: "retention-release-send",
    reason: "retention-ends",
    reasons: &ReleaseReason::WORDS,
    one: true,
};
const ERASURE: Order = Order {
    path: "/retention/erasure",
    title: "retention-erasure-title",
    what: "retention-erasure-what",
    button: "retention-erasure-send",
    reason: "retention-erase",
    reasons: &ErasureReason::WORDS,
    one: false,
};

pub(super) async fn hold_page(visit: Signed) -> Paged {
    HOLD.empty(&visit)
}

pub(super) async fn release_page(visit: Signed) -> Paged {
    RELEASE.empty(&visit)
}

pub(super) async fn erasure_page(visit: Signed) -> Paged {
    ERASURE.empty(&visit)
}

/// Holds a case.
pub(super) async fn hold(visit: Signed, typed: Fields) -> Paged {
    visit.must_be_fresh()?;
    let mut faults = no_faults(&visit.words);
    let case = one_case(&typed, &visit.words, &mut faults);
    let reason = HoldReason::read(typed.text("reason"));
    let (Some(case), Some(reason)) = (case, known(reason, &visit.words, &mut faults)) else {
        return HOLD.shown(&visit, &typed, &faults);
    };
    visit.spend(typed.nonce())?;
    let order = PlaceHold { case, reason };
    let held = visit.site.gateway.hold(&visit.person, &order).await;
    HOLD.done(&visit, &typed, faults, held.map(|_| None))
}

/// Ends a hold.
pub(super) async fn release(visit: Signed, typed: Fields) -> Paged {
    visit.must_be_fresh()?;
    let mut faults = no_faults(&visit.words);
    let case = one_case(&typed, &visit.words, &mut faults);
    let reason = ReleaseReason::read(typed.text("reason"));
    let (Some(case), Some(reason)) = (case, known(reason, &visit.words, &mut faults)) else {
        return RELEASE.shown(&visit, &typed, &faults);
    };
    visit.spend(typed.nonce())?;
    let order = ReleaseHold { case, reason };
    let released = visit.site.gateway.release_hold(&visit.person, &order).await;
    RELEASE.done(&visit, &typed, faults, released.map(|()| None))
}

/// Proposes that cases be erased; another officer decides.
pub(super) async fn propose(visit: Signed, typed: Fields) -> Paged {
    visit.must_be_fresh()?;
    let words = &visit.words;
    let mut faults = no_faults(words);
    let cases = typed.text("case").split_whitespace().map(CaseId::new);
    let cases: Result<BTreeSet<_>, _> = cases.collect();
    let cases = cases.ok().filter(|cases| !cases.is_empty());
    if cases.is_none() {
        faults.add("case", words.say("retention-no-cases"));
    }
    let reason = ErasureReason::read(typed.text("reason"));
    let (Some(cases), Some(reason)) = (cases, known(reason, words, &mut faults)) else {
        return ERASURE.shown(&visit, &typed, &faults);
    };
    visit.spend(typed.nonce())?;
    let order = Propose { cases, reason };
    let proposed = visit.site.gateway.propose(&visit.person, &order).await;
    ERASURE.done(&visit, &typed, faults, proposed.map(|made| Some(made.id)))
}

fn one_case(typed: &Fields, words: &Words, faults: &mut Faults) -> Option<CaseId> {
    let case = CaseId::new(typed.text("case")).ok();
    if case.is_none() {
        faults.add("case", words.say("log-no-case"));
    }
    case
}

/// A reason that the form offers; else a fault at its field.
fn known<T>(reason: Option<T>, words: &Words, faults: &mut Faults) -> Option<T> {
    if reason.is_none() {
        faults.add("reason", words.say("retention-choose-reason"));
    }
    reason
}

impl Order {
    fn empty(self, visit: &Signed) -> Paged {
        self.shown(visit, &Fields::default(), &no_faults(&visit.words))
    }

    fn shown(self, visit: &Signed, typed: &Fields, faults: &Faults) -> Paged {
        let words = &visit.words;
        let mut sheet = Sheet::new(words.say(self.title)).faults(faults);
        sheet.say(words.say(self.what));
        let case = if self.one {
            Content::from(fields::line("case", "log-case", typed, words, faults))
        } else {
            let field = Field::new("case", words.say("retention-cases"))
                .hint(words.say("retention-cases-hint"))
                .error(faults.of("case"));
            let text = Textarea::new(field).rows(4).spelling(false);
            text.value(typed.text("case")).into()
        };
        let reason = Field::new("reason", words.say("retention-why")).error(faults.of("reason"));
        let reasons = self
            .reasons
            .iter()
            .map(|code| (*code, Cow::Owned(coded(words, self.reason, code))));
        let form = Form::post(visit, self.path)?
            .with(case)
            .with(choose(words, reason, reasons, typed.text("reason")))
            .button(words, self.button);
        sheet.add(form);
        sheet.page(visit, Some(faults))
    }

    /// On to what came of it; or the form again, with what was refused.
    fn done(
        self,
        visit: &Signed,
        typed: &Fields,
        mut faults: Faults,
        came: Result<Option<stile_model::id::EnquiryId>, ExchangeError>,
    ) -> Paged {
        match came {
            Ok(Some(id)) => Ok(visit.go(&format!("/retention/erasures/{id}"))),
            Ok(None) => Ok(visit.go("/retention?all=yes")),
            Err(error) => {
                let refusal = Refusal::of(error)?;
                faults.add_to_form(refusal.said());
                Ok(refusal.on(self.shown(visit, typed, &faults)?))
            }
        }
    }
}
