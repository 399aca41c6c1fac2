//! A folder of CSV files as a source: what is read of it, and what keeps a new file out.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use jiff::civil::date;
use stile_model::id::{CategoryId, Code};
use stile_model::subject::{CandidateQuery, PersonRow};
use stile_model::vocabulary::Vocabulary;
use stile_sources::{CheckReport, Limits, Mapping, Source, SourceError, SourceMapping};
use tempfile::TempDir;

use crate::world::known;

const MAPPING: &str = r#"
[source.mis]
kind = "csv"
folder = "{folder}"
system = "School MIS"
person = { table = "pupil", key = "id", forename = "fname", surname = "sname", dob = "born", postcode = "postcode", household = "home", date_format = "dd/mm/yyyy" }
[source.mis.format]
settle_s = 0
{format}
[source.mis.file.pupil]
name = "pupils.csv"
columns = { id = "Pupil ID", fname = "Forename", sname = "Legal Surname", born = "Date of birth", postcode = "Postcode", home = "Home" }
[source.mis.file.mark]
name = "marks.csv"
columns = { id = "ID", pupil = "Pupil ID", day = "Day", note = "Note" }
[source.mis.category."education.attendance"]
table = "mark"
key = "id"
subject = "pupil"
date = "day"
fields = { date = "day", note = "note" }
provenance = { author = "teacher", nature = "fact", verification = "verified" }
"#;

const HEADER: &str = "Pupil ID,Forename,Legal Surname,Date of birth,Postcode,Home,Diet\n";
const PUPILS: &str = "Pupil ID,Forename,Legal Surname,Date of birth,Postcode,Home,Diet
P1,Mali,Testwood,09/05/2018,SW19 1AA,H1,halal
P2,Ioan,\"Testwood, the \"\"younger\"\"\",01/02/2016,SW19 1AA,H1,
P3,Zoë,Other,31/02/2016,,,\n";
const MARKS: &str = "ID,Pupil ID,Day,Note
1,P1,2026-01-10,\"Late,
twice\"
2,P1,2025-01-10,Absent
3,P2,,
";

fn vocabulary() -> Vocabulary {
    crate::world::vocabulary()
}

/// A folder with its mapping.
struct Folder {
    folder: TempDir,
    format: String,
}

impl Folder {
    fn new(format: &str) -> Self {
        let folder = Self {
            folder: tempfile::tempdir().unwrap(),
            format: format.to_owned(),
        };
        folder.put("pupils.csv", PUPILS.as_bytes());
        folder.put("marks.csv", MARKS.as_bytes());
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a whole file in place of another, as a good export does.
    fn put(&self, name: &str, bytes: &[u8]) {
        let part = self.path("part");
        fs::write(&part, bytes).unwrap();
        fs::rename(part, self.path(name)).unwrap();
    }

    fn dated(&self, name: &str, age: Duration) {
        let file = File::options().write(true).open(self.path(name)).unwrap();
        let now = fs::metadata(self.folder.path())
            .unwrap()
            .modified()
            .unwrap();
        file.set_modified(now - age).unwrap();
    }

    fn mapping(&self) -> SourceMapping {
        self.mapping_with(|text| text)
    }

    fn mapping_with(&self, change: impl Fn(String) -> String) -> SourceMapping {
        let text = MAPPING
            .replace("{folder}", &self.folder.path().display().to_string())
            .replace("{format}", &self.format.replace(", ", "\n"));
        let text = change(text);
        let kind = Code::new("education").unwrap();
        let mapping = Mapping::parse("sources.toml", &text, &vocabulary(), &kind);
        mapping.unwrap_or_else(|e| panic!("{e}")).sources.remove(0)
    }

    async fn connect(&self) -> Result<Source, SourceError> {
        let limits = Limits {
            deadline_ms: 20_000,
            max_value_bytes: 64,
            ..Limits::default()
        };
        Source::connect(&self.mapping(), limits).await
    }

    async fn source(&self) -> Source {
        self.connect().await.unwrap()
    }
}

async fn by_name(source: &Source, surname: &str, forename: &str) -> Vec<PersonRow> {
    let query = CandidateQuery {
        surnames: vec![surname.into()],
        forenames: vec![forename.into()],
        ..CandidateQuery::default()
    };
    source.candidates(&known(&query)).await.unwrap()
}

fn attendance() -> CategoryId {
    CategoryId::new("education.attendance").unwrap()
}

fn problem(source: &Source) -> String {
    source.extract().unwrap().problem.unwrap_or_default()
}

fn found(report: &CheckReport) -> Vec<(&str, &str)> {
    let findings = report.findings.iter();
    findings
        .map(|one| (one.fault.as_str(), one.column.as_str()))
        .collect()
}

#[tokio::test]
async fn a_few_odd_dates_are_told_and_stop_nothing() {
    let folder = Folder::new("");
    let many: Vec<_> = (10..40)
        .map(|n| format!("P{n},A,B,01/02/2016,,,\n"))
        .collect();
    let many = many.concat();
    folder.put("pupils.csv", format!("{PUPILS}{many}").as_bytes());
    let source = folder.source().await;

    let report = source.check(&vocabulary()).await.unwrap();

    assert_eq!(found(&report), [("odd_date", "born")]);
    assert_eq!(report.findings[0].category, None);
    assert!(report.usable());
}

#[tokio::test]
async fn finds_counts_and_reads_as_any_other_source() {
    let folder = Folder::new("");
    let source = folder.source().await;

    let report = source.check(&vocabulary()).await.unwrap();
    // One of three dates of birth is no day of any year.
    assert_eq!(found(&report), [("odd_date", "born")]);
    assert!(report.usable() && report.round_trip && report.people == 3);
    assert_eq!(report.categories, [(attendance(), Some(3))]);

    let found = by_name(&source, "Testwood, the \"younger\"", "Ioan").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].born, Some(date(2016, 2, 1)));
    assert_eq!(by_name(&source, "Other", "Zoë").await[0].born, None);
    assert_eq!(source.household(&"H1".into()).await.unwrap().len(), 2);
    assert_eq!(source.counts().await.unwrap().people, 3);
    let page = source.all_people(None, 2).await.unwrap();
    assert_eq!(
        page.people.len(),
        1,
        "the last key of a full page is left to the next"
    );

    let fields = ["date".to_owned(), "note".to_owned()];
    let since = Some(date(2025, 6, 1));
    let read = source
        .records(&"P1".into(), &attendance(), &fields, since)
        .await
        .unwrap();
    assert_eq!(read.records.len(), 1);
    let note = &read.records[0]
        .values
        .iter()
        .find(|(name, _)| name == "note")
        .unwrap()
        .1;
    assert_eq!(
        *note,
        stile_model::subject::Value::Text("Late,\ntwice".to_owned().into())
    );
}

#[tokio::test]
async fn a_date_of_birth_is_found_as_databases_export_it_and_read_only_where_it_is_found() {
    let folder = Folder::new("");
    let pupils = [
        ("P1", "2018-05-09"),
        ("P2", "2018-05-09 00:00:00.000"),
        ("P3", "2018-05-09T00:00:00Z"),
        ("P4", "2018-05-09T00:00:00.000Z"),
        ("P5", "2018-05-09T00:00:00+00:00"),
        // Where it was written it was the ninth, or noon, or nobody knows.
        ("P6", "2018-05-08T23:00:00Z"),
        ("P7", "2018-05-09T12:00:00Z"),
    ];
    let lines = pupils.map(|(key, born)| format!("{key},Mali,Testwood,{born},,H1,\n"));
    folder.put(
        "pupils.csv",
        format!("{HEADER}{}", lines.concat()).as_bytes(),
    );
    let mapping = folder.mapping_with(|text| text.replace("\"dd/mm/yyyy\"", "\"iso\""));
    let source = Source::connect(&mapping, Limits::default()).await.unwrap();
    let query = CandidateQuery {
        surnames: vec!["Testwood".into()],
        born: vec![date(2018, 5, 8), date(2018, 5, 9)],
        ..CandidateQuery::default()
    };

    let found = source.candidates(&known(&query)).await.unwrap();
    let all = source.household(&"H1".into()).await.unwrap();

    let keys: Vec<_> = found.iter().map(|row| row.key.reveal().as_str()).collect();
    assert_eq!(keys, ["P1", "P2", "P3", "P4", "P5"]);
    let read: Vec<_> = all.iter().filter(|row| row.born.is_some()).collect();
    assert_eq!(read.len(), 5, "who has a date of birth can be found by it");
    let counted = source.counts().await.unwrap().born;
    assert_eq!(counted, [(date(2018, 5, 9), 5)]);
}

#[tokio::test]
async fn reads_other_encodings_delimiters_and_quotes() {
    let semicolons = PUPILS
        .replace(',', ";")
        .replace("d; t", "d, t")
        .replace('"', "'");
    let semicolons = semicolons.replace("''younger''", "\"younger\"");
    let marks = MARKS.replace(',', ";").replace('"', "'");
    let windows: Vec<u8> = semicolons
        .chars()
        .map(|c| u8::try_from(c).unwrap())
        .collect();
    let utf16: Vec<u8> = format!("\u{feff}{semicolons}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [windows, utf16] {
        let folder = Folder::new("encoding = 'windows-1252', delimiter = ';', quote = \"'\"");
        folder.put("pupils.csv", &bytes);
        folder.put("marks.csv", marks.as_bytes());
        let source = folder.source().await;

        assert_eq!(by_name(&source, "Other", "Zoë").await.len(), 1);
        assert_eq!(
            by_name(&source, "Testwood, the \"younger\"", "Ioan")
                .await
                .len(),
            1
        );
    }
}

#[tokio::test]
async fn a_new_file_is_in_force_before_the_next_answer() {
    let folder = Folder::new("shrink_max_pct = 50");
    let source = folder.source().await;
    assert_eq!(by_name(&source, "Testwood", "Mali").await.len(), 1);

    folder.put(
        "pupils.csv",
        format!("{HEADER}P2,Ioan,Testwood,,,,\nP4,New,Pupil,,,,\n").as_bytes(),
    );

    assert_eq!(by_name(&source, "Testwood", "Mali").await.len(), 0);
    assert_eq!(by_name(&source, "Pupil", "New").await.len(), 1);
    assert_eq!(source.extract().unwrap().problem, None);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_keeps_the_old_one_and_says_why() {
    let good = PUPILS.as_bytes();
    let long = format!("{PUPILS}{}\n", "x".repeat(1_000_001));
    let many: String = "Q0,,Secretname,,,,\nQ1,,,,,,\nQ2,,,,,,\nQ3,,,,,,\nQ4,,,,,,\n".to_owned();
    for (bytes, told) in [
        (good[..good.len() - 4].to_vec(), "ends within a line"),
        (
            good[..PUPILS.find("the \"\"").unwrap()].to_vec(),
            "a quotation is not closed",
        ),
        (Vec::new(), "ends within a line"),
        (b"\n".to_vec(), "is empty"),
        (
            HEADER.as_bytes().to_vec(),
            "has 0 rows, fewer than `rows_min` 1",
        ),
        (
            PUPILS.replace("Home", "House").into(),
            "no `Home`, which `home` is read from",
        ),
        (PUPILS.replace("Diet", "Home").into(), "`Home` twice"),
        (
            format!("{PUPILS}P9,Secretname\n").into(),
            "line 5 has 2 columns, the first line 7",
        ),
        (
            format!("{PUPILS}P1,,Secretname,,,,\n").into(),
            "line 5 has a value of `id` that an earlier",
        ),
        (
            format!("{PUPILS},,Secretname,,,,\n").into(),
            "line 5 has no value of `id`",
        ),
        (format!("{PUPILS}{many}").into(), "has more than 7 rows"),
        (
            format!("{HEADER}P1,,Secretname,,,,\n").into(),
            "has 1 rows where the one in force has 3",
        ),
        (
            PUPILS.replace('ë', "\u{0}").into(),
            "line 4: a null character",
        ),
        (
            b"Pupil ID\nSecretname\xeb\n".to_vec(),
            "line 2: not valid utf-8",
        ),
        (long.into(), "is larger than 1 megabytes"),
    ] {
        let folder = Folder::new("rows_max = 7, bytes_max_mb = 1");
        let source = folder.source().await;

        folder.put("pupils.csv", &bytes);

        assert_eq!(
            by_name(&source, "Testwood", "Mali").await.len(),
            1,
            "{told}"
        );
        let said = problem(&source);
        assert!(
            said.contains("`pupils.csv`") && said.contains(told),
            "{told}: {said}"
        );
        assert!(!said.contains("Secretname"), "{said}");
        let refusal = folder.connect().await.err();
        // Against nothing in force a file cannot have shrunk.
        if !told.contains("where the one in force") {
            assert_eq!(refusal.unwrap().code(), "mapping", "{told}");
        }

        folder.put(
            "pupils.csv",
            format!("{PUPILS}P5,Later,Testwood,,,,\n").as_bytes(),
        );
        assert_eq!(
            by_name(&source, "Testwood", "Later").await.len(),
            1,
            "{told}"
        );
        assert_eq!(problem(&source), "");
    }
}

#[tokio::test]
async fn a_missing_file_keeps_the_old_ones_until_it_is_back() {
    let folder = Folder::new("");
    let source = folder.source().await;

    fs::rename(folder.path("marks.csv"), folder.path("away")).unwrap();
    assert_eq!(by_name(&source, "Testwood", "Mali").await.len(), 1);
    assert!(problem(&source).contains("`marks.csv` is not in the folder"));
    fs::rename(folder.path("away"), folder.path("marks.csv")).unwrap();
    assert_eq!(by_name(&source, "Testwood", "Mali").await.len(), 1);

    assert_eq!(problem(&source), "");
}

#[tokio::test]
async fn a_checksum_that_does_not_fit_keeps_the_old_file() {
    let folder = Folder::new("checksum = 'required'");
    assert!(
        folder
            .connect()
            .await
            .unwrap_err()
            .to_string()
            .contains("has no `")
    );
    let sum = |name: &str, bytes: &[u8]| {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        let hex = data_encoding::HEXLOWER.encode(digest.as_ref());
        folder.put(
            &format!("{name}.sha256"),
            format!("{hex}  {name}\n").as_bytes(),
        );
    };
    sum("pupils.csv", PUPILS.as_bytes());
    sum("marks.csv", MARKS.as_bytes());
    let source = folder.source().await;

    let new = format!("{PUPILS}P7,New,Pupil,,,,\n");
    folder.put("pupils.csv", new.as_bytes());
    assert_eq!(by_name(&source, "Pupil", "New").await.len(), 0);
    assert!(problem(&source).contains("is not the file that `pupils.csv.sha256` names"));
    folder.put("pupils.csv.sha256", b"no digest");
    assert_eq!(by_name(&source, "Pupil", "New").await.len(), 0);
    assert!(problem(&source).contains("holds no SHA-256"));
    sum("pupils.csv", new.as_bytes());

    assert_eq!(by_name(&source, "Pupil", "New").await.len(), 1);
}

#[tokio::test]
async fn a_file_that_may_still_be_written_to_waits() {
    let hour = Duration::from_hours(1);
    let mut folder = Folder::new("");
    folder.format = "age_max_h = 100".to_owned();
    folder.dated("pupils.csv", 2 * hour);
    folder.dated("marks.csv", 2 * hour);
    let mut mapping = folder.mapping();
    let stile_sources::Place::Csv(place) = &mut mapping.place else {
        panic!("a folder");
    };
    place.format.settle_s = 1_800;
    let source = Source::connect(&mapping, Limits::default()).await.unwrap();

    folder.put(
        "pupils.csv",
        format!("{PUPILS}P7,New,Pupil,,,,\n").as_bytes(),
    );
    assert_eq!(by_name(&source, "Pupil", "New").await.len(), 0);
    assert!(problem(&source).contains("less than 1800 seconds ago"));
    folder.dated("pupils.csv", hour);

    assert_eq!(by_name(&source, "Pupil", "New").await.len(), 1);
    assert!(
        source.extract().unwrap().age_s >= 7_000,
        "the older file counts"
    );
}

#[tokio::test]
async fn files_that_are_too_old_answer_nothing() {
    let folder = Folder::new("age_max_h = 3");
    let source = folder.source().await;
    folder.dated("marks.csv", Duration::from_hours(4));

    let error = source.household(&"H1".into()).await.unwrap_err();

    assert_eq!(error.code(), "stale", "{error}");
    assert_eq!(folder.connect().await.unwrap_err().code(), "stale");
    folder.put("marks.csv", MARKS.as_bytes());
    assert_eq!(source.household(&"H1".into()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_file_dated_in_the_future_is_refused() {
    let folder = Folder::new("");
    let file = File::options()
        .write(true)
        .open(folder.path("marks.csv"))
        .unwrap();
    let now = fs::metadata(folder.path("marks.csv"))
        .unwrap()
        .modified()
        .unwrap();
    file.set_modified(now + Duration::from_hours(2)).unwrap();

    let error = folder.connect().await.unwrap_err();

    assert!(error.to_string().contains("dated in the future"), "{error}");
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(folder.connect().await.unwrap_err().code(), "stale");
}

#[tokio::test]
async fn texts_of_files_and_subjects_stay_texts() {
    let nasty = "'); DROP TABLE `pupil`; --";
    let folder = Folder::new("");
    folder.put(
        "pupils.csv",
        format!("{PUPILS}{nasty},=cmd(),{nasty},,,{nasty},\n").as_bytes(),
    );
    let source = folder.source().await;

    assert_eq!(by_name(&source, nasty, "=cmd()").await.len(), 1);
    assert_eq!(source.household(&nasty.into()).await.unwrap().len(), 1);
    let fields = ["note".to_owned()];
    let read = source
        .records(&nasty.into(), &attendance(), &fields, None)
        .await
        .unwrap();
    assert_eq!(read.records, []);
    assert_eq!(source.held().await.unwrap(), 4);
}

#[tokio::test]
async fn a_value_that_is_too_long_is_no_answer() {
    let folder = Folder::new("");
    folder.put(
        "marks.csv",
        format!("{MARKS}4,P2,2026-01-01,{}\n", "x".repeat(65)).as_bytes(),
    );
    let source = folder.source().await;

    let fields = ["note".to_owned()];
    let read = source
        .records(&"P2".into(), &attendance(), &fields, None)
        .await;

    assert_eq!(read.unwrap_err().code(), "too_long");
    assert!(
        source
            .records(&"P1".into(), &attendance(), &fields, None)
            .await
            .is_ok()
    );
}
