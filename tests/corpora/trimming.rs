//! What the writer wrote this time, apart from quotes and signatures.
//!
//! The sets disagree about what belongs to a reply, so each is scored by its own rule, [`Rule`].
//! Nothing else differs: the same functions with the same settings give all answers.

use penstock::reading::{self, Parts};
use serde_json::Value;

use crate::corpus::{Case, Corpora};
use crate::score::{Row, equal_but_blanks, share, word_f1};

/// What a set counts as the reply.
#[derive(Clone, Copy)]
enum Rule {
    /// The new text alone: signatures and what phones add are no part of a reply.
    New,
    /// Talon's own cases: those that name a signature want it apart, all others keep it.
    NewUnlessSignatureIsNamed,
    /// Signatures are kept: the set only looks at quotes.
    WithSignature,
}

pub(crate) fn rows(corpora: &Corpora) -> Vec<Row> {
    let mut rows = Vec::from(discourse(corpora));
    rows.extend([
        exact(corpora, "crisp-erp", Rule::New, ("talon with signatures", 0.722), 0.95),
        exact(corpora, "willdurand-erp", Rule::New, ("crisp", 0.776), 0.94),
        exact(corpora, "talon", Rule::NewUnlessSignatureIsNamed, ("crisp", 0.571), 0.91),
        exact(corpora, "github-erp", Rule::New, ("best measured", 0.944), 0.99),
        exact(corpora, "zapier-erp", Rule::New, ("best measured", 0.812), 0.99),
        exact(corpora, "mail-parser-reply", Rule::New, ("best foreign", 0.630), 0.8),
        exact(corpora, "quotequail", Rule::WithSignature, ("best measured", 0.833), 0.94),
        alaveteli(corpora),
    ]);
    rows.extend(mailspring(corpora));
    rows
}

/// The parts of a case, by whatever way its kind takes.
fn parts(case: &Case) -> Parts {
    let text = || String::from_utf8_lossy(&case.input).into_owned();
    match case.kind.as_str() {
        "eml" => {
            let reading = reading::read(&case.input);
            Parts { new_text: reading.new_text, quoted: reading.quoted, signature: reading.signature }
        }
        "html" => reading::split_html(&text()),
        _ => reading::split(&text()),
    }
}

fn reply(case: &Case, rule: Rule) -> String {
    let parts = parts(case);
    let alone = match rule {
        Rule::New => true,
        Rule::NewUnlessSignatureIsNamed => !case.expected["signature"].is_null(),
        Rule::WithSignature => false,
    };
    if alone || parts.signature.is_empty() {
        parts.new_text
    } else {
        format!("{}\n\n{}", parts.new_text, parts.signature)
    }
}

fn exact(corpora: &Corpora, set: &'static str, rule: Rule, peer: (&'static str, f64), floor: f64) -> Row {
    let cases = corpora.cases(set);
    let right = cases
        .iter()
        .filter(|case| {
            let reply = reply(case, rule);
            let right = meets(case, &reply);
            if !right {
                corpora.miss(&case.id, &case.expected.to_string(), &reply);
            }
            right
        })
        .count();
    let cases = cases.len();
    Row { set, measure: "reply as wanted", cases, score: share(right, cases), peer: Some(peer), floor }
}

/// Whether a reply is the expected one, or has, lacks and begins with what is expected.
fn meets(case: &Case, reply: &str) -> bool {
    let expected = &case.expected;
    let listed = |name: &str| -> Vec<&str> {
        expected[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let wanted = expected["reply"].as_str().map(str::to_owned).or_else(|| unwrapped(expected));
    wanted.is_none_or(|wanted| same(case, &wanted, reply))
        && listed("has").iter().all(|words| reply.contains(words))
        && !listed("hasnt").iter().any(|words| reply.contains(words))
        && expected["starts"].as_str().is_none_or(|words| reply.trim_start().starts_with(words))
}

/// Forwards are expected in pieces: what stands above and what stands below is the reply.
fn unwrapped(expected: &Value) -> Option<String> {
    expected["type"].as_str()?;
    let text = |name: &str| expected[name].as_str().unwrap_or_default();
    Some(format!("{}\n\n{}", text("text_top"), text("text_bottom")))
}

/// HTML is compared by its text without blanks, text line by line.
fn same(case: &Case, wanted: &str, reply: &str) -> bool {
    let how = case.compare["reply"].as_str().unwrap_or_default();
    if how.contains("whitespace") {
        let wanted = if wanted.contains('<') { reading::html_text(wanted) } else { wanted.to_owned() };
        return unspaced(&wanted) == unspaced(reply);
    }
    equal_but_blanks(wanted, reply)
}

fn unspaced(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

/// Discourse sets signatures apart, but keeps closings.
fn discourse(corpora: &Corpora) -> [Row; 2] {
    let cases = corpora.cases("discourse-ert");
    let (mut right, mut f1) = (0, 0.0);
    for case in &cases {
        let wanted = case.expected["reply"].as_str().unwrap_or_default();
        let reply = reply(case, Rule::New);
        f1 += word_f1(wanted, &reply);
        if wanted.trim() == reply.trim() {
            right += 1;
        } else {
            corpora.miss(&case.id, wanted, &reply);
        }
    }
    let row = |measure, score, peer, floor| Row {
        set: "discourse-ert",
        measure,
        cases: cases.len(),
        score,
        peer: Some(("talon", peer)),
        floor,
    };
    let score = share(right, cases.len());
    [row("reply exact", score, 0.516, 0.9), row("reply, word F1", mean(f1, cases.len()), 0.758, 0.96)]
}

#[expect(clippy::cast_precision_loss, reason = "sets have few cases")]
fn mean(sum: f64, cases: usize) -> f64 {
    if cases == 0 { 0.0 } else { sum / cases as f64 }
}

/// Alaveteli folds disclaimers, which are in the signature here.
fn alaveteli(corpora: &Corpora) -> Row {
    let cases = corpora.cases("alaveteli-folding");
    let sum: f64 = cases
        .iter()
        .map(|case| {
            let wanted = case.expected["reply"].as_str().unwrap_or_default();
            let reply = reply(case, Rule::New);
            let score = word_f1(wanted, &reply);
            if score < 0.95 {
                corpora.miss(&case.id, wanted, &reply);
            }
            score
        })
        .sum();
    Row {
        set: "alaveteli-folding",
        measure: "reply, word F1",
        cases: cases.len(),
        score: mean(sum, cases.len()),
        peer: Some(("best measured", 0.534)),
        floor: 0.94,
    }
}

/// Mailspring hides quotes and keeps signatures.
fn mailspring(corpora: &Corpora) -> [Row; 2] {
    let cases = corpora.cases("mailspring-quotes");
    let (mut right, mut f1) = (0, 0.0);
    for case in &cases {
        let wanted = reading::html_text(case.expected["reply_html"].as_str().unwrap_or_default());
        let reply = reply(case, Rule::WithSignature);
        f1 += word_f1(&wanted, &reply);
        if unspaced(&wanted) == unspaced(&reply) {
            right += 1;
        } else {
            corpora.miss(&case.id, &wanted, &reply);
        }
    }
    let row = |measure, score, peer, floor| Row {
        set: "mailspring-quotes",
        measure,
        cases: cases.len(),
        score,
        peer: Some(("talon", peer)),
        floor,
    };
    let score = share(right, cases.len());
    [row("text equal", score, 0.750, 0.8), row("reply, word F1", mean(f1, cases.len()), 0.871, 0.9)]
}
