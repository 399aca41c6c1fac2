//! Puts each agency's made-up people into a database: `SQLite` files, or real servers by choice.

use std::collections::BTreeMap;
use std::path::Path;

use super::servers::{self, Made};
use super::world::{Backend, Kind, World, fill_sqlite};
use crate::args::Demo;
use crate::output::line;
use crate::run::Failure;

/// Fills a database for every kind of agency and says where each is; what is made on a server is
/// noted in `made` first, so that it can be dropped again whatever happens later.
///
/// # Errors
///
/// What could not be filled.
pub(super) async fn fill(
    demo: &Demo,
    folder: &Path,
    world: &World,
    made: &mut Vec<Made>,
) -> Result<BTreeMap<Kind, Backend>, Failure> {
    let mut backends = BTreeMap::new();
    for kind in Kind::ALL {
        let own = folder.join(super::partnership::member(kind)?.as_str());
        std::fs::create_dir_all(&own)?;
        let backend = match (kind, &demo.postgres, &demo.mysql) {
            (Kind::Police, Some(url), _) => servers::postgres(url, kind, world, &own, made)
                .await
                .map_err(|error| at("postgres", &error))?,
            (Kind::Health, _, Some(url)) => servers::mysql(url, kind, world, &own, made)
                .await
                .map_err(|error| at("mysql", &error))?,
            _ => {
                let path = own.join("people.db");
                fill_sqlite(&path, kind, world)?;
                Backend::Sqlite { path }
            }
        };
        let engine = match &backend {
            Backend::Mysql { .. } => "MariaDB/MySQL",
            Backend::Postgres { .. } => "PostgreSQL",
            Backend::Sqlite { .. } => "SQLite",
        };
        line(format_args!("  {:<14} {engine}", kind.as_str()));
        backends.insert(kind, backend);
    }
    Ok(backends)
}

/// Says which server failed, and what it must be; the address holds a password and is not repeated.
fn at(option: &str, error: &Failure) -> Failure {
    format!(
        "`--{option}`: {error}; it must be an administrator's `{option}://` address of a running \
         server"
    )
    .into()
}
