//! A page of text: cleaned, wrapped, indented, and coloured where that is asked for.

use crate::transform::cleaned;

pub(super) const BOLD: &str = "1";
const FAINT: &str = "2";

pub(super) struct Page {
    out: String,
    width: usize,
    colour: bool,
}

impl Page {
    /// An empty page of `width` columns (taken as 40 to 200).
    pub(super) fn new(width: usize, colour: bool) -> Self {
        Self {
            out: String::new(),
            width: width.clamp(40, 200),
            colour,
        }
    }

    /// The text of the page.
    pub(super) fn into_text(self) -> String {
        self.out
    }

    pub(super) fn gap(&mut self) {
        self.out.push('\n');
    }

    pub(super) fn section(&mut self, title: &str, empty: bool) {
        if !empty {
            self.gap();
            self.styled(BOLD, title);
            self.out
                .push_str(&"─".repeat(title.chars().count().min(self.width)));
            self.gap();
        }
    }

    pub(super) fn pair(&mut self, label: &str, value: &str) {
        self.wrapped("", &format!("{label}: {value}"));
    }

    pub(super) fn faint(&mut self, text: &str) {
        for line in self.lines("    ", text) {
            self.painted(FAINT, &line);
        }
    }

    pub(super) fn styled(&mut self, style: &str, text: &str) {
        for line in self.lines("", text) {
            self.painted(style, &line);
        }
    }

    fn painted(&mut self, style: &str, line: &str) {
        if self.colour {
            self.out.push_str("\u{1b}[");
            self.out.push_str(style);
            self.out.push('m');
            self.out.push_str(line);
            self.out.push_str("\u{1b}[0m\n");
        } else {
            self.out.push_str(line);
            self.gap();
        }
    }

    pub(super) fn wrapped(&mut self, indent: &str, text: &str) {
        for line in self.lines(indent, text) {
            self.out.push_str(&line);
            self.gap();
        }
    }

    /// One line that is not wrapped: a digest must stay whole.
    pub(super) fn line(&mut self, indent: &str, text: &str) {
        self.out.push_str(indent);
        self.out.push_str(&cleaned(text));
        self.gap();
    }

    /// `text` cleaned and broken at blanks, and inside a word only when it alone is too wide.
    fn lines(&self, indent: &str, text: &str) -> Vec<String> {
        let room = self.width.saturating_sub(indent.chars().count()).max(20);
        let hang = " ".repeat(indent.chars().count());
        let mut lines = Vec::new();
        let (mut line, mut used) = (indent.to_owned(), 0_usize);
        for word in cleaned(text).split_whitespace() {
            for piece in pieces(word, room) {
                let length = piece.chars().count();
                let blank = usize::from(used > 0);
                if used.saturating_add(blank).saturating_add(length) > room {
                    lines.push(std::mem::replace(&mut line, hang.clone()));
                    used = 0;
                }
                if used > 0 {
                    line.push(' ');
                    used = used.saturating_add(1);
                }
                line.push_str(&piece);
                used = used.saturating_add(length);
            }
        }
        lines.push(line);
        lines
    }
}

fn pieces(word: &str, room: usize) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    chars
        .chunks(room)
        .map(|chunk| chunk.iter().collect())
        .collect()
}
