//! Apache Hive's job in one binary: the engine behind the shell and the servers.
