//! Tells what the writer wrote this time from the quoted history and the signature.
//!
//! A line that certainly opens a quotation ends the new text; in doubt the text stays new, so
//! that no word of a customer is folded away.

/// The parts of one body text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parts {
    /// What the writer wrote this time.
    pub new_text: String,
    /// The quoted history, with the line that opens it.
    pub quoted: String,
    /// The signature, with the line that opens it.
    pub signature: String,
}

/// Splits a body into what is new, what is quoted and the signature.
#[must_use]
pub fn split(body: &str) -> Parts {
    let lines: Vec<&str> = body.lines().collect();
    let quote_start = (0..lines.len()).find(|at| opens_quotation(&lines, *at)).unwrap_or(lines.len());
    let (before, after) = lines.split_at(quote_start);
    let (answers_below, history) = (interleaved(after), after);

    let mut new_lines: Vec<&str> = Vec::new();
    let mut quoted: Vec<&str> = Vec::new();
    for line in before {
        if line.trim_start().starts_with('>') { quoted.push(line) } else { new_lines.push(line) }
    }
    if let Some(below) = answers_below {
        for line in &history[..history.len() - below.len()] {
            quoted.push(line);
        }
        for line in below {
            if line.trim_start().starts_with('>') { quoted.push(line) } else { new_lines.push(line) }
        }
    } else {
        quoted.extend(history);
    }
    let signature_start = signature(&new_lines);
    Parts {
        new_text: joined(&new_lines[..signature_start]),
        quoted: joined(&quoted),
        signature: joined(&new_lines[signature_start..]),
    }
}

/// Answers written between or below quoted lines: the lines after the first `>` block, when
/// the history is quoted with `>` and something unquoted follows.
fn interleaved<'a, 'b>(after: &'b [&'a str]) -> Option<&'b [&'a str]> {
    let first_quoted = after.iter().position(|line| line.trim_start().starts_with('>'))?;
    if first_quoted > 3 {
        return None;
    }
    let rest = &after[first_quoted..];
    rest.iter().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('>')).then_some(rest)
}

fn opens_quotation(lines: &[&str], at: usize) -> bool {
    let line = lines[at].trim().trim_matches('*').trim();
    if line.is_empty() {
        return false;
    }
    is_separator(line) || is_attribution(lines, at) || is_header_block(lines, at)
}

/// `-----Original Message-----` and its kin.
fn is_separator(line: &str) -> bool {
    let inner = line.trim_matches(['-', '_', ' ', '=']);
    let framed = line.starts_with("--") || line.starts_with("__");
    let known =
        ["original message", "mensaje original", "forwarded message", "mensaje reenviado", "begin forwarded message:"];
    let folded = inner.to_lowercase();
    (framed && known.contains(&folded.as_str())) || (line.len() >= 30 && line.chars().all(|character| character == '_'))
}

/// `On 3 March, Ana wrote:` and `El 3 de marzo, Ana escribió:`, on one to three lines.
fn is_attribution(lines: &[&str], at: usize) -> bool {
    let first = lines[at].trim().to_lowercase();
    if !["on ", "el ", "le "].iter().any(|word| first.starts_with(word)) {
        return false;
    }
    let joined: String = lines[at..lines.len().min(at + 3)].join(" ").to_lowercase();
    let Some(end) =
        ["wrote:", "escribió:", "escribio:", "escribió :"].iter().filter_map(|word| joined.find(word)).min()
    else {
        return false;
    };
    let attribution = &joined[..end];
    attribution.len() < 300
        && (attribution.contains('@') || attribution.chars().any(|character| character.is_ascii_digit()))
}

/// Outlook's block of `From:`, `Sent:`, `To:`, `Subject:` lines.
fn is_header_block(lines: &[&str], at: usize) -> bool {
    let starts = |line: &str, words: &[&str]| {
        let folded = line.trim().trim_start_matches('*').to_lowercase();
        words.iter().any(|word| folded.starts_with(word))
    };
    if !starts(lines[at], &["from:", "de:"]) {
        return false;
    }
    lines[at + 1..lines.len().min(at + 5)]
        .iter()
        .any(|line| starts(line, &["sent:", "date:", "enviado:", "enviado el:", "fecha:"]))
}

/// The index of the line that opens the signature, or the number of lines.
fn signature(lines: &[&str]) -> usize {
    let mobile = ["sent from my ", "enviado desde mi ", "get outlook for ", "obtener outlook para "];
    lines
        .iter()
        .position(|line| {
            let trimmed = line.trim_end();
            trimmed == "--" || mobile.iter().any(|words| trimmed.trim().to_lowercase().starts_with(words))
        })
        .unwrap_or(lines.len())
}

fn joined(lines: &[&str]) -> String {
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_above_its_history_is_split_in_both_languages() {
        for history in [
            "On Tue, Mar 3, 2026 at 9:14 AM Water Help <help@penstock.example> wrote:\n> We looked.",
            "El mar, 3 mar 2026 a las 9:14, Ayuda\n<help@penstock.example> escribió:\n> Miramos.",
            "-----Original Message-----\nFrom: Water Help\nWe looked.",
            "From: Water Help\nSent: Tuesday\nTo: Ana\nSubject: Bill\n\nWe looked.",
        ] {
            let parts = split(&format!("Thank you, that helps.\n\n{history}"));
            assert_eq!(parts.new_text, "Thank you, that helps.");
            assert_eq!(parts.quoted, history);
        }
    }

    #[test]
    fn answers_below_the_quotation_stay_new() {
        let parts = split("On 3 March 2026 Help wrote:\n> Is it tripled?\n\nYes it is.\n> Since when?\nMay.");
        assert_eq!(parts.new_text, "Yes it is.\nMay.");
    }

    #[test]
    fn a_signature_is_set_apart_and_nothing_is_lost() {
        let parts = split("My bill is wrong.\n-- \nAna\n215-555-0100");
        assert_eq!(parts.new_text, "My bill is wrong.");
        assert_eq!(parts.signature, "-- \nAna\n215-555-0100");
    }

    #[test]
    fn a_sentence_that_only_resembles_an_attribution_stays_new() {
        let text = "On the phone your clerk wrote: nothing.\nWhy?";
        assert_eq!(split(text).new_text, text);
    }
}
