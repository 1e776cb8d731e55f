//! Decimals as text.

/// Powers of ten up to 10^38.
const POWERS: [i128; 39] = {
    let mut powers = [1_i128; 39];
    let mut index = 1;
    while index < 39 {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// `10^exponent`, `None` above 38.
pub fn power_of_ten(exponent: u32) -> Option<i128> {
    POWERS.get(exponent as usize).copied()
}

/// Appends a decimal with all digits of its scale (`1.50` for 150 of scale 2), as Hive prints columns.
pub fn write_decimal(value: i128, scale: i8, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    let digits = value.unsigned_abs().to_string();
    if scale <= 0 {
        out.push_str(&digits);
        if value != 0 {
            out.extend(std::iter::repeat_n('0', usize::from(scale.unsigned_abs())));
        }
        return;
    }
    let scale = usize::from(scale.unsigned_abs());
    match digits.len().checked_sub(scale).filter(|whole| *whole > 0) {
        Some(whole) => {
            let (whole, fraction) = digits.split_at_checked(whole).unwrap_or((&digits, ""));
            out.push_str(whole);
            out.push('.');
            out.push_str(fraction);
        }
        None => {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', scale - digits.len()));
            out.push_str(&digits);
        }
    }
}

/// Appends a decimal without trailing zeros (`1.5`), as Hive has them inside of arrays, maps and structs.
pub fn write_decimal_trimmed(value: i128, scale: i8, out: &mut String) {
    let (mut value, mut scale) = (value, scale);
    while scale > 0 && value % 10 == 0 {
        value /= 10;
        scale -= 1;
    }
    write_decimal(value, scale, out);
}

/// Brings an unscaled value to another scale, rounding half up (away from zero); `None` if it does not fit the
/// precision.
pub fn rescale(value: i128, from: i8, precision: u8, to: i8) -> Option<i128> {
    let shift = i32::from(to) - i32::from(from);
    let scaled = if shift >= 0 {
        if value == 0 {
            return Some(0);
        }
        value.checked_mul(power_of_ten(shift.unsigned_abs())?)?
    } else {
        match power_of_ten(shift.unsigned_abs()) {
            Some(divisor) => divide_half_up(value, divisor),
            None => 0,
        }
    };
    fits(scaled, precision).then_some(scaled)
}

/// Whether an unscaled value has no more than `precision` digits.
pub fn fits(value: i128, precision: u8) -> bool {
    power_of_ten(u32::from(precision)).is_some_and(|limit| value.unsigned_abs() < limit.unsigned_abs())
}

/// Division by a positive number, rounding half up (away from zero).
pub fn divide_half_up(value: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (value / divisor, value % divisor);
    if rest.unsigned_abs() >= divisor.unsigned_abs() - rest.unsigned_abs() {
        quotient + value.signum()
    } else {
        quotient
    }
}

/// `CAST(text AS DECIMAL(precision, scale))`: the unscaled value; spaces around are dropped, an exponent is taken,
/// what is behind the scale is rounded half up, too many digits before the point give `None`.
pub fn parse_decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        // Hive takes an exponent of two digits at most: `4.9E-324` is no decimal.
        Some((_, exponent)) if exponent.trim_start_matches(['-', '+', '0']).len() > 2 => return None,
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (body, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    // `kept` digits of the mantissa stand in front of the last place of the scale.
    let kept = i64::try_from(whole.len()).ok()? + i64::from(exponent) + i64::from(scale);
    let mut value: i128 = 0;
    let mut position = 0_i64;
    let mut overflow = false;
    let mut round_up = false;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        let digit = i128::from(byte - b'0');
        if position < kept {
            match value.checked_mul(10).and_then(|value| value.checked_add(digit)) {
                Some(next) => value = next,
                None => overflow = true,
            }
        } else if position == kept {
            round_up = digit >= 5;
        }
        position += 1;
    }
    if overflow {
        return None;
    }
    if value != 0 && position < kept {
        value = value.checked_mul(power_of_ten(u32::try_from(kept - position).ok()?)?)?;
    }
    if round_up {
        value += 1;
    }
    fits(value, precision).then_some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: i128, scale: i8) -> String {
        let mut out = String::new();
        write_decimal(value, scale, &mut out);
        out
    }

    #[test]
    fn printed_with_all_places() {
        assert_eq!(text(150, 2), "1.50");
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(0, 2), "0.00");
        assert_eq!(text(42, 0), "42");
        let mut out = String::new();
        write_decimal_trimmed(150, 2, &mut out);
        assert_eq!(out, "1.5");
    }

    #[test]
    fn parsed() {
        assert_eq!(parse_decimal("1.5", 10, 2), Some(150));
        assert_eq!(parse_decimal(" 1.555 ", 10, 2), Some(156));
        assert_eq!(parse_decimal("-1.555", 10, 2), Some(-156));
        assert_eq!(parse_decimal("1e3", 10, 0), Some(1000));
        assert_eq!(parse_decimal("1.5e-1", 10, 2), Some(15));
        assert_eq!(parse_decimal("0.05", 10, 0), Some(0));
        assert_eq!(parse_decimal("0.5", 10, 0), Some(1));
        assert_eq!(parse_decimal("5e-1", 10, 0), Some(1));
        assert_eq!(parse_decimal("5e-2", 10, 0), Some(0));
        assert_eq!(parse_decimal(".5", 10, 1), Some(5));
        assert_eq!(parse_decimal("5.", 10, 1), Some(50));
        assert_eq!(parse_decimal("100", 2, 0), None);
        assert_eq!(parse_decimal("", 2, 0), None);
        assert_eq!(parse_decimal("abc", 2, 0), None);
        assert_eq!(parse_decimal("9.99", 2, 1), None);
    }

    #[test]
    fn rescaled_half_up() {
        assert_eq!(rescale(155, 2, 10, 1), Some(16));
        assert_eq!(rescale(-155, 2, 10, 1), Some(-16));
        assert_eq!(rescale(154, 2, 10, 1), Some(15));
        assert_eq!(rescale(99, 0, 3, 2), None);
    }
}
