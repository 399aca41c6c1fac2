//! How a difference is told to a person.

use stile_model::id::RuleId;

use super::super::effect::Effect;
use super::super::words::Words;
use super::{Change, Diff, Fate};

impl Diff {
    /// Each setting and each change in one sentence, what discloses more first.
    pub fn sentences(&self) -> Vec<String> {
        let settings = self
            .settings
            .iter()
            .map(|own| format!("{}: {}", own.effect, own.text));
        let changes = self
            .changes
            .iter()
            .map(|own| format!("{}: {}", own.effect, own.text));
        settings.chain(changes).collect()
    }

    /// The whole of it for a person to read.
    pub fn plain_english(&self) -> String {
        let mut lines = vec![
            match self.effect {
                Effect::Both => "The change discloses MORE of some things and LESS of others.",
                Effect::Less => "The change discloses LESS.",
                Effect::More => "The change discloses MORE.",
                Effect::Same if self.is_empty() => "The change alters no answer.",
                Effect::Same => "The change discloses THE SAME.",
            }
            .to_owned(),
        ];
        let fates = [
            (Fate::Added, "added"),
            (Fate::Changed, "changed"),
            (Fate::Removed, "removed"),
            (Fate::Reworded, "changed only in its grounds"),
        ];
        for (fate, word) in fates {
            let ids: Vec<String> = self
                .rules
                .iter()
                .filter(|rule| rule.fate == fate)
                .map(|rule| {
                    let idle = !rule.matters && fate != Fate::Reworded;
                    format!(
                        "{}{}",
                        rule.id,
                        if idle { " (alters no answer)" } else { "" }
                    )
                })
                .collect();
            if !ids.is_empty() {
                lines.push(format!("Rules {word}: {}.", ids.join(", ")));
            }
        }
        lines.extend(
            self.sentences()
                .iter()
                .map(|sentence| format!("* {sentence}")),
        );
        lines.join("\n")
    }
}

impl Change {
    pub(super) fn sentence(&self, words: &Words<'_>) -> String {
        let kind = words.kind(&self.fields);
        let conditions: Vec<&str> = self.when.iter().map(|own| own.text.as_str()).collect();
        let when = match (self.in_part, conditions.is_empty()) {
            (true, _) => ", in too many different circumstances to list".to_owned(),
            (false, true) => ", always".to_owned(),
            (false, false) => format!(", {}", conditions.join(", ")),
        };
        let (was, is) = (
            words.answer(&self.before, kind),
            words.answer(&self.after, kind),
        );
        let change = if was == is {
            format!(
                "still {is}, but the reason told is `{}` instead of `{}`",
                self.after.withhold, self.before.withhold
            )
        } else {
            format!("was {was}; becomes {is}")
        };
        let rules: Vec<&str> = self.rules.iter().map(RuleId::as_str).collect();
        let by = if rules.is_empty() {
            String::new()
        } else {
            format!(" ({})", rules.join(", "))
        };
        format!("{}{when}: {change}{by}", words.fields(&self.fields))
    }
}
