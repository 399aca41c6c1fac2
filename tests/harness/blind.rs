//! Presence in a lab: agencies that offer it, and one that offers it blind and can be made to lie.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::response::Json;
use axum::routing::{get, post};
use data_encoding::BASE64URL_NOPAD;
use hyper::StatusCode;
use stile_cli::demo::partnership::{HUB, member};
use stile_cli::demo::world::Kind;
use stile_exchange::clock::Clock;
use stile_exchange::hub::{AgencyPresence, CasePresence, CheckPresence};
use stile_ledger::{Entry, EntryKind};
use stile_linkage::NORMALISER_VERSION;
use stile_linkage::presence::{Builder, Context, RECIPE_VERSION, SecretKey};
use stile_model::digest::Digest;
use stile_model::id::{CaseId, Code, MemberId, SubjectId};
use stile_model::presence::{
    Element, OfferedForm, PRESENCE_ANSWER_TYP, PRESENCE_SET_TYP, PresenceAnswer,
    PresenceAnswerForm, PresenceForm, PresenceOffer, PresenceRequest, PresenceSet, SetPart,
};
use stile_model::subject::{Born, PersonRow, Subject};
use stile_trust::jws;
use stile_trust::signing::SigningKey;

use crate::PATIENCE;
use crate::forge::{Fake, Forger};
use crate::{Caller, Lab};

/// The desk that agencies of a lab name.
pub const DESK: &str = "duty desk, 01632 960199";
const EPOCH: u32 = 7;

/// Lets an agency offer presence: `asked` or `blind`, with budgets that no test uses up by the way.
///
/// Its rules hold nothing back by the rating of a case, which a request of presence does not tell.
pub fn offer(dir: &Path, kind: Kind, form: &str) {
    let own = dir.join(member(kind).unwrap().as_str());
    let rules = std::fs::read_to_string(own.join("rules.toml")).unwrap();
    let (rule, rated) = ("\n[[rule]]\n", "id = \"BLUE-01\"");
    let kept: Vec<_> = rules
        .split(rule)
        .filter(|one| !one.starts_with(rated))
        .collect();
    assert_eq!(
        kept.len() + 1,
        rules.split(rule).count(),
        "{kind} holds something back"
    );
    std::fs::write(own.join("rules.toml"), kept.join(rule)).unwrap();
    let text = std::fs::read_to_string(own.join("agency.toml")).unwrap();
    let text = text.replace("cases = \"cases.toml\"\n", "");
    std::fs::write(own.join("agency.toml"), text).unwrap();
    let table = format!(
        "\n[presence]\nform = \"{form}\"\ncontact = \"{DESK}\"\nper_case_day = 100\n\
         per_hub_day = 10000\nper_minute = 10000\n"
    );
    add(&own.join("agency.toml"), &table);
}

/// Lets the hub look at every agency each second.
pub fn look_often(dir: &Path) {
    add(
        &dir.join(HUB).join("hub.toml"),
        "\n[presence]\nrefresh_s = 1\n",
    );
}

fn add(file: &Path, table: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, text + table).unwrap();
}

/// Checks a person of a case.
pub async fn check(desk: &Caller, case: &CaseId, subject: &str) -> CasePresence {
    let ask = CheckPresence {
        subject: Some(SubjectId::new(subject).unwrap()),
        purpose: None,
    };
    desk.taken(&format!("/api/v1/cases/{case}/presence"), &ask)
        .await
}

/// Checks again and again until every agency stands as wanted.
pub async fn until(
    desk: &Caller,
    case: &CaseId,
    wanted: impl Fn(&[AgencyPresence]) -> bool,
) -> CasePresence {
    let begun = Instant::now();
    loop {
        let found = check(desk, case, "s1").await;
        if wanted(&found.agencies) {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "still {:?}", found.agencies);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Was it found out, one way or another, what this agency has to say?
pub fn is_checked(line: &AgencyPresence) -> bool {
    line.code.is_none()
}

/// The line of an agency.
pub fn line(found: &CasePresence, kind: Kind) -> &AgencyPresence {
    let agency = member(kind).unwrap();
    found
        .agencies
        .iter()
        .find(|one| one.agency == agency)
        .unwrap()
}

/// The payload of a request, unverified.
pub fn request(jws: &str) -> PresenceRequest {
    let payload = jws.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
}

/// In what a fake agency is not honest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// The answer is evaluated under another key.
    AnswerOfAnotherKey,
    /// The answer is signed by another key.
    AnswerSignedByAnother,
    /// The answer belongs to another request.
    AnswerToAnother,
    /// The entry of the answer names other bytes.
    AnswerUnrecorded,
    /// Nothing.
    Nothing,
    /// A byte of the filters differs from what was stated.
    SetChanged,
    /// The last byte of the filters is missing.
    SetCut,
    /// The statement is for another hub.
    SetOfAnotherHub,
    /// The statement is for another purpose.
    SetOfAnotherPurpose,
    /// The statement names keys made by other rules.
    SetOfOtherRules,
    /// The statement is signed by another key.
    SetSignedByAnother,
}

/// An agency that offers presence blind, and knows one person.
pub struct Pretender {
    forger: Forger,
    me: MemberId,
    purpose: Code,
    builder: Builder,
    other: SecretKey,
    filters: (Vec<u8>, Vec<u8>),
    valid_s: i64,
    clock: Clock,
    lie: Mutex<Lie>,
    looks: AtomicUsize,
    asked: Mutex<Vec<String>>,
}

impl Pretender {
    /// Serves at a stopped agency's address. Its sets are good for `valid_s` seconds.
    pub async fn start(
        lab: &Lab,
        kind: Kind,
        purpose: &Code,
        knows: &Subject,
        valid_s: i64,
    ) -> (Fake, Arc<Self>) {
        let me = member(kind).unwrap();
        let clock = lab.time.clock();
        let context = Context {
            agency: me.clone(),
            epoch: EPOCH,
        };
        let secret = SecretKey::derive(&[3; 32], b"lab").unwrap();
        let mut builder = Builder::new(context, secret, [purpose.clone()]).unwrap();
        let row = row(knows);
        let done = builder.work([(&row, builder.choose(|_| true))]).unwrap();
        builder.take(&done);
        let sets = builder.finish(&[5; 32]).unwrap().remove(0).sets;
        let one = Arc::new(Self {
            forger: Forger::of(lab.dir(), kind, clock.clone()),
            me,
            purpose: purpose.clone(),
            builder,
            other: SecretKey::derive(&[4; 32], b"lab").unwrap(),
            filters: (sets.strong.to_bytes(), sets.weak.to_bytes()),
            valid_s,
            clock: clock.clone(),
            lie: Mutex::new(Lie::Nothing),
            looks: AtomicUsize::new(0),
            asked: Mutex::default(),
        });
        let routes = Router::new()
            .route("/v1/presence/offer", get(offered))
            .route("/v1/presence/set", get(set))
            .route("/v1/presence", post(answer))
            .with_state(Arc::clone(&one));
        (Fake::serving(lab.dir(), kind, &clock, routes).await, one)
    }

    /// Lies in this way from now on.
    pub fn lie(&self, lie: Lie) {
        *self.lie.lock().unwrap() = lie;
    }

    /// Requests that came.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Waits until the hub has fetched the set twice more: the first time may have begun before.
    pub async fn looked_at(&self) {
        let (begun, before) = (Instant::now(), self.looks.load(Ordering::SeqCst));
        while self.looks.load(Ordering::SeqCst) < before + 2 {
            assert!(begun.elapsed() < PATIENCE, "the hub does not look");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // The last one is still being read at the hub.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    fn lies(&self) -> Lie {
        *self.lie.lock().unwrap()
    }

    fn statement(&self) -> PresenceSet {
        let part = |bytes: &[u8]| SetPart {
            bytes: bytes.len().try_into().unwrap(),
            sha256: Digest::of(bytes),
        };
        let now = self.clock.now();
        let lie = self.lies();
        PresenceSet {
            version: 1,
            agency: self.me.clone(),
            hub: MemberId::new(match lie {
                Lie::SetOfAnotherHub => "eastside-hub",
                _ => HUB,
            })
            .unwrap(),
            purpose: match lie {
                Lie::SetOfAnotherPurpose => Code::new("marac").unwrap(),
                _ => self.purpose.clone(),
            },
            epoch: EPOCH,
            recipe: RECIPE_VERSION + u32::from(lie == Lie::SetOfOtherRules),
            normaliser: NORMALISER_VERSION,
            built_at: now,
            valid_until: now.plus_s(self.valid_s),
            strong: part(&self.filters.0),
            weak: part(&self.filters.1),
        }
    }
}

fn row(subject: &Subject) -> PersonRow {
    let name = &subject.names[0];
    let home = &subject.addresses[0];
    PersonRow {
        forenames: name.forenames.clone(),
        surname: name.surname.clone(),
        born: match subject.born {
            Some(Born::Exact(date)) => Some(date),
            _ => None,
        },
        address: home.line.clone(),
        postcode: home.postcode.clone(),
        ..PersonRow::default()
    }
}

async fn offered(State(one): State<Arc<Pretender>>, uri: hyper::Uri) -> Json<PresenceOffer> {
    let purpose = uri.query().unwrap().strip_prefix("purpose=").unwrap();
    let purpose = Code::new(purpose).unwrap();
    let form = if purpose == one.purpose {
        OfferedForm::Blind
    } else {
        OfferedForm::NotOffered
    };
    Json(PresenceOffer {
        version: 1,
        agency: one.me.clone(),
        purpose,
        form,
        contact: DESK.to_owned(),
        epoch: (form == OfferedForm::Blind).then_some(EPOCH),
        recipe: RECIPE_VERSION,
        normaliser: NORMALISER_VERSION,
        until: one.clock.now().plus_s(30 * 86_400),
        pad: String::new(),
    })
}

async fn set(State(one): State<Arc<Pretender>>) -> Vec<u8> {
    one.looks.fetch_add(1, Ordering::SeqCst);
    let stranger = SigningKey::generate().unwrap();
    let key = match one.lies() {
        Lie::SetSignedByAnother => &stranger,
        _ => &one.forger.signing,
    };
    let payload = serde_json::to_vec(&one.statement()).unwrap();
    let mut body = jws::sign(key, PRESENCE_SET_TYP, &payload)
        .unwrap()
        .into_bytes();
    body.extend_from_slice(b"\r\n");
    body.extend_from_slice(&one.filters.0);
    body.extend_from_slice(&one.filters.1);
    match one.lies() {
        Lie::SetChanged => *body.last_mut().unwrap() ^= 1,
        Lie::SetCut => {
            body.pop();
        }
        _ => {}
    }
    body
}

async fn answer(State(one): State<Arc<Pretender>>, jws: String) -> (StatusCode, Vec<u8>) {
    one.asked.lock().unwrap().push(jws.clone());
    let asked = request(&jws);
    let PresenceForm::Blind { elements, .. } = &asked.form else {
        return (StatusCode::BAD_REQUEST, Vec::new());
    };
    let lie = one.lies();
    let secret = match lie {
        Lie::AnswerOfAnotherKey => &one.other,
        _ => one.builder.secret(),
    };
    let elements: Vec<_> = elements.iter().map(|element| *element.as_bytes()).collect();
    let evaluated = secret.evaluate(&elements).unwrap();
    let digest = match lie {
        Lie::AnswerToAnother => Digest::of(b"another request"),
        _ => Digest::of(jws.as_bytes()),
    };
    let answer = PresenceAnswer {
        version: 1,
        id: asked.id,
        request_digest: digest,
        agency: one.me.clone(),
        issued_at: one.clock.now(),
        form: PresenceAnswerForm::Blind {
            epoch: EPOCH,
            evaluated: evaluated.into_iter().map(Element::from_bytes).collect(),
        },
        pad: String::new(),
    };
    let payload = answer.to_padded_json().unwrap();
    let named = match lie {
        Lie::AnswerUnrecorded => Digest::of(b"other bytes"),
        _ => Digest::of(&payload),
    };
    let entry = Entry {
        digest: Some(named),
        ..Entry::new(EntryKind::Presence, one.clock.now())
    };
    let mut envelope = one
        .forger
        .envelope_of(PRESENCE_ANSWER_TYP, &payload, &entry);
    if lie == Lie::AnswerSignedByAnother {
        let stranger = SigningKey::generate().unwrap();
        envelope.answer = jws::sign(&stranger, PRESENCE_ANSWER_TYP, &payload).unwrap();
    }
    (StatusCode::OK, envelope.to_padded_json())
}
