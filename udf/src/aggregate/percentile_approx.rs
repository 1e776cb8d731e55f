//! `percentile_approx` and `histogram_numeric`: `GenericUDAFPercentileApprox`, `GenericUDAFHistogramNumeric`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Float64Type, Int32Type};
use datafusion_common::{Result as DfResult, ScalarValue, internal_datafusion_err, not_impl_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::format_state_name;
use datafusion_expr::{Accumulator, GroupsAccumulator};

use super::check::is_numeric;
use super::function::{Behaviour, entry};
use super::histogram::{Bin, Histogram};
use super::percentile::{fraction_type, fractions_of, list_of};
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{category, is_primitive, type_error, type_name};

/// Bins of `percentile_approx` where none are asked for.
const BINS: usize = 10_000;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        entry(
            "percentile_approx",
            PercentileApprox,
            "_FUNC_(expr, pc, [nb]) - For very large data, computes an approximate percentile value from a histogram, \
             using the optional argument [nb] as the number of histogram bins to use. A higher value of nb results in \
             a more accurate approximation, at the cost of higher memory usage.",
            "'expr' can be any numeric column, including doubles and floats, and 'pc' is either a single double/float \
             with a requested percentile, or an array of double/float with multiple percentiles. If 'nb' is not \
             specified, the default approximation is done with 10,000 histogram bins, which means that if there are \
             10,000 or fewer unique values in 'expr', you can expect an exact result. The percentile() function \
             always computes an exact percentile and can run out of memory if there are too many unique values in a \
             column, which necessitates this function.\n\
             Example (three percentiles requested using a finer histogram approximation):\n\
             > SELECT percentile_approx(val, array(0.5, 0.95, 0.98), 100000) FROM somedata;\n\
             [0.05,1.64,2.26]\n",
        ),
        entry(
            "histogram_numeric",
            HistogramNumeric,
            "_FUNC_(expr, nb) - Computes a histogram on numeric 'expr' using nb bins.",
            "Example:\n\
             > SELECT histogram_numeric(val, 3) FROM src;\n\
             [{\"x\":100,\"y\":14.0},{\"x\":200,\"y\":22.0},{\"x\":290.5,\"y\":11.0}]\n\
             The return value is an array of (x,y) pairs representing the centers of the histogram's bins. As the \
             value of 'nb' is increased, the histogram approximationgets finer-grained, but may yield artifacts \
             around outliers. In practice, 20-40 histogram bins appear to work well, with more bins being required \
             for skewed or smaller datasets. Note that this function creates a histogram with non-uniform bin widths. \
             It offers no guarantees in terms of the mean-squared-error of the histogram, but in practice is \
             comparable to the histograms produced by the R/S-Plusstatistical computing packages.",
        ),
    ]
}

/// The first argument of both functions.
fn numeric_value(types: &[DataType]) -> Result<()> {
    let Some(value) = types.first() else { return Ok(()) };
    let given = type_name(value);
    if !is_primitive(value) {
        return type_error(
            0,
            format!("Only primitive type arguments are accepted but {given} was passed as parameter 1."),
        );
    }
    if !is_numeric(value) {
        return type_error(
            0,
            format!("Only numeric type arguments are accepted but {given} was passed as parameter 1."),
        );
    }
    Ok(())
}

fn fraction(ty: &DataType) -> Result<()> {
    if ty.is_floating() || matches!(ty, DataType::Decimal128(_, _)) {
        return Ok(());
    }
    type_error(
        1,
        format!(
            "Only a floating point or decimal, or floating point or decimal array argument is accepted as parameter \
             2, but {} was passed instead.",
            category(ty)
        ),
    )
}

/// State of both functions: the number of bins, percentiles, and `x, y` of each bin.
fn state_fields(args: &StateFieldsArgs) -> Vec<FieldRef> {
    let list = |name: &str| -> FieldRef {
        let item = Field::new_list_field(DataType::Float64, true);
        Arc::new(Field::new_list(format_state_name(args.name, name), item, true))
    };
    vec![list("percentiles"), list("histogram")]
}

#[derive(Debug)]
struct PercentileApprox;

impl Behaviour for PercentileApprox {
    fn name(&self) -> &'static str {
        "percentile_approx"
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let (percentile, bins) = match types {
            [_, percentile] => (percentile, None),
            [_, percentile, bins] => (percentile, Some(bins)),
            _ => return type_error(types.len().saturating_sub(1), "Please specify either two or three arguments."),
        };
        numeric_value(types)?;
        let mut coerced = vec![DataType::Float64, fraction_type(percentile)];
        match percentile {
            DataType::List(item) if is_primitive(item.data_type()) => fraction(item.data_type())?,
            DataType::List(_) => {
                return type_error(
                    1,
                    format!(
                        "A floating point or decimal array argument may be passed as parameter 2, but {} was passed \
                         instead.",
                        type_name(percentile)
                    ),
                );
            }
            ty if is_primitive(ty) => fraction(ty)?,
            ty => {
                return type_error(
                    1,
                    format!(
                        "Only a floating point or decimal, or floating point or decimal array argument is accepted \
                         as parameter 2, but {} was passed instead.",
                        type_name(ty)
                    ),
                );
            }
        }
        if let Some(bins) = bins {
            if !is_primitive(bins) {
                let given = type_name(bins);
                let message =
                    format!("Only a primitive argument is accepted as parameter 3, but {given} was passed instead.");
                return type_error(2, message);
            }
            if !bins.is_integer() {
                let given = type_name(bins);
                let message =
                    format!("Only an integer argument is accepted as parameter 3, but {given} was passed instead.");
                return type_error(2, message);
            }
            coerced.push(DataType::Int32);
        }
        Ok(coerced)
    }

    fn returns(&self, types: &[DataType]) -> DfResult<DataType> {
        Ok(types.get(1).map_or(DataType::Float64, fraction_type))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        Ok(state_fields(&args))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        let result = match args.return_type() {
            DataType::List(_) => Outcome::Percentiles,
            _ => Outcome::Percentile,
        };
        Ok(Box::new(Approximation { histogram: Histogram::new(BINS), fractions: Vec::new(), result }))
    }

    fn groups(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        not_impl_err!("percentile_approx over many groups at once")
    }
}

#[derive(Debug)]
struct HistogramNumeric;

fn bin_fields() -> Fields {
    Fields::from(vec![Field::new("x", DataType::Float64, true), Field::new("y", DataType::Float64, true)])
}

impl Behaviour for HistogramNumeric {
    fn name(&self) -> &'static str {
        "histogram_numeric"
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [_, bins] = types else {
            return type_error(types.len().saturating_sub(1), "Please specify exactly two arguments.");
        };
        numeric_value(types)?;
        let given = type_name(bins);
        if !is_primitive(bins) {
            return type_error(
                1,
                format!("Only primitive type arguments are accepted but {given} was passed as parameter 2."),
            );
        }
        if *bins != DataType::Int32 {
            return type_error(
                1,
                format!("Only an integer argument is accepted as parameter 2, but {given} was passed instead."),
            );
        }
        Ok(vec![DataType::Float64, DataType::Int32])
    }

    fn returns(&self, _types: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::new_list(DataType::Struct(bin_fields()), true))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        Ok(state_fields(&args))
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        Ok(Box::new(Approximation { histogram: Histogram::new(0), fractions: Vec::new(), result: Outcome::Bins }))
    }

    fn groups(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        not_impl_err!("histogram_numeric over many groups at once")
    }
}

/// What comes out of the histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Percentile,
    Percentiles,
    Bins,
}

/// One group.
#[derive(Debug)]
struct Approximation {
    histogram: Histogram,
    fractions: Vec<f64>,
    result: Outcome,
}

impl Approximation {
    fn set_bins(&mut self, bins: Option<&ArrayRef>) -> DfResult<()> {
        let bins = bins.and_then(|column| column.as_primitive_opt::<Int32Type>());
        let Some(bins) = bins.and_then(|column| column.iter().flatten().next()) else { return Ok(()) };
        if self.result == Outcome::Bins && bins < 2 {
            let message =
                format!("GenericUDAFHistogramNumericEvaluator needs nbins to be at least 2, but you supplied {bins}.");
            return Err(UdfError::Execution(message).into());
        }
        self.histogram.set_limit(usize::try_from(bins).unwrap_or(0));
        Ok(())
    }

    fn set_fractions(&mut self, column: &ArrayRef) -> DfResult<()> {
        if !self.fractions.is_empty() {
            return Ok(());
        }
        let Some(row) = (0..column.len()).find(|row| column.is_valid(*row)) else { return Ok(()) };
        self.fractions = fractions_of(column, row)?;
        match self.fractions.iter().find(|fraction| **fraction <= 0.0 || **fraction >= 1.0) {
            None => Ok(()),
            Some(fraction) => {
                let class = match self.result {
                    Outcome::Percentiles => "GenericUDAFMultiplePercentileApproxEvaluator",
                    _ => "GenericUDAFSinglePercentileApproxEvaluator",
                };
                let mut message =
                    format!("{class} requires percentile values to lie strictly between 0 and 1, but you supplied ");
                crate::text::write_double(*fraction, &mut message);
                Err(UdfError::Execution(message).into())
            }
        }
    }
}

impl Accumulator for Approximation {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let Some(column) = values.first().filter(|column| !column.is_empty()) else { return Ok(()) };
        let second = match self.result {
            Outcome::Bins => {
                self.set_bins(values.get(1))?;
                values.get(1)
            }
            _ => {
                self.set_bins(values.get(2))?;
                if let Some(fractions) = values.get(1) {
                    self.set_fractions(fractions)?;
                }
                values.get(1)
            }
        };
        let column = column
            .as_primitive_opt::<Float64Type>()
            .ok_or_else(|| internal_datafusion_err!("a histogram of {}", column.data_type()))?;
        for (row, value) in column.iter().enumerate() {
            if let Some(value) = value
                && second.is_none_or(|second| second.is_valid(row))
            {
                self.histogram.add(value);
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        let [fractions, histograms] = states else { return Ok(()) };
        for row in 0..histograms.len() {
            if self.fractions.is_empty() && fractions.is_valid(row) {
                self.fractions = fractions_of(fractions, row)?;
            }
            let numbers = fractions_of(histograms, row)?;
            let Some((limit, bins)) = numbers.split_first() else { continue };
            if bins.is_empty() {
                continue;
            }
            let bins = bins.chunks_exact(2).map(|pair| Bin { x: pair[0], y: pair[1] });
            self.histogram.merge(*limit as usize, bins);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let quantile = |fraction: &f64| self.histogram.quantile(*fraction);
        match self.result {
            Outcome::Percentile => Ok(ScalarValue::Float64(self.fractions.first().and_then(quantile))),
            Outcome::Percentiles if self.histogram.bins().is_empty() => {
                ScalarValue::try_from(DataType::new_list(DataType::Float64, true))
            }
            Outcome::Percentiles => list_of(Arc::new(self.fractions.iter().map(quantile).collect::<Float64Array>())),
            Outcome::Bins if self.histogram.bins().is_empty() => {
                ScalarValue::try_from(DataType::new_list(DataType::Struct(bin_fields()), true))
            }
            Outcome::Bins => {
                let bins = self.histogram.bins();
                let column = |number: fn(&Bin) -> f64| -> ArrayRef {
                    Arc::new(Float64Array::from_iter_values(bins.iter().map(number)))
                };
                let columns = vec![column(|bin| bin.x), column(|bin| bin.y)];
                list_of(Arc::new(StructArray::try_new(bin_fields(), columns, None)?))
            }
        }
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        let mut numbers = vec![self.histogram.limit() as f64];
        numbers.extend(self.histogram.bins().iter().flat_map(|bin| [bin.x, bin.y]));
        Ok(vec![
            list_of(Arc::new(Float64Array::from(self.fractions.clone())))?,
            list_of(Arc::new(Float64Array::from(numbers)))?,
        ])
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.histogram.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubles(values: &[f64]) -> ArrayRef {
        Arc::new(Float64Array::from(values.to_vec()))
    }

    fn state(part: &mut Approximation) -> Vec<ArrayRef> {
        part.state().unwrap().iter().map(|part| part.to_array().unwrap()).collect()
    }

    #[test]
    fn percentiles_of_parts() {
        let empty = |result| Approximation { histogram: Histogram::new(BINS), fractions: Vec::new(), result };
        let mut whole = empty(Outcome::Percentile);
        for values in [[1.0, 2.0], [3.0, 4.0]] {
            let mut part = empty(Outcome::Percentile);
            part.update_batch(&[doubles(&values), doubles(&[0.5, 0.5])]).unwrap();
            whole.merge_batch(&state(&mut part)).unwrap();
        }
        whole.merge_batch(&state(&mut empty(Outcome::Percentile))).unwrap();
        assert_eq!(whole.evaluate().unwrap(), ScalarValue::Float64(Some(2.0)));
        let error = empty(Outcome::Percentile).update_batch(&[doubles(&[1.0]), doubles(&[1.0])]).unwrap_err();
        assert!(error.to_string().contains("strictly between 0 and 1, but you supplied 1.0"), "{error}");
    }

    #[test]
    fn histograms() {
        let mut bins = Approximation { histogram: Histogram::new(0), fractions: Vec::new(), result: Outcome::Bins };
        assert!(bins.evaluate().unwrap().is_null());
        let two: ArrayRef = Arc::new(arrow::array::Int32Array::from(vec![2; 4]));
        bins.update_batch(&[doubles(&[1.0, 1.0, 9.0, 2.0]), two]).unwrap();
        let ScalarValue::List(list) = bins.evaluate().unwrap() else { panic!("a list") };
        let bins = list.value(0);
        assert_eq!(bins.as_struct().column(1).as_primitive::<Float64Type>().values(), &[3.0, 1.0]);
    }
}
