//! `MultiDelimitSerDe`: like `LazySimpleSerDe`, but what stands between fields may be more than one character.

use arrow::array::ArrayRef;
use memchr::memmem::Finder;
use skep_metastore::model::{HiveType, Parameters, StorageDescriptor};

use super::column::ColumnBuilder;
use super::params::LazyParams;
use super::reader::LineParser;
use super::split::Span;
use crate::error::{Result, WarehouseError};

/// What stands between fields. [`WarehouseError::Invalid`] where the table does not say.
pub fn delimiter(storage: &StorageDescriptor, table: &Parameters) -> Result<Vec<u8>> {
    let found = storage.serde.parameters.get("field.delim").or_else(|| table.get("field.delim"));
    match found.filter(|text| !text.is_empty()) {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => Err(WarehouseError::Invalid("This table does not have serde property \"field.delim\"!".to_string())),
    }
}

/// Makes columns of lines.
pub struct MultiParser {
    params: LazyParams,
    delimiter: Finder<'static>,
    /// Wanted fields by position.
    columns: Vec<usize>,
    builders: Vec<ColumnBuilder>,
    fields: Vec<Span>,
}

impl MultiParser {
    /// `columns` are the wanted columns by position and type.
    pub fn new(params: LazyParams, delimiter: &[u8], columns: &[(usize, HiveType)]) -> Result<Self> {
        let builders = columns.iter().map(|(_, ty)| ColumnBuilder::new(ty, 1, &params)).collect::<Result<_>>()?;
        let columns = columns.iter().map(|(index, _)| *index).collect();
        let delimiter = Finder::new(delimiter).into_owned();
        Ok(Self { params, delimiter, columns, builders, fields: Vec::new() })
    }
}

impl LineParser for MultiParser {
    fn parse(&mut self, data: &[u8], lines: &[Span]) -> Result<()> {
        if self.builders.is_empty() {
            return Ok(());
        }
        let length = self.delimiter.needle().len();
        for line in lines {
            let line = line.of(data).unwrap_or_default();
            self.fields.clear();
            let mut start = 0;
            for end in self.delimiter.find_iter(line) {
                self.fields.push(Span::new(start, end));
                start = end + length;
            }
            self.fields.push(Span::new(start, line.len()));
            for (column, builder) in self.columns.iter().zip(&mut self.builders) {
                let text = self.fields.get(*column).and_then(|field| field.of(line));
                builder.append(text.filter(|text| *text != self.params.null), &self.params);
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<ArrayRef>> {
        self.builders.iter_mut().map(ColumnBuilder::finish).collect()
    }
}
