//! One entry of the ledger, with its proof taken apart. Its sealed part is opened only by a form of its
//! own, by somebody who has shown a moment ago who they are: no address opens it.

use axum::extract::Path;
use stile_exchange::audit::{Checked, EntryLine, Show, Shown};

use crate::both::fields;
use crate::both::part::{
    Form, Link, Sheet, bullets, coded, facts, lines, no_faults, tick, verbatim,
};
use crate::component::{Button, Cell, Content, Table};
use crate::doors::Part;
use crate::form::{Asked, Fields};
use crate::trouble::{Paged, Trouble};
use crate::visit::{Signed, Visit};

/// The index in an address; anything else is no page.
pub(super) fn read(index: &str) -> Result<u64, Trouble> {
    index.parse().map_err(|_| Trouble::NotFound)
}

/// Asks why, then shows the entry once that is on record.
pub(super) async fn page(visit: Signed, Path(index): Path<String>, Asked(asked): Asked) -> Paged {
    let index = read(&index)?;
    let Some(reason) = fields::known_reason(asked.text("reason")) else {
        return why(&visit, index, &asked);
    };
    let ask = Show {
        open: false,
        reason,
    };
    read_whole(&visit, index, &ask).await
}

/// Opens the sealed part, too, once the person has shown again who they are and that is on record.
pub(super) async fn open(visit: Signed, Path(index): Path<String>, typed: Fields) -> Paged {
    visit.must_be_fresh()?;
    let index = read(&index)?;
    let Some(reason) = fields::known_reason(typed.text("reason")) else {
        return why(&visit, index, &typed);
    };
    visit.spend(typed.nonce())?;
    let ask = Show { open: true, reason };
    read_whole(&visit, index, &ask).await
}

async fn read_whole(visit: &Signed, index: u64, ask: &Show) -> Paged {
    let gateway = &visit.site.gateway;
    let shown = gateway.show(&visit.person, index, ask).await?;
    let checked = gateway
        .checked_proof(&visit.person, index, &ask.reason)
        .await?;
    whole(visit, &shown, &checked, ask)
}

fn title(visit: &Visit, index: u64) -> String {
    visit
        .words
        .about("log-entry-title", "number", &index.to_string())
}

fn why(visit: &Signed, index: u64, asked: &Fields) -> Paged {
    let words = &visit.words;
    let mut faults = no_faults(words);
    if asked.given("reason").is_some() || asked.given("nonce").is_some() {
        faults.add("reason", words.say("log-choose-reason"));
    }
    let mut sheet = Sheet::new(title(visit, index)).faults(&faults);
    sheet.say(words.say("log-entry-why"));
    let form = Form::get(visit, &format!("/log/{index}"))
        .with(fields::reason_field(asked.text("reason"), words, &faults))
        .button(words, "log-show");
    sheet.add(form);
    sheet.page(visit, Some(&faults))
}

fn whole(visit: &Signed, shown: &Shown, checked: &Checked, ask: &Show) -> Paged {
    let words = &visit.words;
    let index = shown.entry.index;
    let mut sheet = Sheet::new(title(visit, index));
    sheet.add(line(visit, &shown.entry, ask));
    sheet.heading(words.say("log-proof"));
    sheet.say(words.say("log-proof-what"));
    sheet.add(steps(visit, checked));
    sheet.add(verbatim(
        words.say("log-receipt"),
        checked.proof.receipt.as_str(),
    ));
    sheet.heading(words.say("log-body"));
    match (shown.body_state.as_str(), &shown.body) {
        (_, Some(body)) => {
            sheet.add(verbatim(words.say("log-body"), body.reveal().as_str()));
            if let Some(salt) = &shown.salt {
                sheet.say(words.about("log-salt", "salt", salt));
            }
        }
        ("erased", None) => sheet.say(words.say("log-erased")),
        (_, None) => {
            sheet.say(words.say("log-body-closed"));
            let form = Form::post(visit, &format!("/log/{index}/body"))?
                .carrying("reason", ask.reason.code().as_str())
                .with(Button::new(words.say("log-open")).secondary());
            sheet.add(form);
        }
    }
    sheet.heading(words.say("log-leaf"));
    sheet.add(verbatim(words.say("log-leaf"), shown.leaf.as_str()));
    let to = visit.to(&format!("/log/{index}/correction"));
    sheet.say(Link::new(to, words.say("log-correct")));
    let mut duties = visit.person.duties.iter();
    if duties.any(|duty| Part::of(duty) == Part::InformationGovernance) {
        let to = visit.to(&format!("/log/{index}/deferral"));
        sheet.say(Link::new(to, words.say("log-defer")));
    }
    sheet.page(visit, None)
}

/// What the entry says openly.
fn line(visit: &Visit, line: &EntryLine, ask: &Show) -> Content {
    let words = &visit.words;
    let spaced = |code: &stile_model::id::Code| Content::from(code.as_str().replace('_', " "));
    let known = |code: &stile_model::id::Code| {
        let purpose = visit.site.gateway.vocabulary().purpose(code);
        purpose.map_or_else(|| spaced(code), |purpose| Content::from(&purpose.name))
    };
    let members = line.recipients.iter();
    let members: Vec<_> = members
        .map(|id| visit.site.gateway.member_name(id))
        .collect();
    let counts: Vec<_> = line
        .counts
        .iter()
        .map(|(code, number)| format!("{}: {number}", code.as_str().replace('_', " ")))
        .collect();
    let rules: Vec<_> = line.rules.iter().map(ToString::to_string).collect();
    let concerns = line.concerns.map(|index| {
        let to = visit.to(&format!("/log/{index}?reason={}", ask.reason.code()));
        Content::from(Link::new(to, title(visit, index)))
    });
    let officer = line.officer.as_ref().map(|user| visit.site.shown(user));
    let officer = officer.or_else(|| line.actor.clone());
    let kind = coded(words, "log-kind", line.kind.as_str());
    facts(vec![
        (words.say("log-head-kind"), Some(kind.into())),
        (
            words.say("log-head-when"),
            Some(words.moment(line.time).into()),
        ),
        (
            words.say("log-operation"),
            line.operation
                .as_ref()
                .map(|code| coded(words, "log-operation", code.as_str()).into()),
        ),
        (words.say("log-purpose"), line.purpose.as_ref().map(known)),
        (words.say("log-gateway"), line.gateway.as_ref().map(spaced)),
        (
            words.say("log-member"),
            line.member
                .as_ref()
                .map(|id| visit.site.gateway.member_name(id).into()),
        ),
        (
            words.say("log-recipients"),
            (!members.is_empty()).then(|| lines(members)),
        ),
        (words.say("log-officer"), officer.map(Content::from)),
        (
            words.say("log-head-reason"),
            line.reason.as_ref().map(spaced),
        ),
        (
            words.say("log-rules"),
            (!rules.is_empty()).then(|| lines(rules)),
        ),
        (
            words.say("log-counts"),
            (!counts.is_empty()).then(|| lines(counts)),
        ),
        (words.say("log-concerns"), concerns),
    ])
    .into()
}

/// Each step from the entry's bytes to the cosigned head.
fn steps(visit: &Visit, checked: &Checked) -> Content {
    let words = &visit.words;
    let row = |key: &str, detail: String, holds: bool| {
        vec![
            Cell::new(words.say(key)),
            Cell::new(detail),
            Cell::new(tick(words, holds)),
        ]
    };
    let mut rows = vec![
        row("log-step-leaf", checked.leaf_hash.clone(), true),
        row(
            "log-step-path",
            words.count("log-step-hashes", "number", checked.path),
            checked.included,
        ),
        row(
            "log-step-head",
            words.with(
                "log-step-size",
                [
                    ("size", checked.size.to_string().into()),
                    ("root", checked.root.as_str().into()),
                ],
            ),
            checked.signed,
        ),
    ];
    for (member, at) in &checked.cosigned {
        let name = visit.site.gateway.member_name(member);
        let said = match at {
            Some(at) => words.moment(*at),
            None => words.say("log-step-not-yet"),
        };
        rows.push(vec![
            Cell::new(words.about("log-step-witness", "member", &name)),
            Cell::new(said),
            match at {
                Some(_) => Cell::new(tick(words, true)),
                None => Cell::new(words.say("log-step-none")),
            },
        ]);
    }
    let head = ["step", "detail", "holds"];
    let head = head.map(|key| Cell::new(words.say(&format!("log-steps-{key}"))));
    let table = Table::new(words.say("log-proof"), head.into(), rows)
        .hidden_caption()
        .scrolling();
    let all = checked.included && checked.signed;
    let verdict = words.say(if all { "log-proved" } else { "log-not-proved" });
    bullets([verdict]).then(table)
}
