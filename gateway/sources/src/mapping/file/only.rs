//! `only`: which rows of a table of a FHIR server count.
//!
//! ```text
//! only = { status = ["noshow"] }   # a column and the values of the rows that count
//! only = {}                        # every row, said on purpose
//! ```

use toml::Spanned;
use toml::de::DeValue;

use super::super::{CategoryMapping, ColumnName, OnlyMapping, Place};
use super::table::{Keys, Reader};

/// Most values of one column.
const VALUES_MAX: usize = 20;

pub(super) fn only(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Vec<OnlyMapping> {
    let columns = keys.entries.iter().filter_map(|(name, value)| {
        let at = name.span().start;
        let name: &str = name.get_ref().as_ref();
        let values = values(reader, name, value);
        let Some(column) = ColumnName::new(name) else {
            reader.report(at, "`only` names columns: letters, digits and _");
            return None;
        };
        Some(OnlyMapping {
            column,
            values: values?,
        })
    });
    columns.collect()
}

fn values(
    reader: &mut Reader<'_>,
    column: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Vec<String>> {
    let texts: Option<Vec<String>> = match value.get_ref() {
        DeValue::Array(items) => items.iter().map(|item| text(item.get_ref())).collect(),
        _ => None,
    };
    let texts = texts.filter(|texts| (1..=VALUES_MAX).contains(&texts.len()));
    if texts.is_none() {
        let problem = format!("`{column}` in `only` must be an array of 1 to {VALUES_MAX} texts");
        reader.report(value.span().start, &problem);
    }
    texts
}

fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) if !text.trim().is_empty() => Some(text.to_string()),
        _ => None,
    }
}

/// Reports a category that says nothing of rows of which most would be told as what they are not, and
/// one that says it where rows are chosen otherwise.
pub(super) fn check(
    reader: &mut Reader<'_>,
    at: usize,
    place: &Place,
    categories: &[CategoryMapping],
) {
    let is_fhir = matches!(place, Place::Fhir(_));
    for mapped in categories {
        let (id, table) = (&mapped.category, mapped.table.to_string());
        match &mapped.only {
            Some(_) if !is_fhir => {
                let problem = format!(
                    "`only` of `{id}` belongs to kind `fhir`: choose rows by a view, in the extract \
                     or, of JSON, in `rows`"
                );
                reader.report(at, &problem);
            }
            None if is_fhir && EVERY_STATUS.contains(&table.as_str()) => {
                let problem = format!(
                    "`{id}` takes every row of `{table}`, kept and cancelled ones too: say which \
                     count with `only = {{ status = [\"noshow\"] }}`, or `only = {{}}` for all of them"
                );
                reader.report(at, &problem);
            }
            Some(_) | None => {}
        }
    }
}

/// Tables of which a row means one thing or its opposite, as its status says.
const EVERY_STATUS: &[&str] = &["appointment"];

#[cfg(test)]
mod tests {
    use crate::limits::Limits;
    use crate::mapping::SourceMapping;
    use crate::mapping::tests::parse_as;

    const FHIR: &str = r#"
[source.ehr]
kind = "fhir"
base = "http://127.0.0.1:1/R4"
system = "EHR"
deadline_ms = 4000
person = { table = "patient", key = "id", surname = "family" }
[source.ehr.category."health.registration"]
table = "appointment"
key = "id"
subject = "patient"
only = { status = ["noshow", "cancelled"] }
fields = { practice = "service" }
provenance = { author = "clinician", nature = "fact", verification = "verified" }
"#;

    const SQLITE: &str = r#"
[source.gp]
kind = "sqlite"
path = "gp.db"
system = "GP"
person = { table = "patient", key = "id", surname = "family" }
[source.gp.category."health.registration"]
table = "registration"
key = "id"
subject = "patient"
only = {}
fields = { practice = "practice" }
provenance = { author = "clinician", nature = "fact", verification = "verified" }
"#;

    fn parse(text: &str) -> Result<SourceMapping, String> {
        parse_as("health", text)
            .map(|mut mapping| mapping.sources.remove(0))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn reads_which_rows_count_and_how_long_a_question_may_take() {
        let source = parse(FHIR).unwrap();

        let only = source.categories[0].only.as_deref().unwrap();
        assert_eq!(only.len(), 1);
        assert_eq!(only[0].column.as_str(), "status");
        assert_eq!(only[0].values, ["noshow", "cancelled"]);
        assert_eq!(source.limits().deadline_ms, 4_000);
        let usual = parse(&FHIR.replace("deadline_ms = 4000\n", "")).unwrap();
        assert_eq!(usual.limits(), Limits::default());
    }

    #[test]
    fn appointments_are_refused_until_it_is_said_which_of_them_count() {
        let only = "only = { status = [\"noshow\", \"cancelled\"] }\n";

        let refused = parse(&FHIR.replace(only, "")).unwrap_err();
        let all = parse(&FHIR.replace(only, "only = {}\n")).unwrap();

        assert!(
            refused.contains("takes every row of `appointment`"),
            "{refused}"
        );
        assert!(refused.contains("`only = {}`"), "{refused}");
        assert_eq!(all.categories[0].only, Some(Vec::new()));
    }

    #[test]
    fn rejects_rows_that_are_not_chosen_by_texts_in_a_column_that_is_there() {
        for (from, to, told) in [
            ("[\"noshow\", \"cancelled\"]", "[]", "1 to 20 texts"),
            ("[\"noshow\", \"cancelled\"]", "[7]", "1 to 20 texts"),
            ("[\"noshow\", \"cancelled\"]", "[\" \"]", "1 to 20 texts"),
            ("[\"noshow\", \"cancelled\"]", "\"noshow\"", "1 to 20 texts"),
            ("{ status", "{ \"a b\"", "names columns"),
            ("{ status", "{ state", "declares no such column"),
            ("only = {", "only = \"x\" #", "must be a table"),
            ("4000", "8001", "whole number from 100 to 8000"),
        ] {
            let refused = parse(&FHIR.replace(from, to)).unwrap_err();
            assert!(refused.contains(told), "{to}: {refused}");
        }
        let refused = parse(SQLITE).unwrap_err();
        assert!(refused.contains("belongs to kind `fhir`"), "{refused}");
    }
}
