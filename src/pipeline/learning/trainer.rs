//! Learns a new model when there is enough to learn from, compares it, and lets it judge if it
//! is not worse. One process at a time, on one thread that steps back behind everybody's work.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Text;
use super::comparison::{Comparison, Taught, compare};
use super::drift::{WEEK, drift, gauge};
use super::in_use::{InUse, JudgeError};
use super::past::Past;
use super::starting::{Starting, StartingError};
use crate::classification::{Classifier, StartingLetter};
use crate::clock::Clock;
use crate::config::Learning;
use crate::ids::Digest;
use crate::journal::{Actor, Event, EventKind};
use crate::letter::Language;
use crate::store::{LabelledLetter, ModelRow, NewModel, Store, StoreError, Tx};

/// How long one process may have the right to train, in microseconds; after that it is taken
/// for dead.
const LEASE: i64 = 15 * 60 * 1_000_000;
/// From how many labelled letters is learned, the newest.
const LABELS: i64 = 20_000;
/// How often the metrics of drift are counted.
const DRIFT: Duration = Duration::from_mins(1);

/// What learning needs; one for each process.
#[derive(Debug, Clone)]
pub struct Trainer {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The judge that everybody asks.
    pub in_use: InUse,
    /// The past cases that similar letters are looked for in.
    pub past: Past,
    /// The letters that learning starts from.
    pub starting: Starting,
    /// The settings.
    pub settings: Learning,
    /// Who holds the right to train, as the database names it.
    pub owner: String,
}

/// What came of a training.
#[derive(Debug, Clone, PartialEq)]
pub enum Trained {
    /// There are too few new labels; so many there are.
    TooFew(i64),
    /// A person's choice of the model stands.
    Pinned,
    /// Another process trains.
    Busy,
    /// Somebody chose another model meanwhile; what was learned is given up.
    Overtaken,
    /// The same model came out as judges now.
    Same,
    /// A new model judges.
    Accepted(i64, Comparison),
    /// A new model was learned and is worse; the old one goes on.
    Refused(i64, Comparison),
}

/// Why nothing could be learned.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The starting letters cannot be read.
    #[error(transparent)]
    Starting(#[from] StartingError),
    /// The new model cannot be taken.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// The thread that learned ended before it was done.
    #[error("learning ended before it was done")]
    Ended,
}

/// The right to train, and what there was to learn from.
struct Claim {
    lease_until: i64,
    trained_until: i64,
    current: Option<ModelRow>,
    best: BTreeMap<String, f64>,
    labelled: Vec<LabelledLetter>,
}

/// What a thread learned.
struct Learned {
    bytes: Vec<u8>,
    digest: Digest,
    starting_letters: usize,
    comparison: Comparison,
}

impl Trainer {
    /// Learns, follows the model in use and counts drift until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let mut counted: Option<Instant> = None;
        while !stop.is_cancelled() {
            self.follow().await;
            if self.settings.automatic {
                tokio::select! {
                    () = stop.cancelled() => return self.let_go().await,
                    trained = self.train(&Actor::Program, false) => told(trained),
                }
            }
            if counted.is_none_or(|at| at.elapsed() >= DRIFT) {
                counted = Some(Instant::now());
                if let Err(error) = self.count().await {
                    tracing::warn!(error = %error, "drift could not be counted");
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.settings.poll) => {}
            }
        }
    }

    async fn follow(&self) {
        match self.in_use.follow(&self.store).await {
            Ok(true) => {
                let name = self.in_use.judge().name();
                tracing::info!(model = %name, "letters are judged by model {name} from now on");
            }
            Ok(false) => {}
            Err(error) => tracing::error!(error = %error, "the model cannot be taken; the one before goes on"),
        }
        if let Err(error) = self.past.follow(&self.store, &self.in_use.judge()).await {
            tracing::warn!(error = %error, "past letters could not be read; they will be tried again");
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float by its format")]
    async fn count(&self) -> Result<(), StoreError> {
        let mut tx = self.store.read().await?;
        gauge(&drift(&mut tx, self.clock.now().as_microsecond(), 1).await?);
        let state = tx.learning_state().await?;
        let waiting = tx.labels_after(state.trained_until).await?;
        metrics::gauge!("penstock_labels_waiting").set(waiting as f64);
        metrics::gauge!("penstock_model_pinned").set(f64::from(u8::from(state.pinned_at.is_some())));
        metrics::gauge!("penstock_model_version").set(self.in_use.judge().version.unwrap_or(0) as f64);
        Ok(())
    }

    /// Learns when there is enough to learn from, or, when `wanted`, in any case; nobody's choice
    /// of a model stands against what a person wants.
    pub async fn train(&self, actor: &Actor, wanted: bool) -> Result<Trained, TrainError> {
        if let Some(reason) = self.reason_against(&mut self.store.read().await?, wanted).await? {
            return Ok(reason);
        }
        let mut tx = self.store.write().await?;
        let now = self.clock.now().as_microsecond();
        if !tx.claim_training(&self.owner, (now, now + LEASE)).await? {
            return Ok(Trained::Busy);
        }
        // Another process may have trained since it was asked.
        if let Some(reason) = self.reason_against(&mut tx, wanted).await? {
            return Ok(reason);
        }
        tx.commit().await?;
        match self.learn(now).await {
            Ok((claim, learned)) => self.record(actor, wanted, &claim, learned).await,
            Err(error) => {
                self.let_go().await;
                Err(error)
            }
        }
    }

    /// Why nothing should be learned now.
    async fn reason_against(&self, tx: &mut Tx, wanted: bool) -> Result<Option<Trained>, StoreError> {
        if wanted {
            return Ok(None);
        }
        let state = tx.learning_state().await?;
        if state.pinned_at.is_some() {
            return Ok(Some(Trained::Pinned));
        }
        let new = tx.labels_after(state.trained_until).await?;
        Ok((new < self.settings.minimum).then_some(Trained::TooFew(new)))
    }

    /// Gives the right to train back when this process has it: another may try at once.
    async fn let_go(&self) {
        let back = async {
            let mut tx = self.store.write().await?;
            let state = tx.learning_state().await?;
            if state.lease_owner.as_deref() == Some(&self.owner) {
                tx.finish_training(&self.owner, state.lease_until.unwrap_or(0), state.trained_until).await?;
            }
            tx.commit().await
        };
        if let Err(error) = back.await {
            tracing::warn!(error = %error, "the right to train was not given back; it ends by itself");
        }
    }

    /// What there is to learn from, read outside the transaction that others wait for.
    async fn look(&self, now: i64) -> Result<Claim, StoreError> {
        let mut tx = self.store.read().await?;
        Ok(Claim {
            lease_until: now + LEASE,
            trained_until: tx.learning_state().await?.trained_until,
            current: tx.current_model().await?,
            best: best_so_far(&tx.models().await?),
            labelled: tx.labelled_letters(LABELS).await?,
        })
    }

    async fn learn(&self, now: i64) -> Result<(Claim, Learned), TrainError> {
        let claim = self.look(now).await?;
        let known = claim.current.as_ref().map_or(0, |row| row.labels_until);
        let since = now - self.settings.recent_weeks * WEEK;
        let taught: Vec<Taught> = claim.labelled.iter().map(|letter| taught(letter, known, since)).collect();
        let (starting, best) = (self.starting.clone(), claim.best.clone());
        let learned = aside(move || -> Result<Learned, StartingError> {
            let begun = Instant::now();
            let mut letters = starting.letters()?;
            let mut comparison = compare(&letters, &taught, &best);
            let starting_letters = letters.len();
            letters.extend(taught.into_iter().map(|taught| taught.letter));
            let bytes = Classifier::from_letters(&letters).model().to_bytes();
            comparison.seconds = begun.elapsed().as_secs_f64();
            Ok(Learned { digest: Digest::of(&bytes), bytes, starting_letters, comparison })
        });
        let learned = learned.await.ok_or(TrainError::Ended)??;
        Ok((claim, learned))
    }

    async fn record(
        &self,
        actor: &Actor,
        wanted: bool,
        claim: &Claim,
        learned: Learned,
    ) -> Result<Trained, TrainError> {
        let now = self.clock.now();
        let labels_until = claim.labelled.iter().map(|letter| letter.sequence).max().unwrap_or(0);
        let mut tx = self.store.write().await?;
        let current = tx.current_model().await?;
        let same_current = current.as_ref().map(|row| row.version) == claim.current.as_ref().map(|row| row.version);
        if !same_current || (!wanted && tx.learning_state().await?.pinned_at.is_some()) {
            tx.finish_training(&self.owner, claim.lease_until, claim.trained_until).await?;
            tx.commit().await?;
            return Ok(Trained::Overtaken);
        }
        tx.finish_training(&self.owner, claim.lease_until, labels_until).await?;
        if self.is_in_use(current.as_ref(), &learned.digest) {
            tx.commit().await?;
            return Ok(Trained::Same);
        }
        let Learned { bytes, digest, starting_letters, comparison } = learned;
        let version = tx.take_numbers("model", 1).await?;
        tx.add_model(&NewModel {
            version,
            accepted: comparison.accepted,
            digest: &digest,
            bytes: &bytes,
            starting_letters: i64::try_from(starting_letters).unwrap_or(i64::MAX),
            labels: i64::try_from(claim.labelled.len()).unwrap_or(i64::MAX),
            labels_until,
            comparison: &serde_json::to_string(&comparison).unwrap_or_default(),
            created_at: now.as_microsecond(),
        })
        .await?;
        tx.drop_old_models(self.settings.keep_models).await?;
        let kind = if comparison.accepted { EventKind::ModelAccepted } else { EventKind::ModelRefused };
        let details = json!({
            "model": version, "digest": digest, "labels": claim.labelled.len(), "starting_letters": starting_letters,
            "before": claim.current.as_ref().map(|row| row.version), "comparison": comparison,
        });
        if wanted && comparison.accepted {
            tx.pin_model(None).await?;
        }
        tx.append(&[Event::new(now, actor.clone(), kind).with(details)]).await?;
        tx.commit().await?;
        if comparison.accepted {
            self.in_use.follow(&self.store).await?;
            return Ok(Trained::Accepted(version, comparison));
        }
        Ok(Trained::Refused(version, comparison))
    }

    fn is_in_use(&self, current: Option<&ModelRow>, digest: &Digest) -> bool {
        match current {
            Some(row) => row.digest == *digest,
            None => self.in_use.starting_digest() == digest,
        }
    }
}

/// The best share of right fixed letters that a judge had, by the name of the letters.
fn best_so_far(models: &[ModelRow]) -> BTreeMap<String, f64> {
    let mut best: BTreeMap<String, f64> = BTreeMap::new();
    for row in models {
        let Ok(comparison) = serde_json::from_str::<Comparison>(&row.comparison) else { continue };
        let after = if comparison.accepted { comparison.fixed.after.accuracy } else { 0.0 };
        let share = best.entry(comparison.set).or_default();
        *share = share.max(after).max(comparison.fixed.before.accuracy);
    }
    best
}

/// A labelled letter as an example.
fn taught(labelled: &LabelledLetter, known: i64, since: i64) -> Taught {
    /// What is needed of a stored classification.
    #[derive(serde::Deserialize)]
    struct Judged {
        language: Language,
    }
    let judged: Option<Judged> =
        labelled.classification.as_deref().and_then(|classification| serde_json::from_str(classification).ok());
    let text = Text::of(&labelled.reading);
    Taught {
        key: labelled.letter_id.as_str().to_owned(),
        known: labelled.sequence <= known,
        recent: labelled.labelled_at >= since,
        letter: StartingLetter {
            language: judged.map_or(Language::English, |judged| judged.language),
            topics: labelled.topics.clone(),
            flags: labelled.flags.clone(),
            body: text.written().to_owned(),
            subject: text.subject,
        },
    }
}

fn told(trained: Result<Trained, TrainError>) {
    match trained {
        Ok(Trained::Accepted(version, comparison)) => {
            tracing::info!(model.version = version, reason = %comparison.reason, "model {version} was learned");
        }
        Ok(Trained::Refused(version, comparison)) => {
            let reason = &comparison.reason;
            tracing::warn!(model.version = version, reason = %reason, "model {version} was refused: {reason}");
        }
        Ok(Trained::TooFew(_) | Trained::Pinned | Trained::Busy | Trained::Overtaken | Trained::Same) => {}
        Err(error) => tracing::error!(error = %error, "nothing could be learned; it will be tried again"),
    }
}

/// Does long work on a thread of its own, behind everybody else's; nothing when it ended early.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (give, take) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("learning".to_owned()).spawn(move || {
        step_back();
        // Who waited may have been told to stop.
        let _ = give.send(work());
    });
    if let Err(error) = thread {
        tracing::error!(error = %error, "no thread can be started to learn on");
        return None;
    }
    take.await.ok()
}

/// Lowers the priority of this thread where the machine has the command for it. Without it the
/// work is the same and takes its share of one core.
fn step_back() {
    let Ok(thread) = std::fs::read_link("/proc/thread-self") else { return };
    let Some(number) = thread.file_name() else { return };
    let quiet = std::process::Stdio::null;
    let mut renice = std::process::Command::new("renice");
    let _ = renice.args(["-n", "15", "-p"]).arg(number).stdout(quiet()).stderr(quiet()).status();
}
