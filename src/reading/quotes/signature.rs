//! The signature: what the writer or the writer's device sets under every letter.
//!
//! A closing such as "Thank you, Ana" is part of the letter; what follows `--`, what a phone
//! adds and the footers of lists and offices are not.

use super::device::is_device_line;
use super::footer;
use super::line::{Line, Owner, has_address, is_rule, speaks_of_its_writer};

/// Under a `--` further lines than these are hardly a signature.
const DELIMITED_LINES: usize = 30;
/// Nor are more words than these, when they speak of the writer; under the line of a phone
/// fewer are enough.
const DELIMITED_WORDS: usize = 60;
const DEVICE_WORDS: usize = 12;
/// How much is read to tell a letter from a signature.
const LETTER_WORDS: usize = 300;
const LETTER_WORD_BYTES: usize = 40;
/// Under a longer rule, which also divides letters, a signature is short.
const RULED_LINES: usize = 14;
/// Gives the lines of the signature their owner.
pub(super) fn mark(lines: &mut [Line<'_>]) {
    let mut words_before = false;
    let mut at = 0;
    while at < lines.len() {
        if !lines[at].is_new() {
            at += 1;
            continue;
        }
        let end = (at..lines.len()).find(|index| !lines[*index].is_new()).unwrap_or(lines.len());
        mark_run(&mut lines[at..end], words_before);
        words_before |= lines[at..end].iter().any(|line| line.is_new() && line.has_words());
        at = end;
    }
}

/// A run of new lines that no quotation interrupts.
fn mark_run(run: &mut [Line<'_>], words_before: bool) {
    let first_words = if words_before { Some(0) } else { run.iter().position(Line::has_words) };
    let Some(first_words) = first_words else { return };
    footer::mark(run, first_words);
    let below_words = |at: &usize| words_before || *at > first_words;
    // Above all words a phone's line stands alone; the letter follows it.
    if !words_before && is_device_line(run[first_words].text) {
        sign(&mut run[first_words..=first_words]);
    }
    let device = (0..run.len()).find(|at| below_words(at) && is_device_line(run[*at].text));
    if let Some(at) = device {
        let end = if is_letter(&run[at + 1..], DEVICE_WORDS) { at + 1 } else { run.len() };
        sign(&mut run[at..end]);
    }
    if let Some(at) = delimiter(run).filter(|at| below_words(at)) {
        sign(&mut run[at..]);
    }
    sign_closing_rules(run);
    if let Some(at) = dashed_name(run).filter(below_words) {
        sign(&mut run[at..]);
    }
}

fn sign(lines: &mut [Line<'_>]) {
    for line in lines {
        line.owner = Owner::Signature;
    }
}

/// Whether there are more words than `most`, and they speak of their writer: below a delimiter,
/// too, a letter is a letter.
fn is_letter(lines: &[Line<'_>], most: usize) -> bool {
    let mut text = String::new();
    let mut count = 0;
    for word in lines.iter().flat_map(|line| line.text.split_whitespace()).take(LETTER_WORDS) {
        if word.len() <= LETTER_WORD_BYTES {
            text.push_str(&word.to_lowercase());
            text.push(' ');
        }
        count += 1;
    }
    count > most && speaks_of_its_writer(&text)
}

/// The uppermost line near the end that delimits a signature.
fn delimiter(run: &[Line<'_>]) -> Option<usize> {
    let mut below = 0;
    let mut found = None;
    for (at, line) in run.iter().enumerate().rev().filter(|(_, line)| line.is_new() && !line.is_blank()) {
        let text = line.text.trim();
        let opens = match text {
            "--" | "—" | "––" | "――" => !is_letter(&run[at + 1..], DELIMITED_WORDS),
            _ => is_rule(text) && below > 0 && below <= RULED_LINES && looks_like_contact(&run[at + 1..]),
        };
        if opens {
            found = Some(at);
        }
        below += 1;
        if below > DELIMITED_LINES {
            break;
        }
    }
    found
}

/// Short lines without sentences: a name, perhaps an office, a telephone number, an address.
fn looks_like_contact(lines: &[Line<'_>]) -> bool {
    let texts = || lines.iter().map(|line| line.text.trim()).filter(|text| !text.is_empty());
    let short = texts().all(|text| text.chars().count() <= 70 && !text.ends_with(['.', '?', '!', ':', ';', ',']));
    let name = texts().find(|text| !is_rule(text)).is_some_and(is_name);
    let reachable = texts().any(|text| {
        has_address(text)
            || text.contains("://")
            || text.contains("www.")
            || text.bytes().filter(u8::is_ascii_digit).count() >= 7
    });
    short && (reachable || (name && texts().count() <= 4))
}

/// One to four words that begin with capitals.
fn is_name(text: &str) -> bool {
    let mut count = 0;
    let all = text.split_whitespace().all(|word| {
        count += 1;
        word.starts_with(char::is_uppercase)
            && word.chars().all(|character| character.is_alphabetic() || ".'’-".contains(character))
    });
    all && (1..=4).contains(&count)
}

/// Rules, and nothing else, at the end of the letter.
fn sign_closing_rules(run: &mut [Line<'_>]) {
    for line in run.iter_mut().rev().filter(|line| line.is_new()) {
        if !line.is_blank() && !is_rule(line.text) && line.text.trim() != "\u{1427}" {
            break;
        }
        if !line.is_blank() {
            line.owner = Owner::Signature;
        }
    }
}

/// A last line `-ana` or `- Ana Ruiz` or `/Ana` that is no item of a list.
fn dashed_name(run: &[Line<'_>]) -> Option<usize> {
    let mut filled = run.iter().enumerate().rev().filter(|(_, line)| line.is_new() && !line.is_blank());
    let (at, last) = filled.next()?;
    let (_, above) = filled.next()?;
    let text = last.text.trim();
    let name = text.strip_prefix(['-', '–', '—', '/', '~'])?;
    let listed = above.text.trim_start().starts_with(['-', '–', '*', '•']) || above.text.trim_end().ends_with(':');
    let letters = |name: &str| {
        name.split_whitespace().count() <= 4
            && name.chars().count() >= 2
            && name.chars().all(|character| character.is_alphabetic() || " .'’-".contains(character))
    };
    let signs = match name.strip_prefix(' ') {
        Some(spaced) => !text.starts_with('/') && is_name(spaced),
        None => letters(name),
    };
    (signs && !listed).then_some(at)
}
