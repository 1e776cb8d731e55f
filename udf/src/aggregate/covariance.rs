//! `covar_pop`, `covar_samp`, `corr` and `regr_…`: `GenericUDAFCovariance`, `GenericUDAFCorrelation`,
//! `GenericUDAFBinarySetFunctions`.

use arrow::datatypes::DataType;

use super::check::{is_numeric, primitive, two_arguments};
use super::function::entry;
use super::moments::{Moments, Statistic};
use super::variance::Variance;
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{type_error, type_name};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        entry(
            "covar_pop",
            Statistic::<Covariance>::new("covar_pop", coerce_covariance, |pairs| {
                (pairs.count > 0.0).then(|| pairs.covar / pairs.count)
            }),
            "_FUNC_(x,y) - Returns the population covariance of a set of number pairs",
            "The function takes as arguments any pair of numeric types and returns a double.\n\
             Any pair with a NULL is ignored. If the function is applied to an empty set, NULL\n\
             will be returned. Otherwise, it computes the following:\n   \
             (SUM(x*y)-SUM(x)*SUM(y)/COUNT(x,y))/COUNT(x,y)\n\
             where neither x nor y is null.",
        ),
        entry(
            "covar_samp",
            Statistic::<Covariance>::new("covar_samp", coerce_covariance, |pairs| {
                (pairs.count > 1.0).then(|| pairs.covar / (pairs.count - 1.0))
            }),
            "_FUNC_(x,y) - Returns the sample covariance of a set of number pairs",
            "The function takes as arguments any pair of numeric types and returns a double.\n\
             Any pair with a NULL is ignored.\n\
             If applied to an empty set: NULL is returned.\n\
             If applied to a set with a single element: NULL is returned.\n\
             Otherwise, it computes the following:\n   \
             (SUM(x*y)-SUM(x)*SUM(y)/COUNT(x,y))/(COUNT(x,y)-1)\n\
             where neither x nor y is null.",
        ),
        entry(
            "corr",
            Statistic::<Pairs>::new("corr", coerce_pair, Pairs::correlation),
            "_FUNC_(y,x) - Returns the Pearson coefficient of correlation\nbetween a set of number pairs",
            "The function takes as arguments any pair of numeric types and returns a double.\n\
             Any pair with a NULL is ignored.\n\
             If applied to an empty set: NULL is returned.\n\
             If N*SUM(x*x) = SUM(x)*SUM(x): NULL is returned.\n\
             If N*SUM(y*y) = SUM(y)*SUM(y): NULL is returned.\n\
             Otherwise, it computes the following:\n   \
             COVAR_POP(x,y)/(STDDEV_POP(x)*STDDEV_POP(y))\n\
             where neither x nor y is null,\n\
             COVAR_POP is the population covariance,\n\
             and STDDEV_POP is the population standard deviation.",
        ),
        regression(
            "regr_slope",
            Pairs::slope,
            "_FUNC_(y,x) - returns the slope of the linear regression line",
            "The function takes as arguments any pair of numeric types and returns a double.\n\
             Any pair with a NULL is ignored.\n\
             If applied to an empty set: NULL is returned.\n\
             If N*SUM(x*x) = SUM(x)*SUM(x): NULL is returned (the fit would be a vertical).\n\
             Otherwise, it computes the following:\n   \
             (N*SUM(x*y)-SUM(x)*SUM(y)) / (N*SUM(x*x)-SUM(x)*SUM(x))",
        ),
        regression(
            "regr_intercept",
            Pairs::intercept,
            "_FUNC_(y,x) - returns the y-intercept of the regression line.",
            "The function takes as arguments any pair of numeric types and returns a double.\n\
             Any pair with a NULL is ignored.\n\
             If applied to an empty set: NULL is returned.\n\
             If N*SUM(x*x) = SUM(x)*SUM(x): NULL is returned.\n\
             Otherwise, it computes the following:\n   \
             ( SUM(y)*SUM(x*x)-SUM(X)*SUM(x*y) )  /  ( N*SUM(x*x)-SUM(x)*SUM(x) )",
        ),
        regression(
            "regr_r2",
            Pairs::r2,
            "_FUNC_(y,x) - returns the coefficient of determination (also called R-squared or goodness of fit) for \
             the regression line.",
            "The function takes as arguments any pair of numeric types and returns a double.\n\
             Any pair with a NULL is ignored.\n\
             If applied to an empty set: NULL is returned.\n\
             If N*SUM(x*x) = SUM(x)*SUM(x): NULL is returned.\n\
             If N*SUM(y*y) = SUM(y)*SUM(y): 1 is returned.\n\
             Otherwise, it computes the following:\n   \
             POWER( N*SUM(x*y)-SUM(x)*SUM(y) ,2)  /  ( (N*SUM(x*x)-SUM(x)*SUM(x)) * (N*SUM(y*y)-SUM(y)*SUM(y)) )",
        ),
        entry(
            "regr_sxx",
            Statistic::<Side<true>>::new("regr_sxx", coerce_pair, Side::squares),
            "_FUNC_(y,x) - auxiliary analytic function",
            "The function takes as arguments any pair of numeric types and returns a double.\n\
             Any pair with a NULL is ignored.\n\
             If applied to an empty set: NULL is returned.\n\
             Otherwise, it computes the following:\n   \
             SUM(x*x)-SUM(x)*SUM(x)/N\n",
        ),
        entry(
            "regr_syy",
            Statistic::<Side<false>>::new("regr_syy", coerce_pair, Side::squares),
            "_FUNC_(y,x) - auxiliary analytic function",
            "The function takes as arguments any pair of numeric types and returns a double.\n\
             Any pair with a NULL is ignored.\n\
             If applied to an empty set: NULL is returned.\n\
             Otherwise, it computes the following:\n   \
             SUM(y*y)-SUM(y)*SUM(y)/N\n",
        ),
        regression(
            "regr_sxy",
            |pairs| (pairs.count > 0.0).then_some(pairs.covar),
            "_FUNC_(y,x) - return a value that can be used to evaluate the statistical validity of a regression model.",
            "The function takes as arguments any pair of numeric types and returns a double.\n\
             Any pair with a NULL is ignored.\n\
             If applied to an empty set: NULL is returned.\n\
             If N*SUM(x*x) = SUM(x)*SUM(x): NULL is returned.\n\
             Otherwise, it computes the following:\n   \
             SUM(x*y)-SUM(x)*SUM(y)/N",
        ),
    ]
}

fn regression(
    name: &'static str,
    finish: fn(&Pairs) -> Option<f64>,
    usage: &'static str,
    extended: &'static str,
) -> FunctionEntry {
    entry(name, Statistic::new(name, coerce_pair, finish), usage, extended)
}

fn check_pair(types: &[DataType], accepted: &str) -> Result<()> {
    two_arguments(types)?;
    primitive(types, 0)?;
    primitive(types, 1)?;
    match types.iter().position(|ty| !is_numeric(ty)) {
        Some(index) => {
            let given = types.get(index).map(type_name).unwrap_or_default();
            type_error(index, format!("Only {accepted} type arguments are accepted but {given} is passed."))
        }
        None => Ok(()),
    }
}

fn coerce_covariance(types: &[DataType]) -> Result<Vec<DataType>> {
    check_pair(types, "numeric or string")?;
    Ok(vec![DataType::Float64; 2])
}

fn coerce_pair(types: &[DataType]) -> Result<Vec<DataType>> {
    check_regression(types)?;
    Ok(vec![DataType::Float64; 2])
}

/// Two numbers, for `corr` and `regr_…`.
pub(super) fn check_regression(types: &[DataType]) -> Result<()> {
    check_pair(types, "numeric")
}

/// Count, means and `n` times the covariance of pairs `(x, y)`.
#[derive(Debug, Default, Clone, Copy)]
struct Covariance {
    count: f64,
    xavg: f64,
    yavg: f64,
    covar: f64,
}

impl Moments for Covariance {
    const FIELDS: &'static [&'static str] = &["count", "xavg", "yavg", "covar"];

    fn add(&mut self, x: f64, y: f64) {
        self.count += 1.0;
        self.yavg += (y - self.yavg) / self.count;
        if self.count > 1.0 {
            self.covar += (x - self.xavg) * (y - self.yavg);
        }
        self.xavg += (x - self.xavg) / self.count;
    }

    fn merge(&mut self, other: &Covariance) {
        if self.count == 0.0 {
            *self = *other;
        } else if other.count > 0.0 {
            let (n, m, total) = (self.count, other.count, self.count + other.count);
            self.covar += other.covar + (self.xavg - other.xavg) * (self.yavg - other.yavg) * (n * m / total);
            self.xavg = (self.xavg * n + other.xavg * m) / total;
            self.yavg = (self.yavg * n + other.yavg * m) / total;
            self.count = total;
        }
    }

    fn numbers(&self) -> Vec<f64> {
        vec![self.count, self.xavg, self.yavg, self.covar]
    }

    fn from_numbers(number: impl Fn(usize) -> f64) -> Covariance {
        Covariance { count: number(0), xavg: number(1), yavg: number(2), covar: number(3) }
    }
}

/// Count, means, and `n` times the variances and the covariance of pairs `(y, x)`.
#[derive(Debug, Default, Clone, Copy)]
struct Pairs {
    count: f64,
    xavg: f64,
    yavg: f64,
    xvar: f64,
    yvar: f64,
    covar: f64,
}

impl Pairs {
    fn correlation(&self) -> Option<f64> {
        let defined = self.count > 0.0 && self.xvar != 0.0 && self.yvar != 0.0;
        defined.then(|| self.covar / self.yvar.sqrt() / self.xvar.sqrt())
    }

    fn slope(&self) -> Option<f64> {
        (self.count >= 2.0 && self.xvar != 0.0).then(|| self.covar / self.xvar)
    }

    fn intercept(&self) -> Option<f64> {
        (self.count > 0.0 && self.xvar != 0.0).then(|| self.yavg - self.covar / self.xvar * self.xavg)
    }

    fn r2(&self) -> Option<f64> {
        (self.count >= 2.0 && self.xvar != 0.0)
            .then(|| if self.yvar == 0.0 { 1.0 } else { self.covar * self.covar / self.xvar / self.yvar })
    }
}

impl Moments for Pairs {
    const FIELDS: &'static [&'static str] = &["count", "xavg", "yavg", "xvar", "yvar", "covar"];

    fn add(&mut self, y: f64, x: f64) {
        let (dx, dy) = (x - self.xavg, y - self.yavg);
        self.count += 1.0;
        self.xavg += dx / self.count;
        self.yavg += dy / self.count;
        if self.count > 1.0 {
            self.covar += dx * (y - self.yavg);
            self.xvar += dx * (x - self.xavg);
            self.yvar += dy * (y - self.yavg);
        }
    }

    fn merge(&mut self, other: &Pairs) {
        if self.count == 0.0 {
            *self = *other;
        } else if other.count > 0.0 {
            let (n, m, total) = (self.count, other.count, self.count + other.count);
            let (dx, dy) = (self.xavg - other.xavg, self.yavg - other.yavg);
            self.xvar += other.xvar + dx * dx * n * m / total;
            self.yvar += other.yvar + dy * dy * n * m / total;
            self.covar += other.covar + dx * dy * (n * m / total);
            self.xavg = (self.xavg * n + other.xavg * m) / total;
            self.yavg = (self.yavg * n + other.yavg * m) / total;
            self.count = total;
        }
    }

    fn numbers(&self) -> Vec<f64> {
        vec![self.count, self.xavg, self.yavg, self.xvar, self.yvar, self.covar]
    }

    fn from_numbers(number: impl Fn(usize) -> f64) -> Pairs {
        Pairs { count: number(0), xavg: number(1), yavg: number(2), xvar: number(3), yvar: number(4), covar: number(5) }
    }
}

/// The variance of `x` (`X`) or `y` of pairs `(y, x)`.
#[derive(Debug, Default, Clone, Copy)]
struct Side<const X: bool>(Variance);

impl<const X: bool> Side<X> {
    fn squares(&self) -> Option<f64> {
        (self.0.count > 0.0).then_some(self.0.variance)
    }
}

impl<const X: bool> Moments for Side<X> {
    const FIELDS: &'static [&'static str] = Variance::FIELDS;

    fn add(&mut self, y: f64, x: f64) {
        let value = if X { x } else { y };
        self.0.add(value, value);
    }

    fn merge(&mut self, other: &Side<X>) {
        self.0.merge(&other.0);
    }

    fn numbers(&self) -> Vec<f64> {
        self.0.numbers()
    }

    fn from_numbers(number: impl Fn(usize) -> f64) -> Side<X> {
        Side(Variance::from_numbers(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs<M: Moments>(values: &[(f64, f64)]) -> M {
        let mut moments = M::default();
        values.iter().for_each(|(first, second)| moments.add(*first, *second));
        moments
    }

    #[test]
    fn a_line() {
        let line: Pairs = pairs(&[(3.0, 1.0), (5.0, 2.0), (7.0, 3.0)]);
        assert_eq!(line.slope(), Some(2.0));
        assert_eq!(line.intercept(), Some(1.0));
        assert_eq!(line.r2(), Some(1.0));
        let mut halves: Pairs = pairs(&[(3.0, 1.0), (5.0, 2.0)]);
        halves.merge(&pairs(&[(7.0, 3.0)]));
        assert_eq!(halves.slope(), Some(2.0));
        let one: Pairs = pairs(&[(3.0, 1.0)]);
        assert_eq!((one.slope(), one.intercept(), one.correlation()), (None, None, None));
    }

    #[test]
    fn sums_of_squares() {
        let x: Side<true> = pairs(&[(1.0, 1.0), (5.0, 3.0)]);
        let y: Side<false> = pairs(&[(1.0, 1.0), (5.0, 3.0)]);
        assert_eq!((x.squares(), y.squares()), (Some(2.0), Some(8.0)));
        let both: Covariance = pairs(&[(1.0, 1.0), (5.0, 3.0)]);
        assert_eq!(both.covar, 4.0);
    }

    #[test]
    fn strings_are_no_numbers() {
        let error = coerce_pair(&[DataType::Utf8, DataType::Int32]).unwrap_err();
        assert_eq!(error.to_string(), "Only numeric type arguments are accepted but string is passed.");
    }
}
