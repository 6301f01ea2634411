//! Finds the recipients that a notice in plain words speaks of, and the words about each.

use super::{RECIPIENTS, address, code, one_line, phrases};

/// Local parts that answer for a mail system and are named for help, not for failing.
const CARETAKERS: &[&str] = &["postmaster", "mailer-daemon", "abuse", "hostmaster"];

/// What stands before an address that begins a line.
const BULLETS: [char; 11] = [' ', '\t', '>', '|', '*', '-', '•', '"', '\'', '<', '('];

/// A recipient and what the notice says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// The address in lower case.
    pub(super) address: String,
    /// The words about it; empty when the notice only lists it.
    pub(super) words: String,
}

/// The recipients of a notice, in its order: those that it lists, else those that it speaks of
/// in running text. `own` are the addresses that the notice was sent to.
pub(super) fn in_notice(text: &str, own: &[String]) -> Vec<Named> {
    let lines: Vec<&str> = text.lines().collect();
    let listed = without_bystanders(listed(&lines), own);
    if listed.is_empty() { without_bystanders(mentioned(&lines), own) } else { listed }
}

/// Addresses that begin a line, with the lines that follow as the words about them.
fn listed(lines: &[&str]) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if found.len() >= RECIPIENTS {
            break;
        }
        let Some(entry) = Entry::of(line) else { continue };
        let before = lines[..index].iter().rev().find(|line| !line.trim().is_empty());
        if before.is_some_and(|before| !before.trim_end().ends_with('.') && asks_for_help(before)) {
            continue;
        }
        let words = entry.words(&lines[index + 1..], before);
        found.extend(
            entry.addresses.iter().map(|address| Named { address: address.to_lowercase(), words: words.clone() }),
        );
    }
    found
}

/// A line of a list of recipients.
struct Entry<'x> {
    addresses: Vec<&'x str>,
    rest: &'x str,
}

impl<'x> Entry<'x> {
    fn of(line: &'x str) -> Option<Self> {
        let line = line.trim_start_matches(BULLETS).trim_end();
        let (first, mut rest) = match address::at_start(line) {
            Some(found) => found,
            // An X.400 gateway writes the address behind its own fields.
            None => x400(line)?,
        };
        let mut addresses = vec![first];
        rest = after_brackets(rest);
        while let Some((next, after)) =
            rest.strip_prefix([',', ';']).and_then(|more| address::at_start(more.trim_start_matches(BULLETS)))
        {
            if addresses.len() < RECIPIENTS {
                addresses.push(next);
            }
            rest = after_brackets(after);
        }
        is_list_end(rest).then_some(Self { addresses, rest })
    }

    /// The rest of the line and the lines after it, up to an empty line or the next entry.
    fn words(&self, after: &[&str], before: Option<&&str>) -> String {
        let mut words = self.rest.trim_start_matches([':', '.', ';', ' ', '\t']).to_owned();
        let mut lines = after.iter().take(40).peekable();
        while let Some(line) = lines.next_if(|line| !line.trim().is_empty() && Entry::of(line).is_none()) {
            words.push(' ');
            words.push_str(line.trim());
        }
        if words.trim().is_empty() {
            // Some leave a line empty between the address and what the server said; others say
            // it first.
            let after = next_paragraph(lines);
            let before = before.map(|line| line.trim()).filter(|line| !line.ends_with([':', '-', '=']));
            words = match before {
                Some(before) if !says_why(&after) => before.to_owned(),
                _ => after,
            };
        }
        one_line(&words)
    }
}

/// The next lines up to an empty one, and beyond it where they only announce what follows.
fn next_paragraph<'x>(lines: impl Iterator<Item = &'x &'x str>) -> String {
    let mut paragraph = String::new();
    for line in lines.map(|line| line.trim()) {
        let complete = line.is_empty() && !paragraph.is_empty() && !paragraph.ends_with(": ");
        if complete || Entry::of(line).is_some() {
            break;
        }
        if !line.is_empty() {
            paragraph.push_str(line);
            paragraph.push(' ');
        }
    }
    paragraph
}

fn says_why(paragraph: &str) -> bool {
    const WHY: &[&str] = &["reason", "because", "porque", "motivo", "technical details"];
    let lower = paragraph.to_lowercase();
    code::class_of_reply(paragraph).is_some()
        || code::enhanced(paragraph).is_some()
        || WHY.iter().any(|word| lower.contains(word))
}

fn x400(line: &str) -> Option<(&str, &str)> {
    if !line.starts_with("c=") {
        return None;
    }
    let start = line.to_ascii_lowercase().find("smtp=")?;
    address::at_start(&line[start + 5..])
}

/// What follows an address, behind its bracket, its quote and a repeated `<mailto:...>`.
fn after_brackets(rest: &str) -> &str {
    let rest = rest.trim_start_matches(['>', '"', '\'']);
    match rest.strip_prefix("<mailto:").and_then(|mailto| mailto.split_once('>')) {
        Some((_, rest)) => rest.trim(),
        None => match rest.trim_start().strip_prefix('<').and_then(|again| again.split_once('>')) {
            Some((again, rest)) if again.contains('@') => rest.trim(),
            _ => rest.trim_end(),
        },
    }
}

/// Whether an address is followed by what lists have there, and not by the rest of a sentence.
fn is_list_end(rest: &str) -> bool {
    let close = rest.trim_start();
    close.is_empty()
        || close.starts_with([':', '[', '(', ';', '-'])
        || close.starts_with("...")
        || close.starts_with("on ")
        || close == ")"
        || close.len() < 1000 && (code::enhanced(close).is_some() || code::class_of_reply(close).is_some())
}

/// Addresses in running text right behind the words that announce a recipient.
fn mentioned(lines: &[&str]) -> Vec<Named> {
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if !line.contains('@') {
            continue;
        }
        let mut from = 0;
        for located in address::all(line) {
            let before = line.get(from..located.start).unwrap_or_default();
            from = located.end;
            if found.len() < RECIPIENTS && announces(before, index.checked_sub(1).map(|previous| lines[previous])) {
                let words = lines[index..].iter().take(8).take_while(|line| !line.trim().is_empty());
                let words = one_line(&words.copied().collect::<Vec<_>>().join(" "));
                found.push(Named { address: located.address.to_lowercase(), words });
            }
        }
    }
    found
}

/// Whether the words before an address, or the line before when it begins its own, announce a
/// recipient.
fn announces(before: &str, previous: Option<&str>) -> bool {
    let before = before.trim_end_matches(['<', '"', '\'', ' ', '\t', '(']);
    let before =
        if before.trim_start_matches(BULLETS).is_empty() { previous.unwrap_or_default().trim_end() } else { before };
    let tail_start = before.char_indices().rev().take(40).last().map_or(0, |(at, _)| at);
    let tail = before[tail_start..].to_lowercase();
    !asks_for_help(&tail)
        && phrases::BEFORE_RECIPIENT.iter().any(|phrase| {
            tail.strip_suffix(phrase)
                .is_some_and(|head| head.chars().next_back().is_none_or(|last| !last.is_alphanumeric()))
        })
}

fn asks_for_help(line: &str) -> bool {
    let line = line.to_lowercase();
    phrases::BEFORE_HELP.iter().any(|phrase| line.contains(phrase))
}

/// Leaves out repetitions, and the sender's own and the caretakers' addresses when others stay.
fn without_bystanders(found: Vec<Named>, own: &[String]) -> Vec<Named> {
    let bystander = |named: &Named| {
        let local = named.address.split('@').next().unwrap_or_default();
        CARETAKERS.contains(&local) || own.contains(&named.address)
    };
    let others = found.iter().any(|named| !bystander(named));
    let mut seen = std::collections::HashMap::new();
    let mut kept: Vec<Named> = Vec::new();
    for named in found.into_iter().filter(|named| !others || !bystander(named)) {
        if let Some(at) = seen.get(&named.address) {
            // The second time may be the one with the server's words.
            let first: &mut Named = &mut kept[*at];
            if code::enhanced(&first.words).is_none() && code::enhanced(&named.words).is_some() {
                first.words = named.words;
            }
        } else {
            seen.insert(named.address.clone(), kept.len());
            kept.push(named);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<(String, String)> {
        in_notice(text, &["office@water.example".to_owned()])
            .into_iter()
            .map(|named| (named.address, named.words))
            .collect()
    }

    fn addresses(text: &str) -> Vec<String> {
        named(text).into_iter().map(|(address, _)| address).collect()
    }

    #[test]
    fn each_address_of_a_list_has_its_own_words() {
        let found = named(
            "I could not deliver your message to:\n\n<ana@customer.example>:\nRemote host said: 550 5.1.1 unknown\n\n\
             <ben@customer.example>: host mx said: 552\n    5.2.2 full\n",
        );
        assert_eq!(found[0], ("ana@customer.example".into(), "Remote host said: 550 5.1.1 unknown".into()));
        assert_eq!(found[1], ("ben@customer.example".into(), "host mx said: 552 5.2.2 full".into()));
    }

    #[test]
    fn addresses_are_listed_in_many_ways() {
        for line in [
            "   * ana@customer.example",
            "> ana@customer.example",
            "ana@customer.example: 550 unknown",
            "ana@customer.example [User unknown]",
            "ana@customer.example ... unknown host",
            "\"ana@customer.example\" <ana@customer.example>",
            "ana@customer.example<mailto:ana@customer.example>",
            "ANA@CUSTOMER.EXAMPLE on Fri, 20 Jul 2001 11:08:59",
            "c=US;a= ;p=X;o=Y;dda:SMTP=ANA@CUSTOMER.EXAMPLE; on Fri,",
        ] {
            assert_eq!(addresses(&format!("Failed:\n{line}\n")), ["ana@customer.example"], "{line}");
        }
    }

    #[test]
    fn a_recipient_in_a_sentence_is_found() {
        for line in [
            "There was an error delivering your mail to <ana@customer.example>.",
            "The message, addressed to 'ana@customer.example', failed",
            "Failed Recipient: ana@customer.example",
            "No se pudo entregar su mensaje a ana@customer.example",
            "Delivery failed 20 attempts: ana@customer.example",
        ] {
            assert_eq!(addresses(line), ["ana@customer.example"], "{line}");
        }
    }

    #[test]
    fn whom_to_ask_is_no_recipient() {
        let text = "Mail from office@water.example failed.\nFor help contact\n<admin@mx.example>\n\n<ana@customer.example>: full\n\
                    <postmaster@mx.example>: told\n";
        assert_eq!(addresses(text), ["ana@customer.example"]);
    }

    #[test]
    fn the_reason_may_stand_before_the_address() {
        let found = named("---- Failure Reasons ----\n\nUser not listed in the directory\nana@customer.example\n");
        assert_eq!(found[0].1, "User not listed in the directory");
    }
}
