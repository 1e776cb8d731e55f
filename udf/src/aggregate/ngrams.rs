//! `ngrams` and `context_ngrams`: `GenericUDAFnGrams`, `GenericUDAFContextNGrams` and their `NGramEstimator`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray, ListBuilder, StringBuilder, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int32Type};
use datafusion_common::{Result as DfResult, ScalarValue, exec_err, internal_datafusion_err, not_impl_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::format_state_name;
use datafusion_expr::{Accumulator, GroupsAccumulator};

use super::function::{Behaviour, entry};
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{type_error, type_name};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        entry(
            "ngrams",
            NGrams { context: false },
            "_FUNC_(expr, n, k, pf) - Estimates the top-k n-grams in rows that consist of sequences of strings, \
             represented as arrays of strings, or arrays of arrays of strings. 'pf' is an optional precision factor that \
             controls memory usage.",
            "The parameter 'n' specifies what type of n-grams are being estimated. Unigrams are n = 1, and bigrams are n \
             = 2. Generally, n will not be greater than about 5. The 'k' parameter specifies how many of the \
             highest-frequency n-grams will be returned by the UDAF. The optional precision factor 'pf' specifies how \
             much memory to use for estimation; more memory will give more accurate frequency counts, but could crash the \
             JVM. The default value is 20, which internally maintains 20*k n-grams, but only returns the k highest \
             frequency ones. The output is an array of structs with the top-k n-grams. It might be convenient to \
             explode() the output of this UDAF.",
        ),
        entry(
            "context_ngrams",
            NGrams { context: true },
            "_FUNC_(expr, array<string1, string2, ...>, k, pf) estimates the top-k most frequent n-grams that fit into \
             the specified context. The second parameter specifies a string of words that specify the positions of the \
             n-gram elements, with a null value standing in for a 'blank' that must be filled by an n-gram element.",
            "The primary expression must be an array of strings, or an array of arrays of strings, such as the return \
             type of the sentences() UDF. The second parameter specifies the context -- for example, array(\"i\", \
             \"love\", null) -- which would estimate the top 'k' words that follow the phrase \"i love\" in the primary \
             expression. The optional fourth parameter 'pf' controls the memory used by the heuristic. Larger values \
             will yield better accuracy, but use more memory. Example usage:\n  SELECT context_ngrams(sentences(lower(\
             review)), array(\"i\", \"love\", null, null), 10) FROM movies\nwould attempt to determine the 10 most common \
             two-word phrases that follow \"i love\" in a database of free-form natural language movie reviews.",
        ),
    ]
}

/// Estimates the most frequent n-grams; with a context, of the blanks in it.
#[derive(Debug)]
struct NGrams {
    context: bool,
}

fn texts() -> DataType {
    DataType::new_list(DataType::Utf8, true)
}

fn gram_fields() -> Fields {
    Fields::from(vec![Field::new("ngram", texts(), true), Field::new("estfrequency", DataType::Float64, true)])
}

impl Behaviour for NGrams {
    fn name(&self) -> &'static str {
        if self.context { "context_ngrams" } else { "ngrams" }
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        if types.len() != 3 && types.len() != 4 {
            return type_error(types.len().saturating_sub(1), "Please specify either three or four arguments.");
        }
        let item = |ty: &DataType| match ty {
            DataType::List(item) => Some(item.data_type().clone()),
            _ => None,
        };
        let name = type_name(&types[0]);
        let text = match item(&types[0]) {
            None => {
                let message = format!("Only list type arguments are accepted but {name} was passed as parameter 1.");
                return type_error(0, message);
            }
            Some(inner @ DataType::List(_)) => item(&inner),
            Some(other) => Some(other),
        };
        if text != Some(DataType::Utf8) {
            let message =
                format!("Only array<string> or array<array<string>> is allowed, but {name} was passed as parameter 1.");
            return type_error(0, message);
        }
        let mut wanted = vec![types[0].clone()];
        for (index, ty) in types.iter().enumerate().skip(1) {
            if self.context && index == 1 {
                // `array(null)` has items of no type.
                if !matches!(item(ty), Some(DataType::Utf8 | DataType::Null)) {
                    let message =
                        format!("Only arrays of strings are accepted but {} was passed as parameter 2.", type_name(ty));
                    return type_error(1, message);
                }
                wanted.push(texts());
                continue;
            }
            if !ty.is_signed_integer() {
                let message =
                    format!("Only integers are accepted but {} was passed as parameter {}.", type_name(ty), index + 1);
                return type_error(index, message);
            }
            wanted.push(DataType::Int32);
        }
        Ok(wanted)
    }

    fn returns(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::new_list(DataType::Struct(gram_fields()), true))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "grams"), texts(), true))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        Ok(Box::new(Estimator { context: self.context, ..Estimator::default() }))
    }

    fn groups(&self, _: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        not_impl_err!("{} by groups", self.name())
    }
}

/// The n-grams of one group with their counts.
#[derive(Debug, Default)]
struct Estimator {
    context: bool,
    /// Most n-grams in the result; 0 until a row has come.
    k: usize,
    /// How many times `k` n-grams are kept.
    precision: usize,
    /// The words around, `None` for a blank; for `ngrams` as many blanks as there are words.
    pattern: Vec<Option<String>>,
    grams: HashMap<Vec<String>, f64>,
}

impl Estimator {
    fn start(&mut self, k: i32, precision: Option<i32>, pattern: Vec<Option<String>>) -> DfResult<()> {
        let name = if self.context { "GenericUDAFContextNGramEvaluator" } else { "GenericUDAFnGramEvaluator" };
        for (what, value) in [("k", Some(k)), ("pf", precision)] {
            if let Some(value) = value.filter(|value| *value < 1) {
                return exec_err!("{name} needs '{what}' to be at least 1, but you supplied {value}");
            }
        }
        if pattern.is_empty() {
            return exec_err!("{name} needs a context array with at least one element.");
        }
        if pattern.iter().all(Option::is_some) {
            return exec_err!(
                "{name} the context array needs to contain at least one 'null' value to indicate what should be counted."
            );
        }
        self.k = k as usize;
        self.precision = precision.unwrap_or(1) as usize;
        if self.k.saturating_mul(self.precision) < 1000 {
            self.precision = 1000 / self.k;
        }
        self.pattern = pattern;
        Ok(())
    }

    /// Counts the n-grams of a sequence of words.
    fn words(&mut self, words: &[&str]) {
        for window in words.windows(self.pattern.len()) {
            let fits = self.pattern.iter().zip(window).all(|(wanted, word)| wanted.as_ref().is_none_or(|w| w == word));
            if fits {
                let blanks = self.pattern.iter().zip(window).filter(|(wanted, _)| wanted.is_none());
                self.add(blanks.map(|(_, word)| word.to_string()).collect(), 1.0);
            }
        }
    }

    fn add(&mut self, gram: Vec<String>, count: f64) {
        *self.grams.entry(gram).or_default() += count;
        let most = self.k.saturating_mul(self.precision);
        if self.grams.len() > most.saturating_mul(2) {
            self.trim(most);
        }
    }

    /// Keeps the most frequent ones.
    fn trim(&mut self, most: usize) {
        if self.grams.len() > most {
            let mut all: Vec<(Vec<String>, f64)> = self.grams.drain().collect();
            all.sort_by(|left, right| right.1.total_cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
            all.truncate(most);
            self.grams = all.into_iter().collect();
        }
    }

    fn row(&mut self, value: &ArrayRef) {
        match value.as_list_opt::<i32>() {
            Some(sentences) => {
                for sentence in sentences.iter().flatten() {
                    self.row(&sentence);
                }
            }
            None => {
                if let Some(words) = value.as_string_opt::<i32>() {
                    let words: Vec<&str> = words.iter().map(Option::unwrap_or_default).collect();
                    self.words(&words);
                }
            }
        }
    }
}

fn int_at(column: &ArrayRef, row: usize) -> Option<i32> {
    let column = column.as_primitive_opt::<Int32Type>()?;
    column.is_valid(row).then(|| column.value(row))
}

impl Accumulator for Estimator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let [rows, pattern, k, precision @ ..] = values else { return Ok(()) };
        let Some(lists) = rows.as_list_opt::<i32>() else { return Ok(()) };
        for row in 0..lists.len() {
            if lists.is_null(row) || pattern.is_null(row) || k.is_null(row) {
                continue;
            }
            if self.k == 0 {
                let words = match pattern.as_list_opt::<i32>() {
                    Some(context) => {
                        let words = context.value(row);
                        words.as_string::<i32>().iter().map(|word| word.map(str::to_string)).collect()
                    }
                    None => {
                        let n = int_at(pattern, row).unwrap_or(0);
                        if n < 1 {
                            return exec_err!(
                                "GenericUDAFnGramEvaluator needs 'n' to be at least 1, but you supplied {n}"
                            );
                        }
                        vec![None; n as usize]
                    }
                };
                let precision = precision.first().and_then(|precision| int_at(precision, row));
                self.start(int_at(k, row).unwrap_or(0), precision, words)?;
            }
            self.row(&lists.value(row));
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        let Some(states) = states.first().and_then(|state| state.as_list_opt::<i32>()) else { return Ok(()) };
        for state in states.iter().flatten() {
            let state = state.as_string::<i32>();
            let mut items = state.iter();
            let mut next = || items.next().flatten();
            let broken = || internal_datafusion_err!("the state of ngrams is broken");
            let mut number = || next().and_then(|text| text.parse::<usize>().ok()).ok_or_else(broken);
            let (k, precision, width) = (number()?, number()?, number()?);
            if k == 0 {
                continue;
            }
            let pattern: Vec<Option<String>> = (0..width).map(|_| items.next().flatten().map(str::to_string)).collect();
            if self.k == 0 {
                (self.k, self.precision, self.pattern) = (k, precision, pattern);
            }
            let blanks = self.pattern.iter().filter(|word| word.is_none()).count();
            let rest: Vec<&str> = items.map(Option::unwrap_or_default).collect();
            for gram in rest.chunks_exact(blanks + 1) {
                let count = gram[blanks].parse().map_err(|_| broken())?;
                self.add(gram[..blanks].iter().map(|word| word.to_string()).collect(), count);
            }
        }
        Ok(())
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        let text = |text: String| ScalarValue::Utf8(Some(text));
        let mut items =
            vec![text(self.k.to_string()), text(self.precision.to_string()), text(self.pattern.len().to_string())];
        items.extend(self.pattern.iter().map(|word| ScalarValue::Utf8(word.clone())));
        for (gram, count) in &self.grams {
            items.extend(gram.iter().map(|word| text(word.clone())));
            items.push(text(count.to_string()));
        }
        Ok(vec![ScalarValue::List(ScalarValue::new_list_nullable(&items, &DataType::Utf8))])
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        self.trim(self.k);
        let item = Arc::new(Field::new_list_field(DataType::Struct(gram_fields()), true));
        if self.grams.is_empty() {
            return ScalarValue::try_from(DataType::List(item));
        }
        let mut all: Vec<(&Vec<String>, f64)> = self.grams.iter().map(|(gram, count)| (gram, *count)).collect();
        all.sort_by(|left, right| right.1.total_cmp(&left.1).then_with(|| left.0.cmp(right.0)));
        let mut grams = ListBuilder::new(StringBuilder::new());
        for (gram, _) in &all {
            gram.iter().for_each(|word| grams.values().append_value(word));
            grams.append(true);
        }
        let counts: Float64Array = all.iter().map(|(_, count)| Some(*count)).collect();
        let rows = StructArray::try_new(gram_fields(), vec![Arc::new(grams.finish()), Arc::new(counts)], None)?;
        let list = ListArray::try_new(item, OffsetBuffer::from_lengths([rows.len()]), Arc::new(rows), None)?;
        Ok(ScalarValue::List(Arc::new(list)))
    }

    fn size(&self) -> usize {
        let words: usize = self.grams.keys().flatten().map(|word| word.capacity() + size_of::<String>()).sum();
        size_of_val(self) + words + self.grams.len() * size_of::<(Vec<String>, f64)>()
    }
}
