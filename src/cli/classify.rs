//! `penstock classify`: what letters are about, or what any model says of texts; JSON Lines in,
//! JSON Lines out, in the same order.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::Ended;
use super::lines::{Letter, letters};
use super::train::read_model;
use crate::classification::{Classification, Classifier, Explained, Model, TopicEvidence, Words, language_of};

/// How many pieces of evidence a label has at most.
const EVIDENCE: usize = 6;

/// What `classify` is told.
#[derive(Debug, Args)]
pub(super) struct Classify {
    /// A model file of `penstock train`, for any set of labels; without it letters of this trade
    /// are classified by what was learned from the starting letters.
    #[arg(long, value_name = "M")]
    model: Option<PathBuf>,
}

impl Classify {
    pub(super) fn run(&self) -> anyhow::Result<Ended> {
        let mut ended = Ended::Done;
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        if let Some(path) = &self.model {
            let model = read_model(path)?;
            for letter in letters(&mut ended) {
                writeln!(out, "{}", line_of_model(&model, &letter))?;
            }
        } else {
            let classifier = Classifier::from_starting_letters()?;
            for letter in letters(&mut ended) {
                writeln!(out, "{}", line(&letter.id, &classifier.classify(&letter.subject, &letter.text)))?;
            }
        }
        out.flush()?;
        Ok(ended)
    }
}

fn line(id: &Value, found: &Classification) -> Value {
    let labels: Vec<Value> =
        found.labels.iter().map(|(label, probability)| json!({ "label": label, "probability": probability })).collect();
    let part = |part: &TopicEvidence| json!({ "label": part.topic, "start": part.start, "end": part.end, "text": part.text, "weight": part.weight });
    let evidence: Vec<Value> = found.evidence.iter().chain(&found.against).map(part).collect();
    json!({
        "id": id, "language": found.language, "labels": labels, "topics": found.topics, "unsure": found.unsure,
        "flags": found.flags, "evidence": evidence, "asks": found.asks, "language_parts": found.language_parts,
    })
}

fn line_of_model(model: &Model, letter: &Letter) -> Value {
    let (whole, before) = if letter.subject.is_empty() {
        (letter.text.clone(), 0)
    } else {
        (format!("{}\n{}", letter.subject, letter.text), letter.subject.chars().count() + 1)
    };
    let explained: Explained = model.explain(&Words::of(&whole), EVIDENCE);
    let name = |label: &usize| &model.labels()[*label];
    let labels: Vec<Value> = explained
        .topics
        .labels
        .iter()
        .map(|(label, probability)| json!({ "label": name(label), "probability": probability }))
        .collect();
    let evidence: Vec<Value> = explained
        .topic_spans
        .iter()
        .filter_map(|span| {
            let text: String = whole.chars().skip(span.start).take(span.end - span.start).collect();
            let start = span.start.checked_sub(before)?;
            Some(json!({
                "label": name(&span.label), "start": start, "end": span.end - before, "text": text, "weight": span.weight,
            }))
        })
        .collect();
    let topics: Vec<&String> = explained.topics.passing.iter().map(name).collect();
    json!({
        "id": letter.id, "language": language_of(&whole), "labels": labels, "topics": topics,
        "unsure": explained.topics.unsure, "flags": [], "evidence": evidence,
    })
}
