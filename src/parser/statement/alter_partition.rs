//! `ALTER TABLE`: partitions.

use crate::parser::ast::{AlterTableAction, NewPartition, PartitionCondition, PartitionSpec};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    /// An action on partitions, if one is next.
    pub(super) fn partition_action(&mut self) -> Parsed<Option<AlterTableAction>> {
        if self.is("ADD") && (self.word_at(1, "PARTITION") || self.word_at(1, "IF")) {
            let (if_not_exists, partitions) = self.add_partitions()?;
            return Ok(Some(AlterTableAction::AddPartitions { if_not_exists, partitions }));
        }
        if self.is("DROP") && (self.word_at(1, "PARTITION") || self.word_at(1, "IF")) {
            let (if_exists, partitions) = self.drop_partitions()?;
            let purge = self.eat("PURGE");
            return Ok(Some(AlterTableAction::DropPartitions { if_exists, partitions, purge }));
        }
        if self.eat("EXCHANGE") {
            let partition = self.partition_spec()?;
            self.expect_all(&["WITH", "TABLE"])?;
            return Ok(Some(AlterTableAction::ExchangePartition { partition, source: self.object_name()? }));
        }
        Ok(Some(match self.eat_one_of(&["TOUCH", "ARCHIVE", "UNARCHIVE"]) {
            Some("TOUCH") => AlterTableAction::Touch(self.partition_specs()?),
            Some("ARCHIVE") => AlterTableAction::Archive(self.partition_specs()?),
            Some(_) => AlterTableAction::Unarchive(self.partition_specs()?),
            None => return Ok(None),
        }))
    }

    fn partition_specs(&mut self) -> Parsed<Vec<PartitionSpec>> {
        let mut partitions = Vec::new();
        while let Some(partition) = self.optional_partition_spec()? {
            partitions.push(partition);
        }
        Ok(partitions)
    }

    /// `ADD [IF NOT EXISTS] PARTITION (…) [LOCATION …] …`
    pub(super) fn add_partitions(&mut self) -> Parsed<(bool, Vec<NewPartition>)> {
        self.within("add partition statement", |p| {
            p.expect("ADD")?;
            let if_not_exists = p.if_not_exists();
            let mut partitions = Vec::new();
            loop {
                let partition = p.partition_spec()?;
                let location = p.string_behind("LOCATION")?;
                partitions.push(NewPartition { partition, location });
                if !p.is("PARTITION") {
                    break;
                }
            }
            if p.is_symbol(",") {
                return Err(p.expected_end().with_hint("partitions that are added are not separated by commas"));
            }
            Ok((if_not_exists, partitions))
        })
    }

    /// `DROP [IF EXISTS] PARTITION (…), PARTITION (…)`
    pub(super) fn drop_partitions(&mut self) -> Parsed<(bool, Vec<Vec<PartitionCondition>>)> {
        self.within("drop partition statement", |p| {
            p.expect("DROP")?;
            let if_exists = p.if_exists();
            let partitions = p.separated(|p| {
                p.expect("PARTITION")?;
                p.partition_conditions()
            })?;
            Ok((if_exists, partitions))
        })
    }
}
