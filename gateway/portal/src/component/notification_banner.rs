//! What just happened, or what is important now.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// What just happened, or what is important now; stands above the page's heading.
#[derive(Clone, Debug, Template)]
#[template(path = "component/notification-banner.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct NotificationBanner {
    attributes: Attributes,
    classes: Classes,
    content: Content,
    disable_auto_focus: Option<bool>,
    heading: Content,
    role: Option<String>,
    success: bool,
    title: Content,
    title_heading_level: Option<u8>,
    title_id: Option<String>,
}

impl NotificationBanner {
    /// Something important; `title` says "Important".
    pub fn important(title: impl Into<Content>, heading: impl Into<Content>) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            content: Content::default(),
            disable_auto_focus: None,
            heading: heading.into(),
            role: None,
            success: false,
            title: title.into(),
            title_heading_level: None,
            title_id: None,
        }
    }

    /// Something worked; `title` says "Success". Screen readers speak it at once.
    pub fn success(title: impl Into<Content>, heading: impl Into<Content>) -> Self {
        Self {
            success: true,
            ..Self::important(title, heading)
        }
    }

    /// With more below the heading line.
    pub fn more(mut self, content: impl Into<Content>) -> Self {
        self.content = content.into();
        self
    }

    fn level(&self) -> u8 {
        self.title_heading_level.unwrap_or(2)
    }

    fn own_role(&self) -> &str {
        match (&self.role, self.success) {
            (Some(role), _) => role,
            (None, true) => "alert",
            (None, false) => "region",
        }
    }

    fn own_id(&self) -> &str {
        self.title_id
            .as_deref()
            .unwrap_or("govuk-notification-banner-title")
    }
}

impl HtmlSafe for NotificationBanner {}
impl Component for NotificationBanner {}
