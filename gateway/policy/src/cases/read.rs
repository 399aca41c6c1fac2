//! Strict reading of `cases.toml`: every mistake with file, line and column.

use std::collections::BTreeSet;

use stile_model::code::{ConsentState, FieldKind, Priority};
use stile_model::id::{CategoryId, FieldId, MemberId};
use stile_model::vocabulary::{AgeBand, Recency, Vocabulary};
use toml::de::{DeTable, DeValue};

use super::{Case, Choice, expect};
use crate::read::page::{Page, Value, Word, kind, shown, unknown};
use crate::read::when::words_of;
use crate::read::{date, syntax};
use crate::space::{DIMENSIONS, NAMES, UNKNOWN};

/// Keys at the top of the file.
const FILE: &[&str] = &["given", "case"];
/// Keys of a case besides the dimensions.
const CASE: &[&str] = &[
    "name",
    "field",
    "fields",
    "otherwise",
    "on",
    "auto",
    "approved",
    "approver",
    "approvers",
    "any_of",
    "sealed",
    "withhold",
    "at_most",
];
/// The word that stands for every value of a dimension.
const ANY: &str = "any";
/// Largest file read, in bytes.
const TEXT_MAX: usize = 4 * 1024 * 1024;

/// What `[given]` says, and the cases.
pub(super) type Read = ([Option<Choice>; DIMENSIONS], Vec<Case>);

/// Reads the cases of a file; `Err` holds every mistake in the order of the text.
pub(super) fn read(name: &str, text: &str, vocabulary: &Vocabulary) -> Result<Read, Vec<String>> {
    let mut page = Page::new(name, text);
    let mut cases = (Default::default(), Vec::new());
    if text.len() > TEXT_MAX {
        page.report(0, format!("the file is longer than {TEXT_MAX} bytes"));
    } else if let Some(table) = syntax(&mut page, text) {
        cases = Reader::new(vocabulary).file(&mut page, &table);
    }
    let problems = page.problems();
    if problems.is_empty() {
        Ok(cases)
    } else {
        Err(problems)
    }
}

/// The vocabulary, and the words it allows in each dimension.
struct Reader<'a> {
    vocabulary: &'a Vocabulary,
    words: [Vec<&'a str>; DIMENSIONS],
}

impl<'a> Reader<'a> {
    fn new(vocabulary: &'a Vocabulary) -> Self {
        let purposes = vocabulary.purposes.iter();
        Self {
            vocabulary,
            words: [
                purposes.map(|purpose| purpose.code.as_str()).collect(),
                Priority::ALL.iter().map(|word| word.as_str()).collect(),
                ConsentState::ALL.iter().map(|word| word.as_str()).collect(),
                words_of(&vocabulary.subject_roles),
                AgeBand::ALL.iter().map(|band| band.as_str()).collect(),
                Recency::ALL.iter().map(|band| band.as_str()).collect(),
                words_of(&vocabulary.officer_roles),
                // Any member may be named; the hub's own name is checked when it is read.
                Vec::new(),
            ],
        }
    }

    fn file(&self, page: &mut Page<'_>, table: &DeTable<'_>) -> Read {
        page.keys(table, FILE);
        let given = table
            .get("given")
            .map_or_else(<[Option<Choice>; DIMENSIONS]>::default, |value| {
                self.given(page, value)
            });
        let tables = table.get("case").and_then(|value| {
            let array = value.get_ref().as_array();
            if array.is_none() {
                let problem = format!(
                    "`case` must be tables written [[case]], not {}",
                    kind(value)
                );
                page.report(value.span().start, problem);
            }
            array
        });
        let mut cases: Vec<Case> = Vec::new();
        let mut names = BTreeSet::new();
        for item in tables.into_iter().flat_map(|tables| tables.iter()) {
            let at = item.span().start;
            let DeValue::Table(table) = item.get_ref() else {
                page.report(at, format!("a case must be a table, not {}", kind(item)));
                continue;
            };
            let Some(case) = self.case(page, table, at, &given) else {
                continue;
            };
            if !names.insert(case.name.clone()) {
                let problem = format!(
                    "`{}` names a second case; choose another name",
                    shown(&case.name)
                );
                page.report(case.at, problem);
            }
            cases.push(case);
        }
        if tables.is_none_or(|tables| tables.is_empty()) {
            page.report(
                0,
                "there is no [[case]]; a policy without cases proves nothing",
            );
        }
        (given, cases)
    }

    fn given(&self, page: &mut Page<'_>, value: &Value<'_>) -> [Option<Choice>; DIMENSIONS] {
        let DeValue::Table(table) = value.get_ref() else {
            let problem = format!("`given` must be a table, not {}", kind(value));
            page.report(value.span().start, problem);
            return Default::default();
        };
        page.keys(table, &NAMES);
        self.choices(page, table)
    }

    fn choices(&self, page: &mut Page<'_>, table: &DeTable<'_>) -> [Option<Choice>; DIMENSIONS] {
        let mut choices: [Option<Choice>; DIMENSIONS] = Default::default();
        for (n, (choice, key)) in choices.iter_mut().zip(NAMES).enumerate() {
            *choice = table.get(key).map(|value| self.choice(page, n, key, value));
        }
        choices
    }

    /// The words of one dimension; `any` is every word there is, known or not.
    fn choice(&self, page: &mut Page<'_>, n: usize, key: &str, value: &Value<'_>) -> Choice {
        let words = page.words(key, value);
        if let [word] = words.as_slice()
            && word.text == ANY
        {
            return Choice::Any;
        }
        let mut chosen = Vec::new();
        for word in words {
            if word.text == ANY {
                let problem = format!("`any` is every {key} already; write it alone");
                page.report(word.at, problem);
            } else if word.text == UNKNOWN || self.is_word(page, n, key, &word) {
                chosen.push(word.text);
            }
        }
        Choice::Words(chosen)
    }

    fn is_word(&self, page: &mut Page<'_>, n: usize, key: &str, word: &Word) -> bool {
        if n + 1 == DIMENSIONS {
            return MemberId::new(word.text.clone())
                .map_err(|error| page.report(word.at, error))
                .is_ok();
        }
        let mut allowed = self.words.get(n).cloned().unwrap_or_default();
        if !allowed.contains(&UNKNOWN) {
            allowed.push(UNKNOWN);
        }
        if allowed.contains(&word.text.as_str()) {
            return true;
        }
        allowed.push(ANY);
        page.report(word.at, unknown(key, &word.text, &allowed));
        false
    }

    fn case(
        &self,
        page: &mut Page<'_>,
        table: &DeTable<'_>,
        at: usize,
        given: &[Option<Choice>; DIMENSIONS],
    ) -> Option<Case> {
        let keys: Vec<&str> = CASE.iter().chain(&NAMES).copied().collect();
        page.keys(table, &keys);
        let name = if let Some(value) = table.get("name") {
            page.line("name", value)
        } else {
            page.report(
                at,
                "`name` is missing; say in one sentence what the case shows",
            );
            None
        };
        let fields = self.fields(page, table, at);
        let own = self.choices(page, table);
        let all = otherwise(page, table);
        let mut choices: [Choice; DIMENSIONS] = Default::default();
        for ((choice, own), given) in choices.iter_mut().zip(own).zip(given) {
            let rest = || {
                if all {
                    Some(Choice::Any)
                } else {
                    given.clone()
                }
            };
            *choice = own
                .or_else(rest)
                .unwrap_or_else(|| Choice::Words(vec![UNKNOWN.to_owned()]));
        }
        if !all && !table.contains_key("purpose") && given.first().is_none_or(Option::is_none) {
            page.report(
                at,
                "`purpose` is missing, here and in [given]; every question has one",
            );
        }
        let on = table.get("on").and_then(|value| date(page, "on", value));
        let kinds = self.kinds(&fields);
        let expected = expect::read(page, table, at, (&kinds, self.vocabulary));
        let name = name?;
        Some(Case {
            at: name.at,
            name: name.text,
            fields,
            choices,
            on,
            expected: expected?,
        })
    }

    /// The fields of `field` or `fields`, a category written `police.conviction.*` in full.
    fn fields(&self, page: &mut Page<'_>, table: &DeTable<'_>, at: usize) -> Vec<FieldId> {
        let words = match (table.get("field"), table.get("fields")) {
            (Some(one), None) => page.string("field", one).into_iter().collect(),
            (None, Some(many)) if is_empty(many) => {
                page.report(
                    many.span().start,
                    "`fields` is empty; name what is asked for",
                );
                Vec::new()
            }
            (None, Some(many)) => page.words("fields", many),
            (Some(_), Some(_)) => {
                page.report(at, "a case has `field` or `fields`, not both");
                Vec::new()
            }
            (None, None) => {
                page.report(at, "`field` is missing; name what is asked for");
                Vec::new()
            }
        };
        let mut fields: Vec<FieldId> = Vec::new();
        for word in words {
            for field in self.field(page, &word) {
                if fields.contains(&field) {
                    page.report(word.at, format!("`{field}` is in the case twice"));
                } else {
                    fields.push(field);
                }
            }
        }
        fields
    }

    fn field(&self, page: &mut Page<'_>, word: &Word) -> Vec<FieldId> {
        let categories = &self.vocabulary.categories;
        if let Some(start) = word.text.strip_suffix(".*")
            && let Ok(id) = start.parse::<CategoryId>()
            && let Some(category) = self.vocabulary.category(&id)
        {
            return category
                .fields
                .iter()
                .map(|field| field.id.clone())
                .collect();
        }
        if let Ok(id) = word.text.parse::<FieldId>()
            && self.vocabulary.field(&id).is_some()
        {
            return vec![id];
        }
        let names: Vec<String> = categories
            .iter()
            .flat_map(|category| category.fields.iter().map(|field| field.id.to_string()))
            .chain(
                categories
                    .iter()
                    .map(|category| format!("{}.*", category.id)),
            )
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // The whole list is long: show the fields of the category, or the categories.
        let start = word.text.rsplit_once('.').map_or("", |(start, _)| start);
        let near = names
            .iter()
            .copied()
            .filter(|name| name.rsplit_once('.').is_some_and(|(own, _)| own == start));
        let mut listed: Vec<&str> = near.collect();
        if listed.is_empty() {
            listed = names
                .iter()
                .copied()
                .filter(|name| name.ends_with('*'))
                .collect();
        }
        let hint = crate::spelling::nearest(&word.text, &names)
            .map_or(String::new(), |near| format!("did you mean `{near}`? "));
        page.report(
            word.at,
            format!(
                "`{}` names no field of the vocabulary; {hint}allowed: {}",
                shown(&word.text),
                listed.join(", ")
            ),
        );
        Vec::new()
    }

    fn kinds(&self, fields: &[FieldId]) -> Vec<FieldKind> {
        let mut kinds: Vec<FieldKind> = fields
            .iter()
            .filter_map(|field| self.vocabulary.field(field))
            .map(|field| field.kind)
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

/// Do the dimensions a case does not write range over every value?
fn otherwise(page: &mut Page<'_>, table: &DeTable<'_>) -> bool {
    table
        .get("otherwise")
        .and_then(|value| page.string("otherwise", value))
        .and_then(|word| {
            page.one_of(
                "choice for what the case does not write",
                &word,
                &[ANY, "given"],
                |text| Some(text == ANY),
            )
        })
        .unwrap_or(false)
}

pub(super) fn is_empty(value: &Value<'_>) -> bool {
    value
        .get_ref()
        .as_array()
        .is_some_and(|list| list.is_empty())
}
