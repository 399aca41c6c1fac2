//! Checkpoints: a ledger's head as three lines (C2SP tlog-checkpoint), signed as a note.

use data_encoding::BASE64;
use stile_model::digest::Digest;

use crate::base64;
use crate::error::LedgerError;
use crate::note::{KeyName, LedgerKey, Vkey};

/// A ledger's head: whose it is, how many entries, and their root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The ledger's name, also the name of its key.
    pub origin: KeyName,
    /// Number of entries.
    pub size: u64,
    /// Merkle tree hash of the entries.
    pub root: Digest,
}

impl Checkpoint {
    /// The three lines that are signed.
    pub fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            BASE64.encode(self.root.as_bytes())
        )
    }

    /// The signed note, by the ledger's own key.
    ///
    /// # Errors
    ///
    /// When the text cannot be a note; a checked origin never is the cause.
    pub fn sign(&self, key: &LedgerKey) -> Result<String, LedgerError> {
        key.sign_note(&self.origin, &self.text())
    }

    /// Reads the three lines; extension lines are refused.
    ///
    /// # Errors
    ///
    /// Says which line is wrong.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let lines: Vec<&str> = text
            .strip_suffix('\n')
            .ok_or(LedgerError::Checkpoint("no final line feed"))?
            .split('\n')
            .collect();
        let [origin, size, root] = lines.as_slice() else {
            return Err(LedgerError::Checkpoint("it is not three lines"));
        };
        let root = base64::digest(root).ok_or(LedgerError::Checkpoint(
            "the root is not 32 bytes of base64",
        ))?;
        let size = decimal(size).ok_or(LedgerError::Checkpoint("the size is not a number"))?;
        Ok(Self {
            origin: KeyName::new(*origin)?,
            size,
            root,
        })
    }

    /// Verifies a signed checkpoint by the key of the ledger it names.
    ///
    /// # Errors
    ///
    /// When the signature, the text or the origin is wrong.
    pub fn open(note: &str, vkey: &Vkey) -> Result<Self, LedgerError> {
        let checkpoint = Self::parse(vkey.open_note(note)?)?;
        if checkpoint.origin == *vkey.name() {
            Ok(checkpoint)
        } else {
            Err(LedgerError::Origin {
                expected: vkey.name().to_string(),
            })
        }
    }
}

/// A number as C2SP writes it: decimal digits, no sign, no leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let origin = KeyName::new("stile.example/police").unwrap();
        Checkpoint {
            origin,
            size: 7,
            root: Digest::of(b"root"),
        }
    }

    #[test]
    fn signed_checkpoint_opens_under_its_own_key() {
        let key = LedgerKey::from_seed(&[7; 32]).unwrap();
        let checkpoint = checkpoint();

        let note = checkpoint.sign(&key).unwrap();

        assert_eq!(
            Checkpoint::open(&note, &key.vkey(&checkpoint.origin)).unwrap(),
            checkpoint
        );
    }

    #[test]
    fn refuses_a_checkpoint_signed_for_another_origin() {
        let key = LedgerKey::from_seed(&[7; 32]).unwrap();
        let other = KeyName::new("stile.example/health").unwrap();
        let note = key.sign_note(&other, &checkpoint().text()).unwrap();

        let error = Checkpoint::open(&note, &key.vkey(&other)).unwrap_err();

        assert_eq!(
            error,
            LedgerError::Origin {
                expected: other.to_string()
            }
        );
    }

    #[test]
    fn refuses_leading_zeros_signs_and_extension_lines() {
        let root = BASE64.encode(&[0; 32]);
        for text in [
            format!("o\n07\n{root}\n"),
            format!("o\n+7\n{root}\n"),
            format!("o\n\n{root}\n"),
            format!("o\n7\n{root}\nextra\n"),
            format!("o\n7\n{root}"),
            format!("\n7\n{root}\n"),
            "o\n7\nAAAA\n".to_owned(),
            "o\n18446744073709551616\nAAAA\n".to_owned(),
        ] {
            assert!(Checkpoint::parse(&text).is_err(), "{text:?}");
        }
    }
}
