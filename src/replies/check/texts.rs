//! The words of a template: what may never be said, figures and addresses that belong in the
//! policy table, unfinished work, and Spanish that lost its accents.

use super::super::fault::{FaultKind, Spot};
use super::super::form::{Form, Item, Text};
use super::{Checked, rules};

/// Spanish words that are wrong without their accents, as they would stand.
const UNACCENTED: &[(&str, &str)] = &[
    ("numero", "número"),
    ("telefono", "teléfono"),
    ("direccion", "dirección"),
    ("informacion", "información"),
    ("facturacion", "facturación"),
    ("correccion", "corrección"),
    ("decision", "decisión"),
    ("peticion", "petición"),
    ("apelacion", "apelación"),
    ("revision", "revisión"),
    ("inscripcion", "inscripción"),
    ("credito", "crédito"),
    ("codigo", "código"),
    ("dias", "días"),
    ("dia", "día"),
    ("tambien", "también"),
    ("despues", "después"),
    ("ademas", "además"),
    ("mas", "más"),
    ("esta en", "está en"),
    ("electronico", "electrónico"),
    ("medico", "médico"),
    ("interprete", "intérprete"),
    ("calle", "calle"),
    ("ultimo", "último"),
    ("ultimos", "últimos"),
    ("unico", "único"),
    ("unica", "única"),
    ("periodo", "período"),
    ("publico", "público"),
    ("llamenos", "llámenos"),
    ("escribanos", "escríbanos"),
    ("envienos", "envíenos"),
    ("digamos", "digamos"),
    ("sotano", "sótano"),
    ("dueno", "dueño"),
    ("ano", "año"),
    ("anos", "años"),
    ("senor", "señor"),
    ("senora", "señora"),
    ("aplicacion", "solicitud"),
    ("aplicación", "solicitud"),
    ("aseguranza", "seguro"),
    ("bil", "factura"),
    ("biles", "facturas"),
];

/// Marks of unfinished work.
const UNFINISHED: &[&str] = &["TODO", "FIXME", "XXX", "TBD", "lorem ipsum", "[missing:", "[insert", "???", "<<", ">>"];

/// The letters that only a wrong conversion leaves behind.
const BROKEN_LETTERS: &[&str] = &["Ã¡", "Ã©", "Ã\u{ad}", "Ã³", "Ãº", "Ã±", "â€", "Â¿", "Â¡"];

pub(super) fn check(checked: &mut Checked<'_>) {
    let forms: Vec<Form> = checked.forms.values().cloned().collect();
    for form in &forms {
        for text in texts(form) {
            let blank = Blank::of(&text);
            banned(checked, form, &blank);
            figures_and_links(checked, form, &blank);
            spelling(checked, form, &blank);
        }
    }
}

/// Every text of a template, its subject and title included.
fn texts(form: &Form) -> Vec<Text> {
    let mut texts = Vec::new();
    texts.extend(["subject", "title"].into_iter().filter_map(|key| form.key_text(key)));
    for item in &form.items {
        match item {
            Item::Paragraph(paragraph) => texts.extend(paragraph.choices.iter().map(|choice| choice.text.clone())),
            Item::Phrase(text) => texts.push(text.clone()),
            Item::Part { .. } => {}
        }
    }
    texts
}

/// A text whose braces are blanked out, with the place of each character.
struct Blank {
    plain: String,
    /// In small letters, without accents, each run of white space one blank; with the place of
    /// each character in `plain`.
    letters: Vec<char>,
    places: Vec<usize>,
    line: usize,
}

impl Blank {
    fn of(text: &Text) -> Self {
        let mut plain = String::with_capacity(text.source.len());
        let mut inside = false;
        let mut rest = text.source.as_str();
        while let Some(character) = rest.chars().next() {
            if rest.starts_with("{{") {
                inside = true;
            }
            let ends = inside && rest.starts_with("}}") && !rest.starts_with("}}}");
            plain.push(if inside && character != '\n' { '\u{1}' } else { character });
            rest = &rest[character.len_utf8()..];
            if ends {
                inside = false;
                plain.push('\u{1}');
                rest = &rest[1..];
            }
        }
        let (mut letters, mut places): (Vec<char>, Vec<usize>) = (Vec::new(), Vec::new());
        for (at, character) in plain.char_indices() {
            let letter = if character.is_whitespace() { ' ' } else { fold(character) };
            if letter != ' ' || letters.last() != Some(&' ') {
                letters.push(letter);
                places.push(at);
            }
        }
        Self { plain, letters, places, line: text.line }
    }

    fn spot(&self, at: usize) -> Spot {
        let spot = super::super::form::spot_of(&self.plain, at);
        Spot { line: spot.line + self.line - 1, column: spot.column }
    }

    /// Where words stand, as whole words.
    fn find_words(&self, words: &str) -> Option<usize> {
        let wanted: Vec<char> = words.chars().map(fold).collect();
        let is_word = |letter: Option<&char>| letter.is_some_and(|letter| letter.is_alphanumeric());
        let found = self.letters.windows(wanted.len()).enumerate().find(|(at, window)| {
            *window == wanted.as_slice()
                && !is_word(at.checked_sub(1).and_then(|before| self.letters.get(before)))
                && !is_word(self.letters.get(at + wanted.len()))
        });
        found.map(|(at, _)| self.places[at])
    }
}

fn banned(checked: &mut Checked<'_>, form: &Form, blank: &Blank) {
    for (language, phrases, why) in rules::BANNED {
        if *language != form.folder() {
            continue;
        }
        for phrase in *phrases {
            if let Some(at) = blank.find_words(phrase) {
                let what = format!("no reply may say \"{phrase}\"");
                checked.fault(&form.file, blank.spot(at), FaultKind::Banned, (what, why));
            }
        }
    }
}

fn figures_and_links(checked: &mut Checked<'_>, form: &Form, blank: &Blank) {
    let mut start = 0;
    for word in blank.plain.split_inclusive(char::is_whitespace) {
        let bare = word.trim_matches(|character: char| !character.is_alphanumeric());
        let at = start + word.find(bare).unwrap_or_default();
        start += word.len();
        if is_link(bare) {
            let what = format!("the address \"{bare}\" is written out");
            let advice = "print it from the policy table, so that it can be looked after in one place";
            checked.fault(&form.file, blank.spot(at), FaultKind::Link, (what, advice));
        } else if let Some(digit) = word.find(|character: char| character.is_ascii_digit()) {
            let what = format!("the figure \"{}\" is written out", word.trim());
            let advice = "print it from the policy table or a finding: each number needs its source and dates";
            checked.fault(&form.file, blank.spot(start - word.len() + digit), FaultKind::Figure, (what, advice));
        }
    }
}

/// Whether a word is the address of a page or a mailbox.
fn is_link(word: &str) -> bool {
    const ENDINGS: &[&str] = &["com", "org", "gov", "net", "edu", "us", "info", "html", "htm", "pdf", "biz", "io"];
    if word.contains("://") || word.starts_with("www.") || word.contains('@') {
        return true;
    }
    let host = word.split('/').next().unwrap_or_default();
    host.rsplit_once('.')
        .is_some_and(|(name, ending)| !name.is_empty() && ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

fn spelling(checked: &mut Checked<'_>, form: &Form, blank: &Blank) {
    let mut fault = |at: usize, what: String, advice: &str| {
        checked.fault(&form.file, blank.spot(at), FaultKind::Spelling, (what, advice));
    };
    for mark in UNFINISHED.iter().chain(BROKEN_LETTERS) {
        if let Some(at) = blank.plain.find(mark) {
            fault(at, format!("\"{mark}\" stands in the text"), "finish the text");
        }
    }
    for (at, _) in blank.plain.match_indices("  ") {
        // Blanks at the beginning of a line belong to a list.
        if !blank.plain[..at].ends_with('\n') && at > 0 && !blank.plain[..at].ends_with(' ') {
            fault(at, "two blanks stand together".to_owned(), "leave one");
        }
    }
    for pair in [" ,", " .", " ;", ",,", "..", "( ", " )"] {
        if let Some(at) = blank.plain.find(pair) {
            fault(at, format!("\"{pair}\" stands in the text"), "look at the blanks and marks");
        }
    }
    if form.folder() == "es" {
        spanish(blank, &mut fault);
    }
}

fn spanish(blank: &Blank, fault: &mut impl FnMut(usize, String, &str)) {
    let words = blank.plain.to_lowercase();
    for (wrong, right) in UNACCENTED.iter().filter(|(wrong, right)| wrong != right) {
        for (at, _) in words.match_indices(wrong) {
            let before = words[..at].chars().next_back();
            let after = words[at + wrong.len()..].chars().next();
            if !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric) {
                fault(at, format!("\"{wrong}\" is not how it is written"), &format!("write \"{right}\""));
            }
        }
    }
    for (open, close) in [('¿', '?'), ('¡', '!')] {
        if blank.plain.matches(open).count() != blank.plain.matches(close).count() {
            let at = blank.plain.find([open, close]).unwrap_or_default();
            fault(at, format!("\"{open}\" and \"{close}\" do not pair"), "Spanish opens and closes them");
        }
    }
}

/// In small letters, without the accent.
fn fold(character: char) -> char {
    match character.to_lowercase().next().unwrap_or(character) {
        'á' | 'à' => 'a',
        'é' | 'è' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' | 'ü' => 'u',
        '’' => '\'',
        other => other,
    }
}
