//! Every reason for which an agency does not look into a question, over real connections: the code,
//! the status, the entry in its ledger, and that nothing left.

use harness::ledger::count;
use harness::papers::{self, SECOND_HUB};
use harness::{Lab, RawHub, problem, tale};
use hyper::Method;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::member;
use stile_cli::demo::world::{Kind, Story, World};
use stile_exchange::client::Reply;
use stile_exchange::clock::Clock;
use stile_ledger::EntryKind;
use stile_model::code::{CategoryStatus, ConsentState};
use stile_model::enquiry::{Enquiry, Officer};
use stile_model::id::{CategoryId, Code, MemberId, PartnershipId};
use stile_model::subject::Subject;

const PEOPLE: usize = 50;
const DAY_S: i64 = 86_400;

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn code(word: &str) -> Code {
    Code::new(word).unwrap()
}

async fn lab(edit: impl FnOnce(&std::path::Path)) -> Lab {
    let today = Clock::system().now().date();
    let world = World::generate_on(SEED, PEOPLE, today);
    Lab::start_with(&world, &[Kind::Police], edit).await
}

/// Replaces text in a file of the partnership's folder; the text must be there.
fn replace(file: &std::path::Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{}: no `{from}`", file.display());
    std::fs::write(file, text.replace(from, to)).unwrap();
}

/// Everything personal that a question of this story says.
fn personal(subjects: &[Subject]) -> Vec<String> {
    let mut words = Vec::new();
    for subject in subjects {
        for name in &subject.names {
            words.push(name.forenames.reveal().clone());
            words.push(name.surname.reveal().clone());
        }
        words.extend(
            subject
                .addresses
                .iter()
                .map(|one| one.line.reveal().clone()),
        );
        words.extend(
            subject
                .addresses
                .iter()
                .map(|one| one.postcode.reveal().clone()),
        );
        words.extend(subject.phones.iter().map(|one| one.reveal().clone()));
        words.extend(
            subject
                .identifiers
                .iter()
                .map(|one| one.value.reveal().clone()),
        );
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What an agency's ledger gained.
struct Gained {
    refusals: usize,
    permits: usize,
}

/// Runs one call between two looks at a ledger that must verify both times.
async fn gained(lab: &Lab, call: impl Future<Output = Reply>) -> (Reply, Gained) {
    let before = lab.entries(&police());
    let reply = call.await;
    let after = lab.entries(&police());
    let new = |kind| count(&after, kind) - count(&before, kind);
    let gained = Gained {
        refusals: new(EntryKind::Refusal),
        permits: new(EntryKind::Permit),
    };
    (reply, gained)
}

/// Sends these bytes, which must be refused exactly so.
async fn refused(lab: &Lab, raw: &RawHub, body: Vec<u8>, expected: (&str, u16)) {
    let call = async { raw.post(Kind::Police, body).await.unwrap() };
    let (reply, gained) = gained(lab, call).await;
    let (code, status) = expected;
    let found = problem(&reply);
    assert_eq!((found.code(), reply.status.as_u16()), (code, status));
    assert_eq!(
        found.status, status,
        "{code}: the body says the same status"
    );
    assert_eq!(gained.permits, 0, "{code}: nothing left");
    assert_eq!(gained.refusals, 1, "{code}: one refusal in the ledger");
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    for word in personal(&tale("red").subjects) {
        assert!(
            !text.contains(&word),
            "{code}: personal data in the problem"
        );
    }
    let entries = lab.entries(&police());
    let reason = entries.last().unwrap().entry.reason.as_ref();
    assert_eq!(reason.map(Code::as_str), Some(code));
}

async fn refused_when(
    lab: &Lab,
    raw: &RawHub,
    expected: (&str, u16),
    change: impl FnOnce(&mut Enquiry),
) {
    let mut enquiry = raw.enquiry(Kind::Police, &tale("red"));
    change(&mut enquiry);
    refused(lab, raw, raw.sign(&enquiry).into_bytes(), expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_forged_malformed_and_misaddressed_enquiries() {
    let mut lab = lab(|_| {}).await;
    let mut raw = lab.raw_hub();
    let signed = |raw: &RawHub| raw.sign(&raw.enquiry(Kind::Police, &tale("red")));

    let mut forged = signed(&raw).into_bytes();
    let last = forged.last_mut().unwrap();
    *last = if *last == b'A' { b'B' } else { b'A' };
    refused(&lab, &raw, forged, ("signature_invalid", 403)).await;
    refused(
        &lab,
        &raw,
        b"not a document".to_vec(),
        ("signature_invalid", 403),
    )
    .await;

    let real = std::mem::replace(
        &mut raw.signing,
        stile_trust::signing::SigningKey::generate().unwrap(),
    );
    let strange = signed(&raw).into_bytes();
    refused(&lab, &raw, strange, ("signature_invalid", 403)).await;
    raw.signing = real;

    let mut unknown = serde_json::to_value(raw.enquiry(Kind::Police, &tale("red"))).unwrap();
    unknown["all_records"] = true.into();
    for payload in [
        unknown.to_string(),
        "{}".to_owned(),
        "[1,".to_owned(),
        String::new(),
    ] {
        let typ = stile_model::enquiry::ENQUIRY_TYP;
        let jws = stile_trust::jws::sign(&raw.signing, typ, payload.as_bytes()).unwrap();
        refused(&lab, &raw, jws.into_bytes(), ("malformed", 400)).await;
    }

    refused_when(&lab, &raw, ("version_unknown", 400), |enquiry| {
        enquiry.v = 2
    })
    .await;
    refused_when(&lab, &raw, ("other_partnership", 403), |enquiry| {
        enquiry.partnership = PartnershipId::new("elsewhere").unwrap();
    })
    .await;
    refused_when(&lab, &raw, ("misaddressed", 403), |enquiry| {
        enquiry.to = member(Kind::Health).unwrap();
    })
    .await;
    refused_when(&lab, &raw, ("not_from_sender", 403), |enquiry| {
        enquiry.from = MemberId::new(SECOND_HUB).unwrap();
    })
    .await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_an_enquiry_that_is_too_long_before_reading_it() {
    let mut lab = lab(|_| {}).await;
    let raw = lab.raw_hub();
    for length in [129 * 1_024, 2 * 1_024 * 1_024] {
        let call = async { raw.post(Kind::Police, vec![b'x'; length]).await.unwrap() };
        let (reply, gained) = gained(&lab, call).await;

        assert_eq!(reply.status.as_u16(), 413);
        assert_eq!(problem(&reply).code(), "enquiry_too_large");
        assert_eq!(gained.permits, 0);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_stale_future_and_expired_enquiries() {
    let mut lab = lab(|_| {}).await;
    let raw = lab.raw_hub();
    refused_when(&lab, &raw, ("stale", 403), |enquiry| {
        enquiry.issued = enquiry.issued.plus_s(-901);
    })
    .await;
    refused_when(&lab, &raw, ("from_the_future", 403), |enquiry| {
        enquiry.issued = enquiry.issued.plus_s(60);
    })
    .await;
    refused_when(&lab, &raw, ("expired", 403), |enquiry| {
        enquiry.expires = enquiry.issued;
    })
    .await;

    // What was fresh when it was signed is stale when it is sent late.
    let late = raw
        .sign(&raw.enquiry(Kind::Police, &tale("red")))
        .into_bytes();
    lab.time.advance_s(1_000);
    refused(&lab, &raw, late, ("stale", 403)).await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_bulk_unknown_words_and_questions_without_a_reason() {
    let mut lab = lab(|_| {}).await;
    let raw = lab.raw_hub();
    let bounds = ("out_of_bounds", 422);
    refused_when(&lab, &raw, bounds, |enquiry| {
        let one = enquiry.subjects[0].clone();
        enquiry.subjects = (1..=13)
            .map(|n| Subject {
                id: format!("s{n}").parse().unwrap(),
                ..one.clone()
            })
            .collect();
    })
    .await;
    refused_when(&lab, &raw, bounds, |enquiry| enquiry.subjects.clear()).await;
    refused_when(&lab, &raw, bounds, |enquiry| enquiry.asks.clear()).await;
    refused_when(&lab, &raw, bounds, |enquiry| {
        let again = enquiry.asks[0].clone();
        enquiry.asks.push(again);
    })
    .await;
    refused_when(&lab, &raw, bounds, |enquiry| enquiry.look_back_months = 241).await;
    refused_when(&lab, &raw, bounds, |enquiry| enquiry.look_back_months = 0).await;
    refused_when(&lab, &raw, bounds, |enquiry| {
        enquiry.expires = enquiry.issued.plus_s(90 * DAY_S + 1);
    })
    .await;
    refused_when(&lab, &raw, bounds, |enquiry| {
        enquiry.subjects[0].phones.push("7".repeat(201).into());
    })
    .await;

    let ask = |category: &'static str| {
        move |enquiry: &mut Enquiry| {
            enquiry.asks[0].category = CategoryId::new(category).unwrap();
        }
    };
    let unknown = ("unknown_category", 422);
    refused_when(&lab, &raw, unknown, ask("police.horoscope")).await;
    refused_when(&lab, &raw, unknown, ask("health.registration")).await;
    refused_when(&lab, &raw, ("necessity_missing", 422), |enquiry| {
        enquiry.asks[0].necessity = "because".into();
    })
    .await;

    let word = ("unknown_word", 422);
    // No agreement can open a purpose that nobody knows.
    refused_when(&lab, &raw, ("purpose_not_open", 403), |enquiry| {
        enquiry.purpose = code("curiosity");
    })
    .await;
    refused_when(&lab, &raw, word, |enquiry| {
        enquiry.case_kind = code("gossip")
    })
    .await;
    refused_when(&lab, &raw, word, |enquiry| {
        enquiry.subjects[0].role = code("neighbour")
    })
    .await;
    refused_when(&lab, &raw, word, |enquiry| {
        enquiry.requester.role = code("visitor")
    })
    .await;
    refused_when(&lab, &raw, word, |enquiry| {
        enquiry.consent.override_reason = Some(code("in_a_hurry"));
    })
    .await;
    refused_when(&lab, &raw, ("self_authorised", 403), |enquiry| {
        enquiry.authoriser = Some(Officer {
            role: code("hub_manager"),
            ..enquiry.requester.clone()
        });
    })
    .await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_without_consent_unless_a_coded_reason_overrides_it() {
    let mut lab = lab(|_| {}).await;
    let raw = lab.raw_hub();
    refused_when(&lab, &raw, ("consent_missing", 403), |enquiry| {
        enquiry.purpose = code("threshold_enquiry");
        enquiry.consent.state = ConsentState::NotSought;
        enquiry.consent.override_reason = None;
    })
    .await;
    refused_when(&lab, &raw, ("consent_refused", 403), |enquiry| {
        enquiry.purpose = code("early_help");
        enquiry.consent.state = ConsentState::Refused;
        enquiry.consent.override_reason = Some(code("would_prejudice_protection"));
    })
    .await;

    let mut overridden = raw.enquiry(Kind::Police, &tale("red"));
    overridden.purpose = code("threshold_enquiry");
    overridden.consent.state = ConsentState::NotSought;
    overridden.consent.override_reason = Some(code("would_prejudice_protection"));
    raw.ask(Kind::Police, &overridden).await;
    lab.stop().await;
}

/// A decision record that could not be filled is not begun: nobody is looked up.
#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_cannot_fill_the_decision_record_and_names_what_is_missing() {
    let mut lab = lab(|dir| {
        let words = dir.join("vocabulary.toml");
        let kept = "retention = \"As the case: by its outcome, under the schedule of each member\"\n";
        let last = "explicit consent, UK GDPR Art 9(2)(a)\" }\n";
        replace(&words, &format!("{last}{kept}"), last);
        let ground = "general = { lawful_basis = \"UK GDPR Art 6(1)(e) public task\", condition = \"DPA 2018 \
                      Sch 1 para 18 safeguarding; UK GDPR Art 9(2)(h)";
        replace(&words, ground, &format!("# {ground}"));
        let competent = "competent_authority = \"DPA 2018 s.30(1)(a), Sch 7: chief officers of police\"\n\
                         to_confirm = [\"competent_authority\"]\n";
        replace(&words, competent, "");
    })
    .await;
    let raw = lab.raw_hub();
    let given = |purpose: &'static str| {
        move |enquiry: &mut Enquiry| {
            enquiry.purpose = code(purpose);
            enquiry.consent.state = ConsentState::Given;
        }
    };
    let no_reason = |enquiry: &mut Enquiry| {
        enquiry.consent.state = ConsentState::NotSought;
        enquiry.consent.override_reason = None;
    };
    type Edit = Box<dyn Fn(&mut Enquiry)>;
    let wants: [(&str, Edit); 4] = [
        ("`retention`", Box::new(given("early_help"))),
        ("`lawful_basis`", Box::new(given("child_in_need"))),
        ("`part_3`", Box::new(given("crime_prevention"))),
        ("`without_consent`", Box::new(no_reason)),
    ];

    for (missing, edit) in wants {
        let mut enquiry = raw.enquiry(Kind::Police, &tale("red"));
        edit(&mut enquiry);
        let body = raw.sign(&enquiry).into_bytes();
        let said = problem(&raw.post(Kind::Police, body).await.unwrap());

        assert_eq!(said.code(), "decision_record_incomplete", "{missing}");
        assert_eq!(said.status, 422);
        assert!(said.title.contains(missing), "{}", said.title);
        assert_eq!(said.title.matches('`').count() % 2, 0);
    }
    let entries = lab.entries(&police());
    assert_eq!(count(&entries, EntryKind::Refusal), 4);
    assert_eq!(count(&entries, EntryKind::Permit), 0);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_other_bytes_under_an_answered_id_and_another_hubs_copy() {
    let now = Clock::system().now();
    let mut lab = lab(|dir| {
        papers::second_hub(dir, now);
    })
    .await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    let jws = raw.sign(&enquiry);
    raw.ask(Kind::Police, &enquiry).await;
    let mut other = enquiry.clone();
    other.look_back_months = 1;
    refused(
        &lab,
        &raw,
        raw.sign(&other).into_bytes(),
        ("enquiry_id_reused", 409),
    )
    .await;

    let files = lab.files_in(&lab.dir().join("papers").join(SECOND_HUB));
    let me = MemberId::new(SECOND_HUB).unwrap();
    let second = RawHub::of(lab.dir(), lab.time.clock(), &files, me.clone());
    // It has seen the first hub's bytes, and sends them, or the same question as its own.
    refused(&lab, &second, jws.into_bytes(), ("signature_invalid", 403)).await;
    let copied = second.sign(&enquiry).into_bytes();
    refused(&lab, &second, copied, ("not_from_sender", 403)).await;
    let mut claimed = enquiry.clone();
    claimed.from = me;
    let claimed = second.sign(&claimed).into_bytes();
    refused(&lab, &second, claimed, ("enquiry_id_reused", 409)).await;

    let own = second
        .ask(Kind::Police, &second.enquiry(Kind::Police, &tale("red")))
        .await;
    assert_eq!(own.answer.to.as_str(), SECOND_HUB);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_once_the_hours_budget_is_used_up_and_answers_again_in_the_next() {
    let mut lab = lab(|dir| {
        let file = dir.join(police().as_str()).join("agency.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}\n[answer]\nhourly_budget = 2\n")).unwrap();
    })
    .await;
    // Well inside an hour, so that it cannot end during the test.
    let into_hour_s = lab.time.clock().now().millis().rem_euclid(3_600_000) / 1_000;
    lab.time.advance_s(3_600 - into_hour_s + 60);
    let raw = lab.raw_hub();
    let story = tale("green");
    let enquiry = |raw: &RawHub| {
        let mut enquiry = raw.enquiry(Kind::Police, &story);
        enquiry.asks = tale("red").asks[&Kind::Police].clone();
        enquiry
    };
    let first = enquiry(&raw);
    raw.ask(Kind::Police, &first).await;
    raw.ask(Kind::Police, &enquiry(&raw)).await;

    let body = raw.sign(&enquiry(&raw)).into_bytes();
    let call = async { raw.post(Kind::Police, body).await.unwrap() };
    let (reply, gained) = gained(&lab, call).await;

    assert_eq!(problem(&reply).code(), "budget_exhausted");
    assert_eq!(reply.status.as_u16(), 429);
    assert_eq!(gained.permits, 0);
    lab.time.advance_s(3_600);
    raw.ask(Kind::Police, &enquiry(&raw)).await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_purpose_that_the_agreement_does_not_open() {
    let mut lab = lab(|dir| {
        papers::change_directory(dir, |text| {
            let (before, rest) = text.split_once("\npurposes = [").unwrap();
            let (_, after) = rest.split_once(']').unwrap();
            format!("{before}\npurposes = [\"early_help\", \"threshold_enquiry\"]{after}")
        });
    })
    .await;
    let raw = lab.raw_hub();

    refused_when(&lab, &raw, ("purpose_not_open", 403), |_| {}).await;
    let offer = raw
        .call(
            Kind::Police,
            Method::GET,
            "/v1/offer?purpose=s47_enquiry",
            Vec::new(),
        )
        .await
        .unwrap();
    assert_eq!(problem(&offer).code(), "purpose_not_open");

    let mut open = raw.enquiry(Kind::Police, &tale("red"));
    open.purpose = code("threshold_enquiry");
    raw.ask(Kind::Police, &open).await;
    lab.stop().await;
}

/// The first line that starts so, replaced.
fn line(text: &str, start: &str, with: &str) -> String {
    let from = text.find(&format!("\n{start}")).unwrap() + 1;
    let to = from + text[from..].find('\n').unwrap();
    format!("{}{with}{}", &text[..from], &text[to..])
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_before_an_agreement_starts_after_it_ends_and_where_there_is_none() {
    let today = Clock::system().now();
    let soon = today.plus_s(3 * DAY_S).date();
    let later = today.plus_s(5 * DAY_S).date();
    let now = Clock::system().now();
    let mut lab = lab(|dir| {
        papers::second_hub(dir, now);
        papers::change_directory(dir, |text| {
            // The second hub's agreement comes last.
            let text = &text[..text.rfind("\n[[agreement]]").unwrap()];
            let text = line(text, "from = ", &format!("from = {soon}"));
            line(&text, "until = ", &format!("until = {later}"))
        });
    })
    .await;
    let raw = lab.raw_hub();
    let files = lab.files_in(&lab.dir().join("papers").join(SECOND_HUB));
    let me = MemberId::new(SECOND_HUB).unwrap();
    let second = RawHub::of(lab.dir(), lab.time.clock(), &files, me);

    refused_when(&lab, &raw, ("agreement_not_started", 403), |_| {}).await;
    refused_when(&lab, &second, ("no_agreement", 403), |_| {}).await;
    lab.time.advance_s(4 * DAY_S);
    raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &tale("red")))
        .await;
    lab.time.advance_s(2 * DAY_S);
    refused_when(&lab, &raw, ("agreement_expired", 403), |_| {}).await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn withholds_everything_once_the_policy_has_run_out() {
    let last = Clock::system().now().plus_s(DAY_S).date();
    let mut lab = lab(|dir| {
        let rules = dir.join(police().as_str()).join("rules.toml");
        replace(
            &rules,
            "vocabulary = \"1\"\n",
            &format!("vocabulary = \"1\"\nuntil = {last}\n"),
        );
    })
    .await;
    let raw = lab.raw_hub();
    let story = tale("red");
    let before = raw
        .ask(Kind::Police, &raw.enquiry(Kind::Police, &story))
        .await
        .answer;
    assert!(
        before
            .findings
            .iter()
            .any(|finding| !finding.items.is_empty())
    );

    lab.time.advance_s(3 * DAY_S);
    let after = raw
        .ask(Kind::Police, &raw.enquiry(Kind::Police, &story))
        .await
        .answer;

    assert!(!after.findings.is_empty());
    for finding in &after.findings {
        assert!(finding.items.is_empty(), "{}", finding.category);
        assert!(finding.referred.is_none(), "{}", finding.category);
        assert!(
            matches!(
                finding.status,
                CategoryStatus::Withheld | CategoryStatus::NoRecord
            ),
            "{}: {:?}",
            finding.category,
            finding.status
        );
    }
    assert!(after.subjects.is_empty(), "not even who was found");
    assert!(!after.more);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_a_story_of_another_kind_asks_of_the_police() {
    let mut lab = lab(|_| {}).await;
    let raw = lab.raw_hub();
    let story = Story {
        asks: [(Kind::Police, tale("red").asks[&Kind::Health].clone())].into(),
        ..tale("red")
    };
    let enquiry = raw.enquiry(Kind::Police, &story);

    assert_eq!(
        raw.refused(Kind::Police, &enquiry).await,
        "unknown_category"
    );
    lab.stop().await;
}
