//! The statements of one enquiry, run by nobody in particular: what the database alone costs.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::BytesMut;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, NoTls, Statement};

use super::tap::Asked;
use crate::run::Failure;

/// As many connections as a gateway has to one source.
const CONNECTIONS: usize = 4;

/// Connections that run the statements again and again.
#[derive(Clone)]
pub(in crate::bench) struct Reads(Arc<Inner>);

struct Inner {
    asked: Vec<Vec<Value>>,
    gate: Semaphore,
    idle: Mutex<Vec<Reader>>,
}

/// One connection with every statement prepared, in the order of `asked`.
struct Reader {
    client: Client,
    prepared: Vec<Statement>,
}

impl Reads {
    /// Connects to `url` and prepares everything.
    pub(super) async fn connect(url: &str, asked: Vec<Asked>) -> Result<Self, Failure> {
        let mut idle = Vec::new();
        for _ in 0..CONNECTIONS {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            tokio::spawn(connection);
            let mut prepared = Vec::new();
            for one in &asked {
                prepared.push(client.prepare(&one.sql).await?);
            }
            idle.push(Reader { client, prepared });
        }
        let values = |one: Asked| one.values.into_iter().map(Value::from).collect();
        Ok(Self(Arc::new(Inner {
            asked: asked.into_iter().map(values).collect(),
            gate: Semaphore::new(CONNECTIONS),
            idle: Mutex::new(idle),
        })))
    }

    /// How many statements one request runs.
    pub(super) fn len(&self) -> usize {
        self.0.asked.len()
    }

    /// Runs every statement, as many at once as there are connections; gives the number of rows.
    pub(in crate::bench) async fn run(&self) -> Result<usize, Failure> {
        let mut running = JoinSet::new();
        for at in 0..self.0.asked.len() {
            let inner = Arc::clone(&self.0);
            running.spawn(async move { inner.one(at).await });
        }
        let mut rows = 0;
        while let Some(read) = running.join_next().await {
            rows += read??;
        }
        Ok(rows)
    }
}

impl Inner {
    async fn one(&self, at: usize) -> Result<usize, Failure> {
        let _room = self.gate.acquire().await?;
        let reader = self.idle().pop().ok_or("no connection is idle")?;
        let (Some(statement), Some(values)) = (reader.prepared.get(at), self.asked.get(at)) else {
            return Err("no such statement".into());
        };
        let values: Vec<_> = values
            .iter()
            .map(|value| -> &(dyn ToSql + Sync) { value })
            .collect();
        let rows = reader.client.query(statement, &values).await?.len();
        self.idle().push(reader);
        Ok(rows)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        // The list is never left half-changed, so a panic elsewhere does not spoil it.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A value as it went over the wire.
struct Value {
    format: i16,
    bytes: Option<Vec<u8>>,
}

impl From<(i16, Option<Vec<u8>>)> for Value {
    fn from((format, bytes): (i16, Option<Vec<u8>>)) -> Self {
        Self { format, bytes }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("‹redacted›")
    }
}

impl ToSql for Value {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match &self.bytes {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        if self.format == 0 {
            Format::Text
        } else {
            Format::Binary
        }
    }

    to_sql_checked!();
}
