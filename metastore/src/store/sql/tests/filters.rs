use super::*;
use crate::model::{CompareOp, DEFAULT_PARTITION, PartitionFilter, PartitionLiteral};
use crate::store::Page;

/// A small generator of random numbers (xorshift), so that a failure comes again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const KEYS: [&str; 10] = [
    "a string",
    "b int",
    "c date",
    "d tinyint",
    "e varchar(9)",
    "f bigint",
    "g string",
    "h string",
    "i int", // beyond the indexed ones
    "j string",
];
const TEXTS: [&str; 8] = ["", DEFAULT_PARTITION, "a", "B", "é/=%", "2024-01-01", "10", "9"];
const NUMBERS: [&str; 9] = [DEFAULT_PARTITION, "x", "10", "9", "-3", "010", "300", "9223372036854775807", "4.2"];

fn filter(random: &mut Random, depth: usize) -> PartitionFilter {
    let column = if random.below(20) == 0 { 8 + random.below(2) } else { random.below(8) };
    let integer = field(KEYS[column]).ty.is_integer();
    let literal = |random: &mut Random| {
        let other_type = random.below(15) == 0;
        if integer != other_type {
            PartitionLiteral::Integer([10, 9, -3, 300, i64::MAX, 0, 4][random.below(7)])
        } else {
            PartitionLiteral::Text(random.pick(&TEXTS).to_string())
        }
    };
    match random.below(if depth == 0 { 4 } else { 7 }) {
        0 | 1 => {
            let ops = [CompareOp::Eq, CompareOp::NotEq, CompareOp::Lt, CompareOp::LtEq, CompareOp::Gt, CompareOp::GtEq];
            PartitionFilter::Compare { column, op: ops[random.below(6)], literal: literal(random) }
        }
        2 => PartitionFilter::In { column, literals: (0..random.below(4)).map(|_| literal(random)).collect() },
        3 => PartitionFilter::IsNull { column, negated: random.below(2) == 0 },
        4 | 5 => PartitionFilter::And((0..random.below(3)).map(|_| filter(random, depth - 1)).collect()),
        _ => PartitionFilter::Or((0..random.below(4)).map(|_| filter(random, depth - 1)).collect()),
    }
}

/// Written apart from [`PartitionFilter::matches`], from the words of the trait alone.
fn naive(filter: &PartitionFilter, values: &[String]) -> bool {
    let number = |column: usize| -> Option<i64> {
        let text = &values[column];
        let whole = text.split('.').next().unwrap();
        let number: i64 = whole.parse().ok()?;
        match KEYS[column].split(' ').nth(1).unwrap() {
            "tinyint" => i8::try_from(number).ok().map(i64::from),
            "int" => i32::try_from(number).ok().map(i64::from),
            _ => Some(number),
        }
    };
    let integer = |column: usize| KEYS[column].ends_with("int");
    let null = |column: usize| {
        let text = values[column].as_str();
        text.is_empty() || text == DEFAULT_PARTITION || integer(column) && number(column).is_none()
    };
    let compare = |column: usize, op: CompareOp, literal: &PartitionLiteral| {
        if null(column) {
            return false;
        }
        let order = match literal {
            PartitionLiteral::Text(text) => values[column].as_str().cmp(text),
            PartitionLiteral::Integer(other) => match number(column) {
                Some(number) => number.cmp(other),
                None => return false,
            },
        };
        match op {
            CompareOp::Eq => order.is_eq(),
            CompareOp::NotEq => !order.is_eq(),
            CompareOp::Lt => order.is_lt(),
            CompareOp::LtEq => !order.is_gt(),
            CompareOp::Gt => order.is_gt(),
            CompareOp::GtEq => !order.is_lt(),
        }
    };
    match filter {
        PartitionFilter::All => true,
        PartitionFilter::Compare { column, op, literal } => compare(*column, *op, literal),
        PartitionFilter::In { column, literals } => literals.iter().any(|l| compare(*column, CompareOp::Eq, l)),
        PartitionFilter::IsNull { column, negated } => null(*column) != *negated,
        PartitionFilter::And(parts) => parts.iter().all(|part| naive(part, values)),
        PartitionFilter::Or(parts) => parts.iter().any(|part| naive(part, values)),
    }
}

fn give_what_a_naive_evaluation_gives(on: Kind) {
    let s = Scratch::with_table(on, &KEYS);
    let t = table("t", &KEYS);
    let mut random = Random(0x5EED);
    let parts: Vec<_> = (0..300)
        .map(|_| {
            let values: Vec<&str> = KEYS
                .iter()
                .map(|key| if key.ends_with("int") { random.pick(&NUMBERS) } else { random.pick(&TEXTS) })
                .collect();
            partition(&t, &values)
        })
        .collect();
    s.store.add_partitions("default", "t", &parts, true).unwrap();
    let all = s.store.partition_values("default", "t", &PartitionFilter::All, None).unwrap();
    for round in 0..1500 {
        let filter = filter(&mut random, 3);
        let expected: Vec<_> = all.iter().filter(|values| naive(&filter, values)).cloned().collect();
        let values = s.store.partition_values("default", "t", &filter, None).unwrap();
        assert_eq!(values, expected, "{filter:?}");
        assert_eq!(s.store.count_partitions("default", "t", &filter).unwrap(), expected.len());
        if round % 10 == 0 {
            paged(&s, &t, &filter, &expected, 1 + random.below(40));
            let limit = random.below(20);
            let values = s.store.partition_values("default", "t", &filter, Some(limit)).unwrap();
            assert_eq!(values, expected[..limit.min(expected.len())]);
            let limit = (round % 20 == 0).then_some(limit);
            let whole = s.store.partitions("default", "t", &filter, limit).unwrap();
            let whole: Vec<_> = whole.into_iter().map(|p| p.values).collect();
            assert_eq!(whole, expected[..limit.unwrap_or(usize::MAX).min(expected.len())]);
        }
    }
}

/// Pages, put together, are the whole list.
fn paged(s: &Scratch, t: &Table, filter: &PartitionFilter, expected: &[Vec<String>], size: usize) {
    let expected: Vec<String> = expected.iter().map(|values| partition_name(&t.partition_keys, values)).collect();
    let (mut names, mut whole) = (vec![], vec![]);
    loop {
        let after = names.last().cloned();
        let page = Page { after: after.as_deref(), limit: Some(size) };
        let more = s.store.partition_names("default", "t", filter, &page).unwrap();
        let partitions = s.store.partitions_page("default", "t", filter, &page).unwrap();
        whole.extend(partitions.iter().map(|p| partition_name(&t.partition_keys, &p.values)));
        if more.is_empty() {
            break;
        }
        names.extend(more);
    }
    assert_eq!(names, expected);
    assert_eq!(whole, expected);
}

fn may_be_large(on: Kind) {
    let s = Scratch::with_table(on, &["a string", "b int"]);
    let t = table("t", &["a string", "b int"]);
    let parts: Vec<_> = (0..30).map(|i| partition(&t, &[&format!("v'{i}\u{1}"), &i.to_string()])).collect();
    s.store.add_partitions("default", "t", &parts, false).unwrap();
    let count = |filter: &PartitionFilter| s.store.partition_values("default", "t", filter, None).unwrap().len();
    for size in [400, 2000, 40_000] {
        let texts = (10..size + 10).map(|i| PartitionLiteral::Text(format!("v'{i}\u{1}"))).collect();
        let in_texts = PartitionFilter::In { column: 0, literals: texts };
        assert_eq!(count(&in_texts), 20);
        let numbers = (10..size + 10).map(|i| PartitionLiteral::Integer(i.into())).collect();
        assert_eq!(
            count(&PartitionFilter::And(vec![in_texts, PartitionFilter::In { column: 1, literals: numbers }])),
            20
        );
        let one = |i: i32| PartitionFilter::Compare {
            column: 1,
            op: CompareOp::Eq,
            literal: PartitionLiteral::Integer(i.into()),
        };
        assert_eq!(count(&PartitionFilter::Or((20..size + 20).map(one).collect())), 10);
    }
    let with_nul = vec![PartitionLiteral::Text("v'1\u{1}".into()), PartitionLiteral::Text("\0".into())];
    let many = with_nul.into_iter().cycle().take(1000).collect();
    assert_eq!(count(&PartitionFilter::In { column: 0, literals: many }), 1);
}

fn may_be_deep_within_limits(on: Kind) {
    let s = Scratch::with_table(on, &["a string"]);
    s.store.add_partitions("default", "t", &[partition(&table("t", &["a string"]), &["x"])], false).unwrap();
    let deep = |depth| {
        let mut filter = PartitionFilter::IsNull { column: 0, negated: true };
        for _ in 0..depth {
            filter = PartitionFilter::And(vec![filter, PartitionFilter::All]);
        }
        filter
    };
    for depth in [10, 49, 51, 900] {
        assert_eq!(s.store.partition_values("default", "t", &deep(depth), None).unwrap().len(), 1);
    }
    is_refused(s.store.partition_values("default", "t", &deep(1500), None));
    is_refused(s.store.partition_values("default", "t", &PartitionFilter::IsNull { column: 1, negated: true }, None));
}

on_every_store!(give_what_a_naive_evaluation_gives, may_be_large, may_be_deep_within_limits);
