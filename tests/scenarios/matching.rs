//! How people are found, as the agency's own people see it: tested, measured, tuned, and told to
//! nobody else.

use std::fs;
use std::path::Path;
use std::process::Output;

use harness::process::Site;
use harness::{Lab, problem, tale};
use hyper::StatusCode;
use rusqlite::Connection;
use serde_json::{Value, json};
use stile_cli::demo::partnership::{APPROVER, LEAD, OFFICER, member};
use stile_cli::demo::world::Kind;
use stile_exchange::agency::{Learned, MatchQuestion, TaskSubject, Verdict};
use stile_ledger::EntryKind;
use stile_linkage::{Observed, WeightsFile};

use crate::STILE;
use crate::approvals::{decide, tasks};
use crate::identity::{Doubt, all_at_once, question_of_identity};

const LEARNED: &str = "/api/v1/matching/learned";

async fn learned(lab: &Lab, kind: Kind) -> Learned {
    let officer = lab.person(&member(kind).unwrap(), OFFICER);
    officer.taken(LEARNED, &json!({ "reason": "audit" })).await
}

fn question(doubt: &Doubt) -> &MatchQuestion {
    match &doubt.task.subject {
        TaskSubject::Match(question) => question,
        other => panic!("{other:?} is no question of identity"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_sees_both_sides_and_the_hub_only_that_there_is_a_possible_match() {
    let mut lab = all_at_once().await;
    let raw = lab.raw_hub();

    let doubt = question_of_identity(&lab, &raw, true).await;

    let question = question(&doubt);
    let asked = doubt.enquiry.subjects.iter();
    let asked = asked
        .clone()
        .find(|one| one.id == question.subject)
        .unwrap();
    assert_eq!(question.asked.names, asked.names);
    assert_eq!(question.asked.identifiers, asked.identifiers);
    for candidate in &question.candidates {
        let sum: f64 = candidate.waterfall.iter().map(|(_, _, bits)| bits).sum();
        let odds = candidate.probability / (1.0 - candidate.probability);
        assert!(
            (sum - odds.log2()).abs() < 0.01,
            "the waterfall is the whole sum"
        );
        assert!(!candidate.rows.is_empty() && !candidate.settled_by.is_empty());
        assert!(candidate.coincidence >= 1.0);
    }
    let said = serde_json::to_value(&doubt.first.answer).unwrap();
    let mut subjects = said["subjects"].as_array().unwrap().iter();
    let of_subject = subjects
        .find(|one| one["subject"] == json!(question.subject))
        .unwrap();
    assert_eq!(of_subject["status"], "possible");
    let keys: Vec<_> = of_subject.as_object().unwrap().keys().cloned().collect();
    assert!(
        keys.iter()
            .all(|key| ["status", "subject", "weak"].contains(&key.as_str()))
    );
    let text = said.to_string();
    for word in [
        "waterfall",
        "probability",
        "candidate",
        "coincidence",
        "guard",
        "settled",
    ] {
        assert!(!text.contains(word), "`{word}` is told to the hub");
    }
    for row in question
        .candidates
        .iter()
        .flat_map(|candidate| &candidate.rows)
    {
        for held in [&row.address, &row.postcode, &row.phone] {
            assert!(held.reveal().is_empty() || !text.contains(held.reveal()));
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_counted_and_changes_nothing_by_itself() {
    for (verdict, more) in [(Verdict::SamePerson(0), 1), (Verdict::NoMatch, 0)] {
        let mut lab = all_at_once().await;
        let raw = lab.raw_hub();
        let doubt = question_of_identity(&lab, &raw, true).await;
        let desk = lab.person(&member(doubt.kind).unwrap(), APPROVER);
        let before = learned(&lab, doubt.kind).await;

        let decided = decide(&desk, doubt.task.id, verdict).await;

        assert_eq!(decided.status, StatusCode::OK);
        let after = learned(&lab, doubt.kind).await;
        let pairs = |learned: &Learned| learned.by_identifier + learned.by_person;
        assert_eq!(pairs(&after), pairs(&before) + more);
        assert_eq!(after.in_force, before.in_force);
        assert_eq!(after.in_force, Some(WeightsFile::default().digest()));
        let again = raw.enquiry(doubt.kind, &tale(doubt.story));
        raw.ask(doubt.kind, &again).await;
        let mut open = tasks(&desk).await.into_iter();
        let same = open.find_map(|task| match task.subject {
            TaskSubject::Match(question)
                if task.enquiry == again.id && question.subject == doubt.subject =>
            {
                Some(question)
            }
            _ => None,
        });
        let (old, new) = (question(&doubt), same.expect("the question comes again"));
        assert_eq!(old.candidates[0].waterfall, new.candidates[0].waterfall);
        lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_decisions_teach_is_for_officers_and_reading_it_is_recorded() {
    let mut lab = Lab::start(&[Kind::Education], 60).await;
    let agency = member(Kind::Education).unwrap();

    let lead = lab
        .person(&agency, LEAD)
        .post(LEARNED, &json!({ "reason": "audit" }))
        .await;
    let untold = lab
        .person(&agency, OFFICER)
        .post(LEARNED, &json!({ "reason": "curious" }))
        .await;
    let reviewer = lab
        .person(&agency, APPROVER)
        .post(LEARNED, &json!({ "reason": "audit" }))
        .await;

    assert_eq!(lead.unwrap().status, StatusCode::OK);
    assert_eq!(problem(&untold.unwrap()).code(), "unknown_reason");
    assert_eq!(problem(&reviewer.unwrap()).code(), "role_missing");
    let entries = lab.entries(&agency);
    let readings = harness::ledger::count(&entries, EntryKind::AccessToLog);
    assert_eq!(readings, 1, "only the answered reading is on record");
    lab.stop().await;
}

/// Runs `stile source …` against the schools' configuration.
fn source(site: &Site, config: &Path, arguments: &[&str]) -> Output {
    let mut all = vec!["source"];
    all.extend(&arguments[..1]);
    all.extend(["--config", config.to_str().unwrap()]);
    all.extend(&arguments[1..]);
    site.run(&all)
}

fn printed(output: &Output) -> String {
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problems}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Pupils as a labelled sample: those who may be shown, and as many who are not held.
fn sample(people: &Path) -> String {
    let database = Connection::open(people).unwrap();
    let mut pupils = database
        .prepare(
            "select pupil_id, upn, legal_forename, legal_surname, \
             substr(dob, 7, 4) || '-' || substr(dob, 4, 2) || '-' || substr(dob, 1, 2), \
             home_postcode from sims_pupil where coalesce(confidential_flag, '') not in ('1', 'Y', 'T') \
             and length(dob) = 10 and legal_forename <> '' order by pupil_id limit 30",
        )
        .unwrap();
    let mut text = "forenames,surname,born,postcode,upn,record\n".to_owned();
    let mut rows = pupils.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let cell = |at| {
            let value: rusqlite::types::Value = row.get(at).unwrap();
            match value {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => format!("\"{text}\""),
                _ => String::new(),
            }
        };
        let cells: Vec<String> = [2, 3, 4, 5, 1, 0].into_iter().map(cell).collect();
        text = format!("{text}{}\n", cells.join(","));
    }
    for n in 0..30 {
        text = format!("{text}Zephyrine,Quillfeather{n},1931-02-1{},,,\n", n % 9);
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn people_can_be_looked_for_and_matching_be_measured_without_a_gateway() {
    let site = Site::set_up(STILE, &[Kind::Education], 300).await;
    let schools = member(Kind::Education).unwrap();
    let config = site.config(schools.as_str());
    let own = site.member_dir(schools.as_str());
    let asked = own.join("subject.json");
    let child = tale("red").subjects.into_iter().next().unwrap();
    fs::write(&asked, serde_json::to_string(&child).unwrap()).unwrap();

    let text = printed(&source(&site, &config, &["match", asked.to_str().unwrap()]));
    let json = source(
        &site,
        &config,
        &["match", asked.to_str().unwrap(), "--json"],
    );

    assert!(text.contains("rows fetched: sims"), "{text}");
    let shown: Value = serde_json::from_str(&printed(&json)).unwrap();
    let best = &shown["question"]["candidates"][0];
    assert!(text.contains("candidate 0: probability"), "{text}");
    assert!(best["probability"].as_f64().unwrap() > 0.0);
    let surname = child.names[0].surname.reveal();
    assert!(text.contains(surname.as_str()));

    let file = own.join("sample.csv");
    fs::write(&file, sample(&own.join("people.db"))).unwrap();
    let (file, plot) = (file.to_str().unwrap(), own.join("calibration.svg"));
    let arguments = [
        "match-report",
        "--sample",
        file,
        "--plot",
        plot.to_str().unwrap(),
    ];
    let text = printed(&source(&site, &config, &arguments));
    let json = printed(&source(
        &site,
        &config,
        &["match-report", "--sample", file, "--json"],
    ));

    assert!(text.starts_with("60 people, 30 of them held"), "{text}");
    assert!(text.contains("NOT SHOWN: that 99.90 %"), "{text}");
    assert!(!text.contains("Zephyrine"));
    let report: Value = serde_json::from_str(&json).unwrap();
    let tally = &report["tally"];
    assert_eq!(tally["confident"]["all"], tally["confident"]["right"]);
    assert_eq!(
        (&tally["none"]["right"], &report["missed"]),
        (&json!(30), &json!(0))
    );
    assert_eq!(report["large_enough"], false);
    assert!(fs::read_to_string(&plot).unwrap().contains("<circle"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_samples_and_people_that_cannot_be_read() {
    let site = Site::set_up(STILE, &[Kind::Education], 50).await;
    let schools = member(Kind::Education).unwrap();
    let config = site.config(schools.as_str());
    let own = site.member_dir(schools.as_str());
    let file = own.join("bad");
    fs::write(&file, "surname\nQuillfeather\n").unwrap();
    let file = file.to_str().unwrap();

    for arguments in [
        ["match-report", "--sample", file].as_slice(),
        &["match", file],
    ] {
        let output = source(&site, &config, arguments);

        let problem = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            problem.contains("bad:") && !problem.contains("Quillfeather"),
            "{problem}"
        );
    }
}

/// Rates learned from pairs among which many forenames differ.
fn learned_file() -> WeightsFile {
    let mut observed = Observed::default();
    let levels = observed.seen.entry("forename".to_owned()).or_default();
    levels.insert("identical".to_owned(), 900);
    levels.insert("different".to_owned(), 100);
    WeightsFile::default().next(&observed)
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_take_effect_only_by_their_digest_and_are_recorded() {
    let mut site = Site::set_up(STILE, &[Kind::Education], 50).await;
    let schools = member(Kind::Education).unwrap();
    let file = learned_file();
    let own = site.member_dir(schools.as_str());
    fs::write(own.join("weights.toml"), file.to_text()).unwrap();
    let named =
        |digest: &str| format!("\n[matching]\nweights = \"weights.toml\"\ndigest = \"{digest}\"\n");
    let usual = fs::read_to_string(site.config(schools.as_str())).unwrap();
    // Tables stand after the keys of the file, and people after the tables.
    let with =
        |digest: &str| usual.replacen("\n[[person]]", &format!("{}\n[[person]]", named(digest)), 1);
    let config = site.config(schools.as_str());

    fs::write(&config, with(&WeightsFile::default().digest().to_string())).unwrap();
    let refused = site.refuses_to_start(schools.as_str());
    let changed = file
        .to_text()
        .replace("\"identical\" = 0.8", "\"identical\" = 0.7");
    fs::write(own.join("weights.toml"), changed).unwrap();
    let broken = site.refuses_to_start(schools.as_str());
    fs::write(own.join("weights.toml"), file.to_text()).unwrap();
    fs::write(&config, with(&file.digest().to_string())).unwrap();
    site.start(schools.as_str());
    let officer = site
        .member_dir(schools.as_str())
        .join("people")
        .join(OFFICER);
    let desk = stile_cli::people::Desk::open(&officer.join("person.toml")).unwrap();
    let learned: Learned = desk
        .post(LEARNED, &json!({ "reason": "audit" }))
        .await
        .unwrap();
    site.stop(schools.as_str());

    assert!(refused.contains("`matching.digest`"), "{refused}");
    assert!(broken.contains("sum to"), "{broken}");
    assert_eq!(learned.in_force, Some(file.digest()));
    let leaves = site.leaves(schools.as_str());
    let texts: Vec<_> = leaves
        .iter()
        .map(|leaf| String::from_utf8_lossy(leaf))
        .collect();
    let recorded = texts
        .iter()
        .filter(|text| text.contains("\"matching_change\""));
    let recorded: Vec<_> = recorded.collect();
    assert_eq!(recorded.len(), 1);
    assert!(recorded[0].contains(&file.digest().to_string()));
}
