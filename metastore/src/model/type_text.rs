//! Reading Hive's type strings.

use std::str::FromStr;

use super::types::{HiveType, StructField};
use crate::error::MetastoreError;

/// Deepest nesting that is read, so that hostile text cannot overflow the stack.
const MAX_DEPTH: usize = 100;

impl FromStr for HiveType {
    type Err = MetastoreError;

    /// Reads a type string as `TypeInfoUtils.getTypeInfoFromTypeString` does; names are case-insensitive and
    /// blanks around the parts are allowed, as in DDL.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut reader = Reader { text, at: 0 };
        let ty = reader.read_type(0)?;
        reader.skip_blanks();
        if reader.at < text.len() {
            return Err(reader.error(format!("unexpected '{}' after the type", &text[reader.at..])));
        }
        Ok(ty)
    }
}

impl TryFrom<String> for HiveType {
    type Error = MetastoreError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn error(&self, reason: impl Into<String>) -> MetastoreError {
        MetastoreError::InvalidType { text: self.text.to_string(), reason: reason.into() }
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, expected: char) -> bool {
        self.skip_blanks();
        let found = self.text[self.at..].starts_with(expected);
        if found {
            self.at += expected.len_utf8();
        }
        found
    }

    fn expect(&mut self, expected: char) -> Result<(), MetastoreError> {
        if self.eat(expected) {
            return Ok(());
        }
        let found = self.text[self.at..].chars().next().map_or("the end".to_string(), |c| format!("'{c}'"));
        Err(self.error(format!("expected '{expected}' but found {found} at position {}", self.at)))
    }

    fn word(&mut self) -> String {
        self.skip_blanks();
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.at += end;
        rest[..end].to_ascii_lowercase()
    }

    /// A struct field's name: anything up to the colon, for the metastore keeps names such as `a b` bare.
    fn field_name(&mut self) -> Result<String, MetastoreError> {
        self.skip_blanks();
        let rest = &self.text[self.at..];
        if let Some(quoted) = rest.strip_prefix('`') {
            let end = quoted.find('`').ok_or_else(|| self.error("a back quote is not closed"))?;
            let name = quoted[..end].to_lowercase();
            self.at += end + 2;
            return Ok(name);
        }
        let end = rest.find([':', '<', '>', ',']).unwrap_or(rest.len());
        let name = rest[..end].trim().to_lowercase();
        if name.is_empty() {
            return Err(self.error(format!("a struct field has no name at position {}", self.at)));
        }
        self.at += end;
        Ok(name)
    }

    fn number(&mut self, what: &str) -> Result<u32, MetastoreError> {
        let word = self.word();
        word.parse().map_err(|_| self.error(format!("{what} must be a number, not '{word}'")))
    }

    fn length(&mut self, name: &str, max: u32) -> Result<u32, MetastoreError> {
        self.expect('(')?;
        let length = self.number("the length")?;
        self.expect(')')?;
        if length == 0 || length > max {
            return Err(self.error(format!("{name} length {length} out of allowed range [1, {max}]")));
        }
        Ok(length)
    }

    fn decimal(&mut self) -> Result<HiveType, MetastoreError> {
        if !self.eat('(') {
            return Ok(HiveType::DEFAULT_DECIMAL);
        }
        let precision = self.number("the precision")?;
        let scale = if self.eat(',') { self.number("the scale")? } else { 0 };
        self.expect(')')?;
        if precision == 0 || precision > 38 {
            return Err(self.error(format!("Decimal precision out of allowed range [1,38]: {precision}")));
        }
        if scale > precision {
            return Err(self.error("Decimal scale must be less than or equal to precision".to_string()));
        }
        Ok(HiveType::Decimal { precision: precision as u8, scale: scale as u8 })
    }

    fn timestamp(&mut self) -> Result<HiveType, MetastoreError> {
        let start = self.at;
        if self.word() != "with" {
            self.at = start;
            return Ok(HiveType::Timestamp);
        }
        for expected in ["local", "time", "zone"] {
            let word = self.word();
            if word != expected {
                return Err(self.error(format!("expected 'timestamp with local time zone', found '{word}'")));
            }
        }
        // Hive writes the zone behind it in some places: `timestamp with local time zone('UTC')`.
        if self.eat('(') {
            let rest = &self.text[self.at..];
            let end = rest.find(')').ok_or_else(|| self.error("a bracket is not closed"))?;
            self.at += end + 1;
        }
        Ok(HiveType::TimestampLocalTz)
    }

    fn read_type(&mut self, depth: usize) -> Result<HiveType, MetastoreError> {
        if depth > MAX_DEPTH {
            return Err(self.error(format!("types nest deeper than {MAX_DEPTH} levels")));
        }
        let word = self.word();
        Ok(match word.as_str() {
            "void" | "null" => HiveType::Void,
            "boolean" => HiveType::Boolean,
            "tinyint" => HiveType::TinyInt,
            "smallint" => HiveType::SmallInt,
            "int" | "integer" => HiveType::Int,
            "bigint" => HiveType::BigInt,
            "float" | "real" => HiveType::Float,
            "double" => {
                let start = self.at;
                if self.word() != "precision" {
                    self.at = start;
                }
                HiveType::Double
            }
            "decimal" | "numeric" | "dec" => self.decimal()?,
            "string" => HiveType::String,
            "varchar" => HiveType::Varchar(self.length("Varchar", 65535)?),
            "char" => HiveType::Char(self.length("Char", 255)?),
            "date" => HiveType::Date,
            "timestamp" => self.timestamp()?,
            "timestamplocaltz" => HiveType::TimestampLocalTz,
            "binary" => HiveType::Binary,
            "interval_year_month" => HiveType::IntervalYearMonth,
            "interval_day_time" => HiveType::IntervalDayTime,
            "array" => {
                self.expect('<')?;
                let element = self.read_type(depth + 1)?;
                self.expect('>')?;
                HiveType::Array(Box::new(element))
            }
            "map" => {
                self.expect('<')?;
                let key = self.read_type(depth + 1)?;
                self.expect(',')?;
                let value = self.read_type(depth + 1)?;
                self.expect('>')?;
                HiveType::Map(Box::new(key), Box::new(value))
            }
            "struct" => HiveType::Struct(self.fields(depth)?),
            "uniontype" => {
                self.expect('<')?;
                let mut types = vec![self.read_type(depth + 1)?];
                while self.eat(',') {
                    types.push(self.read_type(depth + 1)?);
                }
                self.expect('>')?;
                HiveType::Union(types)
            }
            "" => return Err(self.error(format!("a type is missing at position {}", self.at))),
            other => return Err(self.error(format!("there is no type '{other}'"))),
        })
    }

    fn fields(&mut self, depth: usize) -> Result<Vec<StructField>, MetastoreError> {
        self.expect('<')?;
        let mut fields = Vec::new();
        if self.eat('>') {
            return Ok(fields);
        }
        loop {
            let name = self.field_name()?;
            self.expect(':')?;
            let ty = self.read_type(depth + 1)?;
            fields.push(StructField { name, ty });
            self.skip_comment()?;
            if !self.eat(',') {
                break;
            }
        }
        self.expect('>')?;
        Ok(fields)
    }

    /// DDL allows `COMMENT 'text'` behind a struct field; Hive does not keep it.
    fn skip_comment(&mut self) -> Result<(), MetastoreError> {
        let start = self.at;
        if self.word() != "comment" {
            self.at = start;
            return Ok(());
        }
        self.skip_blanks();
        let rest = &self.text[self.at..];
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
            return Err(self.error("COMMENT must be followed by a string"));
        };
        let end = rest[1..].find(quote).ok_or_else(|| self.error("a string is not closed"))?;
        self.at += end + 2;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_reads() {
        for text in [
            "int",
            "decimal(10,2)",
            "varchar(20)",
            "timestamp with local time zone",
            "array<map<string,struct<a:int,b:array<double>>>>",
            "uniontype<int,string>",
        ] {
            assert_eq!(text.parse::<HiveType>().unwrap().to_string(), text);
        }
        assert_eq!("DECIMAL".parse::<HiveType>().unwrap().to_string(), "decimal(10,0)");
        assert_eq!("struct< A : INT , b:string>".parse::<HiveType>().unwrap().to_string(), "struct<a:int,b:string>");
    }

    #[test]
    fn refuses_what_is_no_type() {
        for text in ["", "strin", "array<int", "decimal(39,2)", "decimal(2,3)", "char(256)", "int int", "map<int>"] {
            assert!(text.parse::<HiveType>().is_err(), "{text}");
        }
        let deep = "array<".repeat(100_000);
        assert!(deep.parse::<HiveType>().is_err());
    }
}
