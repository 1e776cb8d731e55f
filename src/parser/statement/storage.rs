//! `ROW FORMAT`, `STORED AS`, `STORED BY`, `SET FILEFORMAT`.

use crate::parser::ast::{FileFormat, RowFormat, RowFormatDelimited};
use crate::parser::cursor::{Parsed, Parser};
use crate::parser::lexer::TokenKind;

impl Parser<'_> {
    /// `ROW FORMAT DELIMITED …`, `ROW FORMAT SERDE 'class' …`, if it is next
    pub(in crate::parser) fn row_format(&mut self) -> Parsed<Option<RowFormat>> {
        if !self.eat_all(&["ROW", "FORMAT"]) {
            return Ok(None);
        }
        self.within("table row format specification", |p| {
            if p.eat("SERDE") {
                let class = p.string()?;
                return Ok(Some(RowFormat::SerDe { class, properties: p.serde_properties()? }));
            }
            p.expect("DELIMITED")?;
            let mut format = RowFormatDelimited::default();
            if p.eat_all(&["FIELDS", "TERMINATED", "BY"]) {
                format.fields = Some(p.string()?);
                if p.eat_all(&["ESCAPED", "BY"]) {
                    format.escape = Some(p.string()?);
                }
            }
            if p.eat_all(&["COLLECTION", "ITEMS", "TERMINATED", "BY"]) {
                format.collection_items = Some(p.string()?);
            }
            if p.eat_all(&["MAP", "KEYS", "TERMINATED", "BY"]) {
                format.map_keys = Some(p.string()?);
            }
            if p.eat_all(&["LINES", "TERMINATED", "BY"]) {
                format.lines = Some(p.string()?);
            }
            if p.eat_all(&["NULL", "DEFINED", "AS"]) {
                format.null = Some(p.string()?);
            }
            Ok(Some(RowFormat::Delimited(format)))
        })
    }

    /// `WITH SERDEPROPERTIES (…)`, if it is next
    pub(super) fn serde_properties(&mut self) -> Parsed<Vec<crate::parser::ast::Property>> {
        if self.eat_all(&["WITH", "SERDEPROPERTIES"]) { self.properties() } else { Ok(Vec::new()) }
    }

    /// `STORED AS …`, `STORED BY …`, if it is next
    pub(in crate::parser) fn file_format(&mut self) -> Parsed<Option<FileFormat>> {
        if !self.is("STORED") {
            return Ok(None);
        }
        self.within("table file format specification", |p| {
            p.expect("STORED")?;
            if p.eat("BY") {
                let handler = match p.eat_string() {
                    Some(class) => class,
                    None => p.ident()?.value,
                };
                let properties = p.serde_properties()?;
                let stored_as = if p.eat_all(&["STORED", "AS"]) { Some(p.ident()?.value) } else { None };
                return Ok(Some(FileFormat::Handler { handler, properties, stored_as }));
            }
            p.expect("AS")?;
            Ok(Some(p.format_name_or_classes(false)?))
        })
    }

    /// What stands behind `STORED AS` or `SET FILEFORMAT`.
    pub(super) fn format_name_or_classes(&mut self, with_serde: bool) -> Parsed<FileFormat> {
        if !(self.is("INPUTFORMAT") && matches!(self.token(1).kind, TokenKind::String(_))) {
            return Ok(FileFormat::Name(self.ident()?.value));
        }
        self.advance();
        let input_format = self.string()?;
        self.expect("OUTPUTFORMAT")?;
        let output_format = self.string()?;
        let serde = if with_serde {
            self.expect("SERDE")?;
            Some(self.string()?)
        } else {
            None
        };
        let drivers = if self.eat("INPUTDRIVER") {
            let input = self.string()?;
            self.expect("OUTPUTDRIVER")?;
            Some((input, self.string()?))
        } else {
            None
        };
        Ok(FileFormat::Classes { input_format, output_format, serde, drivers })
    }
}
