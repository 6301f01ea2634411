//! Identifiers: one type for each kind of row, made here in the order of time.

use jiff::Timestamp;

/// Defines identifier newtypes over text; the text is opaque outside this module.
macro_rules! ids {
    ($($(#[$outer:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$outer])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The identifier as the database and the API spell it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// A fresh identifier that sorts after those made at an earlier moment.
            #[must_use]
            pub fn new(at: Timestamp) -> Self {
                Self(time_ordered(at))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// One letter: one message or scan that arrived, however often.
    LetterId,
    /// One matter of one customer: its letters, drafts and replies.
    CaseId,
    /// One immutable version of a reply.
    RevisionId,
    /// One approval of one revision.
    ApprovalId,
    /// One reply on its way to one recipient.
    DeliveryId,
    /// One person who signs in.
    UserId,
}

fn time_ordered(at: Timestamp) -> String {
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    let nanoseconds = u32::try_from(at.subsec_nanosecond()).unwrap_or(0);
    let moment = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanoseconds);
    uuid::Uuid::new_v7(moment).simple().to_string()
}

/// What a person calls a case: `PW-2026-000123`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct CaseRef(String);

impl CaseRef {
    /// The reference of the `number`-th case, opened in `year`.
    #[must_use]
    pub fn new(year: i16, number: i64) -> Self {
        Self(format!("PW-{year}-{number:06}"))
    }

    /// The reference as people write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the code on a posted letter says: the reference with check digits.
    #[must_use]
    pub fn code(&self) -> String {
        let said = format!("{LETTER_CODE}{}", self.0);
        format!("{said}:{:02}", check_digits(&said))
    }

    /// The reference that a code says; `None` when it is another code, or was read wrongly.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let (said, check) = code.rsplit_once(':')?;
        let reference = said.strip_prefix(LETTER_CODE)?;
        (check == format!("{:02}", check_digits(said)) && !reference.is_empty()).then(|| Self(reference.to_owned()))
    }
}

/// What every code on a posted letter begins with.
const LETTER_CODE: &str = "PENSTOCK-LTR-1:";

/// Two digits that a wrong or swapped character changes.
fn check_digits(text: &str) -> u32 {
    text.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 97)
}

impl From<String> for CaseRef {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Display for CaseRef {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A SHA-256, in lower-case hexadecimal: the name of bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self::from_hash(&sha2::Sha256::digest(bytes))
    }

    /// The digest that a finished hash gives.
    #[must_use]
    pub fn from_hash(hash: &[u8]) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(hash.len() * 2);
        for byte in hash {
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        }
        Self(text)
    }

    /// The digest in lower-case hexadecimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Digest {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A secret of 256 bits for sessions and forms, in lower-case hexadecimal.
///
/// # Errors
/// Fails when the operating system has no randomness to give.
pub fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(Digest::from_hash(&bytes).0)
}
