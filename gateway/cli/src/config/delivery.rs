//! `[[delivery]]` of `config/hub.toml`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use stile_exchange::clock::Clock;
use stile_exchange::hub::{DeliverySettings, Destination, Form, OnDecision};
use stile_model::id::Code;
use stile_model::vocabulary::Vocabulary;
use stile_product::{Audience, Language};

use super::beside;
use crate::run::Failure;

/// Most characters of a title: it stands on a button.
const TITLE_MAX: usize = 40;

/// One delivery as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDelivery {
    name: Code,
    title: Option<String>,
    audiences: BTreeSet<Audience>,
    folder: Option<PathBuf>,
    webhook: Option<String>,
    key: Option<PathBuf>,
    roots: Option<PathBuf>,
    #[serde(default = "deadline_s")]
    deadline_s: u64,
    #[serde(default = "retry_first_s")]
    retry_first_s: u64,
    #[serde(default = "retry_longest_s")]
    retry_longest_s: u64,
    #[serde(default = "give_up_h")]
    give_up_h: u64,
    on_decision: Option<RawOnDecision>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOnDecision {
    outcomes: BTreeSet<Code>,
    audience: Audience,
    #[serde(default)]
    language: Language,
    #[serde(default)]
    form: Form,
}

const fn deadline_s() -> u64 {
    30
}

const fn retry_first_s() -> u64 {
    10
}

const fn retry_longest_s() -> u64 {
    900
}

const fn give_up_h() -> u64 {
    72
}

/// Checks every delivery.
///
/// # Errors
///
/// Names the file, the delivery and the key, with what may stand there.
pub(super) fn check(file: &Path, raw: Vec<RawDelivery>) -> Result<Vec<DeliverySettings>, Failure> {
    let mut names = BTreeSet::new();
    for one in &raw {
        if !names.insert(one.name.clone()) {
            let what = "is there twice; each needs a name of its own";
            return Err(wrong(file, &one.name, what));
        }
    }
    raw.into_iter().map(|one| one.check(file)).collect()
}

/// A misspelt outcome would be a copy that is never sent.
///
/// # Errors
///
/// Names the delivery and the outcome.
pub(crate) fn check_outcomes(
    deliveries: &[DeliverySettings],
    vocabulary: &Vocabulary,
) -> Result<(), Failure> {
    for one in deliveries {
        let outcomes = one.on_decision.iter().flat_map(|rule| &rule.outcomes);
        for outcome in outcomes {
            if !Vocabulary::has(&vocabulary.outcomes, outcome) {
                return Err(format!(
                    "[[delivery]] `{}`: `on_decision.outcomes` has `{outcome}`, which is no outcome \
                     of the vocabulary",
                    one.name
                )
                .into());
            }
        }
    }
    Ok(())
}

fn wrong(file: &Path, name: &Code, what: &str) -> Failure {
    format!("{}: [[delivery]] `{name}` {what}", file.display()).into()
}

impl RawDelivery {
    fn check(self, file: &Path) -> Result<DeliverySettings, Failure> {
        let bounds = [
            ("deadline_s", self.deadline_s, 1, 120),
            ("retry_first_s", self.retry_first_s, 1, 3_600),
            ("retry_longest_s", self.retry_longest_s, 1, 86_400),
            ("give_up_h", self.give_up_h, 1, 720),
        ];
        for (key, value, least, most) in bounds {
            if !(least..=most).contains(&value) {
                let what = format!("has `{key} = {value}`; it must be {least} to {most}");
                return Err(wrong(file, &self.name, &what));
            }
        }
        if self.audiences.is_empty() {
            let what = "has no `audiences`; name at least one that this system may get";
            return Err(wrong(file, &self.name, what));
        }
        let title = self.title.clone().unwrap_or_else(|| self.name.to_string());
        let printable = !title.trim().is_empty() && !title.chars().any(char::is_control);
        if !printable || title.chars().count() > TITLE_MAX {
            let what = "has a bad `title`; it must be 1 to 40 characters on one line";
            return Err(wrong(file, &self.name, what));
        }
        let to = self.destination(file)?;
        let on_decision = self.on_decision(file)?;
        Ok(DeliverySettings {
            name: self.name,
            title,
            to,
            audiences: self.audiences,
            on_decision,
            deadline: Duration::from_secs(self.deadline_s),
            retry_first: Duration::from_secs(self.retry_first_s),
            retry_longest: Duration::from_secs(self.retry_longest_s),
            give_up: Duration::from_secs(self.give_up_h.saturating_mul(3_600)),
        })
    }

    fn on_decision(&self, file: &Path) -> Result<Option<OnDecision>, Failure> {
        let Some(rule) = &self.on_decision else {
            return Ok(None);
        };
        if rule.outcomes.is_empty() {
            let what = "has an `on_decision` without `outcomes`; name those that it is told of";
            return Err(wrong(file, &self.name, what));
        }
        if !self.audiences.contains(&rule.audience) {
            let what = "has an `on_decision.audience` that is not among its `audiences`";
            return Err(wrong(file, &self.name, what));
        }
        Ok(Some(OnDecision {
            outcomes: rule.outcomes.clone(),
            audience: rule.audience,
            language: rule.language,
            form: rule.form,
        }))
    }

    fn destination(&self, file: &Path) -> Result<Destination, Failure> {
        let wrong = |what: &str| wrong(file, &self.name, what);
        match (&self.folder, &self.webhook, &self.key, &self.roots) {
            (Some(folder), None, None, None) => {
                Ok(Destination::Folder(beside(file, folder.clone())))
            }
            (Some(_), None, _, _) => {
                Err(wrong("has `folder`; `key` and `roots` go with `webhook`"))
            }
            (None, Some(webhook), Some(key), Some(roots)) => {
                let address = webhook
                    .parse()
                    .map_err(|error| wrong(&format!("has a bad `webhook`: {error}")))?;
                let (key, roots) = (beside(file, key.clone()), beside(file, roots.clone()));
                Destination::webhook(address, &key, &roots, &Clock::system())
                    .map_err(|error| wrong(&format!("has a bad `key` or `roots`: {error}")))
            }
            (None, Some(_), _, _) => Err(wrong(
                "needs `key`, a PEM file of the Ed25519 key that signs, and `roots`, a PEM file of the \
                 roots that its certificate leads to",
            )),
            (Some(_), Some(_), _, _) => Err(wrong("has both `folder` and `webhook`")),
            (None, None, _, _) => Err(wrong(
                "needs `folder`, a folder that the system reads, or `webhook`, its address",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<DeliverySettings>, String> {
        #[derive(Deserialize)]
        struct Whole {
            delivery: Vec<RawDelivery>,
        }
        let whole: Whole = toml::from_str(text).map_err(|error| error.to_string())?;
        check(Path::new("/etc/stile/hub.toml"), whole.delivery).map_err(|error| error.to_string())
    }

    const ONE: &str = "[[delivery]]\nname = \"records\"\naudiences = [\"receiving_team\"]\n";

    #[test]
    fn takes_a_folder_beside_the_file() {
        let all = read(&format!("{ONE}folder = \"out\"")).unwrap();

        assert!(
            matches!(&all[0].to, Destination::Folder(path) if path == Path::new("/etc/stile/out"))
        );
        assert_eq!(all[0].title, "records");
        assert_eq!(all[0].give_up, Duration::from_hours(72));
        assert_eq!(all[0].on_decision, None);
    }

    #[test]
    fn rejects_what_does_not_fit_and_says_what_may_stand_there() {
        for (keys, wanted) in [
            ("", "needs `folder`"),
            (
                "folder = \"a\"\nwebhook = \"https://a.example/\"",
                "has both",
            ),
            ("folder = \"a\"\nroots = \"r.pem\"", "go with `webhook`"),
            ("folder = \"a\"\nkey = \"k.pem\"", "go with `webhook`"),
            ("webhook = \"https://a.example/\"", "needs `key`"),
            (
                "webhook = \"http://a.example/\"\nroots = \"r.pem\"\nkey = \"k.pem\"",
                "https://host/path",
            ),
            (
                "webhook = \"https://a.example/\"\nroots = \"r.pem\"\nkey = \"k.pem\"",
                "bad `key`",
            ),
            ("folder = \"a\"\ndeadline_s = 0", "1 to 120"),
            ("folder = \"a\"\nretry_first_s = 0", "1 to 3600"),
            ("folder = \"a\"\nretry_longest_s = 90000", "1 to 86400"),
            ("folder = \"a\"\ngive_up_h = 721", "1 to 720"),
            ("folder = \"a\"\nfolders = \"b\"", "unknown field"),
            ("folder = \"a\"\ntitle = \"\"", "1 to 40"),
            (
                "folder = \"a\"\non_decision = { outcomes = [], audience = \"receiving_team\" }",
                "without `outcomes`",
            ),
            (
                "folder = \"a\"\non_decision = { outcomes = [\"a\"], audience = \"decision_maker\" }",
                "not among its `audiences`",
            ),
        ] {
            let error = read(&format!("{ONE}{keys}")).unwrap_err();

            assert!(error.contains(wanted), "{keys}: {error}");
        }
    }

    #[test]
    fn rejects_a_delivery_that_does_not_say_for_whom_it_may_get_copies() {
        let none = "[[delivery]]\nname = \"records\"\nfolder = \"out\"\n";

        assert!(read(none).unwrap_err().contains("audiences"));
        let empty = format!("{none}audiences = []\n");
        assert!(read(&empty).unwrap_err().contains("no `audiences`"));
    }

    #[test]
    fn rejects_two_of_one_name() {
        let one = format!("{ONE}folder = \"out\"\n");

        assert!(read(&one.repeat(2)).unwrap_err().contains("there twice"));
    }

    #[test]
    fn rejects_an_outcome_that_the_vocabulary_lacks() {
        let text = include_str!("../../../../policies/vocabulary.toml");
        let vocabulary = Vocabulary::parse("vocabulary.toml", text).unwrap();
        let with = |outcome: &str| {
            let rule = format!("{{ outcomes = [\"{outcome}\"], audience = \"receiving_team\" }}");
            read(&format!("{ONE}folder = \"out\"\non_decision = {rule}")).unwrap()
        };
        let known = vocabulary.outcomes[0].code.as_str();

        assert!(check_outcomes(&with(known), &vocabulary).is_ok());
        let error = check_outcomes(&with("no_such_outcome"), &vocabulary).unwrap_err();
        assert!(error.to_string().contains("no_such_outcome"), "{error}");
    }
}
