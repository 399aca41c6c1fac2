//! Epoch keys in a hardware token, here `SoftHSM`'s software one, in a folder of the test's own.
//!
//! The module reads its settings from the environment when it is first used, so each story runs as a
//! program of its own: this same test program, started again with the settings.

use std::process::Command;

use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use stile_token::{TokenError, TokenPlace};

use super::erase::{assert_erased, erasure, fill_cases};
use super::*;
use crate::Destroyed;

const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
];
const PIN: &str = "6021";

/// Runs `story`, one of the ignored tests below, beside a fresh token.
fn beside_a_token(story: &str) {
    let Some(module) = MODULES.iter().find(|module| Path::new(module).exists()) else {
        eprintln!("SKIPPED: SoftHSM is not installed (apt-get install softhsm2)");
        return;
    };
    let dir = folder();
    let (settings, tokens) = (dir.path().join("softhsm2.conf"), dir.path().join("tokens"));
    std::fs::create_dir(&tokens).unwrap();
    let text = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\n",
        tokens.display()
    );
    std::fs::write(&settings, text).unwrap();
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", "stile", "--pin", PIN])
        .args(["--so-pin", "5432"])
        .env("SOFTHSM2_CONF", &settings)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture"])
        .arg(format!("tests::token::{story}"))
        .env("SOFTHSM2_CONF", &settings)
        .env("STILE_TEST_MODULE", module)
        .env("STILE_TEST_FOLDER", dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let wrong = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}\n{wrong}");
    assert!(said.contains("1 passed"), "the story did not run: {said}");
}

/// The folder and the token of the story under way.
fn given() -> (PathBuf, TokenPlace) {
    let dir = PathBuf::from(std::env::var_os("STILE_TEST_FOLDER").unwrap());
    let pin_file = dir.join("pin");
    std::fs::write(&pin_file, format!("{PIN}\n")).unwrap();
    private(&pin_file, 0o600);
    let place = TokenPlace {
        module: std::env::var_os("STILE_TEST_MODULE").unwrap().into(),
        token: "stile".to_owned(),
        label: "epoch".to_owned(),
        pin_file,
    };
    (dir, place)
}

fn private(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn open_with(dir: &Path, place: &TokenPlace) -> Result<Store, StoreError> {
    let config = StoreConfig {
        epoch_key: EpochKey::token(place)?,
        ..config(&dir.join("store"), 64 * 1024)
    };
    Store::open(config).map(|(store, _)| store)
}

#[test]
fn token_wraps_seals_and_destroys_its_key_at_an_erasure() {
    beside_a_token("story_of_an_erasure");
}

#[test]
fn refuses_a_token_that_is_not_as_it_should_be() {
    beside_a_token("story_of_refusals");
}

#[test]
#[ignore = "run by `token_wraps_seals_and_destroys_its_key_at_an_erasure`"]
fn story_of_an_erasure() {
    let (dir, place) = given();
    let first = EpochKey::create_in_token(&place).unwrap();
    let store = open_with(&dir, &place).unwrap();
    fill_cases(&store, 1..5);
    drop(store);
    let store = open_with(&dir, &place).unwrap();
    assert!(store.body(0).is_ok());

    let erased = run(store.erase(&erasure(&[1]))).unwrap();

    assert_eq!(erased.destroyed, Destroyed::Yes);
    assert_erased(&store, 4);
    let left = EpochKey::token(&place).unwrap().ids();
    assert_eq!(left.len(), 1, "one key is in the token");
    assert_ne!(left, [first], "and it is not the old one");
    drop(store);
    let store = open_with(&dir, &place).unwrap();
    assert_erased(&store, 4);

    // A stop between making the next key and the first frame: that key is used, no third is made.
    store.shared.keyring.begin_epoch().unwrap();
    assert_eq!(EpochKey::token(&place).unwrap().ids().len(), 2);
    drop(store);
    let store = open_with(&dir, &place).unwrap();
    run(store.erase(&erasure(&[2]))).unwrap();
    assert_eq!(EpochKey::token(&place).unwrap().ids().len(), 1);
    assert!(matches!(store.body(1), Err(StoreError::Erased)));
    assert!(store.body(2).is_ok());
    drop(store);
    assert!(verified(&dir.join("store")).is_sound());
}

#[test]
#[ignore = "run by `refuses_a_token_that_is_not_as_it_should_be`"]
fn story_of_refusals() {
    let (dir, place) = given();
    let refused = |place: &TokenPlace| EpochKey::token(place).unwrap_err();

    // No key yet.
    assert!(matches!(refused(&place), StoreError::Config(_)));
    let other = TokenPlace {
        token: "other".to_owned(),
        ..place.clone()
    };
    assert!(matches!(
        refused(&other),
        StoreError::Token(TokenError::NoToken(_))
    ));
    let module = TokenPlace {
        module: dir.join("none.so"),
        ..place.clone()
    };
    assert!(matches!(
        refused(&module),
        StoreError::Token(TokenError::Refused { .. })
    ));
    private(&place.pin_file, 0o644);
    assert!(matches!(
        refused(&place),
        StoreError::Token(TokenError::PinExposed(_))
    ));
    private(&place.pin_file, 0o600);
    a_wrong_pin_is_tried_once(&place);
    std::fs::write(&place.pin_file, "\n").unwrap();
    assert!(matches!(
        refused(&place),
        StoreError::Token(TokenError::PinFile { .. })
    ));
    std::fs::write(&place.pin_file, PIN).unwrap();

    // A key the token would give out.
    let loose = TokenPlace {
        label: "loose".to_owned(),
        ..place.clone()
    };
    make_loose(&loose);
    assert!(matches!(
        refused(&loose),
        StoreError::Token(TokenError::KeyLoose(_))
    ));

    // The key of another store.
    EpochKey::create_in_token(&place).unwrap();
    assert!(EpochKey::create_in_token(&place).is_err());
    let store = open_with(&dir, &place).unwrap();
    fill_cases(&store, 1..3);
    drop(store);
    let stranger = TokenPlace {
        label: "stranger".to_owned(),
        ..place.clone()
    };
    EpochKey::create_in_token(&stranger).unwrap();
    assert!(matches!(
        open_with(&dir, &stranger),
        Err(StoreError::WrongEpochKey)
    ));
    assert!(open_with(&dir, &place).is_ok());
}

/// A token locks itself after a few wrong PINs; this one only says that it has seen one.
fn a_wrong_pin_is_tried_once(place: &TokenPlace) {
    let put = |pin: &str| std::fs::write(&place.pin_file, pin).unwrap();
    let refused = || match EpochKey::token(place).unwrap_err() {
        StoreError::Token(error) => error,
        other => panic!("{other}"),
    };
    put("9999");
    assert!(matches!(refused(), TokenError::PinRefused { .. }));
    assert!(counts_wrong_ones(place), "it was tried");

    // Another gateway, or a start, knows nothing of it: the token does.
    put(PIN);
    assert!(matches!(refused(), TokenError::PinDoubted { .. }));

    // A person has logged in since, and what was refused is back.
    drop(by_hand(place));
    assert!(!counts_wrong_ones(place));
    put("9999\n");
    for _ in 0..20 {
        assert!(matches!(refused(), TokenError::PinRefused { .. }));
    }
    assert!(!counts_wrong_ones(place), "it was not tried again");
    put(PIN);
    let opened = EpochKey::token(place).unwrap_err();
    assert!(matches!(opened, StoreError::Config(_)), "{opened}");
}

/// Has somebody tried a wrong PIN since the last right one?
fn counts_wrong_ones(place: &TokenPlace) -> bool {
    let (library, slot) = slot_of(place);
    library.get_token_info(slot).unwrap().user_pin_count_low()
}

fn slot_of(place: &TokenPlace) -> (Pkcs11, Slot) {
    let library = Pkcs11::new(&place.module).unwrap();
    let slots = library.get_slots_with_token().unwrap();
    let named = |slot: &&_| library.get_token_info(**slot).unwrap().label() == place.token;
    let slot = *slots.iter().find(named).unwrap();
    (library, slot)
}

/// A session as the token's own tool opens it.
fn by_hand(place: &TokenPlace) -> Session {
    let (library, slot) = slot_of(place);
    let session = library.open_rw_session(slot).unwrap();
    // Logged in already: a login counts for every session of the program, while one is open.
    let pin = AuthPin::new(PIN.into());
    session.login(UserType::User, Some(&pin)).ok();
    session
}

/// A key as other software makes it: it may leave the token.
fn make_loose(place: &TokenPlace) {
    let session = by_hand(place);
    let template = [
        Attribute::Token(true),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
        Attribute::ValueLen(32.into()),
        Attribute::Label(place.label.clone().into_bytes()),
        Attribute::Id(vec![7]),
    ];
    session
        .generate_key(&Mechanism::AesKeyGen, &template)
        .unwrap();
}
