//! The statement that lists the tables and columns of a database.
//!
//! ```text
//! schema or nothing, table, column, type, `1` where it is in the primary key
//! ```

use super::writer::Writer;
use super::{About, Statement};
use crate::name::Dialect;

/// Lists every column that the account may read, table by table; `None` where it is not known how.
pub(crate) fn columns(dialect: Dialect) -> Option<Statement> {
    let sql = match dialect {
        Dialect::Mysql => MYSQL,
        Dialect::Postgres | Dialect::PostgresOdbc => POSTGRES,
        Dialect::Sqlite => SQLITE,
        Dialect::Oracle | Dialect::SqlServer => return None,
    };
    let statement = Writer::new(dialect).finish(sql.to_owned());
    Some(statement.about(About::Columns))
}

const MYSQL: &str = "SELECT NULL, TABLE_NAME, COLUMN_NAME, DATA_TYPE, \
    CASE WHEN COLUMN_KEY = 'PRI' THEN '1' END FROM information_schema.COLUMNS \
    WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION LIMIT 20000";

const POSTGRES: &str = "SELECT CAST(CASE WHEN pg_table_is_visible(c.oid) THEN NULL ELSE n.nspname END AS text), \
    CAST(c.relname AS text), CAST(a.attname AS text), CAST(format_type(a.atttypid, NULL) AS text), \
    CAST(CASE WHEN EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary \
    AND a.attnum = ANY (i.indkey)) THEN '1' END AS text) \
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
    JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'm', 'p', 'f') \
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!' \
    AND has_column_privilege(c.oid, a.attnum, 'SELECT') \
    ORDER BY n.nspname, c.relname, a.attnum LIMIT 20000";

const SQLITE: &str = "SELECT NULL, m.name, p.name, p.type, CASE WHEN p.pk > 0 THEN '1' END \
    FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type IN ('table', 'view') \
    AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY m.name, p.cid LIMIT 20000";
