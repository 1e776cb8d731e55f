//! JSON taken apart one level at a time: the members of an object and the items of an array as the pieces of text
//! they are, so that numbers keep all their digits.

/// Members of an object in order; their names without escapes, their values as they stand.
pub fn members(text: &str) -> Result<Vec<(String, &str)>, String> {
    let mut scanner = Scanner { text, at: 0 };
    let mut members = Vec::new();
    scanner.expect(b'{')?;
    if scanner.peek() == Some(b'}') {
        scanner.at += 1;
        scanner.end()?;
        return Ok(members);
    }
    loop {
        let name = scanner.value()?;
        if !name.starts_with('"') {
            return Err(format!("a name is expected where there is {name}"));
        }
        let name: String = serde_json::from_str(name).map_err(|e| e.to_string())?;
        scanner.expect(b':')?;
        members.push((name, scanner.value()?));
        if !scanner.more(b'}')? {
            scanner.end()?;
            return Ok(members);
        }
    }
}

/// Items of an array as they stand.
pub fn items(text: &str) -> Result<Vec<&str>, String> {
    let mut scanner = Scanner { text, at: 0 };
    let mut items = Vec::new();
    scanner.expect(b'[')?;
    if scanner.peek() == Some(b']') {
        scanner.at += 1;
        scanner.end()?;
        return Ok(items);
    }
    loop {
        items.push(scanner.value()?);
        if !scanner.more(b']')? {
            scanner.end()?;
            return Ok(items);
        }
    }
}

/// The text of a quoted value.
pub fn text(value: &str) -> Result<String, String> {
    // Most texts have nothing to be taken out.
    match value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) {
        Some(plain) if !plain.bytes().any(|b| b == b'\\' || b < 0x20) => Ok(plain.to_string()),
        _ => serde_json::from_str(value).map_err(|e| e.to_string()),
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Result<(), String> {
        match self.peek() {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            _ => Err(format!("'{}' is expected at position {}", char::from(byte), self.at)),
        }
    }

    /// Is there a comma, or the end?
    fn more(&mut self, end: u8) -> Result<bool, String> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            _ => self.expect(end).map(|()| false),
        }
    }

    /// Nothing but blanks may follow.
    fn end(&mut self) -> Result<(), String> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(format!("there is more at position {}", self.at)),
        }
    }

    /// The next value as it stands. What is inside of brackets is looked at when it is taken apart itself.
    fn value(&mut self) -> Result<&'a str, String> {
        let first = self.peek().ok_or("the text ends early")?;
        let start = self.at;
        match first {
            b'"' => self.quoted()?,
            b'{' | b'[' => self.nested()?,
            _ => {
                let bytes = self.text.as_bytes();
                let stop = |b: &u8| matches!(b, b',' | b'}' | b']' | b':' | b'"') || b.is_ascii_whitespace();
                while bytes.get(self.at).is_some_and(|b| !stop(b)) {
                    self.at += 1;
                }
                let value = &self.text[start..self.at];
                if serde_json::from_str::<serde::de::IgnoredAny>(value).is_err() {
                    return Err(format!("'{value}' at position {start} is no value"));
                }
            }
        }
        Ok(&self.text[start..self.at])
    }

    fn quoted(&mut self) -> Result<(), String> {
        self.at += 1;
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err("a text does not end".to_string()),
            }
        }
    }

    fn nested(&mut self) -> Result<(), String> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            match self.text.as_bytes().get(self.at).copied() {
                Some(b'"') => {
                    self.quoted()?;
                    continue;
                }
                Some(b'{') => open.push(b'}'),
                Some(b'[') => open.push(b']'),
                Some(close @ (b'}' | b']')) if open.pop() != Some(close) => {
                    return Err(format!("a bracket at position {} does not fit", self.at));
                }
                Some(_) => {}
                None => return Err("a bracket is not closed".to_string()),
            }
            self.at += 1;
            if open.is_empty() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        let found = members(r#" {"a" : 1.10 , "b\n":{"x":[1,"]"]},"c":"\"}" , "d":null} "#).unwrap();
        let expected = [("a", "1.10"), ("b\n", r#"{"x":[1,"]"]}"#), ("c", r#""\"}""#), ("d", "null")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_string(), value)));
        assert_eq!(items("[1, [2,3] ,{}]").unwrap(), ["1", "[2,3]", "{}"]);
        assert!(items("[]").unwrap().is_empty() && members(" { }").unwrap().is_empty());
        assert_eq!(text(r#""a\u00e9""#).unwrap(), "aé");
        for bad in [
            "",
            "{",
            "{\"a\"",
            "{\"a\":}",
            "{a:1}",
            "{\"a\":1,}",
            "{\"a\":1}x",
            "{\"a\":[1}",
            "{\"a\":tru}",
            "{\"a\":\"x",
        ] {
            assert!(members(bad).is_err(), "{bad}");
        }
        for bad in ["[", "[1,]", "[1 2]", "[1]]"] {
            assert!(items(bad).is_err(), "{bad}");
        }
        let deep = "[".repeat(1_000_000);
        assert!(items(&deep).is_err());
    }
}
