//! What the ledger answers, as tables and lines for people.

use std::fmt::Write as _;

use stile_exchange::audit::{Account, Disclosed, EntryLine, Page, Shown};

/// A page of entries as a table.
pub fn page(page: &Page) -> String {
    let mut rows = vec![[
        "INDEX".to_owned(),
        "TIME".to_owned(),
        "KIND".to_owned(),
        "MEMBER".to_owned(),
        "PURPOSE".to_owned(),
        "OFFICER".to_owned(),
        "REASON".to_owned(),
        "COUNTS".to_owned(),
    ]];
    rows.extend(page.entries.iter().map(row));
    let mut text = table(&rows);
    let _ = write!(text, "{} of {} entries", page.entries.len(), page.size);
    if let Some(next) = page.next {
        let _ = write!(text, "; more: --before {next}");
    }
    text
}

fn row(line: &EntryLine) -> [String; 8] {
    let counts: Vec<_> = line
        .counts
        .iter()
        .map(|(code, n)| format!("{code} {n}"))
        .collect();
    let officer = match (&line.officer, &line.actor) {
        (Some(user), _) => user.to_string(),
        // Somebody who no longer works here: the hash still tells one from another.
        (None, Some(hash)) => hash.chars().take(8).collect(),
        (None, None) => String::new(),
    };
    [
        line.index.to_string(),
        line.time.to_string(),
        line.kind.to_string(),
        or_dash(line.member.as_ref()),
        or_dash(line.purpose.as_ref()),
        if officer.is_empty() {
            "-".to_owned()
        } else {
            officer
        },
        or_dash(line.reason.as_ref()),
        counts.join(", "),
    ]
}

fn or_dash(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), ToString::to_string)
}

/// Columns as wide as their widest cell, two spaces apart.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells: Vec<_> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    text
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
    let mut rows = vec![[
        "ENTRY".to_owned(),
        "TIME".to_owned(),
        "TO".to_owned(),
        "PURPOSE".to_owned(),
        "WHAT".to_owned(),
        "IN LETTER".to_owned(),
    ]];
    rows.extend(account.disclosures.iter().map(disclosed));
    let told = account
        .disclosures
        .iter()
        .filter(|one| one.in_letter)
        .count();
    format!(
        "{}{} entries, {told} in the letter",
        table(&rows),
        account.disclosures.len()
    )
}

fn disclosed(one: &Disclosed) -> [String; 6] {
    let to: Vec<_> = one.recipients.iter().map(|to| to.id.to_string()).collect();
    let what: Vec<_> = one
        .categories
        .iter()
        .map(|what| what.id.to_string())
        .collect();
    let what = match (one.erased, what.is_empty()) {
        (true, _) => "(destroyed)".to_owned(),
        (false, true) if one.in_letter => "(who they are)".to_owned(),
        (false, true) => "(nothing)".to_owned(),
        (false, false) => what.join(" "),
    };
    let letter = match (&one.deferral, one.in_letter) {
        (_, true) => "yes".to_owned(),
        (Some(deferral), false) => format!(
            "no: {} to {}",
            deferral.ground.code(),
            or_dash(deferral.until.as_ref())
        ),
        (None, false) => "no: nothing was shared".to_owned(),
    };
    [
        one.index.to_string(),
        one.time.to_string(),
        to.join(" "),
        or_dash(one.purpose.as_ref()),
        what,
        letter,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "bb", "c"], ["long", "b", ""]].map(|row| row.map(str::to_owned));

        assert_eq!(table(&rows), "a     bb  c\nlong  b\n");
    }
}
