//! Puts each agency's made-up people into a database: `SQLite` files, or real servers by choice.

use std::collections::BTreeMap;
use std::path::Path;

use super::servers;
use super::world::{Backend, Kind, World, fill_sqlite};
use crate::args::Demo;
use crate::run::Failure;

/// Fills a database for every kind of agency and says where each is.
///
/// # Errors
///
/// What could not be filled.
pub(super) async fn fill(
    demo: &Demo,
    folder: &Path,
    world: &World,
    tell: &mut impl FnMut(String),
) -> Result<BTreeMap<Kind, Backend>, Failure> {
    let mut backends = BTreeMap::new();
    for kind in Kind::ALL {
        let own = folder.join(super::partnership::member(kind)?.as_str());
        std::fs::create_dir_all(&own)?;
        let backend = match (kind, &demo.postgres, &demo.mysql) {
            (Kind::Police, Some(url), _) => servers::postgres(url, kind, world, &own).await?,
            (Kind::Health, _, Some(url)) => servers::mysql(url, kind, world, &own).await?,
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
        tell(format!("  {kind:<14} {engine}"));
        backends.insert(kind, backend);
    }
    Ok(backends)
}
