//! Answers of real Hive.

use super::random::JavaRandom;
use super::round::{Mode, divide, round_double};

#[test]
fn rounding_goes_by_the_decimal_form() {
    for (value, digits, answer) in [
        (2.5, 0, 3.0),
        (-2.5, 0, -3.0),
        (1.005, 2, 1.01),
        (0.285, 2, 0.29),
        (12.3456, 1, 12.3),
        (1234.5, -2, 1200.0),
        (55555.0, -4, 60000.0),
        (-0.4, 0, 0.0),
        (1e300, 2, 1e300),
        (123456789.12345679, 7, 123456789.1234568),
        (0.049999999999999996, 1, 0.0),
        (9.5, 0, 10.0),
        (0.05, 1, 0.1),
        (4.0, -1, 0.0),
        (5.0, -1, 10.0),
    ] {
        assert_eq!(round_double(value, digits, Mode::HalfUp), answer, "{value} {digits}");
    }
    assert_eq!(round_double(2.5, 0, Mode::HalfEven), 2.0);
    assert_eq!(round_double(12.25, 1, Mode::HalfEven), 12.2);
    assert_eq!(round_double(12.35, 1, Mode::HalfEven), 12.4);
    assert!(round_double(f64::NAN, 2, Mode::HalfUp).is_nan());
}

#[test]
fn whole_numbers_round_too() {
    assert_eq!(divide(25, 10, Mode::HalfUp), 3);
    assert_eq!(divide(-25, 10, Mode::HalfUp), -3);
    assert_eq!(divide(25, 10, Mode::HalfEven), 2);
    assert_eq!(divide(35, 10, Mode::HalfEven), 4);
    assert_eq!(divide(24, 10, Mode::HalfUp), 2);
    assert_eq!(divide(20, 10, Mode::HalfUp), 2);
}

#[test]
fn random_numbers_are_javas() {
    let mut random = JavaRandom::new(0);
    assert_eq!(random.next_double(), 0.730967787376657);
    assert_eq!(random.next_double(), 0.24053641567148587);
}
