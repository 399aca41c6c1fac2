//! Text that can be printed: no control, no hidden direction, no character the fonts lack.

use serde::Serialize;

/// A piece of text and whose words it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Text {
    /// In the document's own language? What agencies and the vocabulary say is English.
    own: bool,
    /// The words.
    t: String,
}

/// Makes text printable for one set of fonts.
#[derive(Clone, Copy)]
pub(crate) struct Printer<'a> {
    /// Do the fonts have this character?
    pub(crate) has: &'a dyn Fn(char) -> bool,
    /// What stands where characters are left out: `{n}` is how many.
    pub(crate) left_out: &'static str,
}

impl Printer<'_> {
    /// The document's own words.
    pub(crate) fn own(self, text: impl AsRef<str>) -> Text {
        Text {
            own: true,
            t: self.plain(text.as_ref()),
        }
    }

    /// What somebody else said, in English.
    pub(crate) fn said(self, text: impl AsRef<str>) -> Text {
        Text {
            own: false,
            t: self.plain(text.as_ref()),
        }
    }

    /// Printable text. A PDF/A may hold no character without a shape, so runs of characters that the
    /// fonts lack are counted, not dropped unsaid.
    pub(crate) fn plain(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut lacking = 0_usize;
        for c in text.chars().filter(|c| !is_hidden(*c)) {
            let c = if c.is_whitespace() || c.is_control() {
                ' '
            } else {
                c
            };
            if !is_private(c) && (self.has)(c) {
                self.say_left_out(&mut out, &mut lacking);
                out.push(c);
            } else {
                lacking += 1;
            }
        }
        self.say_left_out(&mut out, &mut lacking);
        out
    }

    fn say_left_out(self, out: &mut String, lacking: &mut usize) {
        if *lacking > 0 {
            out.push_str(&self.left_out.replace("{n}", &lacking.to_string()));
            *lacking = 0;
        }
    }
}

/// Characters that show nothing and change how others are shown (Unicode general category Cf).
const fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Characters for private use, which a PDF/A may not hold (ISO 19005-2 §6.2.11.7.3).
const fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        let printer = Printer {
            has: &|c| c.is_ascii() || c == 'ŵ',
            left_out: "[{n} left out]",
        };
        printer.plain(text)
    }

    #[test]
    fn keeps_what_the_fonts_have() {
        assert_eq!(plain("#panic(\"x\") *bold* ŵ"), "#panic(\"x\") *bold* ŵ");
    }

    #[test]
    fn counts_what_the_fonts_lack() {
        assert_eq!(plain("Mali 真理 T"), "Mali [2 left out] T");
        assert_eq!(plain("\u{e000}"), "[1 left out]");
    }

    #[test]
    fn takes_out_what_would_turn_the_text_round() {
        assert_eq!(plain("a\u{202e}b\u{200b}c\u{feff}"), "abc");
    }

    #[test]
    fn makes_lines_and_controls_blanks() {
        assert_eq!(plain("a\nb\tc\u{7}d"), "a b c d");
    }
}
