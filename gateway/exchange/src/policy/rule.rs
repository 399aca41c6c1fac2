//! One rule of the texts that an officer is still writing, in parts that a form can hold.
//!
//! The parts are the columns of the table for spreadsheets, and they come back by the same way: read
//! strictly, and merged into the text so that its comments stay.

use stile_model::digest::Digest;
use stile_model::id::RuleId;
use stile_policy::{export_rules, import_rules, read_table};

use super::guards::RULES;
use super::sketch::Sketch;
use super::texts::TABLE;
use super::turns::in_turn;
use crate::agency::Agency;
use crate::error::{ExchangeError, refuse};
use crate::people::Person;

/// A rule by the columns of the table: `id`, `verb`, `fields`, `as`, `purpose`, `why`, …
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleParts(Vec<(String, String)>);

impl RuleParts {
    /// The part of this column; empty where the rule does not say it.
    pub fn part(&self, column: &str) -> &str {
        let found = self.0.iter().find(|(name, _)| name == column);
        found.map_or("", |(_, text)| text)
    }

    /// A digest of everything the rule says: what was shown is not what is saved any more where it
    /// differs. SHA-256 over the columns that say something, in their order.
    pub fn version(&self) -> Digest {
        let said = self.0.iter().filter(|(_, text)| !text.is_empty());
        let lines = said.map(|(name, text)| format!("{name}={}:{text}\n", text.len()));
        Digest::of(lines.collect::<String>().as_bytes())
    }

    /// Says this in a column.
    pub fn set(&mut self, column: &str, text: impl Into<String>) {
        self.0.retain(|(name, _)| name != column);
        self.0.push((column.to_owned(), text.into()));
    }
}

/// The table of a text: its rows as they are, and where the rules begin.
struct Sheet {
    rows: Vec<Vec<String>>,
    /// The row that names the columns.
    names: usize,
}

impl Sheet {
    fn of(table: &str) -> Result<Self, ExchangeError> {
        let rows = read_table(table.as_bytes());
        let rows = rows.map_err(|_| ExchangeError::Stored("policy"))?;
        let names = rows.iter().position(|row| row.len() > 2);
        let names = names.ok_or(ExchangeError::Stored("policy"))?;
        Ok(Self { rows, names })
    }

    fn columns(&self) -> &[String] {
        self.rows.get(self.names).map_or(&[], Vec::as_slice)
    }

    fn rules(&self) -> impl Iterator<Item = RuleParts> {
        self.rows.iter().skip(self.names + 1).map(|row| {
            let parts = self.columns().iter().cloned().zip(row.iter().map(|cell| {
                // What keeps a spreadsheet from reading a formula.
                cell.strip_prefix('\'').unwrap_or(cell).to_owned()
            }));
            RuleParts(parts.collect())
        })
    }

    /// The row of the rule of this name.
    fn row(&self, id: &str) -> Option<usize> {
        let rows = self.rows.iter().enumerate().skip(self.names + 1);
        let mut rows =
            rows.filter(|(_, row)| row.first().is_some_and(|cell| unguarded(cell) == id));
        rows.next().map(|(at, _)| at)
    }

    /// The row of the rule of this name, if it still says what was shown.
    fn shown(&self, id: &RuleId, shown: Digest) -> Result<usize, ExchangeError> {
        let at = self.row(id.as_str()).ok_or_else(unknown)?;
        let mut rules = self.rules();
        let now = rules.find(|rule| rule.part("id") == id.as_str());
        if now.is_some_and(|rule| rule.version() == shown) {
            Ok(at)
        } else {
            Err(overtaken())
        }
    }

    fn cells(&self, parts: &RuleParts) -> Vec<String> {
        let cells = self.columns().iter().map(|name| {
            let text = parts.part(name).trim();
            if text.is_empty() {
                String::new()
            } else {
                format!("'{text}")
            }
        });
        cells.collect()
    }

    fn written(&self) -> String {
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let row = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",");
        let rows: Vec<_> = self.rows.iter().map(row).collect();
        rows.join("\r\n") + "\r\n"
    }
}

fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

impl Agency {
    /// The rules of what this officer is writing, in the order of the text.
    ///
    /// # Errors
    ///
    /// `role_missing`; every mistake of a text that is not yet right.
    pub async fn sketch_rules(&self, person: &Person) -> Result<Vec<RuleParts>, ExchangeError> {
        let (sheet, _) = self.sheet(person).await?;
        Ok(sheet.rules().collect())
    }

    /// Puts a rule into what this officer is writing: in place of the one named `before`, or at the
    /// end. The text is saved only if it can be read with it, and only over the very rule that was
    /// shown, whose [`RuleParts::version`] stands beside its name.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_rule`, `rule_overtaken`, `sketch_overtaken`, `sketch_outdated`; every
    /// mistake, by row and column.
    pub async fn put_sketch_rule(
        &self,
        person: &Person,
        before: Option<(&RuleId, Digest)>,
        parts: &RuleParts,
    ) -> Result<(), ExchangeError> {
        let (mut sheet, sketch) = self.sheet(person).await?;
        let cells = sheet.cells(parts);
        match before {
            None => sheet.rows.push(cells),
            Some((id, shown)) => {
                let at = sheet.shown(id, shown)?;
                if let Some(row) = sheet.rows.get_mut(at) {
                    *row = cells;
                }
            }
        }
        self.merge(person, sheet, sketch).await
    }

    /// Takes a rule out of what this officer is writing: the very rule that was shown.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_rule`, `rule_overtaken`, `sketch_overtaken`, `sketch_outdated`; every
    /// mistake of what would be left.
    pub async fn remove_sketch_rule(
        &self,
        person: &Person,
        id: &RuleId,
        shown: Digest,
    ) -> Result<(), ExchangeError> {
        let (mut sheet, sketch) = self.sheet(person).await?;
        let at = sheet.shown(id, shown)?;
        sheet.rows.remove(at);
        self.merge(person, sheet, sketch).await
    }

    /// The rules as a table, and the texts they were read from.
    async fn sheet(&self, person: &Person) -> Result<(Sheet, Sketch), ExchangeError> {
        let sketch = self.policy_sketch(person)?;
        let vocabulary = self.governing.ground.vocabulary.clone();
        let rules = sketch.rules.clone();
        let table = in_turn(move || export_rules(RULES, &rules, &vocabulary));
        Ok((Sheet::of(&table.await??)?, sketch))
    }

    async fn merge(
        &self,
        person: &Person,
        sheet: Sheet,
        sketch: Sketch,
    ) -> Result<(), ExchangeError> {
        let vocabulary = self.governing.ground.vocabulary.clone();
        let from = sketch.made_from();
        let rules = sketch.rules;
        let read = in_turn(move || {
            let into = Some((RULES, rules.as_str()));
            import_rules(TABLE, sheet.written().as_bytes(), &vocabulary, into)
        });
        let read = read.await??;
        self.keep_policy_sketch(person, from, read.text, sketch.cases)
            .await
    }
}

fn overtaken() -> ExchangeError {
    refuse(
        "rule_overtaken",
        409,
        "this rule was changed from another page since you opened this one; look at both, then save \
         again",
    )
}

fn unknown() -> ExchangeError {
    refuse(
        "unknown_rule",
        404,
        "what you are writing has no rule of this name",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\u{feff}agency,police\r\n\r\nid,verb,fields,why\r\nA-1,share,police.x.y,'=1\r\nB-2,seal,police.*,\"a \"\"b\"\"\"\r\n";

    #[test]
    fn rules_are_read_by_column_without_what_guards_them() {
        let sheet = Sheet::of(TABLE).unwrap();
        let rules: Vec<_> = sheet.rules().collect();

        assert_eq!(rules.len(), 2);
        assert_eq!(rules[0].part("why"), "=1");
        assert_eq!(rules[1].part("why"), "a \"b\"");
        assert_eq!(rules[1].part("nothing"), "");
        assert_eq!((sheet.row("B-2"), sheet.row("C-3")), (Some(4), None));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut sheet = Sheet::of(TABLE).unwrap();
        let mut parts = RuleParts::default();
        parts.set("id", "C-3");
        parts.set("why", "said \"so\", twice");
        let cells = sheet.cells(&parts);
        sheet.rows.push(cells);

        let again = Sheet::of(&sheet.written()).unwrap();

        assert_eq!(
            again.rules().nth(2).unwrap().part("why"),
            "said \"so\", twice"
        );
        assert_eq!(again.rules().next().unwrap().part("why"), "=1");
    }

    #[test]
    fn a_rule_is_known_by_everything_it_says() {
        let sheet = Sheet::of(TABLE).unwrap();
        let rules: Vec<_> = sheet.rules().collect();
        let id = RuleId::new("A-1").unwrap();

        assert_eq!(sheet.shown(&id, rules[0].version()).unwrap(), 3);
        let mut emptied = rules[0].clone();
        emptied.set("owner", "");
        assert_eq!(emptied.version(), rules[0].version());
    }

    #[test]
    fn refuses_a_rule_that_says_something_else_by_now_or_is_gone() {
        let sheet = Sheet::of(TABLE).unwrap();
        let mut before = sheet.rules().next().unwrap();
        before.set("why", "another ground");
        let code = |id: &str| {
            let refused = sheet.shown(&RuleId::new(id).unwrap(), before.version());
            refused.unwrap_err().problem().code().to_owned()
        };

        assert_eq!(code("A-1"), "rule_overtaken");
        assert_eq!(code("C-3"), "unknown_rule");
    }

    #[test]
    fn rejects_a_table_without_columns() {
        assert!(Sheet::of("agency,police\r\n").is_err());
    }
}
