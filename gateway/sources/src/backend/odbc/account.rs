//! Whether the account behind a driver could change something.

use super::session::Session;
use crate::backend::{Fault, mysql, postgres};
use crate::mapping::place::OdbcDialect;
use crate::query::{About, Statement};
use crate::value::Cell;

/// Questions whose answer must be empty, with the words for what they found.
type Questions = &'static [(&'static str, &'static str)];

/// From the manual of SQL Server: `sys.fn_my_permissions`, `IS_SRVROLEMEMBER`, `IS_ROLEMEMBER`.
const SQL_SERVER: Questions = &[
    (
        "SELECT 'sysadmin' WHERE IS_SRVROLEMEMBER('sysadmin') = 1 \
         UNION ALL SELECT 'db_owner' WHERE IS_ROLEMEMBER('db_owner') = 1 \
         UNION ALL SELECT 'db_datawriter' WHERE IS_ROLEMEMBER('db_datawriter') = 1 \
         UNION ALL SELECT 'db_ddladmin' WHERE IS_ROLEMEMBER('db_ddladmin') = 1",
        "member of",
    ),
    (
        "SELECT TOP 1 permission_name FROM sys.fn_my_permissions(NULL, 'DATABASE') \
         WHERE permission_name IN ('ALTER', 'CONTROL', 'DELETE', 'EXECUTE', 'INSERT', 'UPDATE') \
         OR permission_name LIKE 'ALTER ANY%' OR permission_name LIKE 'CREATE%'",
        "on the database:",
    ),
    (
        "SELECT TOP 1 p.permission_name, SCHEMA_NAME(o.schema_id) + '.' + o.name \
         FROM sys.objects o CROSS APPLY sys.fn_my_permissions( \
         QUOTENAME(SCHEMA_NAME(o.schema_id)) + '.' + QUOTENAME(o.name), 'OBJECT') p \
         WHERE o.type IN ('U', 'V', 'P') AND p.permission_name IN \
         ('ALTER', 'CONTROL', 'DELETE', 'EXECUTE', 'INSERT', 'TAKE OWNERSHIP', 'UPDATE')",
        "on an object:",
    ),
];

/// From Oracle's reference of static data dictionary views.
const ORACLE: Questions = &[
    (
        "SELECT privilege FROM session_privs WHERE privilege NOT IN \
         ('CREATE SESSION', 'SELECT ANY TABLE', 'READ ANY TABLE', 'SELECT ANY DICTIONARY', \
         'ALTER SESSION') FETCH FIRST 1 ROWS ONLY",
        "system privilege",
    ),
    (
        "SELECT privilege, table_name FROM user_tab_privs_recd WHERE privilege NOT IN \
         ('SELECT', 'READ') FETCH FIRST 1 ROWS ONLY",
        "granted",
    ),
    (
        "SELECT privilege, table_name FROM role_tab_privs WHERE privilege NOT IN \
         ('SELECT', 'READ') FETCH FIRST 1 ROWS ONLY",
        "granted to a role:",
    ),
    (
        "SELECT table_name FROM user_tables FETCH FIRST 1 ROWS ONLY",
        "owner of",
    ),
];

/// The first way found in which the account could change something.
pub(super) fn writing(session: &Session, deadline_ms: u64) -> Result<Option<String>, Fault> {
    match session.dialect {
        OdbcDialect::Mysql => granted(session, deadline_ms),
        OdbcDialect::Oracle => answered(session, ORACLE, deadline_ms),
        OdbcDialect::Postgres => answered(session, postgres::grants::QUESTIONS, deadline_ms),
        OdbcDialect::Sqlite => created(session, deadline_ms),
        OdbcDialect::SqlServer => answered(session, SQL_SERVER, deadline_ms),
    }
}

fn ask(session: &Session, sql: &str, deadline_ms: u64) -> Result<Vec<Vec<Cell>>, Fault> {
    const LONGEST: usize = 16 * 1_024;
    let statement = Statement {
        sql: sql.to_owned(),
        params: Vec::new(),
        about: About::Columns,
    };
    session.rows(&statement, deadline_ms, LONGEST)
}

fn answered(
    session: &Session,
    questions: Questions,
    deadline_ms: u64,
) -> Result<Option<String>, Fault> {
    for (sql, what) in questions {
        if let Some(row) = ask(session, sql, deadline_ms)?.into_iter().next() {
            return Ok(Some(format!("{what} {}", words(row))));
        }
    }
    Ok(None)
}

fn words(row: Vec<Cell>) -> String {
    let words: Vec<_> = row
        .into_iter()
        .filter_map(|cell| cell.exact().ok().flatten())
        .collect();
    words.join(" ")
}

/// What `MySQL` and `MariaDB` say of the account, and of everybody.
fn granted(session: &Session, deadline_ms: u64) -> Result<Option<String>, Fault> {
    let mut lines = Vec::new();
    for sql in ["SHOW GRANTS", "SHOW GRANTS FOR PUBLIC"] {
        match ask(session, sql, deadline_ms) {
            Ok(rows) => lines.extend(rows.into_iter().map(words)),
            // Only MariaDB from 10.11 on knows PUBLIC.
            Err(Fault::Refused(_) | Fault::Schema) if sql.ends_with("PUBLIC") => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(mysql::grants::writing(lines.iter().map(String::as_str)))
}

/// A table that can be made would be a way to write; `query_only` forbids it.
fn created(session: &Session, deadline_ms: u64) -> Result<Option<String>, Fault> {
    match ask(session, "CREATE TABLE stile_write_proof (a)", deadline_ms) {
        Ok(_) => Ok(Some("a table could be created".to_owned())),
        // SQLITE_READONLY.
        Err(Fault::Refused(code)) if code.ends_with("/8") => Ok(None),
        Err(fault) => Err(fault),
    }
}
