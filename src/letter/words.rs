//! Enums that are words: one variant, one spelling, parsed and printed alike everywhere.

/// A text that is not one of the words of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is not a {kind}; known are: {known}")]
pub struct UnknownWord {
    /// What kind of word was expected.
    pub kind: &'static str,
    /// What stood there instead.
    pub found: String,
    /// The words of that kind, separated by commas.
    pub known: String,
}

/// Defines an enum whose variants are words: `as_str`, `ALL`, `Display`, `FromStr` and serde
/// all use the same spelling.
macro_rules! words {
    ($(#[$outer:meta])* $name:ident ($kind:literal) { $($(#[$inner:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$inner])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every word of this kind, in the order of its definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The one spelling of this word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::letter::UnknownWord;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::letter::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::letter::UnknownWord {
                        kind: $kind,
                        found: text.chars().take(80).collect(),
                        known: [$($word),+].join(", "),
                    }),
                }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// The language a letter is written in, as far as replies are concerned.
    Language("language") {
        /// English, also the language of replies when no other is known.
        English = "en",
        /// Spanish.
        Spanish = "es",
        /// Any other language: a person decides, the reply says that an interpreter is free.
        Other = "other",
    }
}

words! {
    /// What sort of message arrived.
    LetterKind("kind of letter") {
        /// Written by a person; the only kind that opens a case by itself.
        Person = "person",
        /// Sent by a machine (RFC 3834): kept, never a case, never answered.
        Automatic = "automatic",
        /// A delivery report about something we sent: kept, never a case, never answered.
        Bounce = "bounce",
        /// Could not be parsed: a case all the same, with the raw file attached.
        Unreadable = "unreadable",
    }
}

words! {
    /// How far a letter has come on its way from bytes to a case.
    LetterStage("stage of a letter") {
        /// Its bytes are durable; nothing else has been done.
        Received = "received",
        /// It has been read, classified and matched, and stands in a case with a draft.
        Prepared = "prepared",
        /// Kept without a case: automatic mail and delivery reports.
        Filed = "filed",
        /// Preparing it failed too often; it stands in a case, unread, with its bytes.
        Quarantined = "quarantined",
    }
}

words! {
    /// What a signed-in person may do.
    Role("role") {
        /// Drafts replies, under approval.
        Trainee = "trainee",
        /// Drafts, and approves or returns what others wrote.
        Supervisor = "supervisor",
        /// Keeps users and settings; neither drafts nor approves.
        Administrator = "administrator",
    }
}
