//! A case system's inbox over real TLS on a port of its own, that does what a test tells it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use stile_exchange::clock::Clock;
use stile_trust::tls::browser_config;

/// An Ed25519 key as OpenSSL writes it: the seed of RFC 8032 §7.1, test 1.
pub const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

/// Its public half, as a receiver is given it.
pub const PUBLIC: &str = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/// What the inbox does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Closes the connection without a word.
    BreaksOff,
    /// Says 500.
    Fails,
    /// Says headers without end.
    Floods,
    /// Points to itself by another name.
    Redirects,
    /// Says nothing, and keeps the connection.
    Sleeps,
    /// Says 204.
    Takes,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Came {
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// The inbox.
pub struct Receiver {
    pub at: SocketAddr,
    does: Arc<Mutex<Does>>,
    came: Arc<Mutex<Vec<Came>>>,
    stop: Arc<AtomicBool>,
    accepts: Option<JoinHandle<()>>,
}

impl Receiver {
    /// Shows the certificate in `chain` with `key`, for `localhost`.
    pub fn start(chain: &Path, key: &Path, clock: &Clock, does: Does) -> Self {
        let tls = browser_config(chain, key, &[b"http/1.1"], clock.source()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let (does, came) = (Arc::new(Mutex::new(does)), Arc::default());
        let stop = Arc::new(AtomicBool::new(false));
        let accepts = {
            let (does, came, stop) = (Arc::clone(&does), Arc::clone(&came), Arc::clone(&stop));
            thread::spawn(move || {
                while let Ok((stream, _)) = listener.accept() {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let (tls, does) = (Arc::clone(&tls), Arc::clone(&does));
                    let (came, stop) = (Arc::clone(&came), Arc::clone(&stop));
                    thread::spawn(move || serve(stream, tls, &does, &came, &stop));
                }
            })
        };
        Self {
            at,
            does,
            came,
            stop,
            accepts: Some(accepts),
        }
    }

    /// What it does from now on.
    pub fn does(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    /// Everything that came.
    pub fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    /// Waits until so many requests came.
    pub fn wait_for(&self, many: usize) -> Vec<Came> {
        let begun = Instant::now();
        loop {
            let came = self.came();
            if came.len() >= many {
                return came;
            }
            assert!(
                begun.elapsed() < Duration::from_mins(1),
                "{} came",
                came.len()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        TcpStream::connect(self.at).ok();
        self.accepts.take().map(JoinHandle::join);
    }
}

fn serve(
    stream: TcpStream,
    tls: Arc<ServerConfig>,
    does: &Mutex<Does>,
    came: &Mutex<Vec<Came>>,
    stop: &AtomicBool,
) {
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let Ok(connection) = ServerConnection::new(tls) else {
        return;
    };
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    // A caller that does not believe the certificate sends nothing.
    let Some(request) = read(&mut stream) else {
        return;
    };
    came.lock().unwrap().push(request);
    let does = *does.lock().unwrap();
    let mut stream = stream.into_inner();
    let said = match does {
        Does::BreaksOff => return,
        Does::Fails => "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
        Does::Floods => {
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n");
            while stream
                .write_all(b"x-more: and more and more and more\r\n")
                .is_ok()
            {}
            return;
        }
        Does::Redirects => {
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"
        }
        Does::Sleeps => {
            while !stop.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(20));
            }
            return;
        }
        Does::Takes => "HTTP/1.1 204 No Content\r\n\r\n",
    };
    // Whoever hangs up first is no fault of the test.
    let _ = stream
        .write_all(said.as_bytes())
        .and_then(|()| stream.flush());
}

fn read(stream: &mut impl BufRead) -> Option<Came> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Came {
        line: line.trim_end().to_owned(),
        headers,
        body,
    })
}
