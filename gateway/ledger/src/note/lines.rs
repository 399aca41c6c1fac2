//! A note taken apart into its text and signature lines, and put together again.

use std::fmt;

use data_encoding::BASE64;

use super::{KeyName, MAX_NOTE};
use crate::base64;
use crate::error::LedgerError;

const MAX_SIGNATURES: usize = 64;

/// A note taken apart; nothing is verified yet. Displays as the note it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote<'a> {
    /// The signed text, with its final line feed.
    pub text: &'a str,
    /// The signature lines; no two have the same name and key hash.
    pub signatures: Vec<SignatureLine<'a>>,
}

/// One signature line of a note, of whatever type. Displays without a line feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine<'a> {
    /// Name of the key that is said to have signed.
    pub name: &'a str,
    /// Its key hash, which also tells the key's type.
    pub key_hash: [u8; 4],
    /// The signature: 64 bytes for Ed25519, 72 for an Ed25519 cosignature.
    pub signature: Vec<u8>,
}

impl<'a> SignedNote<'a> {
    /// Takes a note apart.
    ///
    /// # Errors
    ///
    /// When it is too long, has no signature, a line is not a signature line, or two lines are by
    /// the same key.
    pub fn parse(note: &'a str) -> Result<Self, LedgerError> {
        if note.len() > MAX_NOTE {
            return Err(LedgerError::Note("it is longer than 64 KiB"));
        }
        let cut = note
            .rfind("\n\n")
            .ok_or(LedgerError::Note("no blank line before signatures"))?;
        let (text, lines) = note.split_at(cut + 1);
        check_text(text)?;
        let lines = lines
            .strip_prefix('\n')
            .ok_or(LedgerError::Note("no blank line before signatures"))?;
        let signatures = SignatureLine::parse_all(lines)?;
        Ok(Self { text, signatures })
    }

    /// The line by the key of this name and hash.
    pub fn by_key(&self, name: &KeyName, key_hash: [u8; 4]) -> Option<&SignatureLine<'a>> {
        self.signatures
            .iter()
            .find(|line| line.name == name.as_str() && line.key_hash == key_hash)
    }
}

impl fmt::Display for SignedNote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl<'a> SignatureLine<'a> {
    /// Reads one or more signature lines, each with its line feed: the end of a note, or a
    /// witness's answer.
    ///
    /// # Errors
    ///
    /// When there is none or over 64, one is not a signature line, or two are by the same key.
    pub fn parse_all(lines: &'a str) -> Result<Vec<Self>, LedgerError> {
        let lines = lines
            .strip_suffix('\n')
            .filter(|lines| !lines.is_empty())
            .ok_or(LedgerError::Note("no signature line"))?;
        let mut signatures: Vec<Self> = Vec::new();
        for line in lines.split('\n') {
            let line = Self::parse(line)?;
            if signatures.iter().any(|seen| seen.is_by_key_of(&line)) {
                return Err(LedgerError::Note("two lines by the same key"));
            }
            if signatures.len() == MAX_SIGNATURES {
                return Err(LedgerError::Note("more than 64 signature lines"));
            }
            signatures.push(line);
        }
        Ok(signatures)
    }

    fn parse(line: &'a str) -> Result<Self, LedgerError> {
        let shape = LedgerError::Note("a signature line is `— name base64`");
        let (name, blob) = line
            .strip_prefix("— ")
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(|| shape.clone())?;
        KeyName::new(name)?;
        let blob = base64::bytes(blob).ok_or_else(|| shape.clone())?;
        let (hash, signature) = blob.split_at_checked(4).ok_or_else(|| shape.clone())?;
        let key_hash = hash.try_into().map_err(|_| shape.clone())?;
        if signature.is_empty() {
            return Err(shape);
        }
        Ok(SignatureLine {
            name,
            key_hash,
            signature: signature.to_vec(),
        })
    }

    fn is_by_key_of(&self, other: &SignatureLine<'_>) -> bool {
        self.name == other.name && self.key_hash == other.key_hash
    }
}

impl fmt::Display for SignatureLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [self.key_hash.as_slice(), &self.signature].concat();
        write!(f, "— {} {}", self.name, BASE64.encode(&blob))
    }
}

/// Puts signature lines under a note; a line takes the place of an older one by the same key.
///
/// Nothing is verified.
///
/// # Errors
///
/// When either is not well formed, or together they are more than a note may hold.
pub fn attach(note: &str, lines: &str) -> Result<String, LedgerError> {
    let mut note = SignedNote::parse(note)?;
    for line in SignatureLine::parse_all(lines)? {
        match note
            .signatures
            .iter_mut()
            .find(|seen| seen.is_by_key_of(&line))
        {
            Some(older) => *older = line,
            None => note.signatures.push(line),
        }
    }
    let text = note.to_string();
    SignedNote::parse(&text)?;
    Ok(text)
}

pub(super) fn check_text(text: &str) -> Result<(), LedgerError> {
    if !text.ends_with('\n') {
        return Err(LedgerError::Note("the text does not end in a line feed"));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(LedgerError::Note("the text holds control characters"));
    }
    Ok(())
}
