//! Answers of real Hive.

use crate::scalar::testing::{call, call_in, check, d, i, l, s};
use datafusion_common::ScalarValue;

fn time(micros: i64) -> ScalarValue {
    ScalarValue::TimestampMicrosecond(Some(micros), None)
}

#[test]
fn patterns_are_javas() {
    check(&[
        (
            "date_format",
            &[
                s("2015-04-08 13:14:15.678"),
                s("yyyy yy y MM MMM MMMM d dd E EEEE u a H k K h m s S SSS D w W F G z Z X"),
            ],
            "2015 15 2015 04 Apr April 8 08 Wed Wednesday 3 PM 13 13 1 1 14 15 678 678 98 15 2 2 AD UTC +0000 Z",
        ),
        ("date_format", &[s("2015-04-08"), s("y")], "2015"),
        ("date_format", &[s("2015-04-08"), s("dd'of'''Q")], "NULL"),
        ("date_format", &[s("2019-12-31"), s("YYYY w")], "2020 1"),
        ("unix_timestamp", &[s("2015-04-08 13:14:15")], "1428498855"),
        ("unix_timestamp", &[s("2015-04-08")], "NULL"),
        ("unix_timestamp", &[s("08/Apr/2015:13:14:15 +0200"), s("dd/MMM/yyyy:HH:mm:ss Z")], "1428491655"),
        ("unix_timestamp", &[s("20150408"), s("yyyyMMdd")], "1428451200"),
        ("unix_timestamp", &[s("2015-4-8 1:2:3")], "1428454923"),
        ("unix_timestamp", &[s("2015-04-08 13:14:15.5xyz")], "1428498855"),
        ("unix_timestamp", &[s("15-13-40"), s("yy-MM-dd")], "1454976000"),
        ("unix_timestamp", &[s("9:05 PM"), s("h:mm a")], "75900"),
        ("from_unixtime", &[i(0)], "1970-01-01 00:00:00"),
        ("from_unixtime", &[l(1_428_498_855), s("EEE, d MMM yyyy HH:mm:ss Z")], "Wed, 8 Apr 2015 13:14:15 +0000"),
    ]);
    let zone = "America/Los_Angeles";
    assert_eq!(
        call_in(zone, "from_unixtime", &[i(0), s("yyyy-MM-dd HH:mm:ss z Z X XXX")]).unwrap(),
        "1969-12-31 16:00:00 PST -0800 -08 -08:00"
    );
    assert_eq!(call_in(zone, "unix_timestamp", &[s("1970-01-01 00:00:00")]).unwrap(), "28800");
    assert_eq!(call_in(zone, "unix_timestamp", &[ScalarValue::Date32(Some(0))]).unwrap(), "28800");
}

#[test]
fn dates_are_counted_as_hive_does() {
    check(&[
        ("months_between", &[s("1997-02-28 10:30:00"), s("1996-10-30")], "3.94959677"),
        ("months_between", &[s("2015-04-30"), s("2015-02-28")], "2.0"),
        ("add_months", &[s("2009-08-31"), i(1)], "2009-09-30"),
        ("add_months", &[s("2017-12-31 14:15:16"), i(2)], "2018-02-28"),
        ("add_months", &[s("2017-12-31 14:15:16"), i(2), s("yyyy/MM/dd HH")], "2018/02/28 14"),
        ("add_months", &[s("2015-02-28"), i(-12)], "2014-02-28"),
        ("next_day", &[s("2015-01-14"), s("TU")], "2015-01-20"),
        ("next_day", &[s("2015-01-14"), s("Wed")], "2015-01-21"),
        ("next_day", &[s("2015-01-14"), s("VT")], "NULL"),
        ("trunc", &[s("2009-02-12"), s("MM")], "2009-02-01"),
        ("trunc", &[s("2009-02-12"), s("Q")], "2009-01-01"),
        ("trunc", &[s("2009-02-12"), s("mm")], "NULL"),
        ("trunc", &[d(1_234_567_891.123_456_8), i(4)], "1.2345678911234E9"),
        ("trunc", &[l(1_234_567_891), i(-4)], "1234560000"),
        ("weekofyear", &[s("2008-02-20")], "8"),
        ("weekofyear", &[s("1980-12-31 12:59:59")], "1"),
        ("dayofweek", &[s("2020-01-05")], "1"),
        ("last_day", &[s("2009-01-12 10:00:00")], "2009-01-31"),
        ("date_add", &[s("2009-07-30"), i(1)], "2009-07-31"),
        ("date_sub", &[s("2000-03-01"), i(1)], "2000-02-29"),
        ("date_add", &[s("nonsense"), i(1)], "NULL"),
        ("datediff", &[s("2009-07-30 10:00:00"), s("2009-07-31")], "-1"),
        ("to_date", &[s("2009-07-30 04:17:52")], "2009-07-30"),
        ("year", &[s("2009-08-07 13:14:15")], "2009"),
        ("quarter", &[s("2015-04-08")], "2"),
        ("month", &[s("not a date")], "NULL"),
        ("hour", &[s("2009-08-07 13:14:15")], "13"),
        ("minute", &[s("2009-08-07 13:14:15")], "14"),
        ("second", &[time(-500_000)], "59"),
        ("hour", &[ScalarValue::Date32(Some(10))], "0"),
        ("floor_quarter", &[time(1_428_498_855_000_000)], "2015-04-01 00:00:00"),
        ("floor_week", &[time(1_428_498_855_000_000)], "2015-04-06 00:00:00"),
        ("floor_hour", &[time(1_428_498_855_678_000)], "2015-04-08 13:00:00"),
    ]);
}

#[test]
fn zones() {
    check(&[
        ("from_utc_timestamp", &[s("1970-01-01 08:00:00"), s("PST")], "1970-01-01 00:00:00"),
        ("to_utc_timestamp", &[s("1970-01-01 00:00:00"), s("PST")], "1970-01-01 08:00:00"),
        ("from_utc_timestamp", &[s("2020-03-08 10:30:00"), s("America/Los_Angeles")], "2020-03-08 03:30:00"),
        ("from_utc_timestamp", &[s("2020-03-08 10:30:00"), s("Nowhere")], "2020-03-08 10:30:00"),
        ("to_epoch_milli", &[time(1_500)], "1"),
    ]);
}

#[test]
fn errors_are_hives() {
    let error = |name, args: &[ScalarValue]| call(name, args).unwrap_err();
    assert!(
        error("date_add", &[i(1), i(2)])
            .contains(" DATE_ADD() only takes STRING/TIMESTAMP/DATEWRITABLE types as first argument, got INT")
    );
    assert!(error("year", &[i(1)]).contains("year does not take INT type"));
    assert!(
        error("from_unixtime", &[d(1.0)])
            .contains("The function FROM_UNIXTIME takes only int/long types for first argument. Got Type:DOUBLE")
    );
}
