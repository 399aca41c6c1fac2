use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::*;

/// SETTINGS that set nothing.
const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
/// Longer than any of this takes on a machine with much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

type Made = (Requests, Worked<Connection>);
type Connection = http2::Connection<TokioIo<DuplexStream>, Full<Bytes>, TokioExecutor>;

async fn made() -> (DuplexStream, Made) {
    let (far, near) = duplex(64 * 1024);
    let made = http2::handshake(TokioExecutor::new(), TokioIo::new(near)).await;
    (far, of(made.unwrap()))
}

fn question() -> Question {
    Request::get("https://riverside-police/v1/ledger/checkpoint")
        .body(Full::default())
        .unwrap()
}

/// GOAWAY: this is the last stream that is still answered, and why.
fn goodbye(last: u8, reason: u8) -> [u8; 17] {
    [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, last, 0, 0, 0, reason]
}

/// What becomes of a request, the first of its connection, that is answered with these bytes and the end.
async fn answered_with(frames: &[u8]) -> TrySendError<Question> {
    let (mut far, (requests, worked)) = made().await;
    tokio::spawn(worked);
    let asked = tokio::spawn(async move { requests.send(question()).await });
    far.write_all(&SETTINGS).await.unwrap();
    // The preface, and then at least the head of a HEADERS frame.
    let mut heard = Vec::new();
    while !heard.windows(4).any(|bytes| bytes[0] == 1 && bytes[3] == 0) || heard.len() < 100 {
        assert_ne!(far.read_buf(&mut heard).await.unwrap(), 0);
    }
    far.write_all(frames).await.unwrap();
    drop(far);
    asked.await.unwrap().unwrap_err()
}

#[tokio::test]
async fn a_request_that_the_goodbye_leaves_out_was_not_taken() {
    assert!(was_not_taken(&answered_with(&goodbye(0, 0)).await));
}

#[tokio::test]
async fn a_request_that_may_have_been_heard_is_not_said_not_to_have_been_taken() {
    let counted = goodbye(1, 0);
    let in_error = goodbye(0, 1);
    for frames in [&counted[..], &in_error, &[]] {
        assert!(!was_not_taken(&answered_with(frames).await), "{frames:?}");
    }
}

#[tokio::test]
async fn a_request_for_a_connection_that_is_gone_comes_back_whole() {
    let (_far, (requests, worked)) = made().await;
    drop(worked);

    let refused = requests.send(question()).await.unwrap_err();

    assert!(refused.message().is_some());
    assert!(was_not_taken(&refused));
}

/// Without turns, one of some thousands of these is never answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_is_lost_in_the_moment_in_which_a_connection_ends() {
    for round in 0..20_000 {
        let (_far, (requests, worked)) = made().await;
        let together = Arc::new(Barrier::new(2));
        let end = {
            let together = Arc::clone(&together);
            thread::spawn(move || {
                together.wait();
                drop(worked);
            })
        };
        // A sender that stays, as that of a kept connection does.
        let kept = requests.clone();
        together.wait();
        let answered = tokio::time::timeout(PATIENCE, requests.send(question())).await;
        assert!(answered.is_ok(), "round {round} was never answered");
        assert!(answered.unwrap().is_err());
        end.join().unwrap();
        assert!(kept.is_closed());
    }
}
