//! The order that a Java `HashMap` of texts has its entries in. Hive puts Avro's maps into one, so that is the order that
//! its users see.

/// Java's `String.hashCode`, spread as `HashMap` does.
fn spread(text: &str) -> u32 {
    let hash = text.encode_utf16().fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
    hash ^ hash >> 16
}

/// Positions of keys, which are all different, in the order of a `HashMap` that they were put into one after the other.
pub fn hash_order<'a>(keys: impl ExactSizeIterator<Item = &'a str>) -> Vec<usize> {
    // A table of 16 places that doubles when three quarters of them are full.
    let mut places = 16usize;
    while keys.len() > places / 4 * 3 {
        places *= 2;
    }
    let mut order: Vec<(usize, usize)> = keys.map(|key| spread(key) as usize & (places - 1)).zip(0..).collect();
    order.sort();
    order.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::hash_order;

    #[test]
    fn keys_stand_as_in_java() {
        assert_eq!(hash_order(["key4", "key3"].into_iter()), [1, 0]);
        assert_eq!(hash_order(["foo", "bar"].into_iter()), [1, 0]);
    }
}
