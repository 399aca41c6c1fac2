//! Subject access: everything that was disclosed about one person, and the letter that tells them.

use stile_exchange::audit::{Account, AccountAsked, Disclosed};

use super::fields;
use super::log::{WHO, person_fault};
use super::part::{Form, Link, Sheet, coded, lines, no_faults, verbatim};
use crate::component::{Cell, Faults, Table};
use crate::doors::Doors;
use crate::form::Fields;
use crate::site::Site;
use crate::trouble::Paged;
use crate::visit::{Signed, Visit};

/// The doors of subject access.
pub(crate) fn doors<S>() -> Doors<S>
where
    S: Clone + Send + Sync + 'static,
    std::sync::Arc<Site>: axum::extract::FromRef<S>,
{
    Doors::default()
        .get("/subject-access", WHO, page)
        .post("/subject-access", WHO, search)
}

async fn page(visit: Signed) -> Paged {
    let faults = no_faults(&visit.words);
    shown(&visit, &Fields::default(), &faults, None)
}

/// Draws up the account, once the reading is on record. Whom it is about stands in no address.
async fn search(visit: Signed, typed: Fields) -> Paged {
    visit.must_be_fresh()?;
    let words = &visit.words;
    let mut faults = no_faults(words);
    let reason = fields::reason(&typed, words, &mut faults);
    let person = fields::person(&typed, words, &mut faults);
    if person.is_none() && faults.is_empty() {
        faults.add("nhs_number", words.say("log-person-missing"));
    }
    let (Some(reason), Some(person), true) = (reason, person, faults.is_empty()) else {
        return shown(&visit, &typed, &faults, None);
    };
    visit.spend(typed.nonce())?;
    let ask = AccountAsked { reason, person };
    match visit.site.gateway.account(&visit.person, &ask).await {
        Ok(account) => shown(&visit, &typed, &faults, Some(&account)),
        Err(error) => match person_fault(&error) {
            Some((field, key)) => {
                faults.add(field, words.say(key));
                shown(&visit, &typed, &faults, None)
            }
            None => Err(error.into()),
        },
    }
}

fn shown(visit: &Signed, typed: &Fields, faults: &Faults, account: Option<&Account>) -> Paged {
    let words = &visit.words;
    let mut sheet = Sheet::new(words.say("subject-title")).faults(faults);
    match account {
        Some(account) => {
            add_account(&mut sheet, visit, typed, account);
            sheet.heading(words.say("log-search-again"));
        }
        None => sheet.say(words.say("subject-what")),
    }
    let form = Form::post(visit, "/subject-access")?
        .with(fields::reason_field(typed.text("reason"), words, faults))
        .with(fields::person_fields(typed, words, faults))
        .button(words, "subject-search");
    sheet.add(form);
    sheet.page(visit, Some(faults))
}

fn add_account(sheet: &mut Sheet, visit: &Visit, typed: &Fields, account: &Account) {
    let words = &visit.words;
    let count = account.disclosures.len();
    sheet.say(words.count("subject-found", "number", count));
    if account.archived {
        sheet.say(words.say("log-archived"));
    }
    if count > 0 {
        let head = ["entry", "when", "to", "what", "purpose", "letter"];
        let head = head.map(|key| Cell::new(words.say(&format!("subject-head-{key}"))));
        let rows = account.disclosures.iter();
        let rows = rows.map(|one| row(visit, one, typed.text("reason")));
        let caption = words.count("subject-found", "number", count);
        sheet.add(
            Table::new(caption, head.into(), rows.collect())
                .hidden_caption()
                .scrolling(),
        );
    }
    sheet.heading(words.say("subject-letter"));
    sheet.say(words.say("subject-letter-what"));
    sheet.add(verbatim(
        words.say("subject-letter"),
        account.letter.reveal().as_str(),
    ));
}

fn row(visit: &Visit, one: &Disclosed, reason: &str) -> Vec<Cell> {
    let words = &visit.words;
    let to = visit.to(&format!("/log/{}?reason={reason}", one.index));
    let names = one.recipients.iter().map(|to| to.name.as_str());
    let mut what: Vec<_> = one.categories.iter().map(|one| one.title.clone()).collect();
    what.insert(0, coded(words, "log-kind", one.kind.as_str()));
    if one.erased {
        what.push(words.say("log-erased"));
    }
    let mut letter = vec![words.say(if one.in_letter {
        "subject-in-letter"
    } else {
        "subject-not-in-letter"
    })];
    if let Some(kept) = one.kept_back {
        letter.push(coded(words, "subject-kept", kept.word()));
    }
    if let Some(deferral) = &one.deferral {
        letter.push(match deferral.until {
            Some(until) => words.about("subject-deferred", "day", &words.day(until)),
            None => words.say("subject-lifted"),
        });
    }
    vec![
        Cell::new(Link::new(to, one.index.to_string())),
        Cell::new(words.moment(one.time)),
        Cell::new(lines(names)),
        Cell::new(lines(what)),
        Cell::new(one.purpose_name.as_str()),
        Cell::new(lines(letter)),
    ]
}
