#!/usr/bin/env python3
"""Writes what a fuzz target begins with into fuzz/corpus/<target>, one a file: the statements of sql-tests, or, for the target
`thrift`, a call of each method of the metastore's IDL with all of its arguments filled; for `hs2` those of HiveServer2's, to each server
and in each way, logins and requests over HTTP."""
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


def hs2_calls():
    """Bits of the first byte: see `How` in targets/hs2.rs."""
    open_to_all, http, proved, wrapped, named = 1, 2, 4, 8, 16
    enums, structs, methods = parse((here.parent / "thrift/tcli/idl/TCLIService.thrift").read_text())
    binary = Binary(enums, structs)
    messages = [binary.call(name, args) for name, args in methods.items()]
    assert len(messages) == 23
    for number, args in enumerate(methods.values()):
        keep(bytes([open_to_all | named | number % 8 << 5, number]) + binary.fields(args, 0))
        keep(bytes([proved | wrapped | named, number]) + binary.fields(args, 0))
        keep(bytes([http | proved | wrapped | named | number % 8 << 5, number]) + binary.fields(args, 0))
    for how in range(256):
        keep(bytes([how]) + messages[how % len(messages)])
    for how in (open_to_all, open_to_all | 7 << 5, proved | wrapped, proved | wrapped | 2 << 5):
        keep(bytes([how]) + b"".join(messages))

    def framed(message):
        return struct.pack(">I", len(message)) + message

    keep(bytes([proved]) + b"".join(map(framed, messages)))
    for credentials in (b"\0joe\0x", b"joe\0x", b"ann\0joe\0x", b"\0\0"):
        login = b"\x01" + framed(b"PLAIN") + b"\x02" + framed(credentials)
        keep(b"\0" + login + framed(messages[0]))
        keep(bytes([wrapped]) + credentials)
    body = messages[0]
    begin = b"POST /cliservice HTTP/1.1\r\nHost: h\r\n"
    chunked = b"Transfer-Encoding: chunked\r\n\r\n%x;a=b\r\n%s\r\n0\r\nTrailer: t\r\n\r\n" % (len(body), body)
    whole = b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    for login in (b"$$\r\n", b"Authorization: Basic am9lOng=\r\n", b"Cookie: hive.server2.auth=cu=am9l&rn=1&ex=9&s=AAAA\r\n", b""):
        for way in (b"", b"Expect: 100-continue\r\n", b"X-XSRF-HEADER: x\r\nAccept-Encoding: gzip\r\n"):
            for rest in (chunked, whole, whole * 2, chunked + begin + login + whole):
                for how in (http, http | proved, http | open_to_all):
                    keep(bytes([how]) + begin + login + way + rest)
    for first in (b"GET /cliservice", b"POST /cliservice/?doAs=ann", b"OPTIONS *", b"PRI *", b"POST /"):
        keep(bytes([http | proved]) + first + b" HTTP/1.1\r\nHost: h\r\n$$\r\nConnection: keep-alive\r\n" + whole)


if sys.argv[1] == "thrift":
    calls()
elif sys.argv[1] == "hs2":
    hs2_calls()
else:
    statements()
(corpus / ".seeded").touch()
