//! The system's way of asking a process to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Turns true on SIGINT or SIGTERM; both are caught from the moment this returns.
pub fn stop_on_signal() -> watch::Receiver<bool> {
    let (told, stop) = watch::channel(false);
    // A signal that cannot be caught keeps its usual effect, and ends the process.
    let interrupt = signal(SignalKind::interrupt()).ok();
    let terminate = signal(SignalKind::terminate()).ok();
    tokio::spawn(async move {
        tokio::select! {
            () = received(interrupt) => {}
            () = received(terminate) => {}
        }
        let _ = told.send(true);
    });
    stop
}

async fn received(signal: Option<Signal>) {
    match signal {
        Some(mut signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
