//! Where the fields of lines are.

use super::params::LazyParams;

/// A piece of a block; [`Span::MISSING`] is a field that a line does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// A field that is not there.
    pub const MISSING: Span = Span { start: u32::MAX, end: 0 };

    /// A piece by its bounds.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// Where it begins.
    pub fn start(&self) -> usize {
        self.start as usize
    }

    /// Where it ends.
    pub fn end(&self) -> usize {
        self.end as usize
    }

    /// The bytes, if the field is there.
    pub fn of<'a>(&self, data: &'a [u8]) -> Option<&'a [u8]> {
        data.get(self.start as usize..self.end as usize)
    }
}

/// Calls `item` for each piece between separators; a separator behind the escape byte is none. An empty text is one
/// empty piece.
pub fn split_items(text: &[u8], separator: u8, escape: Option<u8>, mut item: impl FnMut(&[u8])) {
    let mut start = 0;
    while let Some(end) = find(text, start, separator, escape) {
        item(&text[start..end]);
        start = end + 1;
    }
    item(&text[start..]);
}

/// Position of the next separator that is not escaped.
pub fn find(text: &[u8], from: usize, separator: u8, escape: Option<u8>) -> Option<usize> {
    let Some(escape) = escape else {
        return memchr::memchr(separator, text.get(from..)?).map(|at| from + at);
    };
    let mut at = from;
    loop {
        at += memchr::memchr2(separator, escape, text.get(at..)?)?;
        if text[at] == separator {
            return Some(at);
        }
        at += 2;
    }
}

/// Finds the wanted fields of lines.
#[derive(Debug)]
pub struct FieldSplitter {
    separator: u8,
    escape: Option<u8>,
    /// Place among the wanted columns (plus one; 0 is unwanted) of each field up to the last wanted one.
    wanted: Vec<u32>,
    /// The last column of the table where it has all the rest of a line.
    takes_rest: Option<usize>,
    /// Number of wanted columns.
    count: usize,
}

impl FieldSplitter {
    /// `columns` are the wanted fields by position, each once; `total` is how many the table has.
    pub fn new(params: &LazyParams, columns: &[usize], total: usize) -> Self {
        let mut wanted = vec![0; columns.iter().max().map_or(0, |last| last + 1)];
        for (place, column) in columns.iter().enumerate() {
            wanted[*column] = place as u32 + 1;
        }
        Self {
            separator: params.separators[0],
            escape: params.escape,
            wanted,
            takes_rest: (params.last_column_takes_rest && total > 0).then(|| total - 1),
            count: columns.len(),
        }
    }

    /// Adds a line's wanted fields to `spans`, in the order of the wanted columns.
    pub fn split(&self, data: &[u8], start: usize, end: usize, spans: &mut Vec<Span>) {
        let base = spans.len();
        spans.resize(base + self.count, Span::MISSING);
        let line = &data[..end];
        let mut from = start;
        for (field, place) in self.wanted.iter().enumerate() {
            let rest = self.takes_rest == Some(field);
            let stop = if rest { None } else { find(line, from, self.separator, self.escape) };
            if *place > 0 {
                spans[base + *place as usize - 1] = Span::new(from, stop.unwrap_or(end));
            }
            match stop {
                Some(stop) => from = stop + 1,
                None => break,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, escape: Option<u8>) -> Vec<String> {
        let mut found = Vec::new();
        split_items(text.as_bytes(), b',', escape, |p| found.push(String::from_utf8_lossy(p).into_owned()));
        found
    }

    #[test]
    fn items() {
        assert_eq!(pieces("a,,b", None), ["a", "", "b"]);
        assert_eq!(pieces("", None), [""]);
        assert_eq!(pieces("a\\,b,c\\", Some(b'\\')), ["a\\,b", "c\\"]);
        assert_eq!(pieces("a\\\\,b", Some(b'\\')), ["a\\\\", "b"]);
    }

    #[test]
    fn fields() {
        let mut params = LazyParams::new(&Default::default(), &Default::default(), "UTC").unwrap();
        params.separators[0] = b',';
        let data = b"1,2,3,4";
        let get = |params: &LazyParams, columns: &[usize], total| {
            let mut spans = Vec::new();
            FieldSplitter::new(params, columns, total).split(data, 0, 7, &mut spans);
            spans.iter().map(|s| s.of(data).map(|b| String::from_utf8_lossy(b).into_owned())).collect::<Vec<_>>()
        };
        assert_eq!(get(&params, &[2, 0], 4), [Some("3".into()), Some("1".into())]);
        assert_eq!(get(&params, &[5, 1], 6), [None, Some("2".into())]);
        assert_eq!(get(&params, &[], 4), Vec::<Option<String>>::new());
        params.last_column_takes_rest = true;
        assert_eq!(get(&params, &[1], 2), [Some("2,3,4".into())]);
    }
}
