//! Which lines belong to earlier messages: from the line that opens a quotation on, or by the
//! marks before them.

use super::line::{Line, Owner, has_clock, has_quote_mark, is_rule, next_filled};
use super::{attribution, header_block, separator};

/// Lines of this many bytes are as long as programs let them grow before they break them.
const FULL_LINE_BYTES: usize = 72;

/// Gives the quoted lines their owner.
pub(super) fn mark(lines: &mut [Line<'_>]) {
    let by_html = lines.iter().any(|line| !line.is_new());
    mark_by_signs(lines);
    let opened = mark_by_openings(lines);
    // A letter of nothing but marked lines, which no program introduces: somebody wrote it so.
    if !by_html && !opened && !lines.iter().any(|line| line.is_new() && line.has_words()) && !opens_under_marks(lines) {
        for line in lines {
            line.owner = Owner::New;
        }
    }
}

fn mark_by_signs(lines: &mut [Line<'_>]) {
    for at in 0..lines.len() {
        if has_quote_mark(lines[at].text) || is_broken_off(lines, at) {
            lines[at].owner = Owner::Quoted;
        }
    }
}

/// Whether the first marked lines, without their marks, open a quotation.
fn opens_under_marks(lines: &[Line<'_>]) -> bool {
    let unmarked: Vec<Line<'_>> = lines
        .iter()
        .filter(|line| line.has_words())
        .take(8)
        .map(|line| Line::new(line.text.trim_start_matches(['>', ' '])))
        .collect();
    !unmarked.is_empty() && opening(&unmarked, 0, true).is_some()
}

/// The end of a quoted line that a program broke without a new mark: the line before is full
/// and ends inside a sentence, the line after is quoted again.
fn is_broken_off(lines: &[Line<'_>], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| lines[before].text.trim_end()) else { return false };
    let line = lines[at].text.trim();
    let between = has_quote_mark(before) && lines.get(at + 1).is_some_and(|after| has_quote_mark(after.text));
    if between && is_link(line) {
        return true;
    }
    between
        && before.len() + line.split_whitespace().next().map_or(0, str::len) >= FULL_LINE_BYTES
        && before.ends_with(|character: char| character.is_alphanumeric() || character == ',')
        && !line.is_empty()
        && line.len() < before.len()
}

/// A link alone, as programs leave it when they break lines.
fn is_link(line: &str) -> bool {
    let target = line.trim_start_matches(['<', '(', '[']);
    (target.starts_with("http://") || target.starts_with("https://"))
        && target.split_whitespace().skip(1).all(|word| !word.contains(char::is_alphanumeric))
}

/// Whether any line opened a quotation.
fn mark_by_openings(lines: &mut [Line<'_>]) -> bool {
    let (mut at, mut words_before, mut opened) = (0, false, false);
    while at < lines.len() {
        let opening = if lines[at].is_new() { opening(lines, at, words_before) } else { groupwise(lines, at) };
        let Some(opening) = opening else {
            words_before |= lines[at].is_new() && lines[at].has_words();
            at += 1;
            continue;
        };
        opened = true;
        let quote_follows = next_filled(lines, opening.end).is_some_and(|next| lines[next].is_marked());
        // Under marks the rest may hold answers. An attribution at the top, with nothing marked
        // below it, introduces what the writer goes on to say: in doubt it stays new.
        let end = if quote_follows || (opening.by_sentence && !words_before) { opening.end } else { lines.len() };
        let start = rules_above(lines, at);
        for line in &mut lines[start..end] {
            line.owner = Owner::Quoted;
        }
        at = end;
    }
    opened
}

struct Opening {
    end: usize,
    by_sentence: bool,
}

fn opening(lines: &[Line<'_>], at: usize, words_before: bool) -> Option<Opening> {
    if lines[at].is_blank() {
        return None;
    }
    if separator::is_separator(lines[at].text) {
        return Some(Opening { end: at + 1, by_sentence: false });
    }
    if let Some(end) = header_block::end(lines, at, words_before) {
        return Some(Opening { end, by_sentence: false });
    }
    attribution::end(lines, at).map(|end| Opening { end, by_sentence: true })
}

/// `GroupWise` opens a quotation with `>>> Ana 3/3/2026 9:14 AM >>>` and does not mark the lines
/// below.
fn groupwise(lines: &[Line<'_>], at: usize) -> Option<Opening> {
    let text = lines[at].text.trim();
    let opens = text.len() < 200 && text.starts_with(">>>") && text.ends_with(">>>") && has_clock(text);
    opens.then_some(Opening { end: at + 1, by_sentence: false })
}

/// The rule that stands right above an opening belongs to it.
fn rules_above(lines: &[Line<'_>], at: usize) -> usize {
    let mut start = at;
    for above in (at.saturating_sub(4)..at).rev() {
        if lines[above].is_new() && is_rule(lines[above].text) {
            start = above;
        } else if !lines[above].is_blank() {
            break;
        }
    }
    start
}
