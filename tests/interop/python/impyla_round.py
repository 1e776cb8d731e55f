"""impyla over a server's binary transport: statements, its questions about the catalog, cancelling."""
import sys

from impala.dbapi import connect
from impala.error import HiveServer2Error, OperationalError

port = int(sys.argv[1])
connection = connect("127.0.0.1", port, auth_mechanism="PLAIN", user="joe", password="x")
cursor = connection.cursor()
assert cursor.ping()
cursor.execute("create database i")
assert not cursor.has_result_set
cursor.execute("create table i.t (id int, name string)")
cursor.execute("insert into i.t values (1, 'a'), (2, null)")
cursor.execute("select id, name from i.t order by id")
assert cursor.description[0][:2] == ("id", "INT"), cursor.description
assert cursor.fetchall() == [(1, "a"), (2, None)]
assert any("INFO  : " in line for line in cursor.get_log().splitlines()), cursor.get_log()
cursor.execute("select %(n)s + 1", {"n": 4})
assert cursor.fetchone() == (5,)

cursor.get_databases()
assert "i" in [row[0] for row in cursor.fetchall()]
cursor.get_tables(database_name="i")
assert [row[2] for row in cursor.fetchall()] == ["t"]
cursor.get_table_schema("t", "i")
# It asks for the functions of the database `.*`; those of Hive are of none.
cursor.get_functions()
assert cursor.fetchall() == []
assert cursor.table_exists("t", database_name="i") and not cursor.table_exists("nosuch", database_name="i")
assert cursor.get_table_schema("t", "i") == [("id", "INT"), ("name", "STRING")], cursor.get_table_schema("t", "i")

for statement in ("select * from nosuch", "selec 1"):
    try:
        cursor.execute(statement)
    except (HiveServer2Error, OperationalError) as error:
        assert "Error while compiling statement" in str(error), error
    else:
        raise AssertionError(statement)

cursor.execute_async(
    "select count(*) from (select explode(split(space(9999), ' ')) a) x cross join "
    "(select explode(split(space(9999), ' ')) b) y cross join (select explode(split(space(9999), ' ')) c) z"
)
assert cursor.is_executing()
cursor.cancel_operation()
cursor.execute("select 1")
assert cursor.fetchall() == [(1,)]
cursor.close()
connection.close()
print("done")
