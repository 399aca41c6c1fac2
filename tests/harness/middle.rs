//! What lies between two gateways: it hands bytes on, and, when a test says so, loses them in silence as
//! a broken line does, forgets connections on which nothing happens as a firewall does, or is not there.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// The running middle; everything that goes through it ends when it is dropped.
pub struct Middle {
    /// Where to connect.
    pub address: SocketAddr,
    state: Arc<State>,
    running: JoinHandle<()>,
}

struct State {
    target: SocketAddr,
    /// Connections that passed so far.
    made: AtomicUsize,
    /// New ones are taken, and nothing of them is handed on.
    shut: AtomicBool,
    /// Milliseconds without a byte after which a connection is lost; 0 for never.
    forgets: AtomicU64,
    lost: Mutex<Vec<Arc<AtomicBool>>>,
}

impl Middle {
    /// Stands before `target`.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            target,
            made: AtomicUsize::new(0),
            shut: AtomicBool::new(false),
            forgets: AtomicU64::new(0),
            lost: Mutex::default(),
        });
        let running = tokio::spawn(take(listener, Arc::clone(&state)));
        Self {
            address,
            state,
            running,
        }
    }

    /// Loses every byte of the connections there are, and tells neither end. New ones pass.
    pub fn lose(&self) {
        for lost in self.state.lost.lock().unwrap().drain(..) {
            lost.store(true, Ordering::SeqCst);
        }
    }

    /// As [`Middle::lose`], and new ones are lost as well, until it is opened again.
    pub fn shut(&self) {
        self.state.shut.store(true, Ordering::SeqCst);
        self.lose();
    }

    /// New connections pass again.
    pub fn open(&self) {
        self.state.shut.store(false, Ordering::SeqCst);
        self.lose();
    }

    /// Loses a connection once no byte went through it for so long.
    pub fn forget_after(&self, idle: Duration) {
        let idle = u64::try_from(idle.as_millis()).unwrap();
        self.state.forgets.store(idle, Ordering::SeqCst);
    }

    /// How many connections passed so far.
    pub fn made(&self) -> usize {
        self.state.made.load(Ordering::SeqCst)
    }
}

impl Drop for Middle {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn take(listener: TcpListener, state: Arc<State>) {
    // Dropped with this task, and what they carry with them.
    let mut carried = JoinSet::new();
    loop {
        let Ok((from, _)) = listener.accept().await else {
            continue;
        };
        while carried.try_join_next().is_some() {}
        carried.spawn(carry(from, Arc::clone(&state)));
    }
}

async fn carry(from: TcpStream, state: Arc<State>) {
    if state.shut.load(Ordering::SeqCst) {
        // Taken, never answered.
        let (mut read, _held) = from.into_split();
        while read
            .read(&mut [0; 1_024])
            .await
            .is_ok_and(|bytes| bytes > 0)
        {}
        return;
    }
    let Ok(to) = TcpStream::connect(state.target).await else {
        return;
    };
    state.made.fetch_add(1, Ordering::SeqCst);
    let _ = (from.set_nodelay(true), to.set_nodelay(true));
    let lost = Arc::new(AtomicBool::new(false));
    state.lost.lock().unwrap().push(Arc::clone(&lost));
    let last = Arc::new(Mutex::new(Instant::now()));
    let (from_read, from_write) = from.into_split();
    let (to_read, to_write) = to.into_split();
    let there = hand_on(from_read, to_write, (&lost, &last), &state);
    let back = hand_on(to_read, from_write, (&lost, &last), &state);
    tokio::join!(there, back);
}

async fn hand_on(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    (lost, last): (&AtomicBool, &Mutex<Instant>),
    state: &State,
) {
    let mut buffer = vec![0; 64 * 1_024];
    while let Ok(bytes) = from.read(&mut buffer).await {
        let forgets = state.forgets.load(Ordering::SeqCst);
        let idle = last.lock().unwrap().elapsed().as_millis();
        if forgets > 0 && idle > u128::from(forgets) {
            lost.store(true, Ordering::SeqCst);
        }
        if lost.load(Ordering::SeqCst) {
            if bytes == 0 {
                // Even the end of one side is not told to the other.
                std::future::pending::<()>().await;
            }
            continue;
        }
        *last.lock().unwrap() = Instant::now();
        if bytes == 0 || to.write_all(&buffer[..bytes]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
