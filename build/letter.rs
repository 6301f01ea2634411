//! The words for topics and flags that the starting letters use.

#[expect(dead_code, unreachable_pub, reason = "the program uses more of the words than the letters do")]
#[path = "../src/letter/topic.rs"]
mod topic;
#[expect(dead_code, unreachable_pub, reason = "the program uses more of the words than the letters do")]
#[path = "../src/letter/words.rs"]
mod words;

pub(crate) use topic::{Flag, Topic};
pub(crate) use words::{Language, UnknownWord};
