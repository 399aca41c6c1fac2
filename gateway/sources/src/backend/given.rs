//! The forenames by which a server is searched.

use stile_model::redact::Redacted;

/// Each as it is asked and, of several in one, the first alone as well, each once.
///
/// A server may compare each given name by itself, as FHIR's `given` does: to it nobody is called
/// "Sarah Louise", though it holds "Sarah" and "Louise".
pub(super) fn searched(forenames: &[Redacted<String>]) -> Vec<Redacted<String>> {
    let mut all: Vec<Redacted<String>> = Vec::new();
    for asked in forenames {
        let first = first(asked.reveal()).map(Redacted::<String>::from);
        for name in std::iter::once(asked.clone()).chain(first) {
            if !all.contains(&name) {
                all.push(name);
            }
        }
    }
    all
}

/// The first name of a text; none where it is an initial, by which half the town would be found.
fn first(text: &str) -> Option<&str> {
    let first = text.split_whitespace().next()?;
    let letters = first.chars().filter(|sign| sign.is_alphabetic()).count();
    (letters > 1).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_given_names_is_searched_for_by_itself_too() {
        let words = |words: &[&str]| -> Vec<Redacted<String>> {
            words.iter().map(|word| Redacted::from(*word)).collect()
        };

        for (asked, expected) in [
            (
                words(&["SARAH LOUISE", "Sarah Louise", "Sarah"]),
                words(&["SARAH LOUISE", "SARAH", "Sarah Louise", "Sarah"]),
            ),
            (words(&["Mary-Jane"]), words(&["Mary-Jane"])),
            (words(&["J. Paul"]), words(&["J. Paul"])),
            (words(&[" "]), words(&[" "])),
        ] {
            assert!(searched(&asked) == expected);
        }
    }
}
