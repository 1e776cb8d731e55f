//! Names in scope, and the columns of the plan that they stand for.

use datafusion::common::Column;
use datafusion::logical_expr::Expr;
use skep_metastore::model::HiveType;
use sqlparser::tokenizer::Span;

use super::error::{AnalyzeError, ErrorCode};
use super::planner::Result;

/// A column that a name can stand for.
#[derive(Debug, Clone)]
pub(crate) struct ScopeColumn {
    /// Name in lower case.
    pub name: String,
    /// Its unique id in the plan.
    pub id: String,
    /// Type.
    pub ty: HiveType,
    /// A virtual column such as `input__file__name`: not part of `*`.
    pub is_virtual: bool,
    /// Merged into one column by `USING` or `NATURAL`: only seen under its relation's name.
    pub merged: bool,
    /// Another column of the relation is meant by its name: only seen by stars.
    pub shadowed: bool,
}

impl ScopeColumn {
    /// The column in expressions.
    pub fn expr(&self) -> Expr {
        column(&self.id)
    }
}

/// The plan's column with this id.
pub(crate) fn column(id: &str) -> Expr {
    Expr::Column(Column::new_unqualified(id))
}

/// A table, subquery or lateral view in `FROM`.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    /// Database, for a table without an alias of its own.
    pub database: Option<String>,
    /// Alias or table name in lower case; `None` for the columns that `USING` has merged.
    pub alias: Option<String>,
    /// Its columns.
    pub columns: Vec<ScopeColumn>,
}

/// What the names in a clause can mean: the relations of `FROM`, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// The relations.
    pub relations: Vec<Relation>,
}

/// What a look-up finds.
pub(crate) enum Found<'s> {
    /// One column.
    Column(&'s ScopeColumn),
    /// None.
    Nothing,
    /// Several of that name.
    Ambiguous,
}

impl Scope {
    /// A scope of one relation.
    pub fn of(relation: Relation) -> Self {
        Self { relations: vec![relation] }
    }

    /// Adds the relations of another scope behind these.
    ///
    /// # Errors
    /// Two relations have one alias.
    pub fn extend(&mut self, other: Scope, span: Span) -> Result<()> {
        for relation in other.relations {
            if let Some(alias) = &relation.alias
                && self.relations.iter().any(|r| r.alias.as_ref() == Some(alias) && r.database == relation.database)
            {
                return Err(AnalyzeError::at(
                    ErrorCode::AmbiguousTableAlias,
                    span,
                    format!("Ambiguous table alias '{alias}'"),
                ));
            }
            self.relations.push(relation);
        }
        Ok(())
    }

    /// The relation of that alias.
    pub fn relation(&self, database: Option<&str>, alias: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| {
            relation.alias.as_deref() == Some(alias) && (database.is_none() || relation.database.as_deref() == database)
        })
    }

    /// The relation of that alias that has the column, or else the first one of that alias: several lateral views may
    /// share one.
    pub fn relation_with(&self, database: Option<&str>, alias: &str, column: &str) -> Option<&Relation> {
        let mut with_column = self.relations.iter().filter(|relation| {
            relation.alias.as_deref() == Some(alias)
                && (database.is_none() || relation.database.as_deref() == database)
                && relation.find(column).is_some()
        });
        with_column.next().or_else(|| self.relation(database, alias))
    }

    /// The alias of the relation that the column with that id is of.
    pub fn alias_of(&self, id: &str) -> Option<&str> {
        let named = self.relations.iter().filter(|relation| relation.alias.is_some());
        let mut holding = named.filter(|relation| relation.columns.iter().any(|column| column.id == id));
        holding.next().and_then(|relation| relation.alias.as_deref())
    }

    /// The column with that id.
    pub fn by_id(&self, id: &str) -> Option<&ScopeColumn> {
        self.relations.iter().flat_map(|relation| &relation.columns).find(|column| column.id == id)
    }

    /// Looks a column up by its bare name, given in lower case.
    pub fn find(&self, name: &str) -> Found<'_> {
        let mut found = Found::Nothing;
        for column in self.relations.iter().flat_map(|relation| &relation.columns) {
            if column.name != name || column.merged || column.shadowed {
                continue;
            }
            match found {
                Found::Nothing => found = Found::Column(column),
                _ => return Found::Ambiguous,
            }
        }
        found
    }

    /// All columns that `*` stands for, with the alias of their relations.
    pub fn star(&self) -> impl Iterator<Item = (Option<&str>, &ScopeColumn)> {
        self.relations.iter().flat_map(|relation| {
            relation
                .columns
                .iter()
                .filter(|column| !column.is_virtual && !column.merged)
                .map(|column| (relation.alias.as_deref(), column))
        })
    }

    /// The names for "possible column names are", as Hive lists them: bare where there is one relation, else with
    /// the alias.
    pub fn possible_names(&self) -> String {
        let qualified = self.relations.len() > 1;
        let names: Vec<String> = self
            .star()
            .map(|(alias, column)| match alias {
                Some(alias) if qualified => format!("{alias}.{}", column.name),
                _ => column.name.clone(),
            })
            .collect();
        names.join(", ")
    }
}

impl Relation {
    /// Looks a column up by its name, given in lower case.
    pub fn find(&self, name: &str) -> Option<&ScopeColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Names have no more characters where there is a catalog (Hive's limit of a column's name, 767 bytes); longer ones are compared
/// with none.
const MAX_NAME: usize = 767;

/// The names of `names` that are closest to `name`, best first, for "did you mean" hints.
pub(crate) fn similar<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let length = name.chars().count();
    let limit = (length / 3).clamp(1, 3);
    if length > MAX_NAME {
        return Vec::new();
    }
    // A name of another length is another name; one may be megabytes long.
    let others = names.into_iter().filter(|other| other.chars().count().abs_diff(length) <= limit);
    let mut near: Vec<(usize, &str)> =
        others.map(|other| (distance(name, other), other)).filter(|(d, _)| *d <= limit).collect();
    near.sort();
    near.dedup();
    near.into_iter().take(3).map(|(_, other)| other).collect()
}

/// A hint `did you mean 'x' or 'y'?`, if anything is near.
pub(crate) fn did_you_mean<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let near = similar(name, names);
    let quoted: Vec<String> = near.iter().map(|name| format!("'{name}'")).collect();
    (!quoted.is_empty()).then(|| format!("did you mean {}?", quoted.join(" or ")))
}

/// How many letters to change, add, drop or swap with the next.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substituted = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substituted.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_near_names() {
        assert_eq!(similar("nmae", ["name", "id", "date"]), ["name"]);
        let long = "x".repeat(1 << 20);
        assert!(similar(&long, [long.as_str(), "x"]).is_empty() && similar("x", [long.as_str()]).is_empty());
        assert_eq!(did_you_mean("concta", ["concat"]), Some("did you mean 'concat'?".to_string()));
        assert_eq!(did_you_mean("zzz", ["concat"]), None);
    }
}
