//! A connection that can be cut from elsewhere, and that tells when the other end has spoken.
//!
//! HTTP/2 goes on in tasks of its own until its bytes end; cutting the bytes ends all of it at once.

use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

/// The client's first words are the same 24 bytes at every connection (RFC 9113 §3.4). Its settings
/// follow once it has taken the connection.
const PREFACE: usize = 24;

/// What is known of the bytes that go by, and the knife.
#[derive(Debug)]
pub(super) struct Wire {
    cut: AtomicBool,
    heard: AtomicUsize,
    /// A call was given up, and since before it nothing was heard.
    doubted: AtomicBool,
    reader: AtomicWaker,
    spoken: watch::Sender<bool>,
}

impl Wire {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            cut: AtomicBool::new(false),
            heard: AtomicUsize::new(0),
            doubted: AtomicBool::new(false),
            reader: AtomicWaker::new(),
            spoken: watch::Sender::new(false),
        })
    }

    /// Ends the connection now, whatever is under way.
    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        self.reader.wake();
    }

    /// Waits until the other end has said more than every client says first.
    pub(super) async fn spoken(&self) {
        // The sender is ours, so it cannot be gone.
        let _ = self.spoken.subscribe().wait_for(|spoken| *spoken).await;
    }

    /// How much was heard so far; only tells whether it was more later.
    pub(super) fn heard(&self) -> usize {
        self.heard.load(Ordering::Relaxed)
    }

    /// What was begun when so much had been heard is over: without a word since, the other end may be
    /// gone, until it is heard again.
    pub(super) fn doubt_unless_heard_since(&self, heard: usize) {
        if self.heard() == heard {
            self.doubted.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn is_doubted(&self) -> bool {
        self.doubted.load(Ordering::Relaxed)
    }

    fn is_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }

    fn hear(&self, bytes: usize) {
        if bytes > 0 {
            self.doubted.store(false, Ordering::Relaxed);
        }
        let before = self.heard.fetch_add(bytes, Ordering::Relaxed);
        if before <= PREFACE && before.saturating_add(bytes) > PREFACE {
            self.spoken.send_replace(true);
        }
    }
}

/// The connection itself.
pub(super) struct Watched<S> {
    stream: S,
    wire: Arc<Wire>,
}

impl<S> Watched<S> {
    pub(super) const fn new(stream: S, wire: Arc<Wire>) -> Self {
        Self { stream, wire }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        // Before the look, so that a cut in between still wakes.
        self.wire.reader.register(context.waker());
        if self.wire.is_cut() {
            return Poll::Ready(Err(severed()));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.wire.hear(buffer.filled().len().saturating_sub(before));
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        if self.wire.is_cut() {
            return Poll::Ready(Err(severed()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        if self.wire.is_cut() {
            return Poll::Ready(Err(severed()));
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        if self.wire.is_cut() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

fn severed() -> Error {
    Error::new(ErrorKind::ConnectionAborted, "the connection was cut")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn a_cut_wakes_whoever_reads_and_refuses_whoever_writes() {
        let (mut far, near) = duplex(64);
        let wire = Wire::new();
        let mut near = Watched::new(near, Arc::clone(&wire));
        far.write_all(b"one").await.unwrap();
        let mut word = [0; 3];
        near.read_exact(&mut word).await.unwrap();

        let reading = tokio::spawn(async move {
            let read = near.read(&mut [0; 3]).await.map_err(|error| error.kind());
            let written = near.write(b"x").await.map_err(|error| error.kind());
            (read, written)
        });
        tokio::task::yield_now().await;
        wire.cut();

        let severed = ErrorKind::ConnectionAborted;
        assert_eq!(reading.await.unwrap(), (Err(severed), Err(severed)));
    }

    #[tokio::test]
    async fn silence_during_a_call_is_doubted_until_anything_is_heard() {
        let (mut far, near) = duplex(64);
        let wire = Wire::new();
        let mut near = Watched::new(near, Arc::clone(&wire));
        let before = wire.heard();
        far.write_all(b"one").await.unwrap();
        near.read_exact(&mut [0; 3]).await.unwrap();

        wire.doubt_unless_heard_since(before);
        assert!(!wire.is_doubted(), "it spoke meanwhile");
        wire.doubt_unless_heard_since(wire.heard());
        assert!(wire.is_doubted());
        far.write_all(b"x").await.unwrap();
        near.read_exact(&mut [0]).await.unwrap();

        assert!(!wire.is_doubted());
    }

    #[tokio::test]
    async fn the_preface_alone_is_no_word_and_one_byte_more_is() {
        let (mut far, near) = duplex(64);
        let wire = Wire::new();
        let mut near = Watched::new(near, Arc::clone(&wire));
        let mut heard = [0; PREFACE];
        let soon = Duration::from_millis(20);

        far.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .await
            .unwrap();
        near.read_exact(&mut heard).await.unwrap();
        assert!(tokio::time::timeout(soon, wire.spoken()).await.is_err());
        far.write_all(b"\0").await.unwrap();
        near.read_exact(&mut [0]).await.unwrap();

        tokio::time::timeout(soon, wire.spoken()).await.unwrap();
    }
}
