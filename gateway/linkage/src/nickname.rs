//! Short forms of forenames in use in the United Kingdom: `data/nicknames.txt`.
//!
//! An edge joins a name to *its* short form and nothing else: that two names share a short form
//! (Charlotte and Charles, Lottie and Charlie) says nothing about them.

use std::collections::HashMap;
use std::sync::LazyLock;

const FILE: &str = include_str!("../data/nicknames.txt");

type Edges = HashMap<&'static str, Vec<&'static str>>;

static SHORT: LazyLock<Edges> = LazyLock::new(|| gathered(edges()));
static LONG: LazyLock<Edges> =
    LazyLock::new(|| gathered(edges().map(|(name, short)| (short, name))));

/// The short forms of `name`, sorted; none for most names.
pub(crate) fn short_forms(name: &str) -> &'static [&'static str] {
    SHORT.get(name).map_or(&[], Vec::as_slice)
}

/// The names of which `name` is a short form, sorted; none for most names.
pub(crate) fn long_forms(name: &str) -> &'static [&'static str] {
    LONG.get(name).map_or(&[], Vec::as_slice)
}

/// Name and short form, line by line.
fn edges() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILE.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(':'))
        .flat_map(|(name, shorts)| {
            shorts
                .split_ascii_whitespace()
                .map(move |short| (name, short))
        })
}

fn gathered(edges: impl Iterator<Item = (&'static str, &'static str)>) -> Edges {
    let mut all = Edges::new();
    for (from, to) in edges {
        all.entry(from).or_default().push(to);
    }
    for each in all.values_mut() {
        each.sort_unstable();
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::normalise::name::forenames;

    #[test]
    fn every_line_is_a_name_and_its_short_forms_as_the_normaliser_writes_them() {
        for line in FILE
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let (name, shorts) = line.split_once(": ").expect(line);
            assert!(!shorts.is_empty(), "{line}");
            for word in std::iter::once(name).chain(shorts.split(' ')) {
                assert_eq!(forenames(word), [word], "{line}");
                assert!(word.len() > 1, "{line}");
            }
        }
    }

    #[test]
    fn no_edge_is_written_twice_and_no_name_is_its_own_short_form() {
        let mut seen = HashSet::new();
        for (name, short) in edges() {
            assert!(
                name != short && seen.insert((name, short)),
                "{name} {short}"
            );
        }
        assert!(seen.len() > 1_000, "{}", seen.len());
    }

    #[test]
    fn short_and_long_forms_are_the_same_edges() {
        for (name, short) in edges() {
            assert!(short_forms(name).contains(&short), "{name} {short}");
            assert!(long_forms(short).contains(&name), "{name} {short}");
        }
        assert!(short_forms("zephyrine").is_empty() && long_forms("").is_empty());
    }

    #[test]
    fn holds_the_short_forms_in_use_here() {
        for (name, short) in [
            ("alfred", "alfie"),
            ("isabella", "izzy"),
            ("mohammed", "mo"),
            ("david", "dai"),
            ("jane", "sian"),
            ("ceridwen", "ceri"),
            ("james", "seamus"),
            ("katarzyna", "kasia"),
            ("malgorzata", "gosia"),
            ("tomasz", "tomek"),
            ("gheorghe", "gigi"),
            ("harpreet", "preet"),
            ("oluwaseun", "seun"),
            ("kateryna", "katya"),
        ] {
            assert!(short_forms(name).contains(&short), "{name} {short}");
        }
    }

    #[test]
    fn names_that_only_share_a_short_form_have_no_edge() {
        for (a, b) in [
            ("charlotte", "caroline"),
            ("charlotte", "charles"),
            ("charlotte", "chick"),
            ("alexander", "alexandra"),
            ("daniel", "danielle"),
            ("samuel", "samantha"),
            ("jacob", "james"),
            ("isabella", "elizabeth"),
            ("harpreet", "gurpreet"),
            ("adebayo", "adeola"),
        ] {
            assert!(
                !short_forms(a).contains(&b) && !short_forms(b).contains(&a),
                "{a} {b}"
            );
        }
    }
}
