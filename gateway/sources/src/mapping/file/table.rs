//! One table of the file: its keys with their places, and what each must hold.

use stile_model::id::Code;
use stile_model::place::Place;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::spelling::nearest;
use crate::name::{ColumnName, TableName};

/// Collects problems with their line and column.
pub(in super::super) struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    pub(in super::super) problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(in super::super) const fn new(name: &'a str, text: &'a str) -> Self {
        Self {
            name,
            text,
            problems: Vec::new(),
        }
    }

    /// Notes a problem at byte `at` of the text.
    pub(in super::super) fn report(&mut self, at: usize, problem: &str) {
        let place = Place::of(self.text, at);
        self.problems
            .push(format!("{}:{place}: {problem}", self.name));
    }

    /// Notes a word that is none of `allowed`, with the nearest one.
    pub(in super::super) fn unknown<'w>(
        &mut self,
        at: usize,
        word: &str,
        what: &str,
        allowed: impl Iterator<Item = &'w str>,
    ) {
        let allowed: Vec<_> = allowed.collect();
        let meant = nearest(word, allowed.iter().copied())
            .map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
        let shown: String = word.chars().take(60).collect();
        let problem = format!("`{shown}` {what}; allowed: {}{meant}", allowed.join(", "));
        self.report(at, &problem);
    }
}

/// One table with its place in the file.
pub(in super::super) struct Keys<'a> {
    pub(in super::super) at: usize,
    what: String,
    pub(in super::super) entries: &'a DeTable<'a>,
}

impl<'a> Keys<'a> {
    pub(in super::super) fn new(
        at: usize,
        what: impl Into<String>,
        entries: &'a DeTable<'a>,
    ) -> Self {
        Self {
            at,
            what: what.into(),
            entries,
        }
    }

    /// Every key with its place.
    pub(in super::super) fn names(&self) -> impl Iterator<Item = (&'a str, usize)> + use<'a> {
        self.entries
            .iter()
            .map(|(key, _)| (key.get_ref().as_ref(), key.span().start))
    }

    /// Where `key` is, if it is there.
    pub(in super::super) fn position(&self, key: &str) -> Option<usize> {
        self.names()
            .find(|(name, _)| *name == key)
            .map(|(_, at)| at)
    }

    /// Notes every key that is none of `allowed`.
    pub(in super::super) fn only(&self, reader: &mut Reader<'_>, allowed: &[&str]) {
        for (name, at) in self.names() {
            if !allowed.contains(&name) {
                let what = format!("is not a key of {}", self.what);
                reader.unknown(at, name, &what, allowed.iter().copied());
            }
        }
    }

    fn value(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        required: bool,
    ) -> Option<&'a Spanned<DeValue<'a>>> {
        let found = self
            .entries
            .iter()
            .find(|(name, _)| name.get_ref().as_ref() == key)
            .map(|(_, value)| value);
        if found.is_none() && required {
            reader.report(self.at, &format!("{} needs the key `{key}`", self.what));
        }
        found
    }

    /// A non-empty text.
    pub(in super::super) fn text(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        required: bool,
    ) -> Option<&'a str> {
        let value = self.value(reader, key, required)?;
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() && text.len() <= 1_000 => Some(text),
            _ => {
                let problem = format!("`{key}` must be a text of 1 to 1000 bytes in quotes");
                reader.report(value.span().start, &problem);
                None
            }
        }
    }

    /// A whole number from `least` to `most`.
    pub(in super::super) fn number(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        least: u32,
        most: u32,
    ) -> Option<u32> {
        let value = self.value(reader, key, false)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let problem = format!("`{key}` must be a whole number from {least} to {most}");
            reader.report(value.span().start, &problem);
        }
        number
    }

    /// Yes or no.
    pub(in super::super) fn flag(&self, reader: &mut Reader<'_>, key: &str) -> Option<bool> {
        let value = self.value(reader, key, false)?;
        if let DeValue::Boolean(flag) = value.get_ref() {
            return Some(*flag);
        }
        reader.report(
            value.span().start,
            &format!("`{key}` must be true or false"),
        );
        None
    }

    fn value_at(&self, key: &str) -> usize {
        self.entries
            .iter()
            .find(|(name, _)| name.get_ref().as_ref() == key)
            .map_or(self.at, |(_, value)| value.span().start)
    }

    /// One of `allowed`.
    pub(in super::super) fn word(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        required: bool,
        allowed: &[&str],
    ) -> Option<&'a str> {
        let text = self.text(reader, key, required)?;
        if allowed.contains(&text) {
            return Some(text);
        }
        let what = format!("is not a value of `{key}`");
        reader.unknown(self.value_at(key), text, &what, allowed.iter().copied());
        None
    }

    /// A coded word.
    pub(in super::super) fn code(&self, reader: &mut Reader<'_>, key: &str) -> Option<Code> {
        let text = self.text(reader, key, true)?;
        match Code::new(text) {
            Ok(code) => Some(code),
            Err(error) => {
                reader.report(self.value_at(key), &format!("`{key}`: {error}"));
                None
            }
        }
    }

    /// The name of a column.
    pub(in super::super) fn column(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        required: bool,
    ) -> Option<ColumnName> {
        let text = self.text(reader, key, required)?;
        let column = ColumnName::new(text);
        if column.is_none() {
            reader.report(self.value_at(key), &bad_column(key));
        }
        column
    }

    /// The name of a column, or an array of them.
    pub(in super::super) fn columns(&self, reader: &mut Reader<'_>, key: &str) -> Vec<ColumnName> {
        let Some(value) = self.value(reader, key, false) else {
            return Vec::new();
        };
        let DeValue::Array(values) = value.get_ref() else {
            return self.column(reader, key, false).into_iter().collect();
        };
        if !(1..=8).contains(&values.len()) {
            reader.report(
                value.span().start,
                &format!("`{key}` must name 1 to 8 columns"),
            );
        }
        values
            .iter()
            .filter_map(|item| {
                let column = match item.get_ref() {
                    DeValue::String(text) => ColumnName::new(text),
                    _ => None,
                };
                if column.is_none() {
                    reader.report(item.span().start, &bad_column(key));
                }
                column
            })
            .collect()
    }

    /// The name of a table or view, with or without a schema.
    pub(in super::super) fn table_name(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
    ) -> Option<TableName> {
        let text = self.text(reader, key, true)?;
        let table = TableName::new(text);
        if table.is_none() {
            let problem = format!(
                "`{key}` must be a table or `schema.table`: letters, digits and _, not starting \
                 with a digit, at most 63 each; put a view over any other name"
            );
            reader.report(self.value_at(key), &problem);
        }
        table
    }

    /// A table within this one, if it is there and a table; nothing is reported.
    pub(in super::super) fn quiet_table(&self, key: &str) -> Option<Keys<'a>> {
        let mut entries = self.entries.iter();
        let (name, value) = entries.find(|(name, _)| name.get_ref().as_ref() == key)?;
        match value.get_ref() {
            DeValue::Table(entries) => Some(Keys::new(name.span().start, key, entries)),
            _ => None,
        }
    }

    /// An array of 1 to `most` tables; none where the key is missing.
    pub(in super::super) fn tables(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        most: usize,
    ) -> Vec<Keys<'a>> {
        let Some(value) = self.value(reader, key, false) else {
            return Vec::new();
        };
        let at = self.position(key).unwrap_or_else(|| value.span().start);
        let items: Vec<_> = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => Vec::new(),
        };
        if !(1..=most).contains(&items.len()) {
            reader.report(
                at,
                &format!("`{key}` must be an array of 1 to {most} tables"),
            );
        }
        items
            .into_iter()
            .filter_map(|item| {
                let at = item.span().start;
                let DeValue::Table(entries) = item.get_ref() else {
                    reader.report(at, &format!("`{key}` must hold tables"));
                    return None;
                };
                Some(Keys::new(at, format!("`{key}`"), entries))
            })
            .collect()
    }

    /// A table within this one.
    pub(in super::super) fn table(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        required: bool,
    ) -> Option<Keys<'a>> {
        let value = self.value(reader, key, required)?;
        let DeValue::Table(entries) = value.get_ref() else {
            reader.report(value.span().start, &format!("`{key}` must be a table"));
            return None;
        };
        // A table in brackets has the place of its header's last word; its value may have none.
        let at = self.position(key).unwrap_or_else(|| value.span().start);
        Some(Keys::new(at, format!("`{key}`"), entries))
    }
}

fn bad_column(key: &str) -> String {
    format!(
        "`{key}` must be a column: letters, digits and _, not starting with a digit, at most 63; \
         put a view over any other name"
    )
}
