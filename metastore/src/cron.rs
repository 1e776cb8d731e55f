//! Schedules of scheduled queries: the cron expressions of Quartz.
//!
//! Six or seven fields: second, minute, hour, day of the month, month, day of the week (1 is Sunday), year. A field is `*`,
//! `?` (days only: no matter), a number, a name (`JAN`, `MON`), a range `a-b`, a step `a/n`, `a-b/n`, `*/n`, or several of
//! these with commas. Of days: `L` the last one, `L-n` the n-th before it, `nW` the weekday nearest to n, `LW` the last weekday;
//! of days of the week: `nL` the last such day of the month, `n#k` the k-th one.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Timelike, Weekday};

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    seconds: Set,
    minutes: Set,
    hours: Set,
    day: Day,
    months: Set,
    weekday: DayOfWeek,
    years: Option<Vec<u32>>,
}

/// Numbers from 0 to 63.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Set(u64);

impl Set {
    fn has(self, number: u32) -> bool {
        self.0 >> number & 1 == 1
    }
}

/// The days of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Any,
    Of(Set),
    LastBut(u32),
    LastWeekday,
    Nearest(u32),
}

/// The days of the week; 1 is Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayOfWeek {
    Any,
    Of(Set),
    Last(u32),
    Nth(u32, u32),
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The first and the last year that a schedule may name.
const YEARS: (u32, u32) = (1970, 2099);

impl Schedule {
    /// Reads an expression; none where it is no such thing.
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        let fields: Vec<&str> = upper.split_whitespace().collect();
        let (&[second, minute, hour, day, month, weekday], year) = (match fields.as_slice() {
            [six @ .., year] if fields.len() == 7 => (six, Some(*year)),
            six => (six, None),
        }) else {
            return None;
        };
        let schedule = Self {
            seconds: set(second, 0, 59, &[])?,
            minutes: set(minute, 0, 59, &[])?,
            hours: set(hour, 0, 23, &[])?,
            day: day_of_month(day)?,
            months: set(month, 1, 12, &MONTHS)?,
            weekday: day_of_week(weekday)?,
            years: match year {
                None | Some("*" | "?") => None,
                Some(year) => Some(numbers(year, YEARS.0, YEARS.1, &[])?),
            },
        };
        // One of both says nothing.
        let both = schedule.day != Day::Any && schedule.weekday != DayOfWeek::Any;
        (!both).then_some(schedule)
    }

    /// The first time of the schedule after a time, in its time zone; none where there is none any more.
    pub fn after<Z: TimeZone>(&self, time: &DateTime<Z>) -> Option<DateTime<Z>> {
        let local = time.naive_local();
        let mut date = local.date();
        // The second after it is the first that counts.
        let mut earliest = Some(local.time());
        while u32::try_from(date.year()).is_ok_and(|year| year <= YEARS.1) {
            if self.is_on(date) {
                for at in self.times().filter(|at| earliest.is_none_or(|earliest| *at > earliest)) {
                    // A time that the clock skips does not come; of one that comes twice it is the first.
                    let found = time.timezone().from_local_datetime(&date.and_time(at)).earliest();
                    if let Some(found) = found.filter(|found| found > time) {
                        return Some(found);
                    }
                }
            }
            date = date.checked_add_days(Days::new(1))?;
            earliest = None;
        }
        None
    }

    fn times(&self) -> impl Iterator<Item = NaiveTime> + '_ {
        let hours = (0..24).filter(|hour| self.hours.has(*hour));
        let minutes = hours.flat_map(|h| (0..60).filter(|minute| self.minutes.has(*minute)).map(move |m| (h, m)));
        let seconds =
            minutes.flat_map(|(h, m)| (0..60).filter(|second| self.seconds.has(*second)).map(move |s| (h, m, s)));
        seconds.filter_map(|(h, m, s)| NaiveTime::from_hms_opt(h, m, s))
    }

    fn is_on(&self, date: NaiveDate) -> bool {
        let year = u32::try_from(date.year()).unwrap_or(0);
        let years = self.years.as_ref().is_none_or(|years| years.binary_search(&year).is_ok());
        years && self.months.has(date.month()) && self.is_on_day(date) && self.is_on_weekday(date)
    }

    fn is_on_day(&self, date: NaiveDate) -> bool {
        let last = last_day(date);
        match self.day {
            Day::Any => true,
            Day::Of(days) => days.has(date.day()),
            Day::LastBut(days) => date.day() + days == last,
            Day::LastWeekday => date.day() == nearest_weekday(date, last, last),
            Day::Nearest(day) => day <= last && date.day() == nearest_weekday(date, day, last),
        }
    }

    fn is_on_weekday(&self, date: NaiveDate) -> bool {
        let weekday = date.weekday().num_days_from_sunday() + 1;
        match self.weekday {
            DayOfWeek::Any => true,
            DayOfWeek::Of(days) => days.has(weekday),
            DayOfWeek::Last(day) => day == weekday && date.day() + 7 > last_day(date),
            DayOfWeek::Nth(day, which) => day == weekday && (date.day() - 1) / 7 + 1 == which,
        }
    }
}

fn last_day(date: NaiveDate) -> u32 {
    let day = |day| NaiveDate::from_ymd_opt(date.year(), date.month(), day);
    (28..=31).rev().find(|last| day(*last).is_some()).unwrap_or(28)
}

/// The weekday that is nearest to a day, within its month.
fn nearest_weekday(date: NaiveDate, day: u32, last: u32) -> u32 {
    match date.with_day(day).map(|date| date.weekday()) {
        Some(Weekday::Sat) if day > 1 => day - 1,
        Some(Weekday::Sat) => day + 2,
        Some(Weekday::Sun) if day < last => day + 1,
        Some(Weekday::Sun) => day - 2,
        _ => day,
    }
}

fn number(text: &str, first: u32, names: &[&str]) -> Option<u32> {
    if let Some(at) = names.iter().position(|name| *name == text) {
        return u32::try_from(at).ok().map(|at| at + first);
    }
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) { None } else { text.parse().ok() }
}

/// The numbers that a field means, ascending and once each.
fn numbers(text: &str, first: u32, last: u32, names: &[&str]) -> Option<Vec<u32>> {
    let mut found = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step, 0, &[]).filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (from, to) = match range {
            "*" | "" if range == "*" || step.is_some() => (first, last),
            _ => match range.split_once('-') {
                Some((from, to)) => (number(from, first, names)?, number(to, first, names)?),
                None => {
                    let from = number(range, first, names)?;
                    (from, if step.is_some() { last } else { from })
                }
            },
        };
        if from < first || from > last || to < first || to > last {
            return None;
        }
        let step = usize::try_from(step.unwrap_or(1)).ok()?;
        // A range may go over the end: FRI-MON.
        match from <= to {
            true => found.extend((from..=to).step_by(step)),
            false => found.extend((from..=last).chain(first..=to).step_by(step)),
        }
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

fn set(text: &str, first: u32, last: u32, names: &[&str]) -> Option<Set> {
    Some(Set(numbers(text, first, last, names)?.into_iter().fold(0, |set, number| set | 1 << number)))
}

fn day_of_month(text: &str) -> Option<Day> {
    match text {
        "*" | "?" => Some(Day::Any),
        "L" => Some(Day::LastBut(0)),
        "LW" | "WL" => Some(Day::LastWeekday),
        _ => {
            if let Some(days) = text.strip_prefix("L-") {
                return number(days, 0, &[]).filter(|days| *days <= 30).map(Day::LastBut);
            }
            if let Some(day) = text.strip_suffix('W') {
                return number(day, 0, &[]).filter(|day| (1..=31).contains(day)).map(Day::Nearest);
            }
            set(text, 1, 31, &[]).map(Day::Of)
        }
    }
}

fn day_of_week(text: &str) -> Option<DayOfWeek> {
    let day = |text: &str| number(text, 1, &DAYS).filter(|day| (1..=7).contains(day));
    match text {
        "*" | "?" => Some(DayOfWeek::Any),
        "L" => Some(DayOfWeek::Of(Set(1 << 7))),
        _ => {
            if let Some((name, which)) = text.split_once('#') {
                let which = number(which, 0, &[]).filter(|which| (1..=5).contains(which))?;
                return Some(DayOfWeek::Nth(day(name)?, which));
            }
            if let Some(last) = text.strip_suffix('L').and_then(day) {
                return Some(DayOfWeek::Last(last));
            }
            set(text, 1, 7, &DAYS).map(DayOfWeek::Of)
        }
    }
}

/// The first time of a schedule after a time, both in seconds since 1970, in this machine's time zone; none where the text is
/// no schedule or there is no such time.
pub fn next(schedule: &str, after: i64) -> Option<i64> {
    let after = chrono::Local.timestamp_opt(after, 0).single()?;
    let after = after.with_nanosecond(0).unwrap_or(after);
    Some(Schedule::parse(schedule)?.after(&after)?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;

    fn times(schedule: &str, from: &str, count: usize) -> Vec<String> {
        let schedule = Schedule::parse(schedule).unwrap();
        let mut at: DateTime<Utc> = format!("{from}Z").parse().unwrap();
        let mut found = Vec::new();
        for _ in 0..count {
            let Some(next) = schedule.after(&at) else { break };
            found.push(next.format("%Y-%m-%dT%H:%M:%S").to_string());
            at = next;
        }
        found
    }

    #[test]
    fn times_of_schedules() {
        let from = "2024-02-27T23:59:50";
        assert_eq!(times("*/5 * * * * ?", from, 2), ["2024-02-27T23:59:55", "2024-02-28T00:00:00"]);
        assert_eq!(times("0 0 3 * * ? *", from, 2), ["2024-02-28T03:00:00", "2024-02-29T03:00:00"]);
        assert_eq!(
            times("0 0/20 8-9 ? MAR MON-FRI", from, 3),
            ["2024-03-01T08:00:00", "2024-03-01T08:20:00", "2024-03-01T08:40:00"]
        );
        assert_eq!(times("0 0 0 L * ?", from, 2), ["2024-02-29T00:00:00", "2024-03-31T00:00:00"]);
        assert_eq!(times("0 0 0 L-1 * ?", from, 2), ["2024-02-28T00:00:00", "2024-03-30T00:00:00"]);
        assert_eq!(times("0 0 0 LW * ?", from, 2), ["2024-02-29T00:00:00", "2024-03-29T00:00:00"]);
        assert_eq!(times("0 0 0 2W * ?", from, 2), ["2024-03-01T00:00:00", "2024-04-02T00:00:00"]);
        assert_eq!(times("0 0 0 ? * 6L", from, 2), ["2024-03-29T00:00:00", "2024-04-26T00:00:00"]);
        assert_eq!(times("0 0 0 ? * MON#2", from, 2), ["2024-03-11T00:00:00", "2024-04-08T00:00:00"]);
        assert_eq!(times("0 0 0 ? * FRI-SUN", from, 3).len(), 3);
        assert_eq!(times("0 0 0 29 2 ? 2024-2030", from, 9), ["2024-02-29T00:00:00", "2028-02-29T00:00:00"]);
        assert_eq!(times("0 0 0 1 1 ? 2020", from, 1), [""; 0]);
    }

    #[test]
    fn what_is_no_schedule() {
        for bad in [
            "",
            "* * *",
            "61 * * * * ?",
            "a b c d e f",
            "0 0 0 1 * MON",
            "0 0 0 32 * ?",
            "0 0 0 ? * 8",
            "0 0 0 ? * MON#6",
            "0 */0 * * * ?",
            "0 0 0 ? 13 *",
            "0 0 0 * * ? 1900",
            "0 0 0 * * ? * *",
        ] {
            assert_eq!(Schedule::parse(bad), None, "{bad}");
        }
    }
}
