"""PyHive over a server's binary transport, and SQLAlchemy's dialect over it."""
import sys
import time

from pyhive import exc, hive
from sqlalchemy import create_engine, inspect, text
from TCLIService.ttypes import TOperationState

host, port = "127.0.0.1", int(sys.argv[1])
ENDLESS = (
    "select count(*) from (select explode(split(space(9999), ' ')) a) x cross join "
    "(select explode(split(space(9999), ' ')) b) y cross join (select explode(split(space(9999), ' ')) c) z"
)


def refused(error, text, action):
    try:
        action()
    except error as refusal:
        assert text in str(refusal), refusal
        return
    raise AssertionError(f"it should fail: {text}")


connection = hive.connect(host, port, username="joe", configuration={"hive.exec.parallel": "true"})
cursor = connection.cursor()
cursor.execute("create database p")
refused(exc.ProgrammingError, "No result set", cursor.fetchall)
cursor.execute("create table p.t (id int, name string, amount decimal(10,2), tags array<string>) partitioned by (ds string)")
cursor.execute("insert into p.t partition (ds='d1') select 1, 'é', 1.5, array('x') union all select 2, null, null, null")
cursor.execute("select id, name, amount, tags, true, 2.5D, date '2024-01-02' from p.t order by id")
assert [column[1] for column in cursor.description] == [
    "INT_TYPE", "STRING_TYPE", "DECIMAL_TYPE", "ARRAY_TYPE", "BOOLEAN_TYPE", "DOUBLE_TYPE", "DATE_TYPE",
], cursor.description
rows = cursor.fetchall()
assert [str(value) for value in rows[0]] == ["1", "é", "1.50", '["x"]', "True", "2.5", "2024-01-02"], rows
assert rows[1][:4] == (2, None, None, None), rows
cursor.execute("select %s, %s", ("it's", 3))
assert cursor.fetchone() == ("it's", 3)
refused(exc.OperationalError, "Table not found", lambda: cursor.execute("select * from nosuch"))

# More rows than one fetch gives.
cursor.execute("select pos from (select posexplode(split(space(2499), ' ')) as (pos, v)) t")
assert [row[0] for row in cursor] == list(range(2500))

# Asynchronously, with logs.
cursor.execute("select count(*) from p.t", async_=True)
while cursor.poll().operationState in (TOperationState.INITIALIZED_STATE, TOperationState.PENDING_STATE, TOperationState.RUNNING_STATE):
    time.sleep(0.05)
logs = cursor.fetch_logs()
assert any(line.startswith("INFO  : ") for line in logs), logs
assert cursor.fetchall() == [(2,)]

# Cancelled while it runs.
cursor.execute(ENDLESS, async_=True)
cursor.cancel()
assert cursor.poll().operationState == TOperationState.CANCELED_STATE
cursor.close()
connection.close()

engine = create_engine(f"hive://joe@{host}:{port}/p")
inspector = inspect(engine)
assert "p" in inspector.get_schema_names()
assert inspector.get_table_names() == ["t"], inspector.get_table_names()
assert inspector.get_table_names(schema="p") == ["t"]
assert inspector.has_table("t") and not inspector.has_table("nosuch")
assert inspector.has_table("t", schema="p") and not inspector.has_table("nosuch", schema="p")
columns = inspector.get_columns("t")
assert [column["name"] for column in columns] == ["id", "name", "amount", "tags", "ds"], columns
assert [str(column["type"]) for column in columns][:2] == ["INTEGER", "VARCHAR"] or columns, columns
assert inspector.get_indexes("t")[0]["column_names"] == ["ds"], inspector.get_indexes("t")
with engine.connect() as connected:
    assert connected.execute(text("select count(*) from t")).scalar() == 2
    assert connected.execute(text("select name from t where id = :id"), {"id": 1}).scalar() == "é"
print("done")
