//! An address in front of one gateway that notes when how many bytes went by, and never reads them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Which way bytes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the gateway.
    In,
    /// From the gateway.
    Out,
}

/// Bytes that went by.
#[derive(Debug, Clone, Copy)]
pub struct Passed {
    /// When.
    pub at: Instant,
    /// Which way.
    pub way: Way,
    /// How many.
    pub bytes: usize,
}

/// The running tap; it stops when dropped.
pub struct Tap {
    /// Where to connect.
    pub address: SocketAddr,
    passed: Arc<Mutex<Vec<Passed>>>,
    running: JoinHandle<()>,
}

impl Tap {
    /// Takes connections at a port of its own and hands them on, to the address that `aim` gives
    /// later.
    pub async fn start(target: Arc<Mutex<Option<SocketAddr>>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let passed = Arc::new(Mutex::new(Vec::new()));
        let running = tokio::spawn(take(listener, target, Arc::clone(&passed)));
        Self {
            address,
            passed,
            running,
        }
    }

    /// What went by since it was asked last.
    pub fn passed(&self) -> Vec<Passed> {
        std::mem::take(&mut *self.passed.lock().unwrap())
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn take(
    listener: TcpListener,
    target: Arc<Mutex<Option<SocketAddr>>>,
    passed: Arc<Mutex<Vec<Passed>>>,
) {
    loop {
        let Ok((from, _)) = listener.accept().await else {
            continue;
        };
        let Some(target) = *target.lock().unwrap() else {
            continue;
        };
        let passed = Arc::clone(&passed);
        tokio::spawn(async move {
            let Ok(to) = TcpStream::connect(target).await else {
                return;
            };
            let _ = (from.set_nodelay(true), to.set_nodelay(true));
            let (from_read, from_write) = from.into_split();
            let (to_read, to_write) = to.into_split();
            tokio::join!(
                hand_on(from_read, to_write, Way::In, &passed),
                hand_on(to_read, from_write, Way::Out, &passed),
            );
        });
    }
}

async fn hand_on(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    way: Way,
    passed: &Mutex<Vec<Passed>>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(bytes) = from.read(&mut buffer).await {
        passed.lock().unwrap().push(Passed {
            at: Instant::now(),
            way,
            bytes,
        });
        if bytes == 0 || to.write_all(&buffer[..bytes]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
