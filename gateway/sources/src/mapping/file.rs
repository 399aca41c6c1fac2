//! The mapping file as written, and its strict reading.

mod declared;
mod only;
pub(super) mod table;

use stile_model::code::Nature;
use stile_model::id::Code;
use stile_model::subject::Provenance;
use stile_model::vocabulary::{Category, Vocabulary};
use toml::de::DeTable;

use self::table::{Keys, Reader};
use super::{
    AliasMapping, CategoryMapping, ColumnName, Dated, FieldMapping, Mapping, PersonMapping,
    SourceMapping, memory, place,
};
use crate::error::MappingError;
use crate::value::DateFormat;

/// Reads `text`, collecting every problem rather than stopping at the first.
pub(super) fn parse(
    name: &str,
    text: &str,
    vocabulary: &Vocabulary,
    agency_kind: &Code,
) -> Result<Mapping, MappingError> {
    let mut reader = Reader::new(name, text);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.report(at, error.message());
    }
    if reader.problems.is_empty() {
        let known = Known::new(vocabulary, agency_kind);
        let root = Keys::new(0, "the file", document.get_ref());
        let sources = sources(&mut reader, &root, &known);
        if reader.problems.is_empty() {
            return Ok(Mapping { sources });
        }
    }
    Err(MappingError {
        problems: reader.problems,
    })
}

/// The words of the vocabulary that this agency may map.
struct Known<'a> {
    agency_kind: &'a Code,
    categories: Vec<&'a Category>,
}

impl<'a> Known<'a> {
    fn new(vocabulary: &'a Vocabulary, agency_kind: &'a Code) -> Self {
        let categories = vocabulary
            .categories
            .iter()
            .filter(|category| category.id.agency_kind() == agency_kind.as_str())
            .collect();
        Self {
            agency_kind,
            categories,
        }
    }
}

fn sources(reader: &mut Reader<'_>, root: &Keys<'_>, known: &Known<'_>) -> Vec<SourceMapping> {
    root.only(reader, &["source"]);
    let Some(table) = root.table(reader, "source", true) else {
        return Vec::new();
    };
    if table.entries.is_empty() {
        reader.report(
            table.at,
            "the file maps no source; add a table `[source.<name>]`",
        );
    }
    let names: Vec<_> = table.names().collect();
    names
        .into_iter()
        .filter_map(|(name, at)| {
            if Code::new(name).is_err() {
                let problem = "a source's name must be 1 to 40 of a-z, 0-9 and _";
                reader.report(at, problem);
            }
            let keys = table.table(reader, name, true)?;
            source(reader, name, &keys, known)
        })
        .collect()
}

fn source(
    reader: &mut Reader<'_>,
    name: &str,
    keys: &Keys<'_>,
    known: &Known<'_>,
) -> Option<SourceMapping> {
    let place = place::place(reader, keys);
    let system = keys.text(reader, "system", true);
    let deadline_ms = keys.number(reader, "deadline_ms", 100, 8_000);
    let person = keys
        .table(reader, "person", true)
        .and_then(|table| person(reader, &table));
    let index = keys
        .table(reader, "index", false)
        .and_then(|table| memory::index(reader, &table));
    let mut categories = keys
        .table(reader, "category", false)
        .map(|table| categories(reader, &table, known))
        .unwrap_or_default();
    for category in &mut categories {
        system
            .unwrap_or_default()
            .clone_into(&mut category.provenance.system);
    }
    if let (Some(place), Some(person)) = (&place, &person) {
        declared::check(reader, keys.at, place, person, &categories);
        only::check(reader, keys.at, place, &categories);
    }
    Some(SourceMapping {
        name: name.to_owned(),
        system: system?.to_owned(),
        place: place?,
        deadline_ms,
        person: person?,
        index,
        categories,
    })
}

const PERSON: &[&str] = &[
    "address",
    "aliases",
    "date_format",
    "dob",
    "forename",
    "household",
    "identifiers",
    "key",
    "phone",
    "postcode",
    "protected",
    "school",
    "sealed",
    "sex",
    "surname",
    "table",
];

fn person(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Option<PersonMapping> {
    keys.only(reader, PERSON);
    let table = keys.table_name(reader, "table");
    let key = keys.column(reader, "key", true);
    let surname = keys.column(reader, "surname", true);
    let identifiers = keys
        .table(reader, "identifiers", false)
        .map(|table| identifiers(reader, &table))
        .unwrap_or_default();
    let aliases = keys
        .table(reader, "aliases", false)
        .and_then(|table| aliases(reader, &table));
    let forename = keys.column(reader, "forename", false);
    let dob = keys.column(reader, "dob", false);
    let sex = keys.column(reader, "sex", false);
    let address = keys.columns(reader, "address");
    let postcode = keys.column(reader, "postcode", false);
    let phone = keys.column(reader, "phone", false);
    let school = keys.column(reader, "school", false);
    let household = keys.column(reader, "household", false);
    let protected = keys.column(reader, "protected", false);
    let sealed = keys.column(reader, "sealed", false);
    let date_format = date_format(reader, keys);
    Some(PersonMapping {
        table: table?,
        key: key?,
        forename,
        surname: surname?,
        dob,
        sex,
        address,
        postcode,
        phone,
        school,
        household,
        protected,
        sealed,
        identifiers,
        aliases,
        date_format,
    })
}

fn identifiers(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Vec<(Code, ColumnName)> {
    let names: Vec<_> = keys.names().collect();
    names
        .into_iter()
        .filter_map(|(scheme, at)| {
            let column = keys.column(reader, scheme, true);
            match Code::new(scheme) {
                Ok(scheme) => Some((scheme, column?)),
                Err(error) => {
                    reader.report(at, &format!("an identifier's scheme: {error}"));
                    None
                }
            }
        })
        .collect()
}

fn aliases(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Option<AliasMapping> {
    keys.only(reader, &["forename", "subject", "surname", "table"]);
    let table = keys.table_name(reader, "table");
    let subject = keys.column(reader, "subject", true);
    let forename = keys.column(reader, "forename", false);
    let surname = keys.column(reader, "surname", true);
    Some(AliasMapping {
        table: table?,
        subject: subject?,
        forename,
        surname: surname?,
    })
}

fn date_format(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Option<DateFormat> {
    let allowed = DateFormat::ALL.map(DateFormat::as_str);
    let word = keys.word(reader, "date_format", false, &allowed)?;
    DateFormat::ALL
        .into_iter()
        .find(|format| format.as_str() == word)
}

fn categories(
    reader: &mut Reader<'_>,
    table: &Keys<'_>,
    known: &Known<'_>,
) -> Vec<CategoryMapping> {
    let ids = || known.categories.iter().map(|category| category.id.as_str());
    let names: Vec<_> = table.names().collect();
    names
        .into_iter()
        .filter_map(|(name, at)| {
            let keys = table.table(reader, name, true)?;
            let Some(category) = known.categories.iter().find(|c| c.id.as_str() == name) else {
                let what = format!("is not a category of `{}`", known.agency_kind);
                reader.unknown(at, name, &what, ids());
                return None;
            };
            category_mapping(reader, &keys, category)
        })
        .collect()
}

const CATEGORY: &[&str] = &[
    "date",
    "date_format",
    "ended",
    "fields",
    "grading",
    "key",
    "only",
    "provenance",
    "recorded",
    "sealed",
    "subject",
    "table",
];

fn category_mapping(
    reader: &mut Reader<'_>,
    keys: &Keys<'_>,
    category: &Category,
) -> Option<CategoryMapping> {
    keys.only(reader, CATEGORY);
    let table = keys.table_name(reader, "table");
    let key = keys.column(reader, "key", true);
    let subject = keys.column(reader, "subject", true);
    let (date, dated) = day(reader, keys, category);
    let recorded = keys.column(reader, "recorded", false);
    let sealed = keys.column(reader, "sealed", false);
    let grading = keys.column(reader, "grading", false);
    let only = keys
        .table(reader, "only", false)
        .map(|table| only::only(reader, &table));
    let fields = keys
        .table(reader, "fields", true)
        .map(|table| fields(reader, &table, category))
        .unwrap_or_default();
    let provenance = keys
        .table(reader, "provenance", true)
        .and_then(|table| provenance(reader, &table));
    let date_format = date_format(reader, keys);
    Some(CategoryMapping {
        category: category.id.clone(),
        table: table?,
        key: key?,
        subject: subject?,
        date,
        dated,
        recorded,
        sealed,
        grading,
        only,
        fields,
        provenance: provenance?,
        date_format,
    })
}

/// The column that a look-back counts from. Of what is true now only its end is taken: counted from
/// its beginning, what has stood for longer than a look-back would be told as "no record".
fn day(
    reader: &mut Reader<'_>,
    keys: &Keys<'_>,
    category: &Category,
) -> (Option<ColumnName>, Dated) {
    let (own, other, dated) = match category.event {
        None => ("ended", "date", Dated::AtEnd),
        Some(_) => ("date", "ended", Dated::AtEvent),
    };
    if let Some(at) = keys.position(other) {
        let id = &category.id;
        let problem = match dated {
            Dated::AtEnd => format!(
                "`{id}` says what is true now and takes no `date`: write `ended` with the column of \
                 the day on which it ended (empty while it stands), or leave it out where there is \
                 none"
            ),
            Dated::AtEvent => format!(
                "`{id}` tells what happened on a day and takes no `ended`: write `date` with the \
                 column of that day"
            ),
        };
        reader.report(at, &problem);
    }
    (keys.column(reader, own, false), dated)
}

fn fields(reader: &mut Reader<'_>, keys: &Keys<'_>, category: &Category) -> Vec<FieldMapping> {
    if keys.entries.is_empty() {
        reader.report(keys.at, "`fields` maps no field");
    }
    let names: Vec<_> = keys.names().collect();
    let known = || category.fields.iter().map(|field| field.id.name());
    names
        .into_iter()
        .filter_map(|(name, at)| {
            let column = keys.column(reader, name, true);
            let Some(field) = category.field(name) else {
                let what = format!("is not a field of `{}`", category.id);
                reader.unknown(at, name, &what, known());
                return None;
            };
            Some(FieldMapping {
                field: name.to_owned(),
                column: column?,
                kind: field.kind,
            })
        })
        .collect()
}

fn provenance(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Option<Provenance> {
    keys.only(reader, &["author", "nature", "verification"]);
    let author = keys.code(reader, "author");
    let natures: Vec<_> = Nature::ALL.iter().map(|nature| nature.as_str()).collect();
    let nature = keys.word(reader, "nature", true, &natures);
    let verification = keys.code(reader, "verification");
    Some(Provenance {
        // Filled in by `source`, which knows it.
        system: String::new(),
        author: author?,
        nature: nature?.parse().ok()?,
        verification: verification?,
    })
}
