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

mod calls {
    use crate::scalar::testing::{call, check, d, dec, i, l, s};
    use datafusion_common::ScalarValue;

    #[test]
    fn rounding() {
        check(&[
            ("round", &[d(2.5)], "3.0"),
            ("round", &[d(-2.5)], "-3.0"),
            ("round", &[d(125.315), i(-1)], "130.0"),
            ("round", &[dec(125, 10, 2), i(1)], "1.3"),
            ("round", &[dec(9955, 10, 1), i(-1)], "1000"),
            ("round", &[dec(15, 2, 1)], "2"),
            ("round", &[dec(15, 2, 1), i(3)], "1.500"),
            ("round", &[i(15), i(-1)], "20"),
            ("round", &[s("3.7")], "4.0"),
            ("round", &[i(5), ScalarValue::Int32(None)], "NULL"),
            ("bround", &[d(2.5)], "2.0"),
            ("bround", &[dec(225, 5, 2), i(1)], "2.2"),
            ("floor", &[dec(-150, 5, 2)], "-2"),
            ("ceil", &[d(1.2)], "2"),
            ("floor", &[d(-1.2)], "-2"),
            ("floor", &[i(7)], "7"),
            ("ceiling", &[dec(-150, 5, 2)], "-1"),
        ]);
        assert!(call("floor", &[s("x")]).unwrap_err().contains("numeric type, but string is found"));
        assert!(
            call("round", &[ScalarValue::Boolean(Some(true))])
                .unwrap_err()
                .contains("Only numeric or string group data types are allowed for ROUND function. Got BOOLEAN")
        );
    }

    #[test]
    fn the_rest() {
        check(&[
            ("abs", &[i(-5)], "5"),
            ("abs", &[dec(-150, 5, 2)], "1.50"),
            ("pmod", &[i(-7), i(3)], "2"),
            ("pmod", &[i(7), i(-3)], "-2"),
            ("pmod", &[dec(-75, 2, 1), i(2)], "0.5"),
            ("pmod", &[i(1), i(0)], "NULL"),
            ("mod", &[i(7), i(4)], "3"),
            ("negative", &[i(7)], "-7"),
            ("positive", &[d(7.5)], "7.5"),
            ("power", &[i(2), i(3)], "8.0"),
            ("log", &[i(2), i(8)], "3.0"),
            ("log2", &[i(8)], "3.0"),
            ("ln", &[i(0)], "NULL"),
            ("sqrt", &[i(-1)], "NULL"),
            ("sign", &[i(-3)], "-1.0"),
            ("sign", &[dec(-35, 5, 1)], "-1"),
            ("factorial", &[i(5)], "120"),
            ("factorial", &[i(21)], "NULL"),
            ("greatest", &[i(1), d(2.5), i(2)], "2.5"),
            ("least", &[s("b"), s("a")], "a"),
            ("greatest", &[i(1), ScalarValue::Null], "NULL"),
            ("shiftleft", &[i(1), i(4)], "16"),
            ("shiftright", &[i(-8), i(1)], "-4"),
            ("shiftrightunsigned", &[i(-8), i(1)], "2147483644"),
            ("cbrt", &[i(27)], "3.0"),
            ("width_bucket", &[i(5), i(0), i(10), i(4)], "3"),
            ("width_bucket", &[d(12.0), i(0), i(10), i(4)], "5"),
            ("width_bucket", &[i(9), i(10), i(0), i(5)], "1"),
            ("rand", &[l(0)], "0.24053641567148587"),
        ]);
    }
}
