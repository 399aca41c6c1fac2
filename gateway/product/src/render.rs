//! Prints a product for a terminal.
//!
//! Every value is stripped of control characters, escape sequences and direction marks first: what
//! an agency sends can colour nothing and hide nothing.

#[cfg(test)]
mod tests;

use stile_model::code::Priority;
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;

use crate::product::{Comparison, Event, FieldLine, Precision, Product};
use crate::sheet::Audience;
use crate::transform::cleaned;

/// `product` as text, wrapped at `width` columns (taken as 40 to 200), with colour where `colour`.
pub fn render(product: &Product, vocabulary: &Vocabulary, width: usize, colour: bool) -> String {
    let mut page = Page {
        out: String::new(),
        width: width.clamp(40, 200),
        colour,
    };
    head(&mut page, product);
    people(&mut page, product);
    for notice in &product.notices {
        page.gap();
        page.wrapped("! ", notice);
    }
    chronology(&mut page, product, vocabulary);
    findings(&mut page, product);
    comparisons(&mut page, "Agencies agree", &product.agreements);
    comparisons(&mut page, "Agencies differ", &product.contradictions);
    withheld(&mut page, product);
    referred(&mut page, product);
    gaps(&mut page, product);
    no_record(&mut page, product);
    contacts(&mut page, product);
    integrity(&mut page, product);
    page.out
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

fn chronology(page: &mut Page, product: &Product, vocabulary: &Vocabulary) {
    page.section("Chronology", product.chronology.is_empty());
    for event in &product.chronology {
        let head = format!(
            "{} · {}: {} ({})",
            when(event),
            event.agency_name,
            event.title,
            event.subject_name.reveal()
        );
        page.styled(BOLD, &head);
        let dates = vocabulary
            .category(&event.category)
            .and_then(|category| category.event.clone());
        for line in event
            .fields
            .iter()
            .filter(|line| Some(&line.field) != dates.as_ref())
        {
            page.wrapped("    ", &field(line));
        }
        page.faint(&provenance(event));
    }
}

fn when(event: &Event) -> String {
    let when = event.when.clone().unwrap_or_default();
    match event.precision {
        Precision::Day => when,
        Precision::Month => format!("{when} (month only)"),
        Precision::Year => format!("{when} (year only)"),
        Precision::Undated => "undated".to_owned(),
    }
}

fn field(line: &FieldLine) -> String {
    let rule = line
        .rule
        .as_ref()
        .map(|rule| format!(" [{}, {rule}]", line.rung));
    format!(
        "{}: {}{}",
        line.title,
        line.value.reveal(),
        rule.unwrap_or_default()
    )
}

fn provenance(event: &Event) -> String {
    let from = &event.provenance;
    let mut words = vec![
        from.system.clone(),
        from.author.clone(),
        from.nature.to_string(),
        from.verification.clone(),
    ];
    words.extend(
        from.grading
            .iter()
            .map(|grading| format!("graded {grading}")),
    );
    words.extend(from.recorded.iter().map(|date| format!("recorded {date}")));
    words.extend(from.handling.iter().map(|mark| mark.words.clone()));
    words.push(format!("ref {}", from.reference));
    words.join(" · ")
}

fn findings(page: &mut Page, product: &Product) {
    page.section("Findings by agency", product.agencies.is_empty());
    for agency in &product.agencies {
        page.styled(BOLD, &format!("{}: {}", agency.name, agency.status.words));
        for found in &agency.matches {
            let weak = found.weak.as_ref().map(|weak| format!(" ({})", weak.words));
            let words = format!(
                "{}: {}{}",
                found.subject_name.reveal(),
                found.words,
                weak.unwrap_or_default()
            );
            page.wrapped("    ", &words);
        }
        for finding in &agency.findings {
            let items = match finding.items {
                0 => String::new(),
                1 => ", 1 item".to_owned(),
                more => format!(", {more} items"),
            };
            let capped = if finding.capped { ", more exist" } else { "" };
            let name = finding.subject_name.reveal();
            let words = format!(
                "{} ({name}): {}{items}{capped}",
                finding.title, finding.words
            );
            page.wrapped("    ", &words);
        }
        if agency.more {
            page.wrapped("    ", "More will follow.");
        }
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

fn no_record(page: &mut Page, product: &Product) {
    page.section("Checked, nothing to show", product.no_record.is_empty());
    for line in &product.no_record {
        let words = format!(
            "{}: {} ({}): {}",
            line.agency_name,
            line.title,
            line.subject_name.reveal(),
            line.words
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

const BOLD: &str = "1";
const FAINT: &str = "2";

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

struct Page {
    out: String,
    width: usize,
    colour: bool,
}

impl Page {
    fn gap(&mut self) {
        self.out.push('\n');
    }

    fn section(&mut self, title: &str, empty: bool) {
        if !empty {
            self.gap();
            self.styled(BOLD, title);
            self.out
                .push_str(&"─".repeat(title.chars().count().min(self.width)));
            self.gap();
        }
    }

    fn pair(&mut self, label: &str, value: &str) {
        self.wrapped("", &format!("{label}: {value}"));
    }

    fn faint(&mut self, text: &str) {
        for line in self.lines("    ", text) {
            self.painted(FAINT, &line);
        }
    }

    fn styled(&mut self, style: &str, text: &str) {
        for line in self.lines("", text) {
            self.painted(style, &line);
        }
    }

    fn painted(&mut self, style: &str, line: &str) {
        if self.colour {
            self.out.push_str("\u{1b}[");
            self.out.push_str(style);
            self.out.push('m');
            self.out.push_str(line);
            self.out.push_str("\u{1b}[0m\n");
        } else {
            self.out.push_str(line);
            self.gap();
        }
    }

    fn wrapped(&mut self, indent: &str, text: &str) {
        for line in self.lines(indent, text) {
            self.out.push_str(&line);
            self.gap();
        }
    }

    /// One line that is not wrapped: a digest must stay whole.
    fn line(&mut self, indent: &str, text: &str) {
        self.out.push_str(indent);
        self.out.push_str(&cleaned(text));
        self.gap();
    }

    /// `text` cleaned and broken at blanks, and inside a word only when it alone is too wide.
    fn lines(&self, indent: &str, text: &str) -> Vec<String> {
        let room = self.width.saturating_sub(indent.chars().count()).max(20);
        let hang = " ".repeat(indent.chars().count());
        let mut lines = Vec::new();
        let (mut line, mut used) = (indent.to_owned(), 0_usize);
        for word in cleaned(text).split_whitespace() {
            for piece in pieces(word, room) {
                let length = piece.chars().count();
                let blank = usize::from(used > 0);
                if used.saturating_add(blank).saturating_add(length) > room {
                    lines.push(std::mem::replace(&mut line, hang.clone()));
                    used = 0;
                }
                if used > 0 {
                    line.push(' ');
                    used = used.saturating_add(1);
                }
                line.push_str(&piece);
                used = used.saturating_add(length);
            }
        }
        lines.push(line);
        lines
    }
}

fn pieces(word: &str, room: usize) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    chars
        .chunks(room)
        .map(|chunk| chunk.iter().collect())
        .collect()
}
