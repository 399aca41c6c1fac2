//! `MySQL` and `MariaDB`, over the driver's pool.
//!
//! Every operation is one `START TRANSACTION READ ONLY`. Dates of zero (`0000-00-00`) do not fit.
//! `TIMESTAMP` and `DATETIME` give the date as the session shows it, in UTC. `BIT`, `BLOB`, `JSON`
//! of binary kind and spatial types cannot be mapped. The account must hold `SELECT` (and
//! `SHOW VIEW`) directly, not through a role, because a role's privileges cannot be seen from here.

pub(super) mod grants;

use std::time::Duration;

use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::prelude::Queryable;
use mysql_async::{
    Column, Conn, Error, Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Row, TxOpts,
    Value,
};
use tokio::sync::OnceCell;

use super::{Fault, NO_TLS, Shape};
use crate::limits::Limits;
use crate::query::{Param, Statement};
use crate::value::Cell;

/// One database of a server.
pub(crate) struct Mysql {
    pool: Pool,
    limits: Limits,
    /// Whether the server is `MariaDB`, which names its time limit otherwise; asked once.
    mariadb: OnceCell<bool>,
}

impl Mysql {
    pub(super) fn open(url: &str, limits: Limits) -> Result<Self, &'static str> {
        const SHAPE: &str =
            "`url_file` must hold a URL such as mysql://user:password@127.0.0.1:3306/database";
        if url.contains("require_ssl=true") || url.contains("ssl-mode=") || url.contains("sslmode=")
        {
            return Err(NO_TLS);
        }
        let opts = Opts::from_url(url).map_err(|_| SHAPE)?;
        if opts.db_name().is_none() {
            return Err(SHAPE);
        }
        if opts.socket().is_none() && !opts.addr_is_loopback() {
            tracing::warn!("a MySQL source is read over an unencrypted network connection");
        }
        let most = usize::try_from(limits.pool).unwrap_or(1);
        let constraints = PoolConstraints::new(0, most).unwrap_or_default();
        let pool = PoolOpts::default()
            .with_constraints(constraints)
            .with_inactive_connection_ttl(Duration::from_mins(1));
        let opts = OptsBuilder::from_opts(opts)
            .pool_opts(pool)
            // A socket found by asking the server could be another server's.
            .prefer_socket(false)
            .setup(vec!["SET time_zone = '+00:00', NAMES utf8mb4"]);
        Ok(Self {
            pool: Pool::new(opts),
            limits,
            mariadb: OnceCell::new(),
        })
    }

    pub(super) async fn rows(
        &self,
        statement: &Statement,
        deadline_ms: u64,
    ) -> Result<Vec<Vec<Cell>>, Fault> {
        self.read(statement, deadline_ms)
            .await
            .map_err(|error| fault(&error))
    }

    pub(super) async fn shapes(&self, statement: &Statement) -> Result<Vec<Shape>, Fault> {
        let prepare = async {
            let mut connection = self.pool.get_conn().await?;
            connection.prep(statement.sql.as_str()).await
        };
        let prepared = prepare.await.map_err(|error| fault(&error))?;
        Ok(prepared.columns().iter().map(shape).collect())
    }

    pub(super) async fn indexed(&self, statement: &Statement) -> Result<bool, Fault> {
        let mut statement = statement.clone();
        statement.sql.insert_str(0, "EXPLAIN ");
        let plan = self.rows(&statement, self.limits.deadline_ms).await?;
        Ok(is_indexed(&plan))
    }

    pub(super) async fn writable(&self) -> Result<Option<String>, Fault> {
        let mut grants = Vec::new();
        for sql in ["SHOW GRANTS", "SHOW GRANTS FOR PUBLIC"] {
            let asked = async {
                let mut connection = self.pool.get_conn().await?;
                connection.query::<String, _>(sql).await
            };
            match asked.await {
                Ok(lines) => grants.extend(lines),
                // Only MariaDB from 10.11 on knows PUBLIC.
                Err(Error::Server(error)) if sql.ends_with("PUBLIC") => {
                    tracing::debug!(code = error.code, "the server has no PUBLIC grants to show");
                }
                Err(error) => return Err(fault(&error)),
            }
        }
        Ok(grants::writing(grants.iter().map(String::as_str)))
    }

    async fn read(&self, statement: &Statement, deadline_ms: u64) -> Result<Vec<Vec<Cell>>, Error> {
        let mut connection = self.pool.get_conn().await?;
        self.bound(&mut connection, deadline_ms).await?;
        let mut options = TxOpts::new();
        options.with_readonly(true);
        let mut transaction = connection.start_transaction(options).await?;
        let params = positional(&statement.params);
        let mut rows = Vec::new();
        {
            let mut result = transaction
                .exec_iter(statement.sql.as_str(), params)
                .await?;
            while let Some(row) = result.next().await? {
                rows.push(cells(row, self.limits.max_value_bytes));
            }
        }
        transaction.commit().await?;
        Ok(rows)
    }

    /// Sets the server's own time limit; resetting the connection afterwards removes it.
    async fn bound(&self, connection: &mut Conn, deadline_ms: u64) -> Result<(), Error> {
        let asked = async {
            let version: Option<String> = connection.query_first("SELECT VERSION()").await?;
            Ok::<_, Error>(version.is_some_and(|text| text.contains("MariaDB")))
        };
        let mariadb = *self.mariadb.get_or_try_init(|| asked).await?;
        let setting = if mariadb {
            let (s, ms) = (deadline_ms / 1_000, deadline_ms % 1_000);
            format!("SET SESSION max_statement_time = {s}.{ms:03}")
        } else {
            format!("SET SESSION max_execution_time = {deadline_ms}")
        };
        connection.query_drop(setting).await
    }
}

/// Does the plan use an index wherever it reads?
pub(super) fn is_indexed(plan: &[Vec<Cell>]) -> bool {
    // id, select_type, table, [partitions,] type, possible_keys, …: a step that scans and has
    // no key it could have used. A query answered without reading has no step of a type at all.
    // Subqueries are columns of a view that this statement does not select.
    !plan.iter().any(|step| {
        let selected = !step
            .get(1)
            .is_some_and(|kind| is_text(kind, &["SUBQUERY", "DEPENDENT SUBQUERY"]));
        let mut from_type = step
            .iter()
            .skip_while(|cell| !is_text(cell, &["ALL", "index"]));
        let scans = from_type.next().is_some();
        selected && scans && matches!(from_type.next(), Some(Cell::Null) | None)
    })
}

fn is_text(cell: &Cell, words: &[&str]) -> bool {
    matches!(cell, Cell::Text(text) if words.contains(&text.as_str()))
}

fn positional(params: &[Param]) -> Params {
    let values: Vec<Value> = params
        .iter()
        .flat_map(|param| match param {
            Param::List(values) => values.as_slice(),
            Param::Text(value) => std::slice::from_ref(value),
        })
        .map(|value| Value::Bytes(value.clone().into_bytes()))
        .collect();
    if values.is_empty() {
        Params::Empty
    } else {
        Params::Positional(values)
    }
}

fn cells(row: Row, max_bytes: usize) -> Vec<Cell> {
    let columns = row.columns();
    row.unwrap()
        .into_iter()
        .zip(columns.iter())
        .map(|(value, column)| cell(value, column, max_bytes))
        .collect()
}

fn cell(value: Value, column: &Column, max_bytes: usize) -> Cell {
    let number = |text: String| Cell::Number(text);
    match value {
        Value::NULL => Cell::Null,
        Value::Int(value) => number(value.to_string()),
        Value::UInt(value) => number(value.to_string()),
        Value::Float(value) if value.is_finite() => number(value.to_string()),
        Value::Double(value) if value.is_finite() => number(value.to_string()),
        Value::Date(year, month, day, ..) => {
            date(year, month, day).map_or(Cell::Unreadable, Cell::Date)
        }
        Value::Bytes(bytes) => match shape(column) {
            Shape::Text => Cell::bounded(&bytes, max_bytes),
            Shape::Number => String::from_utf8(bytes).map_or(Cell::Unreadable, number),
            Shape::Date | Shape::Flag | Shape::Other | Shape::Untyped => Cell::Unreadable,
        },
        Value::Float(_) | Value::Double(_) | Value::Time(..) => Cell::Unreadable,
    }
}

fn date(year: u16, month: u8, day: u8) -> Option<jiff::civil::Date> {
    let year = i16::try_from(year).ok()?;
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    jiff::civil::Date::new(year, month, day).ok()
}

/// The number by which the protocol marks a column as bytes without a character set.
const BINARY: u16 = 63;

fn shape(column: &Column) -> Shape {
    match column.column_type() {
        ColumnType::MYSQL_TYPE_TINY
        | ColumnType::MYSQL_TYPE_SHORT
        | ColumnType::MYSQL_TYPE_INT24
        | ColumnType::MYSQL_TYPE_LONG
        | ColumnType::MYSQL_TYPE_LONGLONG
        | ColumnType::MYSQL_TYPE_YEAR
        | ColumnType::MYSQL_TYPE_FLOAT
        | ColumnType::MYSQL_TYPE_DOUBLE
        | ColumnType::MYSQL_TYPE_DECIMAL
        | ColumnType::MYSQL_TYPE_NEWDECIMAL => Shape::Number,
        ColumnType::MYSQL_TYPE_DATE
        | ColumnType::MYSQL_TYPE_NEWDATE
        | ColumnType::MYSQL_TYPE_DATETIME
        | ColumnType::MYSQL_TYPE_DATETIME2
        | ColumnType::MYSQL_TYPE_TIMESTAMP
        | ColumnType::MYSQL_TYPE_TIMESTAMP2 => Shape::Date,
        ColumnType::MYSQL_TYPE_VARCHAR
        | ColumnType::MYSQL_TYPE_VAR_STRING
        | ColumnType::MYSQL_TYPE_STRING
        | ColumnType::MYSQL_TYPE_ENUM
        | ColumnType::MYSQL_TYPE_TINY_BLOB
        | ColumnType::MYSQL_TYPE_BLOB
        | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
        | ColumnType::MYSQL_TYPE_LONG_BLOB
            if column.character_set() != BINARY
                || column.flags().contains(ColumnFlags::ENUM_FLAG) =>
        {
            Shape::Text
        }
        _ => Shape::Other,
    }
}

fn fault(error: &Error) -> Fault {
    match error {
        Error::Server(error) => match error.code {
            // Timed out in MariaDB and MySQL, killed, and a lock not granted in time.
            1969 | 3024 | 1317 | 1205 => Fault::Deadline,
            // Unknown column, table, view that no longer fits, function; SELECT denied on a table,
            // a column or the whole database.
            1054 | 1146 | 1356 | 1305 | 1142 | 1143 | 1044 | 1109 => Fault::Schema,
            // Account refused, server shutting down, too many connections.
            1045 | 1053 | 1040 | 1129 | 1130 | 1203 | 1927 => Fault::Unreachable,
            // EXPLAIN of a view needs SHOW VIEW.
            1345 => Fault::Hidden,
            code => Fault::Refused(code.to_string()),
        },
        Error::Driver(_) | Error::Io(_) => Fault::Unreachable,
        Error::Url(_) => Fault::Unusable("`url_file` holds a URL that cannot be used"),
        Error::Other(_) => Fault::Refused("client".to_owned()),
    }
}
