//! A server of JSON as a source. The server here is our own and small: a housing department's, with
//! tenants, their notes, and pages of three kinds.

use std::collections::HashMap;
use std::time::Duration;

use jiff::civil::date;
use serde_json::{Value, json};
use stile_model::id::{CategoryId, Code};
use stile_model::redact::Redacted;
use stile_model::subject::{CandidateQuery, Known, PersonRow};
use stile_sources::{FAILURES_MAX, Limits, Source, SourceError, SourceMapping};

use crate::faults::{comes_back_by_itself, cool_down, is_left_alone};
use crate::served::{Call, Certified, Ill, Moody};
use crate::world::{known, vocabulary};

const MAPPING: &str = r#"
[source.housing]
kind = "http_json"
base = "{base}"
{roots}
header_file = "{secret}"
system = "Housing"
[source.housing.person]
table = "tenant"
key = "id"
forename = "given"
surname = "family"
dob = "born"
address = ["address"]
postcode = "postcode"
phone = "phone"
protected = "refuge"
identifiers = { nhs_number = "nhs" }
aliases = { table = "former", subject = "tenant", surname = "family", forename = "given" }

[source.housing.answer.tenant]
rows = "$.tenants[*]"
columns = { id = "$.id", given = "$.name.given", family = "$.name.family", born = "$.born", address = "$.lines[*]", postcode = "$.postcode", phone = "$.phone", refuge = "$.refuge", nhs = "$.ids[?@.kind == 'nhs'].value" }
paging = { next = "$.links.next" }
person = { get = "/tenants/{key}?view=all" }
search = [
  { post = "/tenants/search", json = { surname = "{surname}", born = "{born}", scope = "all" } },
  { post = "/tenants/search", form = { nhs = "{nhs_number}" } },
]
anybody = { get = "/tenants?limit=1" }

[source.housing.answer.former]
from = "tenant"
rows = "$.tenants[*]"
inner = "$.former[*]"
columns = { family = "$.family", given = "$.given" }
outer = { tenant = "$.id" }

[source.housing.answer.note]
rows = "$.notes[*]"
columns = { id = "$.id", tenant = "$.tenant", day = "$.on", practice = "$.text", sealed = "$.sealed" }
paging = { page = "page" }
person = { get = "/tenants/{key}/notes" }

[source.housing.category."health.registration"]
table = "note"
key = "id"
subject = "tenant"
ended = "day"
sealed = "sealed"
fields = { practice = "practice" }
provenance = { author = "housing_officer", nature = "fact", verification = "verified" }
"#;

/// What the server gives beside what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    Elsewhere,
    Endless,
    NoList,
    NotThere,
}

async fn served() -> Moody<Mood> {
    Moody::serving(None, Mood::Well, answer).await
}

/// A server that answers its lines with these, and every other with 404.
async fn saying(said: Vec<(&'static str, Value)>) -> Moody<Mood> {
    Moody::serving(None, Mood::Well, move |_, call, _| {
        let answer = said.iter().find(|(line, _)| *line == call.line);
        answer.map_or((404, String::new()), |(_, said)| (200, said.to_string()))
    })
    .await
}

fn mapping_with(world: &Moody<Mood>, change: impl Fn(String) -> String) -> SourceMapping {
    let text = change(MAPPING.to_owned());
    world.read(&text, "/v1", "X-Api-Key: hunter2\n")
}

async fn source(world: &Moody<Mood>) -> Source {
    let mapping = mapping_with(world, |text| text);
    world.connect(&mapping).await.unwrap()
}

fn answer(origin: &str, call: &Call, mood: Mood) -> (u16, String) {
    match mood {
        Mood::NotThere => return (404, "Testwood".into()),
        Mood::NoList => return (200, json!({ "error": "Testwood" }).to_string()),
        Mood::Well | Mood::Elsewhere | Mood::Endless => {}
    }
    let (method, address) = call.line.split_once(' ').unwrap();
    let path = address.strip_prefix("/v1").unwrap();
    let said = match (method, path) {
        ("GET", "/tenants?limit=1") => page(origin, &tenants()[..1], mood, None),
        ("POST", "/tenants/search") => found(origin, call, mood),
        ("GET", _) if path.starts_with("/more/") => {
            let at: usize = path.strip_prefix("/more/").unwrap().parse().unwrap();
            page(origin, &tenants()[at..=at], mood, None)
        }
        ("GET", _) => return one(path, mood),
        _ => panic!("{} is no call that this server knows", call.line),
    };
    (200, said.to_string())
}

/// Whoever is searched for, one person a page.
fn found(origin: &str, call: &Call, mood: Mood) -> Value {
    let asked: HashMap<String, String> = if call.header("content-type") == "application/json" {
        serde_json::from_str(&call.body).unwrap()
    } else {
        form_urlencoded::parse(call.body.as_bytes())
            .into_owned()
            .collect()
    };
    let fits = |tenant: &Value| {
        let family = tenant["name"]["family"].as_str().unwrap_or_default();
        if let Some(number) = asked.get("nhs") {
            return tenant["ids"].to_string().contains(number);
        }
        assert_eq!(asked["scope"], "all");
        // By a surname or its start alone, whenever they were born.
        asked["surname"].eq_ignore_ascii_case(family) || asked["surname"] == "Test"
    };
    let places: Vec<usize> = (0..tenants().len())
        .filter(|i| fits(&tenants()[*i]))
        .collect();
    match places.as_slice() {
        [] => page(origin, &[], mood, None),
        [first, rest @ ..] => page(origin, &tenants()[*first..=*first], mood, rest.first()),
    }
}

fn page(origin: &str, tenants: &[Value], mood: Mood, next: Option<&usize>) -> Value {
    let next = match mood {
        Mood::Elsewhere => json!("http://127.0.0.1:1/v1/more/0"),
        Mood::Endless => json!(format!("{origin}/v1/more/0")),
        // As a path from the server's root.
        _ => next.map_or(Value::Null, |next| json!(format!("/v1/more/{next}"))),
    };
    json!({ "tenants": tenants, "links": { "next": next } })
}

fn one(path: &str, mood: Mood) -> (u16, String) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let rest = path.strip_prefix("/tenants/").unwrap();
    let Some((key, "notes")) = rest.split_once('/') else {
        assert_eq!(query, "view=all");
        let mut parts = form_urlencoded::parse(rest.as_bytes());
        let key = parts.next().unwrap().0;
        let tenant = tenants().into_iter().find(|tenant| tenant["id"] == *key);
        return match tenant {
            Some(tenant) => (200, page("", &[tenant], Mood::Well, None).to_string()),
            None => (404, String::new()),
        };
    };
    let number: usize = query.strip_prefix("page=").unwrap().parse().unwrap();
    let of = |note: &Value| key == "T1" && note["tenant"].is_string();
    let all: Vec<_> = notes().into_iter().filter(of).collect();
    let page = match mood {
        Mood::Endless => &all[..1],
        _ => all.chunks(2).nth(number - 1).unwrap_or_default(),
    };
    (200, json!({ "notes": page }).to_string())
}

fn tenants() -> Vec<Value> {
    vec![
        json!({
            "id": "T1", "name": { "given": "Mali", "family": "TESTWOOD" }, "born": "2018-05-09",
            "lines": ["4 Elm Row", null, "Merton"], "postcode": "SW19 1AA", "phone": "020 7946 0001",
            "refuge": false, "ids": [{ "kind": "nhs", "value": "9434765919" }, { "kind": "council", "value": "7" }],
            "former": [{ "family": "Windsor", "given": "Mali" }],
        }),
        json!({
            "id": "T2", "name": { "given": "Dilys", "family": "Testwood" }, "born": "1990-01-31",
            "refuge": true, "ids": [], "former": [],
        }),
        json!({ "id": "T/3 ü", "name": { "family": "Other" }, "ids": [], "former": [] }),
    ]
}

fn notes() -> Vec<Value> {
    vec![
        json!({ "id": 1, "tenant": "T1", "on": "2026-01-10", "text": "First" }),
        json!({ "id": 2, "tenant": "T1", "on": "2024-06-01", "text": "Second", "sealed": false }),
        json!({ "id": 3, "tenant": "T1", "text": null, "sealed": true }),
        json!({ "id": 4, "tenant": "T2", "on": "2026-01-10", "text": "Of somebody else" }),
    ]
}

fn words(words: &[&str]) -> Vec<Redacted<String>> {
    words.iter().map(|word| Redacted::from(*word)).collect()
}

fn keys(people: &[PersonRow]) -> Vec<&str> {
    people.iter().map(|row| row.key.reveal().as_str()).collect()
}

fn category() -> CategoryId {
    CategoryId::new("health.registration").unwrap()
}

async fn notes_of(source: &Source, key: &str) -> Result<Vec<String>, SourceError> {
    let fields = ["practice".to_owned()];
    let read = source
        .records(&key.into(), &category(), &fields, None)
        .await?;
    let keys = read.records.iter().map(|one| one.key.reveal().clone());
    Ok(keys.collect())
}

#[tokio::test]
async fn finds_people_over_all_pages_and_leaves_out_nobody_whom_the_server_brings() {
    let world = served().await;
    let source = source(&world).await;
    let by_name = |surname: &str| CandidateQuery {
        surnames: words(&[surname]),
        born: vec![date(2018, 5, 9), date(1990, 1, 31)],
        ..CandidateQuery::default()
    };

    for (query, expected) in [
        (by_name("testwood"), vec!["T1", "T2"]),
        // By the start of a surname: who of them is meant, matching decides.
        (by_name("Test"), vec!["T1", "T2"]),
        (
            CandidateQuery {
                identifiers: vec![(Code::new("nhs_number").unwrap(), words(&["9434765919"]))],
                ..CandidateQuery::default()
            },
            vec!["T1"],
        ),
        // A surname alone finds nobody anywhere, so that it need not be asked by.
        (
            CandidateQuery {
                surnames: words(&["Testwood"]),
                identifiers: vec![(Code::new("nhs_number").unwrap(), words(&["9434765919"]))],
                ..CandidateQuery::default()
            },
            vec!["T1"],
        ),
    ] {
        let people = source.candidates(&known(&query)).await.unwrap();
        assert_eq!(keys(&people), expected, "{query:?}");
    }
}

#[tokio::test]
async fn refuses_a_search_for_which_too_little_is_known_and_does_not_say_that_nobody_is_held() {
    let world = served().await;
    let source = source(&world).await;
    let before = world.server.asked().len();
    let named = CandidateQuery {
        surnames: words(&["Testwood"]),
        forenames: words(&["Mali"]),
        postcodes: words(&["SW19 1AA"]),
        ..CandidateQuery::default()
    };
    for query in [
        // Neither a date of birth nor a number: no request has all its values.
        named.clone(),
        CandidateQuery {
            phones: words(&["020 7946 0001"]),
            ..CandidateQuery::default()
        },
        // By the number alone whoever is held without it would not be found.
        CandidateQuery {
            identifiers: vec![(Code::new("nhs_number").unwrap(), words(&["1"]))],
            ..named.clone()
        },
        CandidateQuery {
            born: vec![date(2018, 5, 9)],
            surnames: words(&[" "]),
            ..named.clone()
        },
        // The dates are those that another system holds.
        CandidateQuery {
            born: vec![date(2018, 5, 9)],
            born_in_part: true,
            ..named
        },
    ] {
        let error = source.candidates(&known(&query)).await.unwrap_err();

        assert_eq!(error.code(), "unasked");
        assert!(error.to_string().contains("too little is known"), "{error}");
        assert!(!error.to_string().contains("Testwood"));
    }
    // Nor by a surname that is no more than tried, since it is held as one.
    let tried = CandidateQuery {
        surnames: words(&["Mali"]),
        forenames: words(&["Mali"]),
        born: vec![date(2018, 5, 9)],
        known: Known {
            born: true,
            forename: true,
            ..Known::default()
        },
        ..CandidateQuery::default()
    };
    let error = source.candidates(&tried).await.unwrap_err();
    assert_eq!(error.code(), "unasked");
    assert_eq!(world.server.asked().len(), before);
}

const FORMER: &str = r#"from = "tenant"
rows = "$.tenants[*]"
inner = "$.former[*]"
columns = { family = "$.family", given = "$.given" }
outer = { tenant = "$.id" }"#;

/// Other names by a request of their own, with what else it has.
fn apart(text: &str, more: &str) -> String {
    assert!(text.contains(FORMER));
    let own = format!(
        "rows = \"$.former[*]\"\n\
         columns = {{ tenant = \"$.tenant\", family = \"$.family\", given = \"$.given\" }}\n\
         person = {{ get = \"/tenants/{{key}}/former\" }}\n{more}"
    );
    text.replace(FORMER, &own)
}

fn by_former_name() -> CandidateQuery {
    CandidateQuery {
        surnames: words(&["Windsor"]),
        born: vec![date(2018, 5, 9)],
        ..CandidateQuery::default()
    }
}

#[tokio::test]
async fn finds_by_a_former_name_that_comes_by_a_request_of_its_own() {
    let former = json!({ "former": [{ "tenant": "T1", "family": "Windsor", "given": "Mali" }] });
    let nobody = json!({ "tenants": [] });
    let mali = json!({ "tenants": [tenants()[0]] });
    let search = "search = [{ post = \"/former/search\", json = { surname = \"{surname}\" } }]";
    // The server finds people by their former names, or other names can be searched for themselves.
    for (found, more) in [(&mali, ""), (&nobody, search)] {
        let world = saying(vec![
            ("GET /v1/tenants?limit=1", nobody.clone()),
            ("POST /v1/tenants/search", found.clone()),
            ("POST /v1/former/search", former.clone()),
            ("GET /v1/tenants/T1?view=all", mali.clone()),
            ("GET /v1/tenants/T1/former", former.clone()),
        ])
        .await;
        let mapping = mapping_with(&world, |text| apart(&text, more));
        let source = world.connect(&mapping).await.unwrap();

        let people = source.candidates(&known(&by_former_name())).await.unwrap();

        assert_eq!(keys(&people), ["T1"], "{more}");
        assert_eq!(people[0].aliases, words(&["Mali|Windsor"]));
    }
}

#[tokio::test]
async fn other_names_that_cannot_be_read_are_refused_and_nobody_is_said_to_be_nobody() {
    let mali = json!({ "tenants": [tenants()[0]] });
    for said in [json!({ "error": "Testwood" }), json!({ "former": [{}] })] {
        let world = saying(vec![
            ("GET /v1/tenants?limit=1", mali.clone()),
            ("POST /v1/tenants/search", mali.clone()),
            ("GET /v1/tenants/T1/former", said),
        ])
        .await;
        let mapping = mapping_with(&world, |text| apart(&text, ""));
        let source = world.connect(&mapping).await.unwrap();

        let error = source
            .candidates(&known(&by_former_name()))
            .await
            .unwrap_err();

        assert_eq!(error.code(), "refused", "{error}");
        assert!(!error.to_string().contains("Testwood"));
    }
    // Other names that could be searched for, but not by what is known.
    let world = saying(vec![("GET /v1/tenants?limit=1", mali)]).await;
    let search = "search = [{ post = \"/former/search\", json = { phone = \"{phone}\" } }]";
    let mapping = mapping_with(&world, |text| apart(&text, search));
    let source = world.connect(&mapping).await.unwrap();
    let error = source
        .candidates(&known(&by_former_name()))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "unasked");
}

#[tokio::test]
async fn more_bytes_than_a_question_may_bring_are_refused_and_nothing_is_taken_from_them() {
    let long = "x".repeat(900);
    let page = |number: &str, cursor: &str| json!({ "notes": [{ "id": number, "tenant": "T1", "text": long }], "c": cursor });
    let world = saying(vec![
        ("GET /v1/tenants?limit=1", json!({ "tenants": [] })),
        ("GET /v1/tenants/T1/notes", page("1", "more")),
        ("GET /v1/tenants/T1/notes?after=more", page("2", "")),
        ("GET /v1/tenants/T2/notes", page("3", "")),
    ])
    .await;
    let cursor = "paging = { cursor = \"$.c\", send = \"after\" }";
    let mapping = mapping_with(&world, |text| {
        text.replace("paging = { page = \"page\" }", cursor)
    });
    let limits = Limits {
        answer_bytes: 1_500,
        ..Limits::default()
    };
    let source = world.limited(&mapping, limits).await.unwrap();

    let error = notes_of(&source, "T1").await.unwrap_err();

    assert_eq!(error.code(), "too_much");
    assert!(
        error
            .to_string()
            .contains("longer than 1500 bytes together"),
        "{error}"
    );
    assert!(notes_of(&source, "T2").await.unwrap().is_empty());
}

#[tokio::test]
async fn somebody_found_twice_is_as_protected_as_either_row_says() {
    let mut other = tenants()[0].clone();
    other["refuge"] = json!(true);
    let all = json!({ "tenants": [tenants()[0], other, tenants()[0]] });
    let world = saying(vec![
        ("GET /v1/tenants?limit=1", all.clone()),
        ("GET /v1/tenants/T1?view=all", all),
    ])
    .await;
    let source = source(&world).await;

    let people = source.people_of(&words(&["T1"])).await.unwrap();

    assert_eq!(keys(&people), ["T1", "T1"]);
    assert!(people.iter().any(|row| row.protected));
}

#[tokio::test]
async fn reads_people_with_other_names_and_protection_and_leaves_out_who_is_gone() {
    let world = served().await;
    let source = source(&world).await;

    let wanted = words(&["T1", "T2", "T/3 ü", "T9", "..", ""]);
    let people = source.people_of(&wanted).await.unwrap();

    assert_eq!(keys(&people), ["T/3 ü", "T1", "T2"]);
    let (mali, dilys) = (&people[1], &people[2]);
    assert_eq!(mali.aliases, words(&["Mali|Windsor"]));
    assert_eq!(mali.address.reveal(), "4 Elm Row; Merton");
    assert_eq!(mali.born, Some(date(2018, 5, 9)));
    assert_eq!(mali.identifiers[0].1.reveal(), "9434765919");
    assert!(!mali.protected && dilys.protected);
}

#[tokio::test]
async fn reads_one_persons_records_over_numbered_pages_and_no_others() {
    let world = served().await;
    let source = source(&world).await;

    assert_eq!(notes_of(&source, "T1").await.unwrap(), ["3", "2", "1"]);
    assert!(notes_of(&source, "T2").await.unwrap().is_empty());
    let fields = ["practice".to_owned()];
    let recent = Some(date(2025, 1, 1));
    let read = source
        .records(&"T1".into(), &category(), &fields, recent)
        .await
        .unwrap()
        .records;
    assert_eq!(read.len(), 2, "the undated may be within");
    assert!(read[0].sealed && !read[1].sealed);
}

#[tokio::test]
async fn rows_without_a_key_of_their_own_are_of_the_person_asked_for() {
    let world = served().await;
    let mapping = mapping_with(&world, |text| {
        text.replace("tenant = \"$.tenant\"", "tenant = \"{key}\"")
    });
    let source = world.connect(&mapping).await.unwrap();

    // The server is believed, whoever its rows are of.
    assert_eq!(notes_of(&source, "T1").await.unwrap(), ["3", "2", "1", "4"]);
}

#[tokio::test]
async fn goes_on_with_the_word_that_an_answer_gives() {
    let page = |row: usize, cursor: &str| json!({ "notes": [notes()[row]], "c": cursor });
    let world = saying(vec![
        ("GET /v1/tenants?limit=1", json!({ "tenants": [] })),
        ("GET /v1/tenants/T1/notes", page(0, "a b&c")),
        ("GET /v1/tenants/T1/notes?after=a+b%26c", page(1, "")),
    ])
    .await;
    let cursor = "paging = { cursor = \"$.c\", send = \"after\" }";
    let mapping = mapping_with(&world, |text| {
        text.replace("paging = { page = \"page\" }", cursor)
    });
    let source = world.connect(&mapping).await.unwrap();

    assert_eq!(notes_of(&source, "T1").await.unwrap(), ["2", "1"]);
}

#[tokio::test]
async fn a_page_of_which_no_row_is_wanted_is_not_taken_for_the_last() {
    let note = |id: u32, kind: &str| json!({ "id": id, "tenant": "T1", "kind": kind });
    let world = saying(vec![
        ("GET /v1/tenants?limit=1", json!({ "tenants": [] })),
        (
            "GET /v1/tenants/T1/notes?page=1",
            json!({ "notes": [note(1, "repair"), note(2, "rent")] }),
        ),
        (
            "GET /v1/tenants/T1/notes?page=2",
            json!({ "notes": [note(3, "repair"), note(4, "concern")] }),
        ),
        ("GET /v1/tenants/T1/notes?page=3", json!({ "notes": [] })),
    ])
    .await;
    let mapping = mapping_with(&world, |text| {
        text.replace("\"$.notes[*]\"", "\"$.notes[?@.kind == 'concern']\"")
    });
    let source = world.connect(&mapping).await.unwrap();

    assert_eq!(notes_of(&source, "T1").await.unwrap(), ["4"]);
}

#[tokio::test]
async fn an_answer_that_says_that_it_is_a_part_is_refused_where_the_mapping_does_not_go_on() {
    let page = |cursor: &str| json!({ "notes": [notes()[0]], "c": cursor });
    let world = saying(vec![
        ("GET /v1/tenants?limit=1", json!({ "tenants": [] })),
        ("GET /v1/tenants/T1/notes", page("")),
    ])
    .await;
    let cursor = "paging = { cursor = \"$.c\", send = \"after\" }\n";
    for paging in ["", cursor] {
        let mapping = mapping_with(&world, |text| {
            text.replace("paging = { page = \"page\" }\n", paging)
        });
        let source = world.connect(&mapping).await.unwrap();
        for (name, value) in [
            ("link", "</v1/tenants/T1/notes?page=2>; rel=\"next\""),
            ("link", "</a>; rel=prev, </b>; rel=\"last next\""),
            ("content-range", "notes 0-0/60"),
        ] {
            world.server.sends(&[(name, value)]);
            let error = notes_of(&source, "T1").await.unwrap_err();

            assert_eq!(error.code(), "refused", "{value}");
            assert!(error.to_string().contains("a part of an answer"), "{error}");
        }
        for beside in [
            vec![("link", "</v1/tenants/T1>; rel=\"up\"")],
            vec![("content-range", "notes 0-0/1")],
            vec![],
        ] {
            world.server.sends(&beside);
            assert_eq!(notes_of(&source, "T1").await.unwrap(), ["1"], "{beside:?}");
        }
    }
}

#[tokio::test]
async fn a_check_reads_somebody_and_counts_nobody() {
    let world = served().await;
    let source = source(&world).await;

    let report = source.check(&vocabulary()).await.unwrap();

    assert_eq!(report.findings, []);
    assert!(report.usable() && report.round_trip);
    let error = source.all_people(None, 100).await.unwrap_err();
    assert!(
        error.to_string().contains("searched for one by one"),
        "{error}"
    );
}

#[tokio::test]
async fn a_check_refuses_a_server_that_gives_records_to_a_key_that_nobody_has() {
    let held = |rows: &[Value]| json!({ "notes": rows });
    let first = "GET /v1/tenants/stile-nobody-5e2b9c7d41/notes?page=1";
    for (said, expected) in [
        (Some(held(&notes()[..1])), vec!["not_by_key"]),
        (Some(held(&[])), vec![]),
        // 404 says that there is nobody.
        (None, vec![]),
    ] {
        let mut lines = vec![
            ("GET /v1/tenants?limit=1", json!({ "tenants": [] })),
            (
                "GET /v1/tenants/stile-nobody-5e2b9c7d41/notes?page=2",
                held(&[]),
            ),
        ];
        lines.extend(said.map(|said| (first, said)));
        let world = saying(lines).await;
        let mapping = mapping_with(&world, |text| {
            text.replace("tenant = \"$.tenant\"", "tenant = \"{key}\"")
        });
        let source = world.connect(&mapping).await.unwrap();

        let report = source.check(&vocabulary()).await.unwrap();

        let found = report.findings.iter().map(|found| found.fault.as_str());
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert_eq!(report.usable(), expected.is_empty());
    }
}

#[tokio::test]
async fn no_name_stands_in_an_address_and_the_header_in_every_call() {
    let world = served().await;
    let source = source(&world).await;
    let query = CandidateQuery {
        surnames: words(&["Testwood"]),
        born: vec![date(2018, 5, 9)],
        ..CandidateQuery::default()
    };

    source.candidates(&known(&query)).await.unwrap();

    let asked = world.server.asked();
    assert!(asked.len() >= 2);
    for call in &asked {
        assert!(!call.line.contains("Testwood") && !call.line.contains("2018"));
        assert_eq!(call.header("x-api-key"), "hunter2");
    }
    assert!(asked.iter().any(|call| call.body.contains("Testwood")));
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_is_an_error_without_its_text() {
    let world = served().await;
    let source = source(&world).await;
    for (mood, code, told) in [
        (Ok(Mood::Endless), "too_much", "more than 20 pages"),
        // That nothing is held must be said by an empty list.
        (Ok(Mood::NotThere), "refused", "http 404"),
        (
            Ok(Mood::NoList),
            "refused",
            "without the list that `rows` names",
        ),
    ]
    .into_iter()
    .chain(Ill::ALL.map(|(ill, code, told)| (Err(ill), code, told)))
    {
        world.feels(mood);
        let error = notes_of(&source, "T1").await.unwrap_err();

        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(told), "{error}");
        assert!(!format!("{error} {error:?}").contains("Testwood"));
    }
    world.turns(Mood::Well);
    assert!(notes_of(&source, "T1").await.is_ok());
}

#[tokio::test]
async fn without_a_request_for_anybody_the_next_question_is_the_trial_and_one_unasked_is_none() {
    let world = served().await;
    let mapping = mapping_with(&world, |text| {
        text.replace("anybody = { get = \"/tenants?limit=1\" }\n", "")
    });
    let source = world.connect(&mapping).await.unwrap();
    world.feels(Err(Ill::Overloaded));
    is_left_alone(&source).await;
    let before = world.server.asked().len();

    cool_down().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let unsent = CandidateQuery {
        surnames: words(&["Testwood"]),
        forenames: words(&["Mali"]),
        ..CandidateQuery::default()
    };
    let unasked = source.candidates(&known(&unsent)).await.unwrap_err();

    assert_eq!(unasked.code(), "unasked");
    assert!(source.is_resting(), "nobody has heard from the server");
    assert_eq!(world.server.asked().len(), before);
    world.turns(Mood::Well);
    assert_eq!(source.people_of(&words(&["T1"])).await.unwrap().len(), 1);
    assert!(!source.is_resting());
}

#[tokio::test]
async fn a_question_that_is_never_sent_does_not_count_as_an_answer() {
    let world = served().await;
    let source = source(&world).await;
    let unsent = CandidateQuery {
        surnames: words(&["Testwood"]),
        forenames: words(&["Mali"]),
        ..CandidateQuery::default()
    };
    world.feels(Err(Ill::Overloaded));

    for _ in 0..FAILURES_MAX {
        let error = source.people_of(&words(&["T1"])).await.unwrap_err();
        assert_eq!(error.code(), "unreachable", "{error}");
        let unasked = source.candidates(&known(&unsent)).await.unwrap_err();
        assert!(["unasked", "circuit_open"].contains(&unasked.code()));
    }

    assert!(source.is_resting());
}

#[tokio::test]
async fn a_server_that_refuses_has_answered_so_that_the_next_question_hears_why() {
    let world = served().await;
    let source = source(&world).await;
    world.feels(Err(Ill::Overloaded));
    is_left_alone(&source).await;

    world.feels(Err(Ill::Forbidden));
    comes_back_by_itself(&source).await;

    let error = source.people_of(&words(&["T1"])).await.unwrap_err();
    assert_eq!(error.code(), "refused");
    assert!(error.to_string().contains("http 403"), "{error}");
}

#[tokio::test]
async fn whom_a_search_brings_is_a_candidate_with_other_names_whatever_they_are_called() {
    let former = json!({ "former": [{ "tenant": "T1", "family": "Windsor", "given": "Mali" }] });
    let search = "search = [{ post = \"/former/search\", json = { surname = \"{surname}\" } }]";
    for more in ["", search] {
        let world = saying(vec![
            ("GET /v1/tenants?limit=1", json!({ "tenants": [] })),
            ("POST /v1/tenants/search", json!({ "tenants": tenants() })),
            ("POST /v1/former/search", former.clone()),
            ("GET /v1/tenants/T1/former", former.clone()),
        ])
        .await;
        let mapping = mapping_with(&world, |text| apart(&text, more));
        let source = world.connect(&mapping).await.unwrap();

        let people = source.candidates(&known(&by_former_name())).await.unwrap();

        assert_eq!(keys(&people), ["T1", "T/3 ü", "T2"], "{more}");
        assert_eq!(people[0].aliases, words(&["Mali|Windsor"]), "{more}");
        // For each of them one call, since who they are came with the search.
        let asked = world.server.asked();
        let ending = |end: &str| asked.iter().filter(|call| call.line.ends_with(end)).count();
        assert_eq!((ending("/former"), ending("?view=all")), (3, 0), "{more}");
    }
}

#[tokio::test]
async fn people_and_their_other_names_are_each_asked_for_once_where_they_are_apart() {
    let world = saying(vec![
        ("GET /v1/tenants?limit=1", json!({ "tenants": [] })),
        (
            "GET /v1/tenants/T1?view=all",
            json!({ "tenants": [tenants()[0]] }),
        ),
        (
            "GET /v1/tenants/T1/former",
            json!({ "former": [{ "tenant": "T1", "family": "Windsor", "given": "Mali" }] }),
        ),
    ])
    .await;
    let mapping = mapping_with(&world, |text| apart(&text, ""));
    let source = world.connect(&mapping).await.unwrap();
    let before = world.server.asked().len();

    let people = source.people_of(&words(&["T1"])).await.unwrap();

    assert_eq!(people[0].aliases, words(&["Mali|Windsor"]));
    let asked = world.server.asked();
    let lines: Vec<_> = asked[before..].iter().map(|call| &call.line).collect();
    assert_eq!(
        lines,
        ["GET /v1/tenants/T1?view=all", "GET /v1/tenants/T1/former"]
    );
}

#[tokio::test]
async fn the_first_of_several_given_names_is_searched_for_alone_too() {
    let world = saying(vec![
        ("GET /v1/tenants?limit=1", json!({ "tenants": [] })),
        ("POST /v1/tenants/search", json!({ "tenants": [] })),
    ])
    .await;
    let mapping = mapping_with(&world, |text| {
        text.replace("surname = \"{surname}\"", "given = \"{forename}\"")
    });
    let source = world.connect(&mapping).await.unwrap();
    let query = CandidateQuery {
        forenames: words(&["Sarah Louise"]),
        born: vec![date(1990, 3, 2)],
        ..CandidateQuery::default()
    };

    let people = source.candidates(&known(&query)).await.unwrap();

    assert!(people.is_empty());
    let asked = world.server.asked();
    for name in ["Sarah Louise", "Sarah"] {
        let given = format!("\"given\":\"{name}\"");
        let is_sent = asked.iter().any(|call| call.body.contains(&given));
        assert!(is_sent, "{name}");
    }
}

#[tokio::test]
async fn refuses_a_search_that_brings_more_people_than_may_be_asked_about_and_asks_about_none() {
    let world = saying(vec![
        ("GET /v1/tenants?limit=1", json!({ "tenants": [] })),
        ("POST /v1/tenants/search", json!({ "tenants": tenants() })),
    ])
    .await;
    let mapping = mapping_with(&world, |text| apart(&text, ""));
    let limits = Limits {
        candidates: 2,
        ..Limits::default()
    };
    let source = world.limited(&mapping, limits).await.unwrap();
    let query = CandidateQuery {
        forenames: words(&["Mali"]),
        ..by_former_name()
    };

    let error = source.candidates(&known(&query)).await.unwrap_err();

    assert_eq!(error.code(), "too_much");
    assert!(error.to_string().contains("more than 2 people"), "{error}");
    let asked = world.server.asked();
    assert!(!asked.iter().any(|call| call.line.ends_with("/former")));
}

#[tokio::test]
async fn a_next_page_elsewhere_or_for_ever_is_refused() {
    let world = served().await;
    let source = source(&world).await;
    let query = CandidateQuery {
        surnames: words(&["Testwood"]),
        born: vec![date(2018, 5, 9)],
        ..CandidateQuery::default()
    };
    for (mood, told) in [
        (Mood::Elsewhere, "a next page on another server"),
        (Mood::Endless, "more than 20 pages"),
    ] {
        world.turns(mood);
        let error = source.candidates(&known(&query)).await.unwrap_err();

        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_further_page_that_cannot_be_read_is_refused_and_not_taken_for_none() {
    for next in [
        json!({ "href": "/v1/more/1" }),
        json!(["/v1/more/1"]),
        json!(true),
    ] {
        let world = saying(vec![
            ("GET /v1/tenants?limit=1", json!({ "tenants": [] })),
            (
                "GET /v1/tenants/T1?view=all",
                json!({ "tenants": [tenants()[0]], "links": { "next": next } }),
            ),
            (
                "GET /v1/tenants/T1/notes",
                json!({ "notes": [notes()[0]], "c": next }),
            ),
        ])
        .await;
        let cursor = "paging = { cursor = \"$.c\", send = \"after\" }";
        let mapping = mapping_with(&world, |text| {
            text.replace("paging = { page = \"page\" }", cursor)
        });
        let source = world.connect(&mapping).await.unwrap();

        let person = source.people_of(&words(&["T1"])).await.unwrap_err();
        let notes = notes_of(&source, "T1").await.unwrap_err();

        for error in [person, notes] {
            assert!(error.to_string().contains("no one text"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_further_page_that_is_gone_is_refused_and_no_sign_of_nobody() {
    let world = saying(vec![
        ("GET /v1/tenants?limit=1", json!({ "tenants": [] })),
        (
            "GET /v1/tenants/T1?view=all",
            json!({ "tenants": [tenants()[0]], "links": { "next": "/v1/more/1" } }),
        ),
    ])
    .await;
    let source = source(&world).await;

    let error = source.people_of(&words(&["T1"])).await.unwrap_err();

    assert!(error.to_string().contains("http 404"), "{error}");
    assert!(source.people_of(&words(&["T2"])).await.unwrap().is_empty());
}

#[tokio::test]
async fn records_within_a_persons_answer_must_have_their_list_there() {
    let own = "rows = \"$.notes[*]\"";
    let whole = "from = \"tenant\"\nrows = \"$.notices[*]\"";
    let within = "from = \"tenant\"\nrows = \"$.tenants[*]\"\ninner = \"$.notices[*]\"";
    let person = |notices: Option<Value>, inside: bool| {
        let mut answer = json!({ "tenants": [tenants()[0]] });
        let place = if inside {
            &mut answer["tenants"][0]
        } else {
            &mut answer
        };
        if let Some(notices) = notices {
            place["notices"] = notices;
        }
        answer
    };
    for (rows, inside) in [(whole, false), (within, true)] {
        for (notices, expected) in [
            (Some(json!([notes()[0]])), Ok(1)),
            (Some(json!([])), Ok(0)),
            (Some(Value::Null), Err("without the list")),
            (None, Err("without the list")),
            // Whose it is nobody knows: it must not be left out without a word.
            (Some(json!([{ "id": 1 }])), Err("does not say whose it is")),
            (
                Some(json!([{ "id": 1, "tenant": {} }])),
                Err("does not say whose it is"),
            ),
        ] {
            let world = saying(vec![
                ("GET /v1/tenants?limit=1", json!({ "tenants": [] })),
                ("GET /v1/tenants/T1?view=all", person(notices, inside)),
            ])
            .await;
            let mapping = mapping_with(&world, |text| {
                text.replace(
                    "paging = { page = \"page\" }\nperson = { get = \"/tenants/{key}/notes\" }",
                    "",
                )
                .replace(own, rows)
            });
            let source = world.connect(&mapping).await.unwrap();

            match (notes_of(&source, "T1").await, expected) {
                (Ok(notes), Ok(expected)) => assert_eq!(notes.len(), expected),
                (Err(error), Err(told)) => assert!(error.to_string().contains(told), "{error}"),
                (read, expected) => panic!("{read:?}, and not {expected:?}"),
            }
            // Who the person is does not hang on a list that was not asked about.
            assert_eq!(source.people_of(&words(&["T1"])).await.unwrap().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_asked_for_is_refused_and_not_said_to_hold_nothing() {
    let world = served().await;
    let source = source(&world).await;
    let before = world.server.asked().len();

    for key in ["", ".", "..", "T\n1"] {
        let error = notes_of(&source, key).await.unwrap_err();
        assert!(error.to_string().contains("cannot be asked for"), "{error}");
    }
    assert_eq!(world.server.asked().len(), before);
}

#[tokio::test]
async fn a_value_that_no_column_can_carry_makes_the_category_unreadable() {
    let world = served().await;
    let mapping = mapping_with(&world, |text| {
        text.replace("practice = \"$.text\"", "practice = \"$\"")
    });
    let source = world.connect(&mapping).await.unwrap();

    let error = notes_of(&source, "T1").await.unwrap_err();

    assert_eq!(error.code(), "bad_value");
    assert!(!error.to_string().contains("First"));
}

#[tokio::test]
async fn a_source_is_asked_over_tls() {
    let certified = Certified::new();
    let world = Moody::serving(Some(&certified), Mood::Well, answer).await;
    let source = source(&world).await;

    assert!(world.server.origin.starts_with("https://"));
    assert_eq!(notes_of(&source, "T1").await.unwrap(), ["3", "2", "1"]);
}

#[tokio::test]
async fn a_server_with_a_certificate_that_nobody_vouches_for_is_not_asked() {
    let mut world = Moody::serving(Some(&Certified::new()), Mood::Well, answer).await;
    world.tls = Some(Certified::new().client());

    let error = world
        .connect(&mapping_with(&world, |text| text))
        .await
        .unwrap_err();

    assert_eq!(error.code(), "unreachable");
    assert!(world.server.asked().is_empty());
}

#[tokio::test]
async fn a_header_that_is_none_is_refused_without_repeating_it() {
    let world = served().await;
    let mapping = mapping_with(&world, |text| text);
    std::fs::write(world.secret(), "hunter2\n").unwrap();

    let error = world.connect(&mapping).await.unwrap_err();

    assert!(matches!(error, SourceError::Mapping { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    assert!(world.server.asked().is_empty());
}

#[tokio::test]
async fn plans_its_requests_and_sends_none() {
    let world = served().await;
    let source = source(&world).await;
    let before = world.server.asked().len();

    let wanted = [(category(), vec!["practice".to_owned()])];
    let planned = source.plan(&wanted, None).await.unwrap();

    let sent: Vec<_> = planned.iter().flat_map(|one| &one.sent).collect();
    assert_eq!(
        sent,
        [
            r#"POST /tenants/search {"born":"2000-01-01","scope":"all","surname":"surname"}"#,
            "POST /tenants/search nhs=1",
            "GET /tenants/1?view=all",
            "GET /tenants/1?view=all",
            "GET /tenants/1/notes",
        ]
    );
    assert!(planned.iter().all(|one| one.explained.is_none()));
    assert_eq!(world.server.asked().len(), before);
}
