//! Questions whose answer must be empty before an account is trusted with reading.
//!
//! Each is asked of the account and of every role it could become with `SET ROLE`.

/// SQL, and the words for what it found; the first row names the object.
pub(in crate::backend) const QUESTIONS: &[(&str, &str)] = &[
    (
        "SELECT r.rolname FROM pg_roles r WHERE pg_has_role(current_user, r.oid, 'MEMBER') \
         AND (r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication) LIMIT 1",
        "superuser, createdb, createrole or replication as",
    ),
    (
        "SELECT r.rolname FROM pg_roles r WHERE pg_has_role(current_user, r.oid, 'MEMBER') \
         AND r.rolname IN ('pg_execute_server_program', 'pg_read_server_files', \
         'pg_write_all_data', 'pg_write_server_files') LIMIT 1",
        "member of",
    ),
    (
        "SELECT d.datname FROM pg_database d, pg_roles r WHERE d.datname = current_database() \
         AND pg_has_role(current_user, r.oid, 'MEMBER') \
         AND has_database_privilege(r.oid, d.oid, 'CREATE') LIMIT 1",
        "CREATE on database",
    ),
    (
        "SELECT n.nspname FROM pg_namespace n, pg_roles r \
         WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' \
         AND pg_has_role(current_user, r.oid, 'MEMBER') \
         AND has_schema_privilege(r.oid, n.oid, 'CREATE') LIMIT 1",
        "CREATE on schema",
    ),
    (
        "SELECT n.nspname || '.' || c.relname FROM pg_class c \
         JOIN pg_namespace n ON n.oid = c.relnamespace, pg_roles r \
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') \
         AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' \
         AND pg_has_role(current_user, r.oid, 'MEMBER') \
         AND (has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER') \
         OR has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE')) LIMIT 1",
        "INSERT, UPDATE, DELETE, TRUNCATE or TRIGGER on",
    ),
];
