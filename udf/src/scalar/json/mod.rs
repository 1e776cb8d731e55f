//! The JSON functions.

mod parse;
mod path;
mod read;

pub(crate) use parse::Json;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::overload;
use crate::scalar::kernel::strings;
use crate::scalar::{Call, Scalar};
use path::JsonPath;

/// Every function of this family.
pub fn functions() -> Vec<FunctionEntry> {
    [paths(), read::functions()].into_iter().flatten().collect()
}

fn paths() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "get_json_object",
            |_, types| overload("UDFJson", types, &[&[DataType::Utf8, DataType::Utf8]]),
            |_| Ok(DataType::Utf8),
            get_json_object,
        )
        .entry(
            "_FUNC_(json_txt, path) - Extract a json object from path ",
            "Extract json object from a json string based on json path specified, and return json string of the \
             extracted json object. It will return null if the input json string is invalid.\nA limited version of \
             JSONPath supported:\n  $   : Root object\n  .   : Child operator\n  []  : Subscript operator for array\n  \
             *   : Wildcard for []\n",
        ),
    ]
}

fn get_json_object(call: &Call) -> Result<ArrayRef> {
    let (document, path) = (call.strings(0)?, call.strings(1)?);
    let constant = call.constant_str(1).map(JsonPath::parse);
    strings(call.rows(), |row, out| {
        let (document, path) = (document.get(row)?, path.get(row)?);
        let own;
        let path = match &constant {
            Some(path) => path.as_ref()?,
            None => {
                own = JsonPath::parse(path)?;
                &own
            }
        };
        out.push_str(&path.find(&Json::parse(document)?)?.value_text()?);
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(document: &str, path: &str) -> Option<String> {
        JsonPath::parse(path)?.find(&Json::parse(document)?)?.value_text()
    }

    /// The document and the answers of Hive's test `udf_get_json_object`.
    #[test]
    fn paths_of_hives_test() {
        let store = r#"{"store":{"fruit":[{"weight":8,"type":"apple"},{"weight":9,"type":"pear"}],
            "basket":[[1,2,{"b":"y","a":"x"}],[3,4],[5,6]],
            "book":[{"author":"Nigel Rees","title":"Sayings of the Century","category":"reference","price":8.95},
            {"author":"Herman Melville","title":"Moby Dick","category":"fiction","price":8.99,"isbn":"0-553-21311-3"}],
            "bicycle":{"price":19.95,"color":"red"}},
            "email":"amy@only_for_json_udf_test.net","owner":"amy","zip code":"94025","fb:id":"1234"}"#;
        for (path, answer) in [
            ("$.owner", Some("amy")),
            ("$.store.bicycle", Some(r#"{"price":19.95,"color":"red"}"#)),
            ("$.store.fruit[0]", Some(r#"{"weight":8,"type":"apple"}"#)),
            ("$.store.fruit[*].weight", Some("[8,9]")),
            ("$.store.book[*].isbn", Some(r#"["0-553-21311-3"]"#)),
            ("$.store.basket[0][2].b", Some("y")),
            ("$.store.basket[*][0]", Some("[1,3,5]")),
            ("$.store.basket[0][*].b", Some(r#"["y"]"#)),
            ("$.store.basket[*]", Some(r#"[[1,2,{"b":"y","a":"x"}],[3,4],[5,6]]"#)),
            ("$.non_exist_key", None),
            ("$..no_recursive", None),
            ("$.store.book[10]", None),
            ("$.store.book[0].non_exist_key", None),
            ("$.store.basket[*].non_exist_key", None),
            ("$.fb:id", Some("1234")),
            ("$.zip code", Some("94025")),
            ("store", None),
        ] {
            assert_eq!(get(store, path).as_deref(), answer, "{path}");
        }
        assert_eq!(get("[1,2]", "$[1]").as_deref(), Some("2"));
        assert_eq!(get(r#"[{"a":1}]"#, "$.[0].a").as_deref(), Some("1"));
        assert_eq!(get("[1,2]", "$").as_deref(), Some("[1,2]"));
        assert_eq!(get("{\"a\":\"x\ny\\z\"}", "$.a").as_deref(), Some("x\nyz"));
        assert_eq!(get(r#"{"a":{"b":"x\ny"}}"#, "$.a").as_deref(), Some(r#"{"b":"x\ny"}"#));
        assert_eq!(get(r#"{"a":1e3,"b":12345678901234567890}"#, "$.a").as_deref(), Some("1000.0"));
        assert_eq!(get(r#"{"b":12345678901234567890}"#, "$.b").as_deref(), Some("12345678901234567890"));
        assert_eq!(get("{\"a\":1", "$.a"), None);
    }
}
