//! Fills a database on a real server, makes an account that can only read it, and drops both again.

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use mysql_async::prelude::Queryable;
use ring::rand::{SecureRandom, SystemRandom};

use super::world::{Backend, Dialect, Kind, World, sql_statements};
use crate::run::Failure;

/// A database and its reader, made on somebody's server.
pub(crate) enum Made {
    /// On `MySQL` or `MariaDB`.
    Mysql {
        /// The administrator's address.
        admin: mysql_async::Opts,
        /// The database.
        name: String,
        /// The reader.
        user: String,
    },
    /// On `PostgreSQL`.
    Postgres {
        /// The administrator's address.
        admin: Box<tokio_postgres::Config>,
        /// The database; its reader is `<name>_reader`.
        name: String,
    },
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mysql { name, .. } => write!(f, "the MariaDB/MySQL database {name}"),
            Self::Postgres { name, .. } => write!(f, "the PostgreSQL database {name}"),
        }
    }
}

impl Made {
    /// Drops the database and its reader, whether or not they were made in full.
    ///
    /// # Errors
    ///
    /// What the server answered.
    pub(crate) async fn discard(&self) -> Result<(), Failure> {
        match self {
            Self::Mysql { admin, name, user } => {
                let mut maker = mysql_async::Conn::new(admin.clone()).await?;
                let statements = [
                    format!("DROP DATABASE IF EXISTS {name}"),
                    format!("DROP USER IF EXISTS '{user}'@'%'"),
                ];
                for statement in statements {
                    maker.query_drop(statement).await?;
                }
                maker.disconnect().await?;
            }
            Self::Postgres { admin, name } => {
                let maker = connect(admin).await?;
                // One statement a call: a database cannot be dropped inside a transaction.
                let statements = [
                    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
                    format!("DROP ROLE IF EXISTS {name}_reader"),
                ];
                for statement in statements {
                    maker.batch_execute(&statement).await?;
                }
            }
        }
        Ok(())
    }
}

/// A name or password nobody else uses: 12 random bytes in hexadecimal.
fn fresh() -> Result<String, Failure> {
    let mut bytes = [0; 12];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| "the operating system gives no random numbers")?;
    Ok(HEXLOWER.encode(&bytes))
}

/// A new database on a `PostgreSQL` server while it is filled.
pub(crate) struct Filling {
    /// Connected to it as the administrator.
    pub(crate) client: tokio_postgres::Client,
    config: tokio_postgres::Config,
    name: String,
    password: String,
}

/// An empty database on the `PostgreSQL` server at `admin`, with an account that will read it.
///
/// # Errors
///
/// What the server answered; `made` says then, too, what to drop.
pub(crate) async fn make_postgres(admin: &str, made: &mut Vec<Made>) -> Result<Filling, Failure> {
    let (name, password) = (format!("stile_demo_{}", fresh()?), fresh()?);
    let config: tokio_postgres::Config = admin.parse()?;
    made.push(Made::Postgres {
        admin: Box::new(config.clone()),
        name: name.clone(),
    });
    let maker = connect(&config).await?;
    maker
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await?;
    maker
        .batch_execute(&format!(
            "CREATE ROLE {name}_reader LOGIN PASSWORD '{password}'"
        ))
        .await?;
    let mut there = config.clone();
    there.dbname(&name);
    Ok(Filling {
        client: connect(&there).await?,
        config,
        name,
        password,
    })
}

impl Filling {
    /// Lets the reader read everything in it and nothing else, and writes the reader's URL to a
    /// file in `own`.
    ///
    /// # Errors
    ///
    /// What the server answered, or that the file cannot be written.
    pub(crate) async fn readable(&self, own: &Path) -> Result<PathBuf, Failure> {
        let Self { name, password, .. } = self;
        self.client
            .batch_execute(&format!(
                "REVOKE CREATE ON SCHEMA public FROM PUBLIC; REVOKE ALL ON DATABASE {name} FROM PUBLIC; \
                 GRANT CONNECT ON DATABASE {name} TO {name}_reader; \
                 GRANT USAGE ON SCHEMA public TO {name}_reader; \
                 GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}_reader; ANALYZE"
            ))
            .await?;
        let (host, port) = (
            host_of(&self.config)?,
            self.config.get_ports().first().copied().unwrap_or(5432),
        );
        let url = format!("postgres://{name}_reader:{password}@{host}:{port}/{name}");
        secret(own, "people.url", &url)
    }
}

/// A new `PostgreSQL` database on the server at `admin`, read by a new account.
pub(crate) async fn postgres(
    admin: &str,
    kind: Kind,
    world: &World,
    own: &Path,
    made: &mut Vec<Made>,
) -> Result<Backend, Failure> {
    let filling = make_postgres(admin, made).await?;
    for statement in sql_statements(kind, Dialect::Postgres, world) {
        filling.client.batch_execute(&statement).await?;
    }
    Ok(Backend::Postgres {
        url_file: filling.readable(own).await?,
    })
}

async fn connect(config: &tokio_postgres::Config) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

fn host_of(config: &tokio_postgres::Config) -> Result<String, Failure> {
    match config.get_hosts().first() {
        Some(tokio_postgres::config::Host::Tcp(host)) => Ok(host.clone()),
        _ => Err(
            "`--postgres` must name a host, such as postgres://postgres@127.0.0.1:5432/postgres"
                .into(),
        ),
    }
}

/// A new `MySQL` or `MariaDB` database on the server at `admin`, read by a new account.
pub(super) async fn mysql(
    admin: &str,
    kind: Kind,
    world: &World,
    own: &Path,
    made: &mut Vec<Made>,
) -> Result<Backend, Failure> {
    let (name, password) = (format!("stile_demo_{}", fresh()?), fresh()?);
    // Account names have at most 32 characters.
    let user: String = name.chars().take(32).collect();
    let options = mysql_async::Opts::from_url(admin)?;
    made.push(Made::Mysql {
        admin: options.clone(),
        name: name.clone(),
        user: user.clone(),
    });
    let mut maker = mysql_async::Conn::new(options.clone()).await?;
    maker
        .query_drop(format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"))
        .await?;
    maker
        .query_drop(format!(
            "CREATE USER '{user}'@'%' IDENTIFIED BY '{password}'"
        ))
        .await?;
    maker.query_drop(format!("USE {name}")).await?;
    for statement in sql_statements(kind, Dialect::Mysql, world) {
        maker.query_drop(statement).await?;
    }
    maker
        .query_drop(format!("GRANT SELECT ON {name}.* TO '{user}'@'%'"))
        .await?;
    maker.disconnect().await?;
    let url = format!(
        "mysql://{user}:{password}@{}:{}/{name}",
        options.ip_or_hostname(),
        options.tcp_port()
    );
    Ok(Backend::Mysql {
        url_file: secret(own, "people.url", &url)?,
    })
}

fn secret(own: &Path, name: &str, text: &str) -> Result<PathBuf, Failure> {
    let path = own.join(name);
    fs::write(&path, text)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    Ok(path)
}
