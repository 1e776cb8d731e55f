"""Right and wrong passwords of PyHive and impyla over both transports, over TLS where there is a certificate."""
import ssl
import sys

import thrift_sasl
from impala.dbapi import connect
from pyhive import hive
from thrift.transport.TSSLSocket import TSSLSocket
from thrift.transport.TTransport import TTransportException

binary, http, certificate = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
tls = certificate != "-"
HOST = "localhost" if tls else "127.0.0.1"


def pyhive(auth):
    """PyHive's own SASL; over TLS its caller makes the transport."""

    def opened(password):
        if not tls:
            return hive.connect(HOST, binary, username="ann", password=password, auth=auth)
        socket = TSSLSocket(HOST, binary, ssl_context=ssl.create_default_context(cafile=certificate))
        client = lambda: hive.get_installed_sasl(host=HOST, sasl_auth="PLAIN", username="ann", password=password)
        return hive.connect(thrift_transport=thrift_sasl.TSaslClientTransport(client, "PLAIN", socket), username="ann")

    return opened


def pyhive_http(password):
    more = {"check_hostname": "true", "ssl_cert": "required"} if tls else {}
    return hive.connect(HOST, http, scheme="https" if tls else "http", auth="BASIC", username="ann", password=password, **more)


def impyla(mechanism, **more):
    return lambda password: connect(
        auth_mechanism=mechanism, host=HOST, user="ann", password=password, use_ssl=tls, ca_cert=certificate if tls else None, **more
    )


over_http = {"port": http, "use_http_transport": True, "http_path": "cliservice"}
WAYS = [
    ("PyHive, LDAP", pyhive("LDAP"), "Error validating the login"),
    ("PyHive, CUSTOM", pyhive("CUSTOM"), "Error validating the login"),
    ("PyHive over HTTP", pyhive_http, ""),
    ("impyla, LDAP", impyla("LDAP", port=binary), "Error validating the login"),
    ("impyla, PLAIN", impyla("PLAIN", port=binary), "Error validating the login"),
    ("impyla over HTTP", impyla("LDAP", **over_http), "401"),
]
for name, opened, says in WAYS:
    connection = opened("ann-secret")
    cursor = connection.cursor()
    # A statement as long as this one goes over HTTP with `Expect: 100-continue`.
    cursor.execute("select current_user() -- " + "x" * 4000)
    assert cursor.fetchall() == [("ann",)], name
    cursor.close()
    connection.close()
    try:
        # impyla connects when it must.
        opened("wrong").cursor().execute("select 1")
    except Exception as refusal:
        assert says in str(refusal), (name, refusal)
        print(f"{name}: {type(refusal).__name__}: {refusal}")
    else:
        raise AssertionError(f"{name}: a wrong password is right")
print("done")
