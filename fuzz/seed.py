#!/usr/bin/env python3
"""Writes the statements of sql-tests into fuzz/corpus/<target>, one a file."""
import hashlib
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
corpus = here / "corpus" / sys.argv[1]
corpus.mkdir(parents=True, exist_ok=True)
for path in sorted((here.parent / "sql-tests").rglob("*.slt")):
    for record in path.read_text().split("\n\n"):
        lines = [line for line in record.splitlines() if not line.startswith("#")]
        if lines and lines[0].split(" ")[0] in ("statement", "query"):
            sql = "\n".join(lines[1:]).split("\n----")[0]
            (corpus / hashlib.sha1(sql.encode()).hexdigest()).write_text(sql)
(corpus / ".seeded").touch()
