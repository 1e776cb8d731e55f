"""What Superset asks of Hive beyond SQLAlchemy's reflection: its engine specification's statements and calls, written out
(Superset itself is too large to install here).

    superset_calls.py PORT HTTP_PORT FOLDER: hue logs in, and acts for ann
"""
import re
import sys
import time

from pyhive import hive
from pyhive.exc import ProgrammingError
from sqlalchemy import column, create_engine, inspect, select, table, text
from TCLIService import ttypes

port, http, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
HUE = "hue:hue-secret@127.0.0.1"
ENDLESS = (
    "select count(*) from (select explode(split(space(9999), ' ')) a) x cross join "
    "(select explode(split(space(9999), ' ')) b) y cross join (select explode(split(space(9999), ' ')) c) z"
)

# Impersonation is a setting of the session; the schema that was chosen is the URI's database, escaped.
acting = {"configuration": {"hive.server2.proxy.user": "ann"}}
engine = create_engine(f"hive://{HUE}:{port}/default?auth=CUSTOM", connect_args=acting)
with engine.connect() as connection:
    # "Test connection" pings.
    raw = connection.connection.dbapi_connection
    assert engine.dialect.do_ping(raw)
    assert connection.execute(text("select current_user(), logged_in_user()")).fetchall() == [("ann", "ann")]
    for statement in [
        "create database if not exists sales",
        "create table sales.orders (id int, at timestamp, amount decimal(10,2), note string) partitioned by (ds string, region string)",
        "insert into sales.orders partition (ds='2024-01-31', region='north') values (1, '2024-01-31 10:20:30', 1.50, 'a'), (2, '2024-01-31 23:59:59', 2.25, null)",
        "insert into sales.orders partition (ds='2024-02-01', region='south') values (3, '2024-02-01 00:00:01', 3, '100% of it')",
        "create view sales.big as select * from sales.orders where amount > 2",
    ]:
        connection.execute(text(statement.replace(":20:30", r"\:20\:30").replace(":59:59", r"\:59\:59").replace(":00:01", r"\:00\:01")))


def rows(statement, database="default"):
    opened = hive.connect("127.0.0.1", port, username="hue", password="hue-secret", auth="CUSTOM", database=database, **acting)
    cursor = opened.cursor()
    cursor.execute(statement)
    found = [[name for name, *_ in cursor.description], cursor.fetchall()]
    opened.close()
    return found


# Tables, views, columns, partitions.
inspector = inspect(engine)
assert inspector.get_schema_names() == ["default", "sales"]
views = {name for (name,) in rows("SHOW VIEWS IN `sales`")[1]}
assert views == {"big"}, views
assert rows("SHOW VIEWS")[1] == []
assert set(inspector.get_table_names("sales")) - views == {"orders"}
assert [found["name"] for found in inspector.get_columns("orders", "sales")] == ["id", "at", "amount", "note", "ds", "region"]
assert inspector.get_indexes("orders", "sales") == [{"name": "partition", "column_names": ["ds", "region"], "unique": False}]
assert inspector.get_indexes("big", "sales") == []
names, partitions = rows("SHOW PARTITIONS sales.orders")
assert names == ["partition"] and max(name for (name,) in partitions).split("=")[1].startswith("2024-02-01"), partitions
names, functions = rows("SHOW FUNCTIONS")
assert names == ["tab_name"] and ("from_unixtime",) in functions and len(functions) > 200
assert rows("SHOW TABLES IN sales LIKE 'orders'")[1] == [("orders",)]
assert rows("SHOW TABLES LIKE 'orders'", database="sales")[1] == [("orders",)]
assert rows("SHOW TABLES LIKE 'orders'")[1] == []
assert "CREATE TABLE" in rows("SHOW CREATE TABLE sales.orders")[1][0][0]

# The preview of a table, and a chart's query.
orders = table("orders", column("id"), column("amount"), column("note"), schema="sales")
with engine.connect() as connection:
    preview = connection.execute(select(orders.c.id, orders.c.note).where(orders.c.id == 3).limit(100))
    assert list(preview.keys()) == ["id", "note"] and preview.fetchall() == [(3, "100% of it")]
chart = """
SELECT {grain} AS `__timestamp`, `region` AS `region`, SUM(`amount`) AS `SUM(amount)`, COUNT(DISTINCT `id`) AS `count_distinct`
FROM `sales`.`orders`
WHERE `at` >= CAST('2024-01-01 00:00:00.000000' AS TIMESTAMP) AND `at` < CAST('2025-01-01 00:00:00.000000' AS TIMESTAMP)
  AND `ds` >= CAST('2024-01-01' AS DATE)
GROUP BY {grain}, `region`
ORDER BY `SUM(amount)` DESC
LIMIT 10000"""
GRAINS = {
    "`at`": "2024-02-01 00:00:01.000000",
    "from_unixtime(unix_timestamp(`at`), 'yyyy-MM-dd HH:mm:ss')": "2024-02-01 00:00:01",
    "from_unixtime(unix_timestamp(`at`), 'yyyy-MM-dd HH:mm:00')": "2024-02-01 00:00:00",
    "from_unixtime(unix_timestamp(`at`), 'yyyy-MM-dd HH:00:00')": "2024-02-01 00:00:00",
    "from_unixtime(unix_timestamp(`at`), 'yyyy-MM-dd 00:00:00')": "2024-02-01 00:00:00",
    "from_unixtime(unix_timestamp(`at`), 'yyyy-MM-01 00:00:00')": "2024-02-01 00:00:00",
    "date_format(add_months(trunc(`at`, 'MM'), -(month(`at`)-1)%3), 'yyyy-MM-dd 00:00:00')": "2024-01-01 00:00:00",
    "from_unixtime(unix_timestamp(`at`), 'yyyy-01-01 00:00:00')": "2024-01-01 00:00:00",
}
for grain, start in GRAINS.items():
    names, found = rows(chart.format(grain=grain))
    assert names == ["__timestamp", "region", "sum(amount)", "count_distinct"], names
    when = {region: str(at) for at, region, *_ in found}
    assert len(when) == 2 and (when["south"] == start or when["south"] == start[:19]), (grain, found)

# The grains of weeks have a pattern of SimpleDateFormat.
WEEKS = {
    "date_format(date_sub(`at`, CAST(7-from_unixtime(unix_timestamp(`at`),'u') as int)), 'yyyy-MM-dd 00:00:00')": "2024-01-29 00:00:00",
    "date_format(date_add(`at`, INT(6-from_unixtime(unix_timestamp(`at`), 'u'))), 'yyyy-MM-dd 00:00:00')": "2024-02-03 00:00:00",
    "date_format(date_add(`at`, -INT(from_unixtime(unix_timestamp(`at`), 'u'))), 'yyyy-MM-dd 00:00:00')": "2024-01-28 00:00:00",
}
weekly = hive.connect(
    "127.0.0.1", port, username="hue", password="hue-secret", auth="CUSTOM",
    configuration={**acting["configuration"], "hive.datetime.formatter": "SIMPLE"},
).cursor()
for grain, start in WEEKS.items():
    weekly.execute(chart.format(grain=grain))
    assert {row[1]: row[0] for row in weekly.fetchall()}["south"] == start, grain

# A table for a file that was uploaded.
with engine.connect() as connection:
    connection.execute(text("CREATE TABLE uploaded (`a b` BIGINT, `c` STRING) STORED AS PARQUET LOCATION :location"), {"location": f"file:{folder}/uploaded"})
    connection.execute(text("insert into uploaded values (1, 'x')"))
    assert connection.execute(text("select `a b`, `c` from uploaded")).fetchall() == [(1, "x")]
    connection.execute(text("DROP TABLE IF EXISTS uploaded"))

# A statement of the SQL editor: asynchronous, with its log, until it is neither initialized nor running.
UNFINISHED = (ttypes.TOperationState.INITIALIZED_STATE, ttypes.TOperationState.RUNNING_STATE)


def watch(cursor, stopped):
    seen = []
    polled = cursor.poll()
    while polled.operationState in UNFINISHED:
        if stopped(seen):
            cursor.cancel()
            break
        seen.append("\n".join(cursor.fetch_logs()))
        time.sleep(0.1)
        polled = cursor.poll()
    return seen


opened = hive.connect("127.0.0.1", port, username="hue", password="hue-secret", auth="CUSTOM", **acting)
cursor = opened.cursor()
cursor.execute("select region, sum(amount) from sales.orders group by region order by region", **{"async": True})
watch(cursor, lambda seen: False)
assert cursor.poll().operationState == ttypes.TOperationState.FINISHED_STATE
assert [str(value) for row in cursor.fetchmany(10) for value in row] == ["north", "3.75", "south", "3.00"]
assert [name for name, *_ in cursor.description] == ["region", "_c1"]
# One without rows.
cursor.execute("create table if not exists kept (a int)", **{"async": True})
watch(cursor, lambda seen: False)
try:
    cursor.fetchall()
    raise AssertionError("rows of DDL")
except ProgrammingError:
    pass
# One that is stopped.
cursor.execute(ENDLESS, **{"async": True})
logs = watch(cursor, lambda seen: len(seen) > 2)
assert any("INFO  : " in lines for lines in logs), logs
assert cursor.poll().operationState == ttypes.TOperationState.CANCELED_STATE
# One that fails when it runs, and one that fails at once: the message is found by this.
cursor.execute("select assert_true(amount > 2) from sales.orders", **{"async": True})
watch(cursor, lambda seen: False)
failed = cursor.poll()
assert failed.operationState == ttypes.TOperationState.ERROR_STATE and "ASSERT_TRUE(): assertion failed" in failed.errorMessage, failed
try:
    cursor.execute("select nosuch from sales.orders", **{"async": True})
    raise AssertionError("a column that is not there")
except hive.OperationalError as refusal:
    message = re.search(r'errorMessage="(.*?)(?<!\\)"', str(refusal))
    assert "Invalid table alias or column reference 'nosuch'" in (message.group(1) if message else str(refusal)), refusal
opened.close()

# The same dialect over HTTP.
for url in [f"hive+http://{HUE}:{http}/", f"hive+http://{HUE}:{http}/default?auth=BASIC"]:
    engine = create_engine(url, connect_args=acting)
    with engine.connect() as connection:
        assert connection.execute(text("select current_user()")).scalar() == "ann"
    assert "orders" in inspect(engine).get_table_names("sales")
print("done")
