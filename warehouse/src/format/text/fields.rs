//! Lines taken apart into texts: what `OpenCSVSerde` and `RegexSerDe` have in common.

use arrow::array::ArrayRef;
use skep_metastore::model::HiveType;

use super::column::ColumnBuilder;
use super::params::LazyParams;
use super::reader::LineParser;
use super::split::Span;
use crate::error::Result;

/// Takes a line apart.
pub trait LineFields: Send {
    /// Puts the line's fields into `fields`, which is empty; those that are not there count as NULL.
    fn split(&self, line: &str, fields: &mut Vec<Option<String>>) -> Result<()>;
}

/// Makes columns of lines by their fields.
pub struct FieldsParser<F> {
    lines: F,
    params: LazyParams,
    /// Wanted fields by position.
    columns: Vec<usize>,
    builders: Vec<ColumnBuilder>,
    fields: Vec<Option<String>>,
}

impl<F: LineFields> FieldsParser<F> {
    /// `columns` are the wanted columns by position and type.
    pub fn new(lines: F, mut params: LazyParams, columns: &[(usize, HiveType)]) -> Result<Self> {
        // The fields come as they are meant.
        params.escape = None;
        let builders = columns.iter().map(|(_, ty)| ColumnBuilder::new(ty, 1, &params)).collect::<Result<_>>()?;
        let columns = columns.iter().map(|(index, _)| *index).collect();
        Ok(Self { lines, params, columns, builders, fields: Vec::new() })
    }
}

impl<F: LineFields> LineParser for FieldsParser<F> {
    fn parse(&mut self, data: &[u8], lines: &[Span]) -> Result<()> {
        if self.builders.is_empty() {
            return Ok(());
        }
        for line in lines {
            self.fields.clear();
            let text = String::from_utf8_lossy(line.of(data).unwrap_or_default());
            self.lines.split(&text, &mut self.fields)?;
            for (column, builder) in self.columns.iter().zip(&mut self.builders) {
                let field = self.fields.get(*column).and_then(Option::as_deref);
                builder.append(field.map(str::as_bytes), &self.params);
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<ArrayRef>> {
        self.builders.iter_mut().map(ColumnBuilder::finish).collect()
    }
}
