//! `penstock train`: learns a model from labelled texts, any set of labels.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde::Deserialize;

use super::Ended;
use crate::classification::{Example, Model, Words};

/// What `train` is told.
#[derive(Debug, Args)]
pub(super) struct Train {
    /// Labelled texts, one JSON object a line: {"id", "text", "labels": ["primary first", ...]}.
    #[arg(long, value_name = "FILE.jsonl")]
    input: PathBuf,
    /// The model file to write.
    #[arg(long, value_name = "OUT")]
    model: PathBuf,
}

/// A labelled text.
#[derive(Debug, Deserialize)]
pub(super) struct Labelled {
    /// The text.
    pub(super) text: String,
    /// Stands before the text where there is one.
    #[serde(default)]
    subject: String,
    /// Its labels, the primary first.
    #[serde(default)]
    labels: Vec<String>,
    /// Its only label, in sets of one label a text.
    #[serde(default)]
    label: Option<String>,
}

impl Labelled {
    /// Its labels, the primary first.
    pub(super) fn labels(&self) -> Vec<String> {
        self.labels.iter().chain(self.label.as_ref().filter(|_| self.labels.is_empty())).cloned().collect()
    }

    /// Subject and text.
    pub(super) fn whole(&self) -> String {
        if self.subject.is_empty() { self.text.clone() } else { format!("{}\n{}", self.subject, self.text) }
    }
}

impl Train {
    pub(super) fn run(&self) -> anyhow::Result<Ended> {
        let mut ended = Ended::Done;
        let examples: Vec<Example> = labelled(&self.input, &mut ended)?
            .iter()
            .map(|line| Example { words: Words::of(&line.whole()), labels: line.labels(), ..Example::default() })
            .filter(|example| !example.labels.is_empty())
            .collect();
        anyhow::ensure!(!examples.is_empty(), "{} holds no labelled text", self.input.display());
        let model = Model::train(&examples);
        std::fs::write(&self.model, model.to_bytes())
            .with_context(|| format!("cannot write the model {}", self.model.display()))?;
        eprintln!("model {}: {} texts, {} labels", model.name(), examples.len(), model.labels().len());
        Ok(ended)
    }
}

/// The labelled texts of a file; a line that is none is named and left out.
pub(super) fn labelled(path: &std::path::Path, ended: &mut Ended) -> anyhow::Result<Vec<Labelled>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(labelled) => found.push(labelled),
            Err(error) => {
                eprintln!("{}:{}: {error}", path.display(), at + 1);
                *ended = Ended::Refused;
            }
        }
    }
    Ok(found)
}

/// Reads a model file.
pub(super) fn read_model(path: &std::path::Path) -> anyhow::Result<Model> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the model {}", path.display()))?;
    Model::from_bytes(&bytes).with_context(|| format!("cannot read the model {}", path.display()))
}
