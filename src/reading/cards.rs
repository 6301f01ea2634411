//! Calendar parts and visiting cards as lines that a person can read.

use std::fmt::Write as _;

/// The lines of a calendar part or a visiting card; `None` when it is neither.
pub(super) fn readable(text: &str) -> Option<String> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let begins = |mark: &str| start.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    if !begins("BEGIN:VCALENDAR") && !begins("BEGIN:VCARD") {
        return None;
    }
    let mut lines = Vec::new();
    // Time zones and alarms inside say nothing to a person.
    let mut skipped = 0_usize;
    for line in unfolded(start) {
        let Some((name, parameters, value)) = property(&line) else { continue };
        match (name.as_str(), value.to_ascii_uppercase().as_str()) {
            ("BEGIN", "VTIMEZONE" | "VALARM") => skipped += 1,
            ("END", "VTIMEZONE" | "VALARM") => skipped = skipped.saturating_sub(1),
            _ if skipped > 0 => {}
            _ => lines.extend(line_of(&name, parameters, value)),
        }
    }
    Some(lines.join("\n"))
}

/// Lines that begin with a blank go on the one before.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some(last)) => last.push_str(more),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Name, parameters and value of `NAME;PARAMETER=x:value`; a colon may stand in quotes.
fn property(line: &str) -> Option<(String, &str, &str)> {
    let mut in_quotes = false;
    let colon = line.char_indices().find_map(|(at, character)| {
        in_quotes ^= character == '"';
        (character == ':' && !in_quotes).then_some(at)
    })?;
    let (head, value) = (&line[..colon], line[colon + 1..].trim());
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    // A card may group properties: `item1.TEL`.
    let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
    Some((name.trim().to_ascii_uppercase(), parameters, value))
}

fn line_of(name: &str, parameters: &str, value: &str) -> Option<String> {
    let label = match name {
        "SUMMARY" => "Event",
        "DTSTART" => "Begins",
        "DTEND" => "Ends",
        "LOCATION" => "Place",
        "ORGANIZER" => "Organizer",
        "ATTENDEE" => "Attendee",
        "DESCRIPTION" | "NOTE" => "Note",
        "METHOD" => "Calendar",
        "STATUS" => "Status",
        "FN" => "Name",
        "ORG" => "Organization",
        "TITLE" => "Title",
        "TEL" => "Telephone",
        "EMAIL" => "Email",
        "ADR" => "Address",
        "URL" => "Web",
        _ => return None,
    };
    let value = match name {
        "DTSTART" | "DTEND" => moment(parameters, value),
        "ORGANIZER" | "ATTENDEE" => person(parameters, value),
        "METHOD" | "STATUS" => value.to_lowercase(),
        "ADR" | "ORG" => joined(value),
        _ => unescaped(value),
    };
    (!value.trim().is_empty()).then(|| format!("{label}: {}", value.trim()))
}

fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(other) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    text
}

fn joined(value: &str) -> String {
    let fields = value.split(';').map(unescaped).map(|field| field.trim().to_owned());
    fields.filter(|field| !field.is_empty()).collect::<Vec<_>>().join(", ")
}

/// `20260318T140000` as a person writes it, with its time zone when it names one.
fn moment(parameters: &str, value: &str) -> String {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let mut text = match digits.len() {
        8 => format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..8]),
        12.. => {
            format!("{}-{}-{} {}:{}", &digits[..4], &digits[4..6], &digits[6..8], &digits[8..10], &digits[10..12])
        }
        _ => return unescaped(value),
    };
    if value.ends_with('Z') {
        text.push_str(" UTC");
    } else if let Some(zone) = parameter(parameters, "TZID") {
        let _ = write!(text, " ({zone})");
    }
    text
}

fn person(parameters: &str, value: &str) -> String {
    let address = value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map_or(value, |_| &value[7..]);
    match parameter(parameters, "CN") {
        Some(name) if !name.eq_ignore_ascii_case(address) => format!("{name} <{address}>"),
        _ => address.to_owned(),
    }
}

fn parameter<'p>(parameters: &'p str, wanted: &str) -> Option<&'p str> {
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_readable() {
        let calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nDTSTART:19700101T000000\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY:Meter \r\n reading\\, basement\r\nDTSTART;TZID=America/New_York:20260318T140000\r\nORGANIZER;CN=\"Ana: Diaz\":mailto:ana@customer.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let expected = "Calendar: request\nEvent: Meter reading, basement\nBegins: 2026-03-18 14:00 (America/New_York)\nOrganizer: Ana: Diaz <ana@customer.example>";
        assert_eq!(readable(calendar).as_deref(), Some(expected));
    }

    #[test]
    fn a_card_is_readable() {
        let card = "BEGIN:VCARD\nVERSION:3.0\nFN:Ana Diaz\nitem1.TEL;TYPE=cell:215-555-0100\nADR;TYPE=home:;;12 Pine St;Philadelphia;PA;19106;\nPHOTO;ENCODING=b:AAAA\nEND:VCARD";
        let expected = "Name: Ana Diaz\nTelephone: 215-555-0100\nAddress: 12 Pine St, Philadelphia, PA, 19106";
        assert_eq!(readable(card).as_deref(), Some(expected));
    }

    #[test]
    fn other_text_is_neither() {
        assert_eq!(readable("Dear Sirs"), None);
    }
}
