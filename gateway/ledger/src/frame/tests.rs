//! Tests.

use proptest::prelude::*;

use super::*;
use crate::note::KeyName;

fn key() -> LedgerKey {
    LedgerKey::from_seed(&[8; 32]).unwrap()
}

fn vkey() -> Vkey {
    key().vkey(&KeyName::new("stile.example/housing").unwrap())
}

fn sealed() -> impl Strategy<Value = Sealed> {
    (
        any::<[u8; 16]>(),
        prop::collection::vec(any::<u8>(), 28..80),
    )
        .prop_map(|(key, bytes)| Sealed { key, bytes })
}

fn record() -> impl Strategy<Value = Record> {
    let bytes = |range| prop::collection::vec(any::<u8>(), range);
    prop_oneof![
        bytes(0..100).prop_map(Record::Entry),
        (any::<u64>(), sealed()).prop_map(|(index, sealed)| Record::Body { index, sealed }),
        (any::<u8>(), bytes(0..40), prop::option::of(sealed()))
            .prop_map(|(tree, key, value)| Record::State { tree, key, value }),
        (any::<[u8; 16]>(), bytes(0..40), bytes(28..60))
            .prop_map(|(id, label, wrapped)| Record::WrappedKey { id, label, wrapped }),
        (any::<[u8; 16]>(), bytes(0..40)).prop_map(|(id, label)| Record::KeyErased { id, label }),
    ]
}

fn frame() -> impl Strategy<Value = Frame> {
    (
        any::<u64>(),
        any::<[u8; 32]>(),
        prop::collection::vec(record(), 0..6),
        any::<u64>(),
        "[a-z\n]{0,40}",
    )
        .prop_map(|(number, previous, records, size, checkpoint)| {
            let peak = |n: u32| Digest::of(&n.to_be_bytes());
            let peaks = (0..size.count_ones()).map(peak).collect();
            let head = Head {
                size,
                root: Digest::of(b"root"),
                peaks,
                checkpoint,
            };
            Frame {
                number,
                previous: Digest::from_bytes(previous),
                records,
                head,
            }
        })
}

proptest! {
    #[test]
    fn frame_reads_back_as_it_was_written(frame in frame(), after in prop::collection::vec(any::<u8>(), 0..20)) {
        let encoded = frame.encode(&key()).unwrap();
        let bytes = [encoded.bytes.as_slice(), &after].concat();

        let decoded = Frame::decode(&bytes).unwrap();

        prop_assert!(decoded.verify_signature(&vkey()).is_ok());
        prop_assert_eq!(decoded.length, encoded.bytes.len());
        prop_assert_eq!(decoded.hash, encoded.hash());
        prop_assert_eq!(&decoded.spans, &encoded.spans);
        for (record, span) in frame.records.iter().zip(&decoded.spans) {
            prop_assert_eq!(&Record::decode(&bytes[span.clone()]).unwrap(), record);
        }
        prop_assert_eq!(decoded.frame, frame);
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_refused(
        frame in frame(), at: prop::sample::Index, mask in 1_u8..,
    ) {
        let bytes = frame.encode(&key()).unwrap().bytes;
        let place = at.index(bytes.len());
        let mut changed = bytes.clone();
        changed[place] ^= mask;

        prop_assert!(Frame::decode(&changed).is_err());
        prop_assert!(Frame::decode(&bytes[..place]).is_err());
    }

    #[test]
    fn decoder_takes_any_bytes_without_panic(bytes: Vec<u8>) {
        prop_assert!(Frame::decode(&bytes).is_err());
        prop_assert!(Frame::decode(&[MAGIC.as_slice(), &bytes].concat()).is_err());
        let _ = Record::decode(&bytes);
    }

    #[test]
    fn hostile_payload_with_right_checksums_does_not_panic(payload in prop::collection::vec(any::<u8>(), 0..200)) {
        let decoded = Frame::decode(&forged(&payload));

        prop_assert!(decoded.is_err() || decoded.unwrap().verify_signature(&vkey()).is_err());
    }
}

/// A frame with right checksums around any payload, as somebody without the key could write it.
fn forged(payload: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_be_bytes());
    bytes.extend_from_slice(&[0; 8 + 32]);
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&[0; 64]);
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

#[test]
fn a_length_that_lies_costs_no_memory() {
    let count = [0xff; 4];

    assert_eq!(
        Frame::decode(&forged(&count)),
        Err(LedgerError::Frame("more than 65,536 records"))
    );
}

#[test]
fn refuses_to_write_what_it_would_not_read() {
    let head = Head {
        size: 0,
        root: Digest::of(b""),
        peaks: Vec::new(),
        checkpoint: String::new(),
    };
    let empty = Frame {
        number: 0,
        previous: Digest::of(b""),
        records: Vec::new(),
        head,
    };
    let sealed = Sealed {
        key: [0; 16],
        bytes: vec![0; 27],
    };

    for record in [
        Record::Entry(vec![0; 65_536]),
        Record::Body { index: 0, sealed },
        Record::State {
            tree: 1,
            key: vec![0; 1_025],
            value: None,
        },
        Record::WrappedKey {
            id: [0; 16],
            label: Vec::new(),
            wrapped: vec![0; 27],
        },
    ] {
        assert!(
            Frame {
                records: vec![record],
                ..empty.clone()
            }
            .encode(&key())
            .is_err()
        );
    }
}

#[test]
fn debug_of_records_shows_sizes_and_no_bytes() {
    let sealed = Sealed {
        key: [0; 16],
        bytes: b"x".repeat(30),
    };
    let state = Record::State {
        tree: 2,
        key: b"secret".to_vec(),
        value: Some(sealed),
    };

    assert_eq!(format!("{state:?}"), "State(2, Some(Sealed(30 bytes)))");
}
