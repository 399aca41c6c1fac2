//! What a pack tells people: a plain-English page and the file that says how to check it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use stile_ledger::pack::{Exhibit, Opened};
use stile_ledger::{EntryKind, Leaf, Vkey};
use stile_model::enquiry::Enquiry;
use stile_model::id::{CaseId, Code};
use stile_model::returns::Return;
use stile_model::time::Timestamp;
use stile_policy::{Decider, DecisionRecord};

use super::pack::Ground;
use super::subject::own_payload;
use crate::agency::{Task, TaskSubject};
use crate::gateway::Gateway;

/// One entry in words, each already escaped for a page.
pub(super) struct Told {
    index: u64,
    time: Timestamp,
    title: &'static str,
    lines: Vec<String>,
}

/// What a permit's body keeps, as far as it is told of.
#[derive(Deserialize)]
struct PermitBody {
    answer: Return,
    #[serde(default)]
    tasks: Vec<Task>,
    record: Option<DecisionRecord>,
}

/// What the body of a received return keeps, as far as it is told of.
#[derive(Deserialize)]
struct ReceivedBody {
    payload: String,
}

/// Every entry in words.
pub(super) fn told(books: &Gateway, leaves: &[(u64, Leaf)], exhibits: &[Exhibit]) -> Vec<Told> {
    leaves
        .iter()
        .zip(exhibits)
        .map(|((index, leaf), exhibit)| Told {
            index: *index,
            time: leaf.entry.time,
            title: title(leaf.entry.kind),
            lines: lines(books, leaf, &exhibit.body),
        })
        .collect()
}

fn lines(books: &Gateway, leaf: &Leaf, body: &Opened) -> Vec<String> {
    let entry = &leaf.entry;
    let mut lines = Vec::new();
    if let Some(member) = &entry.member {
        lines.push(format!("Other side: {}", text(&books.name_of(member))));
    }
    if !entry.recipients.is_empty() {
        let names: Vec<_> = entry
            .recipients
            .iter()
            .map(|one| text(&books.name_of(one)))
            .collect();
        lines.push(format!("Recipients: {}", names.join(", ")));
    }
    if let Some(purpose) = &entry.purpose {
        lines.push(format!("Purpose: {}", purpose_in_words(books, purpose)));
    }
    if !entry.rules.is_empty() {
        let rules: Vec<_> = entry.rules.iter().map(ToString::to_string).collect();
        lines.push(format!("Released under rules: {}", rules.join(", ")));
    }
    if let Some(reason) = &entry.reason {
        lines.push(format!("Reason: {reason}"));
    }
    if !entry.counts.is_empty() {
        let counts: Vec<_> = entry
            .counts
            .iter()
            .map(|(code, n)| format!("{code} {n}"))
            .collect();
        lines.push(format!("Counts: {}", counts.join(", ")));
    }
    if let Some(index) = entry.concerns {
        lines.push(format!("About entry {index}"));
    }
    match body {
        Opened::Erased => lines.push(
            "The details were destroyed at the end of their time; the entry still proves."
                .to_owned(),
        ),
        Opened::LeftOut => lines.push("The details are left out of this pack.".to_owned()),
        Opened::Shown { body, .. } => lines.extend(details(books, entry.kind, body)),
    }
    lines
}

/// What the opened body says, where its shape is known; it is in the pack whatever it is.
fn details(books: &Gateway, kind: EntryKind, body: &[u8]) -> Vec<String> {
    let known = match kind {
        EntryKind::EnquirySent => std::str::from_utf8(body)
            .ok()
            .and_then(own_payload::<Enquiry>)
            .map(|enquiry| asked(books, &enquiry)),
        EntryKind::Permit => serde_json::from_slice(body).ok().map(|body: PermitBody| {
            let mut lines = asked_before(books, &body.answer);
            lines.extend(answered(books, &body.answer));
            lines.extend(body.tasks.iter().filter_map(agreed));
            lines.extend(body.record.iter().flat_map(recorded));
            lines
        }),
        EntryKind::ReturnReceived => serde_json::from_slice(body)
            .ok()
            .and_then(|body: ReceivedBody| serde_json::from_str(&body.payload).ok())
            .map(|answer: Return| answered(books, &answer)),
        _ => None,
    };
    known.unwrap_or_default()
}

fn asked_before(books: &Gateway, answer: &Return) -> Vec<String> {
    let enquiry = books.enquiry(answer.enquiry).ok().flatten();
    enquiry.map_or_else(Vec::new, |enquiry| asked(books, &enquiry))
}

/// Who asked for what; people of the case by their place only.
fn asked(books: &Gateway, enquiry: &Enquiry) -> Vec<String> {
    let people: Vec<_> = enquiry
        .subjects
        .iter()
        .map(|one| format!("{} ({})", one.id, one.role))
        .collect();
    let mut lines = vec![
        format!(
            "Asked by the {} of {} on {}, about {}",
            enquiry.requester.role,
            text(&books.name_of(&enquiry.from)),
            enquiry.issued,
            people.join(", ")
        ),
        format!("Looking back {} months", enquiry.look_back_months),
    ];
    for ask in &enquiry.asks {
        lines.push(format!(
            "Asked for {}: {}",
            category(books, ask.category.as_str()),
            text(ask.necessity.reveal())
        ));
    }
    lines
}

fn answered(books: &Gateway, answer: &Return) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in &answer.findings {
        let category = category(books, finding.category.as_str());
        let of = &finding.subject;
        if !finding.items.is_empty() {
            let mut rules: Vec<_> = finding
                .items
                .iter()
                .flat_map(|item| &item.fields)
                .map(|shown| shown.rule.to_string())
                .collect();
            rules.sort();
            rules.dedup();
            lines.push(format!(
                "Released of {of}: {category}, {} records, under {}",
                finding.items.len(),
                rules.join(", ")
            ));
        }
        let mut withheld: BTreeMap<&Code, Vec<&str>> = BTreeMap::new();
        for one in &finding.withheld {
            withheld.entry(&one.code).or_default().push(&one.field);
        }
        for (code, fields) in withheld {
            let which = match fields.as_slice() {
                ["*"] => String::new(),
                some => format!(", {}", text(&some.join(", "))),
            };
            lines.push(format!(
                "Withheld of {of}: {category}{which}: {} ({code})",
                text(&meaning(books, code))
            ));
        }
        if let Some(referred) = &finding.referred {
            let roles: Vec<_> = referred.approvers.iter().map(ToString::to_string).collect();
            lines.push(format!(
                "Referred of {of}: {category}, to {}, due {}",
                roles.join(" and "),
                referred.due
            ));
        }
    }
    lines
}

/// On what ground it was decided and by whom, without any officer's name.
fn recorded(record: &DecisionRecord) -> Vec<String> {
    let request = &record.request;
    let part_3 = if request.part_3 { "yes" } else { "no" };
    let mut lines = vec![
        format!("Lawful basis: {}", text(&request.lawful_basis)),
        format!("Condition for sensitive data: {}", text(&request.condition)),
        format!("Law-enforcement processing (DPA 2018 Part 3): {part_3}"),
        format!("Kept: {}", text(&request.retention)),
        format!("Agreement: {}", text(&request.agreement)),
    ];
    if !request.to_confirm.is_empty() {
        let open = request.to_confirm.join(", ");
        lines.push(format!("For counsel to confirm: {}", text(&open)));
    }
    for reason in &record.reasons {
        lines.push(format!(
            "Reason: rule {}: {}",
            reason.rule,
            text(&reason.why)
        ));
    }
    lines.push(match &record.by {
        Decider::Person { by, .. } => {
            let roles: Vec<String> = by.iter().map(|one| text(&one.position)).collect();
            format!("Decided by: {}", roles.join(", "))
        }
        Decider::Policy(digest) => format!("Decided by: the agency's rules {digest}"),
        Decider::Time => "Decided by: nobody in time; the rules without approval stand".to_owned(),
    });
    lines
}

/// Which roles agreed to a release; never who they are.
fn agreed(task: &Task) -> Option<String> {
    let TaskSubject::Approval(approval) = &task.subject else {
        return None;
    };
    if approval.agreed_by.is_empty() {
        return None;
    }
    let roles: Vec<_> = approval.agreed_by.keys().map(ToString::to_string).collect();
    Some(format!("Agreed to by: {}", roles.join(", ")))
}

fn purpose_in_words(books: &Gateway, code: &Code) -> String {
    let purpose = books.vocabulary().purpose(code);
    purpose.map_or_else(
        || code.to_string(),
        |purpose| {
            let law = purpose.legal_gateway.join("; ");
            format!("{} ({})", text(&purpose.name), text(&law))
        },
    )
}

fn category(books: &Gateway, id: &str) -> String {
    let found = books
        .vocabulary()
        .categories
        .iter()
        .find(|one| one.id.as_str() == id);
    text(found.map_or(id, |category| category.title.as_str()))
}

fn meaning(books: &Gateway, code: &Code) -> String {
    let terms = &books.vocabulary().withhold_codes;
    let term = terms.iter().find(|term| term.code == *code);
    term.map_or_else(|| "withheld".to_owned(), |term| term.name.clone())
}

const fn title(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::AccessToLog => "The record was read",
        EntryKind::Approval => "A named person decided on a release",
        EntryKind::Archive => "Older parts of the record were moved to the archive",
        EntryKind::CaseOpened => "The case was opened",
        EntryKind::Combination => "Answers of several agencies were put together",
        EntryKind::Consultation => "The product was read",
        EntryKind::Correction => "Something earlier was corrected",
        EntryKind::Deferral => {
            "A disclosure is left out of its subject's letter for a time, or back in"
        }
        EntryKind::Delivered => "An answer arrived",
        EntryKind::DirectoryChange => "The list of members changed",
        EntryKind::EnquirySent => "An enquiry was sent",
        EntryKind::Erasure => "The details of the case were destroyed",
        EntryKind::ErasureProposed => "Destroying the details was proposed",
        EntryKind::Failed => "An answer did not arrive, or was not believed",
        EntryKind::Halt => "Releases were stopped",
        EntryKind::Hold => "The case was put on hold, so that it is not destroyed",
        EntryKind::HoldReleased => "The hold on the case ended",
        EntryKind::KeyEpoch => "Keys were renewed",
        EntryKind::Lapse => "Nobody decided in time",
        EntryKind::MatchDecision => "A person decided whether a record is about a subject",
        EntryKind::Outcome => "What became of the case was recorded",
        EntryKind::Permit => "An answer was released",
        EntryKind::PolicyChange => "The rules changed",
        EntryKind::PolicyDecision => "An officer decided on a change of the rules",
        EntryKind::PolicyFailed => "Approved rules did not come into force",
        EntryKind::PolicyProposed => "A change of the rules was proposed",
        EntryKind::Presence => "It was worked out whether a person is known",
        EntryKind::Reconciliation => "Two gateways compared their records",
        EntryKind::Refusal => "An enquiry was refused",
        EntryKind::Resume => "Releases were allowed again",
        EntryKind::ReturnReceived => "An answer was received",
        EntryKind::SealedAlert => "A named person saw that a sealed record was asked about",
        EntryKind::SourceCheck => "A source system was checked",
        EntryKind::Start => "The gateway started",
        EntryKind::VerbalDisclosure => "Something was told by word of mouth",
        EntryKind::WitnessAlarm => "Another member's record was found changed",
    }
}

/// The page: complete in itself, without scripts or addresses.
pub(super) fn page(books: &Gateway, ground: &Ground, told: &[Told]) -> String {
    let Ground {
        case, made, head, ..
    } = ground;
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>Case {case}: what is on record</title>\n\
         <style>body{{font-family:sans-serif;max-width:50em;margin:2em auto;line-height:1.4}}\
         h2{{font-size:1em;margin:1.5em 0 .3em}}ul{{margin:0}}</style>\n</head>\n<body>\n\
         <h1>Case {case}: what is on record</h1>\n\
         <p>{} entries of the ledger <code>{}</code>, which held {} entries when this was made on \
         {made}, at {}. Times are UTC. People of the case appear by their place in it, officers by \
         their role.</p>\n\
         <p>This page is a summary. What is proved are the entries themselves: see README.txt.</p>\n",
        told.len(),
        text(head.origin.as_str()),
        head.size,
        text(&books.name_of(books.me())),
    );
    if ground.archived {
        page.push_str(
            "<p><strong>The oldest entries of this ledger lie in an archive, which was not searched. \
             Entries of this case among them are not in this pack.</strong></p>\n",
        );
    }
    for one in told {
        let _ = write!(
            page,
            "<h2>{} &middot; {} &middot; entry {}</h2>\n<ul>\n",
            one.time, one.title, one.index
        );
        for line in &one.lines {
            let _ = writeln!(page, "<li>{line}</li>");
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</body>\n</html>\n");
    page
}

/// The file that says what the pack is and how to check it.
pub(super) fn readme(case: &CaseId, vkey: &Vkey) -> String {
    format!(
        "Inspection pack of case {case}\n\
         ledger {}\n\n\
         Handle it as confidential. It may hold personal data, and things that were lawfully kept\n\
         from some of those concerned. It is for inspectors; it is not a reply to a subject access\n\
         request.\n\n\
         What it proves\n\n\
         * Each entry (entries/NUMBER/leaf.json) is in the ledger, at that place, under the signed\n\
         \x20 head in the file `checkpoint`. The file `receipt` beside it is the proof.\n\
         * Each body is the one its entry was made with: SHA-256(salt, body) is in the leaf.\n\
         * The ledger only grew since the earlier heads in `continuity`, if there are any.\n\
         * The ledger's key signed for this list of files: MANIFEST and MANIFEST.sig.\n\
         * `erased` in MANIFEST: the details were destroyed; that they existed is still proved.\n\n\
         What it does not prove\n\n\
         * That these are all entries of the case: the ledger's owner signs for that. Compare with\n\
         \x20 the pack of the other side; each disclosure is in both.\n\
         * That the newest entries were not withheld: compare `checkpoint` with a head that a\n\
         \x20 witness or the other side holds.\n\n\
         How to check it\n\n\
         1. Get the ledger's verifier key from the partnership's directory or by telephone. keys.txt\n\
         \x20  is for comparison only: whoever forges a pack can put any key into it.\n\
         2. With Python 3.8 or later and nothing else:\n\n\
         \x20    python3 verify.py PACK.zip --vkey 'KEY'\n\n\
         \x20  Use a copy of verify.py that you did not get from this pack, or read it first.\n\
         3. Or with the gateway's own program:\n\n\
         \x20    stile ledger verify --pack PACK.zip --vkey 'KEY'\n\n\
         Start reading with summary.html.\n",
        vkey.name()
    )
}

/// Text as it may stand in a page.
fn text(raw: &str) -> String {
    raw.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\'' => "&#39;".to_owned(),
            c if c.is_control() => " ".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(
            text("<b onx=\"'\">&\u{0}"),
            "&lt;b onx=&quot;&#39;&quot;&gt;&amp; "
        );
    }
}
