"""A round of calls of hive-metastore-client: hive_metastore_client_round.py PORT WAREHOUSE."""

import sys

from hive_metastore_client import HiveMetastoreClient
from hive_metastore_client.builders import (
    ColumnBuilder, DatabaseBuilder, PartitionBuilder, SerDeInfoBuilder, StorageDescriptorBuilder, TableBuilder)

port, warehouse = int(sys.argv[1]), sys.argv[2]
with HiveMetastoreClient("127.0.0.1", port) as client:
    database = DatabaseBuilder(name="lake", location_uri=f"file:{warehouse}/lake.db").build()
    client.create_database(database)
    client.create_database_if_not_exists(database)

    columns = [ColumnBuilder("id", "bigint", "number").build(), ColumnBuilder("who", "string").build()]
    keys = [ColumnBuilder("year", "string").build(), ColumnBuilder("month", "string").build()]
    serde = SerDeInfoBuilder(serialization_lib="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe").build()

    def descriptor(folder):
        return StorageDescriptorBuilder(
            columns, f"file:{warehouse}/lake.db/{folder}", "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat", serde).build()

    client.create_table(TableBuilder("visits", "lake", descriptor("visits"), partition_keys=keys).build())
    client.create_external_table(TableBuilder("outside", "lake", descriptor("outside")).build())
    assert client.get_table("lake", "outside").tableType == "EXTERNAL_TABLE"
    assert sorted(client.get_all_tables("lake")) == ["outside", "visits"]

    def partition(*values):
        return PartitionBuilder(list(values), "lake", "visits").build()

    client.add_partitions_to_table("lake", "visits", [partition("2020", "01"), partition("2020", "02")])
    client.add_partitions_if_not_exists("lake", "visits", [partition("2020", "02"), partition("2021", "01")])
    assert client.get_partition_keys("lake", "visits") == [("year", "string"), ("month", "string")]
    assert client.get_partition_keys_names("lake", "visits") == ["year", "month"]
    values = sorted(client.get_partition_values_from_table("lake", "visits"))
    assert values == [["2020", "01"], ["2020", "02"], ["2021", "01"]], values

    client.add_columns_to_table("lake", "visits", [ColumnBuilder("what", "int").build()])
    assert [column.name for column in client.get_table("lake", "visits").sd.cols] == ["id", "who", "what"]
    client.drop_columns_from_table("lake", "visits", ["what"])
    assert [column.name for column in client.get_table("lake", "visits").sd.cols] == ["id", "who"]

    client.bulk_drop_partitions("lake", "visits", [["2020", "01"], ["2020", "02"]])
    assert client.get_partition_values_from_table("lake", "visits") == [["2021", "01"]]
    client.drop_table("lake", "visits", True)
    client.drop_table("lake", "outside", True)
    client.drop_database("lake", True, True)
    assert client.get_all_databases() == ["default"]
print("done")
