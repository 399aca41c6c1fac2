//! What a case expects: a ruling to the letter, or a bound.

use stile_model::code::{FieldKind, Rung};
use stile_model::id::Code;
use stile_model::vocabulary::Vocabulary;
use toml::de::DeTable;

use super::Expected;
use super::read::is_empty;
use crate::decide::Approvers;
use crate::ladder::{self, Misfit};
use crate::read::approver;
use crate::read::page::{Page, Value, kind, unknown};
use crate::read::when::words_of;

/// Keys that a bound does not go with.
const EXACT: &[&str] = &[
    "auto",
    "approved",
    "approver",
    "approvers",
    "any_of",
    "sealed",
    "withhold",
];

/// Reads what a case at byte `at` expects; nothing where there is a mistake.
pub(super) fn read(
    page: &mut Page<'_>,
    table: &DeTable<'_>,
    at: usize,
    (kinds, vocabulary): (&[FieldKind], &Vocabulary),
) -> Option<Expected> {
    let before = page.count();
    let expected = if table.contains_key("at_most") {
        bound(page, table, at, kinds)
    } else {
        exactly(page, table, at, (kinds, vocabulary))
    };
    expected.filter(|_| page.count() == before)
}

fn bound(
    page: &mut Page<'_>,
    table: &DeTable<'_>,
    at: usize,
    kinds: &[FieldKind],
) -> Option<Expected> {
    for key in EXACT.iter().filter(|key| table.contains_key(**key)) {
        page.report(at, format!("`at_most` says all that is expected, whoever agrees; remove `{key}` or make it a case of its own"));
    }
    let rung = rung(page, "at_most", table.get("at_most")?, kinds)?;
    Some(Expected::AtMost(rung))
}

fn exactly(
    page: &mut Page<'_>,
    table: &DeTable<'_>,
    at: usize,
    (kinds, vocabulary): (&[FieldKind], &Vocabulary),
) -> Option<Expected> {
    let rung = |page: &mut Page<'_>, key: &str| {
        let value = table.get(key)?;
        rung(page, key, value, kinds)
    };
    let flag =
        |page: &mut Page<'_>, key: &str| table.get(key).is_some_and(|value| flag(page, key, value));
    let (auto, approved) = (rung(page, "auto"), rung(page, "approved"));
    let roles = approvers(page, table, at, vocabulary);
    let any_of = flag(page, "any_of");
    let sealed = flag(page, "sealed");
    let withhold = table.get("withhold").and_then(|value| {
        let word = page.string("withhold", value)?;
        let codes = words_of(&vocabulary.withhold_codes);
        page.one_of("withhold code", &word, &codes, |text| text.parse().ok())
    });
    if !table.contains_key("auto") && !sealed {
        page.report(
            at,
            "`auto` is missing: what is released at once; or write `at_most`, or `sealed = true`",
        );
    }
    // What is sealed releases nothing, so it need not say so.
    let auto = auto.or((sealed && !table.contains_key("auto")).then_some(Rung::None))?;
    let exact = Exact {
        auto,
        approved: approved.unwrap_or(auto),
        approvers: Approvers { roles, any_of },
        sealed,
        withhold,
    };
    exact.check(page, at);
    Some(exact.into())
}

fn approvers(
    page: &mut Page<'_>,
    table: &DeTable<'_>,
    at: usize,
    vocabulary: &Vocabulary,
) -> Vec<Code> {
    let words = match (table.get("approver"), table.get("approvers")) {
        (Some(_), Some(_)) => {
            page.report(at, "a case has `approver` or `approvers`, not both");
            Vec::new()
        }
        (Some(one), None) => page.string("approver", one).into_iter().collect(),
        // An empty list is how a case says that nobody is asked.
        (None, Some(many)) if is_empty(many) => Vec::new(),
        (None, Some(many)) => page.words("approvers", many),
        (None, None) => Vec::new(),
    };
    let mut roles: Vec<Code> = words
        .iter()
        .filter_map(|word| approver(page, vocabulary, word))
        .collect();
    roles.sort();
    roles
}

/// What a case expects to the letter, before it is known to make sense.
struct Exact {
    auto: Rung,
    approved: Rung,
    approvers: Approvers,
    sealed: bool,
    withhold: Option<Code>,
}

impl Exact {
    /// Refuses what no policy could ever say.
    fn check(&self, page: &mut Page<'_>, at: usize) {
        let (auto, approved) = (self.auto, self.approved);
        let named = self.approvers.roles.len();
        if approved < auto {
            page.report(at, format!("`approved` is `{approved}`, below `auto`, `{auto}`; agreement never takes anything away"));
        }
        if approved > auto && named == 0 {
            page.report(
                at,
                "`approved` is more than `auto`; name in `approvers` who must agree",
            );
        }
        if approved <= auto && named > 0 {
            page.report(at, "`approvers` are asked only where `approved` is more than `auto`; write `approved`, or remove them");
        }
        if self.approvers.any_of && named < 2 {
            page.report(at, "`any_of` needs two or more `approvers`");
        }
        if self.sealed && approved > Rung::None {
            page.report(
                at,
                "what is sealed releases nothing; remove `auto` and `approved`",
            );
        }
    }
}

impl From<Exact> for Expected {
    fn from(exact: Exact) -> Self {
        Self::Exactly {
            auto: exact.auto,
            approved: exact.approved,
            approvers: exact.approvers,
            sealed: exact.sealed,
            withhold: exact.withhold,
        }
    }
}

fn flag(page: &mut Page<'_>, key: &str, value: &Value<'_>) -> bool {
    value.get_ref().as_bool().unwrap_or_else(|| {
        let problem = format!("`{key}` must be true or false, not {}", kind(value));
        page.report(value.span().start, problem);
        false
    })
}

/// A rung in its own word or in those of the fields' kind.
fn rung(page: &mut Page<'_>, key: &str, value: &Value<'_>, kinds: &[FieldKind]) -> Option<Rung> {
    let word = page.string(key, value)?;
    match ladder::rung(&word.text, kinds) {
        Ok(rung) => Some(rung),
        Err(Misfit::Kind(kind)) => {
            let allowed = ladder::allowed(kinds).join(", ");
            let problem = format!(
                "`{}` is not a rung of a {kind} field; allowed here: {allowed}",
                word.text
            );
            page.report(word.at, problem);
            None
        }
        Err(Misfit::Unknown) => {
            let problem = unknown("rung", &word.text, &ladder::allowed(kinds));
            page.report(word.at, problem);
            None
        }
    }
}
