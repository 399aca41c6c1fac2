//! One person's own values, packed one after the other.
//!
//! ```text
//! flags (1 byte), key, address, phone, school, sex, [household], identifiers, other names
//! a text is its length and its bytes; a number of seven bits a byte, lowest first
//! ```

use super::wiped::Wiped;

pub(super) const PROTECTED: u8 = 1;
pub(super) const SEALED: u8 = 2;
pub(super) const HAS_SEX: u8 = 4;
pub(super) const HAS_HOUSEHOLD: u8 = 8;

/// Appends a number.
pub(super) fn put_number(out: &mut Wiped<u8>, mut value: u32) {
    while value >= 0x80 {
        let [low, ..] = value.to_le_bytes();
        out.push(low | 0x80);
        value >>= 7;
    }
    let [low, ..] = value.to_le_bytes();
    out.push(low);
}

/// Appends a text.
pub(super) fn put_text(out: &mut Wiped<u8>, text: &str) {
    put_number(out, super::wiped::number(text.len()));
    out.extend(text.as_bytes());
}

/// Reads what was packed, from one place on; past the end everything is empty.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a>(&'a [u8]);

impl<'a> Packed<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    pub(super) fn number(&mut self) -> u32 {
        let mut value = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte();
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    }

    pub(super) fn text(&mut self) -> &'a [u8] {
        let length = super::wiped::place(self.number());
        let (text, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_is_read_back(numbers in prop::collection::vec(any::<u32>(), 0..20), text in ".{0,200}") {
            let mut out = Wiped::new();
            for number in &numbers {
                put_number(&mut out, *number);
                put_text(&mut out, &text);
            }

            let mut packed = Packed::new(out.all());

            for number in numbers {
                prop_assert_eq!(packed.number(), number);
                prop_assert_eq!(packed.text(), text.as_bytes());
            }
            prop_assert_eq!(packed.text(), b"");
        }
    }
}
