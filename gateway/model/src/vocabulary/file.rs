//! The vocabulary file as written, and its strict reading.

mod case;
mod category;
mod purpose;
mod term;
mod words;

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use self::case::{RawCaseKind, RawClock};
use self::category::RawCategory;
use self::purpose::RawPurpose;
use self::term::{RawClause, RawTerm};
use super::{AgencyKind, Unconfirmed, Vocabulary};
use crate::digest::Digest;
use crate::id::Code;
use crate::place::Place;

/// Why a vocabulary file cannot be used; nothing of it is in force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("\n"))]
pub struct VocabularyError {
    /// One line each: `file:line:column: what is wrong and what is allowed`.
    pub problems: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    version: u32,
    purpose: Vec<RawPurpose>,
    agency: Vec<RawAgency>,
    category: Vec<RawCategory>,
    subject_role: Vec<RawTerm>,
    officer_role: Vec<RawTerm>,
    approver: Vec<RawTerm>,
    withhold: Vec<RawTerm>,
    #[serde(rename = "override")]
    overrides: Vec<RawTerm>,
    parents_informed: Vec<RawTerm>,
    handling: Vec<RawTerm>,
    outcome: Vec<RawTerm>,
    case_kind: Vec<RawCaseKind>,
    clock: Vec<RawClock>,
    #[serde(default)]
    clause: Vec<RawClause>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAgency {
    kind: Spanned<Code>,
    name: String,
    competent_authority: Option<Spanned<String>>,
    #[serde(default)]
    to_confirm: Vec<Unconfirmed>,
}

/// Reads `text`, collecting every problem rather than stopping at the first.
pub(super) fn parse(name: &str, text: &str) -> Result<Vocabulary, VocabularyError> {
    let mut reader = Reader {
        name,
        text,
        problems: Vec::new(),
    };
    let raw: RawFile = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            reader.report(at, error.message());
            return Err(VocabularyError {
                problems: reader.problems,
            });
        }
    };
    let vocabulary = reader.vocabulary(raw);
    if reader.problems.is_empty() {
        Ok(vocabulary)
    } else {
        Err(VocabularyError {
            problems: reader.problems,
        })
    }
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn report(&mut self, at: usize, problem: &str) {
        let place = Place::of(self.text, at);
        self.problems
            .push(format!("{}:{place}: {problem}", self.name));
    }

    fn vocabulary(&mut self, raw: RawFile) -> Vocabulary {
        let agencies = self.agencies(raw.agency);
        let purposes = self.purposes(raw.purpose);
        let categories = self.categories(raw.category, &agencies);
        let case_kinds = self.case_kinds(raw.case_kind, &purposes, &categories);
        Vocabulary {
            digest: Digest::of(self.text.as_bytes()),
            version: raw.version,
            subject_roles: self.terms("subject_role", raw.subject_role),
            officer_roles: self.terms("officer_role", raw.officer_role),
            approvers: self.terms("approver", raw.approver),
            withhold_codes: self.terms("withhold", raw.withhold),
            overrides: self.terms("override", raw.overrides),
            parents_informed: self.terms("parents_informed", raw.parents_informed),
            handling_marks: self.terms("handling", raw.handling),
            outcomes: self.terms("outcome", raw.outcome),
            clocks: self.clocks(raw.clock),
            clauses: self.clauses(raw.clause),
            purposes,
            agencies,
            categories,
            case_kinds,
        }
    }

    fn once<T: Ord + ToString>(&mut self, seen: &mut BTreeSet<T>, at: usize, what: &str, key: T) {
        let text = key.to_string();
        if !seen.insert(key) {
            self.report(
                at,
                &format!("`{text}` is a second {what} with this name; remove one"),
            );
        }
    }

    fn agencies(&mut self, raw: Vec<RawAgency>) -> Vec<AgencyKind> {
        let mut seen = BTreeSet::new();
        raw.into_iter()
            .map(|agency| {
                let at = agency.kind.span().start;
                let kind = agency.kind.into_inner();
                self.once(&mut seen, at, "kind of agency", kind.clone());
                let of_it = |part: &Unconfirmed| *part == Unconfirmed::CompetentAuthority;
                if !agency.to_confirm.iter().all(of_it)
                    || (agency.competent_authority.is_none() && !agency.to_confirm.is_empty())
                {
                    let only = "`to_confirm` of a kind of agency can name only \
                                `competent_authority`, and only where it has one";
                    self.report(at, only);
                }
                AgencyKind {
                    kind,
                    name: agency.name,
                    competent_authority: agency
                        .competent_authority
                        .map(|text| self.told("competent_authority", text)),
                    to_confirm: agency.to_confirm,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Regime;
    use super::*;
    use crate::code::FieldKind;

    const SMALL: &str = r#"
version = 1
subject_role = [{ code = "child", name = "Child" }]
officer_role = [{ code = "researcher", name = "Hub researcher" }]
approver = [{ code = "duty_sergeant", name = "Duty sergeant" }]
withhold = [{ code = "no_rule", name = "No rule lets it out" }]
override = []
parents_informed = []
handling = []
outcome = []
clock = [{ priority = "red", hours = 4, working_hours = false }]

[[purpose]]
code = "s47_enquiry"
name = "Section 47 enquiry"
legal_gateway = ["Children Act 1989 s.47(9)"]
consent = "not_required"
general = { lawful_basis = "UK GDPR Art 6(1)(e)", condition = "DPA 2018 Sch 1 para 18" }
retention = "As the case"

[[agency]]
kind = "police"
name = "Police"

[[category]]
id = "police.arrest"
title = "Arrests"
handling = "automatic"
event = "date"
field = [{ name = "date", title = "Date", kind = "date" }]

[[case_kind]]
code = "significant_harm"
name = "Significant harm"
priority = "red"
purpose = "s47_enquiry"
categories = ["police.arrest"]
"#;

    #[test]
    fn reads_a_small_vocabulary() {
        let vocabulary = Vocabulary::parse("small.toml", SMALL).unwrap();

        let field = "police.arrest.date".parse().unwrap();
        assert_eq!(vocabulary.field(&field).unwrap().kind, FieldKind::Date);
        assert_eq!(vocabulary.digest, Digest::of(SMALL.as_bytes()));
    }

    #[test]
    fn rejects_a_misspelt_key_with_line_and_column() {
        let text = SMALL.replace("handling = \"automatic\"", "handlin = \"automatic\"");

        let error = Vocabulary::parse("small.toml", &text).unwrap_err();

        assert!(error.to_string().starts_with("small.toml:"), "{error}");
        assert!(
            error.to_string().contains("unknown field `handlin`"),
            "{error}"
        );
    }

    #[test]
    fn rejects_references_to_words_that_do_not_exist_all_at_once() {
        let text = SMALL
            .replace("purpose = \"s47_enquiry\"", "purpose = \"s48_enquiry\"")
            .replace(
                "categories = [\"police.arrest\"]",
                "categories = [\"police.arest\"]",
            )
            .replace("event = \"date\"", "event = \"day\"");

        let error = Vocabulary::parse("small.toml", &text).unwrap_err();

        assert_eq!(error.problems.len(), 3, "{error}");
    }

    #[test]
    fn rejects_words_that_the_ledger_would_not_take_with_their_places() {
        for (from, to, said) in [
            (
                "code = \"s47_enquiry\"",
                "code = \"4700\"",
                "`4700` cannot be used",
            ),
            (
                "code = \"child\"",
                "code = \"child_20180509\"",
                "`child_20180509` cannot",
            ),
            (
                "[\"Children Act 1989 s.47(9)\"]",
                "[\"47 (9)\"]",
                "becomes the code `47_9`",
            ),
            ("Children Act 1989", "SI 20041", "`si_20041_s_47_9`"),
        ] {
            let text = SMALL.replacen(from, to, 1);
            assert_ne!(text, SMALL);

            let error = Vocabulary::parse("small.toml", &text)
                .unwrap_err()
                .to_string();

            assert!(error.starts_with("small.toml:"), "{error}");
            assert!(
                error.contains(said) && error.contains("rename it"),
                "{error}"
            );
        }
    }

    #[test]
    fn reads_the_clauses_of_the_agreement_and_rejects_one_listed_twice() {
        let one = "\n[[clause]]\ncode = \"4.2\"\nname = \"Section 47 enquiries\"\n";
        let text = format!("{SMALL}{one}");
        let vocabulary = Vocabulary::parse("small.toml", &text).unwrap();
        let clause = vocabulary.clause(&"4.2".parse().unwrap()).unwrap();
        assert_eq!(clause.name, "Section 47 enquiries");
        assert!(vocabulary.clause(&"4.3".parse().unwrap()).is_none());

        let error = Vocabulary::parse("small.toml", &format!("{text}{one}")).unwrap_err();

        assert!(error.to_string().contains("second clause"), "{error}");
        for bad in ["", "4 2", "<4.2>"] {
            let text = text.replace("code = \"4.2\"", &format!("code = \"{bad}\""));
            assert!(Vocabulary::parse("small.toml", &text).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_agency_works_under_part_3_only_where_it_is_a_competent_authority() {
        let ground = "general = { lawful_basis = \"UK GDPR Art 6(1)(e)\"";
        let both = format!(
            "law_enforcement = {{ lawful_basis = \"s.35\", condition = \"Sch 8\" }}\n{ground}"
        );
        let text = SMALL.replace(ground, &both);
        let regime = |text: &str| {
            let vocabulary = Vocabulary::parse("small.toml", text).unwrap();
            let purpose = &vocabulary.purposes[0];
            purpose
                .ground(&vocabulary.agencies[0])
                .map(|(regime, _)| regime)
        };
        let police = "name = \"Police\"";
        let competent = format!("{police}\ncompetent_authority = \"Sch 7\"");

        assert_eq!(regime(&text), Some(Regime::General));
        assert_eq!(
            regime(&text.replace(police, &competent)),
            Some(Regime::LawEnforcement)
        );
        assert_eq!(
            regime(&SMALL.replace(police, &competent)),
            Some(Regime::General)
        );
        let only = text.replace("general = {", "# {");
        assert_eq!(regime(&only), None);
    }

    #[test]
    fn rejects_grounds_that_say_nothing_or_are_not_known() {
        for (from, to, said) in [
            (
                "\"UK GDPR Art 6(1)(e)\"",
                "\" \"",
                "`general.lawful_basis` must say",
            ),
            (
                "\"DPA 2018 Sch 1 para 18\"",
                "\"\"",
                "`general.condition` must say",
            ),
            ("\"As the case\"", "\"\"", "`retention` must say"),
            ("retention =", "retentoin =", "unknown field `retentoin`"),
            (
                "retention = \"As the case\"",
                "to_confirm = [\"basis\"]",
                "unknown variant `basis`, expected one of `competent_authority`, `condition`, `lawful_basis`",
            ),
            (
                "name = \"Police\"",
                "name = \"Police\"\ncompetent_authority = \"\"",
                "`competent_authority` must say",
            ),
            (
                "name = \"Police\"",
                "name = \"Police\"\nto_confirm = [\"competent_authority\"]",
                "only where it has one",
            ),
            (
                "name = \"Police\"",
                "name = \"Police\"\ncompetent_authority = \"Sch 7\"\nto_confirm = [\"retention\"]",
                "can name only `competent_authority`",
            ),
            (
                "retention = \"As the case\"",
                "to_confirm = [\"competent_authority\"]",
                "`competent_authority` is confirmed of a kind of agency",
            ),
        ] {
            let text = SMALL.replacen(from, to, 1);
            assert_ne!(text, SMALL);

            let error = Vocabulary::parse("small.toml", &text)
                .unwrap_err()
                .to_string();

            assert!(error.starts_with("small.toml:"), "{error}");
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn rejects_a_category_of_an_unknown_agency() {
        let text = SMALL.replace("police.arrest", "fire.arrest");

        let error = Vocabulary::parse("small.toml", &text).unwrap_err();

        assert!(error.to_string().contains("known: police"), "{error}");
    }
}
