//! The system's way of asking a process to stop, and of hearing from it.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

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
        notify("STOPPING=1");
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

/// Waits until `stop` turns true; a sender that is gone means stop, too.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Turns true `drain` after `told` did, so that whoever sends requests here can stop sending them.
pub(super) fn after(mut told: watch::Receiver<bool>, drain: Duration) -> watch::Receiver<bool> {
    if drain.is_zero() {
        return told;
    }
    let (now, stop) = watch::channel(false);
    tokio::spawn(async move {
        stopped(&mut told).await;
        tracing::info!(
            seconds = drain.as_secs(),
            "told to stop; answering for so long"
        );
        tokio::time::sleep(drain).await;
        let _ = now.send(true);
    });
    stop
}

/// Tells the service manager `state`, where one wants to hear (`Type=notify` of systemd).
pub(super) fn notify(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    let named = socket.to_str().and_then(|name| name.strip_prefix('@'));
    let address = match named {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&socket),
    };
    let sent = address
        .and_then(|address| UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address));
    if let Err(error) = sent {
        tracing::warn!(%error, "the service manager was not told `{state}`");
    }
}
