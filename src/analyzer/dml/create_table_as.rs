//! `CREATE TABLE … AS SELECT`.

use skep_metastore::model::HiveType;
use sqlparser::ast::{Query, Spanned};

use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::{Env, Planned, Planner, Result};
use crate::analyzer::scope::column;

impl Planner<'_> {
    /// The rows and the columns of the new table: names in lower case, the partition columns last in their order.
    ///
    /// # Errors
    /// Two columns have one name, a column is nothing but NULL, or a partition column is not selected.
    pub fn plan_create_table_as(&self, query: &Query, partition_columns: &[String]) -> Result<Planned> {
        let mut planned = self.plan_query(&Env::default(), query)?;
        for (i, column) in planned.columns.iter().enumerate() {
            if planned.columns[..i].iter().any(|other| other.name.eq_ignore_ascii_case(&column.name)) {
                return Err(AnalyzeError::at(
                    ErrorCode::DuplicateColumn,
                    query.span(),
                    format!("Duplicate column name: {}", column.name),
                ));
            }
            if has_void(&column.ty) {
                return Err(AnalyzeError::at(
                    ErrorCode::CtasVoidColumn,
                    query.span(),
                    format!(
                        "CREATE-TABLE-AS-SELECT creates a VOID type, please use CAST to specify the type, near field:  {}",
                        column.name
                    ),
                ));
            }
        }
        for column in &mut planned.columns {
            column.name = column.name.to_lowercase();
        }
        if partition_columns.is_empty() {
            return Ok(planned);
        }
        let mut ordered: Vec<usize> = (0..planned.columns.len()).collect();
        for name in partition_columns {
            let Some(position) = planned.columns.iter().position(|column| column.name == name.to_lowercase()) else {
                return Err(AnalyzeError::at(
                    ErrorCode::InvalidColumn,
                    query.span(),
                    format!("Invalid column reference '{name}': the partition column is not selected"),
                ));
            };
            ordered.retain(|index| *index != position);
            ordered.push(position);
        }
        let values = ordered
            .iter()
            .map(|index| (planned.columns[*index].clone(), column(&planned.columns[*index].id)))
            .collect();
        self.project_values(planned.plan, values)
    }
}

fn has_void(ty: &HiveType) -> bool {
    match ty {
        HiveType::Void => true,
        HiveType::Array(element) => has_void(element),
        HiveType::Map(key, value) => has_void(key) || has_void(value),
        HiveType::Struct(fields) => fields.iter().any(|field| has_void(&field.ty)),
        HiveType::Union(types) => types.iter().any(has_void),
        _ => false,
    }
}
