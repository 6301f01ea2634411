//! A copy of the whole database while it is in use.

use std::path::Path;

use super::{Store, StoreError};

impl Store {
    /// Writes a consistent copy to a new file, as of one moment; others go on working.
    pub async fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { writer, .. } => {
                // The readers may not write any file, and the copy is one.
                let path = path.to_str().ok_or_else(|| StoreError::Refused("the path is not UTF-8".to_owned()))?;
                sqlx::query("VACUUM INTO $1").bind(path).execute(writer).await?;
                Ok(())
            }
            Self::Postgres(_) => Err(StoreError::Refused(
                "this database is PostgreSQL: back it up with `pg_dump --format=custom`, or by its own archiving"
                    .to_owned(),
            )),
        }
    }

    /// Lets the database look for damage in its own file.
    pub async fn check_integrity(&self) -> Result<(), StoreError> {
        let Self::Sqlite { readers, .. } = self else { return Ok(()) };
        let said: String = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(readers).await?;
        if said == "ok" { Ok(()) } else { Err(StoreError::Refused(format!("the file is damaged: {said}"))) }
    }
}
