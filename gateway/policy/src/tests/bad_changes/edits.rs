//! Edits of a template as a person makes them: in one rule, by its id.

/// The two texts of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    pub rules: String,
    pub cases: String,
}

impl Files {
    /// Replaces text within one rule.
    pub fn within(&mut self, id: &str, from: &str, to: &str) {
        let (start, end) = self.rule(id);
        let rule = self.rules.get(start..end).unwrap();
        assert!(rule.contains(from), "`{from}` is not in rule {id}:\n{rule}");
        let changed = rule.replacen(from, to, 1);
        self.rules.replace_range(start..end, &changed);
    }

    /// Takes away a line of one rule, whatever it says.
    pub fn without_line(&mut self, id: &str, key: &str) {
        let (start, end) = self.rule(id);
        let rule = self.rules.get(start..end).unwrap();
        let lines: Vec<&str> = rule.lines().collect();
        let kept: Vec<&str> = lines
            .iter()
            .copied()
            .filter(|line| !line.starts_with(&format!("{key} =")))
            .collect();
        assert_eq!(kept.len() + 1, lines.len(), "rule {id} has no line `{key}`");
        let kept = kept.join("\n") + "\n\n";
        self.rules.replace_range(start..end, &kept);
    }

    /// Takes away one rule.
    pub fn drop(&mut self, id: &str) {
        let (start, end) = self.rule(id);
        self.rules.replace_range(start..end, "");
    }

    /// Makes a comment of one rule.
    pub fn comment(&mut self, id: &str) {
        let (start, end) = self.rule(id);
        let rule = self.rules.get(start..end).unwrap();
        let commented = format!("# {}\n", rule.trim_end().replace('\n', "\n# "));
        self.rules.replace_range(start..end, &commented);
    }

    /// Writes a rule at the end of the file.
    pub fn add(&mut self, rule: &str) {
        let end = self.rules.trim_end().len();
        self.rules.truncate(end);
        self.rules.push_str("\n\n[[rule]]\n");
        self.rules.push_str(rule);
    }

    /// Replaces text once, anywhere in the rules.
    pub fn anywhere(&mut self, from: &str, to: &str) {
        assert!(self.rules.contains(from), "`{from}` is not in the rules");
        self.rules = self.rules.replacen(from, to, 1);
    }

    /// Takes away every case that says `word`.
    pub fn drop_cases(&mut self, word: &str) {
        let parts: Vec<&str> = self.cases.split("[[case]]").collect();
        let kept: Vec<&str> = parts
            .iter()
            .copied()
            .filter(|part| !part.contains(word))
            .collect();
        assert!(kept.len() < parts.len(), "no case says `{word}`");
        self.cases = kept.join("[[case]]");
    }

    /// Where a rule starts and ends, comments after it apart.
    fn rule(&self, id: &str) -> (usize, usize) {
        let at = self.rules.find(&format!("\nid = \"{id}\"\n"));
        let at = at.unwrap_or_else(|| panic!("there is no rule {id}"));
        let start = self.rules.get(..at).unwrap().rfind("[[rule]]").unwrap();
        let rest = self.rules.get(at..).unwrap();
        let ends = [rest.find("\n[[rule]]"), rest.find("\n# ")];
        let end = ends
            .into_iter()
            .flatten()
            .min()
            .map_or(self.rules.len(), |end| at + end + 1);
        (start, end)
    }
}
