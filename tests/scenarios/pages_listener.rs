//! The listener of the pages, with real connections: what one place can take from the others, and what
//! becomes of whoever opens a connection and does not get on with it.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use harness::Lab;
use harness::caller::careless_tls;
use hyper::StatusCode;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use stile_cli::demo::partnership::HUB;
use stile_model::id::MemberId;
use tokio::net::TcpSocket;

/// Connections that one address may hold: an eighth of all.
const SHARE: usize = 256;
/// Before a quiet connection would be ended anyhow.
const SOON: Duration = Duration::from_secs(45);

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

async fn connected(from: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((IpAddr::from(from), 0).into()).unwrap();
    let stream = socket.connect(to).await.unwrap().into_std().unwrap();
    stream.set_nonblocking(true).unwrap();
    stream
}

/// Has the other end closed it?
fn is_closed(mut stream: &TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// A conversation in TLS, made up to its handshake, as a browser of an old kind would hold it.
fn spoken(lab: &Lab, stream: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let tls = careless_tls(lab.dir(), None, &[b"http/1.1"]);
    let name = ServerName::IpAddress(stream.peer_addr().unwrap().ip().into());
    let client = ClientConnection::new(Arc::new(tls), name).unwrap();
    let mut stream = StreamOwned::new(client, stream);
    stream.conn.complete_io(&mut stream.sock).unwrap();
    stream
}

/// What comes until the other end closes; none when it does not do so soon.
fn heard(stream: &mut impl Read) -> Option<Vec<u8>> {
    let (began, mut all, mut part) = (Instant::now(), Vec::new(), [0; 4_096]);
    while began.elapsed() < SOON {
        match stream.read(&mut part) {
            Ok(0) => return Some(all),
            Ok(read) => all.extend_from_slice(&part[..read]),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => return None,
                // Closed without a word of farewell.
                _ => return Some(all),
            },
        }
    }
    None
}

const HEAD: &[u8] = b"GET /sign-in HTTP/1.1\r\nhost: 127.0.0.1\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn one_address_takes_its_share_of_the_connections_and_leaves_the_rest() {
    let mut lab = Lab::start(&[], 50).await;
    let at = lab.pages(&hub());
    let mut mine = Vec::new();
    for _ in 0..SHARE + 20 {
        mine.push(connected([127, 0, 0, 1], at).await);
    }

    // Every one before the last has been let in or turned away by when the last is.
    let began = Instant::now();
    while !is_closed(mine.last().unwrap()) {
        assert!(began.elapsed() < SOON, "the last was let in");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let turned_away = mine.iter().filter(|stream| is_closed(stream)).count();
    assert_eq!(turned_away, 20);
    let other = connected([127, 0, 0, 2], at).await;
    let mut other = spoken(&lab, other);
    other.write_all(HEAD).unwrap();
    other.write_all(b"connection: close\r\n\r\n").unwrap();
    let answer = heard(&mut other).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "others are served");

    drop(mine);
    let began = Instant::now();
    loop {
        let again = connected([127, 0, 0, 1], at).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        if !is_closed(&again) {
            break;
        }
        assert!(began.elapsed() < SOON, "the share is given back");
    }
    let page = lab.visitor(&hub()).open("/sign-in").await;
    assert_eq!(page.status, StatusCode::OK);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_finish_a_handshake_or_the_head_of_a_request_is_cut_off() {
    let mut lab = Lab::start(&[], 50).await;
    let at = lab.pages(&hub());
    let mut silent = connected([127, 0, 0, 1], at).await;
    silent.set_nonblocking(false).unwrap();
    silent.set_read_timeout(Some(SOON)).unwrap();
    let mut stalled = spoken(&lab, connected([127, 0, 0, 1], at).await);
    let mut dripping = spoken(&lab, connected([127, 0, 0, 1], at).await);

    let silent = std::thread::spawn(move || heard(&mut silent));
    let stalled = std::thread::spawn(move || {
        stalled.write_all(HEAD).unwrap();
        heard(&mut stalled)
    });
    // A little at a time: each is too soon after the last to be called quiet.
    let dripping = std::thread::spawn(move || {
        let began = Instant::now();
        dripping.write_all(HEAD).unwrap();
        while began.elapsed() < SOON {
            if dripping.write_all(b"x: y\r\n").is_err() {
                return Some(Vec::new());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        None
    });

    for (who, thread) in [
        ("silent", silent),
        ("stalled", stalled),
        ("dripping", dripping),
    ] {
        let heard = tokio::task::spawn_blocking(|| thread.join().unwrap()).await;
        let heard = heard.unwrap();
        let heard = heard.unwrap_or_else(|| panic!("the {who} one was left alone"));
        assert!(!heard.starts_with(b"HTTP/1.1 200"), "{who} was answered");
    }
    lab.stop().await;
}
