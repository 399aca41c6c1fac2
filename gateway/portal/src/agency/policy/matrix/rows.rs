//! The rows of the matrix: in groups, each cell as in force or, where a draft changes it, as in the draft
//! with what is in force now.

use askama::Template;
use askama::filters::HtmlSafe;
use stile_exchange::policy::{Cells, Drafted, MatrixAsked, PolicyMatrix};
use stile_model::code::Handling;
use stile_model::id::{CategoryId, RuleId};
use stile_model::vocabulary::Vocabulary;
use stile_policy::{CellWord, FieldRange, MatrixCell, MatrixRow};

use super::super::sheet::english;
use super::{Draft, Looked};
use crate::component::{Component, Content, Decision, DecisionCell, DecisionLegend};
use crate::visit::Visit;
use crate::words::Words;

/// Rules that a cell names before it says how many more there are.
const NAMED: usize = 2;

/// How the vocabulary says that a kind of record is usually handled, from the most open.
const GROUPS: [Handling; 5] = [
    Handling::Automatic,
    Handling::Summary,
    Handling::Refer,
    Handling::Sealed,
    Handling::Barred,
];

/// Kinds of record that are usually handled alike.
pub(super) struct Group<'a> {
    pub(super) title: String,
    pub(super) rows: Vec<Row<'a>>,
}

/// One kind of record.
pub(super) struct Row<'a> {
    pub(super) title: &'a str,
    pub(super) fields: String,
    pub(super) cells: Vec<DecisionCell>,
}

/// What the cells are made of.
pub(super) struct Body<'a> {
    pub(super) visit: &'a Visit,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) shown: &'a PolicyMatrix,
    pub(super) columns: &'a [&'a str],
    pub(super) asked: &'a MatrixAsked,
    pub(super) draft: Option<&'a Draft>,
}

impl<'a> Body<'a> {
    /// The groups that have rows, each under its heading.
    pub(super) fn groups(&self) -> Vec<Group<'a>> {
        let groups = GROUPS.into_iter().map(|handling| Group {
            title: self
                .visit
                .words
                .say(&format!("policy-group-{}", handling.as_str())),
            rows: self
                .rows()
                .filter(|row| self.handling(&row.category) == Some(handling))
                .map(|row| self.row(row))
                .collect(),
        });
        groups.filter(|group| !group.rows.is_empty()).collect()
    }

    /// How many cells the draft changes.
    pub(super) fn differing(&self) -> usize {
        let cells = self.rows().flat_map(|row| {
            let cells = row.cells.iter();
            cells.filter_map(move |cell| self.changed(&row.category, cell))
        });
        cells.count()
    }

    fn rows(&self) -> impl Iterator<Item = &'a MatrixRow> {
        self.shown.cells.matrix.rows.iter()
    }

    fn handling(&self, category: &CategoryId) -> Option<Handling> {
        let category = self.vocabulary.category(category);
        category.map(|category| category.handling)
    }

    fn row(&self, row: &'a MatrixRow) -> Row<'a> {
        let category = self.vocabulary.category(&row.category);
        let fields = category.map_or(0, |category| category.fields.len());
        let title = category.map_or("", |category| category.title.as_str());
        let cells = row.cells.iter().zip(self.columns);
        Row {
            title,
            fields: self.visit.words.count("policy-fields", "count", fields),
            cells: cells
                .map(|(cell, column)| self.cell(&row.category, cell, &format!("{title}, {column}")))
                .collect(),
        }
    }

    /// The cell as the draft would have it, where that is not as it is.
    fn changed(&self, category: &CategoryId, cell: &MatrixCell) -> Option<&'a MatrixCell> {
        let Some(Drafted::Cells(Cells { matrix, .. })) = &self.shown.beside else {
            return None;
        };
        let row = matrix.rows.iter().find(|row| row.category == *category)?;
        let mut cells = row.cells.iter();
        let other = cells.find(|other| other.purpose == cell.purpose)?;
        (!alike(cell, other)).then_some(other)
    }

    fn cell(&self, category: &CategoryId, cell: &MatrixCell, what: &str) -> DecisionCell {
        let words = &self.visit.words;
        let to = format!("/policy/cells/{category}/{}", cell.purpose);
        let to = format!("{}{}", self.visit.to(&to), Looked::query(self.asked));
        let drafted = self.changed(category, cell).zip(self.draft);
        let shown = drafted.map_or(cell, |(changed, _)| changed);
        let made = DecisionCell::new(look(shown.word), said(words, shown.word))
            .small(small(words, shown, what))
            .link(to);
        let Some((changed, draft)) = drafted else {
            return made;
        };
        let now = if changed.word == cell.word {
            words.say("policy-cell-other-details")
        } else {
            words.about("policy-cell-now", "word", &said(words, cell.word))
        };
        made.draft(draft.name.as_str(), now)
    }
}

/// Do both disclose the same, whichever rules say so? Fields stand in an order that the rules give.
pub(in crate::agency::policy) fn alike(one: &MatrixCell, other: &MatrixCell) -> bool {
    let same = |range: &FieldRange| {
        let mut fields = other.fields.iter();
        let found = fields.find(|found| found.field == range.field);
        found.is_some_and(|found| {
            let ruled = FieldRange {
                rules: range.rules.clone(),
                ..found.clone()
            };
            ruled == *range
        })
    };
    one.word == other.word && one.fields.len() == other.fields.len() && one.fields.iter().all(same)
}

/// Which rules speak, whether it is the same for every enquiry; and, for those who do not see the table,
/// of what and for what it is.
fn small(words: &Words, cell: &MatrixCell, what: &str) -> Content {
    let rules: std::collections::BTreeSet<&RuleId> =
        cell.fields.iter().flat_map(|range| &range.rules).collect();
    let named: Vec<_> = rules.iter().take(NAMED).map(|id| id.as_str()).collect();
    let named = named.join(", ");
    let more = rules.len().saturating_sub(NAMED);
    let rules = match (rules.len(), more) {
        (0, _) => words.say("policy-cell-no-rule"),
        (_, 0) => words.about("policy-cell-rules", "rules", &named),
        (_, more) => words.with(
            "policy-cell-rules-more",
            [("rules", named.into()), ("more", more.into())],
        ),
    };
    let often = words.say(if cell.depends {
        "policy-cell-depends"
    } else {
        "policy-cell-always"
    });
    let unseen = Unseen {
        what: english(words, what),
    };
    Content::from(format!("{rules}; {often}")).then(unseen)
}

/// Of what and for what a cell is: for those to whom the table is not shown as one.
#[derive(Template)]
#[template(
    source = r#"<span class="govuk-visually-hidden">: {{ what }}</span>"#,
    ext = "html"
)]
struct Unseen {
    what: Content,
}

impl HtmlSafe for Unseen {}
impl Component for Unseen {}

/// What the words mean.
pub(super) fn legend(words: &Words) -> DecisionLegend {
    let cells = [
        (CellWord::Share, "policy-cell-share-what"),
        (CellWord::Summary, "policy-cell-summary-what"),
        (CellWord::Ask, "policy-cell-ask-what"),
        (CellWord::Withhold, "policy-cell-withhold-what"),
    ];
    let cells = cells.map(|(word, what)| {
        DecisionCell::new(look(word), said(words, word)).small(words.say(what))
    });
    DecisionLegend::new(words.say("policy-legend"), cells.into())
}

/// The word of a cell, for people.
pub(in crate::agency::policy) fn said(words: &Words, word: CellWord) -> String {
    words.say(match word {
        CellWord::Ask => "policy-cell-ask",
        CellWord::Share => "policy-cell-share",
        CellWord::Summary => "policy-cell-summary",
        CellWord::Withhold => "policy-cell-withhold",
    })
}

/// The picture and colour that repeat it.
const fn look(word: CellWord) -> Decision {
    match word {
        CellWord::Ask => Decision::Ask,
        CellWord::Share => Decision::Share,
        CellWord::Summary => Decision::Less,
        CellWord::Withhold => Decision::Withhold,
    }
}

#[cfg(test)]
mod tests {
    use stile_model::code::Rung;
    use stile_model::id::Code;

    use super::*;
    use crate::words::{Catalogue, Language};

    fn cell(most: Rung, rules: &[&str]) -> MatrixCell {
        MatrixCell {
            purpose: Code::new("s47_enquiry").unwrap(),
            word: CellWord::Summary,
            depends: false,
            fields: vec![FieldRange {
                field: "police.conviction.offence".parse().unwrap(),
                least: Rung::None,
                most,
                approved: Rung::Detail,
                approvers: Vec::new(),
                sealed: false,
                varies: false,
                rules: rules.iter().map(|id| RuleId::new(*id).unwrap()).collect(),
            }],
        }
    }

    #[test]
    fn cells_that_disclose_the_same_are_alike_whichever_rules_say_so() {
        assert!(alike(
            &cell(Rung::Summary, &["A-1"]),
            &cell(Rung::Summary, &["B-2"])
        ));
    }

    #[test]
    fn the_order_of_fields_which_rules_give_is_no_difference() {
        let mut one = cell(Rung::Summary, &["A-1"]);
        let mut second = one.fields[0].clone();
        second.field = "police.conviction.disposal".parse().unwrap();
        second.most = Rung::Headline;
        one.fields.push(second);
        let mut other = one.clone();
        other.fields.reverse();

        assert!(alike(&one, &other));
        other.fields[0].most = Rung::Detail;
        assert!(!alike(&one, &other));
    }

    #[test]
    fn refuses_to_take_cells_for_alike_that_disclose_otherwise_under_one_word() {
        let before = cell(Rung::Summary, &["A-1"]);
        let mut sealed = before.clone();
        sealed.fields[0].sealed = true;
        let mut asked = before.clone();
        asked.fields[0].approvers = vec![Code::new("detective_inspector").unwrap()];

        for after in [cell(Rung::Headline, &["A-1"]), sealed, asked] {
            assert!(!alike(&before, &after), "{after:?}");
        }
    }

    #[test]
    fn a_cell_names_its_rules_and_for_whom_cannot_see_the_table_what_it_is_of() {
        let words = Catalogue::built_in().unwrap().words(Language::English);
        let of = |rules: &[&str]| {
            let cell = cell(Rung::Summary, rules);
            small(&words, &cell, "Convictions, MARAC").to_string()
        };

        assert!(of(&["A-1", "B-2", "C-3"]).starts_with("By A-1, B-2 and 1 more;"));
        assert!(of(&["A-1"]).starts_with("By A-1;"), "{}", of(&["A-1"]));
        assert!(of(&[]).starts_with("No rule;"));
        assert!(of(&[]).contains("Convictions, MARAC"));
    }
}
