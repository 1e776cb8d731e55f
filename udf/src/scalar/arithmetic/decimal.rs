//! Decimal operators: exact, then rounded half up once to the scale of the result; NULL where it does not fit.

use arrow::datatypes::i256;

use crate::coercion::ArithmeticOp;
use crate::text::{divide_half_up, fits, power_of_ten};

/// An operator between two decimal types, with everything that does not depend on the row.
pub(super) struct DecimalOperator {
    op: ArithmeticOp,
    left_scale: u32,
    right_scale: u32,
    scale: u32,
    precision: u8,
}

impl DecimalOperator {
    /// The operands' scales, and precision and scale of the result. All scales are between 0 and 38.
    pub(super) fn new(op: ArithmeticOp, left: i8, right: i8, precision: u8, scale: i8) -> DecimalOperator {
        DecimalOperator {
            op,
            left_scale: u32::from(left.unsigned_abs()),
            right_scale: u32::from(right.unsigned_abs()),
            scale: u32::from(scale.unsigned_abs()),
            precision,
        }
    }

    /// The unscaled result.
    pub(super) fn apply(&self, left: i128, right: i128) -> Option<i128> {
        let value = match self.op {
            ArithmeticOp::Multiply => self.multiply(left, right),
            ArithmeticOp::Divide => self.divide(left, right),
            _ => self.aligned(left, right),
        }?;
        fits(value, self.precision).then_some(value)
    }

    fn multiply(&self, left: i128, right: i128) -> Option<i128> {
        let surplus = (self.left_scale + self.right_scale).saturating_sub(self.scale);
        match (left.checked_mul(right), surplus) {
            (Some(product), 0) => Some(product),
            (Some(product), surplus) if surplus <= 38 => Some(divide_half_up(product, power_of_ten(surplus)?)),
            _ => {
                let product = i256::from_i128(left).checked_mul(i256::from_i128(right))?;
                wide_divide_half_up(product, wide_power(surplus)?)
            }
        }
    }

    /// left / right at the scale of the result.
    fn divide(&self, left: i128, right: i128) -> Option<i128> {
        if right == 0 {
            return None;
        }
        let (up, down) = (self.scale + self.right_scale, self.left_scale);
        if up >= down {
            let shift = up - down;
            let narrow = power_of_ten(shift).and_then(|power| left.checked_mul(power));
            match narrow {
                Some(dividend) => Some(signed_divide_half_up(dividend, right)),
                None => {
                    let dividend = i256::from_i128(left).checked_mul(wide_power(shift)?)?;
                    wide_divide_half_up(dividend, i256::from_i128(right))
                }
            }
        } else {
            let divisor = i256::from_i128(right).checked_mul(wide_power(down - up)?)?;
            wide_divide_half_up(i256::from_i128(left), divisor)
        }
    }

    /// `+`, `-` and `%` at the larger scale of the two.
    fn aligned(&self, left: i128, right: i128) -> Option<i128> {
        if self.op == ArithmeticOp::Modulo && right == 0 {
            return None;
        }
        let scale = self.left_scale.max(self.right_scale);
        let narrow = |value: i128, from: u32| value.checked_mul(power_of_ten(scale - from)?);
        let surplus = scale.saturating_sub(self.scale);
        if let (Some(l), Some(r)) = (narrow(left, self.left_scale), narrow(right, self.right_scale)) {
            let value = match self.op {
                ArithmeticOp::Add => l.checked_add(r),
                ArithmeticOp::Subtract => l.checked_sub(r),
                _ => l.checked_rem(r),
            };
            if let Some(value) = value {
                return if surplus == 0 { Some(value) } else { Some(divide_half_up(value, power_of_ten(surplus)?)) };
            }
        }
        let wide = |value: i128, from: u32| i256::from_i128(value).checked_mul(wide_power(scale - from)?);
        let (l, r) = (wide(left, self.left_scale)?, wide(right, self.right_scale)?);
        let value = match self.op {
            ArithmeticOp::Add => l.checked_add(r),
            ArithmeticOp::Subtract => l.checked_sub(r),
            _ => l.checked_rem(r),
        }?;
        wide_divide_half_up(value, wide_power(surplus)?)
    }
}

fn wide_power(exponent: u32) -> Option<i256> {
    i256::from_i128(10).checked_pow(exponent)
}

/// Division by a number of either sign.
fn signed_divide_half_up(dividend: i128, divisor: i128) -> i128 {
    let (dividend, divisor) = if divisor < 0 { (-dividend, -divisor) } else { (dividend, divisor) };
    divide_half_up(dividend, divisor)
}

fn wide_divide_half_up(dividend: i256, divisor: i256) -> Option<i128> {
    let quotient = dividend.checked_div(divisor)?;
    let rest = dividend.checked_rem(divisor)?.checked_abs()?;
    let up = rest >= divisor.checked_abs()?.checked_sub(rest)?;
    let negative = (dividend < i256::ZERO) != (divisor < i256::ZERO);
    let step = if up { if negative { i256::MINUS_ONE } else { i256::ONE } } else { i256::ZERO };
    quotient.checked_add(step)?.to_i128()
}
