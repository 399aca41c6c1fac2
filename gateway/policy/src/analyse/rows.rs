//! The rules of one policy, or of two laid over one another, ready to sweep.

use std::collections::HashMap;

use stile_model::code::Rung;
use stile_model::id::{Code, FieldId, RuleId};

use super::axes::{Axes, Cube};
use super::bits::Bits;
use crate::mask::fits;
use crate::rules::{Rule, Target, Verb};
use crate::set::PolicySet;
use crate::space::Place;

/// One rule in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub id: RuleId,
    pub verb: Verb,
    pub rung: Rung,
    /// Places in the table's roles, lowest first.
    pub roles: Vec<usize>,
    pub any_of: bool,
    /// The place of the withhold code in the table's codes, after its weight: the lower is told.
    pub code: (usize, usize),
    pub cube: Cube,
    /// The policies that have it: the first (or only) one, the second.
    pub of: [bool; 2],
}

/// All rows, and the words they share.
#[derive(Debug)]
pub(crate) struct Table {
    pub rows: Vec<Row>,
    pub codes: Vec<Code>,
    pub roles: Vec<Code>,
    pub no_rule: usize,
    pub outside_window: usize,
    /// The code where no rule says anything.
    pub silence: Code,
    fields: Vec<Vec<usize>>,
}

/// A field, as the policies that know it describe it.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    pub id: FieldId,
    pub dated: bool,
    places: [Option<Place>; 2],
}

/// Fields of which the same rules speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub fields: Vec<FieldId>,
    pub dated: bool,
    /// Rows that speak of them.
    pub rows: Vec<usize>,
}

/// The fields of the policies together, in the order of the vocabulary.
pub(crate) fn spots(policies: &[&PolicySet]) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::new();
    let mut known: HashMap<&FieldId, usize> = HashMap::new();
    for (n, policy) in policies.iter().enumerate() {
        for place in &policy.space().fields {
            let at = *known.entry(&place.id).or_insert(spots.len());
            if at == spots.len() {
                spots.push(Spot {
                    id: place.id.clone(),
                    dated: false,
                    places: [None, None],
                });
            }
            if let Some(spot) = spots.get_mut(at) {
                spot.dated |= place.dated;
                if let Some(own) = spot.places.get_mut(n) {
                    *own = Some(place.clone());
                }
            }
        }
    }
    spots
}

impl Spot {
    /// The field as each policy that knows it describes it.
    pub fn known(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().flatten()
    }
}

impl Table {
    /// The rules of one policy, or of two, that speak of `spots`, over `axes`.
    pub fn new(
        policy: &PolicySet,
        second: Option<&PolicySet>,
        spots: &[Spot],
        axes: &Axes,
    ) -> Self {
        let mut words = Words::default();
        let (silence, outside_window) = policy.evaluator().defaults();
        let (no_rule, outside_window) = (words.code(silence), words.code(outside_window));
        let one_vocabulary = second.is_some_and(|second| shared(policy, second));
        let mut rows: Vec<Row> = Vec::new();
        let mut fields: Vec<Vec<usize>> = vec![Vec::new(); spots.len()];
        // Where the first policy's rules are, and the fields they speak of.
        let mut known: HashMap<&RuleId, (usize, &Rule, Vec<usize>)> = HashMap::new();
        for (n, policy) in [Some(policy), second].into_iter().flatten().enumerate() {
            let reader = axes.reader(policy.space());
            let covering = covering(policy, spots, n);
            for ((rule, code, weight), covered) in policy.evaluator().served().zip(covering) {
                if covered.is_empty() {
                    continue;
                }
                let before = known
                    .get(&rule.id)
                    .filter(|(_, _, fields)| *fields == covered);
                if let Some((at, first, _)) = before
                    && let Some(row) = rows.get_mut(*at)
                    && (one_vocabulary && same_effect(first, rule)
                        || row.says_as(&words.row(rule, (weight, code), reader.cube(rule), n)))
                {
                    row.of = [true, true];
                    continue;
                }
                for spot in &covered {
                    if let Some(speaking) = fields.get_mut(*spot) {
                        speaking.push(rows.len());
                    }
                }
                let row = words.row(rule, (weight, code), reader.cube(rule), n);
                if n == 0 {
                    known.insert(&rule.id, (rows.len(), rule, covered));
                }
                rows.push(row);
            }
        }
        Self {
            rows,
            codes: words.codes,
            roles: words.roles,
            no_rule,
            outside_window,
            silence: silence.clone(),
            fields,
        }
    }

    /// The fields in groups of which the same rows speak.
    pub fn groups(&self, spots: &[Spot]) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut known: HashMap<(bool, &[usize]), usize> = HashMap::new();
        for (spot, rows) in spots.iter().zip(&self.fields) {
            let at = *known
                .entry((spot.dated, rows.as_slice()))
                .or_insert(groups.len());
            match groups.get_mut(at) {
                Some(group) => group.fields.push(spot.id.clone()),
                None => groups.push(Group {
                    fields: vec![spot.id.clone()],
                    dated: spot.dated,
                    rows: rows.clone(),
                }),
            }
        }
        groups
    }

    /// The rows of a policy among `rows`, by their place there.
    pub fn of_policy(&self, rows: &[usize], policy: usize) -> Bits {
        Bits::of(rows.len(), |place| {
            rows.get(place)
                .and_then(|row| self.rows.get(*row))
                .and_then(|row| row.of.get(policy))
                .is_some_and(|own| *own)
        })
    }
}

/// Were both compiled against the same words?
pub(crate) fn shared(one: &PolicySet, other: &PolicySet) -> bool {
    one.vocabulary_digest() == other.vocabulary_digest()
}

/// Over one vocabulary: do the two say the same of every question? What they say to people (`why`,
/// `owner`, the hours to decide) is not asked.
pub(crate) fn same_effect(one: &Rule, other: &Rule) -> bool {
    let last = |rule: &Rule| rule.until.filter(|_| rule.verb.grants());
    one.id == other.id
        && one.verb == other.verb
        && one.target == other.target
        && one.rung == other.rung
        && one.kinds == other.kinds
        && one.abouts == other.abouts
        && one.when == other.when
        && one.approvers == other.approvers
        && one.code == other.code
        && last(one) == last(other)
}

impl Row {
    /// Would no question tell the two apart?
    fn says_as(&self, other: &Self) -> bool {
        let own = Self {
            of: other.of,
            ..self.clone()
        };
        &own == other
    }
}

/// Words met so far.
#[derive(Debug, Default)]
struct Words {
    codes: Vec<Code>,
    roles: Vec<Code>,
}

impl Words {
    fn row(&mut self, rule: &Rule, code: (usize, &Code), cube: Cube, policy: usize) -> Row {
        let mut roles: Vec<usize> = rule
            .approvers
            .roles
            .iter()
            .map(|role| place(&mut self.roles, role))
            .collect();
        roles.sort_unstable();
        Row {
            id: rule.id.clone(),
            verb: rule.verb,
            rung: rule.rung,
            roles,
            any_of: rule.approvers.any_of,
            code: (code.0, self.code(code.1)),
            cube,
            of: [policy == 0, policy == 1],
        }
    }

    fn code(&mut self, code: &Code) -> usize {
        place(&mut self.codes, code)
    }
}

fn place(known: &mut Vec<Code>, code: &Code) -> usize {
    known.iter().position(|own| own == code).unwrap_or_else(|| {
        known.push(code.clone());
        known.len().saturating_sub(1)
    })
}

/// For each rule that serves, the places in `spots` of the fields it speaks of.
fn covering(policy: &PolicySet, spots: &[Spot], n: usize) -> Vec<Vec<usize>> {
    let places: Vec<(usize, &Place, String)> = spots
        .iter()
        .enumerate()
        .filter_map(|(at, spot)| {
            let place = spot.places.get(n)?.as_ref()?;
            Some((at, place, place.id.category().to_string()))
        })
        .collect();
    let mut by_category: HashMap<&str, Vec<&(usize, &Place, String)>> = HashMap::new();
    for place in &places {
        by_category.entry(&place.2).or_default().push(place);
    }
    policy
        .evaluator()
        .served()
        .map(|(rule, _, _)| {
            let all = |places: &[&(usize, &Place, String)]| -> Vec<usize> {
                places
                    .iter()
                    .filter(|(_, place, _)| fits(rule, place))
                    .map(|(at, _, _)| *at)
                    .collect()
            };
            match &rule.target {
                Target::Agency(_) => all(&places.iter().collect::<Vec<_>>()),
                Target::Category(id) => by_category
                    .get(id.as_str())
                    .map_or_else(Vec::new, |own| all(own)),
                Target::Field(id) => by_category
                    .get(id.category().as_str())
                    .map_or_else(Vec::new, |own| all(own)),
            }
        })
        .collect()
}
