//! What becomes of the cases of the policy before: a case that is left out is a check that is lost.
//!
//! The texts are read as TOML only: the one before may be written for another vocabulary.

use std::collections::BTreeMap;

use toml::{Table, Value};

/// Cases of one text, held against those of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseChanges {
    /// Names of cases that are there no more.
    pub dropped: Vec<String>,
    /// Names of cases that ask or expect something else.
    pub changed: Vec<String>,
}

/// What `after` makes of the cases of `before`.
pub fn case_changes(before: &str, after: &str) -> CaseChanges {
    let (before, after) = (table(before), table(after));
    let shared = before.get("given") == after.get("given");
    let (old, new) = (named(&before), named(&after));
    let mut changes = CaseChanges::default();
    for (name, case) in old {
        match new.get(name) {
            None => changes.dropped.push(name.to_owned()),
            Some(now) if !shared || *now != case => changes.changed.push(name.to_owned()),
            Some(_) => {}
        }
    }
    changes
}

fn table(text: &str) -> Table {
    text.parse().unwrap_or_default()
}

fn named(table: &Table) -> BTreeMap<&str, &Table> {
    let cases = table.get("case").and_then(Value::as_array);
    let cases = cases.into_iter().flatten().filter_map(Value::as_table);
    cases
        .filter_map(|case| Some((case.get("name")?.as_str()?, case)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "[given]\npurpose = \"marac\"\n\
        [[case]]\nname = \"a\"\nauto = \"none\"\n[[case]]\nname = \"b\"\nauto = \"none\"\n";

    #[test]
    fn a_case_left_out_is_dropped_and_one_that_expects_otherwise_is_changed() {
        let after = BEFORE.replace("name = \"a\"", "name = \"c\"").replacen(
            "[[case]]\nname = \"b\"\nauto = \"none\"",
            "[[case]]\nname = \"b\"\nauto = \"exact\"",
            1,
        );

        let changes = case_changes(BEFORE, &after);

        assert_eq!(
            (changes.dropped, changes.changed),
            (vec!["a".to_owned()], vec!["b".to_owned()])
        );
    }

    #[test]
    fn a_change_of_what_cases_share_changes_them_all() {
        let after = BEFORE.replace("marac", "s47_enquiry");

        assert_eq!(case_changes(BEFORE, &after).changed, ["a", "b"]);
        assert_eq!(case_changes(BEFORE, BEFORE), CaseChanges::default());
        assert_eq!(case_changes(BEFORE, "").dropped, ["a", "b"]);
    }
}
