//! Public sets of labelled texts: learned from their training part, measured on their test part.

use penstock::classification::{Answer, Example, Figures, Model, Words, figures};

use crate::corpus::{Case, Corpora};
use crate::score::Row;

/// A set: its name, then the peers' best accuracy, macro-F1 and area under the curve, then our floors.
type Set = (&'static str, [Option<(&'static str, f64)>; 3], [f64; 3]);

const SETS: &[Set] = &[
    ("banking77", [Some(("word+char SVC", 0.914)), None, None], [0.914, 0.914, 0.0]),
    ("banking77_oos", [Some(("NB-SVM", 0.862)), None, Some(("Vowpal Wabbit", 0.845))], [0.858, 0.858, 0.855]),
    ("cfpb_issue", [Some(("stack", 0.521)), Some(("stack", 0.453)), Some(("stack", 0.636))], [0.506, 0.44, 0.62]),
    ("mtop_es", [Some(("linear prototype", 0.882)), Some(("linear prototype", 0.708)), None], [0.875, 0.68, 0.0]),
    ("xtod_es", [Some(("linear prototype", 0.983)), Some(("linear prototype", 0.879)), None], [0.981, 0.87, 0.0]),
];

pub(crate) fn rows(corpora: &Corpora) -> Vec<Row> {
    if cfg!(debug_assertions) {
        println!("classification: skipped, learning takes minutes without --release");
        return Vec::new();
    }
    SETS.iter().flat_map(|set| rows_of(corpora, set)).collect()
}

fn rows_of(corpora: &Corpora, (set, peers, floors): &Set) -> Vec<Row> {
    let found = measured(corpora, set);
    let row =
        |measure, score, at: usize| Row { set, measure, cases: found.texts, score, peer: peers[at], floor: floors[at] };
    let mut rows = vec![row("accuracy", found.accuracy, 0), row("macro-F1", found.macro_f1, 1)];
    let calibrated = 1.0 - found.calibration_error;
    rows.push(Row { peer: None, floor: 0.88, ..row("1 - calibration error", calibrated, 0) });
    if let Some(area) = found.scope_area {
        rows.push(row("out of scope, area under the curve", area, 2));
    }
    rows
}

fn measured(corpora: &Corpora, set: &str) -> Figures {
    let text = |case: &Case| case.line["text"].as_str().unwrap_or_default().to_owned();
    let label = |case: &Case| case.line["label"].as_str().unwrap_or_default().to_owned();
    let examples: Vec<Example> = corpora
        .cases(&format!("classification/{set}/train"))
        .iter()
        .map(|case| Example { words: Words::of(&text(case)), labels: vec![label(case)], circumstances: Vec::new() })
        .collect();
    let model = Model::train(&examples);
    let name = |label: usize| model.labels()[label].clone();
    let answers: Vec<Answer> = corpora
        .cases(&format!("classification/{set}/test"))
        .iter()
        .map(|case| {
            let found = model.predict(&text(case));
            let (first, probability) = found.labels[0];
            let right = Some(label(case)).filter(|label| model.labels().contains(label));
            let passing = found.passing.iter().map(|label| name(*label)).collect();
            Answer { right: right.into_iter().collect(), first: (name(first), probability), passing }
        })
        .collect();
    figures(&answers)
}
