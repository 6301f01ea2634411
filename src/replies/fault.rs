//! What is wrong with a template: where it stands, and what to do about it.

use serde::Serialize;

use crate::letter::words::words;

words! {
    /// What sort of fault a template has.
    FaultKind("kind of fault") {
        /// A file that cannot be read, or is no text.
        Unreadable = "unreadable",
        /// A file in a place where nothing looks for it.
        StrayFile = "stray_file",
        /// The header is not there, or is not the right TOML.
        Header = "header",
        /// The name in the header is not the file's.
        WrongName = "wrong_name",
        /// The language in the header is not the folder's.
        WrongLanguage = "wrong_language",
        /// The topic is none of the sixteen.
        UnknownTopic = "unknown_topic",
        /// Nobody answers for the template.
        NoOwner = "no_owner",
        /// The template does not hold today.
        NotInForce = "not_in_force",
        /// A topic's template has no subject, or one without the case number.
        Subject = "subject",
        /// A topic, language or part that every set needs is not there.
        Missing = "missing",
        /// A paragraph's mark is wrong.
        Mark = "mark",
        /// Two paragraphs have the same name.
        DuplicateParagraph = "duplicate_paragraph",
        /// A paragraph says nothing.
        EmptyParagraph = "empty_paragraph",
        /// The choices of a paragraph cannot be told apart, or leave a gap.
        Choices = "choices",
        /// A paragraph that the header or the topic asks for is not there.
        RequiredParagraph = "required_paragraph",
        /// The text is not Handlebars.
        Syntax = "syntax",
        /// A value that no reply has.
        UnknownValue = "unknown_value",
        /// A value that may be missing is printed without asking first.
        Unguarded = "unguarded",
        /// The branch for "no" would also be taken when nothing is known.
        SilentBranch = "silent_branch",
        /// A value that prints nothing, or nothing that can be read.
        Unprintable = "unprintable",
        /// A loop over something that is no list.
        NotAList = "not_a_list",
        /// Something that templates of replies do not use.
        NotAllowed = "not_allowed",
        /// A value that is put in without being made harmless.
        TripleBraces = "triple_braces",
        /// A part that is not there.
        UnknownPart = "unknown_part",
        /// Parts that hold each other.
        PartLoop = "part_loop",
        /// A part that no template uses.
        UnusedPart = "unused_part",
        /// A statement without a source, or a source that is not in the list.
        Citation = "citation",
        /// A source or a fact of the policy table that no longer holds.
        OutOfDate = "out_of_date",
        /// A fact that is not in the policy table.
        UnknownFact = "unknown_fact",
        /// A value that only people with more rights may be told.
        Disclosure = "disclosure",
        /// Words that no reply may contain.
        Banned = "banned",
        /// A number that stands in the text instead of the policy table.
        Figure = "figure",
        /// An address of a page or mailbox that is not in the policy table.
        Link = "link",
        /// Marks of unfinished work, doubled blanks, wrong or missing letters.
        Spelling = "spelling",
        /// The text is harder to read than it should be.
        Reading = "reading",
        /// The text is longer than its limit.
        Length = "length",
        /// The languages differ.
        Parity = "parity",
        /// The page around a mail would not survive mail programs or readers.
        MailPage = "mail_page",
    }
}

/// One fault of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file, from the folder of the replies on: `en/dispute.hbs`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What sort of fault it is.
    pub fault: FaultKind,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub advice: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{}:{}:{}: {} [{}]; {}",
            self.file, self.line, self.column, self.what, self.fault, self.advice
        )
    }
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    /// The line, from 1.
    pub(super) line: usize,
    /// The column, from 1.
    pub(super) column: usize,
}

impl Spot {
    /// The beginning of a line.
    pub(super) const fn line(line: usize) -> Self {
        Self { line, column: 1 }
    }

    /// Makes a fault of this place.
    pub(super) fn fault(self, file: &str, fault: FaultKind, what: impl Into<String>, advice: &str) -> Fault {
        Fault {
            file: file.to_owned(),
            line: self.line,
            column: self.column,
            fault,
            what: what.into(),
            advice: advice.to_owned(),
        }
    }
}
