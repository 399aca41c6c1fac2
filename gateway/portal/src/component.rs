//! The parts that pages are made of: one typed struct for each component of the GOV.UK Design System
//! and the Ministry of Justice's patterns that the pages use, and our own.
//!
//! A component is a template that was checked when compiled: a field that a page forgets does not
//! compile, and one that is misspelt cannot render as nothing. Those of GOV.UK are held against the
//! fixtures that govuk-frontend publishes.
//!
//! No component has words of its own. Everything that a person reads, also "Error" before a message,
//! comes from the page's language.
//!
//! **Source:** govuk-frontend 6.6.0 (MIT), @ministryofjustice/frontend 11.1.0 (MIT).

mod agency_state;
mod back_link;
mod block;
mod breadcrumbs;
mod button;
mod character_count;
mod checkboxes;
mod choice;
mod content;
mod countdown;
mod date_input;
mod decision_cell;
mod details;
mod difference;
mod error_message;
mod error_summary;
mod faults;
mod field;
mod fieldset;
#[cfg(test)]
mod fixtures;
mod group;
mod hint;
mod input;
mod inset_text;
mod label;
mod language_navigation;
mod live;
mod moj;
mod notification_banner;
mod pagination;
mod panel;
mod radios;
mod rag;
mod select;
mod service_navigation;
mod skip_link;
mod steps;
mod strip;
mod summary_list;
mod table;
mod tag;
mod task_list;
mod textarea;
mod warning_text;

pub use agency_state::AgencyState;
pub use back_link::BackLink;
pub use block::{Aside, Block, Link, PageHead, Paragraph};
pub use breadcrumbs::{Breadcrumbs, Crumb};
pub use button::{Button, ButtonLink};
pub use character_count::CharacterCount;
pub use checkboxes::Checkboxes;
pub use choice::{Choice, Item};
pub use content::{Attributes, Classes, Content};
pub use countdown::Countdown;
pub use date_input::{DateInput, DatePart};
pub use decision_cell::{Decision, DecisionCell, DecisionLegend};
pub use details::Details;
pub use difference::Difference;
pub use error_message::ErrorMessage;
pub use error_summary::{ErrorSummary, Fault};
pub use faults::Faults;
pub use field::Field;
pub use fieldset::{Fieldset, Legend};
pub use group::Group;
pub use hint::Hint;
pub use input::{Affix, Input};
pub use inset_text::InsetText;
pub use label::{Label, Size};
pub use language_navigation::{LanguageItem, LanguageNavigation};
pub use live::Live;
pub use moj::{Alert, AlertKind, Badge, SubNavigation, TicketPanel, Timeline, TimelineItem};
pub use notification_banner::NotificationBanner;
pub use pagination::{PageItem, PageLink, Pagination};
pub use panel::Panel;
pub use radios::Radios;
pub use rag::Rag;
pub use select::{Choosable, Select};
pub use service_navigation::{NavigationItem, ServiceNavigation, Standing};
pub use skip_link::SkipLink;
pub use steps::{Progress, Step, Steps};
pub use strip::{Strip, StripItem};
pub use summary_list::{Action, SummaryCard, SummaryList, SummaryRow};
pub use table::{Cell, Table};
pub use tag::{Tag, Tint};
pub use task_list::{Status, Task, TaskList};
pub use textarea::Textarea;
pub use warning_text::WarningText;

use askama::Template;
use askama::filters::HtmlSafe;

/// A part of a page whose mark-up may stand unescaped inside another, since its own template
/// escaped every value.
pub trait Component: Template + HtmlSafe {}
