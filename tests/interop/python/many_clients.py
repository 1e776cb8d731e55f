"""Many clients at once, checked against what they should have done: many_clients.py PORT WAREHOUSE [CLIENTS [SECONDS]].

Each client alters a table of its own, adds and drops partitions of a table that all share, and reads both back.
"""

import random
import sys
import threading
import time

from hmsclient import hmsclient
from hmsclient.genthrift.hive_metastore import ttypes as t

port, warehouse = int(sys.argv[1]), sys.argv[2]
clients = int(sys.argv[3]) if len(sys.argv) > 3 else 100
seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 5
problems, calls, expected = [], [0] * clients, [None] * clients
threading.stack_size(1 << 20)


def table(name, keys):
    serde = t.SerDeInfo(serializationLib=hmsclient.SIMPLE_SERDE, parameters={})
    descriptor = t.StorageDescriptor(
        cols=[t.FieldSchema("id", "int", None)], location=f"file:{warehouse}/many.db/{name}", numBuckets=-1, serdeInfo=serde,
        inputFormat=hmsclient.INPUT_FORMAT, outputFormat=hmsclient.OUTPUT_FORMAT, bucketCols=[], sortCols=[], parameters={})
    return t.Table(tableName=name, dbName="many", sd=descriptor, partitionKeys=keys, parameters={}, tableType="EXTERNAL_TABLE")


with hmsclient.HMSClient(host="127.0.0.1", port=port) as client:
    client.create_database(t.Database("many", "", f"file:{warehouse}/many.db", {}))
    client.create_table(table("shared", [t.FieldSchema("who", "int", None), t.FieldSchema("nr", "int", None)]))
    shared = client.get_table("many", "shared")
start = threading.Barrier(clients)


def work(me):
    try:
        with hmsclient.HMSClient(host="127.0.0.1", port=port) as client:
            chance, mine, count = random.Random(me), set(), 0
            start.wait()
            client.create_table(table(f"own{me}", []))
            end = time.time() + seconds
            while time.time() < end:
                own = client.get_table("many", f"own{me}")
                assert own.parameters.get("count", "0") == str(count), own.parameters
                count += 1
                own.parameters["count"] = str(count)
                client.alter_table("many", f"own{me}", own)
                number = chance.randrange(8)
                if number in mine:
                    client.drop_partition("many", "shared", [str(me), str(number)], False)
                    mine.remove(number)
                else:
                    client.add_partition(shared, [str(me), str(number)])
                    mine.add(number)
                calls[me] += 3
            expected[me] = (count, mine)
    except Exception as error:  # noqa: BLE001: whatever it is, the test fails with it
        problems.append(f"client {me}: {error!r}")


threads = [threading.Thread(target=work, args=(me,)) for me in range(clients)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not problems, problems[:5]
with hmsclient.HMSClient(host="127.0.0.1", port=port) as client:
    partitions = {tuple(p.values) for p in client.get_partitions("many", "shared", -1)}
    assert partitions == {(str(me), str(nr)) for me, (_, mine) in enumerate(expected) for nr in mine}
    for me, (count, _) in enumerate(expected):
        assert client.get_table("many", f"own{me}").parameters["count"] == str(count)
print(f"{sum(calls)} calls")
print("done")
