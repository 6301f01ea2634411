//! `penstock evaluate`: how good a model is on labelled texts, and how good the shipped recipe is
//! on starting letters that it had not seen.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::Ended;
use super::train::{labelled, read_model};
use crate::classification::{Answer, Figures, LabelFigures, Model, figures, starting_letters, try_letters};

/// What `evaluate` is told.
#[derive(Debug, Args)]
pub(super) struct Evaluate {
    /// Labelled texts, one JSON object a line; texts without a label the model knows count as out of scope.
    #[arg(long, value_name = "FILE.jsonl", required_unless_present = "starting_letters", requires = "model")]
    input: Option<PathBuf>,
    /// The model file.
    #[arg(long, value_name = "M")]
    model: Option<PathBuf>,
    /// Learns from all starting letters but a part, tries that part, and so for every part.
    #[arg(long, conflicts_with_all = ["input", "model"])]
    starting_letters: bool,
    /// Into how many parts the starting letters are split.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..=50))]
    folds: u8,
    /// Prints how often each label was taken for each other, as a table.
    #[arg(long, conflicts_with = "json")]
    confusion: bool,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

impl Evaluate {
    pub(super) fn run(&self) -> anyhow::Result<Ended> {
        let mut ended = Ended::Done;
        if let (Some(input), Some(model)) = (&self.input, &self.model) {
            let model = read_model(model)?;
            let texts = labelled(input, &mut ended)?;
            let answers: Vec<Answer> = texts.iter().map(|text| answer(&model, &text.whole(), text.labels())).collect();
            let figures = figures(&answers);
            self.print("texts", &figures)?;
            self.print_confusion(&figures)?;
        } else {
            self.try_starting_letters()?;
        }
        Ok(ended)
    }

    fn try_starting_letters(&self) -> anyhow::Result<()> {
        let trial = try_letters(&starting_letters()?, usize::from(self.folds));
        if self.json {
            let flags: Value =
                trial.flags.iter().map(|(flag, found)| ((*flag).to_owned(), label_json(found))).collect();
            let all = json!({
                "all": figures_json(&trial.all), "en": figures_json(&trial.english), "es": figures_json(&trial.spanish),
                "flags": flags,
            });
            writeln!(std::io::stdout(), "{all}")?;
            return Ok(());
        }
        self.print("letters", &trial.all)?;
        for (language, figures) in [("English", &trial.english), ("Spanish", &trial.spanish)] {
            let (accuracy, f1) = (figures.accuracy, figures.macro_f1);
            writeln!(
                std::io::stdout(),
                "{language}: {} letters, accuracy {accuracy:.3}, macro-F1 {f1:.3}",
                figures.texts
            )?;
        }
        writeln!(std::io::stdout(), "\nflag                  precision  recall  letters")?;
        for (flag, found) in &trial.flags {
            print_label(flag, found)?;
        }
        writeln!(std::io::stdout(), "\ntaken for another     letters")?;
        for (right, said, count) in trial.all.confusions.iter().take(30) {
            writeln!(std::io::stdout(), "{right:<20}  {count:>4} as {said}")?;
        }
        self.print_confusion(&trial.all)
    }

    /// A row for each label, a column for each label that was said; the columns have the rows' numbers.
    fn print_confusion(&self, figures: &Figures) -> anyhow::Result<()> {
        if !self.confusion {
            return Ok(());
        }
        let labels: Vec<&str> = figures.primaries.keys().map(String::as_str).collect();
        let numbers: Vec<String> = (1..=labels.len()).map(|number| number.to_string()).collect();
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n| | right, said | {} |\n|---|---|{}", numbers.join(" | "), "---|".repeat(labels.len()))?;
        for (number, right) in numbers.iter().zip(&labels) {
            let cells: Vec<String> = labels.iter().map(|said| confused(figures, right, said)).collect();
            writeln!(out, "| {number} | {right} | {} |", cells.join(" | "))?;
        }
        Ok(())
    }

    fn print(&self, what: &str, figures: &Figures) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", figures_json(figures))?;
            return Ok(());
        }
        writeln!(out, "{what} in scope         {:>8}", figures.texts)?;
        writeln!(out, "accuracy (primary)     {:>8.4}", figures.accuracy)?;
        writeln!(out, "likeliest among labels {:>8.4}", figures.in_labels)?;
        writeln!(out, "macro-F1               {:>8.4}", figures.macro_f1)?;
        writeln!(out, "calibration error      {:>8.4}", figures.calibration_error)?;
        writeln!(out, "coverage (not unsure)  {:>8.4}", figures.coverage)?;
        writeln!(out, "right when not unsure  {:>8.4}", figures.answered_right)?;
        writeln!(out, "coverage at 95 %       {:>8.4}", figures.coverage_at_95)?;
        if let (Some(area), Some(unsure)) = (figures.scope_area, figures.strange_unsure) {
            writeln!(out, "out of scope           {:>8}", figures.out_of_scope)?;
            writeln!(out, "area under the curve   {area:>8.4}")?;
            writeln!(out, "unsure out of scope    {unsure:>8.4}")?;
        }
        writeln!(out, "\nlabel                 precision  recall  {what}")?;
        drop(out);
        for (label, found) in &figures.labels {
            print_label(label, found)?;
        }
        Ok(())
    }
}

/// How often a label was taken for another; in bold how often it was recognised.
fn confused(figures: &Figures, right: &str, said: &str) -> String {
    let of_right = figures.confusions.iter().filter(|(label, _, _)| label == right);
    if right == said {
        let wrong: usize = of_right.map(|(_, _, count)| count).sum();
        return format!("**{}**", figures.primaries[right] - wrong);
    }
    of_right.filter(|(_, label, _)| label == said).map(|(_, _, count)| count.to_string()).collect()
}

fn print_label(label: &str, found: &LabelFigures) -> anyhow::Result<()> {
    let (precision, recall, count) = (found.precision(), found.recall(), found.right + found.missed);
    writeln!(std::io::stdout(), "{label:<20}  {precision:>9.3}  {recall:>6.3}  {count:>5}")?;
    Ok(())
}

fn label_json(found: &LabelFigures) -> Value {
    json!({
        "precision": found.precision(), "recall": found.recall(), "f1": found.f1(), "texts": found.right + found.missed,
    })
}

fn figures_json(figures: &Figures) -> Value {
    let labels: Value = figures.labels.iter().map(|(label, found)| (label.clone(), label_json(found))).collect();
    json!({
        "texts": figures.texts, "accuracy": figures.accuracy, "likeliest_among_labels": figures.in_labels,
        "macro_f1": figures.macro_f1, "calibration_error": figures.calibration_error, "coverage": figures.coverage,
        "right_when_not_unsure": figures.answered_right, "coverage_at_95": figures.coverage_at_95,
        "out_of_scope": figures.out_of_scope, "scope_area": figures.scope_area,
        "unsure_out_of_scope": figures.strange_unsure, "labels": labels, "confusions": figures.confusions,
    })
}

/// The model's answer beside the truth; labels that the model never saw lie out of its scope.
fn answer(model: &Model, text: &str, right: Vec<String>) -> Answer {
    let found = model.predict(text);
    let name = |label: &usize| model.labels()[*label].clone();
    let first = found.labels.first().map(|(label, probability)| (name(label), *probability)).unwrap_or_default();
    let right = right.into_iter().filter(|label| model.labels().contains(label)).collect();
    Answer { right, first, passing: found.passing.iter().map(name).collect() }
}
