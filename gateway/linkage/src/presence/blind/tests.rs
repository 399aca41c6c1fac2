use proptest::prelude::*;
use stile_model::id::MemberId;
use stile_model::subject::PersonRow;

use super::*;
use crate::presence::{SecretKey, Set, keys_of_row};

fn context() -> Context {
    Context {
        agency: MemberId::new("riverside-police").expect("member"),
        epoch: 3,
    }
}

fn secret(seed: u8) -> SecretKey {
    SecretKey::derive(&[seed; 32], b"test").expect("key")
}

fn keys(name: &str) -> Keys {
    keys_of_row(&PersonRow {
        forenames: name.into(),
        surname: name.into(),
        born: "2014-05-09".parse().ok(),
        address: "14 Elm Road".into(),
        postcode: "LS1 2AB".into(),
        ..PersonRow::default()
    })
}

fn purpose() -> Code {
    Code::new("s47_enquiry").expect("code")
}

/// 32 bytes that differ from call to call.
fn random(n: u64) -> [u8; 32] {
    let mut seed = [11; 32];
    seed[..8].copy_from_slice(&n.to_le_bytes());
    seed
}

fn sets(keys: &Keys, key: &SecretKey, wanted: Tier) -> Sets {
    let members = |tier| {
        keys.inputs(&context())
            .filter(|(each, _)| *each == tier && tier == wanted)
            .map(|(_, input)| key.token(&input).expect("token").under(&purpose()))
            .collect()
    };
    Sets {
        strong: Set::build(members(Tier::Strong), &[1; 32]).expect("set"),
        weak: Set::build(members(Tier::Weak), &[2; 32]).expect("set"),
    }
}

/// Blinds, has it evaluated with `key`, finalises.
fn ask(keys: &Keys, key: &SecretKey, random: &[u8; 32]) -> Asked {
    let (request, blinding) = blind(keys, &context(), random).expect("blind");
    blinding
        .finalise(&key.evaluate(&request.elements).expect("answer"))
        .expect("tokens")
}

#[test]
fn a_person_in_the_set_is_found_and_another_is_not() {
    let (mali, key) = (keys("Testwood"), secret(1));
    let asked = ask(&mali, &key, &random(0));

    assert_eq!(
        asked.find(&sets(&mali, &key, Tier::Strong), &purpose()),
        Found::Known
    );
    assert_eq!(
        asked.find(&sets(&mali, &key, Tier::Weak), &purpose()),
        Found::Possibly
    );
    let other = sets(&keys("Quill"), &key, Tier::Strong);
    assert_eq!(asked.find(&other, &purpose()), Found::Nothing);
}

#[test]
fn a_set_for_another_purpose_or_of_another_key_finds_nobody() {
    let (mali, key) = (keys("Testwood"), secret(1));
    let held = sets(&mali, &key, Tier::Strong);

    let asked = ask(&mali, &key, &random(0));
    assert_eq!(
        asked.find(&held, &Code::new("early_help").expect("code")),
        Found::Nothing
    );
    let asked = ask(&mali, &secret(2), &random(0));
    assert_eq!(asked.find(&held, &purpose()), Found::Nothing);
}

#[test]
fn every_request_has_the_same_shape_whoever_is_asked_about() {
    for person in [keys("Testwood"), keys("Smith-Testwood"), Keys::default()] {
        let (request, blinding) = blind(&person, &context(), &random(0)).expect("blind");

        assert_eq!(request.elements.len(), ELEMENTS);
        assert_eq!(blinding.to_bytes().len(), Blinding::BYTES);
    }
}

#[test]
fn one_subject_is_never_blinded_twice_alike() {
    let mut seen = BTreeSet::new();
    for n in 0..8 {
        let (request, _) = blind(&keys("Testwood"), &context(), &random(n)).expect("blind");
        seen.extend(request.elements);
    }

    assert_eq!(seen.len(), 8 * ELEMENTS);
}

#[test]
fn the_subjects_keys_lie_anywhere_in_the_request() {
    let mut first = [0_u32; 2];
    for n in 0..200 {
        let (_, blinding) = blind(&keys("Testwood"), &context(), &random(n)).expect("blind");
        let dummy = blinding.secrets[0].slot == Slot::Dummy;
        first[usize::from(dummy)] += 1;
    }

    // About 8 of 64 places are keys: 25 of 200 expected, five standard deviations either way.
    assert!((2..=49).contains(&first[0]), "{first:?}");
}

/// Chi-square of the bytes at every place of the elements of many requests, against even odds.
///
/// A random ristretto255 encoding is an even number below 2^255 - 19, so the last bit of the first
/// byte and the first of the last are fixed; those two bytes are counted by their seven free bits.
fn chi_square(requests: &[Vec<[u8; 32]>]) -> f64 {
    let mut counts = vec![[0_u32; 256]; 32];
    for element in requests.iter().flatten() {
        for (count, byte) in counts.iter_mut().zip(element) {
            count[usize::from(*byte)] += 1;
        }
    }
    let total = f64::from(u32::try_from(requests.len() * ELEMENTS).expect("fits"));
    let mut statistic = 0.0;
    for (place, count) in counts.iter().enumerate() {
        let possible = |byte: usize| match place {
            0 => byte.is_multiple_of(2),
            31 => byte < 128,
            _ => true,
        };
        let cells = if place == 0 || place == 31 {
            128.0
        } else {
            256.0
        };
        for (byte, seen) in count.iter().enumerate() {
            if possible(byte) {
                statistic += (f64::from(*seen) - total / cells).powi(2) / (total / cells);
            } else {
                assert_eq!(*seen, 0);
            }
        }
    }
    statistic
}

/// Mean and width of that statistic for even bytes: 30 places of 255 degrees of freedom and 2 of
/// 127; eight widths are far beyond one chance in a million for a chi-square this wide.
const DEGREES: f64 = 30.0 * 255.0 + 2.0 * 127.0;

fn looks_even(requests: &[Vec<[u8; 32]>]) -> bool {
    (chi_square(requests) - DEGREES).abs() < 8.0 * (2.0 * DEGREES).sqrt()
}

fn requests(person: &Keys, from: u64) -> Vec<Vec<[u8; 32]>> {
    (from..from + 120)
        .map(|n| {
            blind(person, &context(), &random(n))
                .expect("blind")
                .0
                .elements
        })
        .collect()
}

#[test]
fn the_elements_of_any_subject_are_evenly_distributed() {
    for (person, from) in [
        (keys("Testwood"), 0),
        (keys("Quill"), 200),
        (Keys::default(), 400),
    ] {
        assert!(looks_even(&requests(&person, from)));
    }
}

#[test]
fn the_same_statistic_catches_a_request_that_repeats_an_element() {
    let mut leaking = requests(&keys("Testwood"), 0);
    let fixed = leaking[0][0];
    for request in &mut leaking {
        request[0] = fixed;
    }

    assert!(!looks_even(&leaking));
}

#[test]
fn refuses_answers_of_another_shape() {
    let (request, blinding) = blind(&keys("Testwood"), &context(), &random(0)).expect("blind");
    let answer = secret(1).evaluate(&request.elements).expect("answer");
    let refusal = |answer: &[[u8; 32]]| blinding.finalise(answer).err();

    assert_eq!(
        refusal(&answer[1..]),
        Some(PresenceError::Count {
            found: ELEMENTS - 1
        })
    );
    let mut identity = answer.clone();
    identity[5] = [0; 32];
    assert_eq!(
        refusal(&identity),
        Some(PresenceError::Element { place: 5 })
    );
    let mut odd = answer;
    odd[6] = [255; 32];
    assert_eq!(refusal(&odd), Some(PresenceError::Element { place: 6 }));
}

#[test]
fn an_opening_shows_the_auditor_who_was_asked_about() {
    let mali = keys("Testwood");
    let (request, blinding) = blind(&mali, &context(), &random(0)).expect("blind");

    let opening = Blinding::from_bytes(&blinding.to_bytes()).expect("opening");

    assert!(opening.opens(&request.elements));
    assert_eq!(opening.is_about(&mali, &context()), Ok(true));
    let tokens = secret(1).evaluate(&request.elements).expect("answer");
    let set = sets(&mali, &secret(1), Tier::Strong);
    let asked = opening.finalise(&tokens).expect("tokens");
    assert_eq!(asked.find(&set, &purpose()), Found::Known);
}

#[test]
fn an_opening_of_another_person_context_or_request_is_refused() {
    let mali = keys("Testwood");
    let (request, blinding) = blind(&mali, &context(), &random(0)).expect("blind");
    let (other, _) = blind(&mali, &context(), &random(1)).expect("blind");
    let elsewhere = Context {
        epoch: 4,
        ..context()
    };

    assert_eq!(blinding.is_about(&keys("Quill"), &context()), Ok(false));
    assert_eq!(blinding.is_about(&mali, &elsewhere), Ok(false));
    assert!(!blinding.opens(&other.elements));
    let mut swapped = request.elements.clone();
    swapped.swap(0, 1);
    assert!(!blinding.opens(&swapped));
    assert!(!blinding.opens(&request.elements[1..]));
}

#[test]
fn an_opening_that_hides_a_key_among_the_dummies_does_not_open() {
    let (mali, other) = (keys("Testwood"), keys("Quill"));
    let (request, blinding) = blind(&mali, &context(), &random(0)).expect("blind");
    let smuggled = other.inputs(&context()).next().expect("a key").1;
    let mut bytes = blinding.to_bytes();
    let dummy = blinding
        .secrets
        .iter()
        .position(|secret| secret.slot == Slot::Dummy)
        .expect("a dummy");
    let at = MAGIC.len() + 8 + dummy * ENTRY_BYTES + 1;
    bytes[at..at + 32].copy_from_slice(smuggled.bytes());

    // The element that would go out with the other person's key instead of a dummy.
    let mut honest_looking = Blinding::from_bytes(&bytes).expect("opening");
    honest_looking.secrets[dummy].slot = Slot::Strong;
    let mut sent = request.elements.clone();
    sent[dummy] = honest_looking.secrets[dummy].blinded().expect("element");

    assert!(honest_looking.opens(&sent));
    assert_eq!(honest_looking.is_about(&mali, &context()), Ok(false));
    honest_looking.secrets[dummy].slot = Slot::Dummy;
    assert!(!honest_looking.opens(&sent));
}

#[test]
fn refuses_openings_cut_changed_or_of_other_rules() {
    let mali = keys("Testwood");
    let (request, blinding) = blind(&mali, &context(), &random(0)).expect("blind");
    let bytes = blinding.to_bytes();
    let read = |bytes: &[u8]| Blinding::from_bytes(bytes).err();

    for cut in [0, 1, MAGIC.len(), bytes.len() - 1] {
        assert!(matches!(
            read(&bytes[..cut]),
            Some(PresenceError::Opening(_))
        ));
    }
    assert!(matches!(
        read(&[&bytes[..], &[0]].concat()),
        Some(PresenceError::Opening(_))
    ));
    let mut kind = bytes.clone();
    kind[MAGIC.len() + 8] = 3;
    assert!(matches!(read(&kind), Some(PresenceError::Opening(_))));
    let mut zero = bytes.clone();
    zero[MAGIC.len() + 8 + 33..MAGIC.len() + 8 + 65].fill(0);
    assert!(matches!(read(&zero), Some(PresenceError::Opening(_))));
    let mut changed = bytes.clone();
    changed[MAGIC.len() + 8 + 1] ^= 1;
    assert!(
        !Blinding::from_bytes(&changed)
            .expect("opening")
            .opens(&request.elements)
    );
    let mut older = bytes.clone();
    older[MAGIC.len()] ^= 0x40;
    let older = Blinding::from_bytes(&older).expect("opening");
    assert!(matches!(
        older.is_about(&mali, &context()),
        Err(PresenceError::Recipe { .. })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn finalising_gives_the_tokens_of_direct_evaluation_in_any_order(
        surname in "[A-Z][a-z]{1,12}", seed in any::<[u8; 32]>(), random in any::<[u8; 32]>()
    ) {
        let person = keys(&surname);
        let key = SecretKey::derive(&seed, b"test").expect("key");
        let asked = ask(&person, &key, &random);
        for tier in [Tier::Strong, Tier::Weak] {
            let found: BTreeSet<u64> = asked.tokens(tier).map(Token::bits).collect();
            let direct: BTreeSet<u64> = person
                .inputs(&context())
                .filter(|(each, _)| *each == tier)
                .map(|(_, input)| key.token(&input).expect("token").bits())
                .collect();
            prop_assert_eq!(found, direct);
        }
    }

    #[test]
    fn reading_an_opening_never_panics(noise in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Blinding::from_bytes(&noise);
        let mut whole = MAGIC.to_vec();
        whole.extend(noise.iter().cycle().take(Blinding::BYTES - MAGIC.len()));
        if let Ok(read) = Blinding::from_bytes(&whole) {
            let written = read.to_bytes();
            prop_assert_eq!(written.as_slice(), whole.as_slice());
            prop_assert!(!read.opens(&[]));
        }
    }
}
