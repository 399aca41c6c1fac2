use super::*;

fn place() -> Place {
    Place {
        me: MemberId::new("north-police").unwrap(),
        purpose: Code::new("s47_enquiry").unwrap(),
        epoch: 7,
    }
}

fn head() -> Head {
    Head {
        knowable: Digest::of(b"everybody"),
        built_at: Timestamp::from_millis(1_780_000_000_000),
        valid_until: Timestamp::from_millis(1_780_000_900_000),
        strong: 6,
        weak: 4,
    }
}

fn seed(digit: &str) -> Seed {
    Seed::try_from(digit.repeat(64)).unwrap()
}

fn sealed() -> Vec<u8> {
    let set = OneSet::new(Bytes::from_static(b"strong"), Bytes::from_static(b"weak"));
    seal(&place(), &head(), &set, &seed("a")).unwrap()
}

#[test]
fn what_was_kept_is_read_again() {
    let (read, set) = open(&place(), sealed(), &seed("a")).unwrap();

    assert_eq!(read, head());
    assert_eq!(
        (&set.strong[..], &set.weak[..]),
        (&b"strong"[..], &b"weak"[..])
    );
}

#[test]
fn rejects_another_key_another_place_and_any_changed_or_missing_byte() {
    assert!(open(&place(), sealed(), &seed("b")).is_none());
    let elsewhere = Place {
        purpose: Code::new("marac").unwrap(),
        ..place()
    };
    assert!(open(&elsewhere, sealed(), &seed("a")).is_none());
    let later = Place {
        epoch: 8,
        ..place()
    };
    assert!(open(&later, sealed(), &seed("a")).is_none());
    let whole = sealed();
    let from = MAGIC.len() + size_of::<u32>();
    for at in from..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert!(open(&place(), changed, &seed("a")).is_none(), "byte {at}");
        let cut = whole[..at].to_vec();
        assert!(open(&place(), cut, &seed("a")).is_none(), "{at} bytes");
    }
}
