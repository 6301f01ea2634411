//! What lists and offices print under letters: how to leave the list, that the letter is
//! confidential, that it was scanned for viruses.

use std::sync::LazyLock;

use super::line::{Line, Owner, has_address, is_rule, speaks_of_its_writer};
use super::phrases::Phrases;

/// Phrases that only such a footer has.
static PHRASES: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(SPOKEN));

const SPOKEN: &[&str] = &[
    "intended recipient",
    "intended solely for",
    "solely for the use of",
    "intended only for",
    "intended for the addressee",
    "for the use of the individual",
    "received this email in error",
    "received this e-mail in error",
    "received this message in error",
    "received this communication in error",
    "received it in error",
    "unauthorised use or disclosure",
    "unauthorized use or disclosure",
    "privileged and confidential",
    "confidential and privileged",
    "confidential and intended",
    "confidential and may be",
    "confidentiality notice",
    "scanned for virus",
    "scanned for computer virus",
    "swept for computer virus",
    "swept by",
    "certified virus free",
    "presence of computer virus",
    "presence of virus",
    "virus free",
    "virus-free",
    "free of viruses",
    "routinely monitored",
    "may be monitored",
    "monitored and/or recorded",
    "monitors all",
    "monitor all incoming",
    "not a secure means of communication",
    "not be treated as a secure",
    "not necessarily those of",
    "not necessarily reflect",
    "not necessarily represent",
    "before printing this",
    "este mensaje es confidencial",
    "información confidencial",
    "recibido este mensaje por error",
    "recibido este correo por error",
    "recibe este mensaje por error",
    "recibido por error",
    "aviso de confidencialidad",
    "exclusivamente a su destinatario",
    "uso exclusivo de",
    "uso exclusivo del",
    "libre de virus",
    "antes de imprimir este",
    "ce message et ses pièces jointes",
    "ce message est confidentiel",
    "diese e-mail enthält vertrauliche",
    "diese e-mail ist vertraulich",
    "esta mensagem é confidencial",
    "le informazioni contenute in questo",
    "dit bericht is vertrouwelijk",
    "uitsluitend bestemd voor",
    "nicht der richtige adressat",
    "irrtümlich erhalten",
    "reçu ce message par erreur",
    "n'êtes pas le destinataire",
    "ricevuto questo messaggio per errore",
    "ricevete questo messaggio per errore",
    "recebeu esta mensagem por engano",
    "because you are subscribed to",
    "to unsubscribe from this",
    "para darse de baja",
];

/// Words that make a footer of what stands under the last rule.
static HINTS: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(HINTED));

const HINTED: &[&str] = &["confidential", "confidencial", "disclaimer", "confidentiel", "vertraulich", "unsubscribe"];

/// How the footers begin.
const OPENINGS: &[&str] = &[
    "this e-mail",
    "this email",
    "this message",
    "this communication",
    "this transmission",
    "this document",
    "this footnote",
    "the information",
    "the contents",
    "the content",
    "the original of this",
    "any opinions",
    "any views",
    "confidential",
    "privileged",
    "disclaimer",
    "legal notice",
    "notice",
    "important",
    "internet",
    "incoming",
    "please note",
    "please consider",
    "please do not print",
    "e-mail",
    "email",
    "if you are not",
    "if you have received",
    "you received this",
    "you are receiving",
    "to unsubscribe",
    "este mensaje",
    "este correo",
    "este e-mail",
    "esta comunicación",
    "la información",
    "la presente",
    "aviso",
    "advertencia",
    "confidencial",
    "si usted no es",
    "si ha recibido",
    "antes de imprimir",
    "le informazioni",
    "questo messaggio",
    "questa e-mail",
    "si vous avez reçu",
    "wenn sie nicht",
    "sollten sie",
    "ce message",
    "ce courriel",
    "diese e-mail",
    "diese nachricht",
    "esta mensagem",
    "dit bericht",
];

/// Framed blocks above this size are letters, not footers.
const FRAMED_WORDS: usize = 220;

/// The lines from one rule or empty line to the next.
struct Block {
    start: usize,
    end: usize,
    /// Whether a rule stands right above it.
    ruled: bool,
    footer: bool,
}

/// Gives the footers among new lines their owner. The lines up to `first_words` are kept.
pub(super) fn mark(run: &mut [Line<'_>], first_words: usize) {
    let mut blocks = blocks(run);
    if let Some(last) = blocks.last_mut().filter(|last| last.ruled) {
        last.footer |= contains(&run[last.start..last.end], &HINTS);
    }
    if !blocks.iter().any(|block| block.footer) {
        return;
    }
    mark_framed(run, &mut blocks);
    for block in blocks.iter().filter(|block| block.footer && block.end > first_words + 1) {
        let start = if block.ruled { block.start } else { opening(&run[block.start..block.end]) + block.start };
        let start = start.max(first_words + 1);
        if start < block.end {
            sign(run, start, block.end);
        }
    }
}

/// The block with the rules right above it.
fn sign(run: &mut [Line<'_>], start: usize, end: usize) {
    for line in &mut run[start..end] {
        line.owner = Owner::Signature;
    }
    for line in run[..start].iter_mut().rev() {
        if is_rule(line.text) {
            line.owner = Owner::Signature;
        } else if !line.is_blank() {
            break;
        }
    }
}

fn blocks(run: &[Line<'_>]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let (mut at, mut ruled) = (0, false);
    while at < run.len() {
        let rule = is_rule(run[at].text);
        if rule || run[at].is_blank() {
            ruled |= rule;
            at += 1;
            continue;
        }
        let end =
            (at..run.len()).find(|index| run[*index].is_blank() || is_rule(run[*index].text)).unwrap_or(run.len());
        blocks.push(Block { start: at, end, ruled, footer: is_footer(&run[at..end]) });
        ruled = false;
        at = end;
    }
    blocks
}

/// A paragraph that begins as footers do, or a heading over one, and speaks as they do.
fn is_footer(lines: &[Line<'_>]) -> bool {
    let heading =
        lines.len() == 1 && matches!(plain(lines[0].text).as_str(), "disclaimer" | "aviso legal" | "legal notice");
    heading || is_list_footer(lines) || contains(lines, &PHRASES)
}

/// `Leaks mailing list`, and below it where to leave the list.
fn is_list_footer(lines: &[Line<'_>]) -> bool {
    let name = plain(lines[0].text);
    (name.ends_with("mailing list") || name.starts_with("lista de correo"))
        && name.split_whitespace().count() <= 6
        && lines[1..].iter().any(|line| has_address(line.text) || line.text.contains("://"))
}

fn contains(lines: &[Line<'_>], phrases: &Phrases) -> bool {
    // Bounded: the phrases stand at the beginning of a footer, and paragraphs may be endless.
    let mut text = String::new();
    for line in lines.iter().take(30) {
        let end = line.text.char_indices().nth(2000).map_or(line.text.len(), |(at, _)| at);
        text.push_str(line.text[..end].trim());
        text.push(' ');
    }
    let lower = text.to_lowercase();
    phrases.are_in(&lower) && !speaks_of_its_writer(&lower)
}

fn plain(text: &str) -> String {
    text.trim_matches(|character: char| !character.is_alphanumeric()).to_lowercase()
}

/// Where the footer begins inside its paragraph; a paragraph that does not begin as footers do
/// anywhere is the writer's.
fn opening(lines: &[Line<'_>]) -> usize {
    let begins = |at: usize| {
        // Inside a sentence that goes on over the line end nothing begins.
        let after = at.checked_sub(1).is_none_or(|before| {
            let before = lines[before].text.trim_end();
            before.len() <= 40 || before.ends_with(['.', '!', '?', ':', '*'])
        });
        let start = plain(lines[at].text);
        after && OPENINGS.iter().any(|opening| start.starts_with(opening))
    };
    (0..lines.len()).find(|at| begins(*at)).unwrap_or(if is_list_footer(lines) { 0 } else { lines.len() })
}

/// Between two rules, or under the last one, the other paragraphs belong to the footer too.
fn mark_framed(run: &[Line<'_>], blocks: &mut [Block]) {
    let mut at = 0;
    while at < blocks.len() {
        let next = (at + 1..blocks.len()).find(|index| blocks[*index].ruled).unwrap_or(blocks.len());
        let group = &blocks[at..next];
        let closed = next < blocks.len() || run[group[group.len() - 1].end..].iter().any(|line| is_rule(line.text));
        let footers = group.iter().filter(|block| block.footer).count();
        let whole = group[0].ruled
            && (group[0].footer || footers * 2 >= group.len() || (closed && at > 0))
            && footers > 0
            && word_count(run, group) <= FRAMED_WORDS;
        if whole {
            for block in &mut blocks[at..next] {
                block.footer = true;
                block.ruled = true;
            }
        }
        at = next;
    }
}

fn word_count(run: &[Line<'_>], group: &[Block]) -> usize {
    let lines = &run[group[0].start..group[group.len() - 1].end];
    lines.iter().map(|line| line.text.split_whitespace().count()).sum()
}

#[cfg(test)]
mod tests {
    use super::super::split;

    #[test]
    fn footers_are_set_apart_and_the_letter_stays() {
        let parts = split(
            "The meter leaks.\nAna Ruiz\n\n*****\nThis email is confidential and intended solely for its addressee.\n\nThank you for your help.\n*****",
        );
        assert_eq!(parts.new_text, "The meter leaks.\nAna Ruiz");
        assert!(parts.signature.contains("Thank you for your help."));
        let parts =
            split("Mi factura está mal.\n\nEste mensaje es confidencial y para uso exclusivo de su destinatario.");
        assert_eq!(parts.new_text, "Mi factura está mal.");
    }

    #[test]
    fn a_letter_about_errors_and_viruses_stays_whole() {
        for text in [
            "I received this bill in error.\n\nPlease keep it confidential.",
            "First part\n\n-----\n\nSecond part\n\n-----\n\nThird part",
            "My neighbour is not the intended recipient of my bill.",
            "Fix my bill.\n\nPlease note that I received it in error.",
            "Fix my bill.\n\nPlease take me off your mailing list",
            "Fix the bill.\n\nTo leave the queue, do not call this message line again and\nthis message was left twice.",
        ] {
            assert_eq!(split(text).new_text, text);
        }
    }
}
