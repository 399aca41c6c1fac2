//! Connections: one for the writer, a few for readers, and a thread of their own that drives them.

use std::fs;
use std::future::poll_fn;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::sync::Semaphore;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, Statement};

use super::hearing::{Hearing, NO_CONNECTION, REACH};
use crate::error::StoreError;

/// Most connections that readers hold at the same time.
const READERS: usize = 8;
/// Longest a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest a question may take before it is given up.
const ANSWER: Duration = Duration::from_secs(15);
/// Set on every connection. A writer that stops in the middle of a transaction loses its lock, so
/// that another can go on.
const SESSION: &str = "SET statement_timeout = '10s'; SET lock_timeout = '8s'; \
                       SET idle_in_transaction_session_timeout = '5s'; \
                       SET client_min_messages = 'warning'";

/// One connection, with the statements prepared on it.
pub(super) struct Session {
    pub(super) client: Client,
    prepared: Mutex<Vec<(&'static str, Statement)>>,
    warned: Arc<AtomicBool>,
}

impl Session {
    /// The statement, prepared once a connection.
    pub(super) async fn prepared(&self, sql: &'static str) -> Result<Statement, StoreError> {
        let known = self
            .statements()
            .iter()
            .find(|(text, _)| *text == sql)
            .cloned();
        if let Some((_, statement)) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await;
        let statement = statement.map_err(database("prepare a statement"))?;
        self.statements().push((sql, statement.clone()));
        Ok(statement)
    }

    fn statements(&self) -> MutexGuard<'_, Vec<(&'static str, Statement)>> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the server warned since the last time this was asked? It warns when a commit could not
    /// wait for the standby.
    pub(super) fn warned(&self) -> bool {
        self.warned.swap(false, Ordering::SeqCst)
    }
}

/// A database, and the connections to it.
pub(crate) struct Link {
    config: Config,
    handle: Handle,
    runtime: Option<Runtime>,
    idle: Mutex<Vec<Session>>,
    gate: Semaphore,
    hearing: Mutex<Hearing>,
}

impl Link {
    /// Reads where the database is; connects to nothing yet.
    pub(super) fn new(url_file: &Path) -> Result<Arc<Self>, StoreError> {
        let config = read_url(url_file)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("stile-postgres")
            .enable_all()
            .build()
            .map_err(StoreError::io("start the thread for the database"))?;
        Ok(Arc::new(Self {
            config,
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
            idle: Mutex::default(),
            gate: Semaphore::new(READERS),
            hearing: Mutex::default(),
        }))
    }

    pub(super) async fn connect(&self) -> Result<Session, StoreError> {
        let connecting = tokio::time::timeout(CONNECT, self.config.connect(NoTls)).await;
        let (client, mut connection) = connecting
            .map_err(|_| no_answer(REACH))?
            .map_err(database(REACH))?;
        let warned = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&warned);
        // Ends by itself when the client is dropped or the server goes away.
        tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                if let AsyncMessage::Notice(notice) = message
                    && notice.parsed_severity() == Some(Severity::Warning)
                {
                    told.store(true, Ordering::SeqCst);
                }
            }
        });
        let prepared = Mutex::default();
        let set = client.batch_execute(SESSION).await;
        set.map_err(database("be set up for a connection"))?;
        Ok(Session {
            client,
            prepared,
            warned,
        })
    }

    /// Does `work` on one of the readers' connections; a connection that failed is not kept.
    pub(super) fn read<T: Send + 'static, F>(
        self: &Arc<Self>,
        work: impl Fn(Arc<Session>) -> F + Send + 'static,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let link = Arc::clone(self);
        self.wait(async move {
            let _permit = link.gate.acquire().await;
            loop {
                // The server may have restarted since; one after another is dropped.
                let (session, old) = match link.take() {
                    Some(session) => (session, true),
                    None => (link.connect().await?, false),
                };
                let session = Arc::new(session);
                let done = work(Arc::clone(&session)).await;
                if old && done.is_err() && session.client.is_closed() {
                    continue;
                }
                if done.is_ok()
                    && let Some(session) = Arc::into_inner(session)
                {
                    link.put(session);
                }
                return done;
            }
        })
    }

    /// Waits for `work`, driven by the link's own thread, without stopping the caller's runtime.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let asked = Instant::now();
        let (reply, answer) = mpsc::sync_channel(1);
        self.handle.spawn(async move {
            let done = tokio::time::timeout(ANSWER, work).await;
            // Who asked may be gone.
            let _ = reply.send(done.unwrap_or_else(|_| Err(no_answer("answer in time"))));
        });
        let told = aside(|| answer.recv().unwrap_or_else(|_| Err(no_answer("be asked"))));
        self.hearing()
            .note(told.as_ref().err(), asked, Instant::now());
        told
    }

    /// Has nothing been heard of the database for some time?
    pub(super) fn is_away(&self) -> bool {
        self.hearing().is_away(Instant::now())
    }

    fn hearing(&self) -> MutexGuard<'_, Hearing> {
        self.hearing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for `work` on a thread that belongs to no runtime: the writer's.
    pub(super) fn drive<T>(&self, work: impl Future<Output = T>) -> T {
        self.handle.block_on(work)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Session> {
        let mut idle = self.idle();
        idle.retain(|session| !session.client.is_closed());
        idle.pop()
    }

    fn put(&self, session: Session) {
        let mut idle = self.idle();
        if idle.len() < READERS {
            idle.push(session);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // A runtime may not be waited for inside another.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Does what may wait, for the database or for a lock that is held while it is asked, without stopping
/// the caller's runtime. May be called within itself.
pub(super) fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current() {
        Ok(here) if here.runtime_flavor() == RuntimeFlavor::MultiThread => {
            tokio::task::block_in_place(work)
        }
        _ => work(),
    }
}

/// The URL in a file that only its owner may read; it holds a password.
fn read_url(file: &Path) -> Result<Config, StoreError> {
    const SHAPE: StoreError = StoreError::Config(
        "the file of the database must hold a URL such as postgres://user:password@127.0.0.1:5432/ledger",
    );
    let facts = fs::metadata(file).map_err(StoreError::io("look at the database's file"))?;
    if facts.permissions().mode() & 0o077 != 0 {
        return Err(StoreError::Config(
            "the file of the database may be read by others; set its mode to 0600",
        ));
    }
    let text = fs::read_to_string(file).map_err(StoreError::io("read the database's file"))?;
    let text = text.trim();
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return Err(SHAPE);
    }
    let mut config: Config = text.parse().map_err(|_| SHAPE)?;
    if !matches!(config.get_ssl_mode(), SslMode::Disable | SslMode::Prefer) {
        return Err(StoreError::Config(
            "the connection to the database cannot use TLS itself: reach it over a Unix socket, the \
             loopback address or a protected tunnel, and take `sslmode` out of the URL",
        ));
    }
    if config.get_hosts().iter().any(is_remote) {
        tracing::warn!("the ledger's database is reached over an unencrypted network connection");
    }
    config
        .ssl_mode(SslMode::Disable)
        .application_name("stile-ledger")
        .connect_timeout(CONNECT)
        .tcp_user_timeout(ANSWER)
        .keepalives_idle(ANSWER);
    Ok(config)
}

fn is_remote(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name != "localhost"
                && !name
                    .parse::<IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => false,
    }
}

/// What the database said, as a code without its text: that could hold data.
pub(super) fn database(
    doing: &'static str,
) -> impl FnOnce(tokio_postgres::Error) -> StoreError + Copy {
    move |error| match error.code() {
        Some(code) if *code == SqlState::DISK_FULL => StoreError::DiskFull,
        Some(code) if *code == SqlState::UNDEFINED_TABLE => {
            StoreError::Unfit("it has no ledger tables; run `stile store migrate`")
        }
        Some(code) => StoreError::Database {
            doing,
            code: code.code().to_owned(),
        },
        None => no_answer(doing),
    }
}

pub(super) fn no_answer(doing: &'static str) -> StoreError {
    StoreError::Database {
        doing,
        code: NO_CONNECTION.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn what_is_done_aside_keeps_nobody_else_waiting_not_even_within_itself() {
        let (tell, told) = mpsc::channel();

        let waiting = tokio::spawn(async move { aside(|| aside(|| told.recv())) });
        let telling = tokio::spawn(async move { tell.send(7) });

        telling.await.unwrap().unwrap();
        assert_eq!(waiting.await.unwrap(), Ok(7));
    }

    #[tokio::test]
    async fn what_is_done_aside_is_done_in_place_on_a_runtime_of_one_thread() {
        assert_eq!(aside(|| 7), 7);
    }

    #[test]
    fn what_is_done_aside_is_done_in_place_outside_a_runtime() {
        assert_eq!(aside(|| 7), 7);
    }
}
