//! The frame of all pages, and the small parts that they share.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::guard::Visitor;
use crate::server::operation::Phase;

/// The pages that every page leads to.
const PLACES: [(&str, &str, &str); 6] = [
    ("/", "Overview", "M3 12l9-8 9 8M6 10v10h12V10"),
    ("/sql", "Query", "M5 7l5 5-5 5M13 17h6"),
    ("/queries", "History", "M12 7v5l3 2M12 3a9 9 0 1 0 9 9 9 9 0 0 0-9-9z"),
    ("/sessions", "Sessions", "M4 6h16v10H4zM9 20h6M12 16v4"),
    ("/tables", "Tables", "M4 5h16v14H4zM4 10h16M10 10v9"),
    ("/configuration", "Settings", "M4 7h10M18 7h2M14 4.5v5M4 17h2M10 17h10M10 14.5v5"),
];

/// A page on its way to a visitor.
#[derive(Debug)]
pub struct Page<'a> {
    visitor: &'a Visitor,
    title: String,
    place: &'static str,
    above: Vec<(String, String)>,
    live: bool,
}

impl<'a> Page<'a> {
    /// A page of this title.
    pub fn new(visitor: &'a Visitor, title: impl Into<String>) -> Self {
        Self { visitor, title: title.into(), place: "", above: Vec::new(), live: false }
    }

    /// It is one of these that every page leads to, or below one.
    pub fn at(mut self, place: &'static str) -> Self {
        self.place = place;
        self
    }

    /// A page that it is below of: its address and name.
    pub fn below(mut self, address: impl Into<String>, name: impl Into<String>) -> Self {
        self.above.push((address.into(), name.into()));
        self
    }

    /// Whether something on it may change by itself.
    pub fn live(mut self, live: bool) -> Self {
        self.live = live;
        self
    }

    /// The page with this in it.
    pub fn with(self, content: Markup) -> Response {
        let main = html! {
            main id="main" data-live[self.live] {
                @if !self.above.is_empty() {
                    nav.crumbs aria-label="Where you are" {
                        @for (address, name) in &self.above { a href=(address) { (name) } span aria-hidden="true" { "/" } }
                    }
                }
                (content)
            }
        };
        if self.visitor.live { main.into_response() } else { self.framed(main).into_response() }
    }

    fn framed(&self, main: Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · Skep" }
                    link rel="icon" href="/favicon.svg" type="image/svg+xml";
                    link rel="stylesheet" href="/style.css";
                    script src="/page.js" defer {}
                    @if self.live { noscript { meta http-equiv="refresh" content="2"; } }
                }
                body {
                    a.skip href="#main" { "Skip to the content" }
                    header.bar {
                        a.brand href="/" { (logo()) span { "Skep" } }
                        nav.places aria-label="Pages" {
                            @for (address, name, icon) in PLACES {
                                a href=(address) aria-current=[(address == self.place).then_some("page")] {
                                    svg viewBox="0 0 24 24" aria-hidden="true" { path d=(icon) {} }
                                    span { (name) }
                                }
                            }
                        }
                        div.who title="The user of this page" { (self.visitor.user) }
                    }
                    (main)
                }
            }
        }
    }

    /// The page that says what is wrong.
    pub fn problem(self, status: StatusCode, text: &str) -> Response {
        let title = self.title.clone();
        let page = self.with(html! {
            h1 { (title) }
            p.problem role="alert" { (text) }
        });
        (status, page).into_response()
    }
}

fn logo() -> Markup {
    html! {
        svg.logo viewBox="0 0 32 32" aria-hidden="true" {
            path d="M16 3c5 0 8 3 8.6 6.500H7.400C8 6 11 3 16 3z" {}
            path d="M6.300 12h19.400c1.500 0 2.300 1.200 2.300 2.500S27.200 17 25.700 17H6.300C4.800 17 4 15.800 4 14.500S4.800 12 6.300 12z" {}
            path d="M5 19.500h22c1.300 0 2 1 2 2.300s-.7 2.300-2 2.300h-7.500a3.500 3.500 0 0 0-7 0H5c-1.300 0-2-1-2-2.300s.7-2.300 2-2.300z" {}
            path d="M4.500 26.500h8v2.500h-8a1.250 1.250 0 0 1 0-2.500zM19.500 26.500h8a1.250 1.250 0 0 1 0 2.500h-8z" {}
        }
    }
}

/// A number with what it is a number of.
pub fn figure(name: &str, value: &str, note: &str) -> Markup {
    html! {
        div.figure {
            dt { (name) }
            dd { strong { (value) } @if !note.is_empty() { small { (note) } } }
        }
    }
}

/// How far a statement has come, as a word in a colour.
pub fn state(phase: &Phase, streaming: bool) -> Markup {
    let (class, word) = match phase {
        Phase::Pending => ("wait", "Waiting"),
        Phase::Running => ("run", "Running"),
        Phase::Finished if streaming => ("run", "Giving rows"),
        Phase::Finished => ("good", "Finished"),
        Phase::Failed(_) => ("bad", "Failed"),
        Phase::Cancelled => ("stop", "Cancelled"),
        Phase::TimedOut => ("bad", "Timed out"),
        Phase::Closed => ("stop", "Closed"),
    };
    html! { span class={ "state " (class) } { (word) } }
}

/// A share of a whole, as a bar with its words beside it.
pub fn bar(share: f64, words: &str) -> Markup {
    let width = format!("{:.1}", share.clamp(0.0, 1.0) * 100.0);
    html! {
        span.meter {
            svg viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=(words) {
                rect.back x="0" y="0" width="100" height="4" {}
                rect.front x="0" y="0" width=(width) height="4" {}
            }
            span { (words) }
        }
    }
}

/// Tabs that are links.
pub fn tabs(chosen: &str, tabs: &[(&str, &str, String)]) -> Markup {
    html! {
        nav.tabs aria-label="Parts of this page" {
            @for (name, words, address) in tabs {
                a href=(address) aria-current=[(*name == chosen).then_some("page")] { (words) }
            }
        }
    }
}

/// What is shown instead of an empty list.
pub fn nothing(text: &str) -> Markup {
    html! { p.nothing { (text) } }
}

/// The token of a form.
pub fn token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name="token" value=(visitor.token); }
}

/// A text of a program, with its words coloured by nothing but what they are: keywords, texts, comments, numbers.
pub fn code(text: &str) -> Markup {
    html! { pre.code { code { (PreEscaped(highlighted(text))) } } }
}

/// Words that are written out in another weight.
const KEYWORDS: &str = " ADD ALL ALTER ANALYZE AND AS ASC BETWEEN BUCKETS BY CASE CAST CLUSTER CLUSTERED COLUMNS COMPUTE \
    CREATE CROSS CUBE CURRENT DATABASE DELETE DESC DESCRIBE DISTINCT DISTRIBUTE DROP ELSE END EXCEPT EXISTS EXPLAIN \
    EXTERNAL FALSE FOLLOWING FORMAT FROM FULL GROUP GROUPING HAVING IF IN INNER INSERT INTERSECT INTERVAL INTO IS JOIN \
    LATERAL LEFT LIKE LIMIT LOAD LOCATION MATCHED MERGE NOT NULL OFFSET ON OR ORDER OUTER OVER OVERWRITE PARTITION \
    PARTITIONED PRECEDING QUALIFY RANGE RIGHT RLIKE ROLLUP ROW ROWS SELECT SEMI SET SETS SHOW SORT STATISTICS STORED \
    TABLE TABLES TBLPROPERTIES TEMPORARY THEN TRUE TRUNCATE UNBOUNDED UNION UPDATE USE USING VALUES VIEW WHEN WHERE \
    WINDOW WITH ";

fn highlighted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (class, end) = match first {
            '\'' | '"' | '`' => (if first == '`' { "" } else { "s" }, quoted(rest, first)),
            '-' if rest.starts_with("--") => ("c", rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => ("c", rest.find("*/").map_or(rest.len(), |end| end + 2)),
            _ if first.is_alphanumeric() || first == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                let word = &rest[..end];
                let key = word.len() < 20 && KEYWORDS.contains(&format!(" {} ", word.to_uppercase()));
                (
                    if key {
                        "k"
                    } else if first.is_ascii_digit() {
                        "n"
                    } else {
                        ""
                    },
                    end,
                )
            }
            _ => ("", first.len_utf8()),
        };
        let piece = html! { (&rest[..end]) }.into_string();
        if class.is_empty() {
            out.push_str(&piece);
        } else {
            out.push_str(&format!("<span class=\"{class}\">{piece}</span>"));
        }
        rest = &rest[end..];
    }
    out
}

/// Where a text in quotes ends.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::highlighted;

    #[test]
    fn words_of_the_language_stand_out_and_nothing_is_taken_for_markup() {
        assert_eq!(
            highlighted("select '<b>\\'x' -- a&b\nfrom t1 where 5"),
            "<span class=\"k\">select</span> <span class=\"s\">'&lt;b&gt;\\'x'</span> <span class=\"c\">-- a&amp;b</span>\n\
             <span class=\"k\">from</span> t1 <span class=\"k\">where</span> <span class=\"n\">5</span>"
        );
        for odd in ["'", "/*", "`a", "é'ü", "\"\\"] {
            assert!(!highlighted(odd).is_empty(), "{odd}");
        }
    }
}
