//! The XPath functions (`UDFXPathUtil` and its users), with XPath 1.0 over `sxd-xpath`.
//!
//! A document is what someone wrote into a column, so it is read with care: entities are never expanded but for the five
//! of XML itself, nothing outside of the text is opened, and depth is limited.

mod document;

use std::cell::RefCell;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type};
use sxd_xpath::nodeset::Node;
use sxd_xpath::{Context, Factory, Value, XPath};

use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{argument_error, overload};
use crate::scalar::kernel::{list_of, string_lists, try_booleans, try_primitives, try_strings};
use crate::scalar::{Call, Scalar};

const TEXTS: [DataType; 2] = [DataType::Utf8, DataType::Utf8];

/// Every function of this family.
pub fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "xpath",
            |_, types| match types.len() {
                2 => Ok(TEXTS.to_vec()),
                _ => argument_error("Invalid number of arguments."),
            },
            |_| Ok(list_of(DataType::Utf8)),
            nodes,
        )
        .entry(
            "_FUNC_(xml, xpath) - Returns a string array of values within xml nodes that match the xpath expression",
            "Example:\n  > SELECT _FUNC_('<a><b>b1</b><b>b2</b><b>b3</b><c>c1</c><c>c2</c></a>', 'a/text()') FROM src \
             LIMIT 1\n  []\n  > SELECT _FUNC_('<a><b>b1</b><b>b2</b><b>b3</b><c>c1</c><c>c2</c></a>', 'a/b/text()') FROM \
             src LIMIT 1\n  [\"b1\",\"b2\",\"b3\"]\n  > SELECT \
             _FUNC_('<a><b>b1</b><b>b2</b><b>b3</b><c>c1</c><c>c2</c></a>', 'a/c/text()') FROM src LIMIT 1\n  \
             [\"c1\",\"c2\"]",
        ),
        Scalar::new(
            "xpath_string",
            |_, types| overload("xml.UDFXPathString", types, &[&TEXTS]),
            |_| Ok(DataType::Utf8),
            |call| {
                let found = Finder::new(call)?;
                try_strings(call.rows(), |row, out| {
                    Ok(found.value(row, |value| value.string())?.map(|text| out.push_str(&text)))
                })
            },
        )
        .entry(
            "_FUNC_(xml, xpath) - Returns the text contents of the first xml node that matches the xpath expression",
            "Example:\n  > SELECT _FUNC_('<a><b>b</b><c>cc</c></a>','a/c') FROM src LIMIT 1;\n  'cc'\n  > SELECT \
             _FUNC_('<a><b>b1</b><b>b2</b></a>','a/b') FROM src LIMIT 1;\n  'b1'\n  > SELECT \
             _FUNC_('<a><b>b1</b><b>b2</b></a>','a/b[2]') FROM src LIMIT 1;\n  'b2'\n  > SELECT \
             _FUNC_('<a><b>b1</b><b>b2</b></a>','a') FROM src LIMIT 1;\n  'b1b2'",
        ),
        Scalar::new(
            "xpath_boolean",
            |_, types| overload("xml.UDFXPathBoolean", types, &[&TEXTS]),
            |_| Ok(DataType::Boolean),
            |call| {
                let found = Finder::new(call)?;
                try_booleans(call.rows(), |row| found.value(row, |value| value.boolean()))
            },
        )
        .entry(
            "_FUNC_(xml, xpath) - Evaluates a boolean xpath expression",
            "Example:\n  > SELECT _FUNC_('<a><b>1</b></a>','a/b') FROM src LIMIT 1;\n  true\n  > SELECT \
             _FUNC_('<a><b>1</b></a>','a/b = 2') FROM src LIMIT 1;\n  false",
        ),
        Scalar::new(
            "xpath_double",
            |_, types| overload("xml.UDFXPathDouble", types, &[&TEXTS]),
            |_| Ok(DataType::Float64),
            |call| {
                let found = Finder::new(call)?;
                try_primitives::<Float64Type>(call.rows(), |row| found.number(row))
            },
        )
        .aliases(&["xpath_number"])
        .entry(
            "_FUNC_(xml, xpath) - Returns a double value that matches the xpath expression",
            "Example:\n  > SELECT _FUNC_('<a><b>1</b><b>2</b></a>','sum(a/b)') FROM src LIMIT 1;\n  3.0",
        ),
        Scalar::new(
            "xpath_float",
            |_, types| overload("xml.UDFXPathFloat", types, &[&TEXTS]),
            |_| Ok(DataType::Float32),
            |call| {
                let found = Finder::new(call)?;
                try_primitives::<Float32Type>(call.rows(), |row| Ok(found.number(row)?.map(|number| number as f32)))
            },
        )
        .entry(
            "_FUNC_(xml, xpath) - Returns a float value that matches the xpath expression",
            "Example:\n  > SELECT _FUNC_('<a><b>1</b><b>2</b></a>','sum(a/b)') FROM src LIMIT 1;\n  3.0",
        ),
        Scalar::new(
            "xpath_long",
            |_, types| overload("xml.UDFXPathLong", types, &[&TEXTS]),
            |_| Ok(DataType::Int64),
            |call| {
                let found = Finder::new(call)?;
                try_primitives::<Int64Type>(call.rows(), |row| Ok(found.number(row)?.map(|number| number as i64)))
            },
        )
        .entry(
            "_FUNC_(xml, xpath) - Returns a long value that matches the xpath expression",
            "Example:\n  > SELECT _FUNC_('<a><b>1</b><b>2</b></a>','sum(a/b)') FROM src LIMIT 1;\n  3",
        ),
        Scalar::new(
            "xpath_int",
            |_, types| overload("xml.UDFXPathInteger", types, &[&TEXTS]),
            |_| Ok(DataType::Int32),
            |call| {
                let found = Finder::new(call)?;
                try_primitives::<Int32Type>(call.rows(), |row| Ok(found.number(row)?.map(|number| number as i32)))
            },
        )
        .entry(
            "_FUNC_(xml, xpath) - Returns an integer value that matches the xpath expression",
            "Example:\n  > SELECT _FUNC_('<a><b>1</b><b>2</b></a>','sum(a/b)') FROM src LIMIT 1;\n  3",
        ),
        Scalar::new(
            "xpath_short",
            |_, types| overload("xml.UDFXPathShort", types, &[&TEXTS]),
            |_| Ok(DataType::Int16),
            |call| {
                let found = Finder::new(call)?;
                // As Java narrows: to int, then its low bits.
                try_primitives::<Int16Type>(call.rows(), |row| {
                    Ok(found.number(row)?.map(|number| number as i32 as i16))
                })
            },
        )
        .entry(
            "_FUNC_(xml, xpath) - Returns a short value that matches the xpath expression",
            "Example:\n  > SELECT _FUNC_('<a><b>1</b><b>2</b></a>','sum(a/b)') FROM src LIMIT 1;\n  3",
        ),
    ]
}

/// The most characters of an expression: the reader of expressions calls itself for brackets.
const LONGEST_PATH: usize = 10_000;
/// The most brackets within each other in an expression.
const DEEPEST_PATH: usize = 64;

/// An expression read; `None` where it is none, which Hive answers with NULL.
fn compile(path: &str) -> Option<XPath> {
    let mut depth = 0_usize;
    for byte in path.bytes() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST_PATH {
            return None;
        }
    }
    // Minus signs in a row nest as brackets do.
    if path.len() > LONGEST_PATH || path.contains(&"-".repeat(DEEPEST_PATH)) {
        return None;
    }
    Factory::new().build(path).ok().flatten()
}

/// Evaluates the second argument over the first.
struct Finder {
    documents: crate::scalar::Strings,
    paths: crate::scalar::Strings,
    /// The last expression: mostly it is a constant.
    last: RefCell<Option<(String, Option<XPath>)>>,
}

impl Finder {
    fn new(call: &Call) -> Result<Finder> {
        Ok(Finder { documents: call.strings(0)?, paths: call.strings(1)?, last: RefCell::new(None) })
    }

    fn value<T>(&self, row: usize, take: impl FnOnce(Value<'_>) -> T) -> Result<Option<T>> {
        let (Some(document), Some(path)) = (self.documents.get(row), self.paths.get(row)) else { return Ok(None) };
        if document.is_empty() || path.is_empty() {
            return Ok(None);
        }
        let mut last = self.last.borrow_mut();
        if last.as_ref().is_none_or(|(text, _)| text != path) {
            *last = Some((path.to_string(), compile(path)));
        }
        let Some((_, Some(expression))) = last.as_ref() else { return Ok(None) };
        let package = document::parse(document)
            .map_err(|reason| UdfError::Argument(format!("Error loading expression '{path}': {reason}")))?;
        let value = expression
            .evaluate(&Context::new(), package.as_document().root())
            .map_err(|error| UdfError::Argument(format!("Invalid expression '{path}': {error}")))?;
        Ok(Some(take(value)))
    }

    fn number(&self, row: usize) -> Result<Option<f64>> {
        self.value(row, |value| value.number())
    }
}

/// The text of a node as DOM's `getNodeValue` gives it: elements and the document have none.
fn node_value(node: &Node<'_>) -> Option<String> {
    match node {
        Node::Root(_) | Node::Element(_) => None,
        other => Some(other.string_value()),
    }
}

fn nodes(call: &Call) -> Result<ArrayRef> {
    let found = Finder::new(call)?;
    string_lists(call.rows(), |row, items| {
        let texts = found.value(row, |value| match value {
            Value::Nodeset(nodes) => Some(nodes.document_order().iter().filter_map(node_value).collect::<Vec<_>>()),
            _ => None,
        })?;
        match texts {
            Some(Some(texts)) => texts.iter().for_each(|text| items.append_value(text)),
            Some(None) => return argument_error("Invalid expression: it does not give nodes"),
            None => {}
        }
        Ok(true)
    })
}

#[cfg(test)]
mod tests {
    use crate::scalar::testing::{call, check, s};
    use datafusion_common::ScalarValue;

    /// Statements of Hive's tests `udf_xpath*` with their answers.
    #[test]
    fn answers_are_hives() {
        let doc = r#"<a><b class="odd">1</b><b class="even">2</b><b class="odd">4</b><c>8</c></a>"#;
        let list = r#"<a><b class="bb">b1</b><b>b2</b><b>b3</b><c class="bb">c1</c><c>c2</c></a>"#;
        let words = "<a>this is not a number</a>";
        let large = "<a><b>2000000000</b><c>40000000000</c></a>";
        check(&[
            ("xpath", &[s(list), s("a/text()")], "[]"),
            ("xpath", &[s(list), s("a/*/text()")], r#"["b1","b2","b3","c1","c2"]"#),
            ("xpath", &[s(list), s(r#"a/*[@class="bb"]/text()"#)], r#"["b1","c1"]"#),
            ("xpath", &[s(list), s("a/b/@class")], r#"["bb"]"#),
            ("xpath", &[s(list), s("a/b")], "[]"),
            ("xpath", &[s(""), s("a/b")], "[]"),
            ("xpath_boolean", &[s(doc), s("a/b")], "true"),
            ("xpath_boolean", &[s(doc), s("a/d")], "false"),
            ("xpath_boolean", &[s(doc), s("a/c = 8")], "true"),
            ("xpath_boolean", &[s(doc), s("a/c < 8")], "false"),
            ("xpath_double", &[s(words), s("a")], "NaN"),
            ("xpath_double", &[s(large), s("a/b * a/c")], "8.0E19"),
            ("xpath_number", &[s(doc), s("sum(a/*)")], "15.0"),
            ("xpath_float", &[s(large), s("a/b * a/c")], "8.0E19"),
            ("xpath_int", &[s(large), s("a/b * a/c")], "2147483647"),
            ("xpath_int", &[s(words), s("a")], "0"),
            ("xpath_int", &[s(words), s("a = 10")], "0"),
            ("xpath_long", &[s(large), s("a/b * a/c")], "9223372036854775807"),
            ("xpath_short", &[s(large), s("a/b * a/c")], "-1"),
            ("xpath_short", &[s(doc), s(r#"sum(a/b[@class="odd"])"#)], "5"),
            ("xpath_string", &[s("<a><b>bb</b><c>cc</c></a>"), s("a")], "bbcc"),
            ("xpath_string", &[s("<a><b>bb</b><c>cc</c></a>"), s("a/d")], ""),
            ("xpath_string", &[s("<a><b>b1</b><b>b2</b></a>"), s("//b")], "b1"),
            ("xpath_string", &[s(r#"<a xmlns="urn:x"><b>&lt;1&amp;</b></a>"#), s("a/b")], "<1&"),
            ("xpath_string", &[s(doc), s("a/b[")], "NULL"),
            ("xpath_string", &[s(""), s("a")], "NULL"),
            ("xpath_int", &[ScalarValue::Utf8(None), s("a")], "NULL"),
        ]);
    }

    /// Documents and expressions that are attacks end as errors or NULL, soon.
    #[test]
    fn attacks_are_harmless() {
        let mut entities = String::from("<!DOCTYPE a [<!ENTITY x0 'lol'>");
        for n in 1..30 {
            entities.push_str(&format!("<!ENTITY x{n} '&x{p};&x{p};&x{p};&x{p};'>", p = n - 1));
        }
        entities.push_str("]><a>&x29;</a>");
        assert!(call("xpath_string", &[s(&entities), s("a")]).is_err());
        let external = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>";
        assert!(call("xpath_string", &[s(external), s("a")]).is_err());
        let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
        assert!(call("xpath_string", &[s(&deep), s("a")]).is_err());
        assert!(call("xpath_string", &[s("<a>"), s("a")]).is_err());
        for path in ["(".repeat(100_000), "a[".repeat(5_000), "-".repeat(9_000) + "1", "a or ".repeat(1_900) + "a"] {
            assert!(call("xpath_string", &[s("<a>1</a>"), s(&path)]).is_ok(), "{}", &path[..4]);
        }
    }
}
