//! The letter that tells a person what was disclosed about them.
//!
//! It names organisations, purposes, laws, kinds of information and dates; no person, no role, no
//! case, no entry's number. The paragraph on what may be left out is in every letter, so that it
//! says nothing about this one, and entries are numbered after leaving out.

use stile_ledger::EntryKind;
use stile_model::time::Date;

use super::Disclosed;

const OPENING: &str = "\
You asked which personal information about you we have disclosed to other organisations through the
safeguarding gateway, to whom, when, and for what purpose. This letter lists the disclosures we are
able to tell you about.
";

/// The same in every letter, whether or not anything is left out.
const NEUTRAL: &str = "\
About this list

The law sometimes requires or allows an organisation not to include something in a reply like this
one, for instance to protect somebody or while enquiries are under way. For that reason every letter
we send has this paragraph, and its wording never depends on whether anything was left out of it.
You should not conclude anything from it. You may ask again at any time.

We do not name other people in this letter, or say whether anybody else spoke to us.
";

const RIGHTS: &str = "\
Your rights

You may ask for a copy of the information itself, for a correction of what is wrong, and for an
explanation of this letter. You may complain to us, to the Information Commissioner
(ico.org.uk, 0303 123 1113), or to a court (UK GDPR Articles 15, 16, 77 and 79; where we act for
law-enforcement purposes, Data Protection Act 2018 sections 45, 46, 51 and 165 to 167).
";

/// Where older records were moved to an archive. Every letter of the organisation says so then,
/// whomever it goes to.
const ARCHIVE: &str = "\
Our oldest records are kept in an archive, which was not searched for this letter. You may ask us to
search it too.
";

/// The letter of the organisation `from`, dated `on`, about these disclosures, oldest first.
pub(super) fn letter(from: &str, on: Date, told: &[&Disclosed], archived: bool) -> String {
    let mut text = format!("{from}\n{}\n\n{OPENING}\n", day(on));
    if told.is_empty() {
        text.push_str("There are no disclosures that we are able to tell you about.\n");
    }
    for (number, one) in (1..).zip(told) {
        text.push_str(&paragraph(number, one));
    }
    if archived {
        text.push('\n');
        text.push_str(ARCHIVE);
    }
    format!("{text}\n{NEUTRAL}\n{RIGHTS}")
}

fn paragraph(number: usize, one: &Disclosed) -> String {
    let mut names: Vec<_> = one.recipients.iter().map(|to| to.name.as_str()).collect();
    if names.is_empty() {
        names.push("another organisation");
    }
    let mut lines = vec![
        format!(
            "{number}. On {} to {}.",
            day(one.time.date()),
            names.join(" and ")
        ),
        format!("   What: {}.", what(one)),
    ];
    if !one.purpose_name.is_empty() {
        lines.push(format!("   Purpose: {}.", one.purpose_name));
    }
    if !one.legal_gateway.is_empty() {
        lines.push(format!("   Legal basis: {}.", one.legal_gateway.join("; ")));
    }
    lines.join("\n") + "\n\n"
}

fn what(one: &Disclosed) -> String {
    if one.kind.as_str() == EntryKind::EnquirySent.word() {
        return "details to identify you, so that they could look for information about you"
            .to_owned();
    }
    if one.erased {
        return "we no longer hold the details; they were destroyed at the end of their time"
            .to_owned();
    }
    if one.kind.as_str() == EntryKind::VerbalDisclosure.word() {
        // What was told may have been about somebody else of the case.
        return "information in connection with you, by word of mouth".to_owned();
    }
    let titles: Vec<_> = one
        .categories
        .iter()
        .map(|one| one.title.as_str())
        .collect();
    let titles = titles.join("; ");
    if one.kind.as_str() != EntryKind::DocumentIssued.word() {
        titles
    } else if titles.is_empty() {
        "who you are, in a written account".to_owned()
    } else {
        format!("a written account with: {titles}")
    }
}

fn day(on: Date) -> String {
    on.strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use stile_model::id::{CategoryId, Code, MemberId};

    use super::super::subject::{Recipient, WhatCategory};
    use super::*;

    fn disclosed(index: u64, kind: EntryKind, to: &str) -> Disclosed {
        Disclosed {
            index,
            time: "2026-03-11T10:14:00Z".parse().unwrap(),
            kind: Code::new(kind.word()).unwrap(),
            recipients: vec![Recipient {
                id: MemberId::new("riverside-hub").unwrap(),
                name: to.to_owned(),
            }],
            purpose: Some(Code::new("s47_enquiry").unwrap()),
            purpose_name: "Section 47 enquiry".to_owned(),
            legal_gateway: vec!["Children Act 1989 s.47(9)".to_owned()],
            categories: vec![WhatCategory {
                id: CategoryId::new("police.conviction").unwrap(),
                title: "Convictions".to_owned(),
            }],
            erased: false,
            deferral: None,
            kept_back: None,
            in_letter: true,
        }
    }

    fn date() -> Date {
        "2026-05-01".parse().unwrap()
    }

    #[test]
    fn tells_to_whom_when_what_for_and_under_which_law() {
        let one = disclosed(7, EntryKind::Permit, "Riverside Hub");

        let text = letter("Riverside Police", date(), &[&one], false);

        for part in [
            "Riverside Police\n1 May 2026",
            "1. On 11 March 2026 to Riverside Hub.",
            "What: Convictions.",
            "Purpose: Section 47 enquiry.",
            "Legal basis: Children Act 1989 s.47(9).",
            "ico.org.uk",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn holds_the_same_words_about_leaving_out_whatever_it_lists() {
        let one = disclosed(7, EntryKind::Permit, "Riverside Hub");
        let two = disclosed(9, EntryKind::EnquirySent, "Riverside Health");

        for told in [vec![], vec![&one], vec![&one, &two]] {
            let text = letter("Riverside Police", date(), &told, false);
            assert!(text.contains(NEUTRAL));
            assert!(!text.contains("defer"));
        }
    }

    #[test]
    fn names_no_entry_number_case_or_officer() {
        let one = disclosed(71_234, EntryKind::Permit, "Riverside Hub");

        let text = letter("Riverside Police", date(), &[&one], false);

        assert!(!text.contains("71234") && !text.contains("71_234") && !text.contains("MASH"));
        assert!(!text.contains("riverside-hub"));
    }

    #[test]
    fn keeps_to_itself_of_what_kind_it_was_that_was_told_aloud() {
        let one = disclosed(7, EntryKind::VerbalDisclosure, "Riverside Hub");

        let text = letter("Riverside Police", date(), &[&one], false);

        assert!(text.contains("by word of mouth") && !text.contains("Convictions"));
    }

    #[test]
    fn tells_of_a_copy_to_whom_it_went_and_what_kinds_it_had() {
        let kinds = disclosed(7, EntryKind::DocumentIssued, "Riverside Health");
        let named = Disclosed {
            categories: Vec::new(),
            ..disclosed(8, EntryKind::DocumentIssued, "Riverside Health")
        };

        let text = letter("Riverside Hub", date(), &[&kinds, &named], false);

        for part in [
            "1. On 11 March 2026 to Riverside Health.",
            "What: a written account with: Convictions.",
            "2. On 11 March 2026 to Riverside Health.",
            "What: who you are, in a written account.",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn says_that_an_archive_was_not_searched_and_only_then() {
        for told in [
            vec![],
            vec![&disclosed(7, EntryKind::Permit, "Riverside Hub")],
        ] {
            let text = letter("Riverside Police", date(), &told, true);
            assert!(text.contains(ARCHIVE) && text.contains(NEUTRAL));
            assert!(!letter("Riverside Police", date(), &told, false).contains("archive"));
        }
    }

    #[test]
    fn says_when_the_details_were_destroyed() {
        let one = Disclosed {
            erased: true,
            categories: Vec::new(),
            ..disclosed(7, EntryKind::Permit, "Riverside Hub")
        };

        assert!(letter("Riverside Police", date(), &[&one], false).contains("no longer hold"));
    }
}
