//! Telephone numbers, in the style of E.164 for the United Kingdom.

use any_ascii::any_ascii_char;

/// Most characters of a telephone field that are read.
const MAX_CHARS: usize = 40;
/// Digits after which a letter or a stroke begins something else: an extension, a second number.
const COMPLETE: usize = 10;

/// `+44` and the national number, or `+` and an international one; `None` when it is neither or is
/// a filler such as `00000000000`.
pub fn phone(text: &str) -> Option<String> {
    let kept = dialled(text);
    let digits: String = kept.chars().filter(char::is_ascii_digit).collect();
    let abroad = kept.starts_with('+') || digits.starts_with("00");
    let bare = if kept.starts_with('+') {
        digits.as_str()
    } else {
        digits.strip_prefix("00").unwrap_or(&digits)
    };
    if let Some(national) = bare
        .strip_prefix("44")
        .filter(|rest| abroad || rest.len() >= 9)
    {
        return uk(national.strip_prefix('0').unwrap_or(national));
    }
    if abroad {
        return ((8..=15).contains(&bare.len()) && !is_filler(bare)).then(|| format!("+{bare}"));
    }
    digits.strip_prefix('0').and_then(uk)
}

/// The digits of the first number in `text`, with its `+`.
fn dialled(text: &str) -> String {
    let mut kept = String::new();
    let latin = |c: char| any_ascii_char(c).chars();
    for c in text.chars().take(MAX_CHARS).flat_map(latin) {
        if c.is_ascii_digit() || (c == '+' && kept.is_empty()) {
            kept.push(c);
        } else if kept.len() >= COMPLETE && (c.is_ascii_alphabetic() || "/,;\n".contains(c)) {
            break;
        }
    }
    kept
}

/// The spellings under which a source may hold the number, as far as equality can find them; none
/// for what is no number.
pub(crate) fn spellings(text: &str) -> Vec<String> {
    let Some(number) = phone(text) else {
        return Vec::new();
    };
    let mut all = vec![text.chars().take(MAX_CHARS).collect::<String>()];
    if let Some(national) = number.strip_prefix("+44") {
        all.extend(["0", "0044", "44"].map(|prefix| format!("{prefix}{national}")));
        for cut in [4, 2, 3] {
            if let (Some(area), Some(rest)) = (national.get(..cut), national.get(cut..)) {
                all.push(format!("0{area} {rest}"));
                all.push(format!("+44 {area} {rest}"));
                if let (Some(a), Some(b)) = (rest.get(..3), rest.get(3..)) {
                    all.push(format!("0{area} {a} {b}"));
                }
            }
        }
    }
    all.push(number);
    all.sort();
    all.dedup();
    all
}

fn uk(national: &str) -> Option<String> {
    let valid =
        (9..=10).contains(&national.len()) && !national.starts_with('0') && !is_filler(national);
    valid.then(|| format!("+44{national}"))
}

fn is_filler(digits: &str) -> bool {
    let mut tail = digits.chars().skip(2);
    let first = tail.next();
    tail.all(|c| Some(c) == first)
}
