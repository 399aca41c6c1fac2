//! Presence at an agency: who is found blind and asked, what is refused, what is kept, and when
//! nothing is offered.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use harness::ledger::count;
use harness::{Caller, Door, Lab, PATIENCE, papers, problem, tale};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use stile_cli::config::HubConfig;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{AUDITOR, HUB, OFFICER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::client::Reply;
use stile_exchange::clock::Clock;
use stile_exchange::random::enquiry_id;
use stile_exchange::wire::Envelope;
use stile_ledger::{EntryKind, Leaf, Vkey, proof};
use stile_linkage::NORMALISER_VERSION;
use stile_linkage::presence::{
    Blinding, Context, ELEMENTS, Found, RECIPE_VERSION, Set, Sets, blind, keys_of_subject,
};
use stile_model::code::ConsentState;
use stile_model::digest::Digest;
use stile_model::enquiry::Consent;
use stile_model::id::{Code, MemberId};
use stile_model::presence::{
    Element, OfferedForm, PRESENCE_ANSWER_TYP, PRESENCE_SET_TYP, PRESENCE_TYP, PresenceAnswer,
    PresenceAnswerForm, PresenceForm, PresenceOffer, PresenceRequest, PresenceSet,
};
use stile_model::subject::{Born, Subject};
use stile_store::Tree;
use stile_trust::directory::Directory;
use stile_trust::jws;
use stile_trust::signing::{SigningKey, VerifyingKey};

use crate::policy_life::{cases, rules};
use crate::suspended::{assembled, mark};

const PEOPLE: usize = 50;
const DAY_S: i64 = 86_400;
pub(crate) const PURPOSE: &str = "s47_enquiry";

pub(crate) fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn purpose() -> Code {
    Code::new(PURPOSE).unwrap()
}

/// The police, offering presence in this form; `edit` changes their files before they are read.
pub(crate) async fn lab(form: &str, more: &str, edit: impl FnOnce(&Path)) -> Lab {
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    Lab::start_with(&world, &[Kind::Police], |dir| {
        edit(dir);
        let file = dir.join(police().as_str()).join("agency.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let table = format!(
            "\n[presence]\nform = \"{form}\"\ncontact = \"Safeguarding desk, 01632 960111\"\n\
             dir = \"presence\"\n{more}\n"
        );
        std::fs::write(&file, format!("{text}{table}")).unwrap();
    })
    .await
}

/// An answer whose signature, receipt and digest have been checked.
pub(crate) struct Proved {
    pub(crate) answer: PresenceAnswer,
    pub(crate) payload: Vec<u8>,
    pub(crate) index: u64,
    pub(crate) leaf: Leaf,
    pub(crate) length: usize,
}

/// The hub, asking by itself.
pub(crate) struct Asker<'a> {
    lab: &'a Lab,
    caller: Caller,
    signing: SigningKey,
    agency: VerifyingKey,
    ledger: Vkey,
}

impl<'a> Asker<'a> {
    pub(crate) fn of(lab: &'a Lab) -> Self {
        let config = HubConfig::read(&lab.hub_dir().join("hub.toml")).unwrap();
        let operator = std::fs::read_to_string(lab.dir().join("operator/operator.jwk")).unwrap();
        let operator: VerifyingKey = serde_json::from_str(&operator).unwrap();
        let text = std::fs::read_to_string(lab.dir().join("directory.jws")).unwrap();
        let now = lab.time.clock().now();
        let directory = Directory::verify(text.trim(), &operator, 0, now).unwrap();
        let agency = directory.member(&police()).unwrap();
        Self {
            lab,
            caller: lab.caller(&config.parts.tls, &police(), Door::Peers),
            signing: SigningKey::load(&lab.hub_dir().join("signing.key")).unwrap(),
            agency: agency.signing_key.clone(),
            ledger: agency.ledger_key.parse().unwrap(),
        }
    }

    async fn offer(&self) -> PresenceOffer {
        let path = format!("/v1/presence/offer?purpose={PURPOSE}");
        let reply = self.caller.get(&path).await.unwrap();
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.body.len(), stile_model::presence::OFFER_BYTES);
        serde_json::from_slice(&reply.body).unwrap()
    }

    /// The offer once it names an epoch that is not `before`.
    pub(crate) async fn epoch_after(&self, before: Option<u32>) -> u32 {
        let begun = Instant::now();
        loop {
            let offer = self.offer().await;
            if let Some(epoch) = offer.epoch.filter(|epoch| Some(*epoch) != before) {
                return epoch;
            }
            assert!(begun.elapsed() < PATIENCE, "{offer:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn get_set(&self, epoch: u32, etag: Option<&str>) -> Reply {
        let path = format!("/v1/presence/set?purpose={PURPOSE}&epoch={epoch}");
        let headers: Vec<_> = etag
            .map(|etag| ("if-none-match", etag.to_owned()))
            .into_iter()
            .collect();
        let asked = self
            .caller
            .call_with(Method::GET, &path, &headers, Vec::new());
        asked.await.unwrap()
    }

    /// The set, its statement proved.
    pub(crate) async fn set(&self, epoch: u32) -> (PresenceSet, Digest, Sets) {
        let reply = self.get_set(epoch, None).await;
        assert_eq!(reply.status, StatusCode::OK);
        let at = reply
            .body
            .windows(2)
            .position(|two| two == b"\r\n")
            .unwrap();
        let statement = std::str::from_utf8(&reply.body[..at]).unwrap();
        let payload = jws::verify(statement, PRESENCE_SET_TYP, &self.agency, 8192).unwrap();
        let statement: PresenceSet = serde_json::from_slice(&payload).unwrap();
        let sets = &reply.body[at + 2..];
        let (strong, weak) = sets.split_at(usize::try_from(statement.strong.bytes).unwrap());
        assert_eq!(u64::try_from(weak.len()).unwrap(), statement.weak.bytes);
        assert_eq!(Digest::of(strong), statement.strong.sha256);
        assert_eq!(Digest::of(weak), statement.weak.sha256);
        assert_eq!((statement.epoch, statement.hub.as_str()), (epoch, HUB));
        let sets = Sets {
            strong: Set::from_bytes(strong).unwrap(),
            weak: Set::from_bytes(weak).unwrap(),
        };
        (statement, Digest::of(&payload), sets)
    }

    pub(crate) fn request(&self, form: PresenceForm) -> PresenceRequest {
        let now = self.lab.time.clock().now();
        PresenceRequest {
            version: 1,
            id: enquiry_id().unwrap(),
            agency: police(),
            hub: MemberId::new(HUB).unwrap(),
            case_tag: Digest::of(b"a case of the hub"),
            purpose: purpose(),
            basis: tale("red").consent,
            issued_at: now,
            expires_at: now.plus_s(300),
            form,
            pad: String::new(),
        }
    }

    fn blinded(&self, subject: &Subject, epoch: u32) -> (PresenceForm, Blinding) {
        let context = Context {
            agency: police(),
            epoch,
        };
        let random = *Digest::of(enquiry_id().unwrap().as_bytes()).as_bytes();
        let (request, blinding) = blind(&keys_of_subject(subject), &context, &random).unwrap();
        let elements = request.elements.into_iter().map(Element::from_bytes);
        let form = PresenceForm::Blind {
            epoch,
            recipe: RECIPE_VERSION,
            normaliser: NORMALISER_VERSION,
            elements: elements.collect(),
        };
        (form, blinding)
    }

    pub(crate) fn sign(&self, request: &PresenceRequest) -> Vec<u8> {
        let payload = request.to_padded_json().unwrap();
        jws::sign(&self.signing, PRESENCE_TYP, &payload)
            .unwrap()
            .into_bytes()
    }

    pub(crate) async fn post(&self, body: Vec<u8>) -> Reply {
        let posted = self.caller.call(Method::POST, "/v1/presence", body);
        posted.await.unwrap()
    }

    pub(crate) async fn refused(&self, request: &PresenceRequest) -> (StatusCode, String) {
        let reply = self.post(self.sign(request)).await;
        (reply.status, problem(&reply).code().to_owned())
    }

    pub(crate) async fn ask(&self, request: &PresenceRequest) -> Proved {
        let sent = self.sign(request);
        let reply = self.post(sent.clone()).await;
        let said = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, StatusCode::OK, "{said}");
        let proved = self.prove(&reply);
        assert_eq!(proved.answer.request_digest, Digest::of(&sent));
        proved
    }

    pub(crate) fn prove(&self, reply: &Reply) -> Proved {
        let envelope: Envelope = serde_json::from_slice(&reply.body).unwrap();
        let payload = jws::verify(
            &envelope.answer,
            PRESENCE_ANSWER_TYP,
            &self.agency,
            usize::MAX,
        )
        .unwrap();
        let bytes = BASE64.decode(envelope.leaf.as_bytes()).unwrap();
        let leaf = Leaf::parse(&bytes).unwrap();
        assert_eq!(leaf.entry.kind, EntryKind::Presence);
        assert_eq!(leaf.entry.digest, Some(Digest::of(&payload)));
        let receipt = proof::Receipt::parse(&envelope.receipt).unwrap();
        receipt.verify(&bytes, &self.ledger).unwrap();
        Proved {
            answer: serde_json::from_slice(&payload).unwrap(),
            payload,
            index: receipt.index,
            leaf,
            length: reply.body.len(),
        }
    }

    /// What a blind check of this person finds, and the proved answer.
    pub(crate) async fn find(&self, subject: &Subject, epoch: u32, sets: &Sets) -> (Found, Proved) {
        let (form, blinding) = self.blinded(subject, epoch);
        let proved = self.ask(&self.request(form)).await;
        let PresenceAnswerForm::Blind { evaluated, .. } = &proved.answer.form else {
            panic!("a blind request has a blind answer");
        };
        let evaluated: Vec<_> = evaluated.iter().map(|one| *one.as_bytes()).collect();
        let found = blinding.finalise(&evaluated).unwrap();
        (found.find(sets, &purpose()), proved)
    }

    pub(crate) async fn may_know(&self, subject: &Subject) -> (bool, Proved) {
        let subject = Box::new(subject.clone());
        let proved = self
            .ask(&self.request(PresenceForm::Asked { subject }))
            .await;
        match proved.answer.form {
            PresenceAnswerForm::Asked { may_know } => (may_know, proved),
            PresenceAnswerForm::Blind { .. } => panic!("an asked request has an asked answer"),
        }
    }
}

/// How many of these entries are of an answer; the lab's own hub fetches sets, too.
fn answers(leaves: &[Leaf]) -> usize {
    let of_answer = |leaf: &&Leaf| {
        leaf.entry.kind == EntryKind::Presence
            && leaf.entry.reason.as_ref().map(Code::as_str) != Some("set_given")
    };
    leaves.iter().filter(of_answer).count()
}

/// The people of a story by their place.
pub(crate) fn people(story: &str) -> Vec<Subject> {
    tale(story).subjects
}

#[tokio::test(flavor = "multi_thread")]
async fn blind_presence_finds_who_is_held_and_no_sealed_person_or_stranger() {
    let mut lab = lab("blind", "per_case_day = 100", |_| {}).await;
    let hub = Asker::of(&lab);
    let epoch = hub.epoch_after(None).await;
    let offer = hub.offer().await;
    assert_eq!(offer.form, OfferedForm::Blind);
    assert_eq!(offer.contact, "Safeguarding desk, 01632 960111");
    let (statement, digest, sets) = hub.set(epoch).await;
    assert!(statement.valid_until > statement.built_at);
    let again = hub.get_set(epoch, Some(&format!("\"{digest}\""))).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);

    let mut found = Vec::new();
    for subject in people("red") {
        found.push(hub.find(&subject, epoch, &sets).await);
    }
    let sealed = hub.find(&people("sealed")[0], epoch, &sets).await;
    let unknown = hub.find(&people("unknown")[0], epoch, &sets).await;

    let told: Vec<_> = found.iter().map(|(found, _)| *found).collect();
    assert!(told.contains(&Found::Known), "{told:?}");
    assert_eq!(sealed.0, Found::Nothing, "a sealed person is in no set");
    assert_eq!(unknown.0, Found::Nothing);
    for (_, proved) in found.iter().chain([&sealed, &unknown]) {
        assert_eq!(proved.length, sealed.1.length, "one length");
        assert_eq!(proved.payload.len(), sealed.1.payload.len());
        let (one, other) = (&proved.leaf.entry, &sealed.1.leaf.entry);
        assert_eq!((&one.counts, &one.reason), (&other.counts, &other.reason));
        assert_eq!((&one.purpose, one.case), (&other.purpose, other.case));
    }
    let asked = found.len() + 2;
    let (index, request) = (unknown.1.index, unknown.1.answer.id);
    lab.stop_one(&police()).await;
    let agency = assembled(&lab, lab.time.clock()).await;
    let body: Value = serde_json::from_slice(&agency.store.body(index).unwrap()).unwrap();
    drop(agency);
    let signed = body["request"].as_str().unwrap().split('.').nth(1).unwrap();
    let signed = data_encoding::BASE64URL_NOPAD
        .decode(signed.as_bytes())
        .unwrap();
    let kept: PresenceRequest = serde_json::from_slice(&signed).unwrap();
    assert_eq!(kept.id, request);
    let PresenceForm::Blind { elements, .. } = kept.form else {
        panic!("the elements are kept");
    };
    assert_eq!(elements.len(), ELEMENTS);
    let all = lab.entries(&police());
    assert_eq!(answers(&all), asked);
    assert!(count(&all, EntryKind::Presence) > asked, "and the set");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_presence_says_one_bit_and_the_same_of_a_sealed_person_as_of_nobody() {
    let mut lab = lab("asked", "per_case_day = 100", |_| {}).await;
    let hub = Asker::of(&lab);
    assert_eq!(hub.offer().await.form, OfferedForm::Asked);

    let mut known = Vec::new();
    for subject in people("red") {
        known.push(hub.may_know(&subject).await);
    }
    let (sealed, of_sealed) = hub.may_know(&people("sealed")[0]).await;
    let (unknown, of_unknown) = hub.may_know(&people("unknown")[0]).await;

    assert!(known.iter().any(|(bit, _)| *bit));
    assert!(!sealed && !unknown);
    for (_, proved) in &known {
        assert_eq!(proved.length, of_sealed.length);
        assert_eq!(proved.payload.len(), of_unknown.payload.len());
        assert_eq!(proved.leaf.entry.counts, of_sealed.leaf.entry.counts);
    }
    let (form, _) = hub.blinded(&people("red")[0], 1);
    let refused = hub.refused(&hub.request(form)).await;
    assert_eq!(
        refused,
        (StatusCode::FORBIDDEN, "presence_not_offered".to_owned())
    );
    lab.stop().await;
}

/// The rules of `policy_life` for children alone.
fn for_children() -> String {
    let all = rules("exact", false);
    let children = all.replace(
        "within = \"ever\" }",
        "within = \"ever\", age = [\"age_0_to_4\", \"age_5_to_9\", \"age_10_to_15\"] }",
    );
    assert_ne!(children, all);
    children
}

fn begin_with(dir: &Path, rules: &str, cases: &str) {
    let own = dir.join(police().as_str());
    std::fs::write(own.join("rules.toml"), rules).unwrap();
    std::fs::write(own.join("cases.toml"), cases).unwrap();
}

fn is_adult(subject: &Subject) -> bool {
    matches!(subject.born, Some(Born::Exact(date)) if date.year() < 2000)
}

/// What a blind check of each person of the red case finds.
async fn of_red(hub: &Asker<'_>, epoch: u32) -> Vec<(bool, Found)> {
    let (_, _, sets) = hub.set(epoch).await;
    let mut found = Vec::new();
    for subject in people("red") {
        found.push((is_adult(&subject), hub.find(&subject, epoch, &sets).await.0));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_policy_takes_a_person_out_and_sets_made_before_find_nothing() {
    let mut lab = lab("blind", "per_case_day = 100", |dir| {
        begin_with(dir, &rules("exact", false), &cases("exact"));
    })
    .await;
    let hub = Asker::of(&lab);
    let before = hub.epoch_after(None).await;
    let found = of_red(&hub, before).await;
    assert!(
        found
            .iter()
            .any(|(adult, found)| *adult && *found == Found::Known),
        "{found:?}"
    );
    let of_children = cases("exact").replace(
        "recency = \"to_3m\"\n",
        "recency = \"to_3m\"\nage = \"age_5_to_9\"\n",
    );
    let order = json!({
        "rules": for_children(),
        "cases": of_children,
        "reason": "Agreed at the information governance group of this month.",
    });
    let proposed: Value = lab
        .person(&police(), AUDITOR)
        .taken("/api/v1/policy/proposals", &order)
        .await;
    assert!(proposed["proposal"].is_object(), "{proposed}");
    let _: Value = lab
        .person(&police(), OFFICER)
        .taken(
            "/api/v1/policy/proposals/2/approval",
            &json!({ "reason": "Agreed at the information governance group of this month." }),
        )
        .await;

    let after = hub.epoch_after(Some(before)).await;
    let found = of_red(&hub, after).await;
    let (form, _) = hub.blinded(&people("red")[0], before);
    let refused = hub.refused(&hub.request(form)).await;

    assert!(after > before);
    assert!(
        found
            .iter()
            .all(|(adult, found)| !adult || *found == Found::Nothing),
        "{found:?}"
    );
    assert_eq!(refused, (StatusCode::CONFLICT, "presence_epoch".to_owned()));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_presence_is_no_of_whom_policy_does_not_let_be_known() {
    let mut lab = lab("asked", "per_case_day = 100", |dir| {
        let of_children = cases("exact").replace(
            "recency = \"to_3m\"\n",
            "recency = \"to_3m\"\nage = \"age_5_to_9\"\n",
        );
        begin_with(dir, &for_children(), &of_children);
    })
    .await;
    let hub = Asker::of(&lab);
    let (adults, children): (Vec<_>, Vec<_>) = people("red").into_iter().partition(is_adult);
    let mut known = false;
    for child in &children {
        known = known || hub.may_know(child).await.0;
    }
    assert!(known && !adults.is_empty(), "children may be known");
    for subject in &adults {
        assert!(!hub.may_know(subject).await.0);
        // A question must not choose its own rule: the record is as old as it is.
        let younger = Subject {
            born: None,
            ..subject.clone()
        };
        assert!(!hub.may_know(&younger).await.0);
    }
    lab.stop().await;
}

/// Children under any consent, adults only where it is given.
fn adults_with_consent() -> String {
    let adults = rules("exact", false)
        .split_once("[[rule]]")
        .map(|(_, rule)| format!("\n[[rule]]{rule}"))
        .unwrap()
        .replace("S47-01", "S47-03")
        .replace(
            "within = \"ever\" }",
            "within = \"ever\", age = [\"age_18_plus\"], consent = [\"given\"] }",
        );
    format!("{}{adults}", for_children())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blind_request_must_rest_on_what_lets_everybody_in_the_set_be_known() {
    let mut lab = lab("blind", "per_case_day = 100", |dir| {
        let of_children = cases("exact").replace(
            "recency = \"to_3m\"\n",
            "recency = \"to_3m\"\nage = \"age_5_to_9\"\n",
        );
        begin_with(dir, &adults_with_consent(), &of_children);
    })
    .await;
    let hub = Asker::of(&lab);
    let epoch = hub.epoch_after(None).await;
    let people = people("red");
    let adult = people.iter().find(|subject| is_adult(subject)).unwrap();
    let asked = |state| {
        let request = hub.request(hub.blinded(adult, epoch).0);
        let override_reason = (state != ConsentState::Given)
            .then(|| request.basis.override_reason.clone())
            .flatten();
        PresenceRequest {
            basis: Consent {
                state,
                override_reason,
                ..request.basis
            },
            ..request
        }
    };
    assert_eq!(tale("red").consent.state, ConsentState::NotSought);

    hub.ask(&asked(ConsentState::Given)).await;
    let refused = hub.refused(&asked(ConsentState::NotSought)).await;

    assert_eq!(
        refused,
        (StatusCode::FORBIDDEN, "presence_not_offered".to_owned())
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_does_not_fit_and_counts_what_does() {
    let mut lab = lab("blind", "per_case_day = 3", |_| {}).await;
    let hub = Asker::of(&lab);
    let epoch = hub.epoch_after(None).await;
    let subject = &people("red")[0];
    let (good, _) = hub.blinded(subject, epoch);
    let PresenceForm::Blind { elements, .. } = good.clone() else {
        unreachable!()
    };
    let other = |epoch, recipe, normaliser, elements: &[Element]| PresenceForm::Blind {
        epoch,
        recipe,
        normaliser,
        elements: elements.to_vec(),
    };
    let (recipe, normaliser) = (RECIPE_VERSION, NORMALISER_VERSION);
    let mut zero = elements.clone();
    zero[5] = Element::from_bytes([0; 32]);
    let now = lab.time.clock().now();
    let base = |form| hub.request(form);
    let refusals: BTreeMap<&str, PresenceRequest> = [
        (
            "presence_epoch",
            base(other(epoch + 1, recipe, normaliser, &elements)),
        ),
        (
            "presence_recipe",
            base(other(epoch, recipe, normaliser + 1, &elements)),
        ),
        (
            "presence_elements",
            base(other(epoch, recipe, normaliser, &elements[1..])),
        ),
        (
            "misaddressed",
            PresenceRequest {
                agency: MemberId::new("other").unwrap(),
                ..base(good.clone())
            },
        ),
        (
            "not_from_sender",
            PresenceRequest {
                hub: MemberId::new("other").unwrap(),
                ..base(good.clone())
            },
        ),
        (
            "version_unknown",
            PresenceRequest {
                version: 2,
                ..base(good.clone())
            },
        ),
        (
            "stale",
            PresenceRequest {
                issued_at: now.plus_s(-3_600),
                expires_at: now.plus_s(-3_000),
                ..base(good.clone())
            },
        ),
        (
            "out_of_bounds",
            PresenceRequest {
                expires_at: now.plus_s(901 + 60),
                ..base(good.clone())
            },
        ),
        (
            "purpose_not_open",
            PresenceRequest {
                purpose: Code::new("no_such_purpose").unwrap(),
                ..base(good.clone())
            },
        ),
    ]
    .into();
    for (code, request) in refusals {
        assert_eq!(hub.refused(&request).await.1, code);
    }
    let bare = serde_json::to_vec(&base(good.clone())).unwrap();
    let bare = jws::sign(&hub.signing, PRESENCE_TYP, &bare).unwrap();
    let reply = hub.post(bare.into_bytes()).await;
    assert_eq!(problem(&reply).code(), "out_of_bounds", "not padded");
    let mut forged = hub.sign(&base(good.clone()));
    let last = forged.len() - 10;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    assert_eq!(problem(&hub.post(forged).await).code(), "signature_invalid");

    // The first of three; the same bytes again are the same answer and no second entry.
    let request = base(good.clone());
    let sent = hub.sign(&request);
    let first = hub.prove(&hub.post(sent.clone()).await);
    let second = hub.prove(&hub.post(sent).await);
    assert_eq!(
        (first.index, &first.payload),
        (second.index, &second.payload)
    );
    let (another, _) = hub.blinded(subject, epoch);
    let reused = PresenceRequest {
        form: another,
        ..request
    };
    assert_eq!(hub.refused(&reused).await.1, "enquiry_id_reused");
    // A bad element counts: it was admitted.
    let bad = base(other(epoch, recipe, normaliser, &zero));
    assert_eq!(hub.refused(&bad).await.1, "presence_elements");
    hub.ask(&base(good.clone())).await;
    let spent = hub.refused(&base(good.clone())).await;
    assert_eq!(
        spent,
        (StatusCode::TOO_MANY_REQUESTS, "presence_budget".to_owned())
    );
    let other_case = PresenceRequest {
        case_tag: Digest::of(b"another case"),
        ..base(good)
    };
    hub.ask(&other_case).await;
    lab.stop().await;
    let all = lab.entries(&police());
    assert_eq!(answers(&all), 3);
    assert!(
        count(&all, EntryKind::Refusal) > 10,
        "refusals are recorded"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_serves_the_same_set_and_rotation_destroys_the_old_key() {
    let mut lab = lab("blind", "epoch_days = 1\nper_case_day = 2", |_| {}).await;
    let subject = people("red")[0].clone();
    let (epoch, digest) = {
        let hub = Asker::of(&lab);
        let epoch = hub.epoch_after(None).await;
        hub.ask(&hub.request(hub.blinded(&subject, epoch).0)).await;
        (epoch, hub.set(epoch).await.1)
    };
    lab.stop_one(&police()).await;
    lab.start_one(&police()).await;
    {
        let hub = Asker::of(&lab);
        assert_eq!(hub.epoch_after(None).await, epoch);
        assert_eq!(hub.set(epoch).await.1, digest, "the very set of before");
        let request = || hub.request(hub.blinded(&subject, epoch).0);
        hub.ask(&request()).await;
        let spent = hub.refused(&request()).await;
        assert_eq!(spent.1, "presence_budget", "a restart forgives nothing");

        lab.time.advance_s(DAY_S + 60);
        let next = hub.epoch_after(Some(epoch)).await;
        assert!(next > epoch);
        hub.ask(&request()).await;
        lab.time.advance_s(DAY_S);
        hub.epoch_after(Some(next)).await;
        assert_eq!(hub.refused(&request()).await.1, "presence_epoch");
    }
    lab.stop_one(&police()).await;
    let agency = assembled(&lab, lab.time.clock()).await;
    let kept = agency.store.get(Tree::Meta, b"presence/epochs").unwrap();
    let kept: Value = serde_json::from_slice(&kept.unwrap()).unwrap();
    assert_ne!(kept["current"]["number"], epoch);
    assert_ne!(kept["previous"]["number"], epoch);
    drop(agency);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_nothing_under_a_suspended_policy_one_that_ran_out_or_without_the_table() {
    let mut suspended = lab("blind", "", |_| {}).await;
    suspended.stop_one(&police()).await;
    let agency = assembled(&suspended, suspended.time.clock()).await;
    mark(&agency).await;
    drop(agency);
    suspended.start_one(&police()).await;
    let offer = Asker::of(&suspended).offer().await;
    assert_eq!(offer.form, OfferedForm::NotOffered);
    suspended.stop().await;

    let last = Clock::system().now().plus_s(DAY_S).date();
    let mut lab = lab("blind", "", |dir| {
        let dated = format!("vocabulary = \"1\"\nuntil = {last}\n");
        let rules = rules("exact", false).replace("vocabulary = \"1\"\n", &dated);
        begin_with(dir, &rules, &cases("exact"));
    })
    .await;
    let hub = Asker::of(&lab);
    let epoch = hub.epoch_after(None).await;
    lab.time.advance_s(3 * DAY_S);
    papers::refresh_list(lab.dir(), lab.time.clock().now());
    let offer = hub.offer().await;
    assert_eq!(
        (offer.form, offer.contact.as_str()),
        (OfferedForm::NotOffered, "")
    );
    let request = hub.request(hub.blinded(&people("red")[0], epoch).0);
    assert_eq!(hub.refused(&request).await.1, "presence_not_offered");
    let reply = hub.get_set(epoch, None).await;
    assert_eq!(problem(&reply).code(), "presence_not_offered");
    lab.stop().await;

    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let hub = Asker::of(&lab);
    assert_eq!(hub.offer().await.form, OfferedForm::NotOffered);
    let subject = Box::new(people("red")[0].clone());
    let request = hub.request(PresenceForm::Asked { subject });
    assert_eq!(hub.refused(&request).await.1, "presence_not_offered");
    lab.stop().await;
}
