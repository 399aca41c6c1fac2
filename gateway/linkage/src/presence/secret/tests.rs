use data_encoding::HEXLOWER;
use proptest::prelude::*;
use voprf::{EvaluationElement, Group, OprfClient};

use super::*;
use crate::presence::{ELEMENTS, Set};

/// RFC 9497, appendix A.1.1: ristretto255-SHA512, mode OPRF.
const SEED: [u8; 32] = [0xa3; 32];
const KEY_INFO: &str = "74657374206b6579";
const SECRET: &str = "5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e";
const BLIND: &str = "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706";

/// Input, blinded element, evaluated element, output.
const VECTORS: [[&str; 4]; 2] = [
    [
        "00",
        "609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c",
        "7ec6578ae5120958eb2db1745758ff379e77cb64fe77b0b2d8cc917ea0869c7e",
        "527759c3d9366f277d8c6020418d96bb393ba2afb20ff90df23fb7708264e2f3\
         ab9135e3bd69955851de4b1f9fe8a0973396719b7912ba9ee8aa7d0b5e24bcf6",
    ],
    [
        "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
        "da27ef466870f5f15296299850aa088629945a17d1f5b7f5ff043f76b3c06418",
        "b4cbf5a4f1eeda5a63ce7b77c7d23f461db3fcab0dd28e4e17cecb5c90d02c25",
        "f4a74c9c592497375e796aa837e907b1a045d34306a749db9f34221f7e750cb4\
         f2a6413a6bf6fa5e19ba6348eb673934a722a7ede2e7621306d18951e7cf2c73",
    ],
];

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).expect("hex")
}

fn bytes(text: &str) -> [u8; 32] {
    hex(text).try_into().expect("32 bytes")
}

fn key() -> SecretKey {
    SecretKey::derive(&SEED, &hex(KEY_INFO)).expect("key")
}

/// A whole request whose first element is `first`.
fn request(first: [u8; 32]) -> Vec<[u8; 32]> {
    let mut elements = vec![bytes(VECTORS[1][1]); ELEMENTS];
    elements[0] = first;
    elements
}

#[test]
fn derives_the_key_of_rfc_9497() {
    assert_eq!(key().0.serialize().as_slice(), hex(SECRET));
}

#[test]
fn blinds_evaluates_and_finalises_as_rfc_9497_does() {
    for [input, blinded, evaluated, output] in VECTORS {
        let scalar = <Ristretto255 as Group>::deserialize_scalar(&hex(BLIND)).expect("scalar");
        let client = OprfClient::<Ristretto255>::deterministic_blind_unchecked(&hex(input), scalar)
            .expect("blind");
        assert_eq!(client.message.serialize().as_slice(), hex(blinded));

        let answer = key().evaluate(&request(bytes(blinded))).expect("answer");
        assert_eq!(answer[0], bytes(evaluated));

        let element = EvaluationElement::deserialize(&answer[0]).expect("element");
        let finished = client
            .state
            .finalize(&hex(input), &element)
            .expect("output");
        assert_eq!(finished.as_slice(), hex(output));
        assert_eq!(
            key().0.evaluate(&hex(input)).expect("output").as_slice(),
            hex(output)
        );
    }
}

#[test]
fn refuses_any_other_number_of_elements() {
    let element = bytes(VECTORS[0][1]);
    for count in [0, 1, ELEMENTS - 1, ELEMENTS + 1, 10 * ELEMENTS] {
        assert_eq!(
            key().evaluate(&vec![element; count]),
            Err(PresenceError::Count { found: count })
        );
    }
}

#[test]
fn evaluate_refuses_the_identity_and_bytes_that_are_no_element() {
    // RFC 9496, appendix A.2: invalid encodings; and the identity, which A.1 encodes as zeros.
    for bad in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        // Not a canonical field element.
        "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        // Negative.
        "0100000000000000000000000000000000000000000000000000000000000000",
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
        // No square root.
        "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
        "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
        // y is 0.
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ] {
        for place in [0, ELEMENTS / 2, ELEMENTS - 1] {
            let mut elements = request(bytes(VECTORS[0][1]));
            elements[place] = bytes(bad);

            assert_eq!(
                key().evaluate(&elements),
                Err(PresenceError::Element { place }),
                "{bad}"
            );
        }
    }
}

#[test]
fn different_keys_agencies_epochs_and_tiers_give_different_tokens() {
    let context = |agency: &str, epoch| Context {
        agency: MemberId::new(agency).expect("member"),
        epoch,
    };
    let input = |agency, epoch, tier| context(agency, epoch).input(tier, "fsb|x|");
    let token = |input: &Input| key().token(input).expect("token").bits();
    let by_hand = |recipe: u32, normaliser: u32| {
        Input(hash(&[
            b"stile presence input v1",
            b"police",
            &1_u32.to_le_bytes(),
            &recipe.to_le_bytes(),
            &normaliser.to_le_bytes(),
            b"strong",
            b"fsb|x|",
        ]))
    };
    let one = input("police", 1, Tier::Strong);
    assert!(one == by_hand(RECIPE_VERSION, NORMALISER_VERSION));

    for other in [
        input("police2", 1, Tier::Strong),
        input("police", 2, Tier::Strong),
        input("police", 1, Tier::Weak),
        context("police", 1).input(Tier::Strong, "fsb|y|"),
        by_hand(RECIPE_VERSION + 1, NORMALISER_VERSION),
        by_hand(RECIPE_VERSION, NORMALISER_VERSION + 1),
    ] {
        assert_ne!(token(&other), token(&one));
    }
    let epoch = SecretKey::derive(&[1; 32], b"another epoch").expect("key");
    assert_ne!(epoch.token(&one).expect("token").bits(), token(&one));
}

#[test]
fn sets_of_two_purposes_share_no_member() {
    let purpose = |text: &str| Code::new(text).expect("code");
    let tokens: Vec<Token> = (0..32)
        .map(|n| key().token(&Input::dummy(&[n; 32])).expect("token"))
        .collect();
    let members = |purpose: &Code| tokens.iter().map(|token| token.under(purpose)).collect();
    let (one, other) = (purpose("s47_enquiry"), purpose("early_help"));

    let set = Set::build(members(&one), &[1; 32]).expect("set");

    assert!(tokens.iter().all(|token| set.holds(token, &one)));
    assert!(!tokens.iter().any(|token| set.holds(token, &other)));
    assert!(!tokens.iter().any(|token| set.contains(token.bits())));
}

#[test]
fn debug_withholds_the_key() {
    assert_eq!(format!("{:?}", key()), "SecretKey(‹redacted›)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn evaluating_any_bytes_never_panics(first in any::<[u8; 32]>()) {
        let answer = key().evaluate(&request(first));
        let refused = Err(PresenceError::Element { place: 0 });
        prop_assert!(answer.is_ok() || answer == refused);
    }
}
