//! A FHIR R4 server, asked person by person.
//!
//! ```text
//! base = "https://fhir.example/R4"     # http only to this machine
//! roots = "roots.pem"                  # who may vouch for its certificate; with https
//! token_file = "ehr.token"             # a bearer token, where it wants one
//! identifier_systems = { nhs_number = "https://fhir.nhs.uk/Id/nhs-number" }
//! ```
//!
//! Its tables and their columns are fixed: see [`TABLES`].

use std::net::IpAddr;
use std::path::PathBuf;

use super::super::file::table::{Keys, Reader};
use crate::name::ColumnName;

/// A FHIR R4 server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FhirPlace {
    /// Its service base URL, without a slash at the end.
    pub base: String,
    /// PEM file of the roots that may vouch for its certificate; `None` with `http`.
    pub roots: Option<PathBuf>,
    /// File of the bearer token.
    pub token_file: Option<PathBuf>,
    /// Columns of `patient` with the systems of the identifiers that they hold.
    pub identifiers: Vec<(ColumnName, String)>,
}

/// The tables with their columns; `patient` has one more for each of `identifier_systems`.
/// `restricted` is `1` where `meta.security` says `R` or `V` (HL7 v3 Confidentiality).
pub const TABLES: &[(&str, &[&str])] = &[
    (
        "patient",
        &[
            "id",
            "family",
            "given",
            "birth_date",
            "gender",
            "line",
            "city",
            "postcode",
            "phone",
            "organization",
            "restricted",
        ],
    ),
    ("patient_name", &["patient", "family", "given"]),
    (
        "appointment",
        &[
            "id",
            "patient",
            "status",
            "service",
            "start",
            "description",
            "created",
            "restricted",
        ],
    ),
    (
        "care_plan",
        &[
            "id",
            "patient",
            "status",
            "title",
            "category",
            "start",
            "created",
            "description",
            "restricted",
        ],
    ),
    (
        "condition",
        &[
            "id",
            "patient",
            "status",
            "verification",
            "category",
            "code",
            "onset",
            "recorded",
            "note",
            "restricted",
        ],
    ),
    (
        "encounter",
        &[
            "id",
            "patient",
            "status",
            "class",
            "type",
            "start",
            "end",
            "reason",
            "provider",
            "restricted",
        ],
    ),
    (
        "flag",
        &[
            "id",
            "patient",
            "status",
            "category",
            "code",
            "start",
            "end",
            "restricted",
        ],
    ),
    (
        "observation",
        &[
            "id",
            "patient",
            "status",
            "category",
            "code",
            "value",
            "effective",
            "issued",
            "restricted",
        ],
    ),
];

impl FhirPlace {
    /// Every table with its columns, in order.
    pub(crate) fn tables(&self) -> Vec<(String, Vec<String>)> {
        TABLES
            .iter()
            .map(|(table, columns)| {
                let mut columns: Vec<_> = columns.iter().map(|c| (*c).to_owned()).collect();
                if *table == "patient" {
                    columns.extend(
                        self.identifiers
                            .iter()
                            .map(|(column, _)| column.to_string()),
                    );
                }
                ((*table).to_owned(), columns)
            })
            .collect()
    }
}

pub(super) fn place(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Option<FhirPlace> {
    let server = server(reader, keys);
    let token_file = keys
        .position("token_file")
        .and_then(|_| super::path(reader, keys, "token_file"));
    let identifiers = keys
        .table(reader, "identifier_systems", false)
        .map(|table| super::csv::columns(reader, &table))
        .unwrap_or_default();
    let (base, roots) = server?;
    Some(FhirPlace {
        base,
        roots,
        token_file,
        identifiers,
    })
}

/// The address of a server without a slash at its end, and the roots for its certificate.
pub(super) fn server(
    reader: &mut Reader<'_>,
    keys: &Keys<'_>,
) -> Option<(String, Option<PathBuf>)> {
    let base = keys.text(reader, "base", true)?;
    let at = keys.position("base").unwrap_or(keys.at);
    if let Err(problem) = checked(base) {
        reader.report(at, problem);
    }
    let tls = base.starts_with("https://");
    let roots = (tls || keys.position("roots").is_some())
        .then(|| super::path(reader, keys, "roots"))
        .flatten();
    if keys.position("index").is_some() {
        let problem = "people of such a server are searched for one by one, not held in memory";
        reader.report(keys.position("index").unwrap_or(at), problem);
    }
    Some((base.trim_end_matches('/').to_owned(), roots.filter(|_| tls)))
}

/// Is it an address that may be asked?
fn checked(base: &str) -> Result<(), &'static str> {
    const FORM: &str = "`base` must be an `https://` address without user, query or fragment";
    let uri: hyper::Uri = base.parse().map_err(|_| FORM)?;
    let host = uri.host().ok_or(FORM)?;
    let clean = base.bytes().all(|byte| byte.is_ascii_graphic());
    let user = uri
        .authority()
        .is_some_and(|name| name.as_str().contains('@'));
    if uri.query().is_some() || base.contains('#') || user || !clean {
        return Err(FORM);
    }
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_this_machine(host) => Ok(()),
        Some("http") => Err("`base` may be `http://` only to the loopback address; use `https://`"),
        _ => Err(FORM),
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    address.is_ok_and(|address| address.is_loopback())
}
