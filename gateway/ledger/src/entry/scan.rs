//! Recognises leaves without taking them apart: journals are verified by the million entries.
//!
//! It knows the one encoding of `Entry::canonical` and nothing else, and it may say no to a leaf that
//! holds; then the reader of leaves decides, and says what is wrong. It must never say yes to any other.

use stile_model::id::is_open_word;

use super::{EntryKind, MAX_INTEGER, MAX_LEAF};

/// Is this a leaf, beyond doubt?
pub(super) fn is_leaf(bytes: &[u8]) -> bool {
    bytes.len() <= MAX_LEAF && leaf(&mut Scan { rest: bytes }).is_some()
}

fn leaf(scan: &mut Scan<'_>) -> Option<()> {
    scan.skip(b"{")?;
    scan.optional(b"\"actor\":\"", digest)?;
    scan.skip(b"\"body\":\"")?;
    digest(scan)?;
    scan.optional(b"\"case\":\"", digest)?;
    if scan.skip(b"\"concerns\":").is_some() {
        scan.number(MAX_INTEGER)?;
        scan.skip(b",")?;
    }
    if scan.skip(b"\"counts\":{").is_some() {
        counts(scan)?;
    }
    scan.optional(b"\"digest\":\"", digest)?;
    scan.optional(b"\"gateway\":\"", |scan| code(scan).map(drop))?;
    scan.optional(b"\"member\":\"", |scan| member(scan).map(drop))?;
    scan.skip(b"\"nonce\":\"")?;
    digest(scan)?;
    scan.optional(b"\"policy\":\"", digest)?;
    scan.optional(b"\"purpose\":\"", |scan| code(scan).map(drop))?;
    scan.optional(b"\"reason\":\"", |scan| code(scan).map(drop))?;
    if scan.skip(b"\"recipients\":[").is_some() {
        recipients(scan)?;
    }
    if scan.skip(b"\"rules\":[").is_some() {
        rules(scan)?;
    }
    scan.skip(b"\"time\":\"")?;
    time(scan)?;
    scan.skip(b"\"type\":\"")?;
    let kind = scan.text()?;
    let known = EntryKind::ALL.iter().any(|known| known.word() == kind);
    scan.skip(b",\"v\":1}")?;
    (known && scan.rest.is_empty()).then_some(())
}

/// What has not been looked at yet.
struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    fn skip(&mut self, expected: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    /// `None` only when the key is there with a value that is not `what`.
    fn optional(&mut self, key: &[u8], what: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        if self.skip(key).is_some() {
            what(self)
        } else {
            Some(())
        }
    }

    fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(taken)
    }

    /// What comes before the next quotation mark, which is taken too.
    fn text(&mut self) -> Option<&'a str> {
        let end = self.rest.iter().position(|byte| *byte == b'"')?;
        let (text, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest.get(1..)?;
        std::str::from_utf8(text).ok()
    }

    /// Decimal digits without a leading zero.
    fn number(&mut self, most: u64) -> Option<()> {
        let end = self.rest.iter().position(|byte| !byte.is_ascii_digit())?;
        let (digits, rest) = self.rest.split_at_checked(end)?;
        let plain = digits == b"0" || !digits.starts_with(b"0");
        let value: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        self.rest = rest;
        (plain && value <= most).then_some(())
    }

    /// A comma, or `end` after the last of several.
    fn goes_on(&mut self, end: &[u8]) -> Option<bool> {
        match self.skip(b",") {
            Some(()) => Some(true),
            None => self.skip(end).map(|()| false),
        }
    }
}

/// 64 lower-case hexadecimal digits.
fn digest(scan: &mut Scan<'_>) -> Option<()> {
    let digits: &[u8; 64] = scan.take()?;
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    // All of them, without a branch at each.
    let good = digits.iter().fold(true, |good, byte| good & is_hex(byte));
    good.then(|| scan.skip(b"\","))?
}

fn code<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    let code = code_alone(scan)?;
    scan.skip(b",")?;
    Some(code)
}

fn code_alone<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    let text = scan.text()?;
    (is_slug(text, b'_') && is_open_word(text)).then_some(text)
}

fn member<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    let member = member_alone(scan)?;
    scan.skip(b",")?;
    Some(member)
}

fn member_alone<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    scan.text().filter(|text| is_slug(text, b'-'))
}

fn is_slug(text: &str, extra: u8) -> bool {
    let first = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
    (1..=40).contains(&text.len())
        && text.bytes().next().is_some_and(first)
        && text.bytes().all(|byte| first(byte) || byte == extra)
}

/// Each after the one before, as a map keeps them.
fn counts(scan: &mut Scan<'_>) -> Option<()> {
    let mut before = "";
    loop {
        scan.skip(b"\"")?;
        let code = code_alone(scan)?;
        scan.skip(b":")?;
        scan.number(u32::MAX.into())?;
        if code <= before {
            return None;
        }
        before = code;
        if !scan.goes_on(b"},")? {
            return Some(());
        }
    }
}

/// Each after the one before, as a set keeps them.
fn recipients(scan: &mut Scan<'_>) -> Option<()> {
    let mut before = "";
    loop {
        scan.skip(b"\"")?;
        let member = member_alone(scan)?;
        if member <= before {
            return None;
        }
        before = member;
        if !scan.goes_on(b"],")? {
            return Some(());
        }
    }
}

fn rules(scan: &mut Scan<'_>) -> Option<()> {
    let fits = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-');
    loop {
        scan.skip(b"\"")?;
        let rule = scan.text()?;
        if !(1..=40).contains(&rule.len()) || !rule.bytes().all(fits) || !is_open_word(rule) {
            return None;
        }
        if !scan.goes_on(b"],")? {
            return Some(());
        }
    }
}

/// `2026-03-11T10:14:00.250Z`, from 1970 to 9998: at the ends of time the reader of leaves decides.
fn time(scan: &mut Scan<'_>) -> Option<()> {
    let text: &[u8; 24] = scan.take()?;
    let shape = text.iter().zip(b"0000-00-00T00:00:00.000Z");
    let shaped = shape.fold(true, |good, (byte, shape)| {
        good & if *shape == b'0' {
            byte.is_ascii_digit()
        } else {
            byte == shape
        }
    });
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to).unwrap_or_default();
        let digit = |byte: &u8| u32::from(byte.wrapping_sub(b'0'));
        digits
            .iter()
            .fold(0_u32, |number, byte| number * 10 + digit(byte))
    };
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    let is_day = (1970..=9998).contains(&year) && (1..=days).contains(&day);
    let is_time = hour < 24 && minute < 60 && second < 60;
    (shaped && is_day && is_time).then(|| scan.skip(b"\","))?
}
