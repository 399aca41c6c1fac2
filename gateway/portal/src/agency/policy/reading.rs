//! A version as sentences, and in the form that any Casbin reads.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use stile_exchange::agency::Agency;

use super::sheet::{Sheet, lines};
use crate::component::{Block, Content, Link, Paragraph};
use crate::form::Asked;
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;

/// The version that an address names; none for the one in force.
pub(super) fn version(text: &str) -> Result<Option<u64>, Trouble> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| Trouble::NotFound)
}

/// The rules in plain English, with the ways to the published form.
pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Asked(asked): Asked,
) -> Paged {
    let words = &visit.words;
    let version = version(asked.text("version"))?;
    let published = agency.published_policy(&visit.person, version).await?;
    let number = published.version.to_string();
    let title = words.about("policy-rules-title", "version", &number);
    let link = |file: &str| {
        let to = visit.to(&format!("/policy/casbin/{number}/{file}"));
        Content::from(Link::new(file, to)).then(" ")
    };
    let files = Content::from(Paragraph::new(words.say("policy-casbin-what")))
        .then(Paragraph::new(link("model.conf").then(link("policy.csv"))));
    Sheet::new(&visit, title)
        .part(Block::new(
            "english",
            words.say("policy-rules-english"),
            lines(&plain(&published.english)),
        ))
        .part(Block::new("casbin", words.say("policy-casbin"), files))
        .shown(&visit)
}

/// The sentences without the marks of Markdown: the first line is the page's title already.
fn plain(markdown: &str) -> String {
    let lines = markdown.lines().filter(|line| !line.starts_with("# "));
    let lines = lines.map(|line| {
        let line = line.strip_prefix("* ").unwrap_or(line);
        line.replace("**", "").replace('*', "")
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// One of the two published files.
pub(super) async fn file(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path((version, file)): Path<(u64, String)>,
) -> Result<Response, Trouble> {
    let published = agency
        .published_policy(&visit.person, Some(version))
        .await?;
    let (text, kind) = match file.as_str() {
        "model.conf" => (published.model, "text/plain; charset=utf-8"),
        "policy.csv" => (published.policy, "text/csv; charset=utf-8"),
        _ => return Err(Trouble::NotFound),
    };
    let name = format!("attachment; filename=\"{file}\"");
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let name = HeaderValue::try_from(name).map_err(|_| Trouble::Broken)?;
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_come_without_the_marks_of_markdown() {
        let text = "# Police: rules\n\nWhat no rule lets out.\n\n* **S-1** shares. *The Act*\n";

        assert_eq!(plain(text), "What no rule lets out.\n\nS-1 shares. The Act");
    }
}
