use super::read::{big_integer, rescale};

#[test]
fn integers_of_java() {
    for value in [0i128, 1, -1, 127, 128, -128, -129, 255, 256, 10i128.pow(38) - 1, -(10i128.pow(38) - 1)] {
        let bytes = super::write::big_integer(value);
        assert_eq!(big_integer(&bytes), Some(value));
    }
    assert_eq!(super::write::big_integer(128), [0, 128]);
    assert_eq!(super::write::big_integer(-128), [128]);
    assert_eq!(rescale(125, 2, 10, 1), Some(13));
    assert_eq!(rescale(-125, 2, 10, 1), Some(-13));
    assert_eq!(rescale(5, 0, 3, 2), Some(500));
    assert_eq!(rescale(50, 0, 3, 2), None);
    assert_eq!(rescale(5, 60, 3, 2), Some(0));
}
