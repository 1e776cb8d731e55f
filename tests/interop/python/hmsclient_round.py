"""A round of calls of hmsclient (Airflow's client of the metastore): hmsclient_round.py PORT WAREHOUSE."""

import sys

from hmsclient import hmsclient
from hmsclient.genthrift.hive_metastore import ttypes as t


def raises(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return error
    raise AssertionError(f"{call.__name__}{arguments} does not raise {kind.__name__}")


def descriptor(columns, location):
    serde = t.SerDeInfo(serializationLib=hmsclient.SIMPLE_SERDE, parameters={"serialization.format": "1"})
    return t.StorageDescriptor(
        cols=columns, location=location, inputFormat=hmsclient.INPUT_FORMAT, outputFormat=hmsclient.OUTPUT_FORMAT,
        compressed=False, numBuckets=-1, serdeInfo=serde, bucketCols=[], sortCols=[], parameters={})


port, warehouse = int(sys.argv[1]), sys.argv[2]
with hmsclient.HMSClient(host="127.0.0.1", port=port) as client:
    assert client.get_all_databases() == ["default"]
    client.create_database(t.Database("air", "of the air", f"file:{warehouse}/air.db", {"k": "v"}))
    assert client.get_database("air").parameters == {"k": "v"}
    assert sorted(client.get_databases("*")) == ["air", "default"]
    assert client.get_databases("a*") == ["air"]
    raises(t.AlreadyExistsException, client.create_database, t.Database("air", "", f"file:{warehouse}/air.db", {}))

    columns = [t.FieldSchema("id", "int", "number"), t.FieldSchema("who", "string", None)]
    client.create_table(t.Table(
        tableName="flights", dbName="air", owner="ada", sd=descriptor(columns, None), parameters={"p": "q"},
        partitionKeys=[t.FieldSchema("ds", "string", None), t.FieldSchema("hr", "int", None)], tableType="MANAGED_TABLE"))
    table = client.get_table("air", "flights")
    assert [column.name for column in table.sd.cols] == ["id", "who"]
    assert table.sd.cols[0].comment == "number" and table.owner == "ada" and table.parameters["p"] == "q"
    assert table.sd.location == f"file:{warehouse}/air.db/flights", table.sd.location
    raises(t.NoSuchObjectException, client.get_table, "air", "trains")
    assert client.get_tables("air", "f*") == ["flights"] and client.get_all_tables("air") == ["flights"]
    assert [found.tableName for found in client.get_table_objects_by_name("air", ["flights", "trains"])] == ["flights"]
    assert [field.name for field in client.get_schema("air", "flights")] == ["id", "who", "ds", "hr"]

    for day, hour in (("2020-01-01", 1), ("2020-01-01", 2), ("2020-01-02", 1), ("2021-06-01", 11)):
        client.add_partition(table, [day, str(hour)])
    raises(t.AlreadyExistsException, client.add_partition, table, ["2020-01-01", "1"])
    names = client.get_partition_names("air", "flights", -1)
    assert names == ["ds=2020-01-01/hr=1", "ds=2020-01-01/hr=2", "ds=2020-01-02/hr=1", "ds=2021-06-01/hr=11"], names
    assert client.get_partition_names("air", "flights", 2) == names[:2]
    assert client.check_for_named_partition("air", "flights", names[0])
    assert not client.check_for_named_partition("air", "flights", "ds=1999-01-01/hr=1")
    assert client.partition_name_to_spec(names[0]) == {"ds": "2020-01-01", "hr": "1"}
    assert client.partition_name_to_vals("ds=a%2Fb/hr=1") == ["a/b", "1"]

    def filtered(text):
        return [partition.values for partition in client.get_partitions_by_filter("air", "flights", text, -1)]

    assert filtered("ds='2020-01-01'") == [["2020-01-01", "1"], ["2020-01-01", "2"]]
    assert filtered('ds = "2020-01-01" and hr > 1') == [["2020-01-01", "2"]]
    assert filtered('ds like "2020.*"') == [["2020-01-01", "1"], ["2020-01-01", "2"], ["2020-01-02", "1"]]
    assert filtered("hr >= 2 or ds = '2020-01-02'") == [["2020-01-01", "2"], ["2020-01-02", "1"], ["2021-06-01", "11"]]
    raises(t.MetaException, filtered, "ds === 1")
    assert len(client.get_partitions("air", "flights", -1)) == 4
    assert len(client.get_partitions_ps("air", "flights", ["", "1"], -1)) == 2
    one = client.get_partition("air", "flights", ["2020-01-02", "1"])
    assert one.sd.location == f"{table.sd.location}/ds=2020-01-02/hr=1" and one.createTime > 0
    one.parameters["seen"] = "yes"
    client.alter_partition("air", "flights", one)
    assert client.get_partition_by_name("air", "flights", names[2]).parameters["seen"] == "yes"
    client.drop_partition("air", "flights", ["2021-06-01", "11"], True)
    client.drop_partitions("air", "flights", names[:1])
    assert client.get_partition_names("air", "flights", -1) == names[1:3]
    raises(t.NoSuchObjectException, client.drop_partition, "air", "flights", ["2021-06-01", "11"], True)

    table.parameters["p"] = "r"
    client.alter_table("air", "flights", table)
    assert client.get_table("air", "flights").parameters["p"] == "r"
    statistics = t.ColumnStatistics(
        t.ColumnStatisticsDesc(True, "air", "flights"),
        [t.ColumnStatisticsObj("id", "int", t.ColumnStatisticsData(longStats=t.LongColumnStatsData(1, 9, 2, 5)))])
    client.update_table_column_statistics(statistics)
    found = client.get_table_column_statistics("air", "flights", "id").statsObj[0].statsData.longStats
    assert (found.lowValue, found.highValue, found.numNulls, found.numDVs) == (1, 9, 2, 5)

    client.create_function(t.Function("up", "air", "a.b.Up", "ada", t.PrincipalType.USER, 0, t.FunctionType.JAVA, []))
    assert client.get_functions("air", "*") == ["up"] and client.get_function("air", "up").className == "a.b.Up"
    client.drop_function("air", "up")

    assert client.create_role(t.Role("reader", 0, "ada"))
    assert "reader" in client.get_role_names()
    client.drop_role("reader")

    raises(t.InvalidOperationException, client.drop_database, "air", False, False)
    client.drop_table("air", "flights", True)
    client.drop_database("air", True, True)
    assert client.get_all_databases() == ["default"]
    assert client.get_current_notification_id() >= 0
print("done")
