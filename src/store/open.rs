//! Opens the database: connections, the schema, and the durability that promises rest on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Store, StoreError};

/// Which database, and how much of it.
#[derive(Debug, Clone)]
pub struct Options {
    /// `None` for the `SQLite` file in the data folder, else a `postgres://` or `sqlite:` URL.
    pub url: Option<String>,
    /// The data folder.
    pub data_dir: PathBuf,
    /// The most connections.
    pub connections: u32,
    /// Whether weaker durability of the server is accepted.
    pub accept_weak_durability: bool,
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be reached or read.
    #[error("cannot open the database {place}: {source}")]
    Connect {
        /// Which database; without its password.
        place: String,
        /// What it says.
        source: sqlx::Error,
    },
    /// Its schema cannot be brought up to date.
    #[error("cannot bring the database's schema up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// It would lose acknowledged letters in a power cut.
    #[error(
        "the database runs with {setting} = {value}, which loses acknowledged letters in a power cut; \
         set it to {wanted}, or set database.accept_weak_durability = true"
    )]
    WeakDurability {
        /// Which setting.
        setting: &'static str,
        /// What it is.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// Another query failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The schema's history; a released file never changes.
const SQLITE_MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "first light", include_str!("../../migrations/sqlite/0001_first_light.sql")),
    (2, "sources", include_str!("../../migrations/sqlite/0002_sources.sql")),
    (3, "api tokens", include_str!("../../migrations/sqlite/0003_api_tokens.sql")),
    (4, "threads", include_str!("../../migrations/sqlite/0004_threads.sql")),
    (5, "scans", include_str!("../../migrations/sqlite/0005_scans.sql")),
    (6, "learning", include_str!("../../migrations/sqlite/0006_learning.sql")),
    (7, "accounts", include_str!("../../migrations/sqlite/0007_accounts.sql")),
    (8, "withdrawn templates", include_str!("../../migrations/sqlite/0008_withdrawn_templates.sql")),
    (9, "post", include_str!("../../migrations/sqlite/0009_post.sql")),
    (10, "queue", include_str!("../../migrations/sqlite/0010_queue.sql")),
];
const POSTGRES_MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "first light", include_str!("../../migrations/postgres/0001_first_light.sql")),
    (2, "sources", include_str!("../../migrations/postgres/0002_sources.sql")),
    (3, "api tokens", include_str!("../../migrations/postgres/0003_api_tokens.sql")),
    (4, "threads", include_str!("../../migrations/postgres/0004_threads.sql")),
    (5, "scans", include_str!("../../migrations/postgres/0005_scans.sql")),
    (6, "learning", include_str!("../../migrations/postgres/0006_learning.sql")),
    (7, "accounts", include_str!("../../migrations/postgres/0007_accounts.sql")),
    (8, "withdrawn templates", include_str!("../../migrations/postgres/0008_withdrawn_templates.sql")),
    (9, "post", include_str!("../../migrations/postgres/0009_post.sql")),
    (10, "queue", include_str!("../../migrations/postgres/0010_queue.sql")),
];

impl Store {
    /// Opens the database and brings its schema up to date.
    pub async fn open(options: &Options) -> Result<Self, OpenError> {
        match options.url.as_deref() {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                open_postgres(url, options).await
            }
            Some(url) if url != "sqlite" => {
                let path = url.trim_start_matches("sqlite://").trim_start_matches("sqlite:");
                open_sqlite(Path::new(path), options).await
            }
            _ => open_sqlite(&options.data_dir.join("penstock.sqlite3"), options).await,
        }
    }
}

/// Whether a connection can begin a transaction. After a full disk it cannot: `SQLite` has ended the
/// transaction by itself, the library still counts it, and another connection has to take its place.
async fn is_between_transactions(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A transaction that was dropped may still be rolled back: the answer comes after that.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

async fn open_sqlite(path: &Path, options: &Options) -> Result<Store, OpenError> {
    let failed = |source| OpenError::Connect { place: path.display().to_string(), source };
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("temp_store", "memory")
        .pragma("cache_size", "-16000")
        .pragma("wal_autocheckpoint", "4000")
        .statement_cache_capacity(256);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(is_between_transactions(connection)))
        .connect_with(connect.clone())
        .await
        .map_err(failed)?;
    migrator(SQLITE_MIGRATIONS).run(&writer).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(options.connections.max(1))
        .test_before_acquire(false)
        .connect_with(connect.pragma("query_only", "on"))
        .await
        .map_err(failed)?;
    Ok(Store::Sqlite { writer, readers })
}

async fn open_postgres(url: &str, options: &Options) -> Result<Store, OpenError> {
    let place = url.rsplit_once('@').map_or(url, |(_, place)| place).to_owned();
    let pool = PgPoolOptions::new()
        .max_connections(options.connections.max(2))
        .acquire_timeout(Duration::from_secs(30))
        .test_before_acquire(false)
        .connect(url)
        .await
        .map_err(|source| OpenError::Connect { place, source })?;
    if !options.accept_weak_durability {
        for (setting, query, wanted) in [
            ("synchronous_commit", "SHOW synchronous_commit", "on"),
            ("fsync", "SHOW fsync", "on"),
            ("full_page_writes", "SHOW full_page_writes", "on"),
        ] {
            let value: String = sqlx::query_scalar(query).fetch_one(&pool).await.map_err(StoreError::from)?;
            // remote_write and local keep the local promise, off does not.
            if value == "off" {
                return Err(OpenError::WeakDurability { setting, value, wanted });
            }
        }
    }
    migrator(POSTGRES_MIGRATIONS).run(&pool).await?;
    Ok(Store::Postgres(pool))
}

fn migrator(migrations: &[(i64, &'static str, &'static str)]) -> Migrator {
    Migrator::with_migrations(
        migrations
            .iter()
            .map(|(version, description, sql)| {
                use sqlx::SqlSafeStr as _;
                Migration::new(*version, (*description).into(), MigrationType::Simple, sql.into_sql_str(), false)
            })
            .collect(),
    )
}
