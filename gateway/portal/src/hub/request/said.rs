//! What one referral says: danger first, then from whom and how, then the worry.

use stile_exchange::hub::desk::{KeptReferral, Observation, Referral, Said};

use super::super::part::{paragraphs, with_small};
use super::super::referral::{channel_word, knowledge_word, said_word};
use super::super::shown::Shown;
use crate::component::{Content, SummaryList, SummaryRow, Tag, Tint};

pub(super) fn heading(shown: &Shown<'_>, kept: &KeptReferral) -> String {
    let arguments = [
        ("who", shown.user(&kept.taken_by).into()),
        ("when", shown.words().moment(kept.taken).into()),
    ];
    shown.words().with("case-taken-by", arguments)
}

/// Rows as they are gathered; what was not said has none, unless not saying it matters.
struct Rows<'a> {
    shown: Shown<'a>,
    rows: Vec<SummaryRow>,
}

impl Rows<'_> {
    fn row(&mut self, key: &str, value: impl Into<Content>) {
        self.rows.push(SummaryRow::new(self.shown.say(key), value));
    }

    fn text(&mut self, key: &str, value: &str) {
        if !value.trim().is_empty() {
            self.row(key, paragraphs(value));
        }
    }

    /// A question that can be left open: that it was not answered is said, too.
    fn answer(&mut self, key: &str, said: Option<Said>) {
        let words = answer(&self.shown, said);
        self.row(key, words);
    }
}

fn answer(shown: &Shown<'_>, said: Option<Said>) -> String {
    match said_word(said) {
        "" => shown.say("case-not-answered"),
        word => shown.coded("referral-said", word),
    }
}

/// What the referrer said.
pub(super) fn referral(shown: &Shown<'_>, kept: &KeptReferral) -> SummaryList {
    let said = &kept.referral;
    let mut rows = Rows {
        shown: *shown,
        rows: Vec::new(),
    };
    rows.row("referral-danger", danger(shown, said));
    came(&mut rows, kept);
    referrer(&mut rows, said);
    rows.text("case-concern", said.concern.reveal());
    for seen in &said.observations {
        rows.row("case-seen", observation(shown, seen));
    }
    rows.text("case-household", said.household.reveal());
    rows.text("case-responsibility", said.parental_responsibility.reveal());
    rows.text("case-language", said.needs.language.reveal());
    rows.answer("referral-interpreter", said.needs.interpreter);
    rows.answer("referral-disability", said.needs.disability);
    rows.text("case-needs-account", said.needs.account.reveal());
    SummaryList::new(rows.rows)
}

fn danger(shown: &Shown<'_>, said: &Referral) -> Content {
    let words = answer(shown, said.immediate_danger);
    match said.immediate_danger {
        Some(Said::Yes) => Tag::new(words, Tint::Red).into(),
        Some(Said::No | Said::Unknown) | None => words.into(),
    }
}

/// When it reached the hub, and how.
fn came(rows: &mut Rows<'_>, kept: &KeptReferral) {
    let received = kept.referral.received.unwrap_or(kept.taken);
    let when = rows.shown.words().moment(received);
    rows.row("product-received", when);
    if let Some(channel) = kept.referral.channel {
        let words = rows.shown.coded("referral-channel", channel_word(channel));
        rows.row("referral-channel", words);
    }
}

fn referrer(rows: &mut Rows<'_>, said: &Referral) {
    let who = &said.referrer;
    rows.text("case-referrer", who.name.reveal());
    if let Some(kind) = &who.kind {
        let words = rows.shown.coded("referral-referrer-kind", kind.as_str());
        rows.row("referral-referrer-kind", words);
    }
    rows.text("case-referrer-role", who.role.reveal());
    rows.text("case-referrer-organisation", who.organisation.reveal());
    rows.text("case-phones", who.telephone.reveal());
    rows.text("case-email", who.email.reveal());
    let named = answer(&rows.shown, who.may_be_named);
    let named = match who.may_be_named {
        Some(Said::Yes) => Content::from(named),
        // Whoever was not asked is not named either.
        Some(Said::No | Said::Unknown) | None => {
            with_small(named, [rows.shown.say("case-warn-unnamed").into()])
        }
    };
    rows.row("referral-may-be-named", named);
    rows.answer("referral-may-be-told", who.may_be_told);
}

/// One thing seen or heard: when, what, and whether they saw it themselves.
fn observation(shown: &Shown<'_>, seen: &Observation) -> Content {
    let when = match seen.on {
        Some(on) => shown.words().day(on),
        None => seen.when.reveal().trim().to_owned(),
    };
    let how = match seen.knowledge {
        Some(how) => shown.coded("referral-knowledge", knowledge_word(how)),
        None => shown.say("case-seen-not-said"),
    };
    let by = seen.reported_by.reveal().trim();
    let by = (!by.is_empty()).then(|| shown.words().about("case-seen-by", "who", by));
    let small = [Some(when).filter(|when| !when.is_empty()), Some(how), by];
    let small = small.into_iter().flatten().map(Content::from);
    with_small(paragraphs(seen.what.reveal()), small.collect::<Vec<_>>())
}
