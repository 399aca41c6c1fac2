//! How the story is shown: a compact table of the agencies, and text broken to the screen.

use stile_product::{AgencySection, Product};

use crate::output;

const NAME: usize = 34;
const STATUS: usize = 34;

/// One row for each agency: what it shared, withheld, referred, and how it stands.
pub(super) fn table(product: &Product) -> String {
    let mut text = row("agency", "status", ["shared", "withheld", "referred"]);
    for agency in &product.agencies {
        let withheld = product
            .withheld
            .iter()
            .filter(|line| line.agency == agency.agency)
            .count();
        let referred = product
            .referred
            .iter()
            .filter(|line| line.agency == agency.agency)
            .count();
        let counts = [shared(agency), withheld, referred].map(|count| count.to_string());
        text.push('\n');
        text.push_str(&row(
            &agency.name,
            &agency.status.words,
            counts.each_ref().map(String::as_str),
        ));
    }
    text
}

fn shared(agency: &AgencySection) -> usize {
    agency.findings.iter().map(|finding| finding.items).sum()
}

fn row(name: &str, status: &str, counts: [&str; 3]) -> String {
    let [shared, withheld, referred] = counts;
    format!("  {name:<NAME$}{status:<STATUS$}{shared:>8}{withheld:>10}{referred:>10}")
}

/// `text` with long lines broken at blanks, each piece as far in as its line began.
pub(super) fn wrapped(text: &str) -> String {
    broken(text, output::width())
}

fn broken(text: &str, width: usize) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let words = line.trim_start_matches(' ');
        let indent = " ".repeat(line.len().saturating_sub(words.len()) + 2);
        let mut current = String::from(indent.as_str());
        for word in words.split(' ') {
            let begun = current.len() > indent.len();
            let length = current.chars().count() + word.chars().count();
            if begun && length + 1 > width {
                lines.push(std::mem::replace(&mut current, format!("{indent}  ")));
            } else if begun {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current.trim_end().to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::broken;

    #[test]
    fn breaks_long_lines_at_blanks_and_keeps_their_indent() {
        let text = "short\n  a line that is rather longer";
        let lines: Vec<_> = broken(text, 20).lines().map(str::to_owned).collect();
        assert_eq!(
            lines,
            ["  short", "    a line that is", "      rather longer"]
        );
    }

    #[test]
    fn loses_no_word_when_one_is_wider_than_the_screen() {
        let text = broken("see 0123456789012345678901234567890123456789 there", 20);
        assert_eq!(
            text.split_whitespace().collect::<Vec<_>>(),
            ["see", "0123456789012345678901234567890123456789", "there"]
        );
    }
}
