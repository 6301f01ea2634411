//! Statements for many rows at once: on both databases a round trip costs more than a row.
//!
//! Only a few sizes of statement exist, so that the statement cache stays small.

/// How many rows one statement may carry.
const SIZES: [usize; 3] = [64, 8, 1];

/// Items in groups of the sizes that statements have, the largest first.
pub(super) fn groups<T>(items: &[T]) -> Vec<&[T]> {
    let mut rest = items;
    let mut groups = Vec::new();
    while !rest.is_empty() {
        let size = SIZES.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
        let (group, after) = rest.split_at(size);
        groups.push(group);
        rest = after;
    }
    groups
}

/// Keys in groups of the sizes that statements have; the last group repeats its last key.
pub(super) fn padded<'k>(keys: &[&'k str]) -> Vec<Vec<&'k str>> {
    keys.chunks(SIZES[0])
        .map(|chunk| {
            let size = SIZES.into_iter().rev().find(|size| *size >= chunk.len()).unwrap_or(SIZES[0]);
            let mut group = chunk.to_vec();
            group.resize(size, chunk.last().copied().unwrap_or_default());
            group
        })
        .collect()
}

/// The places of the rows of an INSERT: `($1, $2), ($3, $4)`.
pub(super) fn places(rows: usize, columns: usize) -> String {
    let rows: Vec<String> = (0..rows).map(|row| list(row * columns + 1, columns)).collect();
    rows.join(", ")
}

/// The places of a list: `($3, $4, $5)`.
pub(super) fn list(first: usize, count: usize) -> String {
    let numbers: Vec<String> = (first..first + count).map(|number| format!("${number}")).collect();
    format!("({})", numbers.join(", "))
}

/// One statement that asks for each of some places in turn and gives all answers.
pub(super) fn each_of(count: usize, ask: impl Fn(usize) -> String) -> String {
    (0..count).map(ask).collect::<Vec<_>>().join(" UNION ALL ")
}

/// Runs `head VALUES rows tail` for all rows; gives how many rows were changed.
macro_rules! write_rows {
    ($tx:expr, $head:expr, $tail:expr, $rows:expr, $row:ident => [$($value:expr),+ $(,)?]) => {{
        const COLUMNS: usize = [$(stringify!($value)),+].len();
        let mut changed = 0;
        for group in $crate::store::batch::groups($rows) {
            let places = $crate::store::batch::places(group.len(), COLUMNS);
            let text = sqlx::AssertSqlSafe(format!("{} {places} {}", $head, $tail));
            changed += $crate::store::on!($tx, connection => {
                let mut query = sqlx::query(text);
                for $row in group {
                    $(query = query.bind($value);)+
                }
                query.execute(connection).await?.rows_affected()
            });
        }
        changed
    }};
}
pub(super) use write_rows;

/// Fetches the rows of `head IN (keys) tail`; `bound` are the values before the keys.
macro_rules! fetch_in {
    ($tx:expr, $head:expr, $tail:expr, [$($bound:expr),*], $keys:expr) => {{
        let bound: &[&str] = &[$(stringify!($bound)),*];
        let mut found = Vec::new();
        for keys in $crate::store::batch::padded($keys) {
            let list = $crate::store::batch::list(bound.len() + 1, keys.len());
            let text = sqlx::AssertSqlSafe(format!("{} IN {list} {}", $head, $tail));
            $crate::store::on!($tx, connection => {
                let mut query = sqlx::query_as(text);
                $(query = query.bind($bound);)*
                for key in &keys {
                    query = query.bind(*key);
                }
                found.extend(query.fetch_all(connection).await?);
            });
        }
        found
    }};
}
pub(super) use fetch_in;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_stands_in_exactly_one_group() {
        for count in [0, 1, 7, 8, 9, 63, 64, 65, 200] {
            let items: Vec<usize> = (0..count).collect();
            let groups = groups(&items);
            assert!(groups.iter().all(|group| SIZES.contains(&group.len())));
            assert_eq!(groups.concat(), items);
        }
    }

    #[test]
    fn keys_are_padded_with_one_of_themselves() {
        let keys = ["a", "b", "c"];
        assert_eq!(padded(&keys), [vec!["a", "b", "c", "c", "c", "c", "c", "c"]]);
        assert_eq!(padded(&keys[..1]), [vec!["a"]]);
    }

    #[test]
    fn places_are_numbered_through() {
        assert_eq!(places(2, 2), "($1, $2), ($3, $4)");
        assert_eq!(list(3, 2), "($3, $4)");
    }
}
