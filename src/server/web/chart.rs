//! A chart of a result: one column of numbers over another column, drawn as SVG by the server.

use maud::{Markup, html};
use serde::Deserialize;

use super::format;
use super::layout::nothing;
use super::result::Rows;
use super::scale::Scale;

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 44.0;
/// So many bars can be told from each other.
const MAX_BARS: usize = 80;
/// So many words find room below the chart.
const MAX_WORDS: usize = 10;

/// How a result is drawn.
#[derive(Debug, Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A bar for each row.
    #[default]
    Bar,
    /// A line through all rows.
    Line,
}

/// What is drawn.
#[derive(Debug)]
pub struct Chart<'a> {
    rows: &'a Rows,
    kind: Kind,
    x: usize,
    y: usize,
}

impl<'a> Chart<'a> {
    /// A chart of these columns, or of those that seem to be meant; `None` for a result without numbers.
    pub fn of(rows: &'a Rows, kind: Option<Kind>, x: Option<usize>, y: Option<usize>) -> Option<Self> {
        let numbers: Vec<usize> = (0..rows.columns.len()).filter(|at| rows.columns[*at].ty.is_numeric()).collect();
        let x = x.filter(|at| *at < rows.columns.len()).unwrap_or(0);
        let y = y.filter(|at| numbers.contains(at));
        let y = y.or_else(|| numbers.iter().copied().find(|at| *at != x)).or_else(|| numbers.first().copied())?;
        let kind = kind.unwrap_or(if rows.rows.len() > MAX_BARS / 2 { Kind::Line } else { Kind::Bar });
        Some(Self { rows, kind, x, y })
    }

    /// The form that chooses what is drawn; `hidden` goes with it.
    pub fn form(&self, action: &str, hidden: &[(&str, String)]) -> Markup {
        let columns = || self.rows.columns.iter().enumerate();
        html! {
            form.choices method="get" action=(action) data-submit {
                @for (name, value) in hidden { input type="hidden" name=(name) value=(value); }
                label { "Draw" select name="kind" {
                    option value="bar" selected[self.kind == Kind::Bar] { "bars" }
                    option value="line" selected[self.kind == Kind::Line] { "a line" }
                } }
                label { "of" select name="y" {
                    @for (at, column) in columns().filter(|(_, column)| column.ty.is_numeric()) {
                        option value=(at) selected[at == self.y] { (column.name) }
                    }
                } }
                label { "over" select name="x" {
                    @for (at, column) in columns() { option value=(at) selected[at == self.x] { (column.name) } }
                } }
                button type="submit" { "Draw" }
            }
        }
    }

    /// The chart.
    pub fn draw(&self) -> Markup {
        let points: Vec<(String, Option<f64>, f64)> = self.points();
        let shown = if self.kind == Kind::Bar { MAX_BARS } else { points.len() };
        let points = &points[..points.len().min(shown)];
        if points.is_empty() {
            return nothing("There is nothing to draw: no row has a number there.");
        }
        let zero = (self.kind == Kind::Bar).then_some(0.0);
        let up = Scale::of(points.iter().map(|point| point.2).chain(zero), 5.0);
        let along = points.iter().all(|point| point.1.is_some()) && self.kind == Kind::Line;
        let along = along.then(|| Scale::of(points.iter().filter_map(|point| point.1), 8.0));
        let y = |value: f64| TOP + (1.0 - up.place(value)) * (HEIGHT - TOP - BOTTOM);
        let room = WIDTH - LEFT - RIGHT;
        let slot = room / points.len() as f64;
        let x = |at: usize| match (&along, points[at].1) {
            (Some(scale), Some(value)) => LEFT + scale.place(value) * room,
            _ => LEFT + slot * (at as f64 + 0.5),
        };
        let every = points.len().div_ceil(MAX_WORDS);
        let (name_x, name_y) = (&self.rows.columns[self.x].name, &self.rows.columns[self.y].name);
        html! {
            figure.chart {
                div.scroll {
                    svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(format!("{name_y} over {name_x}")) {
                        @for tick in up.ticks() {
                            line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(at(y(tick))) y2=(at(y(tick))) {}
                            text.up x=(LEFT - 8.0) y=(at(y(tick) + 4.0)) { (up.text(tick)) }
                        }
                        @if let Some(scale) = &along {
                            @for tick in scale.ticks() {
                                text.along x=(at(LEFT + scale.place(tick) * room)) y=(HEIGHT - BOTTOM + 20.0) { (scale.text(tick)) }
                            }
                        } @else {
                            @for number in (0..points.len()).step_by(every) {
                                text.along x=(at(x(number))) y=(HEIGHT - BOTTOM + 20.0) { (format::cut(&points[number].0, 12)) }
                            }
                        }
                        @match self.kind {
                            Kind::Bar => {
                                @for (number, (word, _, value)) in points.iter().enumerate() {
                                    @let (top, foot) = (y(value.max(0.0)), y(value.min(0.0)));
                                    rect.mark x=(at(x(number) - slot * 0.36)) width=(at(slot * 0.72)) y=(at(top)) height=(at((foot - top).max(1.0))) rx="2" {
                                        title { (word) ": " (value) }
                                    }
                                }
                            }
                            Kind::Line => {
                                @let path: Vec<String> = (0..points.len()).map(|number| format!("{},{}", at(x(number)), at(y(points[number].2)))).collect();
                                polyline.mark points=(path.join(" ")) {}
                                @if points.len() <= 2 * MAX_BARS {
                                    @for (number, (word, _, value)) in points.iter().enumerate() {
                                        circle.mark cx=(at(x(number))) cy=(at(y(*value))) r="3" { title { (word) ": " (value) } }
                                    }
                                }
                            }
                        }
                    }
                }
                figcaption {
                    strong { (name_y) } " over " strong { (name_x) }
                    ", " (format::counted(points.len() as u64, "row", "rows"))
                    @if points.len() < self.rows.rows.len() { " (those with a number, as many as find room)" }
                }
            }
        }
    }

    /// Each row's word below the chart, the same as a number if it is one, and the number that is drawn. A line along
    /// numbers goes from the least to the greatest.
    fn points(&self) -> Vec<(String, Option<f64>, f64)> {
        let numeric = self.rows.columns[self.x].ty.is_numeric();
        let mut points: Vec<(String, Option<f64>, f64)> = Vec::new();
        for row in &self.rows.rows {
            let number = |at: usize| row.get(at)?.as_ref()?.parse::<f64>().ok().filter(|value| value.is_finite());
            let Some(value) = number(self.y) else { continue };
            let word = row.get(self.x).cloned().flatten().unwrap_or_else(|| "NULL".to_string());
            points.push((word, if numeric { number(self.x) } else { None }, value));
        }
        if self.kind == Kind::Line && points.iter().all(|point| point.1.is_some()) {
            points.sort_by(|one, other| one.1.partial_cmp(&other.1).unwrap_or(std::cmp::Ordering::Equal));
        }
        points
    }
}

/// A coordinate.
fn at(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OutputColumn;
    use skep_metastore::model::HiveType;

    fn rows(values: &[(&str, Option<&str>)]) -> Rows {
        let column = |name: &str, ty| OutputColumn { name: name.into(), ty, qualifier: None };
        Rows {
            columns: vec![column("k<", HiveType::String), column("v", HiveType::Double)],
            rows: values.iter().map(|(k, v)| vec![Some(k.to_string()), v.map(str::to_string)]).collect(),
        }
    }

    #[test]
    fn bars_stand_on_zero_and_rows_without_numbers_are_left_out() {
        let rows = rows(&[("<a>", Some("2")), ("b", None), ("c", Some("-1"))]);
        let svg = Chart::of(&rows, None, None, None).unwrap().draw().into_string();
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(svg.contains("&lt;a&gt;: 2") && !svg.contains("<a>"), "{svg}");
        assert!(svg.contains("2 rows (those"), "{svg}");
    }

    #[test]
    fn odd_choices_are_made_good() {
        let rows = rows(&[("a", Some("NaN")), ("b", Some("Infinity"))]);
        let chart = Chart::of(&rows, Some(Kind::Line), Some(99), Some(0)).unwrap();
        assert_eq!((chart.x, chart.y), (0, 1));
        assert!(chart.draw().into_string().contains("nothing to draw"));
        let none = Rows { columns: rows.columns[..1].to_vec(), rows: Vec::new() };
        assert!(Chart::of(&none, None, None, None).is_none());
    }
}
