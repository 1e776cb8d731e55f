#!/usr/bin/env python3
"""Records the answers of a benchmark's queries with DuckDB, over the data that `skep-bench data` made.

    cargo run -p skep-bench -- data tpch --scale 0.01 --to /tmp/tpch
    python3 bench/record_answers.py tpch /tmp/tpch

The queries are those of DuckDB's own tpch and tpcds extensions, so that they were written by others than those in
bench/queries:

    pip install duckdb==1.5.5 duckdb-extension-tpch==1.5.5 duckdb-extension-tpcds==1.5.5

An answer is a file bench/answers/<benchmark>/q<number>.txt: a row a line, `|` between values, `\\N` for NULL.
`--changes FILE` names a JSON file {"<number>": [["from", "to"], ...]} of replacements in the queries' texts, which are
the parameters that bench/queries has another value for because the one of the specification gives nothing at a small scale.
"""
import argparse
import importlib
import json
import math
import pathlib
import re
import sys

import duckdb

HERE = pathlib.Path(__file__).resolve().parent


def connect(benchmark):
    """A connection with DuckDB's extension for the benchmark."""
    connection = duckdb.connect()
    package = importlib.import_module(f"duckdb_extension_{benchmark}")
    folder = pathlib.Path(package.__file__).parent
    extension = next(folder.rglob(f"{benchmark}.duckdb_extension"))
    connection.execute(f"load '{extension}'")
    return connection


def load(connection, benchmark, folder):
    """Makes the benchmark's tables of the text files."""
    schema = (HERE / "schema" / f"{benchmark}.sql").read_text()
    for name, columns in re.findall(r"create table (\w+) \((.*?)\n\)", schema, re.S):
        connection.execute(f"create table {name} ({columns})")
        columns = [column.strip().split(" ", 1) for column in re.split(r",\n", columns)]
        types = ", ".join(f"'{column}': '{kind}'" for column, kind in columns)
        # Every line ends with a delimiter.
        types += ", 'end_of_line': 'varchar'"
        names = ", ".join(column for column, _ in columns)
        connection.execute(
            f"insert into {name} select {names} from read_csv('{folder}/{name}/*.tbl', delim='|', header=false, "
            f"quote='', escape='', nullstr='', columns={{{types}}}, auto_detect=false)"
        )


def text(value):
    """A value as the answer files have it."""
    if value is None:
        return "\\N"
    if isinstance(value, float):
        # Nothing divided by nothing is NULL in Hive.
        return "\\N" if math.isnan(value) else repr(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark", choices=["tpch", "tpcds"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--changes", type=pathlib.Path)
    parser.add_argument("--to", type=pathlib.Path)
    arguments = parser.parse_args()
    connection = connect(arguments.benchmark)
    load(connection, arguments.benchmark, arguments.folder)
    changes = arguments.changes or HERE / "answers" / f"{arguments.benchmark}-changes.json"
    changes = json.loads(changes.read_text()) if changes.exists() else {}
    to = arguments.to or HERE / "answers" / arguments.benchmark
    to.mkdir(parents=True, exist_ok=True)
    empty = []
    queries = connection.execute(f"select query_nr, query from {arguments.benchmark}_queries() order by 1").fetchall()
    for number, query in queries:
        for before, after in changes.get(str(number), []):
            if before not in query:
                sys.exit(f"q{number} has no `{before}`")
            query = query.replace(before, after)
        rows = connection.execute(query).fetchall()
        lines = ["|".join(text(value) for value in row) + "\n" for row in rows]
        (to / f"q{number:02}.txt").write_text("".join(lines))
        if not rows or all(value is None or value == 0 for row in rows for value in row):
            empty.append(number)
    print(f"{len(queries)} answers in {to}; those of {empty} are empty")


if __name__ == "__main__":
    main()
