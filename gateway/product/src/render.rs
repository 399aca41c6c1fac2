//! Prints a product for a terminal.
//!
//! Every value is stripped of control characters, escape sequences and direction marks first: what
//! an agency sends can colour nothing and hide nothing.

mod events;
mod findings;
mod page;
#[cfg(test)]
mod tests;

use stile_model::code::Priority;
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;

use crate::product::{Comparison, Product};
use crate::sheet::Audience;
use page::{BOLD, Page};

/// `product` as text, wrapped at `width` columns (taken as 40 to 200), with colour where `colour`.
pub fn render(product: &Product, vocabulary: &Vocabulary, width: usize, colour: bool) -> String {
    let mut page = Page::new(width, colour);
    head(&mut page, product);
    people(&mut page, product);
    for notice in &product.notices {
        page.gap();
        page.wrapped("! ", notice);
    }
    events::position(&mut page, product, vocabulary);
    events::chronology(&mut page, product, vocabulary);
    findings::findings(&mut page, product);
    comparisons(&mut page, "Agencies agree", &product.agreements);
    comparisons(&mut page, "Agencies differ", &product.contradictions);
    withheld(&mut page, product);
    referred(&mut page, product);
    gaps(&mut page, product);
    findings::no_record(&mut page, product);
    contacts(&mut page, product);
    integrity(&mut page, product);
    page.into_text()
}

fn head(page: &mut Page, product: &Product) {
    page.styled(BOLD, &format!("{} · {}", product.marking, product.case));
    page.styled(
        BOLD,
        &format!("Information product: {}", product.audience.words()),
    );
    if let Some(priority) = product.priority {
        let due = product
            .due
            .map(|due| format!(", decision due {}", instant(due)));
        let words = format!(
            "{} priority{}",
            priority.as_str().to_uppercase(),
            due.unwrap_or_default()
        );
        page.styled(colour_of(priority), &words);
    }
    page.pair("Received", &instant(product.opened));
    page.pair("Made", &instant(product.made));
    for (label, word) in [
        ("Kind", &product.kind),
        ("Purpose", &product.purpose),
        ("Outcome", &product.outcome),
    ] {
        if let Some(word) = word {
            page.pair(label, &word.words);
        }
    }
    if product.audience == Audience::ReferrerFeedback && product.outcome.is_none() {
        page.pair("Outcome", "none yet");
    }
    if !product.legal_gateway.is_empty() {
        page.pair("Legal power", &product.legal_gateway.join("; "));
    }
    if let Some(consent) = &product.consent {
        let mut words = consent.state.as_str().replace('_', " ");
        for word in consent
            .override_reason
            .iter()
            .chain(&consent.parents_informed)
        {
            words = format!("{words}; {}", word.words);
        }
        page.pair("Consent", &words);
    }
    if let Some(months) = product.look_back_months {
        page.pair("Period", &format!("the last {months} months"));
    }
    if let Some(counts) = product.counts {
        page.pair(
            "In all",
            &format!(
                "{} of {} agencies answered, {} items, {} withheld, {} referred, {} gaps",
                counts.answered,
                counts.agencies,
                counts.items,
                counts.withheld,
                counts.referred,
                counts.gaps
            ),
        );
    }
}

fn people(page: &mut Page, product: &Product) {
    page.section("People", product.subjects.is_empty());
    for subject in &product.subjects {
        let role = subject
            .role
            .as_ref()
            .map(|role| format!(", {}", role.words));
        let born = subject
            .born
            .as_ref()
            .map(|born| format!(", born {}", born.reveal()));
        let words = format!(
            "{}: {}{}{}",
            subject.id,
            subject.name.reveal(),
            role.unwrap_or_default(),
            born.unwrap_or_default()
        );
        page.wrapped("  ", &words);
    }
}

fn comparisons(page: &mut Page, title: &str, comparisons: &[Comparison]) {
    page.section(title, comparisons.is_empty());
    for comparison in comparisons {
        let says: Vec<_> = comparison
            .says
            .iter()
            .map(|(agency, value)| format!("{agency}: {}", value.reveal()))
            .collect();
        let words = format!(
            "{} ({}). {}",
            comparison.point.reveal(),
            comparison.subject_name.reveal(),
            says.join("; ")
        );
        page.wrapped("  ", &words);
    }
}

fn withheld(page: &mut Page, product: &Product) {
    page.section("Withheld, and why", product.withheld.is_empty());
    for line in &product.withheld {
        let words = format!(
            "{}: {}, {} ({}): {} [{}]",
            line.agency_name,
            line.title,
            line.what,
            line.subject_name.reveal(),
            line.why.words,
            line.why.code
        );
        page.wrapped("  ", &words);
        if !line.would_change.is_empty() {
            page.faint(&line.would_change);
        }
    }
}

fn referred(page: &mut Page, product: &Product) {
    page.section("With a person in the agency", product.referred.is_empty());
    for line in &product.referred {
        let approvers: Vec<_> = line
            .approvers
            .iter()
            .map(|role| role.words.clone())
            .collect();
        let words = format!(
            "{}: {}, {} ({}): asked {}, due {}{}",
            line.agency_name,
            line.title,
            line.fields.join(", "),
            line.subject_name.reveal(),
            approvers.join(" and "),
            instant(line.due),
            if line.overdue { ", overdue" } else { "" }
        );
        page.wrapped("  ", &words);
    }
}

fn gaps(page: &mut Page, product: &Product) {
    page.section("Not checked", product.gaps.is_empty());
    for gap in &product.gaps {
        let name = gap
            .subject_name
            .as_ref()
            .map(|name| format!(" ({})", name.reveal()));
        let next = gap.next.map(|next| format!(", next {}", instant(next)));
        let words = format!(
            "{}: {}{}: {}{}",
            gap.agency_name,
            gap.what,
            name.unwrap_or_default(),
            gap.why.words,
            next.unwrap_or_default()
        );
        page.wrapped("  ", &words);
    }
}

fn contacts(page: &mut Page, product: &Product) {
    page.section("Contacts", product.contacts.is_empty());
    for contact in &product.contacts {
        page.wrapped(
            "  ",
            &format!("{}: {}", contact.agency_name, contact.contact),
        );
    }
}

fn integrity(page: &mut Page, product: &Product) {
    page.section("Integrity", false);
    page.line("  ", &format!("sha256 {}", product.digest()));
}

const fn colour_of(priority: Priority) -> &'static str {
    match priority {
        Priority::Amber => "1;33",
        Priority::Blue => "1;34",
        Priority::Green => "1;32",
        Priority::Red => "1;31",
    }
}

/// `2026-03-11 10:14 UTC`.
fn instant(instant: Timestamp) -> String {
    let text = instant.to_string();
    let minute = text.get(..16).unwrap_or(&text);
    format!("{} UTC", minute.replace('T', " "))
}
