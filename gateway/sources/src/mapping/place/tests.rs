use super::{Checksum, CsvFormat, Encoding, Place};
use crate::mapping::tests::parse_as;

const CSV: &str = r#"
[source.mis]
kind = "csv"
folder = "extracts"
system = "MIS"
person = { table = "pupil", key = "id", surname = "sname" }
[source.mis.format]
encoding = "windows-1252"
delimiter = "tab"
quote = "'"
checksum = "required"
rows_min = 10
rows_max = 100
[source.mis.file.pupil]
name = "pupils.csv"
columns = { id = "Pupil ID", sname = "Legal Surname" }
[source.mis.file.arrest]
name = "arrests.csv"
columns = { id = "ID", pupil = "Pupil ID", offence = "Offence" }
[source.mis.category."police.arrest"]
table = "arrest"
key = "id"
subject = "pupil"
fields = { offence = "offence" }
provenance = { author = "police_officer", nature = "fact", verification = "verified" }
"#;

fn parse(text: &str) -> Result<Place, Vec<String>> {
    parse_as("police", text)
        .map(|mut mapping| mapping.sources.remove(0).place)
        .map_err(|error| error.problems)
}

/// Each pair put into `good` in place of its first text gives exactly one problem, with its place.
fn assert_refused(good: &str, changes: &[(&str, &str, &str)]) {
    for (from, to, told) in changes {
        assert!(good.contains(from), "{from}");
        let problems = parse(&good.replacen(from, to, 1)).unwrap_err();
        assert!(
            problems.iter().any(|problem| problem.contains(told)),
            "{to}: {problems:?}"
        );
        assert!(
            problems
                .iter()
                .all(|problem| problem.starts_with("niche.toml:"))
        );
    }
}

#[test]
fn reads_a_folder_of_files() {
    let Place::Csv(place) = parse(CSV).unwrap() else {
        panic!("a folder");
    };

    assert_eq!(place.folder, std::path::Path::new("extracts"));
    assert_eq!(place.tables.len(), 2);
    assert_eq!(place.tables[1].file, "pupils.csv");
    assert_eq!(place.tables[1].columns[1].1, "Legal Surname");
    assert_eq!(
        place.format,
        CsvFormat {
            encoding: Encoding::Windows1252,
            delimiter: b'\t',
            quote: b'\'',
            checksum: Checksum::Required,
            rows_min: 10,
            rows_max: 100,
            ..CsvFormat::default()
        }
    );
}

#[test]
fn rejects_files_that_cannot_be_meant() {
    assert_refused(
        CSV,
        &[
            ("folder = \"extracts\"", "", "needs the key `folder`"),
            (
                "folder = \"extracts\"",
                "path = \"x\"",
                "does not belong to kind `csv`",
            ),
            (
                "folder = \"extracts\"",
                "folder = \"sftp://h/x\"",
                "not a URL",
            ),
            (
                "\"windows-1252\"",
                "\"latin-1\"",
                "is not a value of `encoding`; allowed: utf-16be",
            ),
            (
                "\"tab\"",
                "\"||\"",
                "`delimiter` must be one visible ASCII character",
            ),
            ("\"tab\"", "\"'\"", "`delimiter` and `quote` must differ"),
            (
                "rows_max = 100",
                "rows_max = 5",
                "`rows_min` must be a whole number from 0 to 5",
            ),
            ("rows_max = 100", "row_max = 5", "did you mean `rows_max`?"),
            (
                "\"pupils.csv\"",
                "\"../pupils.csv\"",
                "must be the plain name of a file",
            ),
            (
                "\"pupils.csv\"",
                "\".pupils.csv\"",
                "must be the plain name of a file",
            ),
            (
                "file.pupil]",
                "file.\"a.b\"]",
                "a file's table must be one word",
            ),
            (
                "id = \"Pupil ID\", s",
                "\"i d\" = \"Pupil ID\", s",
                "a column must be one word",
            ),
            (
                "id = \"Pupil ID\", s",
                "SNAME = \"Pupil ID\", s",
                "nothing but the case",
            ),
            (
                "id = \"Pupil ID\", s",
                "s",
                "`id` is used by `person`, but `pupil` declares no such",
            ),
            (
                "table = \"arrest\"",
                "table = \"arests\"",
                "is a table of `police.arrest`, but",
            ),
            (
                "offence = \"offence\"",
                "offence = \"crime\"",
                "`crime` is used by `police.arrest`",
            ),
        ],
    );
}

const FHIR: &str = r#"
[source.ehr]
kind = "fhir"
base = "https://fhir.example/R4/"
roots = "roots.pem"
token_file = "ehr.token"
system = "EHR"
person = { table = "patient", key = "id", surname = "family" }
identifier_systems = { nhs_number = "https://fhir.nhs.uk/Id/nhs-number" }
[source.ehr.category."police.arrest"]
table = "condition"
key = "id"
subject = "patient"
fields = { offence = "code" }
provenance = { author = "clinician", nature = "fact", verification = "verified" }
"#;

#[test]
fn reads_a_fhir_server() {
    let Place::Fhir(place) = parse(FHIR).unwrap() else {
        panic!("a FHIR server");
    };

    assert_eq!(place.base, "https://fhir.example/R4");
    assert_eq!(place.identifiers.len(), 1);
    assert_eq!(
        place.roots.as_deref(),
        Some(std::path::Path::new("roots.pem"))
    );
    let here = FHIR
        .replace("https://fhir.example/R4/", "http://[::1]:8080/R4")
        .replace("roots = \"roots.pem\"\n", "");
    assert!(matches!(parse(&here), Ok(Place::Fhir(place)) if place.roots.is_none()));
}

#[test]
fn rejects_servers_that_may_not_be_asked() {
    assert_refused(
        FHIR,
        &[
            ("roots = \"roots.pem\"", "", "needs the key `roots`"),
            (
                "https://fhir.example",
                "http://fhir.example",
                "only to the loopback address",
            ),
            (
                "https://fhir.example",
                "http://127.0.0.1.example",
                "only to the loopback address",
            ),
            (
                "https://fhir.example",
                "https://u:hunter2@fhir.example",
                "without user, query",
            ),
            ("/R4/", "/R4?a=b", "without user, query"),
            (
                "https://fhir.example/R4/",
                "ftp://fhir.example",
                "must be an `https://` address",
            ),
            (
                "https://fhir.example/R4/",
                "fhir",
                "must be an `https://` address",
            ),
            (
                "\"condition\"",
                "\"conditions\"",
                "did you mean `condition`?",
            ),
            (
                "offence = \"code\"",
                "offence = \"kode\"",
                "did you mean `code`?",
            ),
            (
                "system = \"EHR\"",
                "system = \"EHR\"\nindex = { enabled = true }",
                "not held in memory",
            ),
        ],
    );
}

const HTTP: &str = r#"
[source.housing]
kind = "http_json"
base = "https://api.example/v1/"
roots = "roots.pem"
header_file = "housing.header"
system = "Housing"
person = { table = "tenant", key = "id", surname = "family", identifiers = { nhs_number = "nhs" } }
[source.housing.answer.tenant]
rows = "$.tenants[*]"
columns = { id = "$.id", family = "$.name.family", nhs = "$.nhs" }
paging = { next = "$.next" }
person = { get = "/tenants/{key}" }
search = [{ post = "/search", json = { s = "{surname}", b = "{born}" } }, { post = "/search", form = { n = "{nhs_number}" } }]
[source.housing.answer.note]
from = "tenant"
rows = "$.tenants[*]"
inner = "$.notes[*]"
columns = { id = "$.id", offence = "$.text" }
outer = { tenant = "$.id" }
[source.housing.category."police.arrest"]
table = "note"
key = "id"
subject = "tenant"
fields = { offence = "offence" }
provenance = { author = "housing_officer", nature = "fact", verification = "verified" }
"#;

#[test]
fn reads_a_server_of_json() {
    let Place::Http(place) = parse(HTTP).unwrap() else {
        panic!("a server of JSON");
    };

    assert_eq!(place.base, "https://api.example/v1");
    assert_eq!(place.owner("note").unwrap().search.len(), 2);
    assert_eq!(place.tables()[0].0, "note");
    assert_eq!(place.tables()[0].1, ["id", "offence", "tenant"]);
    assert!(place.answers[1].ground.is_some());
}

#[test]
fn rejects_servers_of_json_that_could_not_be_asked_as_they_are_mapped() {
    assert_refused(
        HTTP,
        &[
            (
                "\"$.tenants[*]\"",
                "\"$.tenants[\"",
                "must be a JSONPath (RFC 9535)",
            ),
            (
                "\"$.name.family\"",
                "\"name.family\"",
                "must be a JSONPath (RFC 9535)",
            ),
            ("{surname}", "{surnam}", "did you mean `surname`?"),
            (
                "{nhs_number}",
                "{upn}",
                "allowed: born, forename, phone, postcode, surname, nhs_number",
            ),
            (
                "\"{surname}\", b = \"{born}\"",
                "\"x\"",
                "asks about nobody",
            ),
            (
                "{ post = \"/search\", form",
                "{ post = \"/search/{surname}\", form",
                "stand only in a body",
            ),
            (
                "{ post = \"/search\", form = { n = \"{nhs_number}\" } }",
                "{ get = \"/search\" }",
                "asks about nobody",
            ),
            (
                "post = \"/search\", form",
                "post = \"search\", form",
                "a path below `base`",
            ),
            (
                "get = \"/tenants/{key}\"",
                "get = \"//other/{key}\"",
                "a path below `base`",
            ),
            (
                "get = \"/tenants/{key}\"",
                "get = \"/tenants/{key\"",
                "is not closed",
            ),
            (
                "get = \"/tenants/{key}\"",
                "get = \"/tenants\"",
                "asks about nobody",
            ),
            (
                "get = \"/tenants/{key}\"",
                "post = \"/tenants/{key}\"",
                "needs one of `form` and `json`",
            ),
            (
                "person = { get",
                "anybody = { get",
                "is nothing that can stand here",
            ),
        ],
    );
}

#[test]
fn rejects_tables_of_json_whose_rows_could_not_be_told() {
    assert_refused(
        HTTP,
        &[
            (
                "from = \"tenant\"",
                "from = \"tenants\"",
                "must name a table with a `person`",
            ),
            ("from = \"tenant\"\n", "", "either `person`"),
            (
                "{ next = \"$.next\" }",
                "{ next = \"$.next\", page = \"p\" }",
                "one of `next`, `page` and `cursor`",
            ),
            (
                "{ next = \"$.next\" }",
                "{ cursor = \"$.next\" }",
                "needs the key `send`",
            ),
            // Where the pages end would not be told.
            (
                "rows = \"$.tenants[*]\"\ncolumns = { id = \"$.id\", family = \"$.name.family\", nhs = \"$.nhs\" }\npaging = { next = \"$.next\" }",
                "rows = \"$..tenants[*]\"\ncolumns = { id = \"$.id\", family = \"$.name.family\", nhs = \"$.nhs\" }\npaging = { page = \"page\" }",
                "`rows` must name the elements of one list",
            ),
            ("inner = \"$.notes[*]\"\n", "", "only with `inner`"),
            // No list need be there, so that its absence would say that nothing is held.
            (
                "\"$.notes[*]\"",
                "\"$..notes[*]\"",
                "`inner` of `answer.note` must name one place",
            ),
            (
                "rows = \"$.tenants[*]\"\ninner",
                "rows = \"$.*[*]\"\ninner",
                "`rows` of `answer.note` must name one place",
            ),
            (
                "id = \"$.id\", family",
                "id = \"{key}\", family",
                "who is searched for has none yet",
            ),
            (
                "family = \"$.name.family\"",
                "name = \"$.name.family\"",
                "declares no such column",
            ),
            ("search = [", "searches = [", "did you mean `search`?"),
            (
                "search = [{ post = \"/search\", json = { s = \"{surname}\", b = \"{born}\" } }, { post = \"/search\", form = { n = \"{nhs_number}\" } }]",
                "",
                "nobody can be found",
            ),
            (
                "base = \"https",
                "index = { enabled = true }\nbase = \"https",
                "not held in memory",
            ),
        ],
    );
}
