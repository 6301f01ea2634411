//! The sentence that a mail program sets over what it quotes: `On 3 March 2026 at 9:14, Ana
//! <ana@customer.example> wrote:`, on one line or on several, in many languages.

use super::line::{Line, bare, has_address, has_clock, has_quote_mark, next_filled, words};

/// How many lines a sentence may take, and how long one of them may be.
const LINES: usize = 5;
const LINE_BYTES: usize = 400;

/// "wrote" as a word of its own.
const VERBS: &[&str] = &[
    "wrote",
    "writes",
    "escribió",
    "escribio",
    "escribe",
    "escrit",
    "escriure",
    "écrit",
    "ecrit",
    "écrivait",
    "schrieb",
    "geschrieben",
    "escreveu",
    "scritto",
    "scrisse",
    "scrive",
    "schreef",
    "geschreven",
    "napisał",
    "napisała",
    "napisał(a",
    "napisal",
    "napsal",
    "napsala",
    "napsal(a",
    "napísal",
    "napisao",
    "pisze",
    "skrev",
    "skrifaði",
    "kirjoitti",
    "написал",
    "написала",
    "написал(а",
    "писал",
    "пишет",
    "пише",
    "написав",
    "написала",
    "написа",
    "írta",
    "scris",
    "yazdı",
    "έγραψε",
    "menulis",
    "kirjutas",
    "rakstīja",
    "rašė",
    "viết",
];

/// Words that name a writer only beside an address or above a quotation.
const WEAK_VERBS: &[&str] = &["sent", "said", "envió", "dijo", "commented", "replied", "respondió"];

/// "wrote" in scripts that set no blanks between words.
const JOINED_VERBS: &[&str] =
    &["写道", "寫道", "写信", "来信", "のメッセージ", "のメール", "書きました", "님이 작성", "작성:", "כתב", "كتب"];

/// What stands before the date.
const LEADS: &[&str] = &[
    "on", "el", "le", "il", "in", "am", "op", "den", "em", "no", "a", "w", "dnia", "på", "pe", "la", "dne", "dňa", "в",
    "у", "al", "ti", "at", "vào",
];

/// None of them is longer.
const LEAD_BYTES: usize = 4;

/// Words of a person who tells something, not of a program that names who wrote.
const TELLING: &[&str] = &[
    "i", "my", "we", "our", "you", "your", "he", "she", "they", "that", "because", "which", "who", "when", "someone",
    "yo", "mis", "nosotros", "usted", "ustedes", "ellos", "ella", "él", "que", "cuando", "porque", "quien", "alguien",
];

/// The index after the last line of an attribution that begins at `at`, if one does.
pub(super) fn end(lines: &[Line<'_>], at: usize) -> Option<usize> {
    if lines[at].text.len() > LINE_BYTES {
        return None;
    }
    sentence_end(lines, at).or_else(|| named_above_quotation(lines, at))
}

/// `Ana wrote:` right above a quotation, without a date or an address.
fn named_above_quotation(lines: &[Line<'_>], at: usize) -> Option<usize> {
    let text = lines[at].text.trim();
    if !text.ends_with([':', '：']) || !quote_follows(lines, at + 1) {
        return None;
    }
    let lower = text.to_lowercase();
    let tokens: Vec<&str> = words(&lower).collect();
    let named = tokens.len() <= 8 && tokens.iter().any(|word| is_verb(word) || WEAK_VERBS.contains(word));
    (named && !tokens.iter().any(|word| TELLING.contains(word))).then_some(at + 1)
}

fn sentence_end(lines: &[Line<'_>], at: usize) -> Option<usize> {
    if !may_open(lines[at].text) {
        return None;
    }
    let mut sentence = String::new();
    for index in at..lines.len().min(at + LINES) {
        let text = lines[index].text;
        if text.len() > LINE_BYTES || (index > at && begins_anew(text)) {
            return None;
        }
        if text.trim().is_empty() {
            // Polymail sets the address in a paragraph of its own.
            if lines.get(index + 1).is_some_and(|next| next.text.trim_start().starts_with('<')) {
                continue;
            }
            return None;
        }
        if index > at && (has_quote_mark(text) && !closes_address(text)) {
            return ended(&sentence, index, lines);
        }
        sentence.push_str(text.trim());
        sentence.push(' ');
        if let Some(end) = ended(&sentence, index + 1, lines) {
            return Some(end);
        }
    }
    None
}

/// A long address may leave its `>` and the verb to the next line.
fn closes_address(text: &str) -> bool {
    let rest = text.trim_start().trim_start_matches('>').trim();
    rest.len() < 40
        && rest.ends_with([':', '：'])
        && (rest.len() == 1 || words(rest).any(|word| is_verb(&word.to_lowercase())))
}

fn ended(sentence: &str, end: usize, lines: &[Line<'_>]) -> Option<usize> {
    let sentence = sentence.trim();
    (may_close(sentence) && is_attribution(sentence, quote_follows(lines, end))).then_some(end)
}

/// Whether quoted lines follow; a few programs mark them with `|`.
fn quote_follows(lines: &[Line<'_>], at: usize) -> bool {
    next_filled(lines, at).is_some_and(|next| lines[next].is_marked() || lines[next].text.starts_with("| "))
}

/// Whether the last character or word may close an attribution; asked before all that costs.
fn may_close(sentence: &str) -> bool {
    let last = words(sentence).next_back().unwrap_or_default().to_lowercase();
    sentence.ends_with([':', '：', '>', ')', '-', '–', '*', '_']) || sentence.contains(":  ") || is_verb(&last)
}

/// Whether a first line may be one; cheap, for it is asked of every line.
fn may_open(text: &str) -> bool {
    let trimmed = text.trim();
    let starts_early = trimmed.split_whitespace().take(4).any(|word| word.contains(|c: char| c.is_ascii_digit()));
    starts_early
        || (has_address(trimmed)
            && (trimmed.ends_with('>') || words(trimmed).any(|word| is_verb(&word.to_lowercase()))))
        || (is_framed(trimmed) && trimmed.len() > 12)
        || words(trimmed)
            .next()
            .is_some_and(|word| word.len() <= LEAD_BYTES && LEADS.contains(&word.to_lowercase().as_str()))
}

/// Whether a line after the first begins another sentence of this kind: then the first line
/// is the writer's own.
fn begins_anew(text: &str) -> bool {
    let mut first = words(text);
    let lead =
        first.next().is_some_and(|word| ["on", "el", "le", "il", "em", "op"].contains(&word.to_lowercase().as_str()));
    lead && first.take(3).any(|word| word.starts_with(|character: char| character.is_ascii_digit()))
}

fn is_framed(text: &str) -> bool {
    text.starts_with("--") && text.ends_with("--") && text.len() <= 200
}

fn is_verb(word: &str) -> bool {
    VERBS.contains(&word)
}

fn is_attribution(sentence: &str, quote_follows: bool) -> bool {
    let inner = without_text(bare(sentence));
    let lower = inner.to_lowercase();
    let tokens: Vec<&str> = words(&lower).collect();
    let mut verb = tokens.iter().any(|word| is_verb(word)) || JOINED_VERBS.iter().any(|verb| lower.contains(verb));
    if is_framed(sentence) && verb {
        return true;
    }
    let colon = lower.ends_with([':', '：']);
    let signs = Signs { address: has_address(&lower), clock: has_clock(&lower), quote_follows };
    if tells(&lower, &tokens, &signs) {
        return false;
    }
    verb |= (signs.address || quote_follows) && tokens.last().is_some_and(|word| WEAK_VERBS.contains(word));
    let digit = |word: &&str| word.starts_with(|character: char| character.is_ascii_digit());
    let dated = tokens.iter().take(4).any(digit);
    if !verb {
        return dated_address(inner, &signs, colon && dated, tokens.first().is_some_and(digit))
            || (colon && signs.clock && tokens.first().is_some_and(digit) && has_zone(&tokens));
    }
    if !colon && !tokens.last().is_some_and(|word| is_verb(word)) {
        return false;
    }
    let lead =
        tokens.first().is_some_and(|word| LEADS.contains(word) || digit(word)) || lower.starts_with(['在', '于', '於']);
    (lead && (signs.address || signs.clock || (quote_follows && colon && lower.contains(|c: char| c.is_ascii_digit()))))
        || (dated && signs.clock && (signs.address || quote_follows))
        || (colon && names_the_writer(&lower))
}

/// Yahoo's programs begin the quoted text on the same line, after blanks.
fn without_text(sentence: &str) -> &str {
    match sentence.split_once(":  ") {
        Some((before, _)) if has_address(before) && has_clock(before) => &sentence[..=before.len()],
        _ => sentence,
    }
}

/// Whether a person tells something. An address in brackets is a program's way.
fn tells(lower: &str, tokens: &[&str], signs: &Signs) -> bool {
    let bracketed = signs.address && lower.contains(['<', '(', '[']);
    (!bracketed && tokens.iter().any(|word| TELLING.contains(word)))
        || (!signs.address && !signs.quote_follows && ends_a_sentence_inside(lower))
}

/// `2026-03-03 9:14 GMT+01:00 Ana:`, as Gmail wrote it for years.
fn has_zone(tokens: &[&str]) -> bool {
    tokens.len() <= 8 && tokens.iter().skip(2).take(1).any(|word| word.starts_with("gmt") || word.starts_with("utc"))
}

struct Signs {
    address: bool,
    clock: bool,
    quote_follows: bool,
}

/// `Tue, 3 Mar 2026 09:14 Ana <ana@customer.example>:`, without a verb.
fn dated_address(inner: &str, signs: &Signs, dated_colon: bool, digit_first: bool) -> bool {
    let addressed = |end: &[&str]| end.iter().any(|end| inner.ends_with(end));
    signs.address
        && if dated_colon {
            signs.clock && addressed(&[">:", "):", "]:", ">：", "> :"])
        } else {
            signs.quote_follows && digit_first && addressed(&[">", ")"])
        }
}

/// `Ana <ana@customer.example> wrote`: the verb comes right after an address in brackets.
fn names_the_writer(lower: &str) -> bool {
    let Some((before, after)) = lower.rsplit_once(['>', ')', ']']) else { return false };
    has_address(before)
        && words(before).count() <= 12
        && (words(after).take(2).any(is_verb) || JOINED_VERBS.iter().any(|verb| after.contains(verb)))
}

/// Whether the text holds the end of a sentence before its own end. Short words may be
/// abbreviations: `Mar. 3`, `a.m.`
fn ends_a_sentence_inside(lower: &str) -> bool {
    lower.split_once(". ").is_some_and(|_| {
        lower
            .match_indices(". ")
            .any(|(at, _)| lower[..at].rsplit(char::is_whitespace).next().is_some_and(|word| word.chars().count() > 4))
    })
}

/// Whether a line ends as attributions do: used where HTML says that a quotation follows.
pub(super) fn introduces(text: &str) -> bool {
    let lower = text.to_lowercase();
    let verb = || words(&lower).any(is_verb) || JOINED_VERBS.iter().any(|verb| lower.contains(verb));
    text.len() <= LINE_BYTES && lower.trim_end().ends_with([':', '：']) && (has_address(&lower) || verb())
}

/// Where an attribution begins inside a line, after words of the writer: some programs forget
/// the line end. Only when the line after it is quoted.
pub(super) fn begins_inside(line: &str, next: &str) -> Option<usize> {
    if line.len() > LINE_BYTES || !has_quote_mark(next) || has_quote_mark(line) || !line.trim_end().ends_with(':') {
        return None;
    }
    ["On ", "El ", "Le ", "Am "]
        .iter()
        .filter_map(|lead| {
            let at = line.rfind(lead)?;
            let apart = line[..at].ends_with([' ', '-', '\t']);
            (apart && may_open(&line[at..]) && is_attribution(&line[at..], true) && has_clock(&line[at..]))
                .then_some(at)
        })
        .max()
        .map(|at| line[..at].trim_end_matches(['-', ' ']).len())
        .filter(|at| *at > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spanned(text: &str) -> Option<usize> {
        let lines: Vec<Line<'_>> = text.lines().map(Line::new).collect();
        end(&lines, 0)
    }

    #[test]
    fn attributions_are_known_in_many_languages() {
        for text in [
            "On Tue, Mar 3, 2026 at 9:14 AM Water Help <help@penstock.example> wrote:",
            "On 3-Mar-2026, at 9:14 AM, Water Help <help@penstock.example> wrote:",
            "El mar, 3 mar 2026 a las 9:14, Ayuda (<help@penstock.example>) escribió:",
            "El 3/3/2026 a las 9:14, Ayuda escribió:",
            "Le mar. 3 mars 2026 à 09:14, Aide <help@penstock.example> a écrit :",
            "Am 03.03.2026 um 09:14 schrieb Hilfe:",
            "Hilfe <help@penstock.example> schrieb am Di., 3. März 2026, 09:14:",
            "Em ter., 3 de mar. de 2026 às 09:14, Ajuda <help@penstock.example> escreveu:",
            "Il giorno mar 3 mar 2026 alle ore 09:14 Aiuto <help@penstock.example> ha scritto:",
            "Op 3 mrt 2026 om 09:14 heeft Hulp <help@penstock.example> het volgende geschreven:",
            "wt., 3 mar 2026 o 09:14 Pomoc <help@penstock.example> napisał(a):",
            "W dniu 2026-03-03 09:14, help@penstock.example pisze:",
            "Den tis 3 mars 2026 kl 09:14 skrev Hjälp <help@penstock.example>:",
            "tir. 3. mar. 2026 kl. 09.14 skrev Hjelp <help@penstock.example>:",
            "ti 3. maalisk. 2026 klo 9.14 Apu (help@penstock.example) kirjoitti:",
            "вт, 3 мар. 2026 г. в 09:14, Помощь <help@penstock.example>:",
            "3 марта 2026, 09:14, Помощь <help@penstock.example> написал:",
            "在 2026年3月3日，上午9:14，帮助 <help@penstock.example> 写道：",
            "2026年3月3日(火) 9:14 Help <help@penstock.example>:",
            "2026년 3월 3일 (화) 오전 9:14, Help <help@penstock.example>님이 작성:",
            "Water Help <help@penstock.example> wrote:",
            "---- On Tue, 03 Mar 2026 09:14:00 -0500 help@penstock.example wrote ----",
            "2026-03-03 9:14 GMT+01:00 Ana Ruiz:",
            "26.06.2026, 14:41, \"Help\" <help@penstock.example>:",
            "In a message dated 3/3/2026 9:14:00 A.M. Eastern Standard Time, help@penstock.example writes:",
            "At 2026-03-03 09:14:00, \"Help\" <help@penstock.example> wrote:",
            "On 3-Mar-2026, at 9:14 AM, Help <help@penstock.example> sent:",
            "--- On Tue, 3/3/26, Help <help@penstock.example> wrote:",
            "On Tue, Mar 3, 2026 at 9:14 AM, Help<help@penstock.example> wrote:   We looked.",
            "11:00 AM, March 3, 2026, \"Help\" <help@penstock.example>:",
        ] {
            assert_eq!(spanned(text), Some(1), "{text}");
        }
    }

    #[test]
    fn an_attribution_may_be_broken_anywhere() {
        let text = "On Tue, Mar 3, 2026 at 9:14 AM Water Help <\nhelp@penstock.example>\nwrote:\n\n> text";
        assert_eq!(spanned(text), Some(3));
        let text = "On Tue, Mar 3, 2026 at 9:14 AM Water Help <help@penstock.example\n> wrote:\n\n> text";
        assert_eq!(spanned(text), Some(2));
    }

    #[test]
    fn what_people_tell_is_no_attribution() {
        for text in [
            "On the phone your clerk wrote: nothing.",
            "On Monday at 9:14 I wrote:\nMy bill is wrong",
            "On Monday at 9:14 the meter stopped again.\nThe clerk wrote:\nnothing",
            "On 3 March, the clerk wrote:\nnothing to pay",
            "On 3/3/26 at 9:14 I mailed help@penstock.example and they wrote:\nnothing",
            "On 3/3/26 at 9:14 the shutoff notice was sent:\nit frightened me",
            "2026-03-03 14:30:25\n2026/03/04 14:30:25",
            "Please send it to me at ana@customer.example:\nthe bill",
            "I paid 3 bills at 10:30 and your clerk wrote:\nthank you",
            "El martes a las 9:14 yo le escribí:\nnada",
        ] {
            assert_eq!(spanned(text), None, "{text}");
        }
    }
}
