//! Writing another policy: both texts, saved for the officer alone, checked as often as they like.
//!
//! Every button saves first, so that nothing typed is lost, and then leads to the same page with what
//! was asked for: the checks, the proposal, or the page that asks why past enquiries are looked at.

use std::sync::Arc;

use axum::extract::State;
use stile_exchange::agency::Agency;
use stile_exchange::error::ExchangeError;
use stile_exchange::policy::{MadeFrom, PolicyText, Sketch, SketchChecked, Tried};
use stile_model::time::Timestamp;

use super::remarks::{mistakes, numbered, told};
use super::sheet::{Form, Sheet, english, english_list, is_first, lines, no_faults};
use crate::component::{
    Block, Button, ButtonLink, Content, Details, Field, InsetText, Paragraph, Tag, Textarea, Tint,
};
use crate::form::{Asked, Fields};
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;
use crate::words::Words;

/// The page; `show` says what to add to the two texts.
pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Asked(asked): Asked,
) -> Paged {
    let sketch = agency.policy_sketch(&visit.person)?;
    let sheet = head(&visit, &agency, &sketch)?;
    if asked.text("show") == "check" {
        return checked(&visit, &agency, &sketch, sheet).await;
    }
    let typed = (sketch.rules.as_str(), sketch.cases.as_str());
    texts(&visit, sheet, (&sketch, sketch.base), typed)?.shown(&visit)
}

/// Saves what was typed, then shows what the button asked for.
pub(super) async fn save(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    fields: Fields,
) -> Paged {
    let (rules, cases) = (typed(&fields, "rules"), typed(&fields, "cases"));
    let base = base(&fields);
    let typed = (rules.as_str(), cases.as_str());
    if !is_first(&visit, fields.nonce())? {
        let key = "policy-sent-again";
        return again(&visit, &agency, base, typed, visit.words.say(key));
    }
    let from = MadeFrom {
        base,
        saved: over(&fields),
    };
    let kept = agency.keep_policy_sketch(&visit.person, from, rules.clone(), cases.clone());
    match kept.await {
        Ok(()) => {}
        Err(ExchangeError::Refused(problem)) if problem.code() == "sketch_overtaken" => {
            let said = visit.words.say("policy-edit-saved-elsewhere");
            return again(&visit, &agency, base, typed, said);
        }
        Err(ExchangeError::Refused(problem)) if problem.code() == "sketch_outdated" => {
            return beside(&visit, &agency, base, typed);
        }
        Err(ExchangeError::Refused(problem)) if problem.status == 422 => {
            return again(&visit, &agency, base, typed, problem.title.clone());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(visit.go(match fields.text("do") {
        "check" => "/policy/edit?show=check",
        "past" => "/policy/edit/past",
        "propose" => "/policy/propose",
        _ => "/policy/edit?show=saved",
    }))
}

/// Forgets what was typed.
pub(super) async fn drop(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    fields: Fields,
) -> Paged {
    visit.spend(fields.nonce())?;
    agency.drop_policy_sketch(&visit.person).await?;
    Ok(visit.go("/policy/edit"))
}

/// A text as it was typed, with the line ends that files have: browsers send others.
fn typed(fields: &Fields, name: &str) -> String {
    let text = fields.text(name).replace("\r\n", "\n");
    if text.is_empty() { text } else { text + "\n" }
}

/// When the texts that a form was made from had been saved; a form with nothing there, or with what is no
/// moment, was made from texts that nobody had saved.
pub(super) fn over(fields: &Fields) -> Option<Timestamp> {
    let millis = fields.given("over")?.parse().ok()?;
    Some(Timestamp::from_millis(millis))
}

/// The version that a form knew of; one that says none knew of none.
fn base(fields: &Fields) -> u64 {
    fields.text("base").parse().unwrap_or(0)
}

/// What a form says of the texts it was made from.
pub(super) fn made_from(sketch: &Sketch) -> String {
    let millis = sketch.saved.map(Timestamp::millis);
    millis.map_or_else(String::new, |millis| millis.to_string())
}

/// The page again with everything that was typed, and the texts in force below it: sent once more, it is
/// saved knowing of them.
fn beside(visit: &Signed, agency: &Agency, base: u64, typed: (&str, &str)) -> Paged {
    let words = &visit.words;
    let in_force = agency.policy_text(&visit.person, None)?;
    let said = numbered_words(words, "policy-edit-outdated", base, in_force.version);
    let mut faults = no_faults(words);
    faults.add("rules", said);
    let sketch = agency.policy_sketch(&visit.person)?;
    let sheet = Sheet::new(visit, words.say("policy-edit-title")).faults(&faults);
    let sheet = texts(visit, sheet, (&sketch, in_force.version), typed)?;
    sheet.part(newer(words, &in_force)).shown_again(visit)
}

/// Words that name the version a text was begun from, and the one in force.
fn numbered_words(words: &Words, key: &str, base: u64, in_force: u64) -> String {
    let numbers = [
        ("base", base.to_string().into()),
        ("version", in_force.to_string().into()),
    ];
    words.with(key, numbers)
}

/// The texts in force, for whoever wrote from older ones.
fn newer(words: &Words, in_force: &PolicyText) -> Details {
    let version = in_force.version.to_string();
    let cases = in_force.cases.as_deref().unwrap_or_default();
    let both = format!("{}\n\n{}", in_force.rules.trim_end(), cases.trim_end());
    Details::new(
        words.about("policy-edit-in-force", "version", &version),
        lines(&both),
    )
}

/// The page again with everything that was typed. What is saved now stands below it where it differs.
fn again(
    visit: &Signed,
    agency: &Agency,
    base: u64,
    (rules, cases): (&str, &str),
    message: String,
) -> Paged {
    let sketch = agency.policy_sketch(&visit.person)?;
    let mut faults = no_faults(&visit.words);
    faults.add("rules", message);
    let sheet = head(visit, agency, &sketch)?.faults(&faults);
    let sheet = texts(visit, sheet, (&sketch, base), (rules, cases))?;
    let sheet = if sketch.saved.is_some() && (sketch.rules != rules || sketch.cases != cases) {
        sheet.part(saved_now(&visit.words, &sketch))
    } else {
        sheet
    };
    sheet.shown_again(visit)
}

pub(super) fn head(visit: &Signed, agency: &Agency, sketch: &Sketch) -> Result<Sheet, Trouble> {
    let words = &visit.words;
    let in_force = agency.policy_in_force(&visit.person)?.version;
    let line = match sketch.saved {
        Some(saved) => words.about("policy-edit-saved", "moment", &words.moment(saved)),
        None => words.about("policy-edit-begun", "version", &in_force.to_string()),
    };
    let sheet = Sheet::new(visit, words.say("policy-edit-title")).under(line);
    if sketch.base == in_force {
        return Ok(sheet);
    }
    let overtaken = numbered_words(words, "policy-edit-overtaken", sketch.base, in_force);
    let in_force = agency.policy_text(&visit.person, None)?;
    Ok(sheet
        .part(InsetText::new(overtaken))
        .part(newer(words, &in_force)))
}

/// The two texts with the buttons, and the way to forget them; `base` is the version that whoever typed
/// them knows of.
pub(super) fn texts(
    visit: &Signed,
    sheet: Sheet,
    (sketch, base): (&Sketch, u64),
    (rules, cases): (&str, &str),
) -> Result<Sheet, Trouble> {
    let words = &visit.words;
    let text = |name: &str, rows: u16, value: &str| {
        let field = Field::new(name, words.say(&format!("policy-edit-{name}")))
            .hint(words.say(&format!("policy-edit-{name}-hint")));
        Textarea::new(field).rows(rows).spelling(false).value(value)
    };
    let button = |does: &str| {
        let said = words.say(&format!("policy-edit-{does}"));
        Button::new(said).secondary().sends("do", does)
    };
    let form = Form::post(visit, "/policy/edit")?
        .carrying("over", made_from(sketch))
        .carrying("base", base.to_string())
        .field(text("rules", 24, rules))
        .field(text("cases", 12, cases))
        .button(Button::new(words.say("policy-edit-check")).sends("do", "check"))
        .button(button("save"))
        .button(button("past"))
        .button(button("propose"));
    let forget = Form::post(visit, "/policy/edit/drop")?
        .button(Button::new(words.say("policy-edit-drop")).warning());
    let one_by_one = ButtonLink::new(
        words.say("policy-rules-own"),
        visit.to("/policy/edit/rules"),
    );
    Ok(sheet
        .part(one_by_one.secondary())
        .part(form)
        .part(Details::new(words.say("policy-edit-drop-summary"), forget)))
}

/// What is saved, beside what was typed on a page that is older.
fn saved_now(words: &Words, sketch: &Sketch) -> Details {
    let both = format!("{}\n\n{}", sketch.rules.trim_end(), sketch.cases.trim_end());
    Details::new(words.say("policy-edit-saved-now"), lines(&both))
}

/// With what the checks say, before the texts.
async fn checked(visit: &Signed, agency: &Arc<Agency>, sketch: &Sketch, mut sheet: Sheet) -> Paged {
    let words = &visit.words;
    match agency.check_policy_sketch(&visit.person).await {
        Ok(checked) => {
            sheet = sheet
                .mistakes(words, mistakes(&checked.remarks))
                .parts(outcome(words, &checked, true));
        }
        Err(error) => {
            let Trouble::Refused { title, .. } = Trouble::from(error) else {
                return Err(Trouble::Broken);
            };
            sheet = sheet.part(InsetText::new(english(words, &title)));
        }
    }
    let typed = (sketch.rules.as_str(), sketch.cases.as_str());
    texts(visit, sheet, (sketch, sketch.base), typed)?
        .part(numbered(words, &sketch.rules, &sketch.cases))
        .shown(visit)
}

/// What a checked text would change, and every remark.
pub(super) fn outcome(words: &Words, checked: &SketchChecked, linked: bool) -> Vec<Content> {
    let mut parts: Vec<Content> = Vec::new();
    if let Some(tried) = &checked.tried {
        let changes = changes(words, tried);
        parts.push(Block::new("changes", words.say("policy-changes-heading"), changes).into());
    }
    let remarks = told(words, &checked.remarks, linked);
    parts.push(Block::new("remarks", words.say("policy-remarks"), remarks).into());
    parts
}

fn changes(words: &Words, tried: &Tried) -> Content {
    let mut content = Content::from(Paragraph::new(Content::from(effect(
        words,
        tried.effect.as_str(),
    ))));
    if tried.existence {
        content = content.then(Paragraph::new(words.say("policy-existence")));
    }
    content = if tried.differences.is_empty() {
        content.then(Paragraph::new(words.say("policy-no-difference")))
    } else {
        content.then(english_list(words, &tried.differences))
    };
    let needs = Content::from(words.say("policy-needs")).then(" ");
    content.then(Paragraph::new(needs.then(english(words, tried.needs))))
}

/// More, less, both or the same, in a word.
pub(super) fn effect(words: &Words, effect: &str) -> Tag {
    let tint = match effect {
        "more" => Tint::Orange,
        "both" => Tint::Purple,
        "less" => Tint::Green,
        _ => Tint::Grey,
    };
    Tag::new(words.say(&format!("policy-effect-{effect}")), tint)
}

/// Words with a count in them.
pub(super) fn counted(words: &Words, key: &str, count: u64) -> String {
    words.count(key, "count", usize::try_from(count).unwrap_or(usize::MAX))
}

/// A way to the page where texts are written.
pub(super) fn way(visit: &Signed) -> ButtonLink {
    ButtonLink::new(
        visit.words.say("policy-place-edit"),
        visit.to("/policy/edit"),
    )
    .secondary()
}
