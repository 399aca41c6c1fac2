use proptest::prelude::*;

use super::*;

fn members(count: u64) -> Vec<u64> {
    let mut stream = Stream::new(b"members of a test", &[3; 32]);
    (0..count).map(|_| stream.number()).collect()
}

fn head_of(set: &Set) -> Vec<u8> {
    set.to_bytes()[..HEAD_BYTES].to_vec()
}

#[test]
fn every_member_is_found_and_no_stranger() {
    for count in [0, 1, 2, 1_000, 1_024, 1_025, 20_000] {
        let own = members(count);
        let set = Set::build(own.clone(), &[1; 32]).expect("set");

        assert!(own.iter().all(|member| set.contains(*member)));
        let mut strangers = Stream::new(b"strangers of a test", &[4; 32]);
        let found = (0..20_000).filter(|_| set.contains(strangers.number()));
        assert_eq!(found.count(), 0);
    }
}

#[test]
fn the_length_tells_only_the_size_class() {
    let length = |count| Set::build(members(count), &[1; 32]).expect("set").bytes();

    assert_eq!(length(0), length(1_024));
    assert_eq!(length(1_025), length(4_096));
    assert!(length(1_024) < length(1_025));
    assert_eq!(size_class(1 << 20), Ok(1 << 20));
    assert_eq!(size_class((1 << 20) + 1), Ok(1 << 21));
}

#[test]
fn the_same_member_twice_is_one_member() {
    let twice = [members(700), members(700)].concat();

    let set = Set::build(twice, &[1; 32]).expect("set");

    assert_eq!(
        set.bytes(),
        Set::build(Vec::new(), &[2; 32]).expect("set").bytes()
    );
}

#[test]
fn padding_differs_from_build_to_build() {
    let build = |random| {
        Set::build(members(10), &[random; 32])
            .expect("set")
            .to_bytes()
    };

    assert_eq!(build(1), build(1));
    assert_ne!(build(1), build(2));
}

#[test]
fn refuses_more_members_than_a_set_may_have() {
    assert_eq!(size_class(MOST_MEMBERS), Ok(MOST_MEMBERS));
    assert_eq!(
        size_class(MOST_MEMBERS + 1),
        Err(PresenceError::Size {
            found: MOST_MEMBERS + 1
        })
    );
}

#[test]
fn what_is_written_reads_back() {
    let set = Set::build(members(3_000), &[1; 32]).expect("set");
    let bytes = set.to_bytes();

    let read = Set::from_bytes(&bytes).expect("set");

    assert_eq!(bytes.len(), set.bytes());
    assert_eq!(read.to_bytes(), bytes);
    assert!(members(3_000).iter().all(|member| read.contains(*member)));
}

#[test]
fn refuses_bytes_cut_lengthened_or_of_another_version() {
    let bytes = Set::build(members(10), &[1; 32]).expect("set").to_bytes();
    for cut in [
        0,
        1,
        MAGIC.len(),
        HEAD_BYTES - 1,
        HEAD_BYTES,
        bytes.len() - 4,
        bytes.len() - 1,
    ] {
        assert!(Set::from_bytes(&bytes[..cut]).is_err(), "{cut}");
    }
    for more in 1..9 {
        assert!(Set::from_bytes(&[&bytes[..], &vec![0; more]].concat()).is_err());
    }
    let mut other = bytes.clone();
    other[MAGIC.len() - 2] = b'2';
    assert!(Set::from_bytes(&other).is_err());
}

#[test]
fn refuses_segments_that_do_not_fit() {
    let set = Set::build(members(10), &[1; 32]).expect("set");
    let tail = set.to_bytes()[HEAD_BYTES..].to_vec();
    let segment = MAGIC.len() + 8;
    for (place, value) in [
        (segment, 0_u32),
        (segment, 3),
        (segment, LONGEST_SEGMENT * 2),
        (segment, u32::MAX),
        (segment + 4, 0),
        (segment + 4, 1),
        (segment + 4, u32::MAX),
        (segment + 4, 1 << 31),
    ] {
        let mut head = head_of(&set);
        head[place..place + 4].copy_from_slice(&value.to_le_bytes());

        assert!(
            Set::from_bytes(&[head, tail.clone()].concat()).is_err(),
            "{place} {value}"
        );
    }
}

#[test]
fn debug_shows_only_the_length() {
    let set = Set::build(vec![42], &[1; 32]).expect("set");

    assert_eq!(
        format!("{set:?}"),
        format!("Set {{ bytes: {}, .. }}", set.bytes())
    );
}

proptest! {
    #[test]
    fn reading_any_bytes_gives_an_error_or_a_set_that_can_be_asked(
        seed in any::<u64>(), power in 0_u32..20, segments in 0_u32..20, spare in -2_i32..3,
        member in any::<u64>(), cut in 0_usize..8
    ) {
        let segment = 1_u32 << power.min(8);
        let length = segment * segments;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(seed.to_le_bytes());
        bytes.extend(segment.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        let count = i64::from(length) + 2 * i64::from(segment) + i64::from(spare);
        bytes.extend(vec![7; usize::try_from(count * 4).unwrap_or(0)]);
        bytes.truncate(bytes.len() - cut.saturating_sub(4));

        let read = Set::from_bytes(&bytes);

        prop_assert_eq!(read.is_ok(), segments > 0 && spare == 0 && cut <= 4);
        if let Ok(set) = read {
            let _ = set.contains(member);
            prop_assert_eq!(set.to_bytes(), bytes);
        }
    }

    #[test]
    fn reading_noise_never_panics(noise in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Set::from_bytes(&noise).is_err());
        let _ = Set::from_bytes(&[MAGIC, &noise[..]].concat());
    }
}
