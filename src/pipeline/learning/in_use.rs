//! Which model judges letters, replaced while the program runs.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use serde_json::json;

use crate::classification::{Classification, Classifier, Model};
use crate::ids::Digest;
use crate::journal::{Actor, Event, EventKind};
use crate::store::{ModelRow, Store, StoreError};

/// A classifier with the name of its model.
#[derive(Debug, Clone)]
pub struct Judge {
    /// The version of its model; `None` for the one that learned from the starting letters alone.
    pub version: Option<i64>,
    /// The digest of its model's bytes.
    pub digest: Digest,
    /// What judges.
    pub classifier: Classifier,
}

/// The judge that everybody asks; clones share it.
#[derive(Debug, Clone)]
pub struct InUse {
    starting: Arc<Judge>,
    now: Arc<RwLock<Arc<Judge>>>,
}

/// A stored model that cannot judge.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The database failed, or holds other bytes than it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its bytes were dropped.
    #[error("the bytes of model {0} are no longer kept")]
    Dropped(i64),
    /// Another version of the program wrote it.
    #[error("model {0} cannot be read by this version of the program")]
    Unreadable(i64),
}

impl Judge {
    /// The judge that learned from the starting letters alone.
    #[must_use]
    pub fn starting(classifier: Classifier) -> Self {
        let digest = Digest::of(&classifier.model().to_bytes());
        Self { version: None, digest, classifier }
    }

    /// The judge of a stored model.
    pub async fn stored(store: &Store, row: &ModelRow) -> Result<Self, JudgeError> {
        let version = row.version;
        let bytes = store.read().await?.model_bytes(version).await?.ok_or(JudgeError::Dropped(version))?;
        let model = Model::from_bytes(&bytes).map_err(|_| JudgeError::Unreadable(version))?;
        Ok(Self { version: Some(version), digest: row.digest.clone(), classifier: Classifier::with_model(model) })
    }

    /// Version and digest in one: `7@3f2a...`, `starting@90bc...`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.version {
            Some(version) => format!("{version}@{}", self.digest),
            None => format!("starting@{}", self.digest),
        }
    }

    /// What a letter is about, with the name of the model that says so.
    #[must_use]
    pub fn classify(&self, subject: &str, text: &str) -> Classification {
        Classification { model: self.name(), ..self.classifier.classify(subject, text) }
    }
}

impl InUse {
    /// Begins with the judge that learned from the starting letters alone.
    #[must_use]
    pub fn new(starting: Judge) -> Self {
        let starting = Arc::new(starting);
        Self { now: Arc::new(RwLock::new(Arc::clone(&starting))), starting }
    }

    /// The judge of this moment.
    #[must_use]
    pub fn judge(&self) -> Arc<Judge> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The digest of the model that learned from the starting letters alone.
    #[must_use]
    pub fn starting_digest(&self) -> &Digest {
        &self.starting.digest
    }

    /// Takes the judge that the database names; says whether it is another one than before.
    pub async fn follow(&self, store: &Store) -> Result<bool, JudgeError> {
        let row = store.read().await?.current_model().await?;
        let judge = self.judge();
        let same = match &row {
            Some(row) => judge.version == Some(row.version) && judge.digest == row.digest,
            None => judge.version.is_none(),
        };
        if same {
            return Ok(false);
        }
        let next = match &row {
            Some(row) => Arc::new(Judge::stored(store, row).await?),
            None => Arc::clone(&self.starting),
        };
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(true)
    }
}

/// Why a model was not chosen.
#[derive(Debug, thiserror::Error)]
pub enum ChooseError {
    /// There is no such model.
    #[error("there is no model {0}; see `penstock model list`")]
    Unknown(i64),
    /// It cannot judge.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Lets a stored model judge, or the starting one, and pins it: nothing replaces it by itself.
/// Every process takes it at its next look.
pub async fn choose(store: &Store, now: Timestamp, actor: Actor, version: Option<i64>) -> Result<(), ChooseError> {
    if let Some(version) = version {
        let row = store.read().await?.model(version).await?.ok_or(ChooseError::Unknown(version))?;
        // Whoever chose would be surprised to learn later that nobody can read it.
        Judge::stored(store, &row).await?;
    }
    let mut tx = store.write().await?;
    let before = tx.current_model().await?.map(|row| row.version);
    tx.retire_model().await?;
    if let Some(version) = version {
        tx.enthrone_model(version).await?;
    }
    tx.pin_model(Some(now.as_microsecond())).await?;
    let details = json!({ "model": version, "before": before });
    tx.append(&[Event::new(now, actor, EventKind::ModelChosen).with(details)]).await?;
    Ok(tx.commit().await?)
}

/// Lets learning replace the model again.
pub async fn unpin(store: &Store, now: Timestamp, actor: Actor) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    tx.pin_model(None).await?;
    tx.append(&[Event::new(now, actor, EventKind::ModelUnpinned)]).await?;
    tx.commit().await
}
