//! The pages: what researchers, approvers, information-governance officers and agency IT look at.
//!
//! **Does:** shows what the use cases give as accessible server-made pages in English and Welsh, and
//! takes people's decisions from forms.
//!
//! **Leaves to others:** every decision, every record and every check of a duty (`exchange`); the
//! doors check duties before, never instead. Nothing here reads the store or calls another gateway.
//!
//! **Format:** HTML over HTTP/1.1 and HTTP/2 with TLS; the components are those of the GOV.UK Design
//! System without its brand. A request goes
//!
//! ```text
//! post from here? ─► door: who may? ─► Visit ─► page ─► layout ─► headers
//! ```
//!
//! **Source:** WCAG 2.2 (level AA); HTML Living Standard; Content Security Policy Level 3; Trusted
//! Types.

mod admit;
pub mod agency;
pub mod assets;
pub mod both;
pub mod chart;
pub mod component;
pub mod doors;
pub mod form;
mod headers;
pub mod hub;
pub mod layout;
pub mod moment;
mod sent;
pub mod session;
pub(crate) mod sign_in;
pub mod site;
pub mod trouble;
pub mod visit;
pub mod words;

pub use agency::agency_pages;
pub use headers::POLICY as CONTENT_SECURITY_POLICY;
pub use hub::hub_pages;
pub use site::{PagesSettings, Site};
