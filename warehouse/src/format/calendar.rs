//! Days of Java's hybrid calendar (Julian until 1582-10-04, then Gregorian), in which Hive writes dates and times to
//! ORC and Parquet files, as days of the Gregorian calendar extended to all years, which plans use; and back. A day keeps its
//! written form (`0001-01-01` stays that), not its place in time.

/// 1582-10-15, in days since 1970-01-01: the first day that both calendars count alike.
const CUTOVER: i64 = -141_427;
/// 1970-01-01 as a Julian day number.
const EPOCH_JULIAN_DAY: i64 = 2_440_588;
const MICROS_PER_DAY: i64 = 86_400_000_000;
/// The first microsecond that both calendars count alike.
pub(crate) const CUTOVER_MICROS: i64 = CUTOVER * MICROS_PER_DAY;
/// The first day that both calendars count alike.
pub(crate) const CUTOVER_DAYS: i32 = CUTOVER as i32;

/// Hybrid days to Gregorian days.
pub(crate) fn days_from_hybrid(days: i32) -> i32 {
    if days >= CUTOVER_DAYS {
        return days;
    }
    let c = i64::from(days) + EPOCH_JULIAN_DAY + 32_082;
    let d = (4 * c + 3).div_euclid(1461);
    let e = c - (1461 * d).div_euclid(4);
    let m = (5 * e + 2).div_euclid(153);
    let day = e - (153 * m + 2).div_euclid(5) + 1;
    let month = m + 3 - 12 * m.div_euclid(10);
    let year = d - 4800 + m.div_euclid(10);
    days_from_civil(year, month, day) as i32
}

/// Gregorian days to hybrid days.
pub(crate) fn days_to_hybrid(days: i32) -> i32 {
    if days >= CUTOVER_DAYS {
        return days;
    }
    let (year, month, day) = civil_from_days(i64::from(days));
    let a = (14 - month).div_euclid(12);
    let y = year + 4800 - a;
    let m = month + 12 * a - 3;
    let julian_day = day + (153 * m + 2).div_euclid(5) + 365 * y + y.div_euclid(4) - 32_083;
    (julian_day - EPOCH_JULIAN_DAY) as i32
}

/// Hybrid microseconds since 1970 to Gregorian ones.
pub(crate) fn micros_from_hybrid(micros: i64) -> i64 {
    shift(micros, days_from_hybrid)
}

/// Gregorian microseconds since 1970 to hybrid ones.
pub(crate) fn micros_to_hybrid(micros: i64) -> i64 {
    shift(micros, days_to_hybrid)
}

fn shift(micros: i64, days: impl Fn(i32) -> i32) -> i64 {
    if micros >= CUTOVER_MICROS {
        return micros;
    }
    let day = micros.div_euclid(MICROS_PER_DAY);
    match i32::try_from(day) {
        Ok(from) => i64::from(days(from)) * MICROS_PER_DAY + micros.rem_euclid(MICROS_PER_DAY),
        Err(_) => micros,
    }
}

/// Days since 1970-01-01 of a Gregorian date (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * day_of_year + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * mp + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendars_agree_on_written_forms() {
        // 0001-01-01 is two days earlier in time in the Julian calendar.
        assert_eq!(days_from_civil(1, 1, 1), -719_162);
        assert_eq!(days_to_hybrid(-719_162), -719_164);
        assert_eq!(days_from_hybrid(-719_164), -719_162);
        // The last day of the Julian calendar is the day before the cutover.
        assert_eq!(days_to_hybrid(days_from_civil(1582, 10, 4) as i32), CUTOVER_DAYS - 1);
        assert_eq!(days_from_hybrid(CUTOVER_DAYS - 1), days_from_civil(1582, 10, 4) as i32);
        for day in (-719_162..days_from_civil(1582, 10, 5) as i32).step_by(17) {
            assert_eq!(days_from_hybrid(days_to_hybrid(day)), day);
            assert_eq!(civil_from_days(i64::from(day)), {
                let (y, m, d) = civil_from_days(i64::from(day));
                civil_from_days(days_from_civil(y, m, d))
            });
        }
        assert_eq!(micros_from_hybrid(-719_164 * MICROS_PER_DAY + 5), -719_162 * MICROS_PER_DAY + 5);
        assert_eq!(micros_to_hybrid(0), 0);
    }
}
