//! Scheduled queries.

use crate::parser::ast::{AlterScheduledQuery, ScheduledQueryStatement as Scheduled, ScheduledText, Statement};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    /// `CREATE|ALTER|DROP SCHEDULED QUERY`
    pub(super) fn scheduled_query(&mut self) -> Parsed<Statement> {
        self.within("scheduled query statement", |p| {
            let word = p.eat_one_of(&["CREATE", "ALTER", "DROP"]);
            p.expect_all(&["SCHEDULED", "QUERY"])?;
            let name = p.ident()?;
            Ok(Statement::ScheduledQuery(match word {
                Some("DROP") => Scheduled::Drop(name),
                Some("ALTER") => Scheduled::Alter { name, action: p.alter_scheduled()? },
                _ => {
                    let Some(schedule) = p.schedule()? else { return Err(p.unrecognized()) };
                    let user = if p.eat_all(&["EXECUTED", "AS"]) { Some(p.string()?) } else { None };
                    let enabled = p.enabled();
                    Scheduled::Create { name, schedule, user, enabled, query: p.scheduled_text()? }
                }
            }))
        })
    }

    fn alter_scheduled(&mut self) -> Parsed<AlterScheduledQuery> {
        if let Some(schedule) = self.schedule()? {
            return Ok(AlterScheduledQuery::Schedule(schedule));
        }
        if self.eat_all(&["EXECUTED", "AS"]) {
            return Ok(AlterScheduledQuery::User(self.string()?));
        }
        if let Some(enabled) = self.enabled() {
            return Ok(AlterScheduledQuery::Enabled(enabled));
        }
        if self.eat("EXECUTE") {
            return Ok(AlterScheduledQuery::Execute);
        }
        Ok(AlterScheduledQuery::Query(self.scheduled_text()?))
    }

    fn enabled(&mut self) -> Option<bool> {
        self.eat_one_of(&["ENABLE", "DISABLE"]).map(|word| word == "ENABLE")
    }

    fn scheduled_text(&mut self) -> Parsed<ScheduledText> {
        self.eat("DEFINED");
        self.expect("AS")?;
        let start = self.span();
        let statement = Box::new(self.deeper(Self::statement)?);
        Ok(ScheduledText { statement, text: self.span_from(start).text(self.text).to_string() })
    }

    /// `CRON '…'` or `EVERY [n] unit [AT|OFFSET BY 'hh:mm:ss']`, as a cron expression; none if neither is next
    fn schedule(&mut self) -> Parsed<Option<String>> {
        if let Some(cron) = self.string_behind("CRON")? {
            return Ok(Some(cron));
        }
        if !self.eat("EVERY") {
            return Ok(None);
        }
        self.within("schedule specification", |p| {
            let start = p.span();
            let every: u32 = if p.number_next() { p.integer()? } else { 1 };
            const UNITS: &[&str] = &["DAY", "DAYS", "HOUR", "HOURS", "MINUTE", "MINUTES", "SECOND", "SECONDS"];
            let Some(unit) = p.eat_one_of(UNITS) else { return Err(p.unrecognized()) };
            let offset = if p.eat("AT") || p.eat_all(&["OFFSET", "BY"]) { p.string()? } else { "00:00:00".to_string() };
            let Some([hours, minutes, seconds]) = clock(&offset) else {
                return Err(p.error_at(p.last_span(), format!("'{offset}' is no time of the form HH:mm:ss")));
            };
            let each = |from: u32| match (from, every) {
                (0, 1) => "*".to_string(),
                (0, every) => format!("*/{every}"),
                (from, every) => format!("{from}/{every}"),
            };
            let (second, minute, hour) = match unit {
                "DAY" | "DAYS" if every != 1 => {
                    let text = format!("EVERY {every} DAY is not supported; only EVERY DAY is supported");
                    return Err(p.error_at(p.span_from(start), text));
                }
                "DAY" | "DAYS" => (seconds.to_string(), minutes.to_string(), hours.to_string()),
                "HOUR" | "HOURS" => (seconds.to_string(), minutes.to_string(), each(hours)),
                "MINUTE" | "MINUTES" => (seconds.to_string(), each(minutes), "*".to_string()),
                _ => (each(seconds), "*".to_string(), "*".to_string()),
            };
            Ok(Some(format!("{second} {minute} {hour} * * ? *")))
        })
    }

    fn number_next(&self) -> bool {
        *self.kind() == crate::parser::lexer::TokenKind::Number
    }
}

/// Hours, minutes and seconds of `HH:mm[:ss]`, perhaps behind a date.
fn clock(text: &str) -> Option<[u32; 3]> {
    let time = text.trim().rsplit([' ', 'T']).next()?;
    let parts: Vec<u32> = time.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts[..] {
        [hours, minutes] if hours < 24 && minutes < 60 => Some([hours, minutes, 0]),
        [hours, minutes, seconds] if hours < 24 && minutes < 60 && seconds < 60 => Some([hours, minutes, seconds]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn times() {
        assert_eq!(clock("10:30"), Some([10, 30, 0]));
        assert_eq!(clock("2020-01-01 1:02:03"), Some([1, 2, 3]));
        assert_eq!(clock("25:00"), None);
        assert_eq!(clock("x"), None);
    }
}
