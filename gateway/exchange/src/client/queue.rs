//! The queue of an HTTP/2 connection, into which requests are put while the connection may be ending.
//!
//! hyper keeps requests that are to be sent in a queue, and empties it when the connection is dropped. One
//! that is put there in that very moment stays: neither side is told, and whoever asked would wait until
//! the deadline. So the two take turns, which neither holds for longer than it takes to move a request.
//!
//! ```text
//! request ─▶ Requests::send ─┐
//!                            ├─ one at a time ─ hyper's queue
//! connection ─▶ dropped ─────┘
//! ```

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http2::SendRequest;
use hyper::{Request, Response};

/// What is sent.
pub(crate) type Question = Request<Full<Bytes>>;

/// Puts requests into the queue of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    queue: SendRequest<Full<Bytes>>,
    turn: Turn,
}

/// The connection itself, which works the queue off for as long as it is polled.
pub(crate) struct Worked<C> {
    connection: Option<C>,
    turn: Turn,
}

/// Held by whoever touches the queue.
#[derive(Debug, Clone, Default)]
struct Turn(Arc<Mutex<()>>);

impl Turn {
    fn take(&self) -> MutexGuard<'_, ()> {
        // It guards no value that could be left half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both ends of what hyper's handshake made.
pub(crate) fn of<C>((queue, connection): (SendRequest<Full<Bytes>>, C)) -> (Requests, Worked<C>) {
    let turn = Turn::default();
    let worked = Worked {
        connection: Some(connection),
        turn: turn.clone(),
    };
    (Requests { queue, turn }, worked)
}

impl Requests {
    /// Sends a request, and waits for the head of the answer.
    pub(super) async fn send(
        &self,
        request: Question,
    ) -> Result<Response<Incoming>, TrySendError<Question>> {
        let answered = {
            let _turn = self.turn.take();
            self.queue.clone().try_send_request(request)
        };
        answered.await
    }

    /// Did the connection end?
    pub(crate) fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }
}

impl<C: Future + Unpin> Future for Worked<C> {
    type Output = C::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.connection {
            Some(connection) => Pin::new(connection).poll(context),
            None => Poll::Pending,
        }
    }
}

impl<C> Drop for Worked<C> {
    fn drop(&mut self) {
        let _turn = self.turn.take();
        self.connection = None;
    }
}

/// Is it certain that the other end did nothing of the request? Either it never left, or the other end
/// said goodbye without an error and did not count it among those it would still answer (RFC 9113 §6.8).
pub(super) fn was_not_taken(refused: &TrySendError<Question>) -> bool {
    let cause = refused.error().source();
    let goodbye = cause.and_then(|cause| cause.downcast_ref::<h2::Error>());
    refused.message().is_some()
        || goodbye.is_some_and(|error| {
            error.is_go_away() && error.is_remote() && error.reason() == Some(h2::Reason::NO_ERROR)
        })
}

#[cfg(test)]
mod tests;
