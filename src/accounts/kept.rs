//! How the rows of an account are kept: as the lines of the extract, with the columns in the
//! contract's order, without the account number, behind a letter that tells their file.
//!
//! Text of the contract's own form is half as long as JSON, can be read by people, and is read by
//! the same code as the extract itself.

use super::context::AccountRows;
use super::extract::{Cells, Columns, ExtractRow, Wrong};
use super::rows::{
    Account, AccountNumber, Adjustment, Agreement, Assistance, Bill, Contact, Notice, Payment, Protection, Read,
};

/// A kept text that is not as this program writes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotKept(String);

impl From<Wrong> for NotKept {
    fn from(wrong: Wrong) -> Self {
        Self(format!("column `{}`: {}", wrong.column, wrong.reason))
    }
}

/// Appends a row as it is kept.
pub fn keep<R: ExtractRow>(cells: &Cells<'_>, into: &mut Vec<u8>) {
    into.extend_from_slice(R::CODE.as_bytes());
    // Empty cells at the end say nothing.
    let mut empty = 0;
    for column in kept_columns::<R>() {
        let Some(cell) = cells.text(column) else {
            empty += 1;
            continue;
        };
        into.extend(std::iter::repeat_n(b',', empty + 1));
        empty = 0;
        if cell.contains([',', '"', '\n', '\r']) {
            into.push(b'"');
            into.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            into.push(b'"');
        } else {
            into.extend_from_slice(cell.as_bytes());
        }
    }
    into.push(b'\n');
}

fn kept_columns<R: ExtractRow>() -> impl Iterator<Item = &'static str> {
    R::COLUMNS.iter().copied().filter(|column| *column != "account_number")
}

/// Where a kept row has its columns.
fn places<R: ExtractRow>() -> Columns {
    Columns(kept_columns::<R>().zip(1..).collect())
}

/// The account of a kept line.
pub fn account(number: &str, line: &str) -> Result<Account, NotKept> {
    let mut found = None;
    each_record(line, |code, record| {
        if code == Account::CODE {
            found = Some(row::<Account>(number, &places::<Account>(), record)?);
        }
        Ok(())
    })?;
    found.ok_or_else(|| NotKept("it holds no account".to_owned()))
}

/// The contacts of kept lines.
pub fn contacts(number: &str, lines: &str) -> Result<Vec<Contact>, NotKept> {
    let mut found = Vec::new();
    if !lines.is_empty() {
        let columns = places::<Contact>();
        each_record(lines, |_, record| {
            found.push(row::<Contact>(number, &columns, record)?);
            Ok(())
        })?;
    }
    Ok(found)
}

/// Puts kept lines where they belong.
pub fn unfold(rows: &mut AccountRows, lines: &str) -> Result<(), NotKept> {
    let number: AccountNumber = rows.account.account_number.clone();
    // Rows of a file follow each other: its columns are placed once.
    let mut last = String::new();
    let mut columns = Columns::default();
    each_record(lines, |code, record| {
        macro_rules! add {
            ($($row:ident => $list:ident),+ $(,)?) => {
                match code {
                    $($row::CODE => {
                        if last != code {
                            last = code.to_owned();
                            columns = places::<$row>();
                        }
                        rows.$list.push(row::<$row>(number.as_str(), &columns, record)?);
                    })+
                    other => return Err(NotKept(format!("\"{other}\" is no file of the extract"))),
                }
            };
        }
        add!(
            Bill => bills, Read => reads, Payment => payments, Adjustment => adjustments, Agreement => agreements,
            Assistance => assistance, Notice => notices, Protection => protections, Contact => contacts,
        );
        Ok(())
    })
}

fn row<R: ExtractRow>(number: &str, columns: &Columns, record: &csv::StringRecord) -> Result<R, NotKept> {
    Ok(R::from_cells(&Cells { columns, record, account: Some(number) })?)
}

fn each_record(
    lines: &str,
    mut take: impl FnMut(&str, &csv::StringRecord) -> Result<(), NotKept>,
) -> Result<(), NotKept> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(lines.len().clamp(16, 1 << 16))
        .from_reader(lines.as_bytes());
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| NotKept(error.to_string()))? {
        take(record.get(0).unwrap_or_default(), &record)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::extract::read_cells;

    const NUMBER: &str = "1000200030004001";

    fn kept<R: ExtractRow>(text: &str) -> String {
        let mut lines = Vec::new();
        read_cells::<R>("x.csv", text.as_bytes(), |_, cells| {
            keep::<R>(cells, &mut lines);
            Ok(())
        })
        .expect("the file can be read");
        String::from_utf8(lines).expect("it was text")
    }

    #[test]
    fn a_row_is_kept_without_its_number_and_its_empty_end() {
        let line = kept::<Account>(&format!(
            "name,account_number,status,email\n\"Vega, \"\"Ana\"\"\",{NUMBER},active,ana@customer.example\n"
        ));
        assert_eq!(line, "o,active,,,\"Vega, \"\"Ana\"\"\",,ana@customer.example\n");
        let account = account(NUMBER, &line).expect("it was kept");
        assert_eq!((account.name.as_str(), account.account_number.as_str()), ("Vega, \"Ana\"", NUMBER));
    }

    #[test]
    fn rows_of_several_files_come_back_in_their_lists() {
        let mut lines = kept::<Payment>(&format!(
            "payment_id,account_number,posted_on,amount,status\np1,{NUMBER},2026-10-02,40.00,posted\np2,{NUMBER},,-1.5,pending\n"
        ));
        lines += &kept::<Notice>(&format!("notice_id,account_number,kind,status\nn1,{NUMBER},shutoff_final,open\n"));
        let line = kept::<Account>(&format!("name,account_number,status\nAna,{NUMBER},active\n"));
        let mut rows = AccountRows::new(account(NUMBER, &line).expect("it was kept"));
        unfold(&mut rows, &lines).expect("they were kept");
        assert_eq!((rows.payments.len(), rows.notices.len()), (2, 1));
        assert_eq!(rows.payments[1].amount.0, -150);
    }

    #[test]
    fn what_nobody_wrote_is_told() {
        let line = kept::<Account>(&format!("name,account_number,status\nAna,{NUMBER},active\n"));
        let mut rows = AccountRows::new(account(NUMBER, &line).expect("it was kept"));
        assert!(unfold(&mut rows, "z,1\n").is_err());
        assert!(unfold(&mut rows, "p,p1,yesterday,1.00\n").is_err());
        assert!(account(NUMBER, "").is_err());
    }
}
