//! An address in front of several gateways of one member, as a load balancer would be: each new
//! connection goes to the next of them that takes it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// The running forwarder; when dropped it stops, and every connection through it ends.
pub struct Forwarder {
    targets: Arc<Mutex<Vec<SocketAddr>>>,
    running: JoinHandle<()>,
}

impl Forwarder {
    /// Takes connections at `listen` and hands them to `targets` in turn.
    pub async fn start(listen: SocketAddr, targets: &[SocketAddr]) -> Self {
        let targets = Arc::new(Mutex::new(targets.to_vec()));
        let listener = TcpListener::bind(listen).await.unwrap();
        let running = tokio::spawn(forward(listener, Arc::clone(&targets)));
        Self { targets, running }
    }

    /// Hands new connections to these from now on.
    pub fn aim(&self, targets: &[SocketAddr]) {
        *self.targets.lock().unwrap_or_else(PoisonError::into_inner) = targets.to_vec();
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn forward(listener: TcpListener, targets: Arc<Mutex<Vec<SocketAddr>>>) {
    let turn = AtomicUsize::new(0);
    let mut open = JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let Ok((mut from, _)) = listener.accept().await else {
            continue;
        };
        let mut targets = targets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if targets.is_empty() {
            continue;
        }
        let first = turn.fetch_add(1, Ordering::Relaxed) % targets.len();
        targets.rotate_left(first);
        open.spawn(async move {
            for target in targets {
                if let Ok(mut to) = TcpStream::connect(target).await {
                    // Either side may end it, in any way.
                    let _ = copy_bidirectional(&mut from, &mut to).await;
                    return;
                }
            }
        });
    }
}
