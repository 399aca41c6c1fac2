//! The matrix against the answers that questions get.

use stile_model::code::Rung;

use super::*;
use crate::analyse::matrix::{CellWord, FieldRange, MatrixCell, Narrowed};

fn cell<'a>(matrix: &'a Matrix, category: &str, purpose: &Code) -> Option<&'a MatrixCell> {
    let mut rows = matrix.rows.iter();
    let row = rows.find(|row| row.category.to_string() == category)?;
    row.cells.iter().find(|cell| &cell.purpose == purpose)
}

/// Where a question lies; a purpose that the vocabulary does not have has no column.
fn field<'a>(matrix: &'a Matrix, asked: &Asked) -> Option<&'a FieldRange> {
    let category = asked.field.category().to_string();
    let cell = cell(matrix, &category, &asked.purpose)?;
    cell.fields.iter().find(|range| range.field == asked.field)
}

fn shown(rules: &str, narrowed: &Narrowed) -> Matrix {
    super::super::matrix(&set(rules), narrowed, today())
}

fn incident(rules: &str, narrowed: &Narrowed) -> MatrixCell {
    let s47 = Code::new("s47_enquiry").unwrap();
    let matrix = shown(rules, narrowed);
    cell(&matrix, "police.domestic_incident", &s47)
        .unwrap()
        .clone()
}

/// Every field of the category as held.
fn shared() -> String {
    let category = "police.domestic_incident".parse().unwrap();
    let fields = vocabulary().category(&category).unwrap().fields.iter();
    let rules = fields.enumerate().map(|(n, field)| {
        format!(
            "[[rule]]\nid = \"S-{n}\"\nshare = \"{}\"\nas = \"detail\"\nwhen = {{ within = \"ever\" }}\nwhy = \"x\"\n",
            field.id
        )
    });
    rules.collect()
}

const NOTHING: &str =
    "[[rule]]\nid = \"N-1\"\nnever_above = \"police.*\"\nas = \"none\"\nwhy = \"x\"\n";
const RED: &str = "[[rule]]\nid = \"A-2\"\nshare = \"police.domestic_incident.date\"\nas = \"year\"\nwhen = { within = \"ever\", priority = [\"red\"] }\nwhy = \"x\"\n";
const ASKED: &str = "[[rule]]\nid = \"A-3\"\nask = \"police.domestic_incident.summary\"\nas = \"full\"\napprover = \"ig_lead\"\nwhen = { within = \"ever\" }\nwhy = \"x\"\n";

#[test]
fn withholds_in_every_cell_without_a_grant() {
    let matrix = shown(NOTHING, &Narrowed::default());

    assert!(!matrix.rows.is_empty() && !matrix.purposes.is_empty());
    for cell in matrix.rows.iter().flat_map(|row| &row.cells) {
        assert_eq!((cell.word, cell.depends), (CellWord::Withhold, false));
    }
}

#[test]
fn withholds_in_every_cell_past_the_last_day() {
    let rules = format!("until = 2020-01-01\n{}", shared());

    let cell = incident(&rules, &Narrowed::default());

    assert_eq!(cell.word, CellWord::Withhold);
}

#[test]
fn what_goes_out_whole_and_what_waits_for_a_person_are_told_apart() {
    let all = Narrowed::default();

    assert_eq!(incident(&shared(), &all).word, CellWord::Share);
    assert_eq!(incident(RED, &all).word, CellWord::Summary);
    let asked = incident(ASKED, &all);
    assert_eq!(asked.word, CellWord::Ask);
    let waits: Vec<_> = asked
        .fields
        .iter()
        .filter(|range| range.approved > range.most)
        .collect();
    assert_eq!(waits.len(), 1);
    assert_eq!(waits[0].approvers, [Code::new("ig_lead").unwrap()]);
}

#[test]
fn a_cell_that_depends_on_the_rating_does_not_once_narrowed_to_it() {
    let only = |priority: &str| Narrowed {
        priority: Some(priority.to_owned()),
        ..Narrowed::default()
    };

    assert!(incident(RED, &Narrowed::default()).depends);
    assert_eq!(incident(RED, &only("green")).word, CellWord::Withhold);
    let red = incident(RED, &only("red"));
    let date = red
        .fields
        .iter()
        .find(|range| range.field.name() == "date")
        .unwrap();
    assert_eq!(
        (date.least, date.most),
        (Rung::None, Rung::Headline),
        "an event may be undated"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_answer_lies_in_the_range_of_its_cell(
        (policy, _) in pair(),
        questions in prop::collection::vec(asked(), 150),
    ) {
        let matrix = super::super::matrix(&policy, &Narrowed::default(), today());
        for asked in &questions {
            let Some(range) = field(&matrix, asked) else { continue };
            let answer = policy.rule(&asked.question(), today());
            prop_assert!(range.least <= answer.auto && answer.auto <= range.most, "{asked:?}: {range:?}");
            prop_assert!(answer.approved <= range.approved, "{asked:?}: {range:?}");
            prop_assert!(range.varies || answer.auto == range.most, "{asked:?}: {range:?}");
            for rule in &answer.rules {
                prop_assert!(range.rules.contains(rule), "{rule} of {asked:?}: {range:?}");
            }
        }
    }

    #[test]
    fn a_narrowed_matrix_says_what_questions_so_narrowed_get(
        (policy, _) in pair(),
        mut questions in prop::collection::vec(asked(), 100),
    ) {
        let narrowed = Narrowed { priority: Some("red".to_owned()), subject: Some("child".to_owned()) };
        let matrix = super::super::matrix(&policy, &narrowed, today());
        for asked in &mut questions {
            asked.priority = Some(Priority::Red);
            asked.subject = Some(Code::new("child").unwrap());
            let Some(range) = field(&matrix, asked) else { continue };
            let answer = policy.rule(&asked.question(), today());
            prop_assert!(range.least <= answer.auto && answer.auto <= range.most, "{asked:?}: {range:?}");
        }
    }
}
