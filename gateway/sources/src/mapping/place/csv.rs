//! A folder of CSV files, put there by another system each night.
//!
//! ```text
//! folder = "extracts"
//! [source.<name>.format]          # every key may be left out
//! encoding = "utf-8"              # utf-16be, utf-16le, windows-1252; a byte-order mark goes first
//! delimiter = ","                 # one ASCII character, or "tab"
//! quote = '"'
//! checksum = "if_there"           # required, ignored: `<file>.sha256`, as sha256sum writes it
//! final_line_end = true           # a file that ends within a line was cut short
//! rows_min, rows_max, shrink_max_pct, bytes_max_mb, settle_s, age_max_h
//! [source.<name>.file.<table>]
//! name = "pupils.csv"
//! columns = { pupil_id = "Pupil ID", surname = "Legal Surname" }    # column = header in the file
//! ```

use std::path::PathBuf;

use super::super::file::table::{Keys, Reader};
use crate::name::{ColumnName, TableName};

/// A folder of files and how they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvPlace {
    /// The folder; a symbolic link to it may be swapped.
    pub folder: PathBuf,
    /// How all its files are written, and what a new one must fulfil.
    pub format: CsvFormat,
    /// The files, in the order of their tables' names.
    pub tables: Vec<CsvTable>,
}

/// How files are written, and what a new one must fulfil before it replaces the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvFormat {
    /// The encoding of a file without a byte-order mark.
    pub encoding: Encoding,
    /// Between two values.
    pub delimiter: u8,
    /// Around a value; doubled within it.
    pub quote: u8,
    /// Whether `<file>.sha256` must be there.
    pub checksum: Checksum,
    /// The last line must be ended, so that a file cut short is told.
    pub final_line_end: bool,
    /// Fewest rows of a file, 0 to 10,000,000.
    pub rows_min: u32,
    /// Most rows of a file, 1 to 10,000,000.
    pub rows_max: u32,
    /// By how many per cent of its rows a file may shrink against the one in force, 0 to 100.
    pub shrink_max_pct: u32,
    /// Most megabytes of a file, 1 to 1000.
    pub bytes_max_mb: u32,
    /// Seconds for which a file must not have been written to, 0 to 3600.
    pub settle_s: u32,
    /// Hours after which files count as too old to be answered from, 1 to 8760.
    pub age_max_h: u32,
}

impl Default for CsvFormat {
    fn default() -> Self {
        Self {
            encoding: Encoding::Utf8,
            delimiter: b',',
            quote: b'"',
            checksum: Checksum::IfThere,
            final_line_end: true,
            rows_min: 1,
            rows_max: 2_000_000,
            shrink_max_pct: 20,
            bytes_max_mb: 256,
            settle_s: 5,
            age_max_h: 48,
        }
    }
}

/// How characters are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16, the higher byte first.
    Utf16Be,
    /// UTF-16, the lower byte first.
    Utf16Le,
    /// UTF-8.
    Utf8,
    /// Windows code page 1252, often called ANSI or Latin-1.
    Windows1252,
}

impl Encoding {
    /// Every encoding with its word.
    const ALL: [(&'static str, Self); 4] = [
        ("utf-16be", Self::Utf16Be),
        ("utf-16le", Self::Utf16Le),
        ("utf-8", Self::Utf8),
        ("windows-1252", Self::Windows1252),
    ];
}

/// What is asked of `<file>.sha256`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// It is checked where it is there.
    IfThere,
    /// It is not looked at.
    Ignored,
    /// Without it a file is refused.
    Required,
}

impl Checksum {
    const ALL: [(&'static str, Self); 3] = [
        ("if_there", Self::IfThere),
        ("ignored", Self::Ignored),
        ("required", Self::Required),
    ];
}

/// One file as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvTable {
    /// The name by which the mapping uses it.
    pub table: TableName,
    /// The file's name within the folder.
    pub file: String,
    /// Columns that are read, with their headers in the file; no other column is kept.
    pub columns: Vec<(ColumnName, String)>,
}

impl CsvTable {
    pub(super) fn declared(&self) -> (String, Vec<String>) {
        let columns = self.columns.iter().map(|(column, _)| column.to_string());
        (self.table.to_string(), columns.collect())
    }
}

pub(super) fn place(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Option<CsvPlace> {
    let folder = super::path(reader, keys, "folder");
    let format = keys
        .table(reader, "format", false)
        .map_or_else(CsvFormat::default, |table| format(reader, &table));
    let files = keys.table(reader, "file", true)?;
    if files.entries.is_empty() {
        let problem = "the source has no file; add a table `[source.<name>.file.<table>]`";
        reader.report(files.at, problem);
    }
    let names: Vec<_> = files.names().collect();
    let tables = names
        .into_iter()
        .filter_map(|(name, at)| {
            let keys = files.table(reader, name, true)?;
            table(reader, name, at, &keys)
        })
        .collect();
    Some(CsvPlace {
        folder: folder?,
        format,
        tables,
    })
}

const FORMAT: &[&str] = &[
    "age_max_h",
    "bytes_max_mb",
    "checksum",
    "delimiter",
    "encoding",
    "final_line_end",
    "quote",
    "rows_max",
    "rows_min",
    "settle_s",
    "shrink_max_pct",
];

fn format(reader: &mut Reader<'_>, keys: &Keys<'_>) -> CsvFormat {
    keys.only(reader, FORMAT);
    let usual = CsvFormat::default();
    let delimiter = character(reader, keys, "delimiter").unwrap_or(usual.delimiter);
    let quote = character(reader, keys, "quote").unwrap_or(usual.quote);
    if delimiter == quote {
        reader.report(keys.at, "`delimiter` and `quote` must differ");
    }
    let mut number = |key: &str, least: u32, most: u32, usual: u32| {
        keys.number(reader, key, least, most).unwrap_or(usual)
    };
    let rows_max = number("rows_max", 1, 10_000_000, usual.rows_max);
    CsvFormat {
        rows_min: number("rows_min", 0, rows_max, usual.rows_min.min(rows_max)),
        rows_max,
        shrink_max_pct: number("shrink_max_pct", 0, 100, usual.shrink_max_pct),
        bytes_max_mb: number("bytes_max_mb", 1, 1_000, usual.bytes_max_mb),
        settle_s: number("settle_s", 0, 3_600, usual.settle_s),
        age_max_h: number("age_max_h", 1, 8_760, usual.age_max_h),
        final_line_end: keys
            .flag(reader, "final_line_end")
            .unwrap_or(usual.final_line_end),
        encoding: one_of(reader, keys, "encoding", &Encoding::ALL).unwrap_or(usual.encoding),
        checksum: one_of(reader, keys, "checksum", &Checksum::ALL).unwrap_or(usual.checksum),
        delimiter,
        quote,
    }
}

fn one_of<T: Copy>(
    reader: &mut Reader<'_>,
    keys: &Keys<'_>,
    key: &str,
    all: &[(&str, T)],
) -> Option<T> {
    let words: Vec<_> = all.iter().map(|(word, _)| *word).collect();
    let word = keys.word(reader, key, false, &words)?;
    all.iter()
        .find(|(known, _)| *known == word)
        .map(|(_, t)| *t)
}

/// One ASCII character that ends no line.
fn character(reader: &mut Reader<'_>, keys: &Keys<'_>, key: &str) -> Option<u8> {
    keys.position(key)?;
    let text = keys.text(reader, key, true)?;
    match text.as_bytes() {
        b"tab" => Some(b'\t'),
        [byte] if byte.is_ascii_graphic() => Some(*byte),
        _ => {
            let problem = format!("`{key}` must be one visible ASCII character, or \"tab\"");
            reader.report(keys.position(key).unwrap_or(keys.at), &problem);
            None
        }
    }
}

fn table(reader: &mut Reader<'_>, name: &str, at: usize, keys: &Keys<'_>) -> Option<CsvTable> {
    keys.only(reader, &["columns", "name"]);
    let word = ColumnName::new(name).and_then(|_| TableName::new(name));
    if word.is_none() {
        reader.report(
            at,
            "a file's table must be one word of letters, digits and _, not starting with a digit, \
             of at most 63",
        );
    }
    let file = keys.text(reader, "name", true);
    let plain = |file: &&str| !file.contains(['/', '\\', '\0']) && !file.starts_with('.');
    if file.is_some_and(|file| !plain(&file)) {
        let at = keys.position("name").unwrap_or(keys.at);
        reader.report(
            at,
            "`name` must be the plain name of a file within `folder`",
        );
    }
    let columns = keys
        .table(reader, "columns", true)
        .map(|table| columns(reader, &table))
        .unwrap_or_default();
    Some(CsvTable {
        table: word?,
        file: file.filter(plain)?.to_owned(),
        columns,
    })
}

/// Columns with what they are called, or where they are found, outside.
pub(super) fn columns(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Vec<(ColumnName, String)> {
    if keys.entries.is_empty() {
        reader.report(keys.at, "`columns` names no column");
    }
    let mut read: Vec<(ColumnName, String)> = Vec::new();
    let names: Vec<_> = keys.names().collect();
    for (name, at) in names {
        let outside = keys.text(reader, name, true);
        let Some(column) = ColumnName::new(name) else {
            reader.report(
                at,
                "a column must be one word of letters, digits and _, not starting with a digit, of \
                 at most 63",
            );
            continue;
        };
        let same = |(known, _): &(ColumnName, String)| known.as_str().eq_ignore_ascii_case(name);
        if read.iter().any(same) {
            reader.report(
                at,
                "two columns differ in nothing but the case of their letters",
            );
        } else if let Some(outside) = outside {
            read.push((column, outside.trim().to_owned()));
        }
    }
    read
}
