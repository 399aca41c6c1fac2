//! The words of the pages in English and Welsh, from one catalogue of Fluent messages.
//!
//! No text for people stands in templates or code. The files lie in `locales/en` and `locales/cy`, one
//! for each area; a message's key begins with the name of its file. What a person wrote is an argument
//! and is escaped by the templates like any other text.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use unic_langid::LanguageIdentifier;

#[derive(RustEmbed)]
#[folder = "locales/"]
struct Files;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Welsh; its pages lie under `/cy`.
    Cymraeg,
    /// English.
    English,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::English, Self::Cymraeg];

    /// The tag of `lang` (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Cymraeg => "cy",
            Self::English => "en-GB",
        }
    }

    /// What a path in this language begins with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Cymraeg => "/cy",
            Self::English => "",
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Cymraeg => Self::English,
            Self::English => Self::Cymraeg,
        }
    }

    /// The language of a path, and the same path without it.
    pub fn of_path(path: &str) -> (Self, &str) {
        match path.strip_prefix("/cy") {
            Some("") => (Self::Cymraeg, "/"),
            Some(rest) if rest.starts_with('/') => (Self::Cymraeg, rest),
            Some(_) | None => (Self::English, path),
        }
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::Cymraeg => "cy/",
            Self::English => "en/",
        }
    }
}

/// A file of words that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("locales/{file}: {what}")]
pub struct WordsError {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub what: String,
}

/// The words of both languages.
#[derive(Clone)]
pub struct Catalogue {
    english: Arc<FluentBundle<FluentResource>>,
    welsh: Arc<FluentBundle<FluentResource>>,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Catalogue")
    }
}

impl Catalogue {
    /// The words inside the program.
    ///
    /// # Errors
    ///
    /// Names the file that is no Fluent resource, or repeats a key of another.
    pub fn built_in() -> Result<Self, WordsError> {
        Ok(Self {
            english: Arc::new(bundle(Language::English)?),
            welsh: Arc::new(bundle(Language::Cymraeg)?),
        })
    }

    /// The words in one language.
    pub fn words(&self, language: Language) -> Words {
        let bundle = match language {
            Language::Cymraeg => &self.welsh,
            Language::English => &self.english,
        };
        Words {
            language,
            bundle: Arc::clone(bundle),
            english: Arc::clone(&self.english),
        }
    }
}

fn bundle(language: Language) -> Result<FluentBundle<FluentResource>, WordsError> {
    let tag: LanguageIdentifier = language.tag().parse().map_err(|_| WordsError {
        file: language.folder().to_owned(),
        what: "is no language".to_owned(),
    })?;
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The marks would stand in attributes and in what people copy.
    bundle.set_use_isolating(false);
    for file in Files::iter().filter(|name| name.starts_with(language.folder())) {
        let wrong = |what: String| WordsError {
            file: file.to_string(),
            what,
        };
        let bytes = Files::get(&file).ok_or_else(|| wrong("is missing".to_owned()))?;
        let text = String::from_utf8(bytes.data.into_owned())
            .map_err(|_| wrong("is not UTF-8".to_owned()))?;
        let resource =
            FluentResource::try_new(text).map_err(|(_, errors)| wrong(format!("{errors:?}")))?;
        bundle
            .add_resource(resource)
            .map_err(|errors| wrong(format!("{errors:?}")))?;
    }
    Ok(bundle)
}

/// The words in the language of one page.
#[derive(Clone)]
pub struct Words {
    /// The language.
    pub language: Language,
    bundle: Arc<FluentBundle<FluentResource>>,
    english: Arc<FluentBundle<FluentResource>>,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({})", self.language.tag())
    }
}

impl Words {
    /// The words of a key.
    ///
    /// A key without words stands for itself, so that a page never says less than it should; a test
    /// holds that there is none.
    pub fn say(&self, key: &str) -> String {
        self.with(key, [])
    }

    /// The words of a key, with a number in them.
    pub fn count(&self, key: &str, name: &str, number: usize) -> String {
        self.with(key, [(name, FluentValue::from(number))])
    }

    /// The words of a key, with a text in them.
    pub fn about(&self, key: &str, name: &str, text: &str) -> String {
        self.with(key, [(name, FluentValue::from(text))])
    }

    /// The words of a key, with these arguments.
    pub fn with<'a>(
        &'a self,
        key: &'a str,
        arguments: impl IntoIterator<Item = (&'a str, FluentValue<'a>)>,
    ) -> String {
        let arguments: FluentArgs<'a> = arguments.into_iter().collect();
        for bundle in [&self.bundle, &self.english] {
            if let Some(said) = find(bundle, key, &arguments) {
                return said.into_owned();
            }
        }
        key.to_owned()
    }

    /// The words of a code of the vocabulary or of a problem, where there are any: `prefix-code`.
    pub fn of_code(&self, prefix: &str, code: &str) -> Option<String> {
        let key = format!("{prefix}-{}", code.replace(['_', '.'], "-"));
        let none = FluentArgs::new();
        find(&self.bundle, &key, &none).map(Cow::into_owned)
    }
}

fn find<'a>(
    bundle: &'a FluentBundle<FluentResource>,
    key: &str,
    arguments: &'a FluentArgs<'a>,
) -> Option<Cow<'a, str>> {
    let pattern = bundle.get_message(key)?.value()?;
    let mut errors = Vec::new();
    let said = bundle.format_pattern(pattern, Some(arguments), &mut errors);
    Some(Cow::Owned(said.into_owned()))
}

#[cfg(test)]
mod complete;
#[cfg(test)]
mod tests;
