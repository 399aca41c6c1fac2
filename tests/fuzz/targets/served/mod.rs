//! A server that answers whatever it is asked with one of some answers. Several are asked at once, so which
//! one it is rests on the question alone and not on how many came before.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use stile_sources::{Limits, Source, SourceMapping};

use crate::asked::{RUNTIME, Said, asked};

/// Between two answers: the record separator of JSON text sequences (RFC 7464 §2.2).
const BETWEEN: u8 = 0x1e;
/// Shorter texts may stand in an error by chance.
const TELLING: usize = 9;

type Answers = Vec<Vec<u8>>;

pub struct Server {
    pub address: SocketAddr,
    answers: Arc<Mutex<Answers>>,
}

impl Server {
    /// `fixed` is what stands at an address that ends like this.
    pub fn start(fixed: Option<(&'static str, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let answers: Arc<Mutex<Answers>> = Arc::default();
        let given = Arc::clone(&answers);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // Whoever asked may have gone.
                let _ = stream.and_then(|stream| answer(stream, &given, fixed));
            }
        });
        Self { address, answers }
    }

    /// What a source over this server says when these are its answers: the same each time, and
    /// nothing of theirs in an error.
    pub fn says(&self, mapping: &SourceMapping, bytes: &[u8]) -> Said {
        let bodies: Vec<_> = bytes
            .split(|byte| *byte == BETWEEN)
            .map(<[u8]>::to_vec)
            .collect();
        let texts = texts(&bodies);
        let first = self.once(mapping, &bodies, &texts);
        let second = self.once(mapping, &bodies, &texts);
        assert!(
            first == second,
            "the same answers were understood in two ways"
        );
        first
    }

    fn once(&self, mapping: &SourceMapping, bodies: &[Vec<u8>], texts: &[String]) -> Said {
        *self.answers.lock().expect("the answers") = bodies.to_vec();
        RUNTIME.block_on(async {
            let source = Source::connect(mapping, Limits::default()).await;
            asked(&source.expect("a server that answers"), texts).await
        })
    }
}

fn answer(
    mut stream: TcpStream,
    answers: &Mutex<Answers>,
    fixed: Option<(&str, &str)>,
) -> std::io::Result<()> {
    let asked = read(&mut stream)?;
    let body = match fixed {
        Some((path, body)) if asked.line.contains(path) => body.as_bytes().to_vec(),
        _ => asked.among(&answers.lock().expect("the answers")),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n"
    )?;
    stream.write_all(&body)
}

/// What a request asks for: its first line and its body.
#[derive(Default, Hash)]
struct Request {
    line: String,
    body: String,
}

impl Request {
    fn among(&self, answers: &Answers) -> Vec<u8> {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        let count = answers.len().max(1) as u64;
        let place = usize::try_from(hasher.finish() % count).expect("one of a few");
        answers.get(place).cloned().unwrap_or_default()
    }
}

fn read(stream: &mut TcpStream) -> std::io::Result<Request> {
    let mut request = Vec::new();
    let mut some = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if length.is_none_or(|length| {
                length
                    .parse()
                    .is_ok_and(|length: usize| body.len() >= length)
            }) {
                return Ok(Request {
                    line: head.lines().next().unwrap_or_default().to_owned(),
                    body: body.to_owned(),
                });
            }
        }
        match stream.read(&mut some)? {
            0 => return Ok(Request::default()),
            read => request.extend_from_slice(&some[..read]),
        }
    }
}

/// Every text that these answers hold and that an error would be known by.
fn texts(bodies: &[Vec<u8>]) -> Vec<String> {
    let mut texts = Vec::new();
    let mut values: Vec<serde_json::Value> = bodies
        .iter()
        .filter_map(|body| serde_json::from_slice(body).ok())
        .collect();
    while let Some(value) = values.pop() {
        match value {
            serde_json::Value::Array(items) => values.extend(items),
            serde_json::Value::Object(fields) => values.extend(fields.into_iter().map(|(_, v)| v)),
            serde_json::Value::String(text) => texts.push(text),
            _ => {}
        }
    }
    // What our own words may hold, too.
    texts.retain(|text| text.len() >= TELLING && text.chars().any(|sign| sign.is_ascii_digit()));
    texts
}
