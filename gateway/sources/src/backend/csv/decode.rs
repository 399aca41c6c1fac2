//! From bytes to characters, refusing what would be guessed at.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::mapping::place::Encoding;

/// Bytes that Windows-1252 gives no character.
const UNDEFINED: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/// The text of `bytes`. A byte-order mark goes before `declared`.
///
/// # Errors
///
/// The line and what is wrong there; never the text itself.
pub(super) fn decode(bytes: Vec<u8>, declared: Encoding) -> Result<String, String> {
    let (encoding, mark) = match encoding_rs::Encoding::for_bom(&bytes) {
        Some((encoding, mark)) => (encoding, mark),
        None => (codec(declared), 0),
    };
    let name = encoding.name().to_ascii_lowercase();
    let text = if encoding == UTF_8 {
        utf8(bytes, mark)?
    } else {
        let rest = bytes.get(mark..).unwrap_or_default();
        if encoding == WINDOWS_1252
            && let Some(at) = rest.iter().position(|byte| UNDEFINED.contains(byte))
        {
            return Err(format!(
                "line {}: a byte is no character of windows-1252; declare the file's `encoding`",
                line(rest, at)
            ));
        }
        let decoded = encoding.decode_without_bom_handling_and_without_replacement(rest);
        let decoded = decoded.ok_or_else(|| format!("is not valid {name}; it may be cut short"))?;
        decoded.into_owned()
    };
    match text.bytes().position(|byte| byte == 0) {
        None => Ok(text),
        Some(at) => Err(format!(
            "line {}: a null character; declare the file's `encoding`, which may be utf-16le",
            line(text.as_bytes(), at)
        )),
    }
}

fn codec(declared: Encoding) -> &'static encoding_rs::Encoding {
    match declared {
        Encoding::Utf16Be => UTF_16BE,
        Encoding::Utf16Le => UTF_16LE,
        Encoding::Utf8 => UTF_8,
        Encoding::Windows1252 => WINDOWS_1252,
    }
}

fn utf8(mut bytes: Vec<u8>, mark: usize) -> Result<String, String> {
    bytes.drain(..mark.min(bytes.len()));
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!(
            "line {}: not valid utf-8; declare the file's `encoding`, which may be windows-1252",
            line(error.as_bytes(), at)
        )
    })
}

/// The line of byte `at`, from 1.
fn line(bytes: &[u8], at: usize) -> usize {
    let before = bytes.iter().take(at);
    before.filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_the_declared_encoding_and_a_mark_before_it() {
        let utf16 = |text: &str, big: bool| -> Vec<u8> {
            let units = text.encode_utf16();
            units
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect()
        };
        for (bytes, declared, text) in [
            (b"caf\xc3\xa9".to_vec(), Encoding::Utf8, "café"),
            (
                b"\xef\xbb\xbfcaf\xc3\xa9".to_vec(),
                Encoding::Windows1252,
                "café",
            ),
            (b"Zo\xeb \x80".to_vec(), Encoding::Windows1252, "Zoë €"),
            (utf16("Zoë", false), Encoding::Utf16Le, "Zoë"),
            (utf16("Zoë", true), Encoding::Utf16Be, "Zoë"),
            (utf16("\u{feff}Zoë", false), Encoding::Utf8, "Zoë"),
            (utf16("\u{feff}Zoë", true), Encoding::Utf8, "Zoë"),
            (Vec::new(), Encoding::Utf8, ""),
        ] {
            assert_eq!(decode(bytes, declared).as_deref(), Ok(text));
        }
    }

    #[test]
    fn refuses_what_is_written_otherwise_and_names_the_line() {
        for (bytes, declared, problem) in [
            (
                b"a\nZo\xeb\n".to_vec(),
                Encoding::Utf8,
                "line 2: not valid utf-8",
            ),
            (
                b"a\nb\n\x81".to_vec(),
                Encoding::Windows1252,
                "line 3: a byte",
            ),
            (
                b"a\0b\0".to_vec(),
                Encoding::Utf8,
                "line 1: a null character",
            ),
            (
                b"\xff\xfea\0b".to_vec(),
                Encoding::Utf8,
                "is not valid utf-16le",
            ),
            (vec![0, 0xd8], Encoding::Utf16Le, "is not valid utf-16le"),
        ] {
            let told = decode(bytes, declared).unwrap_err();
            assert!(told.starts_with(problem), "{told}");
            assert!(!told.contains("Zo"));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_text_without_null_or_a_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            for (_, encoding) in [("", Encoding::Utf8), ("", Encoding::Utf16Le), ("", Encoding::Windows1252)] {
                if let Ok(text) = decode(bytes.clone(), encoding) {
                    prop_assert!(!text.contains('\0'));
                }
            }
        }
    }
}
