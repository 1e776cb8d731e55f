//! The decimal digits that Java 8 to 18 print of floats and doubles.
//!
//! Those versions do not always find the shortest digits: `2^57` is `1.44115188075855872E17` there, the float
//! 123456789 is `1.23456792E8`. Hive 4 runs on them and its answers show it. The method is Steele and White's, with
//! the stopping test of `FloatingDecimal`: digits are produced until the rest is less than half a unit in the last
//! place away, whole numbers below 2^63 excepted, which are printed as the integers they are.

use std::cmp::Ordering;

/// Digits, and where the point stands: the number is `0.d1d2d3… × 10^exponent`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Digits {
    bytes: [u8; 24],
    length: usize,
    pub(super) exponent: i32,
}

impl Digits {
    fn new() -> Digits {
        Digits { bytes: [0; 24], length: 0, exponent: 0 }
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.bytes.get(..self.length).unwrap_or_default()).unwrap_or_default()
    }

    /// Whether there was room.
    fn push(&mut self, digit: u8) -> bool {
        match self.bytes.get_mut(self.length) {
            Some(byte) => {
                *byte = b'0' + digit;
                self.length += 1;
                true
            }
            None => false,
        }
    }

    /// Sets the exponent and rounds the last digit by why there are no more: the rest is near to the lower or the
    /// upper bound, or `half` tells on which side of the middle it is.
    fn finish(&mut self, decimal: i32, low: bool, high: bool, half: Ordering) {
        self.exponent = decimal + 1;
        let odd = self.as_str().ends_with(['1', '3', '5', '7', '9']);
        if high && (!low || half.is_gt() || (half.is_eq() && odd)) {
            self.round_up();
        }
    }

    /// Adds one to the last digit; zeros that come of it stay.
    fn round_up(&mut self) {
        let length = self.length;
        for byte in self.bytes.iter_mut().take(length).rev() {
            if *byte < b'9' {
                *byte += 1;
                return;
            }
            *byte = b'0';
        }
        if let Some(first) = self.bytes.first_mut() {
            *first = b'1';
        }
        self.exponent += 1;
    }
}

/// Digits of a finite double that is not zero (the sign does not matter).
pub(super) fn of_double(value: f64) -> Option<Digits> {
    let bits = value.to_bits() & !(1 << 63);
    let (exponent, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
    if exponent == 0 {
        let zeros = fraction.leading_zeros() as i32;
        let shift = zeros - 11;
        digits(1 - shift - 1023, fraction << shift, 64 - zeros)
    } else {
        digits(exponent - 1023, fraction | 1 << 52, 53)
    }
}

/// Digits of a finite float that is not zero (the sign does not matter).
pub(super) fn of_float(value: f32) -> Option<Digits> {
    let bits = value.to_bits() & !(1 << 31);
    let (exponent, fraction) = ((bits >> 23) as i32, bits & ((1 << 23) - 1));
    if exponent == 0 {
        let zeros = fraction.leading_zeros() as i32;
        let shift = zeros - 8;
        digits(1 - shift - 127, u64::from(fraction << shift) << 29, 32 - zeros)
    } else {
        digits(exponent - 127, u64::from(fraction | 1 << 23) << 29, 24)
    }
}

/// `fraction` has its highest bit at 52 and stands for 1.x; `significant` is the number of its bits that count.
fn digits(binary_exponent: i32, fraction: u64, significant: i32) -> Option<Digits> {
    let trailing = fraction.trailing_zeros() as i32;
    let fraction_bits = 53 - trailing;
    // Bits to the right of the binary point.
    let tiny = (fraction_bits - binary_exponent - 1).max(0);
    if tiny == 0 && binary_exponent <= 62 {
        return Some(whole(binary_exponent, fraction, significant));
    }
    let decimal = estimate(fraction, binary_exponent);
    let b5 = (-decimal).max(0);
    let s5 = decimal.max(0);
    let s2 = s5 + tiny;
    let mut b2 = b5 + tiny + binary_exponent;
    let mut m2 = b2 - significant;
    b2 -= fraction_bits - 1;
    let common = b2.min(s2);
    let mut s2 = s2 - common;
    b2 -= common;
    m2 -= common;
    // The number below a power of two is half as far away.
    if fraction_bits == 1 {
        m2 -= 1;
    }
    if m2 < 0 {
        b2 -= m2;
        s2 -= m2;
        m2 = 0;
    }
    let scaled = Scaled { fraction: fraction >> trailing, b5, b2, s5, s2, m2, decimal };
    let bits = (fraction_bits + b2 + bits_of_power_of_5(b5)).max(s2 + 1 + bits_of_power_of_5(s5 + 1));
    match bits {
        ..32 => scaled.narrow::<i32>(),
        32..64 => scaled.narrow::<i64>(),
        _ => scaled.wide(),
    }
}

/// The number as `(B / S) × 10^decimal` with `1 <= B / S < 10`, and M, half a unit in the last place: all three as
/// powers of five and two.
struct Scaled {
    fraction: u64,
    b5: i32,
    b2: i32,
    s5: i32,
    s2: i32,
    m2: i32,
    decimal: i32,
}

impl Scaled {
    /// The form with an exponent has a digit behind the point always.
    fn one_digit_more(decimal: i32) -> bool {
        !(-3..8).contains(&decimal)
    }

    /// In machine integers, which wrap around as Java's do.
    fn narrow<T: Wrapping>(&self) -> Option<Digits> {
        let five = |n: i32| T::new(5_u64.pow(n as u32));
        let mut decimal = self.decimal;
        let mut b = T::new(self.fraction).times(five(self.b5)).shift_left(self.b2);
        let s = five(self.s5).shift_left(self.s2);
        let mut m = five(self.b5).shift_left(self.m2);
        let ten = T::new(10);
        let ten_s = s.times(ten);
        let mut digits = Digits::new();
        let (digit, rest) = b.divide(s);
        (b, m) = (rest.times(ten), m.times(ten));
        let (mut low, mut high) = (b < m, b.plus(m) > ten_s);
        if digit == 0 && !high {
            decimal -= 1;
        } else {
            digits.push(digit);
        }
        if Scaled::one_digit_more(decimal) {
            (low, high) = (false, false);
        }
        while !low && !high {
            let (digit, rest) = b.divide(s);
            (b, m) = (rest.times(ten), m.times(ten));
            (low, high) = if m > T::new(0) { (b < m, b.plus(m) > ten_s) } else { (true, true) };
            if !digits.push(digit) {
                return None;
            }
        }
        let difference = b.shift_left(1).minus(ten_s);
        digits.finish(decimal, low, high, difference.partial_cmp(&T::new(0))?);
        Some(digits)
    }

    /// In big integers.
    fn wide(&self) -> Option<Digits> {
        let mut decimal = self.decimal;
        let mut b = Big::product(self.fraction, self.b5, self.b2)?;
        let s = Big::product(1, self.s5, self.s2)?;
        let ten_s = Big::product(1, self.s5 + 1, self.s2 + 1)?;
        let mut m = Big::product(1, self.b5 + 1, self.m2 + 1)?;
        // Unlike the narrow test, this one takes in the bound.
        let near = |b: &Big, m: &Big| Some((b.compare(m).is_lt(), b.sum(m)?.compare(&ten_s).is_ge()));
        let mut digits = Digits::new();
        let first = b.next_digit(&s)?;
        let (mut low, mut high) = near(&b, &m)?;
        if first == 0 && !high {
            decimal -= 1;
        } else {
            digits.push(first);
        }
        if Scaled::one_digit_more(decimal) {
            (low, high) = (false, false);
        }
        while !low && !high {
            let digit = b.next_digit(&s)?;
            m = m.times(10)?;
            (low, high) = near(&b, &m)?;
            if !digits.push(digit) {
                return None;
            }
        }
        digits.finish(decimal, low, high, b.times(2)?.compare(&ten_s));
        Some(digits)
    }
}

/// Java's `int` and `long`.
trait Wrapping: Copy + PartialOrd {
    fn new(value: u64) -> Self;
    fn times(self, other: Self) -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn shift_left(self, bits: i32) -> Self;
    fn divide(self, by: Self) -> (u8, Self);
}

macro_rules! wrapping {
    ($type:ty) => {
        impl Wrapping for $type {
            fn new(value: u64) -> $type {
                value as $type
            }
            fn times(self, other: $type) -> $type {
                self.wrapping_mul(other)
            }
            fn plus(self, other: $type) -> $type {
                self.wrapping_add(other)
            }
            fn minus(self, other: $type) -> $type {
                self.wrapping_sub(other)
            }
            fn shift_left(self, bits: i32) -> $type {
                self.wrapping_shl(bits as u32)
            }
            fn divide(self, by: $type) -> (u8, $type) {
                (self.wrapping_div(by) as u8, self.wrapping_rem(by))
            }
        }
    };
}

wrapping!(i32);
wrapping!(i64);

/// A whole number: its digits but for those that are below the precision.
fn whole(binary_exponent: i32, fraction: u64, significant: i32) -> Digits {
    let value =
        if binary_exponent >= 52 { fraction << (binary_exponent - 52) } else { fraction >> (52 - binary_exponent) };
    let spare = binary_exponent - significant - 1;
    let insignificant = if spare > 1 { (f64::from(spare) * std::f64::consts::LOG10_2) as u32 } else { 0 };
    let unit = 10_u64.pow(insignificant);
    let mut value = value / unit + u64::from(insignificant > 0 && value % unit >= unit / 2);
    let mut digits = Digits::new();
    let mut exponent = insignificant as i32;
    while value != 0 && value % 10 == 0 {
        value /= 10;
        exponent += 1;
    }
    for byte in value.to_string().bytes() {
        digits.push(byte - b'0');
    }
    digits.exponent = exponent + digits.length as i32;
    digits
}

/// `floor(log10)` of the number, or one less.
fn estimate(fraction: u64, binary_exponent: i32) -> i32 {
    let mantissa = f64::from_bits(1023 << 52 | fraction & ((1 << 52) - 1));
    let estimate =
        (mantissa - 1.5) * 0.289529654 + 0.176091259 + f64::from(binary_exponent) * std::f64::consts::LOG10_2;
    estimate.floor() as i32
}

/// Number of bits of 5^n, as far as it matters: an upper bound above 26.
fn bits_of_power_of_5(n: i32) -> i32 {
    match u32::try_from(n).ok().and_then(|n| 5_u64.checked_pow(n)) {
        Some(1) => 0,
        Some(power) if n < 27 => 64 - power.leading_zeros() as i32,
        _ => n * 3,
    }
}

const LIMBS: usize = 40;

/// A natural number of up to 1280 bits, the lowest limb first.
#[derive(Clone)]
struct Big {
    limbs: [u32; LIMBS],
    length: usize,
}

impl Big {
    /// `factor × 5^fives × 2^twos`; `None` where it does not fit.
    fn product(factor: u64, fives: i32, twos: i32) -> Option<Big> {
        let mut big = Big { limbs: [0; LIMBS], length: 0 };
        big.limbs[0] = factor as u32;
        big.limbs[1] = (factor >> 32) as u32;
        big.length = if big.limbs[1] != 0 { 2 } else { usize::from(big.limbs[0] != 0) };
        let mut fives = u32::try_from(fives).ok()?;
        while fives > 0 {
            let step = fives.min(13);
            big = big.times(5_u32.pow(step))?;
            fives -= step;
        }
        big.shift_left(u32::try_from(twos).ok()?)
    }

    fn used(&self) -> &[u32] {
        self.limbs.get(..self.length).unwrap_or_default()
    }

    fn times(&self, factor: u32) -> Option<Big> {
        let mut big = self.clone();
        let mut carry = 0_u64;
        for limb in big.limbs.iter_mut().take(self.length) {
            let product = u64::from(*limb) * u64::from(factor) + carry;
            *limb = product as u32;
            carry = product >> 32;
        }
        if carry > 0 {
            *big.limbs.get_mut(big.length)? = carry as u32;
            big.length += 1;
        }
        Some(big)
    }

    fn shift_left(&self, bits: u32) -> Option<Big> {
        let (words, bits) = ((bits / 32) as usize, bits % 32);
        let mut big = Big { limbs: [0; LIMBS], length: 0 };
        let mut carry = 0_u64;
        for (index, limb) in self.used().iter().enumerate() {
            let shifted = (u64::from(*limb) << bits) | carry;
            *big.limbs.get_mut(index + words)? = shifted as u32;
            carry = shifted >> 32;
        }
        big.length = self.length + words;
        if carry > 0 {
            *big.limbs.get_mut(big.length)? = carry as u32;
            big.length += 1;
        }
        Some(big)
    }

    fn sum(&self, other: &Big) -> Option<Big> {
        let mut big = self.clone();
        let length = self.length.max(other.length);
        let mut carry = 0_u64;
        for (limb, addend) in big.limbs.iter_mut().zip(other.limbs).take(length) {
            let total = u64::from(*limb) + u64::from(addend) + carry;
            *limb = total as u32;
            carry = total >> 32;
        }
        big.length = length;
        if carry > 0 {
            *big.limbs.get_mut(length)? = carry as u32;
            big.length += 1;
        }
        Some(big)
    }

    fn compare(&self, other: &Big) -> Ordering {
        self.length.cmp(&other.length).then_with(|| self.used().iter().rev().cmp(other.used().iter().rev()))
    }

    /// The quotient by a number that goes in less than ten times; what is left is ten times the rest.
    fn next_digit(&mut self, divisor: &Big) -> Option<u8> {
        let mut digit = 0;
        while self.compare(divisor).is_ge() {
            let mut borrow = 0_i64;
            for (limb, subtrahend) in self.limbs.iter_mut().zip(divisor.limbs).take(self.length) {
                let difference = i64::from(*limb) - i64::from(subtrahend) + borrow;
                *limb = difference as u32;
                borrow = difference >> 32;
            }
            while self.length > 0 && self.limbs.get(self.length - 1) == Some(&0) {
                self.length -= 1;
            }
            digit += 1;
        }
        *self = self.times(10)?;
        Some(digit)
    }
}
