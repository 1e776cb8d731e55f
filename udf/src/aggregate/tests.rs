//! Every function through the ways DataFusion runs it: whole, in parts, by group, over sliding frames.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray, StringArray,
    StructArray, new_null_array,
};
use arrow::datatypes::{DataType, Field, FieldRef, Int32Type, Schema};
use datafusion_common::ScalarValue;
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::{AggregateUDF, EmitTo};
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::Column;

use crate::registry::registry;

/// A function over columns of the coerced types.
struct Call {
    udaf: Arc<AggregateUDF>,
    distinct: bool,
    columns: Vec<ArrayRef>,
    schema: Schema,
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    fields: Vec<FieldRef>,
    return_field: FieldRef,
}

impl Call {
    fn new(name: &str, distinct: bool, columns: Vec<ArrayRef>) -> Call {
        let udaf = registry().aggregate(name).unwrap();
        let types: Vec<DataType> = columns.iter().map(|column| column.data_type().clone()).collect();
        assert_eq!(udaf.coerce_types(&types).unwrap(), types, "{name} is called with coerced types");
        let fields: Vec<FieldRef> = types
            .iter()
            .enumerate()
            .map(|(index, ty)| Arc::new(Field::new(format!("c{index}"), ty.clone(), true)))
            .collect();
        let exprs = fields
            .iter()
            .enumerate()
            .map(|(index, field)| Arc::new(Column::new(field.name(), index)) as Arc<dyn PhysicalExpr>)
            .collect();
        let schema = Schema::new(fields.clone());
        let return_field = udaf.return_field(&fields).unwrap();
        Call { udaf, distinct, columns, schema, exprs, fields, return_field }
    }

    fn args(&self) -> AccumulatorArgs<'_> {
        AccumulatorArgs {
            return_field: Arc::clone(&self.return_field),
            schema: &self.schema,
            ignore_nulls: false,
            order_bys: &[],
            is_reversed: false,
            name: "f",
            is_distinct: self.distinct,
            exprs: &self.exprs,
            expr_fields: &self.fields,
        }
    }

    fn slice(&self, from: usize, rows: usize) -> Vec<ArrayRef> {
        self.columns.iter().map(|column| column.slice(from, rows)).collect()
    }

    fn rows(&self) -> usize {
        self.columns[0].len()
    }

    fn check_states(&self, states: &[ArrayRef]) {
        let args = StateFieldsArgs {
            name: "f",
            input_fields: &self.fields,
            return_field: Arc::clone(&self.return_field),
            ordering_fields: &[],
            is_distinct: self.distinct,
        };
        let fields = self.udaf.state_fields(args).unwrap();
        let declared: Vec<&DataType> = fields.iter().map(|field| field.data_type()).collect();
        let given: Vec<&DataType> = states.iter().map(|state| state.data_type()).collect();
        assert_eq!(declared, given, "{}", self.udaf.name());
        for (field, state) in fields.iter().zip(states) {
            assert!(field.is_nullable() || state.null_count() == 0, "{}: {field}", self.udaf.name());
        }
    }

    fn whole(&self) -> ScalarValue {
        let mut accumulator = self.udaf.accumulator(self.args()).unwrap();
        accumulator.update_batch(&self.columns).unwrap();
        // Frames that grow evaluate again and again.
        accumulator.evaluate().unwrap();
        let value = accumulator.evaluate().unwrap();
        assert_eq!(&value.data_type(), self.return_field.data_type(), "{}", self.udaf.name());
        value
    }

    fn parts(&self) -> ScalarValue {
        let mut whole = self.udaf.accumulator(self.args()).unwrap();
        let middle = self.rows() / 2;
        for (from, rows) in [(0, middle), (middle, self.rows() - middle), (0, 0)] {
            let mut part = self.udaf.accumulator(self.args()).unwrap();
            if rows > 0 {
                part.update_batch(&self.slice(from, rows)).unwrap();
            }
            let states: Vec<ArrayRef> = part.state().unwrap().iter().map(|state| state.to_array().unwrap()).collect();
            self.check_states(&states);
            whole.merge_batch(&states).unwrap();
        }
        whole.evaluate().unwrap()
    }

    /// All rows as group 1 of 3, by two partial aggregations of which one passes rows on as they are.
    fn groups(&self) -> Option<ScalarValue> {
        if !self.udaf.groups_accumulator_supported(self.args()) {
            return None;
        }
        let mut whole = self.udaf.create_groups_accumulator(self.args()).unwrap();
        let middle = self.rows() / 2;
        let mut part = self.udaf.create_groups_accumulator(self.args()).unwrap();
        let filter = BooleanArray::from(vec![true; middle]);
        part.update_batch(&self.slice(0, middle), &vec![1; middle], Some(&filter), 3).unwrap();
        let first = part.state(EmitTo::First(1)).unwrap();
        self.check_states(&first);
        whole.merge_batch(&first, &[0], 1).unwrap();
        let states = part.state(EmitTo::All).unwrap();
        self.check_states(&states);
        whole.merge_batch(&states, &[1, 2], 3).unwrap();
        let states = part.convert_to_state(&self.slice(middle, self.rows() - middle), None).unwrap();
        self.check_states(&states);
        whole.merge_batch(&states, &vec![1; self.rows() - middle], 3).unwrap();
        let empty = whole.evaluate(EmitTo::First(1)).unwrap();
        assert_eq!((empty.len(), empty.data_type()), (1, self.return_field.data_type()));
        let values = whole.evaluate(EmitTo::All).unwrap();
        assert_eq!((values.len(), values.data_type()), (2, self.return_field.data_type()));
        Some(ScalarValue::try_from_array(&values, 0).unwrap())
    }

    /// The last frame of one row more and more, then of fewer, until all rows are there again.
    fn sliding(&self) -> ScalarValue {
        let mut accumulator = self.udaf.create_sliding_accumulator(self.args()).unwrap();
        assert!(accumulator.supports_retract_batch());
        accumulator.update_batch(&self.slice(0, 2)).unwrap();
        accumulator.evaluate().unwrap();
        accumulator.retract_batch(&self.slice(0, 1)).unwrap();
        accumulator.evaluate().unwrap();
        accumulator.retract_batch(&self.slice(1, 1)).unwrap();
        accumulator.update_batch(&self.columns).unwrap();
        accumulator.evaluate().unwrap()
    }

    /// The result, the same in every way.
    fn value(&self) -> ScalarValue {
        let whole = self.whole();
        assert_eq!(self.parts(), whole, "{} in parts", self.udaf.name());
        if let Some(grouped) = self.groups() {
            assert_eq!(grouped, whole, "{} by group", self.udaf.name());
        }
        assert_eq!(self.sliding(), whole, "{} over sliding frames", self.udaf.name());
        whole
    }
}

fn call(name: &str, columns: &[ArrayRef]) -> ScalarValue {
    Call::new(name, false, columns.to_vec()).value()
}

fn distinct(name: &str, columns: &[ArrayRef]) -> ScalarValue {
    Call::new(name, true, columns.to_vec()).value()
}

fn longs(values: &[Option<i64>]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn doubles(values: &[Option<f64>]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn strings(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn decimals(values: &[Option<i128>], precision: u8, scale: i8) -> ArrayRef {
    Arc::new(Decimal128Array::from(values.to_vec()).with_precision_and_scale(precision, scale).unwrap())
}

#[test]
fn counts() {
    let left = longs(&[Some(1), None, Some(1), Some(2)]);
    let right = strings(&[Some("a"), Some("b"), Some("a"), None]);
    assert_eq!(call("count", &[Arc::clone(&left)]), ScalarValue::Int64(Some(3)));
    assert_eq!(call("count", &[Arc::clone(&left), Arc::clone(&right)]), ScalarValue::Int64(Some(2)));
    assert_eq!(distinct("count", &[Arc::clone(&left)]), ScalarValue::Int64(Some(2)));
    assert_eq!(distinct("count", &[left, right]), ScalarValue::Int64(Some(1)));
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(true), Some(false)]));
    assert_eq!(distinct("count", &[flags]), ScalarValue::Int64(Some(2)));
    assert_eq!(call("count", &[new_null_array(&DataType::Null, 3)]), ScalarValue::Int64(Some(0)));
}

#[test]
fn sums() {
    assert_eq!(call("sum", &[longs(&[Some(i64::MAX), Some(1), None])]), ScalarValue::Int64(Some(i64::MIN)));
    assert_eq!(call("sum", &[longs(&[None, None])]), ScalarValue::Int64(None));
    assert_eq!(call("sum", &[doubles(&[Some(0.5), None, Some(2.0)])]), ScalarValue::Float64(Some(2.5)));
    let cents = decimals(&[Some(150), None, Some(150), Some(25)], 10, 2);
    assert_eq!(call("sum", &[Arc::clone(&cents)]), ScalarValue::Decimal128(Some(325), 20, 2));
    assert_eq!(distinct("sum", &[cents]), ScalarValue::Decimal128(Some(175), 20, 2));
    assert_eq!(distinct("sum", &[doubles(&[Some(0.5), Some(0.5), None])]), ScalarValue::Float64(Some(0.5)));
    let large = 10_i128.pow(38) - 1;
    let large = decimals(&[Some(large), Some(large), Some(large)], 38, 0);
    assert_eq!(call("sum", &[large]), ScalarValue::Decimal128(None, 38, 0));
}

#[test]
fn averages() {
    assert_eq!(call("avg", &[doubles(&[Some(1.0), None, Some(2.0)])]), ScalarValue::Float64(Some(1.5)));
    assert_eq!(distinct("avg", &[doubles(&[Some(1.0), Some(1.0), Some(2.0)])]), ScalarValue::Float64(Some(1.5)));
    // 2.00 / 3 = 0.666667 to six digits
    let cents = decimals(&[Some(100), Some(0), Some(100)], 10, 2);
    assert_eq!(call("avg", &[cents]), ScalarValue::Decimal128(Some(666_667), 14, 6));
    let cents = decimals(&[Some(-100), Some(0), Some(-100)], 10, 2);
    assert_eq!(call("avg", &[Arc::clone(&cents)]), ScalarValue::Decimal128(Some(-666_667), 14, 6));
    assert_eq!(distinct("avg", &[cents]), ScalarValue::Decimal128(Some(-500_000), 14, 6));
    let wide = decimals(&[Some(1), Some(2)], 38, 18);
    assert_eq!(call("avg", &[wide]), ScalarValue::Decimal128(Some(2), 38, 18));
    assert_eq!(call("avg", &[decimals(&[None, None], 10, 2)]), ScalarValue::Decimal128(None, 14, 6));
}

#[test]
fn extremes() {
    let words = strings(&[Some("b"), None, Some("a")]);
    assert_eq!(call("min", &[Arc::clone(&words)]), ScalarValue::from("a"));
    assert_eq!(call("max", &[words]), ScalarValue::from("b"));
    assert_eq!(call("max", &[longs(&[Some(1), Some(7), None])]), ScalarValue::Int64(Some(7)));
    assert_eq!(call("min", &[decimals(&[Some(1), Some(7)], 5, 1)]), ScalarValue::Decimal128(Some(1), 5, 1));
    let days: ArrayRef = Arc::new(arrow::array::Date32Array::from(vec![Some(3), None, Some(2)]));
    assert_eq!(call("min", &[days]), ScalarValue::Date32(Some(2)));
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(false), None, Some(true)]));
    assert_eq!(call("max", &[flags]), ScalarValue::Boolean(Some(true)));
    let map = registry().aggregate("max").unwrap();
    let entries = Field::new("entries", DataType::Struct(vec![Field::new("key", DataType::Utf8, false)].into()), false);
    assert!(map.coerce_types(&[DataType::Map(Arc::new(entries), false)]).is_err());
}

#[test]
fn extremes_of_nested_values() {
    let pairs: ArrayRef = Arc::new(StructArray::from(vec![
        (Arc::new(Field::new("a", DataType::Int64, true)), longs(&[Some(2), Some(1), Some(2)])),
        (Arc::new(Field::new("b", DataType::Int64, true)), longs(&[Some(1), Some(9), Some(3)])),
    ]));
    let max = call("max", &[Arc::clone(&pairs)]);
    assert_eq!(max, ScalarValue::try_from_array(&pairs, 2).unwrap());
    let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(2)]),
        None,
        Some(vec![Some(1), Some(5)]),
    ]));
    assert_eq!(call("min", &[Arc::clone(&lists)]), ScalarValue::try_from_array(&lists, 2).unwrap());
}

#[test]
fn collections() {
    let items = |value: ScalarValue| match value {
        ScalarValue::List(list) => list.value(0),
        other => panic!("{other} is no list"),
    };
    let values = longs(&[Some(3), Some(1), None, Some(3), Some(2), Some(1)]);
    let list = items(call("collect_list", &[Arc::clone(&values)]));
    assert_eq!(&list, &longs(&[Some(3), Some(1), Some(3), Some(2), Some(1)]));
    assert_eq!(&items(call("collect_set", &[values])), &longs(&[Some(3), Some(1), Some(2)]));
    let words = strings(&[Some("b"), Some("a"), Some("b")]);
    assert_eq!(&items(distinct("collect_list", &[words])), &strings(&[Some("b"), Some("a")]));
    assert!(items(call("collect_set", &[longs(&[None, None])])).is_empty());
    let pairs: ArrayRef = Arc::new(StructArray::from(vec![
        (Arc::new(Field::new("a", DataType::Int64, true)), longs(&[Some(2), Some(2), Some(1)])),
        (Arc::new(Field::new("b", DataType::Utf8, true)), strings(&[Some("x"), Some("x"), None])),
    ]));
    let set = items(call("collect_set", &[Arc::clone(&pairs)]));
    assert_eq!(set.len(), 2);
    assert_eq!(&set.slice(1, 1), &pairs.slice(2, 1));
}

#[test]
fn collections_of_maps() {
    use arrow::array::{Int32Builder, MapBuilder, StringBuilder};
    let names = arrow::array::MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
    let mut maps = MapBuilder::new(Some(names), StringBuilder::new(), Int32Builder::new());
    for _ in 0..2 {
        maps.keys().append_value("k");
        maps.values().append_value(1);
        maps.append(true).unwrap();
    }
    maps.append(false).unwrap();
    let ScalarValue::List(set) = call("collect_set", &[Arc::new(maps.finish())]) else { panic!("a list") };
    assert_eq!(set.value(0).len(), 1);
}

#[test]
fn statistics() {
    let values = doubles(&[Some(1.0), Some(2.0), None, Some(3.0), Some(4.0)]);
    assert_eq!(call("variance", &[Arc::clone(&values)]), ScalarValue::Float64(Some(1.25)));
    assert_eq!(call("stddev", &[Arc::clone(&values)]), ScalarValue::Float64(Some(1.25_f64.sqrt())));
    assert_eq!(call("var_samp", &[doubles(&[Some(1.0), None])]), ScalarValue::Float64(None));
    assert_eq!(distinct("stddev_pop", &[doubles(&[Some(1.0), Some(3.0), Some(3.0)])]), ScalarValue::Float64(Some(1.0)));
    let double = doubles(&[Some(2.0), Some(4.0), Some(5.0), Some(6.0), Some(8.0)]);
    let pair = [double, values];
    assert_eq!(call("covar_pop", &pair), ScalarValue::Float64(Some(2.5)));
    assert_eq!(call("regr_slope", &pair), ScalarValue::Float64(Some(2.0)));
    assert_eq!(call("regr_count", &pair), ScalarValue::Int64(Some(4)));
    assert_eq!(call("regr_avgx", &pair), ScalarValue::Float64(Some(2.5)));
    assert_eq!(call("regr_avgy", &pair), ScalarValue::Float64(Some(5.0)));
    assert_eq!(call("regr_sxx", &pair), ScalarValue::Float64(Some(5.0)));
    assert_eq!(call("corr", &pair), ScalarValue::Float64(Some(1.0)));
}

/// What Hive prints for these rows in this order.
#[test]
fn last_digits_are_hives() {
    let v = longs(&[Some(0), Some(1), Some(2), Some(3), None, Some(1), Some(2), Some(3)]);
    let f: Vec<Option<f64>> = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7].into_iter().map(Some).collect();
    let f = doubles(&f);
    let pair = [Arc::clone(&f), arrow::compute::cast(&v, &DataType::Float64).unwrap()];
    let printed = |name: &str, columns: &[ArrayRef]| {
        let ScalarValue::Float64(Some(value)) = Call::new(name, false, columns.to_vec()).whole() else {
            panic!("{name} is a double")
        };
        let mut text = String::new();
        crate::text::write_double(value, &mut text);
        text
    };
    assert_eq!(printed("var_pop", &pair[..1]), "0.052500000000000005");
    assert_eq!(printed("stddev", &pair[..1]), "0.22912878474779202");
    assert_eq!(printed("var_samp", &pair[..1]), "0.060000000000000005");
    assert_eq!(printed("covar_pop", &pair), "0.15510204081632656");
    assert_eq!(printed("covar_samp", &pair), "0.18095238095238098");
    assert_eq!(printed("corr", &pair), "0.6167660995031357");
    assert_eq!(printed("sum", &pair[..1]), "2.8");
    assert_eq!(printed("avg", &pair[..1]), "0.35");
    assert_eq!(printed("percentile", &[v, doubles(&[Some(0.3); 8])]), "1.0");
    let bins: ArrayRef = Arc::new(Int32Array::from(vec![3; 8]));
    assert_eq!(printed("percentile_approx", &[f, doubles(&[Some(0.8); 8]), bins]), "0.43000000000000005");
}

#[test]
fn regression_over_decimals() {
    let pair = [decimals(&[Some(10), None, Some(25)], 4, 1), decimals(&[Some(1), Some(2), Some(4)], 4, 0)];
    assert_eq!(call("regr_avgy", &pair), ScalarValue::Decimal128(Some(175_000), 8, 5));
    assert_eq!(call("regr_avgx", &pair), ScalarValue::Decimal128(Some(25_000), 8, 4));
    assert_eq!(call("regr_count", &pair), ScalarValue::Int64(Some(2)));
}

#[test]
fn percentiles() {
    let values = longs(&[Some(1), Some(2), None, Some(3), Some(10)]);
    let half = doubles(&[Some(0.5); 5]);
    assert_eq!(call("percentile", &[Arc::clone(&values), Arc::clone(&half)]), ScalarValue::Float64(Some(2.5)));
    let ways: [ArrayRef; 2] = [Arc::new(Int32Array::from(vec![0; 5])), Arc::new(Int32Array::from(vec![1; 5]))];
    let quarter = doubles(&[Some(0.25); 5]);
    let arguments = [quarter, Arc::clone(&values), Arc::clone(&ways[0]), Arc::clone(&ways[1])];
    assert_eq!(call("percentile_cont", &arguments), ScalarValue::Float64(Some(4.75)));
    let fraction = [doubles(&[Some(1.0), Some(2.0), Some(3.0)]), doubles(&[Some(0.5); 3])];
    assert_eq!(call("percentile_approx", &fraction), ScalarValue::Float64(Some(1.5)));
    let bins: ArrayRef = Arc::new(Int32Array::from(vec![2; 3]));
    let histogram = call("histogram_numeric", &[doubles(&[Some(1.0), Some(2.0), Some(3.0)]), bins]);
    assert!(!histogram.is_null());
}

#[test]
fn wrong_arguments() {
    let message = |name: &str, types: &[DataType]| {
        registry().aggregate(name).unwrap().coerce_types(types).unwrap_err().to_string()
    };
    let error = message("sum", &[DataType::Boolean]);
    assert!(error.contains("Only numeric or string type arguments are accepted but boolean is passed."), "{error}");
    let error = message("avg", &[DataType::new_list(DataType::Int32, true)]);
    assert!(error.contains("Only primitive type arguments are accepted but array<int> is passed."), "{error}");
    let error = message("max", &[]);
    assert!(error.contains("Exactly one argument is expected."), "{error}");
}

#[test]
fn help_is_hives() {
    let doc = registry().describe("STDDEV").unwrap();
    assert_eq!(doc.usage, "STDDEV(x) - Returns the standard deviation of a set of numbers");
    let count = registry().describe("count").unwrap();
    assert!(count.usage.contains("\ncount(expr) - Returns the number of rows"), "{}", count.usage);
}
