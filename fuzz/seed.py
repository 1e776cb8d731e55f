#!/usr/bin/env python3
"""Writes what a fuzz target begins with into fuzz/corpus/<target>, one a file: the statements of sql-tests, or, for the target
`thrift`, a call of each method of the metastore's IDL with all of its arguments filled."""
import hashlib
import pathlib
import re
import struct
import sys

here = pathlib.Path(__file__).resolve().parent
corpus = here / "corpus" / sys.argv[1]
corpus.mkdir(parents=True, exist_ok=True)


def keep(content):
    (corpus / hashlib.sha1(content).hexdigest()).write_bytes(content)


def statements():
    for path in sorted((here.parent / "sql-tests").rglob("*.slt")):
        for record in path.read_text().split("\n\n"):
            lines = [line for line in record.splitlines() if not line.startswith("#")]
            if lines and lines[0].split(" ")[0] in ("statement", "query"):
                keep("\n".join(lines[1:]).split("\n----")[0].encode())


FIELD = re.compile(r"(-?\d+): (?:required |optional )?((?:[^<>,]|<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>)+?) (\w+)(?: = [^,)]+)?(?:,|$)")


def parse(text):
    text = re.sub(r"//.*", "", text)
    enums = set(re.findall(r"\benum (\w+)", text))
    structs = {
        name: FIELD.findall(" ".join(body.split()))
        for name, body in re.findall(r"\b(?:struct|union|exception) (\w+) \{(.*?)\}", text, re.S)
    }
    service = re.search(r"\bservice .*?\{(.*?)\n\}", text, re.S).group(1)
    methods = re.findall(r"[\w>] (\w+)\(((?:\d+:[^()]*)?)\)", service)
    return enums, structs, {name: FIELD.findall(" ".join(args.split())) for name, args in methods}


class Binary:
    """TBinaryProtocol."""

    KINDS = {"bool": 2, "byte": 3, "double": 4, "i16": 6, "i32": 8, "i64": 10, "string": 11, "binary": 11}
    NUMBERS = {"bool": ">?", "byte": ">b", "double": ">d", "i16": ">h", "i32": ">i", "i64": ">q"}

    def __init__(self, enums, structs):
        self.enums, self.structs = enums, structs

    def kind(self, ty):
        if ty in self.KINDS:
            return self.KINDS[ty]
        if ty in self.enums:
            return 8
        return {"map": 13, "set": 14, "list": 15}.get(ty.split("<")[0], 12)

    def value(self, ty, name, depth):
        if ty in self.NUMBERS or ty in self.enums:
            return struct.pack(self.NUMBERS.get(ty, ">i"), 1)
        if ty in ("string", "binary"):
            text = b"ds=2020-01-01" if "part" in name.lower() else name.lower().encode()
            return struct.pack(">i", len(text)) + text
        if ty.startswith(("list<", "set<")):
            inner = ty[ty.index("<") + 1:-1]
            return struct.pack(">bi", self.kind(inner), 1) + self.value(inner, name, depth)
        if ty.startswith("map<"):
            key, value = re.fullmatch(r"map<((?:[^<>,]|<.*?>)+), (.*)>", ty).groups()
            return struct.pack(">bbi", self.kind(key), self.kind(value), 1) + self.value(key, name, depth) + self.value(value, name, depth)
        return self.fields(self.structs[ty], depth + 1)

    def fields(self, fields, depth):
        out = b""
        for number, ty, name in fields if depth < 5 else []:
            out += struct.pack(">bh", self.kind(ty), int(number)) + self.value(ty, name, depth)
        return out + b"\0"

    def call(self, name, args):
        return struct.pack(">Ii", 0x80010001, len(name)) + name.encode() + struct.pack(">i", 1) + self.fields(args, 0)


def calls():
    enums, structs, methods = parse((here.parent / "thrift/hms/idl/hive_metastore.thrift").read_text())
    binary = Binary(enums, structs)
    assert len(methods) > 250
    for name, args in methods.items():
        keep(binary.call(name, args))
    for name, fields in structs.items():
        keep(binary.fields(fields, 2))


if sys.argv[1] == "thrift":
    calls()
else:
    statements()
(corpus / ".seeded").touch()
