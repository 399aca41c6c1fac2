//! What became of what was asked, agency by agency and person by person.

use stile_model::code::CategoryStatus;
use stile_model::id::SubjectId;

use super::page::{BOLD, Page};
use crate::product::{AgencySection, FindingLine, NoRecordLine, Product};

/// One line for each person at each agency: who was found, then the categories by what became of
/// them.
pub(super) fn findings(page: &mut Page, product: &Product) {
    page.section("Findings by agency", product.agencies.is_empty());
    for agency in &product.agencies {
        page.styled(BOLD, &format!("{}: {}", agency.name, agency.status.words));
        for (id, name) in people(agency) {
            page.wrapped("    ", &person(agency, id, name));
        }
        if agency.more {
            page.wrapped("    ", "More will follow.");
        }
    }
}

/// Everybody whom the agency's part is about, in order, once.
fn people(agency: &AgencySection) -> Vec<(&SubjectId, &str)> {
    let matched = agency.matches.iter();
    let matched = matched.map(|found| (&found.subject, found.subject_name.reveal().as_str()));
    let findings = agency.findings.iter();
    let found = findings.map(|line| (&line.subject, line.subject_name.reveal().as_str()));
    let mut people: Vec<_> = matched.chain(found).collect();
    people.sort_by_key(|(id, _)| *id);
    people.dedup_by_key(|(id, _)| *id);
    people
}

fn person(agency: &AgencySection, id: &SubjectId, name: &str) -> String {
    let found = agency.matches.iter().find(|found| &found.subject == id);
    let found = found.map(|found| {
        let weak = found.weak.as_ref().map(|weak| format!(" ({})", weak.words));
        format!("{}{}", found.words, weak.unwrap_or_default())
    });
    let lines = agency.findings.iter().filter(|line| &line.subject == id);
    let lines: Vec<_> = lines.collect();
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for status in ORDER {
        for line in lines.iter().filter(|line| line.status == *status) {
            add(&mut groups, label(line), category(line));
        }
    }
    let groups = groups
        .into_iter()
        .map(|(label, titles)| format!("{label}: {}", titles.join(", ")));
    let parts: Vec<_> = found.into_iter().chain(groups).collect();
    format!("{name}: {}", parts.join("; "))
}

/// Adds `title` to the group of `label`, which keeps the place it first had.
fn add<'a>(groups: &mut Vec<(&'a str, Vec<String>)>, label: &'a str, title: String) {
    match groups.iter_mut().find(|(known, _)| *known == label) {
        Some((_, titles)) => titles.push(title),
        None => groups.push((label, vec![title])),
    }
}

/// Most to least.
const ORDER: &[CategoryStatus] = &[
    CategoryStatus::Shared,
    CategoryStatus::PartlyShared,
    CategoryStatus::Referred,
    CategoryStatus::Withheld,
    CategoryStatus::NoRecord,
    CategoryStatus::NotChecked,
];

fn label(line: &FindingLine) -> &str {
    match line.status {
        CategoryStatus::PartlyShared => "in part",
        CategoryStatus::Referred => "with a decision-maker",
        // A closed category says the same whatever is behind it.
        CategoryStatus::NoRecord
        | CategoryStatus::NotChecked
        | CategoryStatus::Shared
        | CategoryStatus::Withheld => &line.words,
    }
}

fn category(line: &FindingLine) -> String {
    let items = match line.items {
        0 | 1 => None,
        more => Some(format!("{more} items")),
    };
    let capped = line.capped.then(|| "more exist".to_owned());
    let notes: Vec<_> = items.into_iter().chain(capped).collect();
    if notes.is_empty() {
        line.title.clone()
    } else {
        format!("{} ({})", line.title, notes.join(", "))
    }
}

/// What was checked with nothing to show, one line for each person at each agency.
pub(super) fn no_record(page: &mut Page, product: &Product) {
    page.section("Checked, nothing to show", product.no_record.is_empty());
    let mut rest = product.no_record.as_slice();
    while let Some(first) = rest.first() {
        let same =
            |line: &&NoRecordLine| (&line.agency, &line.subject) == (&first.agency, &first.subject);
        let run = rest.iter().take_while(same).count();
        let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
        for line in rest.iter().take(run) {
            add(&mut groups, &line.words, line.title.clone());
        }
        let groups: Vec<_> = groups
            .into_iter()
            .map(|(label, titles)| format!("{label}: {}", titles.join(", ")))
            .collect();
        let name = first.subject_name.reveal();
        let words = format!("{} ({name}): {}", first.agency_name, groups.join("; "));
        page.wrapped("  ", &words);
        rest = rest.get(run..).unwrap_or_default();
    }
}
