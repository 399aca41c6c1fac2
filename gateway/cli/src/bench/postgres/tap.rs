//! Takes down what a gateway asks its `PostgreSQL`: a listener between the two that passes every byte
//! on and reads those of the gateway (`PostgreSQL` 15, §55.7: Parse and Bind).
//!
//! Only people made up for the measurement are behind it, and what it took down is never printed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::run::Failure;

/// One statement as it was run.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) sql: String,
    /// Each value with its format, 0 for text and 1 for binary; none for null.
    pub(super) values: Vec<(i16, Option<Vec<u8>>)>,
}

/// A listener that takes down.
pub(super) struct Tap {
    pub(super) port: u16,
    heard: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Tap {
    /// Listens in front of `server`, a host with its port.
    pub(super) async fn before(server: String) -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let heard: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let notes = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (server, notes) = (server.clone(), Arc::clone(&notes));
                tokio::spawn(async move {
                    // A connection that ends is none of the tap's business.
                    let _ = pass(near, &server, notes).await;
                });
            }
        });
        Ok(Self { port, heard, task })
    }

    /// What was asked since the last time.
    pub(super) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(near: TcpStream, server: &str, heard: Arc<Mutex<Vec<Asked>>>) -> std::io::Result<()> {
    let far = TcpStream::connect(server).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (asks, mut told) = near.into_split();
    let (mut tells, asked) = far.into_split();
    let back = tokio::spawn(async move { tokio::io::copy(&mut tells, &mut told).await });
    let forth = listen(asks, asked, &heard).await;
    back.abort();
    forth
}

async fn listen(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    heard: &Mutex<Vec<Asked>>,
) -> std::io::Result<()> {
    let mut statements = HashMap::new();
    // The first message has no tag.
    let mut length = [0; 4];
    from.read_exact(&mut length).await?;
    to.write_all(&length).await?;
    to.write_all(&body(&mut from, length).await?).await?;
    loop {
        let tag = from.read_u8().await?;
        from.read_exact(&mut length).await?;
        let body = body(&mut from, length).await?;
        match tag {
            b'P' => note(&mut statements, &body),
            b'B' => {
                if let Some(asked) = bound(&statements, &body) {
                    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                    heard.push(asked);
                }
            }
            _ => {}
        }
        to.write_u8(tag).await?;
        to.write_all(&length).await?;
        to.write_all(&body).await?;
    }
}

/// The rest of a message whose length, its own four bytes included, is `length`.
async fn body(from: &mut OwnedReadHalf, length: [u8; 4]) -> std::io::Result<Vec<u8>> {
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    let mut body = vec![0; length.saturating_sub(4).min(64 * 1024 * 1024)];
    from.read_exact(&mut body).await?;
    Ok(body)
}

/// Parse: a statement gets a name.
fn note(statements: &mut HashMap<String, String>, body: &[u8]) {
    let mut rest = body;
    if let (Some(name), Some(sql)) = (text(&mut rest), text(&mut rest)) {
        statements.insert(name, sql);
    }
}

/// Bind: a statement gets its values.
fn bound(statements: &HashMap<String, String>, body: &[u8]) -> Option<Asked> {
    let mut rest = body;
    text(&mut rest)?;
    let sql = statements.get(&text(&mut rest)?)?.clone();
    let mut formats = Vec::new();
    for _ in 0..number::<2>(&mut rest).map(i16::from_be_bytes)? {
        formats.push(i16::from_be_bytes(number(&mut rest)?));
    }
    let mut values = Vec::new();
    for at in 0..usize::try_from(i16::from_be_bytes(number(&mut rest)?)).ok()? {
        let length = i32::from_be_bytes(number(&mut rest)?);
        let value = match usize::try_from(length) {
            Ok(length) => Some(rest.split_off(..length)?.to_vec()),
            Err(_) => None,
        };
        // No format is text for all, one is that of all.
        let format = match formats.as_slice() {
            [] => 0,
            [all] => *all,
            each => *each.get(at)?,
        };
        values.push((format, value));
    }
    Some(Asked { sql, values })
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let end = rest.iter().position(|byte| *byte == 0)?;
    let text = rest.split_off(..end)?;
    rest.split_off(..1)?;
    String::from_utf8(text.to_vec()).ok()
}

fn number<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    rest.split_off(..N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements() -> HashMap<String, String> {
        let mut statements = HashMap::new();
        note(&mut statements, b"s0\0SELECT $1, $2\0\0\0");
        statements
    }

    #[test]
    fn a_statement_is_taken_down_with_its_values() {
        let bind = b"\0s0\0\0\x01\0\x00\0\x02\0\0\0\x03abc\xff\xff\xff\xff\0\x01\0\x01";

        let asked = bound(&statements(), bind).unwrap();

        assert_eq!(asked.sql, "SELECT $1, $2");
        assert_eq!(asked.values, [(0, Some(b"abc".to_vec())), (0, None)]);
    }

    #[test]
    fn a_message_that_ends_early_or_names_no_statement_is_nothing() {
        for bind in [
            &b"\0s0\0\0\x01\0\x00\0\x02\0\0\0\x09abc"[..],
            b"\0s1\0\0\0\0\0",
            b"",
            b"\0s0",
        ] {
            assert!(bound(&statements(), bind).is_none());
        }
    }
}
