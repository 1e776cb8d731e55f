//! Answers of real Hive.

use super::*;
use crate::registry::registry;
use arrow::array::{Array, AsArray, Int32Array, StringArray};
use arrow::datatypes::Int32Type;
use datafusion_common::config::ConfigOptions;
use datafusion_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs};

fn rows(name: &str, args: Vec<ColumnarValue>) -> StructArray {
    let function = registry().table(name).unwrap().as_list();
    let fields: Vec<_> = args
        .iter()
        .enumerate()
        .map(|(nth, arg)| Arc::new(Field::new(format!("a{nth}"), arg.data_type(), true)))
        .collect();
    let scalars: Vec<Option<ScalarValue>> = args
        .iter()
        .map(|arg| match arg {
            ColumnarValue::Scalar(value) => Some(value.clone()),
            ColumnarValue::Array(_) => None,
        })
        .collect();
    let scalars: Vec<Option<&ScalarValue>> = scalars.iter().map(Option::as_ref).collect();
    let return_field =
        function.return_field_from_args(ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &scalars }).unwrap();
    let call = ScalarFunctionArgs {
        args,
        arg_fields: fields,
        number_rows: 1,
        return_field: Arc::clone(&return_field),
        config_options: Arc::new(ConfigOptions::default()),
    };
    let result = function.invoke_with_args(call).unwrap().to_array(1).unwrap();
    assert_eq!(result.data_type(), return_field.data_type());
    result.as_list::<i32>().value(0).as_struct().clone()
}

fn text(value: &str) -> ColumnarValue {
    ColumnarValue::Scalar(ScalarValue::from(value))
}

#[test]
fn stack_fills_rows_from_left_to_right() {
    let rows = rows(
        "stack",
        vec![
            ColumnarValue::Scalar(ScalarValue::from(2)),
            text("a"),
            ColumnarValue::Array(Arc::new(Int32Array::from(vec![1]))),
            text("b"),
        ],
    );
    assert_eq!(rows.column(0).as_string::<i32>(), &StringArray::from(vec!["a", "b"]));
    assert_eq!(rows.column(1).as_primitive::<Int32Type>(), &Int32Array::from(vec![Some(1), None]));
}

#[test]
fn tuples() {
    let values = rows(
        "json_tuple",
        vec![text(r#"{"a":1.50,"b":{"c":[1,"x"]},"d":null}"#), text("a"), text("b"), text("d"), text("zz")],
    );
    let values: Vec<Option<String>> = values
        .columns()
        .iter()
        .map(|column| column.is_valid(0).then(|| column.as_string::<i32>().value(0).to_string()))
        .collect();
    assert_eq!(values, vec![Some("1.5".into()), Some(r#"{"c":[1,"x"]}"#.into()), None, None]);
    let values = rows(
        "parse_url_tuple",
        vec![text("http://a.b/c?k=v&l=w#r"), text("HOST"), text("QUERY:l"), text("REF"), text("nope")],
    );
    let values: Vec<Option<String>> = values
        .columns()
        .iter()
        .map(|column| column.is_valid(0).then(|| column.as_string::<i32>().value(0).to_string()))
        .collect();
    assert_eq!(values, vec![Some("a.b".into()), Some("w".into()), Some("r".into()), None]);
}

#[test]
fn posexplode_counts_from_zero_in_each_row() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(7), None])]);
    let rows = rows("posexplode", vec![ColumnarValue::Array(Arc::new(list))]);
    assert_eq!(rows.column_names(), vec!["pos", "val"]);
    assert_eq!(rows.column(0).as_primitive::<Int32Type>(), &Int32Array::from(vec![0, 1]));
    assert_eq!(rows.column(1).as_primitive::<Int32Type>(), &Int32Array::from(vec![Some(7), None]));
}
