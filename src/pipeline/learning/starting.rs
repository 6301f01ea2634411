//! The letters that learning starts from: the shipped ones, or those of a folder.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::in_use::Judge;
use crate::classification::{Classifier, LettersError, StartingLetter, Unreadable, parse_letters, starting_letters};
use crate::config::Learning;
use crate::ids::Digest;
use crate::letter::Language;

/// The digest of the shipped model, which never changes.
static SHIPPED: OnceLock<Digest> = OnceLock::new();

/// Where the starting letters are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Starting {
    /// In the program, with a model that was learned while it was built.
    Shipped,
    /// In a folder with `en` and `es`, whose `.txt` files have the form of the shipped ones.
    Folder(PathBuf),
}

/// Starting letters that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StartingError {
    /// A letter is not written in the form of its file.
    #[error(transparent)]
    Letters(#[from] LettersError),
    /// A folder or file cannot be read.
    #[error("cannot read the starting letters in {}: {source}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no letter.
    #[error("there are no starting letters in {}", .0.display())]
    Empty(PathBuf),
    /// The shipped model is damaged.
    #[error("the shipped model: {0}")]
    Model(#[from] Unreadable),
}

impl Starting {
    /// Where the settings say they are.
    #[must_use]
    pub fn of(settings: &Learning) -> Self {
        settings.letters_dir.clone().map_or(Self::Shipped, Self::Folder)
    }

    /// The letters, always in the same order.
    pub fn letters(&self) -> Result<Vec<StartingLetter>, StartingError> {
        match self {
            Self::Shipped => Ok(starting_letters()?),
            Self::Folder(folder) => {
                let mut letters = in_folder(&folder.join("en"), Language::English)?;
                letters.extend(in_folder(&folder.join("es"), Language::Spanish)?);
                if letters.is_empty() { Err(StartingError::Empty(folder.clone())) } else { Ok(letters) }
            }
        }
    }

    /// The judge that learned from them alone. From a folder it learns now, which takes about a
    /// millisecond a letter.
    pub fn judge(&self) -> Result<Judge, StartingError> {
        Ok(match self {
            Self::Shipped => {
                let classifier = Classifier::from_starting_letters()?;
                let digest = SHIPPED.get_or_init(|| Digest::of(&classifier.model().to_bytes()));
                Judge { version: None, digest: digest.clone(), classifier }
            }
            Self::Folder(_) => Judge::starting(Classifier::from_letters(&self.letters()?)),
        })
    }
}

/// The letters of one language; a folder that is not there has none.
fn in_folder(folder: &Path, language: Language) -> Result<Vec<StartingLetter>, StartingError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| StartingError::Folder { path, source }
    };
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.extension().is_some_and(|ending| ending == "txt") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut letters = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
        letters.extend(parse_letters(&path.display().to_string(), &text, language)?);
    }
    Ok(letters)
}
