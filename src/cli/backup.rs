//! `penstock backup` and `penstock restore`: a copy of everything while the program runs, checked
//! by restoring it, and the way back.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::json;

use super::journal::verify;
use super::{Common, Ended, make_data_dir, open_store, private_file};
use crate::clock::Clock;
use crate::store::{Options, Store};

/// Writes a backup.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Where to write it; `penstock-DATE-TIME.sqlite3` in the working folder when left out.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Prints JSON on one line.
    #[arg(long)]
    json: bool,
}

/// Puts a backup back, or only tries whether it could be.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup.
    #[arg(value_name = "FILE")]
    backup: PathBuf,
    /// Only tries it, on a copy: the database stays as it is.
    #[arg(long)]
    drill: bool,
}

/// What a backup holds, seen by opening a copy of it.
struct Holds {
    letters: i64,
    entries: i64,
}

impl Backup {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Ended> {
        let store = open_store(&common.settings()?).await?;
        let stamp = Clock::System.now().strftime("%Y%m%d-%H%M%S").to_string();
        let path = self.output.clone().unwrap_or_else(|| PathBuf::from(format!("penstock-{stamp}.sqlite3")));
        if path.exists() {
            bail!("{} is there already; a backup never overwrites a file", path.display());
        }
        let unfinished = beside(&path, "unfinished");
        // Made empty first, readable by nobody else; what a broken-off backup left goes with that.
        private_file(&unfinished).with_context(|| format!("cannot write {}", unfinished.display()))?;
        let copied = store.copy_to(&unfinished).await;
        store.close().await;
        copied.with_context(|| format!("the backup could not be written to {}", unfinished.display()))?;
        std::fs::File::open(&unfinished)?.sync_all()?;
        let holds = drill(&unfinished).await?;
        std::fs::rename(&unfinished, &path).with_context(|| format!("cannot name it {}", path.display()))?;
        let bytes = std::fs::metadata(&path)?.len();
        if self.json {
            let told = json!({
                "file": path, "bytes": bytes, "letters": holds.letters, "journal_entries": holds.entries,
            });
            println!("{told}");
        } else {
            println!("{}: {bytes} bytes, {}", path.display(), holds.sentence());
        }
        Ok(Ended::Done)
    }
}

impl Restore {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Ended> {
        let settings = common.settings()?;
        let holds = match drill(&self.backup).await {
            Ok(holds) => holds,
            Err(error) => {
                eprintln!("{} cannot be restored: {error:#}", self.backup.display());
                return Ok(Ended::Refused);
            }
        };
        if self.drill {
            println!("{} can be restored: {}", self.backup.display(), holds.sentence());
            return Ok(Ended::Done);
        }
        if settings.database.url.is_some() {
            bail!("only the SQLite file of the data folder is restored by this command");
        }
        make_data_dir(&settings.data_dir)?;
        let place = settings.data_dir.join("penstock.sqlite3");
        if place.exists() {
            bail!("{} is there already: stop the program and move it away first", place.display());
        }
        let unfinished = beside(&place, "unfinished");
        copy_privately(&self.backup, &unfinished)?;
        std::fs::rename(&unfinished, &place)?;
        println!("{}: {}", place.display(), holds.sentence());
        Ok(Ended::Done)
    }
}

impl Holds {
    fn sentence(&self) -> String {
        format!("{} letters, a whole journal of {} entries", self.letters, self.entries)
    }
}

/// Copies customers' letters to where nobody else may read them, and waits until they are on the
/// disk.
fn copy_privately(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut source = std::fs::File::open(from).with_context(|| format!("cannot read {}", from.display()))?;
    let mut target = private_file(to).with_context(|| format!("cannot write {}", to.display()))?;
    std::io::copy(&mut source, &mut target).with_context(|| format!("cannot write {}", to.display()))?;
    target.sync_all().with_context(|| format!("cannot write {}", to.display()))
}

/// A name beside another, in the same folder, so that renaming is one step.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    PathBuf::from(name)
}

/// Opens a copy of a backup as the program would, and follows its journal to the end.
async fn drill(backup: &Path) -> anyhow::Result<Holds> {
    use std::os::unix::fs::DirBuilderExt as _;
    let folder = beside(backup, "drill");
    if folder.is_dir() {
        // A drill that was broken off left it.
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let tried = try_in(&folder, backup).await;
    std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    tried
}

async fn try_in(folder: &Path, backup: &Path) -> anyhow::Result<Holds> {
    copy_privately(backup, &folder.join("penstock.sqlite3"))?;
    let options = Options { url: None, data_dir: folder.to_owned(), connections: 2, accept_weak_durability: true };
    let store = Store::open(&options).await?;
    let checked = async {
        store.check_integrity().await?;
        let letters = store.read().await?.letters_by_stage().await?.into_iter().map(|(_, count)| count).sum();
        let entries = verify(&store).await?.map_err(|broken| anyhow::anyhow!("{broken}"))?;
        anyhow::Ok(Holds { letters, entries })
    };
    let holds = checked.await;
    store.close().await;
    holds
}
