"""PyHive and impyla over HTTP go on by a cookie when the password that they logged in with is right no more."""
import subprocess
import sys

from impala.dbapi import connect
from pyhive import hive

port, passwd = int(sys.argv[1]), sys.argv[2:]


def impyla(**more):
    return connect(
        "127.0.0.1", port, auth_mechanism="LDAP", user="ann", password="ann-secret",
        use_http_transport=True, http_path="cliservice", **more,
    )


def asked(connection):
    cursor = connection.cursor()
    cursor.execute("select current_user()")
    return cursor.fetchall()


by_cookie = [
    hive.connect("127.0.0.1", port, scheme="http", auth="BASIC", username="ann", password="ann-secret"),
    impyla(),
    impyla(http_cookie_names="hive.server2.auth"),
]
each_time = impyla(http_cookie_names=[])
for connection in by_cookie + [each_time]:
    assert asked(connection) == [("ann",)]
subprocess.run(passwd, input=b"second\n", check=True, stdout=subprocess.DEVNULL)
for connection in by_cookie:
    for _ in range(3):
        assert asked(connection) == [("ann",)]
try:
    asked(each_time)
except Exception as refusal:
    assert "401" in str(refusal), refusal
else:
    raise AssertionError("a password that is right no more")
print("done")
