"""Calls over one way to the metastore: transports.py PORT WAY [CERTIFICATE].

WAY is one or more of framed, compact, tls, plain, http, basic with + between them: apache/thrift's own transports and
protocols, and the API as hmsclient's generated code has it. With plain (SASL) and basic (HTTP) the name is ann, the password secret.
"""

import base64
import ssl
import sys
import types

from hmsclient.genthrift.hive_metastore import ThriftHiveMetastore, ttypes
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.protocol.TCompactProtocol import TCompactProtocol
from thrift.transport import THttpClient, TSocket, TSSLSocket, TTransport


class Plain:
    """What thrift's TSaslClientTransport wants of the package pure-sasl, for SASL PLAIN: one message, and then bytes as they are."""

    def __init__(self, host, service=None, mechanism="PLAIN", username="", password=""):
        self.mechanism, self.complete = mechanism, False
        self.message = f"\0{username}\0{password}".encode()

    def process(self, challenge=None):
        self.complete = True
        return self.message

    def wrap(self, data):
        return data

    def unwrap(self, data):
        return data

    def dispose(self):
        pass


sys.modules["puresasl"] = types.ModuleType("puresasl")
sys.modules["puresasl.client"] = types.ModuleType("puresasl.client")
sys.modules["puresasl.client"].SASLClient = Plain

port, way = int(sys.argv[1]), set(sys.argv[2].split("+"))
certificate = sys.argv[3] if len(sys.argv) > 3 else None


def connect(password):
    if "http" in way:
        scheme = "https" if "tls" in way else "http"
        context = ssl.create_default_context(cafile=certificate) if "tls" in way else None
        transport = THttpClient.THttpClient(f"{scheme}://localhost:{port}/metastore", ssl_context=context)
        if "basic" in way:
            token = base64.b64encode(f"ann:{password}".encode()).decode()
            transport.setCustomHeaders({"Authorization": f"Basic {token}"})
    else:
        if "tls" in way:
            socket = TSSLSocket.TSSLSocket("localhost", port, ca_certs=certificate, cert_reqs=ssl.CERT_REQUIRED)
        else:
            socket = TSocket.TSocket("localhost", port)
        if "plain" in way:
            transport = TTransport.TSaslClientTransport(
                socket, "localhost", "hive", mechanism="PLAIN", username="ann", password=password)
        elif "framed" in way:
            transport = TTransport.TFramedTransport(socket)
        else:
            transport = TTransport.TBufferedTransport(socket)
    protocol = TCompactProtocol(transport) if "compact" in way else TBinaryProtocol(transport)
    transport.open()
    return ThriftHiveMetastore.Client(protocol), transport


def refused(password):
    try:
        client, transport = connect(password)
        client.get_all_databases()
    except (TTransport.TTransportException, OSError):
        return
    except EOFError:
        # Thrift's HTTP client reads the empty body of any answer.
        assert transport.code == 401, transport.code
        return
    raise AssertionError("it believes any password")


client, transport = connect("secret")
assert client.get_all_databases() == ["default"]
columns = [ttypes.FieldSchema("a", "map<string,double>", "é" * 30_000)]
descriptor = ttypes.StorageDescriptor(cols=columns, serdeInfo=ttypes.SerDeInfo(serializationLib="x"), numBuckets=-1)
client.create_table(ttypes.Table(tableName="t", dbName="default", sd=descriptor, parameters={"n": "-1.5"}))
table = client.get_table("default", "t")
assert table.sd.cols == columns and table.parameters["n"] == "-1.5" and table.sd.numBuckets == -1
try:
    client.get_table("default", "nix")
    raise AssertionError("it is there")
except ttypes.NoSuchObjectException as error:
    assert error.message == "hive.default.nix table not found", error.message
statistics = ttypes.ColumnStatistics(
    ttypes.ColumnStatisticsDesc(True, "default", "t"),
    [ttypes.ColumnStatisticsObj("a", "double", ttypes.ColumnStatisticsData(doubleStats=ttypes.DoubleColumnStatsData(
        lowValue=-0.25, highValue=1e300, numNulls=0, numDVs=2)))])
assert client.update_table_column_statistics(statistics)
found = client.get_table_column_statistics("default", "t", "a").statsObj[0].statsData.doubleStats
assert (found.lowValue, found.highValue, found.numDVs) == (-0.25, 1e300, 2)
client.drop_table("default", "t", True)
transport.close()
if way & {"plain", "basic"}:
    refused("guessed")
print("done")
