//! How urgent a case is: word, shape and colour.

use askama::Template;
use askama::filters::HtmlSafe;

use stile_model::code::Priority;

use super::{Component, Content};
use crate::words::Words;

/// How urgent a case is. The shape says it to those who see no colours, the word to everybody.
#[derive(Clone, Debug, Template)]
#[template(path = "component/rag.html")]
pub struct Rag {
    priority: Priority,
    word: Content,
}

impl Rag {
    /// The rating in the page's language.
    pub fn new(priority: Priority, words: &Words) -> Self {
        let key = format!("common-rag-{}", colour(priority));
        Self {
            priority,
            word: words.say(&key).into(),
        }
    }

    fn colour(&self) -> &'static str {
        colour(self.priority)
    }
}

/// The rating's colour as classes name it.
pub(super) const fn colour(priority: Priority) -> &'static str {
    match priority {
        Priority::Amber => "amber",
        Priority::Blue => "blue",
        Priority::Green => "green",
        Priority::Red => "red",
    }
}

impl HtmlSafe for Rag {}
impl Component for Rag {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Catalogue, Language};

    #[test]
    fn each_rating_has_its_own_word_and_shape() {
        let words = Catalogue::built_in().unwrap().words(Language::English);
        let drawn: Vec<String> = [
            Priority::Red,
            Priority::Amber,
            Priority::Green,
            Priority::Blue,
        ]
        .map(|priority| Rag::new(priority, &words).to_string())
        .into();

        for (one, word) in drawn.iter().zip(["Red", "Amber", "Green", "Blue"]) {
            assert!(one.contains(word), "{one}");
            let shape = one
                .split("<svg")
                .nth(1)
                .unwrap()
                .split("</svg>")
                .next()
                .unwrap();
            let alike = drawn.iter().filter(|other| other.contains(shape)).count();
            assert_eq!(alike, 1, "{word} shares its shape");
        }
    }
}
