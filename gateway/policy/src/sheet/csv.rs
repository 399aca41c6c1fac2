//! Comma-separated values, strictly: RFC 4180, and the three separators spreadsheets use.
//!
//! The usual reader forgives what would lose a rule here: a quotation mark that is never closed
//! swallows the rows below it, and blank rows are skipped, so that row numbers no longer fit.

/// A table: rows of cells.
pub(super) type Rows = Vec<Vec<String>>;

/// A mistake of the text, with its row from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub row: usize,
    pub problem: String,
}

/// Separators, the one of the standard first.
pub(super) const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// The text of a file, whatever spreadsheet wrote it.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, Broken> {
    let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if wide || bytes.contains(&0) {
        return Err(Broken {
            row: 1,
            problem: "the file is not UTF-8; save it as \"CSV UTF-8\"".to_owned(),
        });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        Broken {
            row: before.split(|byte| *byte == b'\n').count(),
            problem: "a character here is not UTF-8; save the file as \"CSV UTF-8\"".to_owned(),
        }
    })
}

/// What the reader stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a cell.
    Start,
    /// In a cell without quotes.
    Bare,
    /// In a cell with quotes.
    Quoted,
    /// After a quote within a quoted cell: its end, or half of a doubled one.
    Closing,
}

/// Reads `text` with this separator.
pub(super) fn read(text: &str, separator: char) -> Result<Rows, Broken> {
    let mut rows = vec![vec![String::new()]];
    let mut state = State::Start;
    let mut opened = 1;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.len();
        let broken = |problem: &str| Broken {
            row,
            problem: problem.to_owned(),
        };
        // A line end of Windows counts as one.
        if c == '\r' && state != State::Quoted && chars.peek() == Some(&'\n') {
            continue;
        }
        state = match (state, c) {
            (State::Quoted, '"') => State::Closing,
            (State::Quoted, _) | (State::Closing, '"') => {
                push(&mut rows, c);
                State::Quoted
            }
            (_, '\n' | '\r') => {
                rows.push(vec![String::new()]);
                State::Start
            }
            (_, _) if c == separator => {
                if let Some(row) = rows.last_mut() {
                    row.push(String::new());
                }
                State::Start
            }
            (State::Start, '"') => {
                opened = row;
                State::Quoted
            }
            (State::Bare, '"') => {
                return Err(broken(
                    "a quotation mark stands inside a cell that does not begin with one; double it and put the cell in quotes",
                ));
            }
            (State::Closing, _) => {
                return Err(broken(
                    "something stands between the closing quotation mark of a cell and the next cell; put it inside",
                ));
            }
            (State::Start | State::Bare, _) => {
                push(&mut rows, c);
                State::Bare
            }
        };
    }
    if state == State::Quoted {
        return Err(Broken {
            row: opened,
            problem: "a quotation mark is never closed, so every row below would be lost in one cell; close it".to_owned(),
        });
    }
    Ok(rows)
}

fn push(rows: &mut Rows, c: char) {
    if let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) {
        cell.push(c);
    }
}

/// Writes a table with commas, CRLF and the mark that tells spreadsheets it is UTF-8.
pub(super) fn write(rows: &[Vec<String>]) -> String {
    let mut text = String::from('\u{feff}');
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(cell: &str) -> String {
    let plain = !cell.contains(['"', ',', ';', '\t', '\r', '\n']) && cell.trim() == cell;
    if plain {
        cell.to_owned()
    } else {
        format!("\"{}\"", cell.replace('"', "\"\""))
    }
}
