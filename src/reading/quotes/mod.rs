//! Tells what the writer wrote this time from the quoted history and the signature.
//!
//! A line that certainly opens a quotation ends the new text; in doubt the text stays new, so
//! that no word of a customer is folded away. Nothing is dropped: each line of the body is in
//! one of the parts.

mod attribution;
mod device;
mod field;
mod footer;
mod header_block;
mod history;
mod html;
mod line;
mod phrases;
mod separator;
mod signature;

pub use html::split_html;

use line::{Line, Owner};

/// The parts of one body text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parts {
    /// What the writer wrote this time.
    pub new_text: String,
    /// The quoted history, with the line that opens it.
    pub quoted: String,
    /// The signature, with the line that opens it, and what mail programs, lists and offices
    /// print under every letter.
    pub signature: String,
}

impl Parts {
    /// Adds the parts of a further text of the same letter, each below its own kind.
    pub fn append(&mut self, further: &Self) {
        for (text, more) in [
            (&mut self.new_text, &further.new_text),
            (&mut self.quoted, &further.quoted),
            (&mut self.signature, &further.signature),
        ] {
            if !text.is_empty() && !more.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(more);
        }
    }
}

/// Splits a body into what is new, what is quoted and the signature.
#[must_use]
pub fn split(body: &str) -> Parts {
    let mut lines = lines_of(body);
    parts(&mut lines)
}

/// The lines of a body; a line that ends in an attribution counts as two.
fn lines_of(body: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::with_capacity(memchr::memchr_iter(b'\n', body.as_bytes()).count() + 1);
    let mut rest = body.lines().peekable();
    while let Some(text) = rest.next() {
        match rest.peek().and_then(|next| attribution::begins_inside(text, next)) {
            Some(at) => lines.extend([Line::new(&text[..at]), Line::new(&text[at..])]),
            None => lines.push(Line::new(text)),
        }
    }
    lines
}

/// Gives each line its owner and collects the parts.
fn parts(lines: &mut [Line<'_>]) -> Parts {
    history::mark(lines);
    signature::mark(lines);
    if !lines.iter().any(|line| line.is_new() && line.has_words()) {
        // A signature without a letter above it is the letter.
        for line in lines.iter_mut().filter(|line| line.owner == Owner::Signature) {
            line.owner = Owner::New;
        }
    }
    let of = |owner: Owner| {
        let mut text = String::new();
        for line in lines.iter().filter(|line| line.owner == owner) {
            text.push_str(line.text);
            text.push('\n');
        }
        // What was reserved for more is given back.
        text.trim().to_owned()
    };
    Parts { new_text: of(Owner::New), quoted: of(Owner::Quoted), signature: of(Owner::Signature) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::html::html_text;
    use super::*;

    #[test]
    fn a_reply_above_its_history_is_split_in_both_languages() {
        for history in [
            "On Tue, Mar 3, 2026 at 9:14 AM Water Help <help@penstock.example> wrote:\n> We looked.",
            "El mar, 3 mar 2026 a las 9:14, Ayuda\n<help@penstock.example> escribió:\n> Miramos.",
            "-----Original Message-----\nFrom: Water Help\nWe looked.",
            "From: Water Help\nSent: Tuesday\nTo: Ana\nSubject: Bill\n\nWe looked.",
            ">>> Water Help 3/3/2026 9:14 AM >>>\nWe looked.",
            "________________________________\nFrom: Water Help\nSent: Tuesday\nTo: Ana\nSubject: Bill\n\nWe looked.",
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
    fn a_signature_may_stand_above_or_below_the_history() {
        let history = "On 3 March 2026 at 9:14 Help wrote:\n> Is it tripled?";
        for text in [
            format!("Yes, it is.\n\nSent from my iPhone\n\n{history}"),
            format!("Yes, it is.\n\n{history}\n\nSent from my iPhone"),
        ] {
            let parts = split(&text);
            assert_eq!(
                (parts.new_text.as_str(), parts.quoted.as_str(), parts.signature.as_str()),
                ("Yes, it is.", history, "Sent from my iPhone")
            );
        }
    }

    #[test]
    fn a_letter_below_the_line_of_a_phone_stays_new() {
        let parts = split(
            "Hello\n\nSent from my iPhone\n\nI forgot to say that my meter was changed in March and nobody told me why.",
        );
        assert!(parts.new_text.contains("my meter was changed"));
        assert_eq!(parts.signature, "Sent from my iPhone");
    }

    #[test]
    fn the_parts_of_two_texts_become_one_letter() {
        let mut parts = split("It leaks.\n--\nAna");
        parts.append(&split("See the photo."));
        assert_eq!((parts.new_text.as_str(), parts.signature.as_str()), ("It leaks.\n\nSee the photo.", "--\nAna"));
    }

    #[test]
    fn a_closing_belongs_to_the_letter() {
        let text = "Please check my meter.\n\nThank you,\nAna Ruiz\n1234 Market St";
        assert_eq!(split(text).new_text, text);
    }

    #[test]
    fn a_letter_that_only_looks_like_something_else_stays_new() {
        for text in [
            "On the phone your clerk wrote: nothing.\nWhy?",
            "On Monday I called at 9:14 and they wrote:\nno leak found\nBut there is one.",
            "Date: March 3, 2026\nTo: Water Department\nFrom: Ana Ruiz\nSubject: My bill\n\nIt tripled.",
            "My usage\n----\n1. January: 4 units\n2. February: 12 units\n----\nWhy?",
            "Sent from my house, your letter came back to me.\nPlease look into it.",
            "> 12 units in February, marked by me",
            "Pay now:\n>>> https://pay.customer.example <<<\nis what the letter says.",
            "--\nAna Ruiz",
            "My payments:\n- January\n- February",
        ] {
            assert_eq!(split(text).new_text, text);
        }
    }

    #[test]
    fn an_answer_below_an_unmarked_attribution_at_the_top_stays_new() {
        let parts = split("On 3 March 2026 at 9:14, Help <help@penstock.example> wrote:\n\nIt leaks again.");
        assert_eq!(parts.new_text, "It leaks again.");
    }

    #[test]
    fn an_attribution_may_share_the_line_of_the_answer() {
        let parts = split("Yes, please On Wed, Mar 4, 2026 at 3:59 PM, help@penstock.example wrote:\n> Shall we come?");
        assert_eq!(parts.new_text, "Yes, please");
    }

    #[test]
    fn html_marks_tell_the_history_of_the_usual_programs() {
        for history in [
            "<div class=\"gmail_quote\"><div class=\"gmail_attr\">El mar, 3 mar 2026, Ayuda escribió:<br></div><blockquote class=\"gmail_quote\">We looked.</blockquote></div>",
            "<div class=\"moz-cite-prefix\">On 3/3/26 9:14, Help wrote:<br></div><blockquote type=\"cite\">We looked.</blockquote>",
            "<div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>From:</b> Help</div><div>We looked.</div>",
            "<div style=\"border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in\"><p><b>X:</b> Help</p></div><p>We looked.</p>",
            "<div id=\"ydp12yahoo_quoted_34\" class=\"ydp12yahoo_quoted\">Help wrote:<div>We looked.</div></div>",
            "<hr><b>From:</b> Help &lt;help@penstock.example&gt;<br><b>Sent:</b> Tuesday<br><b>To:</b> Ana<br><br>We looked.",
        ] {
            let parts = split_html(&format!("<html><body><p>Thank you,<br>Ana</p>{history}</body></html>"));
            assert_eq!(parts.new_text, "Thank you,\nAna", "{history}");
            assert!(parts.quoted.contains("We looked."), "{history}");
        }
    }

    #[test]
    fn a_plain_blockquote_is_a_quotation_only_at_the_end_or_when_introduced() {
        let parts = split_html("The notice says<blockquote>shutoff</blockquote>but I have paid.");
        assert_eq!(parts.new_text, "The notice says\n\nshutoff\n\nbut I have paid.");
        let parts = split_html("On 3 March 2026 Help wrote:<blockquote>Is it tripled?</blockquote>Yes.");
        assert_eq!(parts.new_text, "Yes.");
        let parts = split_html("Yes.<blockquote>Is it tripled?</blockquote>");
        assert_eq!(parts.new_text, "Yes.");
        let indented = "Yes.<blockquote style=\"margin: 0 0 0 40px; border: none;\">It is.</blockquote>";
        assert_eq!(split_html(indented).new_text, "Yes.\n\nIt is.");
    }

    #[test]
    fn answers_between_html_quotations_stay_new() {
        let parts = split_html(
            "<div class=gmail_quote><div class=gmail_attr>On 3 March 2026, Help wrote:</div><blockquote>Is it tripled?</blockquote><div>Yes it is.</div><blockquote>Since when?</blockquote>May.</div>",
        );
        assert_eq!(parts.new_text, "Yes it is.\n\nMay.");
    }

    #[test]
    fn html_signatures_are_set_apart_unless_the_letter_stands_inside() {
        let parts = split_html("<div>It leaks.</div><div class=\"gmail_signature\">Ana Ruiz</div>");
        assert_eq!((parts.new_text.as_str(), parts.signature.as_str()), ("It leaks.", "Ana Ruiz"));
        let parts = split_html("<div id=\"ms-outlook-mobile-signature\">It leaks. Ana</div>");
        assert_eq!(parts.new_text, "It leaks. Ana");
    }

    #[test]
    fn long_input_takes_linear_time() {
        for unit in [
            "On 1\n",
            "> a\n",
            "\n",
            "From: a\n",
            "--\n",
            "a@b.example <\n",
            "<div class=gmail_quote>",
            "<",
            "<blockquote>",
            "*** \n\n",
        ] {
            let started = std::time::Instant::now();
            let text = unit.repeat(200_000 / unit.len());
            let _ = (split(&text), split_html(&text));
            assert!(started.elapsed().as_secs() < 20, "{unit:?} took {:?}", started.elapsed());
        }
    }

    /// What a body says, without blanks and in no order.
    fn characters(texts: &[&str]) -> Vec<char> {
        let mut characters: Vec<char> =
            texts.iter().flat_map(|text| text.chars()).filter(|character| !character.is_whitespace()).collect();
        characters.sort_unstable();
        characters
    }

    fn bodies() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            Just("On Tue, Mar 3, 2026 at 9:14 AM Help <help@penstock.example> wrote:"),
            Just("On Tue, Mar 3, 2026 at 9:14 AM Help <"),
            Just("help@penstock.example> wrote:"),
            Just("> quoted"),
            Just("-----Original Message-----"),
            Just("From: Help <help@penstock.example>"),
            Just("Sent: Tuesday 9:14"),
            Just("--"),
            Just("____"),
            Just("Ana Ruiz"),
            Just("Sent from my iPhone"),
            Just("This email is confidential and intended solely for you."),
            Just("Yes On 3 March 2026 at 9:14 Help wrote:"),
            Just("My bill is wrong."),
            Just("-Ana"),
            Just(""),
        ];
        proptest::collection::vec(prop_oneof![4 => line.prop_map(str::to_owned), 1 => "\\PC{0,30}"], 0..16)
            .prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #[test]
        fn no_word_is_lost(body in bodies()) {
            let parts = split(&body);
            prop_assert_eq!(characters(&[&body]), characters(&[&parts.new_text, &parts.quoted, &parts.signature]));
            let says = |text: &str| text.chars().filter(|character| character.is_alphanumeric()).count();
            prop_assert!(says(&parts.new_text) > 0 || says(&parts.quoted) == says(&body));
        }

        #[test]
        fn any_text_and_any_html_are_split(body in "(\\PC|\n|<|>|&|/div|<p>|<blockquote>|=|\"){0,300}") {
            let parts = split(&body);
            prop_assert_eq!(characters(&[&body]), characters(&[&parts.new_text, &parts.quoted, &parts.signature]));
            let (text, parts) = (html_text(&body), split_html(&body));
            prop_assert_eq!(characters(&[&text]), characters(&[&parts.new_text, &parts.quoted, &parts.signature]));
        }
    }
}
