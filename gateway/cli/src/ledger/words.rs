//! What the ledger answers, as tables and lines for people.

use std::fmt::Write as _;

use stile_exchange::audit::{Account, Disclosed, EntryLine, Page, Shown};
use stile_model::time::{Date, Timestamp};

/// Characters across: tables are read in terminals of this width.
const WIDTH: usize = 80;

/// A page of entries as a table; what an entry says beyond its row stands beneath it.
pub fn page(page: &Page) -> String {
    let mut rows = vec![["INDEX", "TIME (UTC)", "KIND", "MEMBER"].map(str::to_owned)];
    rows.extend(page.entries.iter().map(row));
    let mut beneath = vec![Vec::new()];
    beneath.extend(page.entries.iter().map(rest));
    let mut text = table(&rows, &beneath);
    let _ = write!(text, "{} of {} entries", page.entries.len(), page.size);
    if let Some(next) = page.next {
        let _ = write!(text, "; more: --before {next}");
    }
    text.push_str(not_searched(page.archived));
    text
}

fn row(line: &EntryLine) -> [String; 4] {
    [
        line.index.to_string(),
        second(line.time),
        line.kind.to_string(),
        or_dash(line.member.as_ref()),
    ]
}

fn rest(line: &EntryLine) -> Vec<String> {
    let officer = match (&line.officer, &line.actor) {
        (Some(user), _) => Some(format!("by {user}")),
        // Somebody who no longer works here: the hash still tells one from another.
        (None, Some(hash)) => Some(format!("by {}", hash.chars().take(8).collect::<String>())),
        (None, None) => None,
    };
    let codes = [line.purpose.as_ref(), line.reason.as_ref()];
    let codes = codes.into_iter().flatten().map(ToString::to_string);
    let counts = line.counts.iter().map(|(code, n)| format!("{code} {n}"));
    officer.into_iter().chain(codes).chain(counts).collect()
}

/// To the second, without the signs that only a program needs: `2026-03-11 10:14:00`.
pub(super) fn second(time: Timestamp) -> String {
    let text: String = time.to_string().chars().take(19).collect();
    text.replace('T', " ")
}

fn or_dash(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), ToString::to_string)
}

/// Columns as wide as their widest cell, two spaces apart; beneath a row what belongs to it, folded.
pub(super) fn table<const N: usize>(rows: &[[String; N]], beneath: &[Vec<String>]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let indent = widths.first().map_or(0, |first| first + 2);
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        let cells: Vec<_> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
        for line in folded(beneath.get(at).map_or(&[][..], Vec::as_slice), indent) {
            let _ = writeln!(text, "{:indent$}{line}", "");
        }
    }
    text
}

/// The parts, commas between, in lines that leave room for `indent`.
fn folded(parts: &[String], indent: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            // Two for the comma before, one for the comma behind.
            Some(line) if indent + line.chars().count() + part.chars().count() + 3 <= WIDTH => {
                let _ = write!(line, ", {part}");
            }
            Some(line) => {
                line.push(',');
                lines.push(part.clone());
            }
            None => lines.push(part.clone()),
        }
    }
    lines
}

/// One entry with everything it says.
pub fn shown(shown: &Shown) -> String {
    let entry = &shown.entry;
    let rules: Vec<_> = entry.rules.iter().map(ToString::to_string).collect();
    let recipients: Vec<_> = entry.recipients.iter().map(ToString::to_string).collect();
    let counts: Vec<_> = entry
        .counts
        .iter()
        .map(|(code, n)| format!("{code} {n}"))
        .collect();
    let parts = [
        ("entry", entry.index.to_string()),
        ("time", entry.time.to_string()),
        ("kind", entry.kind.to_string()),
        ("operation", or_dash(entry.operation.as_ref())),
        ("purpose", or_dash(entry.purpose.as_ref())),
        ("gateway", or_dash(entry.gateway.as_ref())),
        ("member", or_dash(entry.member.as_ref())),
        ("recipients", recipients.join(" ")),
        ("officer", or_dash(entry.officer.as_ref())),
        ("rules", rules.join(" ")),
        ("counts", counts.join(", ")),
        ("reason", or_dash(entry.reason.as_ref())),
        ("concerns", or_dash(entry.concerns.as_ref())),
        ("body", shown.body_state.to_string()),
    ];
    let said = parts
        .iter()
        .filter(|(_, value)| !value.is_empty() && value != "-");
    let mut text = String::new();
    for (name, value) in said {
        let _ = writeln!(text, "{name:<12}{value}");
    }
    let _ = write!(text, "leaf        {}", shown.leaf);
    if let Some(body) = &shown.body {
        let _ = write!(text, "\n\n{}", body.reveal());
    }
    text
}

/// What was disclosed about one person, for the officer.
pub fn account(account: &Account) -> String {
    let mut rows = vec![["ENTRY", "TIME (UTC)", "TO", "IN LETTER"].map(str::to_owned)];
    rows.extend(account.disclosures.iter().map(disclosed));
    let mut beneath = vec![Vec::new()];
    let today = account.made.date();
    beneath.extend(account.disclosures.iter().map(|one| about(one, today)));
    let told = account
        .disclosures
        .iter()
        .filter(|one| one.in_letter)
        .count();
    format!(
        "{}{} entries, {told} in the letter{}",
        table(&rows, &beneath),
        account.disclosures.len(),
        not_searched(account.archived)
    )
}

/// What is added where the answer ends at an archive.
pub const fn not_searched(archived: bool) -> &'static str {
    if archived {
        "\nolder entries lie in an archive, which was not searched"
    } else {
        ""
    }
}

fn disclosed(one: &Disclosed) -> [String; 4] {
    let to: Vec<_> = one.recipients.iter().map(|to| to.id.to_string()).collect();
    [
        one.index.to_string(),
        second(one.time),
        to.join(" "),
        if one.in_letter { "yes" } else { "no" }.to_owned(),
    ]
}

/// Why it is not in the letter, for which purpose it was, and what it was.
fn about(one: &Disclosed, today: Date) -> Vec<String> {
    let deferral = one.deferral.as_ref();
    let why = match deferral.filter(|deferral| deferral.is_in_force(today)) {
        _ if one.in_letter => None,
        Some(deferral) => Some(format!(
            "left out: {} to {}",
            deferral.ground.code(),
            or_dash(deferral.until.as_ref())
        )),
        None => Some(match one.kept_back {
            Some(kept) => format!("kept back: {}", kept.word()),
            None => "nothing was shared".to_owned(),
        }),
    };
    let what = match (one.erased, one.categories.is_empty()) {
        (true, _) => vec!["(destroyed)".to_owned()],
        (false, true) if one.in_letter => vec!["(who they are)".to_owned()],
        (false, _) => one
            .categories
            .iter()
            .map(|what| what.id.to_string())
            .collect(),
    };
    let purpose = one.purpose.as_ref().map(ToString::to_string);
    why.into_iter().chain(purpose).chain(what).collect()
}

#[cfg(test)]
mod tests {
    use stile_model::id::{Code, MemberId};

    use super::*;

    fn entry() -> EntryLine {
        let code = |text| Code::new(text).unwrap();
        EntryLine {
            index: 1_204_417,
            time: "2026-03-11T10:14:00.250Z".parse().unwrap(),
            kind: code("verbal_disclosure"),
            operation: None,
            purpose: Some(code("s47_enquiry")),
            gateway: None,
            member: Some(MemberId::new("riverside-youth-justice").unwrap()),
            recipients: Vec::new(),
            officer: None,
            actor: Some("e15583b90be95083".to_owned()),
            case: None,
            case_hash: None,
            rules: Vec::new(),
            counts: ["findings", "items", "referred", "subjects", "withheld"]
                .map(|name| (code(name), 123))
                .into(),
            reason: Some(code("would_prejudice_protection")),
            concerns: None,
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "bb", "c"], ["long", "b", ""]].map(|row| row.map(str::to_owned));

        assert_eq!(table(&rows, &[]), "a     bb  c\nlong  b\n");
    }

    #[test]
    fn a_page_fits_a_terminal_of_80_columns_and_leaves_nothing_out() {
        let said = page(&Page {
            entries: vec![entry()],
            next: Some(7),
            archived: true,
            size: 9,
        });

        assert!(
            said.lines().all(|line| line.chars().count() <= WIDTH),
            "{said}"
        );
        for part in [
            "1204417  2026-03-11 10:14:00  verbal_disclosure  riverside-youth-justice\n",
            "by e15583b9, s47_enquiry, would_prejudice_protection,",
            "withheld 123",
            "1 of 9 entries; more: --before 7",
            "older entries lie in an archive, which was not searched",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    #[test]
    fn a_disclosure_that_is_left_out_says_why_beneath_its_row() {
        let one = Disclosed {
            index: 3,
            time: entry().time,
            kind: Code::new("permit").unwrap(),
            recipients: Vec::new(),
            purpose: entry().purpose,
            purpose_name: "Section 47 enquiry".to_owned(),
            legal_gateway: Vec::new(),
            categories: Vec::new(),
            erased: false,
            deferral: None,
            kept_back: None,
            in_letter: false,
        };

        assert_eq!(
            about(&one, one.time.date()),
            ["nothing was shared", "s47_enquiry"]
        );
        let kept = Disclosed {
            kept_back: Some(stile_exchange::audit::KeptBack::Referrer),
            ..one.clone()
        };
        assert_eq!(about(&kept, one.time.date())[0], "kept back: referrer");
        assert_eq!(disclosed(&one)[3], "no");
    }
}
