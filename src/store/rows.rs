//! From the plain columns of a row to checked values, and the word when they are not.

use std::str::FromStr;

use super::StoreError;

/// Reads a word or another parsed value from a column.
pub(super) fn parsed<T>(table: &'static str, column: &'static str, text: &str) -> Result<T, StoreError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| StoreError::Corrupt { table, column, reason: error.to_string() })
}

/// Reads words separated by blanks.
pub(super) fn parsed_list<T>(table: &'static str, column: &'static str, text: &str) -> Result<Vec<T>, StoreError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.split_whitespace().map(|word| parsed(table, column, word)).collect()
}

/// A value that the row's state says must be there.
pub(super) fn required<T>(table: &'static str, column: &'static str, value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Corrupt { table, column, reason: "it is empty".to_owned() })
}

/// Words separated by blanks, as a list column holds them.
pub(super) fn joined<T: std::fmt::Display>(words: &[T]) -> String {
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
