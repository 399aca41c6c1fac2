//! Tests.

use proptest::prelude::*;

use super::*;

#[test]
fn paths_are_those_of_the_specification() {
    let hashes = |level, place, width| TilePath::new(Holds::Hashes { level }, place, width);
    for (path, text) in [
        (hashes(0, 1_234_067, 256), "tile/0/x001/x234/067"),
        (hashes(1, 0, 17), "tile/1/000.p/17"),
        (hashes(63, 999, 256), "tile/63/999"),
        (hashes(0, 1_000, 1), "tile/0/x001/000.p/1"),
        (
            TilePath::new(Holds::Entries, 273, 112),
            "tile/entries/273.p/112",
        ),
        (
            hashes(0, u64::MAX, 255),
            "tile/0/x018/x446/x744/x073/x709/x551/615.p/255",
        ),
    ] {
        let path = path.unwrap();
        assert_eq!(path.to_string(), text);
        assert_eq!(text.parse::<TilePath>().unwrap(), path);
    }
}

#[test]
fn refuses_paths_that_are_not_the_one_path_of_a_tile() {
    for text in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/8/0/000.p/0",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/01",
        "tile/0/000.p/-1",
        "tile/0/000.p/1.p/1",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/X001/000",
        "tile/00/000",
        "tile/64/000",
        "tile/256/000",
        "tile/+1/000",
        "tile/-1/000",
        "tile/0/../000",
        "tile/0/%30",
        "tile/0/000?",
        "tile/0/00\u{660}",
        "tile/data/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert!(text.parse::<TilePath>().is_err(), "{text}");
    }
    assert!(TilePath::new(Holds::Entries, 0, 0).is_err());
    assert!(TilePath::new(Holds::Entries, 0, 257).is_err());
    assert!(TilePath::new(Holds::Hashes { level: 64 }, 0, 1).is_err());
}

#[test]
fn tree_of_70_000_has_the_tiles_that_the_specification_counts() {
    let all: Vec<TilePath> = published(0, 70_000).collect();
    let of = |level| {
        all.iter()
            .filter(|path| path.holds() == Holds::Hashes { level })
            .map(TilePath::width)
            .collect::<Vec<_>>()
    };

    assert_eq!(of(0).len(), 274);
    assert_eq!(of(0)[273], 112);
    assert_eq!(of(1), [256, 17]);
    assert_eq!(of(2), [1]);
    assert_eq!(
        all.iter().filter(|p| p.holds() == Holds::Entries).count(),
        274
    );
    assert_eq!(all.len(), 274 + 274 + 2 + 1);
}

#[test]
fn growth_publishes_what_is_new_or_wider_and_no_more() {
    let text = |from, to| {
        published(from, to)
            .map(|path| path.to_string())
            .collect::<Vec<_>>()
    };

    assert!(text(5, 5).is_empty());
    assert!(text(5, 4).is_empty());
    assert_eq!(text(0, 1), ["tile/entries/000.p/1", "tile/0/000.p/1"]);
    assert_eq!(
        text(255, 257),
        [
            "tile/entries/000",
            "tile/entries/001.p/1",
            "tile/0/000",
            "tile/0/001.p/1",
            "tile/1/000.p/1"
        ]
    );
    assert_eq!(text(256, 258), ["tile/entries/001.p/2", "tile/0/001.p/2"]);
}

#[test]
fn bundle_and_tile_read_back() {
    let entries: Vec<Vec<u8>> = vec![Vec::new(), vec![7; 65_535], b"entry".to_vec()];
    let hashes: Vec<Digest> = entries.iter().map(|entry| Digest::of(entry)).collect();

    let bundle = bundle_bytes(entries.iter().map(Vec::as_slice)).unwrap();
    let tile = tile_bytes(&hashes);

    assert_eq!(read_bundle(&bundle, 3).unwrap(), entries);
    assert_eq!(read_tile(&tile, 3).unwrap(), hashes);
}

#[test]
fn refuses_bundles_and_tiles_of_another_length() {
    let bundle = bundle_bytes([b"one".as_slice(), b"two"]).unwrap();
    let tile = tile_bytes(&[Digest::of(b"one"), Digest::of(b"two")]);

    for width in [0, 1, 3, 256] {
        assert!(read_bundle(&bundle, width).is_err(), "{width}");
        assert!(read_tile(&tile, width).is_err(), "{width}");
    }
    for end in 0..bundle.len() {
        assert!(read_bundle(&bundle[..end], 2).is_err(), "{end}");
    }
    for end in 0..tile.len() {
        assert!(read_tile(&tile[..end], 2).is_err(), "{end}");
    }
    assert!(bundle_bytes([vec![0; 65_536].as_slice()]).is_err());
    assert!(bundle_bytes(std::iter::repeat_n(b"x".as_slice(), 257)).is_err());
}

proptest! {
    #[test]
    fn any_path_prints_back(level in 0_u8..64, place: u64, width in 1_u16..=256, entries: bool) {
        let holds = if entries { Holds::Entries } else { Holds::Hashes { level } };
        let path = TilePath::new(holds, place, width).unwrap();

        prop_assert_eq!(path.to_string().parse::<TilePath>().unwrap(), path);
    }

    #[test]
    fn path_parser_takes_any_text_without_panic(text in "(tile/)?([0-9]{1,3}|entries)?(/|x|[0-9]{3}|\\.p|\\PC){0,12}") {
        if let Ok(path) = text.parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn bundle_parser_takes_any_bytes_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), width in 0_u16..300) {
        if let Ok(entries) = read_bundle(&bytes, width) {
            prop_assert_eq!(entries.len(), usize::from(width));
            if width <= 256 {
                prop_assert_eq!(bundle_bytes(entries).unwrap(), bytes);
            }
        }
    }

    #[test]
    fn published_paths_are_within_the_new_tree_and_not_within_the_old(from in 0_u64..200_000, more in 0_u64..70_000) {
        let to = from + more;
        for path in published(from, to) {
            prop_assert!(path.is_within(to), "{path} of {to}");
            prop_assert!(!path.is_within(from), "{path} of {from}");
        }
        prop_assert_eq!(published(0, to).filter(|p| p.is_within(from) && p.is_full()).count()
            + published(from, to).filter(TilePath::is_full).count(), published(0, to).filter(TilePath::is_full).count());
    }
}
