//! A hub or an agency whose certificate chains, and which the directory does not admit, or not any more.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use harness::ledger::count;
use harness::papers::{self, identity};
use harness::{Lab, Matter, tale};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use stile_cli::config::{AgencyConfig, HubConfig};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{HUB, RESEARCHER, member};
use stile_cli::demo::world::{Kind, World};
use stile_cli::gateway::assemble_agency;
use stile_exchange::agency::{Agency, Released};
use stile_exchange::clock::Clock;
use stile_exchange::error::ExchangeError;
use stile_exchange::hub::State;
use stile_ledger::EntryKind;
use stile_model::digest::Digest;
use stile_model::id::{EnquiryId, MemberId};
use stile_trust::authority::describe;
use stile_trust::directory::Directory;
use stile_trust::identity::Role;
use stile_trust::peer::Peer;
use stile_trust::tls::TlsMaterial;

use crate::suspended::answer;

const PEOPLE: usize = 50;
/// More than any approval waits, less than an enquiry lives.
const OVERDUE_S: i64 = 13 * 3_600;

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

/// An agency without what runs beside it, of which a hub has asked something that people decide.
struct Asked {
    lab: Lab,
    agency: Arc<Agency>,
    tls: Arc<TlsMaterial>,
    peer: Peer,
    enquiry: EnquiryId,
    /// The question as it was sent.
    jws: String,
}

impl Asked {
    async fn new() -> Self {
        let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
        lab.stop_one(&police()).await;
        let file = lab.agency_dir(Kind::Police).join("agency.toml");
        let config = AgencyConfig::read(&file).unwrap();
        let (agency, tls) = assemble_agency(config, lab.time.clock()).await.unwrap();
        let (jws, first) = answer(&lab, &lab.raw_hub(), &agency).await;
        assert!(first.answer.more && first.answer.tells());
        let chain = CertificateDer::pem_file_iter(hub_chain(&lab)).unwrap();
        let chain: Vec<_> = chain.map(Result::unwrap).collect();
        Self {
            peer: Peer::from_chain(&chain).unwrap(),
            enquiry: first.answer.enquiry,
            jws,
            lab,
            agency,
            tls,
        }
    }

    /// What a long poll for the next return comes to, when `meanwhile` happens before there is one.
    async fn polled(
        &self,
        meanwhile: impl FnOnce(&Self),
    ) -> Result<Option<Released>, ExchangeError> {
        let poll = {
            let (agency, peer, id) = (Arc::clone(&self.agency), self.peer.clone(), self.enquiry);
            tokio::spawn(async move { agency.returns_after(&peer, id, 1, 60, 0).await })
        };
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!poll.is_finished(), "it waits");
        meanwhile(self);
        self.lab.time.advance_s(OVERDUE_S);
        assert!(self.agency.lapse_overdue().await.unwrap() > 0);
        poll.await.unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Directory)) {
        let mut directory = Directory::clone(&self.agency.directory.load());
        directory.version += 1;
        change(&mut directory);
        self.agency.directory.store(Arc::new(directory));
    }

    async fn over(mut self) {
        drop(self.agency);
        self.lab.stop().await;
    }
}

fn hub_chain(lab: &Lab) -> std::path::PathBuf {
    let config = HubConfig::read(&lab.hub_dir().join("hub.toml")).unwrap();
    config.parts.tls.chain
}

fn code(told: Result<Option<Released>, ExchangeError>) -> Option<String> {
    told.err().map(|error| error.problem().code().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_is_answered_when_nothing_changed_meanwhile() {
    let asked = Asked::new().await;

    let told = asked.polled(|_| {}).await;

    assert!(matches!(told, Ok(Some(_))), "{told:?}");
    asked.over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn withholds_from_a_long_poll_whose_hub_the_directory_dropped_meanwhile() {
    let asked = Asked::new().await;

    let told = asked.polled(|asked| {
        asked.change(|directory| {
            let hub = directory.members.iter_mut().find(|one| one.id == hub());
            hub.unwrap().tls_pins = vec![Digest::of(b"another key")];
        });
    });

    assert_eq!(code(told.await).as_deref(), Some("untrusted"));
    asked.over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn withholds_from_a_long_poll_whose_hub_was_revoked_meanwhile() {
    let asked = Asked::new().await;

    let told = asked.polled(|asked| {
        let now = asked.lab.time.clock().now();
        papers::revoke(asked.lab.dir(), &hub_chain(&asked.lab), now);
        asked.tls.reload_revocations(now).unwrap();
    });

    assert_eq!(code(told.await).as_deref(), Some("untrusted"));
    asked.over().await;
}

/// What was recorded under an agreement does not go out under none, whoever asks for it and how often.
#[tokio::test(flavor = "multi_thread")]
async fn withholds_a_recorded_return_once_the_agreement_is_gone_and_gives_it_under_the_next() {
    let asked = Asked::new().await;
    let read = || {
        asked
            .agency
            .returns_after(&asked.peer, asked.enquiry, 0, 0, 0)
    };
    let again = async || {
        let repeated = asked.agency.answer(&asked.peer, &asked.jws, 0).await;
        repeated.map(Some)
    };
    assert!(matches!(read().await, Ok(Some(_))));
    assert!(matches!(again().await, Ok(Some(_))));
    let agreements = asked.agency.directory.load().agreements.clone();

    asked.change(|directory| directory.agreements.clear());
    assert_eq!(code(read().await).as_deref(), Some("no_agreement"));
    assert_eq!(code(again().await).as_deref(), Some("no_agreement"));

    asked.change(|directory| directory.agreements = agreements);
    assert!(matches!(read().await, Ok(Some(_))));
    assert!(matches!(again().await, Ok(Some(_))));
    let entries = asked.lab.entries(&police());
    assert_eq!(count(&entries, EntryKind::Permit), 1, "no second entry");
    assert_eq!(
        count(&entries, EntryKind::Refusal),
        1,
        "that it was asked for again is on record"
    );
    asked.over().await;
}

/// Has the police show a certificate for a key of which the directory knows nothing, and gives the pins
/// of the key it knows and of that one.
fn another_key(dir: &Path) -> (Digest, Digest) {
    let own = dir.join(police().as_str());
    let pin = |chain: &Path| {
        let text = std::fs::read_to_string(chain).unwrap();
        describe(&text).unwrap().spki_digest
    };
    let known = pin(&own.join("chain.pem"));
    let who = identity(Role::Agency, police().as_str(), None);
    let other = papers::issue(dir, "another-key", &who, 90, Clock::system().now());
    std::fs::copy(&other.chain, own.join("chain.pem")).unwrap();
    std::fs::copy(other.key.file().unwrap(), own.join("key.pem")).unwrap();
    (known, pin(&other.chain))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_asks_nothing_of_an_agency_whose_key_is_not_the_pinned_one_though_its_certificate_chains()
 {
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    let mut pins = None;
    let mut lab =
        Lab::start_with(&world, &[Kind::Police], |dir| pins = Some(another_key(dir))).await;
    let (known, other) = pins.unwrap();
    let before = lab.verified_entries(police().as_str());
    let asks = ["police.conviction"];

    let desk = lab.person(&hub(), RESEARCHER);
    let first = Matter::of(&tale("green"), "MASH-2026-10000");
    first.raise(&desk, &[(Kind::Police, &asks)]).await;
    let state = first.settled(&desk).await;

    let State::Unreachable { code, .. } = &state else {
        panic!("{state:?}");
    };
    assert_eq!(code, "not_trusted");
    assert_eq!(
        lab.verified_entries(police().as_str()),
        before,
        "it heard nothing"
    );

    // The same key, pinned: nothing else was wrong with it.
    lab.stop().await;
    papers::change_directory(lab.dir(), |text| {
        assert!(text.contains(&known.to_string()));
        let raised = text.replacen("version = 1", "version = 2", 1);
        assert_ne!(raised, text);
        raised.replace(&known.to_string(), &other.to_string())
    });
    lab.restart().await;
    let desk = lab.person(&hub(), RESEARCHER);
    let second = Matter::of(&tale("green"), "MASH-2026-10001");
    second.raise(&desk, &[(Kind::Police, &asks)]).await;
    let state = second.settled(&desk).await;
    assert!(
        matches!(state, State::Answered | State::InPart),
        "{state:?}"
    );
    lab.stop().await;
}
