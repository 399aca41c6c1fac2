//! Gateways whose TLS keys are in a hardware token, here `SoftHSM`'s software one.

use std::cell::RefCell;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use harness::Caller;
use harness::PATIENCE;
use harness::ask::{has_answered, raise, wait_for};
use harness::papers::{change_directory, identity};
use harness::process::Site;
use harness::token::{LABEL, PIN, Token, beside_a_token, setting};
use stile_cli::config::AgencyConfig;
use stile_cli::demo::partnership::{APPROVER, HUB, IT};
use stile_cli::demo::world::{Kind, story};
use stile_exchange::clock::Clock;
use stile_model::digest::Digest;
use stile_token::TokenPlace;
use stile_token::signing::{SigningKey, destroy, relabel};
use stile_trust::authority::{Authority, describe};
use stile_trust::identity::Role;
use stile_trust::key::{KeyPlace, TlsKey};
use stile_trust::renewal::{begin_change, clear, complete, install};
use stile_trust::tls::{TlsFiles, TlsMaterial};

use crate::STILE;
use crate::watch::{free_port, metrics, value, watched};

const POLICE: &str = "riverside-police";
const PEOPLE: usize = 50;
const TASKS: &str = "/api/v1/tasks";
const FAILING: &str = "stile_tls_key_failing";
/// The DER of P-256's object identifier.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

#[test]
fn a_gateway_enrols_answers_and_renews_with_a_key_that_never_left_its_token() {
    beside_a_token("hardware_key::story_of_a_gateway");
}

#[test]
fn a_gateway_whose_token_is_taken_away_opens_no_connection_until_it_is_back() {
    beside_a_token("hardware_key::story_of_a_token_that_is_away");
}

#[test]
fn refuses_to_start_with_a_token_or_key_that_is_not_as_it_should_be() {
    beside_a_token("hardware_key::story_of_refusals");
}

#[test]
fn a_change_of_keys_in_a_token_is_completed_wherever_it_was_broken_off() {
    beside_a_token("hardware_key::story_of_a_change");
}

#[test]
fn a_change_of_keys_is_refused_before_anything_is_lost() {
    beside_a_token("hardware_key::story_of_labels_that_stay");
}

#[test]
fn a_gateway_that_runs_completes_a_change_of_keys_that_was_broken_off() {
    beside_a_token("hardware_key::story_of_a_change_while_it_runs");
}

#[test]
fn a_key_that_came_in_the_place_of_another_does_not_sign_for_it() {
    beside_a_token("hardware_key::story_of_a_strange_key");
}

/// Puts a member's TLS key where `key` says; the pages keep the files they had.
fn configure(site: &Site, member: &str, key: &TokenPlace) {
    let own = site.member_dir(member);
    let (chain, file) = (own.join("pages-chain.pem"), own.join("pages-key.pem"));
    if !chain.exists() {
        fs::copy(own.join("chain.pem"), chain).unwrap();
        fs::rename(own.join("key.pem"), file).unwrap();
        site.edit(&site.config(member), |text| {
            text.replace("key = \"key.pem\"\nroots", "key = \"here\"\nroots")
                .replace(
                    "chain = \"chain.pem\"\nkey = \"key.pem\"\n\n[ledger]",
                    "chain = \"pages-chain.pem\"\nkey = \"pages-key.pem\"\n\n[ledger]",
                )
                .replace("\"here\"", &setting(key))
        });
        return;
    }
    site.edit(&site.config(member), |text| {
        let (before, rest) = text.split_once("key = { pkcs11").unwrap();
        let (_, after) = rest.split_once('\n').unwrap();
        format!("{before}key = {}\n{after}", setting(key))
    });
}

/// A chain of 90 days for a key, as an authority issues it to whoever asks.
fn certify(dir: &Path, key: &TlsKey, role: Role, member: &str) -> String {
    let who = identity(role, member, None);
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let authority = Authority::open(&dir.join("ca")).unwrap();
    let csr = key.request(&who).unwrap();
    let now = Clock::system().now();
    let issued = authority.issue_for_request(&csr, &who, &names, 90, now);
    issued.unwrap().chain_pem
}

/// Makes a member's key in the token, has it certified, and pins it.
fn move_in(site: &Site, role: Role, member: &str, place: &TokenPlace) {
    let key = TlsKey::make(&KeyPlace::Token(place.clone())).unwrap();
    let chain = site.member_dir(member).join("chain.pem");
    configure(site, member, place);
    let old = pin(&chain);
    fs::write(&chain, certify(site.dir(), &key, role, member)).unwrap();
    let new = key.pin().to_string();
    change_directory(site.dir(), |text| text.replace(&old, &new));
}

fn pin(chain: &Path) -> String {
    let text = fs::read_to_string(chain).unwrap();
    describe(&text).unwrap().spki_digest.to_string()
}

/// Signs the next version of the directory.
fn next_directory(site: &Site, version: u32, change: impl FnOnce(String) -> String) {
    let old = format!("version = {}\n", version - 1);
    let new = format!("version = {version}\n");
    change_directory(site.dir(), |text| change(text).replace(&old, &new));
}

/// Runs the program, which must succeed, and gives what it prints.
fn runs(site: &Site, words: &[&str]) -> String {
    let ran = site.run(words);
    let said = String::from_utf8(ran.stdout).unwrap();
    let wrong = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success(), "{words:?}: {said}{wrong}");
    said
}

/// The word after `name` in what was printed.
fn after(said: &str, name: &str) -> String {
    let mut words = said
        .split([' ', '\n', ';', ':'])
        .filter(|word| !word.is_empty());
    let found = words.find(|word| *word == name).and_then(|_| words.next());
    found
        .unwrap_or_else(|| panic!("no `{name}` in {said}"))
        .to_owned()
}

/// Approves a request by what its maker read out.
fn approve(site: &Site, said: &str) {
    let it = site.member_dir(HUB).join("people").join(IT);
    let (it, ca) = (it.join("person.toml"), site.dir().join("ca"));
    let (id, pin) = (after(said, "request"), after(said, "pin"));
    let words = format!(
        "ca approve --person {} --dir {} {id} --pin {pin} --role agency --member {POLICE} --name \
         127.0.0.1",
        it.display(),
        ca.display()
    );
    runs(site, &words.split(' ').collect::<Vec<_>>());
}

async fn answers(site: &Site) {
    let mut story = story();
    story.asks.retain(|kind, _| *kind == Kind::Police);
    let desk = site.researcher();
    raise(&desk, &story).await;
    wait_for(&desk, &story, has_answered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by `a_gateway_enrols_answers_and_renews_with_a_key_that_never_left_its_token`"]
async fn story_of_a_gateway() {
    let token = Token::given();
    let place = token.place("police-tls");
    let mut site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
    move_in(&site, Role::Hub, HUB, &token.place("hub-tls"));
    configure(&site, POLICE, &place);
    let door = format!("127.0.0.1:{}", free_port());
    site.edit(&site.config(HUB), |text| {
        text.replace("[listen]\n", &format!("[listen]\nenrolment = \"{door}\"\n"))
    });
    let config = site.config(POLICE);
    let config = config.to_str().unwrap();
    let chain = site.member_dir(POLICE).join("chain.pem");
    let old = pin(&chain);
    fs::remove_file(&chain).unwrap();
    site.start(HUB);

    // Enrolment: the key is made in the token.
    let spent = site.dir().join("token");
    let it = site
        .member_dir(HUB)
        .join("people")
        .join(IT)
        .join("person.toml");
    let words = format!(
        "ca token --person {} --member {POLICE} --name 127.0.0.1 --out {}",
        it.display(),
        spent.display()
    );
    runs(&site, &words.split(' ').collect::<Vec<_>>());
    let root = site.dir().join("ca/root.pem");
    let words = format!(
        "agency enrol --hub https://{door} --token-file {} --root {} --config {config}",
        spent.display(),
        root.display()
    );
    let enrol: Vec<_> = words.split(' ').collect();
    let said = runs(&site, &enrol);
    approve(&site, &said);
    let said = runs(&site, &enrol);
    assert!(said.contains("enrolled"), "{said}");
    assert!(!site.member_dir(POLICE).join("key.pem").exists());
    let first = pin(&chain);
    next_directory(&site, 2, |text| text.replace(&old, &first));

    // Both directions: the hub asks the agency, and the agency asks the hub for renewals.
    site.stop(HUB);
    site.edit(&site.config(POLICE), |text| {
        format!("{text}\n[renewal]\nhub = \"{HUB}\"\nevery_s = 1\n")
    });
    site.start_all();
    answers(&site).await;
    assert!(site.verified(POLICE).is_sound());

    // Renewal keeps the key.
    let serial = || {
        describe(&fs::read_to_string(&chain).unwrap())
            .unwrap()
            .serial
    };
    let before = serial();
    let renew = ["agency", "renew", "--config", config];
    let said = runs(&site, &renew);
    approve(&site, &said);
    until("it was not renewed", || {
        runs(&site, &renew);
        serial() != before
    });
    assert_eq!(pin(&chain), first, "the key stays");

    // A change of keys ends with one key in the token: the new one.
    let said = runs(&site, &[&renew[..], &["--new-key"]].concat());
    let next = after(&said, "pin");
    assert_ne!(next, first);
    approve(&site, &said);
    next_directory(&site, 3, |text| {
        let (one, two) = (format!("\"{first}\""), format!("\"{first}\", \"{next}\""));
        text.replace(&one, &two)
    });
    site.hang_up(HUB);
    site.hang_up(POLICE);
    until("the new key is not in use", || pin(&chain) == next);
    let found = TlsKey::load(&KeyPlace::Token(place.clone())).unwrap();
    assert_eq!(found.pin().to_string(), next);
    until("the old key is still there", || {
        keys(&place) == ["police-tls"]
    });
    site.stop_all();
    site.start_all();
    assert!(calls(&site).await, "it serves with the new key");
    site.stop_all();
}

fn until(what: &str, mut look: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !look() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Does the police's gateway serve somebody on a new connection?
async fn calls(site: &Site) -> bool {
    let own = site.member_dir(POLICE).join("people").join(APPROVER);
    let (chain, key) = (own.join("chain.pem"), own.join("key.pem"));
    let config = AgencyConfig::read(&site.config(POLICE)).unwrap();
    let at: SocketAddr = config.parts.listen.people;
    let caller = Caller::careless(site.dir(), Some((&chain, &key)), at);
    let answered = caller.get(TASKS).await;
    answered.is_ok_and(|reply| reply.status.is_success())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by `a_gateway_whose_token_is_taken_away_opens_no_connection_until_it_is_back`"]
async fn story_of_a_token_that_is_away() {
    let token = Token::given();
    let mut site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
    move_in(&site, Role::Agency, POLICE, &token.place("police-tls"));
    let port = watched(&site, POLICE, free_port(), "");
    site.start_all();
    assert!(calls(&site).await);
    assert_eq!(value(&metrics(port), FAILING), 0);
    let config = site.config(POLICE);
    let doctor = |site: &Site| {
        let ran = site.run(&["doctor", "--agency", config.to_str().unwrap()]);
        String::from_utf8(ran.stdout).unwrap()
    };
    let well = doctor(&site);
    assert!(!well.contains("WRONG    keys"), "{well}");

    token.take_keys();
    assert!(!calls(&site).await, "nothing signs");
    assert_eq!(value(&metrics(port), FAILING), 1);
    let said = doctor(&site);
    assert!(said.contains("WRONG    keys"), "{said}");
    assert!(said.contains("refused the last signature"), "{said}");

    token.put_keys_back();
    assert!(calls(&site).await, "it is found again without a restart");
    assert_eq!(value(&metrics(port), FAILING), 0);
    answers(&site).await;

    token.take_away();
    assert!(!calls(&site).await, "nothing signs");
    assert_eq!(value(&metrics(port), FAILING), 1);
    token.put_back();
    site.stop(POLICE);
    site.start(POLICE);
    assert!(calls(&site).await);
    site.stop_all();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by `refuses_to_start_with_a_token_or_key_that_is_not_as_it_should_be`"]
async fn story_of_refusals() {
    let token = Token::given();
    let place = token.place("police-tls");
    let site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
    let configured = RefCell::new(None);
    let ends = |code: i32, place: &TokenPlace, words: &[&str]| {
        if configured.replace(Some(place.clone())).as_ref() != Some(place) {
            configure(&site, POLICE, place);
        }
        let (ended, said) = site.end_at_start(POLICE).expect("it started");
        assert_eq!(ended, Some(code), "{said}");
        for word in words {
            assert!(said.contains(word), "no `{word}` in {said}");
        }
    };
    let refusal = |place: &TokenPlace, words: &[&str]| ends(1, place, words);
    let named = |label: &str| TokenPlace {
        label: label.to_owned(),
        ..place.clone()
    };

    refusal(&place, &["holds no P-256 key pair labelled `police-tls`"]);
    TlsKey::make(&KeyPlace::Token(named("strange"))).unwrap();
    let words = [
        "key `strange`",
        "not the one that the certificate was issued for",
    ];
    refusal(&named("strange"), &words);
    move_in(&site, Role::Agency, POLICE, &place);
    make_loose(&named("loose"));
    refusal(
        &named("loose"),
        &["would give the key labelled `loose` out"],
    );
    let other = TokenPlace {
        token: "other".to_owned(),
        ..place.clone()
    };
    refusal(&other, &["no token is labelled `other`"]);
    let module = TokenPlace {
        module: PathBuf::from("/no/such/module.so"),
        ..place.clone()
    };
    refusal(&module, &["load the module"]);
    token.write_pin("999999", 0o600);
    let words = [
        "token `stile` refused the PIN in",
        "put the right one there",
    ];
    ends(77, &place, &words);
    // However often it is started: nothing is tried before a person has logged in.
    for pin in ["999999", PIN] {
        token.write_pin(pin, 0o600);
        let words = ["tried a wrong PIN on token `stile`", "log in with it once"];
        ends(77, &place, &words);
    }
    drop(session(&place));
    token.write_pin(PIN, 0o644);
    refusal(&place, &["set its mode to 0600"]);
    token.write_pin("", 0o600);
    refusal(&place, &["gives no PIN"]);
    token.write_pin(PIN, 0o600);
    token.take_away();
    let words = [
        "key `police-tls` of token `stile`",
        "refused to start the module of the token",
    ];
    refusal(&place, &words);
    token.put_back();
    assert_eq!(site.refusal_at_start(POLICE), None, "all is well again");
}

/// A member's files, with the key at this place, of an authority in the folder; and the key's pin.
fn files_at(dir: &Path, place: &TokenPlace) -> (TlsFiles, Digest) {
    let now = Clock::system().now();
    let who = identity(Role::Agency, POLICE, None);
    Authority::init(&dir.join("ca"), &who.partnership, now).unwrap();
    let files = TlsFiles {
        chain: dir.join("chain.pem"),
        key: KeyPlace::Token(place.clone()),
        roots: dir.join("ca/root.pem"),
        issuers: dir.join("ca/issuing.pem"),
        crl: dir.join("ca/crl.pem"),
    };
    let key = match TlsKey::find(&files.key).unwrap() {
        Some(key) => key,
        None => TlsKey::make(&files.key).unwrap(),
    };
    fs::write(&files.chain, certify(dir, &key, Role::Agency, POLICE)).unwrap();
    (files, key.pin())
}

/// The key that a gateway with these files serves with.
fn serves_with(files: &TlsFiles) -> Digest {
    let now = Clock::system().now();
    TlsMaterial::load(files, now).unwrap().own().spki_digest
}

/// Begins a change, and has the next key certified; the chain waits.
fn change_begun(dir: &Path, files: &TlsFiles) -> Digest {
    let next = begin_change(files).unwrap();
    assert_eq!(begin_change(files).unwrap().pin(), next.pin());
    let chain = certify(dir, &next, Role::Agency, POLICE);
    fs::write(dir.join("chain.pem.next"), chain).unwrap();
    next.pin()
}

#[test]
#[ignore = "run by `a_change_of_keys_in_a_token_is_completed_wherever_it_was_broken_off`"]
fn story_of_a_change() {
    let (token, folder) = (Token::given(), tempfile::tempdir().unwrap());
    let dir = folder.path();
    let [place, next_place, old_place] = ["tls", "tls.next", "tls.old"].map(|at| token.place(at));
    let (files, first) = files_at(dir, &place);
    assert!(TlsKey::make(&files.key).is_err(), "never over another");
    assert!(TlsKey::load(&files.key).unwrap().secret().is_none());
    assert_eq!(serves_with(&files), first);

    // Written, and broken off before the keys changed places: nothing has changed.
    let second = change_begun(dir, &files);
    complete(&files).unwrap();
    assert_eq!(serves_with(&files), first);
    assert!(dir.join("chain.pem.next").exists());

    // Broken off when no key had the label: the one of the chain in place serves, and none is made.
    relabel(&place, &old_place).unwrap();
    assert_eq!(serves_with(&files), first);
    for said in [TlsKey::load(&files.key), TlsKey::make(&files.key)] {
        let said = said.unwrap_err().to_string();
        assert!(said.contains("one labelled `tls.old`"), "{said}");
    }

    // Broken off when the next key had it, and the chain was still the old one.
    relabel(&next_place, &place).unwrap();
    assert_eq!(serves_with(&files), first);
    complete(&files).unwrap();
    assert_eq!(serves_with(&files), second);
    assert!(!dir.join("chain.pem.next").exists());

    // The old key is destroyed once nobody signs with it, and not before.
    clear(&files, &first).unwrap();
    assert_eq!(keys(&place), ["tls", "tls.old"]);
    clear(&files, &second).unwrap();
    assert_eq!(keys(&place), ["tls"]);

    // From the first of those steps it is completed at once.
    let third = change_begun(dir, &files);
    relabel(&place, &old_place).unwrap();
    complete(&files).unwrap();
    assert_eq!(serves_with(&files), third);
    clear(&files, &third).unwrap();

    // A whole change, and a chain of a key that is not here. Whoever signs meanwhile goes on signing.
    let signs = SigningKey::open(&place).unwrap();
    let fourth = begin_change(&files).unwrap();
    let stranger = certify(dir, &TlsKey::generate().unwrap(), Role::Agency, POLICE);
    assert!(install(&files, &stranger).is_err());
    assert_eq!(serves_with(&files), third);
    install(&files, &certify(dir, &fourth, Role::Agency, POLICE)).unwrap();
    assert_eq!(serves_with(&files), fourth.pin());
    signs.prove().unwrap();
    clear(&files, &fourth.pin()).unwrap();
    assert!(signs.prove().is_err(), "it was destroyed");
    assert_eq!(keys(&place), ["tls"]);
}

#[test]
#[ignore = "run by `a_change_of_keys_is_refused_before_anything_is_lost`"]
fn story_of_labels_that_stay() {
    let (token, folder) = (Token::given(), tempfile::tempdir().unwrap());
    let place = token.place("tls");
    make_pair(
        &place,
        &[7],
        &[&KEPT[..], &[Attribute::Modifiable(false)]].concat(),
    );
    let (files, first) = files_at(folder.path(), &place);

    let said = begin_change(&files).unwrap_err().to_string();

    assert!(
        said.contains("does not let the label of the key `tls` be changed"),
        "{said}"
    );
    assert_eq!(keys(&place), ["tls"], "none was made");
    assert_eq!(serves_with(&files), first);
}

#[test]
#[ignore = "run by `a_key_that_came_in_the_place_of_another_does_not_sign_for_it`"]
fn story_of_a_strange_key() {
    let token = Token::given();
    let place = token.place("tls");
    make_pair(&place, &[7], &KEPT);
    let key = SigningKey::open(&place).unwrap();
    key.prove().unwrap();

    destroy(&place).unwrap();
    make_pair(&place, &[7], &KEPT);

    assert!(key.sign(b"words").is_err());
    assert!(key.is_failing());
    SigningKey::open(&place).unwrap().prove().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by `a_gateway_that_runs_completes_a_change_of_keys_that_was_broken_off`"]
async fn story_of_a_change_while_it_runs() {
    let token = Token::given();
    let place = token.place("police-tls");
    let mut site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
    move_in(&site, Role::Agency, POLICE, &place);
    site.edit(&site.config(POLICE), |text| {
        format!("{text}\n[renewal]\nhub = \"{HUB}\"\nevery_s = 1\n")
    });
    site.start_all();
    assert!(calls(&site).await);

    // As when the link to the token dropped in the middle.
    let files = AgencyConfig::read(&site.config(POLICE)).unwrap().parts.tls;
    let next = begin_change(&files).unwrap();
    let waits = site.member_dir(POLICE).join("chain.pem.next");
    fs::write(waits, certify(site.dir(), &next, Role::Agency, POLICE)).unwrap();
    relabel(&place, &token.place("police-tls.old")).unwrap();

    let next = next.pin().to_string();
    until("the new key is not in use", || pin(&files.chain) == next);
    until("the old key is still there", || {
        keys(&place) == ["police-tls"]
    });
    assert!(calls(&site).await, "it serves with the new key");
    site.stop_all();
}

/// A session of the story's own; the program has logged in where it holds a key.
fn session(place: &TokenPlace) -> Session {
    let library = Pkcs11::new(&place.module).unwrap();
    // Fails where the program has done so before.
    let begin = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    library.initialize(begin).ok();
    let slots = library.get_slots_with_token().unwrap();
    let named = |slot: &&_| library.get_token_info(**slot).unwrap().label() == LABEL;
    let slot = *slots.iter().find(named).unwrap();
    let session = library.open_rw_session(slot).unwrap();
    session
        .login(UserType::User, Some(&AuthPin::new(PIN.into())))
        .ok();
    session
}

/// The labels of a place and of what a change of keys puts beside it, under which there is a key.
fn keys(place: &TokenPlace) -> Vec<String> {
    let session = session(place);
    let labels = ["", ".next", ".old"].map(|end| format!("{}{end}", place.label));
    let there = |label: &String| {
        let wanted = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Label(label.clone().into_bytes()),
        ];
        !session.find_objects(&wanted).unwrap().is_empty()
    };
    labels.into_iter().filter(there).collect()
}

/// What a private key is that stays in its token.
const KEPT: [Attribute; 3] = [
    Attribute::Private(true),
    Attribute::Sensitive(true),
    Attribute::Extractable(false),
];

/// A key pair as other software makes it.
fn make_pair(place: &TokenPlace, id: &[u8], private: &[Attribute]) {
    let label = Attribute::Label(place.label.clone().into_bytes());
    let both = [Attribute::Token(true), Attribute::Id(id.to_vec()), label];
    let public = [Attribute::EcParams(P256.to_vec())];
    let private = [&[Attribute::Sign(true)][..], private].concat();
    session(place)
        .generate_key_pair(
            &Mechanism::EccKeyPairGen,
            &[&both[..], &public].concat(),
            &[&both[..], &private].concat(),
        )
        .unwrap();
}

/// One that may leave the token.
fn make_loose(place: &TokenPlace) {
    let loose = [Attribute::Sensitive(false), Attribute::Extractable(true)];
    make_pair(place, &[8], &loose);
}
