//! Where the material lies and how it is read.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder with the material.
pub(crate) struct Corpora {
    folder: PathBuf,
    misses: bool,
}

/// One case of a set.
pub(crate) struct Case {
    /// Its name, unique over all sets.
    pub(crate) id: String,
    /// The bytes to work on: the file it names, or the text that stands in it.
    pub(crate) input: Vec<u8>,
    /// `eml`, `text`, `html`, `address` or `image`.
    pub(crate) kind: String,
    /// What should come out.
    pub(crate) expected: Value,
    /// How each field is compared.
    pub(crate) compare: Value,
    /// The whole line.
    pub(crate) line: Value,
}

impl Corpora {
    /// The material of this machine, if it has any.
    pub(crate) fn open(misses: bool) -> Option<Self> {
        let folder = std::env::var_os("PENSTOCK_CORPORA")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
        folder.is_dir().then_some(Self { folder, misses })
    }

    /// The cases of a set, in the order of its file.
    pub(crate) fn cases(&self, set: &str) -> Vec<Case> {
        let text = std::fs::read_to_string(self.folder.join(format!("{set}.jsonl"))).unwrap();
        text.lines().map(|line| self.case(&serde_json::from_str(line).unwrap())).collect()
    }

    fn case(&self, line: &Value) -> Case {
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let input = match line["input_path"].as_str() {
            Some(path) => std::fs::read(self.folder.join(path)).unwrap(),
            None => text("input").into_bytes(),
        };
        Case {
            id: text("id"),
            input,
            kind: text("input_kind"),
            expected: line["expected"].clone(),
            compare: line["compare"].clone(),
            line: line.clone(),
        }
    }

    /// A file of the material.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Names a case that was missed, when misses are asked for.
    pub(crate) fn miss(&self, id: &str, wanted: &str, found: &str) {
        if self.misses {
            println!("--- {id}\nwanted: {wanted}\nfound:  {found}");
        }
    }
}
