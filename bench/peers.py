#!/usr/bin/env python3
"""Runs queries in DuckDB or DataFusion over Parquet files, for `skep-bench`.

Takes JSON on its standard input:

    {"tables": {"<name>": "<folder of Parquet files>"}, "queries": [{"name": "q01", "text": "…"}], "repeat": 3, "threads": 2}

and prints a JSON object a line for each query: {"query": "q01", "seconds": [0.1, …], "rows": 4}, or with "error" in
the place of both. Its one argument is `duckdb` or `datafusion`, Python packages that must be there.
"""
import json
import sys
import time


def duckdb_engine(tables, threads):
    """A function that runs a query in DuckDB and gives the number of its rows."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"set threads to {threads}")
    for name, folder in tables.items():
        connection.execute(f"create view {name} as select * from read_parquet('{folder}/*')")
    return lambda text: len(connection.execute(text).fetchall())


def datafusion_engine(tables, threads):
    """The same in DataFusion."""
    import datafusion

    config = datafusion.SessionConfig().with_target_partitions(threads)
    context = datafusion.SessionContext(config)
    for name, folder in tables.items():
        # Hive's files have no extension.
        context.register_parquet(name, folder + "/", file_extension="")
    return lambda text: sum(batch.num_rows for batch in context.sql(text).collect())


def main():
    request = json.load(sys.stdin)
    engine = {"duckdb": duckdb_engine, "datafusion": datafusion_engine}[sys.argv[1]]
    run = engine(request["tables"], request["threads"])
    for query in request["queries"]:
        answer = {"query": query["name"]}
        try:
            seconds = []
            for _ in range(request["repeat"]):
                began = time.perf_counter()
                answer["rows"] = run(query["text"].replace("`", '"'))
                seconds.append(time.perf_counter() - began)
            answer["seconds"] = seconds
        except Exception as error:
            answer["error"] = str(error)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
