//! Page after page of a long list.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// Page after page of a long list.
#[derive(Clone, Debug, Template)]
#[template(path = "component/pagination.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Pagination {
    attributes: Attributes,
    classes: Classes,
    items: Vec<PageItem>,
    landmark_label: String,
    next: Option<PageLink>,
    previous: Option<PageLink>,
}

/// The page before or after.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct PageLink {
    attributes: Attributes,
    content: Content,
    href: String,
    label_text: String,
}

/// One page by its number, or a gap between numbers.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct PageItem {
    current: bool,
    ellipsis: bool,
    href: String,
    number: Content,
    visually_hidden_text: String,
}

impl PageLink {
    /// The page at `href`.
    pub fn new(content: impl Into<Content>, href: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            href: href.into(),
            ..Self::default()
        }
    }

    /// With the name of that page below.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label_text = label.into();
        self
    }
}

impl PageItem {
    /// Page `number`; `spoken` says "Page 3" to screen readers.
    pub fn new(number: usize, spoken: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            number: number.to_string().into(),
            visually_hidden_text: spoken.into(),
            ..Self::default()
        }
    }

    /// Whether it is this page.
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    /// Pages that are left out.
    pub fn gap() -> Self {
        Self {
            ellipsis: true,
            ..Self::default()
        }
    }
}

impl Pagination {
    /// `name` names the landmark ("Pagination").
    pub fn new(
        name: impl Into<String>,
        previous: Option<PageLink>,
        items: Vec<PageItem>,
        next: Option<PageLink>,
    ) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            items,
            landmark_label: name.into(),
            next,
            previous,
        }
    }

    /// The numbers to show of `pages`: first, last, this one and its neighbours; `None` for a gap.
    pub fn numbers(current: usize, pages: usize) -> Vec<Option<usize>> {
        let mut shown: Vec<Option<usize>> = Vec::new();
        for number in 1..=pages {
            if number == 1 || number == pages || number.abs_diff(current) <= 1 {
                shown.push(Some(number));
            } else if shown.last() != Some(&None) {
                shown.push(None);
            }
        }
        shown
    }

    fn block(&self) -> bool {
        self.items.is_empty() && (self.next.is_some() || self.previous.is_some())
    }
}

impl HtmlSafe for Pagination {}
impl Component for Pagination {}

#[cfg(test)]
mod tests {
    use super::Pagination;

    #[test]
    fn a_long_list_shows_its_ends_and_the_neighbourhood() {
        let shown = Pagination::numbers(7, 20);

        let gap = None;
        assert_eq!(
            shown,
            [Some(1), gap, Some(6), Some(7), Some(8), gap, Some(20)]
        );
        assert_eq!(Pagination::numbers(1, 2), [Some(1), Some(2)]);
        assert!(Pagination::numbers(1, 0).is_empty());
    }
}
