//! An account as the billing system gives it when asked: JSON with the names of the extract's
//! files and columns, checked like the extract itself.

use serde_json::Value;

use super::context::AccountRows;
use super::extract::{Cells, Columns, ExtractRow, Wrong};
use super::rows::{Account, Adjustment, Agreement, Assistance, Bill, Contact, Notice, Payment, Protection, Read};

/// Reads `{"account": {...}, "bills": [{...}], ...}`; a list that is not there is empty.
pub fn account_of_json(answer: &Value) -> Result<AccountRows, Wrong> {
    let fields = answer.get("account").ok_or_else(|| wrong("it holds no `account`"))?;
    let mut rows = AccountRows::new(row::<Account>(fields, None)?);
    let number = rows.account.account_number.to_string();
    macro_rules! lists {
        ($($row:ident => $list:ident),+ $(,)?) => { $(rows.$list = list::<$row>(answer, &number)?;)+ };
    }
    lists!(
        Bill => bills, Read => reads, Payment => payments, Adjustment => adjustments, Agreement => agreements,
        Assistance => assistance, Notice => notices, Protection => protections, Contact => contacts,
    );
    Ok(rows)
}

fn list<R: ExtractRow>(answer: &Value, number: &str) -> Result<Vec<R>, Wrong> {
    match answer.get(R::FILE) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(|fields| row(fields, Some(number))).collect(),
        Some(_) => Err(wrong(&format!("`{}` is no list", R::FILE))),
    }
}

fn row<R: ExtractRow>(fields: &Value, account: Option<&str>) -> Result<R, Wrong> {
    let mut record = csv::StringRecord::new();
    for column in R::COLUMNS {
        record.push_field(&match fields.get(column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            Some(Value::Array(_) | Value::Object(_)) => {
                return Err(Wrong { column, reason: "it is neither a text nor a number".to_owned() });
            }
        });
    }
    let columns = Columns(R::COLUMNS.iter().copied().zip(0..).collect());
    R::from_cells(&Cells { columns: &columns, record: &record, account })
}

fn wrong(reason: &str) -> Wrong {
    Wrong { column: "", reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_is_checked_like_a_row_of_the_extract() {
        let mut answer = json!({
            "account": { "account_number": "1000200030004001", "status": "active", "name": "Ana Vega", "balance": 120.5, "ami": true },
            "payments": [{ "payment_id": "p1", "posted_on": "2026-10-02", "amount": "40.00", "status": "posted" }],
        });
        let rows = account_of_json(&answer).expect("it is right");
        assert_eq!((rows.account.balance.map(|balance| balance.0), rows.account.ami), (Some(12050), Some(true)));
        assert_eq!(rows.payments[0].account_number, rows.account.account_number);
        answer["payments"][0]["posted_on"] = json!("yesterday");
        assert_eq!(account_of_json(&answer).expect_err("it is no day").column, "posted_on");
        assert!(account_of_json(&json!({ "bills": [] })).is_err());
    }
}
