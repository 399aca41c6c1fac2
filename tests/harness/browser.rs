//! A browser without a screen: keeps cookies, fills in forms by the names of their fields.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use hyper::{Method, StatusCode};
use stile_exchange::client::Reply;

use crate::Caller;

/// A page as it came.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its status.
    pub status: StatusCode,
    /// Where it sends the browser, for a redirect.
    pub to: Option<String>,
    /// Its text.
    pub html: String,
    /// Its headers, names in lower case.
    pub headers: BTreeMap<String, String>,
}

/// A person's browser at one gateway.
pub struct Browser {
    caller: Caller,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    /// A browser that reaches a gateway this way.
    pub fn over(caller: Caller) -> Self {
        Self {
            caller,
            cookies: Mutex::default(),
        }
    }

    /// Opens a page; redirects are not followed.
    pub async fn open(&self, path: &str) -> Page {
        self.ask(Method::GET, path, &[], Vec::new()).await
    }

    /// Bytes of the files that a page names, as a browser that takes gzip loads them.
    pub async fn files(&self, page: &Page) -> usize {
        let parts = page.html.split(['"', '\'']);
        let named: BTreeSet<_> = parts.filter(|part| part.starts_with("/assets/")).collect();
        let gzip = [("accept-encoding", "gzip".to_owned())];
        let mut bytes = 0;
        for path in named {
            let reply = self.caller.call_with(Method::GET, path, &gzip, Vec::new());
            let reply = reply.await.unwrap();
            assert_eq!(reply.status, StatusCode::OK, "{path}");
            bytes += reply.body.len();
        }
        bytes
    }

    /// Sends a form as its page would: same origin, these fields, the page's nonce, and how much of a
    /// case, or which saved text, was seen.
    pub async fn send(&self, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut fields = fields.to_vec();
        let own = ["nonce", "over", "seen", "base"].map(|name| (name, page.field(name)));
        for (name, value) in &own {
            let given = fields.iter().any(|(field, _)| field == name);
            if let (Some(value), false) = (value, given) {
                fields.push((name, value));
            }
        }
        self.post(path, &fields, "same-origin").await
    }

    /// Posts fields as a page of `site` would: `same-origin`, `same-site`, `cross-site`.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)], site: &str) -> Page {
        let body: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let headers = [
            (
                "content-type",
                "application/x-www-form-urlencoded".to_owned(),
            ),
            ("sec-fetch-site", site.to_owned()),
        ];
        let body = body.join("&").into_bytes();
        self.ask(Method::POST, path, &headers, body).await
    }

    /// Posts fields as a page of another `origin` would in a browser that says no more than that.
    pub async fn post_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let body: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let kind = "application/x-www-form-urlencoded".to_owned();
        let headers = [("content-type", kind), ("origin", origin.to_owned())];
        let body = body.join("&").into_bytes();
        self.ask(Method::POST, path, &headers, body).await
    }

    /// Holds the cookies of another browser, as a thief would.
    pub fn take_cookies_of(&self, other: &Self) {
        let theirs = other.cookies.lock().unwrap().clone();
        *self.cookies.lock().unwrap() = theirs;
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Page {
        let mut headers = headers.to_vec();
        let cookies: Vec<_> = {
            let kept = self.cookies.lock().unwrap();
            kept.iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        if !cookies.is_empty() {
            headers.push(("cookie", cookies.join("; ")));
        }
        let reply = self.caller.call_with(method, path, &headers, body).await;
        let reply = reply.unwrap();
        self.keep_cookies(&reply);
        Page::of(&reply)
    }

    fn keep_cookies(&self, reply: &Reply) {
        let mut kept = self.cookies.lock().unwrap();
        for value in reply.headers.get_all("set-cookie") {
            let pair = value.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            kept.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Page {
    fn of(reply: &Reply) -> Self {
        let headers = reply.headers.iter();
        let headers = headers.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let headers: BTreeMap<_, _> = headers.collect();
        Self {
            status: reply.status,
            to: headers.get("location").cloned(),
            html: String::from_utf8_lossy(&reply.body).into_owned(),
            headers,
        }
    }

    /// The value of the first hidden or text field of this name.
    pub fn field(&self, name: &str) -> Option<String> {
        let at = self.html.find(&format!("name=\"{name}\""))?;
        let tag = &self.html[self.html[..at].rfind('<')?..];
        let tag = &tag[..tag.find('>')?];
        let value = tag.split("value=\"").nth(1)?;
        Some(value.split('"').next()?.to_owned())
    }

    /// Does the page say this, as a reader sees it?
    pub fn says(&self, text: &str) -> bool {
        self.words().contains(text)
    }

    /// The page's words without mark-up, white space folded.
    pub fn words(&self) -> String {
        let mut words = String::new();
        let mut inside = false;
        for letter in self.html.chars() {
            match letter {
                '<' => {
                    inside = true;
                    words.push(' ');
                }
                '>' => inside = false,
                letter if !inside => words.push(letter),
                _ => {}
            }
        }
        let words = words
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#38;", "&");
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Percent-encoding of a form's field (WHATWG URL, application/x-www-form-urlencoded).
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            b' ' => "+".to_owned(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
