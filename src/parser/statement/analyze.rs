//! `ANALYZE TABLE`, `MSCK`.

use crate::parser::ast::{
    AnalyzeScope, AnalyzeTable, ComparisonOperator, Msck, MsckAction, PartitionCondition, Statement,
};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn analyze_table(&mut self) -> Parsed<Statement> {
        self.within("analyze statement", |p| {
            p.expect_all(&["ANALYZE", "TABLE"])?;
            let table = p.object_name()?;
            let partition = p.optional_partition_spec()?;
            let scope = if p.eat_all(&["CACHE", "METADATA"]) {
                AnalyzeScope::CacheMetadata
            } else {
                p.expect_all(&["COMPUTE", "STATISTICS"])?;
                p.statistics_scope()?
            };
            Ok(Statement::AnalyzeTable(AnalyzeTable { table, partition, scope }))
        })
    }

    fn statistics_scope(&mut self) -> Parsed<AnalyzeScope> {
        if self.eat("NOSCAN") {
            return Ok(AnalyzeScope::NoScan);
        }
        if self.eat_all(&["FOR", "COLUMNS"]) {
            let columns = if self.name_at(0) { self.separated(Self::ident)? } else { Vec::new() };
            return Ok(AnalyzeScope::Columns(columns));
        }
        Ok(AnalyzeScope::Full)
    }

    pub(super) fn msck(&mut self) -> Parsed<Statement> {
        self.within("msck statement", |p| {
            p.expect("MSCK")?;
            let repair = p.eat("REPAIR");
            p.expect("TABLE")?;
            let table = p.object_name()?;
            let action = match p.eat_one_of(&["ADD", "DROP", "SYNC"]) {
                Some("DROP") => MsckAction::Drop,
                Some("SYNC") => MsckAction::Sync,
                Some(_) => MsckAction::Add,
                None => {
                    let filter = p.msck_partition()?;
                    let dry_run = p.eat_all(&["DRY", "RUN"]);
                    return Ok(Statement::Msck(Msck { table, repair, action: MsckAction::Add, filter, dry_run }));
                }
            };
            p.expect("PARTITIONS")?;
            let mut filter = Vec::new();
            if p.is_symbol("(") {
                filter = p.separated(Self::partition_conditions)?;
            }
            let dry_run = p.eat_all(&["DRY", "RUN"]);
            Ok(Statement::Msck(Msck { table, repair, action, filter, dry_run }))
        })
    }

    /// `PARTITION (…)` of the old form, as conditions
    fn msck_partition(&mut self) -> Parsed<Vec<Vec<PartitionCondition>>> {
        let Some(partition) = self.optional_partition_spec()? else { return Ok(Vec::new()) };
        let conditions = partition.values.into_iter().filter_map(|part| {
            let operator = ComparisonOperator::Equal;
            part.value.map(|value| PartitionCondition { column: part.column, operator, value })
        });
        Ok(vec![conditions.collect()])
    }
}
