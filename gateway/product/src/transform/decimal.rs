//! Numbers as shown: exact, to two significant digits, and in bands.

/// A decimal number by its digits, so that no binary rounding creeps in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// Without leading zeros; empty for less than one.
    whole: String,
    /// Without trailing zeros.
    part: String,
}

impl Decimal {
    /// Up to 15 digits before the point and 9 after; anything else is not a number to show.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text
            .strip_prefix('-')
            .map_or((false, text), |digits| (true, digits));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |text: &str, most| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        (all_digits(whole, 15) && all_digits(part, 9)).then(|| Self {
            negative,
            whole: whole.trim_start_matches('0').to_owned(),
            part: part.trim_end_matches('0').to_owned(),
        })
    }

    /// To two significant digits, halves away from zero; below one, to a whole number.
    pub(super) fn rounded(&self) -> Self {
        let keep = self.whole.len().min(2);
        let (kept, dropped) = self
            .whole
            .split_at_checked(keep)
            .unwrap_or((&self.whole, ""));
        let next = dropped
            .bytes()
            .chain(self.part.bytes())
            .next()
            .unwrap_or(b'0');
        let kept: u64 = kept.parse().unwrap_or(0);
        let kept = if next >= b'5' {
            kept.saturating_add(1)
        } else {
            kept
        };
        let whole = format!("{kept}{}", "0".repeat(dropped.len()));
        Self {
            negative: self.negative,
            whole: whole.trim_start_matches('0').to_owned(),
            part: String::new(),
        }
    }

    /// `0`, `1 to 4`, `5 to 9`, `10 to 49`, `50 to 99`, `100 to 499` … `below 0`.
    pub(super) fn band(&self) -> String {
        if self.whole.is_empty() {
            return "0".to_owned();
        }
        if self.negative {
            return "below 0".to_owned();
        }
        let zeros = "0".repeat(self.whole.len().saturating_sub(1));
        let nines = "9".repeat(self.whole.len().saturating_sub(1));
        if self.whole.starts_with(|digit| digit < '5') {
            format!("1{zeros} to 4{nines}")
        } else {
            format!("5{zeros} to 9{nines}")
        }
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let zero = self.whole.is_empty() && self.part.is_empty();
        f.write_str(if self.negative && !zero { "-" } else { "" })?;
        f.write_str(if self.whole.is_empty() {
            "0"
        } else {
            &self.whole
        })?;
        if self.part.is_empty() {
            Ok(())
        } else {
            write!(f, ".{}", self.part)
        }
    }
}
