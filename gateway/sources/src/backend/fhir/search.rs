//! The searches that fetch what a question is about.
//!
//! Source: FHIR R4 §3.1.1.5 (values joined by commas), §3.1.1.5.7 (what is escaped in them).

use form_urlencoded::Serializer;
use stile_model::redact::Redacted;
use stile_model::subject::CandidateQuery;

use crate::backend::given;
use crate::mapping::place::FhirPlace;

/// One search.
pub(super) struct Search {
    /// The type of resource.
    pub(super) resource: &'static str,
    /// Its parameters, as a form.
    pub(super) body: String,
    /// Any page will do: not all of it is wanted.
    pub(super) is_any: bool,
}

/// Most values of one parameter; the likeliest come first.
const VALUES_MAX: usize = 40;
/// Most keys of one search.
const KEYS_MAX: usize = 100;
/// Resources of a page, as we ask for them; a server may give fewer.
const PAGE: &str = "200";

fn search(resource: &'static str, params: &[(&str, String)]) -> Search {
    let mut body = Serializer::new(String::new());
    for (name, value) in params {
        body.append_pair(name, value);
    }
    body.append_pair("_count", PAGE);
    Search {
        resource,
        body: body.finish(),
        is_any: false,
    }
}

pub(super) fn anybody() -> Search {
    Search {
        body: "_count=1".to_owned(),
        is_any: true,
        ..search("Patient", &[])
    }
}

pub(super) fn people(keys: &[String]) -> Vec<Search> {
    // What is no id of FHIR (§2.24.0.1) is nobody's key.
    let keys: Vec<_> = keys.iter().filter(|key| is_id(key)).cloned().collect();
    keys.chunks(KEYS_MAX)
        .map(|some| search("Patient", &[("_id", some.join(","))]))
        .collect()
}

/// The type of resource whose records `table` holds; `None` where it holds people.
pub(super) fn kind(table: &str) -> Option<&'static str> {
    Some(match table {
        "appointment" => "Appointment",
        "care_plan" => "CarePlan",
        "condition" => "Condition",
        "encounter" => "Encounter",
        "flag" => "Flag",
        "observation" => "Observation",
        _ => return None,
    })
}

/// One person's resources of the type that `table` holds.
pub(super) fn records(table: &str, person: &str) -> Vec<Search> {
    let Some(resource) = kind(table) else {
        return people(&[person.to_owned()]);
    };
    if !is_id(person) {
        return Vec::new();
    }
    vec![search(resource, &[("patient", person.to_owned())])]
}

pub(super) fn is_id(text: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=64).contains(&text.len()) && text.bytes().all(sign)
}

/// An equal identifier or telephone, or two of surname, forename, date of birth and postcode.
pub(super) fn candidates(query: &CandidateQuery, place: &FhirPlace) -> Vec<Search> {
    let mut searches = Vec::new();
    for (scheme, values) in &query.identifiers {
        let system = place
            .identifiers
            .iter()
            .find(|(column, _)| column.as_str() == scheme.as_str());
        if let (Some((_, system)), Some(values)) = (system, listed(values)) {
            let tokens: Vec<_> = values
                .split('\u{0}')
                .map(|value| format!("{}|{value}", escaped(system)))
                .collect();
            searches.push(search("Patient", &[("identifier", tokens.join(","))]));
        }
    }
    let joined = |values: &[Redacted<String>]| Some(listed(values)?.replace('\u{0}', ","));
    if let Some(phones) = joined(&query.phones) {
        searches.push(search("Patient", &[("phone", phones)]));
    }
    let born: Vec<_> = query
        .born
        .iter()
        .take(VALUES_MAX)
        .map(ToString::to_string)
        .collect();
    // Which dates fit one that is known in part, this server was not asked.
    let born = (!born.is_empty() && !query.born_in_part).then(|| born.join(","));
    let forenames = joined(&given::searched(&query.forenames));
    // By what is known alone: whether somebody is held under a word must not decide what is asked.
    let known = query.known;
    let parts = [
        ("family", known.surname, joined(&query.surnames)),
        ("given", known.forename, forenames),
        ("birthdate", known.born, born),
        (
            "address-postalcode",
            known.postcode,
            joined(&query.postcodes),
        ),
    ];
    let parts = parts.map(|(name, is_known, values)| (name, values.filter(|_| is_known)));
    for (place, (first, firsts)) in parts.iter().enumerate() {
        for (second, seconds) in parts.iter().skip(place + 1) {
            if let (Some(firsts), Some(seconds)) = (firsts, seconds) {
                let both = [(*first, firsts.clone()), (*second, seconds.clone())];
                searches.push(search("Patient", &both));
            }
        }
    }
    searches
}

/// The values that can be searched for, escaped, with a null character between them.
fn listed(values: &[Redacted<String>]) -> Option<String> {
    let values: Vec<_> = values
        .iter()
        .map(|value| value.reveal().as_str())
        .filter(|value| !value.trim().is_empty() && !value.contains('\u{0}'))
        .take(VALUES_MAX)
        .map(escaped)
        .collect();
    (!values.is_empty()).then(|| values.join("\u{0}"))
}

fn escaped(value: &str) -> String {
    let mut text = String::new();
    for sign in value.chars() {
        if matches!(sign, '\\' | ',' | '|' | '$') {
            text.push('\\');
        }
        text.push(sign);
    }
    text
}

#[cfg(test)]
mod tests {
    use stile_model::subject::Known;

    use super::super::flat::tests::place;
    use super::*;

    #[test]
    fn a_comma_or_a_bar_in_a_name_begins_no_other_value() {
        let query = CandidateQuery {
            surnames: vec!["A,b|c$d\\e&_id=x".into(), "a\0b".into()],
            forenames: vec!["Mali".into()],
            known: Known {
                forename: true,
                surname: true,
                ..Known::default()
            },
            ..CandidateQuery::default()
        };
        let searches = candidates(&query, &place());

        assert_eq!(searches.len(), 1);
        let pairs: Vec<_> = form_urlencoded::parse(searches[0].body.as_bytes()).collect();
        assert_eq!(pairs.len(), 3, "{pairs:?}");
        assert_eq!(pairs[0].1, "A\\,b\\|c\\$d\\\\e&_id=x");
        assert_eq!(pairs[1].0, "given");
    }

    #[test]
    fn several_given_names_are_searched_for_whole_and_by_the_first_alone() {
        let query = CandidateQuery {
            forenames: vec!["Sarah Louise".into()],
            born: vec![jiff::civil::date(1990, 3, 2)],
            known: Known {
                born: true,
                forename: true,
                ..Known::default()
            },
            ..CandidateQuery::default()
        };
        let searches = candidates(&query, &place());

        let bodies: Vec<_> = searches.iter().map(|one| one.body.as_str()).collect();
        assert_eq!(
            bodies,
            ["given=Sarah+Louise%2CSarah&birthdate=1990-03-02&_count=200"]
        );
    }

    #[test]
    fn what_is_no_id_is_not_asked_for() {
        for key in ["", "a/b", "a,b", "a&b", "../x", "é", &"x".repeat(65)] {
            assert!(people(&[key.to_owned()]).is_empty(), "{key}");
            assert!(records("condition", key).is_empty(), "{key}");
        }
        assert_eq!(
            people(&["a-1.b".to_owned()])[0].body,
            "_id=a-1.b&_count=200"
        );
    }
}
