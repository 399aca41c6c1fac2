//! Who can see a field: every question that lets at least so much of it out, in few parts.

use serde::Serialize;
use stile_model::code::Rung;
use stile_model::digest::Digest;
use stile_model::id::{FieldId, RuleId};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use utoipa::ToSchema;

use super::answer::{Cell, Sum};
use super::axes::Axes;
use super::bits::Bits;
use super::rows::{Table, spots};
use super::sweep::{Ground, PARTS_MAX, Part, merged, size};
use super::words::{Condition, Words};
use crate::decide::Approvers;
use crate::set::PolicySet;

/// Questions that let the same out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Access {
    /// When; always, where there is no condition.
    pub when: Vec<Condition>,
    /// Released at once.
    pub auto: Rung,
    /// Released once the approvers agree; never below `auto`.
    pub approved: Rung,
    /// Who must agree; nobody where nothing is to be asked.
    pub approvers: Approvers,
    /// The grants that speak there.
    pub rules: Vec<RuleId>,
    /// How many questions it holds (a count of combinations, not of cases).
    pub questions: u64,
    /// All of it in one sentence.
    pub text: String,
}

/// Everybody to whom a field can go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhoCan {
    /// SHA-256 of the rules.
    pub rules: Digest,
    /// The field.
    pub field: FieldId,
    /// The least that counts.
    pub at_least: Rung,
    /// The day asked about.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// Questions that let so much out, those with most detail first; none when nobody can see it.
    pub access: Vec<Access>,
    /// There are too many ways in to list each: `access` holds one line for each answer.
    pub in_part: bool,
    /// How many questions about the field there are.
    pub questions: u64,
    /// A sentence where `access` is empty: why nobody can see it.
    pub text: String,
}

impl WhoCan {
    /// The whole of it for a person to read.
    pub fn plain_english(&self) -> String {
        if self.access.is_empty() {
            return self.text.clone();
        }
        let mut lines = vec![format!(
            "`{}` at `{}` or above, on {}:",
            self.field, self.at_least, self.on
        )];
        lines.extend(self.access.iter().map(|access| {
            let rules: Vec<&str> = access.rules.iter().map(RuleId::as_str).collect();
            format!("* {} ({})", access.text, rules.join(", "))
        }));
        lines.push("Nobody else.".to_owned());
        lines.join("\n")
    }
}

/// Who can see `field` at `at_least` or above on `on`, at once or after approval.
///
/// Exact over every question; `None` for a field that is not this agency's.
pub fn who_can(
    policy: &PolicySet,
    vocabulary: &Vocabulary,
    field: &FieldId,
    at_least: Rung,
    on: Date,
) -> Option<WhoCan> {
    let mut spots = spots(&[policy]);
    spots.retain(|spot| &spot.id == field);
    let axes = Axes::on_day(policy, on);
    let words = Words {
        axes: &axes,
        vocabulary,
    };
    let table = Table::new(policy, None, &spots, &axes);
    let groups = table.groups(&spots);
    let ground = Ground::new(&table, groups.first()?, &axes);
    let lapsed = policy.until().is_some_and(|until| on > until);
    let (parts, in_part) = if lapsed {
        (Vec::new(), false)
    } else {
        released(&ground, at_least)
    };
    let mut access: Vec<Access> = parts
        .into_iter()
        .map(|part| told(&ground, &words, part, field, in_part))
        .collect();
    access.sort_by_key(|own| {
        (
            std::cmp::Reverse((own.auto, own.approved)),
            std::cmp::Reverse(own.questions),
        )
    });
    let titled = words.fields(std::slice::from_ref(field));
    let text = if lapsed {
        format!("nobody: the rules have passed their last day, so {titled} goes to nobody on {on}")
    } else if access.is_empty() {
        format!("nobody: no rule lets {titled} out at `{at_least}` or above on {on}, whoever asks")
    } else {
        String::new()
    };
    Some(WhoCan {
        rules: policy.digest(),
        field: field.clone(),
        at_least,
        on,
        access,
        in_part,
        questions: size(ground.whole()),
        text,
    })
}

/// What is let out, without the reasons told for what is not.
type Label = (Rung, Rung, Vec<usize>, bool);

fn label(cell: Cell) -> Label {
    (cell.auto, cell.approved, cell.roles, cell.any_of)
}

/// The parts of the space that let out at least so much; one for each answer where they are too
/// many to list.
fn released(ground: &Ground<'_>, at_least: Rung) -> (Vec<Part<Label>>, bool) {
    let grants = Bits::of(ground.rows.len(), |place| {
        ground.row(place).is_some_and(|row| row.verb.grants())
    });
    let idle = |rules: &Bits| !rules.meets(&grants);
    let of = |newer: &Bits, now: &Bits| {
        let cell = Sum::of(ground.table, ground.rows, now).cell(ground.table, ground.rows, newer);
        (cell.approved >= at_least.max(Rung::Known)).then(|| label(cell))
    };
    match ground.parts(PARTS_MAX, &idle, &mut |newer, now| of(newer, now)) {
        Some(parts) => (merged(parts), false),
        None => (ground.labels(&idle, &mut |newer, now| of(newer, now)), true),
    }
}

fn told(
    ground: &Ground<'_>,
    words: &Words<'_>,
    part: Part<Label>,
    field: &FieldId,
    in_part: bool,
) -> Access {
    let (auto, approved, roles, any_of) = part.label;
    let cell = Cell {
        auto,
        approved,
        roles,
        any_of,
        sealed: false,
        code: ground.table.no_rule,
    };
    let answer = cell.answer(ground.table);
    let when = words.conditions(&part.cube, ground.whole());
    let mut conditions: Vec<&str> = when.iter().map(|own| own.text.as_str()).collect();
    if in_part {
        conditions.push("in too many different circumstances to list");
    } else if conditions.is_empty() {
        conditions.push("always, whoever asks");
    }
    let kind = words.kind(std::slice::from_ref(field));
    let text = format!("{}: {}", conditions.join(", "), words.answer(&answer, kind));
    let meets = |cube: &super::axes::Cube| cube.iter().zip(&part.cube).all(|(a, b)| a & b != 0);
    let mut speaking: Vec<RuleId> = (0..ground.rows.len())
        .filter_map(|place| ground.row(place))
        .filter(|row| row.verb.grants() && row.rung > Rung::None && meets(&row.cube))
        .map(|row| row.id.clone())
        .collect();
    speaking.sort();
    Access {
        auto,
        approved,
        approvers: answer.approvers,
        rules: speaking,
        questions: size(&part.cube),
        when,
        text,
    }
}
