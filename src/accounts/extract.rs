//! Reads the CSV files of a billing extract: bad rows are named and left out, the good taken.

use std::collections::BTreeMap;
use std::io::Read as Input;
use std::str::FromStr;

use jiff::civil::Date;
use serde::Serialize;

use super::rows::{
    Account, AccountNumber, Adjustment, Agreement, Assistance, Bill, Contact, Notice, Payment, Protection, Read,
};
use crate::money::{Cents, CubicFeet};

/// The files of an extract; only the first is required.
pub const FILES: [&str; 10] = [
    "accounts",
    "bills",
    "reads",
    "payments",
    "adjustments",
    "agreements",
    "assistance",
    "notices",
    "protections",
    "contacts",
];

/// How many bad rows of a file are named; the rest are counted.
const NAMED: usize = 100;

/// A row left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// In which file.
    pub file: String,
    /// On which line, the header being the first.
    pub line: u64,
    /// In which column; empty for the row as a whole.
    pub column: String,
    /// Why.
    pub reason: String,
}

/// What reading one file found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Which file.
    pub file: String,
    /// How many rows were taken.
    pub rows: u64,
    /// How many rows were left out.
    pub rejected_count: u64,
    /// The first of them, by name.
    pub rejected: Vec<Rejected>,
    /// Columns that the contract does not know; they are ignored.
    pub unknown_columns: Vec<String>,
}

/// A file that cannot be taken at all.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// A column that every row needs is not there.
    #[error("{file}: the column `{column}` is missing")]
    MissingColumn {
        /// In which file.
        file: String,
        /// Which column.
        column: &'static str,
    },
    /// It cannot be read to its end.
    #[error("{file}: {source}")]
    Unreadable {
        /// Which file.
        file: String,
        /// Why.
        source: csv::Error,
    },
}

/// Where the columns of a file stand: few, so that looking through them beats any map.
#[derive(Debug, Clone, Default)]
pub struct Columns(pub(super) Vec<(&'static str, usize)>);

/// The cells of one row, by column.
pub struct Cells<'a> {
    pub(super) columns: &'a Columns,
    pub(super) record: &'a csv::StringRecord,
    /// The account number, where the row does not repeat it.
    pub(super) account: Option<&'a str>,
}

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Which column; empty for the row as a whole.
    pub column: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

/// A row of one of the extract's files.
pub trait ExtractRow: Sized {
    /// The name of its file, without the ending.
    const FILE: &'static str;
    /// The letter that its kept rows begin with.
    const CODE: &'static str;
    /// The columns of its file, in the contract's order.
    const COLUMNS: &'static [&'static str];
    /// The columns without which no row means anything.
    const REQUIRED: &'static [&'static str];
    /// Reads a row from its cells.
    fn from_cells(cells: &Cells<'_>) -> Result<Self, Wrong>;
    /// The account it belongs to.
    fn account(&self) -> &AccountNumber;
    /// What tells it from others of the same account and file.
    fn key(&self) -> String;
}

impl Columns {
    fn place(&self, column: &str) -> Option<usize> {
        self.0.iter().find(|(name, _)| *name == column).map(|(_, place)| *place)
    }
}

impl Cells<'_> {
    /// The line that the row begins on, the header being the first.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    /// The text of a cell; nothing when it is empty or not there.
    pub(super) fn text(&self, column: &'static str) -> Option<&str> {
        if let Some(account) = self.account.filter(|_| column == "account_number") {
            return Some(account);
        }
        let cell = self.record.get(self.columns.place(column)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    fn owned(&self, column: &'static str) -> Option<String> {
        self.text(column).map(ToOwned::to_owned)
    }

    fn optional<T>(&self, column: &'static str) -> Result<Option<T>, Wrong>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let Some(text) = self.text(column) else { return Ok(None) };
        text.parse().map(Some).map_err(|error: T::Err| Wrong { column, reason: error.to_string() })
    }

    fn required<T>(&self, column: &'static str) -> Result<T, Wrong>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        self.optional(column)?.ok_or_else(|| Wrong { column, reason: "it is empty".to_owned() })
    }

    fn date(&self, column: &'static str) -> Result<Option<Date>, Wrong> {
        let Some(text) = self.text(column) else { return Ok(None) };
        let reason = || format!("\"{}\" is not a date such as 2026-03-05", text.chars().take(40).collect::<String>());
        // Only the plain form of a date: other readings of ISO 8601 would be guesses.
        if text.len() != 10 {
            return Err(Wrong { column, reason: reason() });
        }
        text.parse().map(Some).map_err(|_| Wrong { column, reason: reason() })
    }

    fn required_date(&self, column: &'static str) -> Result<Date, Wrong> {
        self.date(column)?.ok_or_else(|| Wrong { column, reason: "it is empty".to_owned() })
    }

    fn truth(&self, column: &'static str) -> Result<Option<bool>, Wrong> {
        match self.text(column).map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("true" | "yes" | "y" | "1") => Ok(Some(true)),
            Some("false" | "no" | "n" | "0") => Ok(Some(false)),
            Some(other) => Err(Wrong { column, reason: format!("\"{other}\" is neither true nor false") }),
        }
    }

    fn volume(&self, column: &'static str) -> Result<Option<CubicFeet>, Wrong> {
        let Some(text) = self.text(column) else { return Ok(None) };
        let wrong = |_| Wrong { column, reason: format!("\"{text}\" is not a whole number of cubic feet") };
        text.parse().map(CubicFeet).map(Some).map_err(wrong)
    }

    fn money(&self, column: &'static str) -> Result<Option<Cents>, Wrong> {
        self.optional(column)
    }
}

/// Reads one file row by row; good rows are handed on at once.
pub fn read_rows<R: ExtractRow>(
    file: &str,
    input: impl Input,
    mut take: impl FnMut(R),
) -> Result<FileReport, ExtractError> {
    read_cells::<R>(file, input, |row, _| {
        take(row);
        Ok(())
    })
}

/// The same with the cells of each row; whoever takes a row may still refuse it.
pub fn read_cells<R: ExtractRow>(
    file: &str,
    input: impl Input,
    mut take: impl FnMut(R, &Cells<'_>) -> Result<(), Wrong>,
) -> Result<FileReport, ExtractError> {
    let unreadable = |source| ExtractError::Unreadable { file: file.to_owned(), source };
    let mut reader = csv::ReaderBuilder::new().flexible(true).buffer_capacity(1 << 16).from_reader(input);
    let headers = reader.headers().map_err(unreadable)?.clone();
    let (columns, unknown) = columns::<R>(&headers);
    if let Some(column) = R::REQUIRED.iter().find(|column| columns.place(column).is_none()) {
        return Err(ExtractError::MissingColumn { file: file.to_owned(), column });
    }
    let mut report = FileReport { file: file.to_owned(), unknown_columns: unknown, ..FileReport::default() };
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(report),
            Ok(true) => {}
            Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                let line = error.position().map_or(0, csv::Position::line);
                report.reject(line, "", "it is not UTF-8");
                continue;
            }
            Err(error) => return Err(unreadable(error)),
        }
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != headers.len() {
            report.reject(line, "", &format!("it has {} cells, the header {}", record.len(), headers.len()));
            continue;
        }
        let cells = Cells { columns: &columns, record: &record, account: None };
        match R::from_cells(&cells).and_then(|row| take(row, &cells)) {
            Ok(()) => report.rows += 1,
            Err(wrong) => report.reject(line, wrong.column, &wrong.reason),
        }
    }
}

/// Where a header has the known columns, and the names that are unknown.
fn columns<R: ExtractRow>(headers: &csv::StringRecord) -> (Columns, Vec<String>) {
    let mut places: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut unknown = Vec::new();
    for (at, name) in headers.iter().enumerate() {
        let name = name.trim_start_matches('\u{feff}').trim().to_ascii_lowercase();
        match R::COLUMNS.iter().find(|column| **column == name) {
            Some(column) => drop(places.insert(column, at)),
            None => unknown.push(name),
        }
    }
    unknown.sort();
    (Columns(places.into_iter().collect()), unknown)
}

impl FileReport {
    fn reject(&mut self, line: u64, column: &str, reason: &str) {
        self.rejected_count += 1;
        if self.rejected.len() < NAMED {
            self.rejected.push(Rejected {
                file: self.file.clone(),
                line,
                column: column.to_owned(),
                reason: reason.to_owned(),
            });
        }
    }
}

impl ExtractRow for Account {
    const FILE: &'static str = "accounts";
    const CODE: &'static str = "o";
    const COLUMNS: &'static [&'static str] = &[
        "account_number",
        "status",
        "customer_type",
        "service_class",
        "name",
        "co_name",
        "email",
        "phone",
        "language",
        "mailing_address",
        "service_address",
        "zip",
        "opa_number",
        "meter_number",
        "meter_size",
        "ami",
        "paperless",
        "opened_on",
        "closed_on",
        "balance",
        "balance_as_of",
    ];
    const REQUIRED: &'static [&'static str] = &["account_number", "status", "name"];

    fn from_cells(cells: &Cells<'_>) -> Result<Self, Wrong> {
        Ok(Self {
            account_number: cells.required("account_number")?,
            status: cells.required("status")?,
            customer_type: cells.optional("customer_type")?,
            service_class: cells.optional("service_class")?,
            name: cells.required("name")?,
            co_name: cells.owned("co_name"),
            email: cells.owned("email"),
            phone: cells.owned("phone"),
            language: cells.owned("language"),
            mailing_address: cells.owned("mailing_address"),
            service_address: cells.owned("service_address"),
            zip: cells.owned("zip"),
            opa_number: cells.owned("opa_number"),
            meter_number: cells.owned("meter_number"),
            meter_size: cells.owned("meter_size"),
            ami: cells.truth("ami")?,
            paperless: cells.truth("paperless")?,
            opened_on: cells.date("opened_on")?,
            closed_on: cells.date("closed_on")?,
            balance: cells.money("balance")?,
            balance_as_of: cells.date("balance_as_of")?,
        })
    }

    fn account(&self) -> &AccountNumber {
        &self.account_number
    }

    fn key(&self) -> String {
        self.account_number.to_string()
    }
}

impl ExtractRow for Bill {
    const FILE: &'static str = "bills";
    const CODE: &'static str = "b";
    const COLUMNS: &'static [&'static str] = &[
        "bill_id",
        "account_number",
        "kind",
        "period_start",
        "period_end",
        "issued_on",
        "due_on",
        "read_type",
        "usage_cf",
        "water",
        "sewer",
        "service",
        "stormwater",
        "discount",
        "penalty",
        "other",
        "total",
        "replaces_bill_id",
    ];
    const REQUIRED: &'static [&'static str] = &["bill_id", "account_number", "kind", "issued_on", "total"];

    fn from_cells(cells: &Cells<'_>) -> Result<Self, Wrong> {
        Ok(Self {
            bill_id: cells.required("bill_id")?,
            account_number: cells.required("account_number")?,
            kind: cells.required("kind")?,
            period_start: cells.date("period_start")?,
            period_end: cells.date("period_end")?,
            issued_on: cells.required_date("issued_on")?,
            due_on: cells.date("due_on")?,
            read_type: cells.optional("read_type")?,
            usage_cf: cells.volume("usage_cf")?,
            water: cells.money("water")?,
            sewer: cells.money("sewer")?,
            service: cells.money("service")?,
            stormwater: cells.money("stormwater")?,
            discount: cells.money("discount")?,
            penalty: cells.money("penalty")?,
            other: cells.money("other")?,
            total: cells.required("total")?,
            replaces_bill_id: cells.owned("replaces_bill_id"),
        })
    }

    fn account(&self) -> &AccountNumber {
        &self.account_number
    }

    fn key(&self) -> String {
        format!("{} {}", self.issued_on, self.bill_id)
    }
}

/// Implements [`ExtractRow`] for the short files: columns with the reader of their cells.
macro_rules! extract_row {
    ($row:ident in $file:literal as $code:literal requires [$($required:literal),+] { $($field:ident: $read:ident),+ $(,)? } key $key:expr) => {
        impl ExtractRow for $row {
            const FILE: &'static str = $file;
            const CODE: &'static str = $code;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];
            const REQUIRED: &'static [&'static str] = &[$($required),+];

            fn from_cells(cells: &Cells<'_>) -> Result<Self, Wrong> {
                Ok(Self { $($field: extract_row!(@read cells, $read, $field)),+ })
            }

            fn account(&self) -> &AccountNumber {
                &self.account_number
            }

            fn key(&self) -> String {
                let key: fn(&Self) -> String = $key;
                key(self)
            }
        }
    };
    (@read $cells:ident, owned, $field:ident) => { $cells.owned(stringify!($field)) };
    (@read $cells:ident, $read:ident, $field:ident) => { $cells.$read(stringify!($field))? };
}

extract_row!(Read in "reads" as "r" requires ["account_number", "read_on"] {
    account_number: required, meter_number: owned, read_on: required_date, register_cf: volume, read_type: optional,
} key |row| format!("{} {}", row.read_on, row.meter_number.as_deref().unwrap_or_default()));

extract_row!(Payment in "payments" as "p" requires ["payment_id", "account_number", "amount", "status"] {
    payment_id: required, account_number: required, posted_on: date, amount: required, method: owned,
    status: required, source: owned,
} key |row| row.payment_id.clone());

extract_row!(Adjustment in "adjustments" as "j" requires ["adjustment_id", "account_number", "amount"] {
    adjustment_id: required, account_number: required, posted_on: date, amount: required, reason: owned,
} key |row| row.adjustment_id.clone());

extract_row!(Agreement in "agreements" as "g" requires ["agreement_id", "account_number", "status"] {
    agreement_id: required, account_number: required, signed_on: date, debt: money, down_payment: money,
    installment: money, months: optional, status: required,
} key |row| row.agreement_id.clone());

extract_row!(Assistance in "assistance" as "s" requires ["account_number", "program", "status"] {
    account_number: required, program: required, status: required, since: date, until: date, reason: owned,
} key |row| format!("{} {}", row.program, row.since.map(|date| date.to_string()).unwrap_or_default()));

extract_row!(Notice in "notices" as "n" requires ["notice_id", "account_number", "kind", "status"] {
    notice_id: required, account_number: required, kind: required, issued_on: date, effective_on: date,
    amount: money, status: required,
} key |row| row.notice_id.clone());

extract_row!(Protection in "protections" as "t" requires ["account_number", "kind"] {
    account_number: required, kind: required, from: date, until: date,
} key |row| format!("{} {}", row.kind, row.from.map(|date| date.to_string()).unwrap_or_default()));

extract_row!(Contact in "contacts" as "c" requires ["account_number", "name", "relation"] {
    account_number: required, name: required, relation: required, email: owned, phone: owned, scope: owned,
    from: date, until: date,
} key |row| format!("{} {}", row.name, row.email.as_deref().unwrap_or_default()));

#[cfg(test)]
mod tests {
    use super::*;

    fn payments(text: &str) -> (Vec<Payment>, Result<FileReport, ExtractError>) {
        let mut rows = Vec::new();
        let report = read_rows("payments.csv", text.as_bytes(), |row| rows.push(row));
        (rows, report)
    }

    #[test]
    fn columns_may_come_in_any_order_with_a_mark_before_them() {
        let (rows, report) =
            payments("\u{feff}amount,extra,status,payment_id,account_number\n-5.25,x,posted,p1,1234567890123456\n");
        let report = report.expect("the file can be read");
        assert_eq!(rows[0].amount, Cents(-525));
        assert_eq!(report.unknown_columns, ["extra"]);
    }

    #[test]
    fn bad_rows_are_named_and_the_good_are_taken() {
        let text = "payment_id,account_number,posted_on,amount,status\n\
             p1,1234567890123456,2026-01-02,1.00,posted\np2,123,2026-01-02,1.00,posted\n\
             p3,1234567890123456,01/02/2026,1.00,posted\np4,1234567890123456,,x,posted\np5,1\n";
        let (rows, report) = payments(text);
        let rejected = report.expect("the file can be read").rejected;
        assert_eq!(rows.len(), 1);
        let named: Vec<_> = rejected.iter().map(|row| (row.line, row.column.as_str())).collect();
        assert_eq!(named, [(3, "account_number"), (4, "posted_on"), (5, "amount"), (6, "")]);
    }

    #[test]
    fn a_missing_column_is_told() {
        let error = payments("payment_id,amount,status\n").1.expect_err("it lacks the account").to_string();
        assert_eq!(error, "payments.csv: the column `account_number` is missing");
    }
}
