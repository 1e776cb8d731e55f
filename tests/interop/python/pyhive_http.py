"""PyHive and impyla over HTTP: each call of theirs comes over a connection of its own."""
import sys

from impala.dbapi import connect
from pyhive import hive

port = int(sys.argv[1])
connection = hive.connect("127.0.0.1", port, scheme="http", auth="BASIC", username="joe", password="x")
cursor = connection.cursor()
cursor.execute("create temporary table h as select 7 as seven")
cursor.execute("select seven, current_user() from h")
assert cursor.fetchall() == [(7, "joe")]
connection.close()

connection = connect("127.0.0.1", port, auth_mechanism="LDAP", user="joe", password="x", use_http_transport=True, http_path="cliservice")
cursor = connection.cursor()
cursor.execute("select 8, current_user()")
assert cursor.fetchall() == [(8, "joe")]
cursor.close()
connection.close()
print("done")
