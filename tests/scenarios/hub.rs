//! The hub's side when agencies are down, slow, unwilling or lying; and who may use it.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use harness::ledger::count;
use harness::papers::{self, identity};
use harness::{
    Caller, Door, Fake, Forger, Lab, Matter, PATIENCE, Question, Reaction, problem, tale,
};
use hyper::StatusCode;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{HUB, RESEARCHER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::clock::Clock;
use stile_exchange::hub::{AgencyProgress, State};
use stile_exchange::wire::Envelope;
use stile_ledger::{EntryKind, LedgerKey};
use stile_model::digest::Digest;
use stile_model::id::{CaseId, MemberId};
use stile_model::problem::Problem;
use stile_model::returns::Finding;
use stile_product::Product;
use stile_trust::identity::Role;
use stile_trust::signing::SigningKey;

const PEOPLE: usize = 50;
const POLICE: (Kind, &[&str]) = (
    Kind::Police,
    &["police.conviction", "police.domestic_incident"],
);
const HEALTH: (Kind, &[&str]) = (Kind::Health, &["health.registration"]);

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn researcher(lab: &Lab) -> Caller {
    lab.person(&hub(), RESEARCHER)
}

/// A lab whose hub gives up on an agency soon and tries again soon.
async fn hasty(kinds: &[Kind], edit: impl FnOnce(&Path)) -> Lab {
    let today = Clock::system().now().date();
    let world = World::generate_on(SEED, PEOPLE, today);
    Lab::start_with(&world, kinds, |dir| {
        let file = dir.join(HUB).join("hub.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let usual = "retry_first_ms = 500";
        assert!(text.contains(usual));
        let soon = "retry_first_ms = 200\nretry_longest_s = 1\nagency_deadline_ms = 1500";
        std::fs::write(&file, text.replace(usual, soon)).unwrap();
        edit(dir);
    })
    .await
}

fn line<'a>(lines: &'a [AgencyProgress], agency: &MemberId) -> &'a AgencyProgress {
    lines.iter().find(|line| line.agency == *agency).unwrap()
}

fn is_unreachable(line: &AgencyProgress, wanted: &[&str]) -> bool {
    matches!(&line.state, State::Unreachable { code, .. } if wanted.contains(&code.as_str()))
}

fn has_answered(line: &AgencyProgress) -> bool {
    matches!(line.state, State::Answered | State::InPart)
}

fn names_a_gap(product: &Product, agency: &MemberId, code: &str) -> bool {
    let gaps = product.gaps.iter().filter(|gap| gap.agency == *agency);
    gaps.into_iter().any(|gap| gap.why.code == code)
}

fn says_nothing_of(product: &Product, agency: &MemberId) -> bool {
    product
        .chronology
        .iter()
        .all(|event| event.agency != *agency)
}

#[tokio::test(flavor = "multi_thread")]
async fn names_the_gap_of_an_agency_that_is_down_and_fills_it_once_it_is_back() {
    let mut lab = hasty(&[Kind::Health, Kind::Police], |_| {}).await;
    let desk = researcher(&lab);
    lab.stop_one(&police()).await;
    let matter = Matter::of(&tale("red"), "MASH-2026-10001");

    matter.raise(&desk, &[POLICE, HEALTH]).await;
    let health = member(Kind::Health).unwrap();
    matter
        .until(&desk, |lines| {
            has_answered(line(lines, &health))
                && is_unreachable(line(lines, &police()), &["unreachable", "broken_off"])
        })
        .await;
    let partial = matter.product(&desk).await;
    let code = match &line(&matter.progress(&desk).await, &police()).state {
        State::Unreachable { code, .. } => code.clone(),
        other => panic!("{other:?}"),
    };
    assert!(
        names_a_gap(&partial, &police(), &code),
        "{:?}",
        partial.gaps
    );
    assert!(says_nothing_of(&partial, &police()));
    assert!(!names_a_gap(&partial, &health, &code));

    lab.start_one(&police()).await;
    matter
        .until(&desk, |lines| has_answered(line(lines, &police())))
        .await;
    let whole = matter.product(&desk).await;
    assert!(
        !whole
            .gaps
            .iter()
            .any(|gap| gap.agency == police() && gap.why.code == code)
    );
    assert!(!says_nothing_of(&whole, &police()));
    assert_eq!(count(&lab.entries(&police()), EntryKind::Permit), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_no_other_agency_up_for_one_that_never_answers() {
    let mut lab = hasty(&[Kind::Health, Kind::Police], |_| {}).await;
    let desk = researcher(&lab);
    lab.stop_one(&police()).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&asked);
    let fake = Fake::start(lab.dir(), Kind::Police, &lab.time.clock(), move |_| {
        seen.fetch_add(1, Ordering::SeqCst);
        Reaction::Silence
    })
    .await;
    let matter = Matter::of(&tale("red"), "MASH-2026-10002");
    let health = member(Kind::Health).unwrap();

    matter.raise(&desk, &[POLICE, HEALTH]).await;
    let lines = matter
        .until(&desk, |lines| has_answered(line(lines, &health)))
        .await;
    assert_eq!(
        line(&lines, &police()).state,
        State::Waiting,
        "still within its deadline"
    );
    matter
        .until(&desk, |lines| {
            is_unreachable(line(lines, &police()), &["deadline"])
        })
        .await;
    assert!(names_a_gap(
        &matter.product(&desk).await,
        &police(),
        "deadline"
    ));
    let started = Instant::now();
    while asked.load(Ordering::SeqCst) < 2 {
        assert!(started.elapsed() < PATIENCE, "it was not asked again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    fake.stop().await;
    lab.start_one(&police()).await;
    matter
        .until(&desk, |lines| has_answered(line(lines, &police())))
        .await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_an_agency_that_refuses_and_keeps_the_refusal_in_both_ledgers() {
    let mut lab = hasty(&[Kind::Health, Kind::Police], |dir| {
        papers::change_directory(dir, |text| {
            let at = text.find("agency = \"riverside-police\"").unwrap();
            let (before, rest) = text[at..].split_once("\npurposes = [").unwrap();
            let (_, after) = rest.split_once(']').unwrap();
            format!(
                "{}{before}\npurposes = [\"early_help\"]{after}",
                &text[..at]
            )
        });
    })
    .await;
    let desk = researcher(&lab);
    let matter = Matter::of(&tale("red"), "MASH-2026-10003");

    matter.raise(&desk, &[POLICE, HEALTH]).await;
    let lines = matter
        .until(&desk, |lines| {
            lines.iter().all(|line| line.state != State::Waiting)
        })
        .await;

    assert!(has_answered(line(&lines, &member(Kind::Health).unwrap())));
    let State::Refused { code, .. } = &line(&lines, &police()).state else {
        panic!("{lines:?}");
    };
    assert_eq!(code, "purpose_not_open");
    let product = matter.product(&desk).await;
    assert!(
        names_a_gap(&product, &police(), "purpose_not_open"),
        "{:?}",
        product.gaps
    );
    assert_eq!(count(&lab.entries(&police()), EntryKind::Refusal), 1);
    assert_eq!(count(&lab.entries(&hub()), EntryKind::Refusal), 1);
    lab.stop().await;
}

/// What a real answer of the police says, to be told by somebody who has no right to.
async fn findings(lab: &Lab) -> Vec<Finding> {
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    let findings = raw.ask(Kind::Police, &enquiry).await.answer.findings;
    assert!(findings.iter().any(|finding| !finding.items.is_empty()));
    findings
}

type Lie = fn(&mut Forger, &Question, &[Finding]) -> Vec<u8>;

fn body(envelope: &Envelope) -> Vec<u8> {
    envelope.to_padded_json()
}

/// Each way of lying, and the code under which the hub disbelieves it.
const LIES: &[(&str, Lie)] = &[
    ("answer_malformed", |_, _, _| b"{\"return\":1}".to_vec()),
    ("answer_malformed", |_, _, _| Vec::new()),
    ("answer_unsigned", |forger, question, findings| {
        forger.signing = SigningKey::generate().unwrap();
        body(&forger.honest(question, findings))
    }),
    ("answer_unsigned", |forger, question, findings| {
        let mut envelope = forger.honest(question, findings);
        envelope.answer = envelope.answer.replacen('.', ".e30", 1);
        body(&envelope)
    }),
    ("answer_mismatch", |forger, question, findings| {
        let mut answer = forger.answer(question, findings);
        answer.enquiry_digest = Digest::of(b"another question");
        body(&forger.envelope(&answer, &forger.permit(&answer)))
    }),
    ("answer_mismatch", |forger, question, findings| {
        let mut answer = forger.answer(question, findings);
        answer.case = CaseId::new("MASH-2026-99999").unwrap();
        body(&forger.envelope(&answer, &forger.permit(&answer)))
    }),
    ("answer_mismatch", |forger, question, findings| {
        let mut answer = forger.answer(question, findings);
        answer.n = 2;
        body(&forger.envelope(&answer, &forger.permit(&answer)))
    }),
    ("answer_mismatch", |forger, question, findings| {
        let mut answer = forger.answer(question, findings);
        answer.from = MemberId::new("riverside-health").unwrap();
        body(&forger.envelope(&answer, &forger.permit(&answer)))
    }),
    ("answer_unrecorded", |forger, question, findings| {
        let answer = forger.answer(question, findings);
        let mut entry = forger.permit(&answer);
        entry.digest = Some(Digest::of(b"another return"));
        body(&forger.envelope(&answer, &entry))
    }),
    ("answer_unrecorded", |forger, question, findings| {
        let answer = forger.answer(question, findings);
        let mut entry = forger.permit(&answer);
        entry.kind = EntryKind::Refusal;
        body(&forger.envelope(&answer, &entry))
    }),
    ("answer_unrecorded", |forger, question, findings| {
        forger.ledger = LedgerKey::from_seed(&[3; 32]).unwrap();
        body(&forger.honest(question, findings))
    }),
    ("answer_unrecorded", |forger, question, findings| {
        let mut envelope = forger.honest(question, findings);
        let other = forger.honest(question, &[]);
        envelope.receipt = other.receipt;
        body(&envelope)
    }),
    ("answer_unrecorded", |forger, question, findings| {
        let mut envelope = forger.honest(question, findings);
        let other = forger.honest(question, &[]);
        envelope.leaf = other.leaf;
        envelope.receipt = other.receipt;
        body(&envelope)
    }),
];

#[tokio::test(flavor = "multi_thread")]
async fn believes_an_honest_answer_and_no_forged_one() {
    let mut lab = hasty(&[Kind::Police], |_| {}).await;
    let desk = researcher(&lab);
    let told = findings(&lab).await;
    lab.stop_one(&police()).await;
    let forger = |lab: &Lab| Forger::of(lab.dir(), Kind::Police, lab.time.clock());

    for (number, (expected, lie)) in LIES.iter().enumerate() {
        let (told, lie) = (told.clone(), *lie);
        let dir = lab.dir().to_owned();
        let clock = lab.time.clock();
        let fake = Fake::start(
            lab.dir(),
            Kind::Police,
            &lab.time.clock(),
            move |question| {
                let mut forger = Forger::of(&dir, Kind::Police, clock.clone());
                Reaction::Body(lie(&mut forger, question, &told))
            },
        )
        .await;
        let matter = Matter::of(&tale("red"), &format!("MASH-2026-{}", 11_000 + number));
        let failed = count(&lab.entries(&hub()), EntryKind::Failed);

        matter.raise(&desk, &[POLICE]).await;
        let state = matter.settled(&desk).await;

        let State::Refused { code, .. } = &state else {
            panic!("lie {number}, {expected}: {state:?}");
        };
        assert_eq!(code, expected, "lie {number}");
        let product = matter.product(&desk).await;
        assert!(says_nothing_of(&product, &police()), "lie {number}");
        assert!(names_a_gap(&product, &police(), expected), "lie {number}");
        assert_eq!(
            count(&lab.entries(&hub()), EntryKind::Failed),
            failed + 1,
            "lie {number}"
        );
        fake.stop().await;
    }

    // The same forger believed shows that it was the lie that was not.
    let honest = forger(&lab);
    let fake = Fake::start(
        lab.dir(),
        Kind::Police,
        &lab.time.clock(),
        move |question| Reaction::Body(body(&honest.honest(question, &told))),
    )
    .await;
    let matter = Matter::of(&tale("red"), "MASH-2026-12000");
    matter.raise(&desk, &[POLICE]).await;
    assert_eq!(matter.settled(&desk).await, State::Answered);
    assert!(!says_nothing_of(&matter.product(&desk).await, &police()));

    // A second ledger of one entry is not the first one grown.
    let matter = Matter::of(&tale("red"), "MASH-2026-12001");
    matter.raise(&desk, &[POLICE]).await;
    let State::Refused { code, .. } = matter.settled(&desk).await else {
        panic!("a ledger that forgets was believed");
    };
    assert_eq!(code, "ledger_inconsistent");
    assert!(says_nothing_of(&matter.product(&desk).await, &police()));
    fake.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_a_proof_a_hub_that_claims_to_have_seen_more_than_there_is() {
    let mut lab = hasty(&[Kind::Police], |_| {}).await;
    let raw = lab.raw_hub();
    let jws = raw.sign(&raw.enquiry(Kind::Police, &tale("red")));
    let caller = lab.caller(&lab.files_in(&lab.dir().join(HUB)), &police(), Door::Peers);
    let headers = [("stile-confirmed-size", "999999".to_owned())];

    let reply = caller
        .call_with(
            hyper::Method::POST,
            "/v1/enquiries",
            &headers,
            jws.into_bytes(),
        )
        .await
        .unwrap();

    assert_eq!(reply.status, StatusCode::OK);
    let envelope: Envelope = serde_json::from_slice(&reply.body).unwrap();
    assert!(
        envelope.consistency.is_empty(),
        "so the hub sees that the ledger was rolled back"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_up_unfinished_enquiries_after_a_restart() {
    let mut lab = hasty(&[Kind::Health, Kind::Police], |_| {}).await;
    lab.stop_one(&police()).await;
    let matter = Matter::of(&tale("red"), "MASH-2026-10004");
    let desk = researcher(&lab);
    matter.raise(&desk, &[POLICE, HEALTH]).await;
    let health = member(Kind::Health).unwrap();
    matter
        .until(&desk, |lines| {
            has_answered(line(lines, &health)) && line(lines, &police()).state != State::Waiting
        })
        .await;

    lab.stop_one(&hub()).await;
    lab.start_one(&police()).await;
    lab.start_one(&hub()).await;

    let desk = researcher(&lab);
    let lines = matter
        .until(&desk, |lines| lines.iter().all(has_answered))
        .await;
    assert_eq!(lines.len(), 2);
    assert_eq!(
        count(&lab.entries(&hub()), EntryKind::EnquirySent),
        2,
        "asked once each"
    );
    assert_eq!(count(&lab.entries(&police()), EntryKind::Permit), 1);
    assert_eq!(count(&lab.entries(&health), EntryKind::Permit), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_cases_apart_that_are_asked_at_once() {
    let mut lab = hasty(&[Kind::Health, Kind::Police], |_| {}).await;
    let desk = researcher(&lab);
    let stories = ["red", "sealed", "unknown", "red", "marac", "unknown"];
    let matters: Vec<_> = stories
        .iter()
        .zip(13_000..)
        .map(|(story, number)| Matter::of(&tale(story), &format!("MASH-2026-{number}")))
        .collect();

    for matter in &matters {
        matter.raise(&desk, &[POLICE]).await;
    }
    for matter in &matters {
        let state = matter.settled(&desk).await;
        assert!(
            matches!(state, State::Answered | State::InPart),
            "{state:?}"
        );
    }

    let mut products = Vec::new();
    for matter in &matters {
        let product = matter.product(&desk).await;
        assert_eq!(product.case, matter.case);
        products.push(product);
    }
    for (story, product) in stories.iter().zip(&products) {
        let empty = says_nothing_of(product, &police());
        assert_eq!(empty, ["sealed", "unknown"].contains(story), "{story}");
    }
    assert_eq!(
        products[0].chronology, products[3].chronology,
        "the same question twice"
    );
    assert_eq!(
        count(&lab.entries(&police()), EntryKind::Permit),
        matters.len()
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn serves_researchers_and_refuses_everybody_else() {
    let now = Clock::system().now();
    let mut lab = hasty(&[Kind::Police], |dir| {
        let file = dir.join(HUB).join("hub.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let more = "\n[[person]]\nuser = \"c.admin\"\nroles = [\"it_admin\"]\n\
                    \n[[person]]\nuser = \"d.maker\"\nroles = [\"decision_maker\"]\n";
        std::fs::write(&file, format!("{text}{more}")).unwrap();
        for user in ["c.admin", "d.maker"] {
            papers::issue(dir, user, &identity(Role::Person, HUB, Some(user)), 90, now);
        }
    })
    .await;
    let colleague = |user: &str| {
        let files = lab.files_in(&lab.dir().join("papers").join(user));
        lab.caller(&files, &hub(), Door::People)
    };
    let (desk, admin, maker) = (researcher(&lab), colleague("c.admin"), colleague("d.maker"));
    let matter = Matter::of(&tale("red"), "MASH-2026-10005");
    matter.raise(&desk, &[POLICE]).await;
    matter.settled(&desk).await;

    for other in [&admin, &maker] {
        let opened = Matter::of(&tale("red"), "MASH-2026-10006")
            .open(other)
            .await;
        assert_eq!(
            (problem(&opened).code(), opened.status.as_u16()),
            ("role_missing", 403)
        );
        let asked = matter.ask(other, &[POLICE]).await;
        assert_eq!(problem(&asked).code(), "role_missing");
    }
    for part in ["", "/progress", "/product"] {
        let path = format!("/api/v1/cases/{}{part}", matter.case);
        assert_eq!(
            maker.get(&path).await.unwrap().status,
            StatusCode::OK,
            "{path}"
        );
        let refused = admin.get(&path).await.unwrap();
        assert_eq!(problem(&refused).code(), "role_missing", "{path}");
        let none = desk
            .get(&format!("/api/v1/cases/MASH-2026-77777{part}"))
            .await
            .unwrap();
        assert_eq!(
            (problem(&none).code(), none.status.as_u16()),
            ("unknown_case", 404)
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_cases_and_enquiries_that_do_not_fit_before_anything_is_sent() {
    let mut lab = hasty(&[Kind::Police], |_| {}).await;
    let desk = researcher(&lab);
    let matter = Matter::of(&tale("red"), "MASH-2026-10007");
    assert_eq!(matter.open(&desk).await.status, StatusCode::CREATED);
    let agency = lab.verified_entries(police().as_str());

    let again = matter.open(&desk).await;
    assert_eq!(
        (problem(&again).code(), again.status.as_u16()),
        ("case_exists", 409)
    );
    let (one, other) = {
        let twice = Matter::of(&tale("red"), "MASH-2026-10008");
        tokio::join!(twice.open(&desk), twice.open(&desk))
    };
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "two researchers at once");

    let unknown = Matter::of(&tale("red"), "MASH-2026-10009")
        .ask(&desk, &[POLICE])
        .await;
    assert_eq!(
        (problem(&unknown).code(), unknown.status.as_u16()),
        ("unknown_case", 404)
    );
    for (asks, code) in [
        (&[][..], "out_of_bounds"),
        (&[POLICE, POLICE][..], "out_of_bounds"),
        (&[HEALTH][..], "unknown_agency"),
        (
            &[(Kind::Police, &["health.registration"][..])][..],
            "unknown_category",
        ),
        (
            &[(Kind::Police, &["police.horoscope"][..])][..],
            "unknown_category",
        ),
    ] {
        let reply = matter.ask(&desk, asks).await;
        assert_eq!((problem(&reply).code(), reply.status.as_u16()), (code, 422));
    }
    let mut early = Matter::of(&tale("early_help"), "MASH-2026-10010");
    early.opening.consent.state = stile_model::code::ConsentState::NotSought;
    assert_eq!(early.open(&desk).await.status, StatusCode::CREATED);
    let reply = early.ask(&desk, &[POLICE]).await;
    assert_eq!(problem(&reply).code(), "consent_refused");

    assert_eq!(count(&lab.entries(&hub()), EntryKind::EnquirySent), 0);
    assert_eq!(lab.verified_entries(police().as_str()), agency);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_no_question_again_and_again_for_an_agency_whose_clock_is_ahead() {
    let mut lab = hasty(&[Kind::Police], |_| {}).await;
    let matter = Matter::of(&tale("red"), "MASH-2026-10044");

    let (fake, _) = asks_again_though_refused(&mut lab, &matter, "stale").await;

    assert_eq!(
        count(&lab.entries(&hub()), EntryKind::EnquirySent),
        1,
        "what was just signed is signed again"
    );
    fake.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_an_agency_whose_clock_is_behind_the_same_until_it_takes_the_question() {
    let mut lab = hasty(&[Kind::Police], |_| {}).await;
    let desk = researcher(&lab);
    let matter = Matter::of(&tale("red"), "MASH-2026-10045");

    let (fake, asked) = asks_again_though_refused(&mut lab, &matter, "from_the_future").await;
    fake.stop().await;
    lab.start_one(&police()).await;
    matter
        .until(&desk, |lines| has_answered(line(lines, &police())))
        .await;

    let asked = asked.lock().unwrap().clone();
    assert!(asked.iter().all(|bytes| *bytes == asked[0]));
    let entries = lab.entries(&hub());
    assert_eq!(count(&entries, EntryKind::EnquirySent), 1);
    assert_eq!(count(&entries, EntryKind::Refusal), 0);
    lab.stop().await;
}

/// What an agency was sent, each time it was asked.
type Asked = Arc<Mutex<Vec<Bytes>>>;

/// Serves in place of the police and refuses every enquiry with this code.
async fn refusing(lab: &Lab, code: &'static str) -> (Fake, Asked) {
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    let refuse = move |body: Bytes| {
        seen.lock().unwrap().push(body);
        let problem = Problem::new(code, 403, "the clocks differ");
        let kind = [("content-type", "application/problem+json")];
        async move {
            (
                StatusCode::FORBIDDEN,
                kind,
                serde_json::to_vec(&problem).unwrap(),
            )
        }
    };
    let routes = Router::new().route("/v1/enquiries", post(refuse));
    let fake = Fake::serving(lab.dir(), Kind::Police, &lab.time.clock(), routes).await;
    (fake, asked)
}

/// Asks the police, in whose place somebody refuses with this code, until they were asked three times.
async fn asks_again_though_refused(
    lab: &mut Lab,
    matter: &Matter,
    code: &'static str,
) -> (Fake, Asked) {
    lab.stop_one(&police()).await;
    let (fake, asked) = refusing(lab, code).await;
    let desk = researcher(lab);
    matter.raise(&desk, &[POLICE]).await;
    matter
        .until(&desk, |lines| {
            is_unreachable(line(lines, &police()), &[code])
        })
        .await;
    let begun = Instant::now();
    while asked.lock().unwrap().len() < 3 {
        assert!(begun.elapsed() < PATIENCE, "it asks no more");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (fake, asked)
}
