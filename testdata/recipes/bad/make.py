#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Remakes tiny.pb, odd/ and bad/ (all but bad/goroutine-debug2.txt, which recipes/go writes).

usage: make.py [testdata-folder]

bad/ holds what must be refused, odd/ what looks wrong or rare and must still be read. Both come from one small good
profile (tiny.pb), each with one thing changed, or from the good files beside them. Same input, same bytes.
"""

import gzip
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

# Field numbers of profile.proto.
SAMPLE_TYPE, SAMPLE, MAPPING, LOCATION, FUNCTION, STRING, PERIOD_TYPE, PERIOD = 1, 2, 3, 4, 5, 6, 11, 12
COMMENT, DOC_URL = 13, 15

STRINGS = ["", "cpu", "nanoseconds", "main", "work", "main.c", "/bin/example", "samples", "count"]
MAX_INT64 = 2**63 - 1


def varint(n: int) -> bytes:
    n &= 2**64 - 1
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def number(field: int, n: int) -> bytes:
    return varint(field << 3) + varint(n)


def chunk(field: int, body: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(body)) + body


def packed(field: int, values: list[int]) -> bytes:
    return chunk(field, b"".join(varint(v) for v in values))


def value_type(field: int, kind: int, unit: int) -> bytes:
    return chunk(field, number(1, kind) + number(2, unit))


def sample(locations: list[int], values: list[int]) -> bytes:
    return chunk(SAMPLE, packed(1, locations) + packed(2, values))


def mapping(id: int, start: int = 0x1000, limit: int = 0x9000, file: int = 6) -> bytes:
    return chunk(MAPPING, number(1, id) + number(2, start) + number(3, limit) + number(5, file))


def location(id: int, function: int, mapping_id: int = 1) -> bytes:
    line = chunk(4, number(1, function) + number(2, 10 * id))
    return chunk(LOCATION, number(1, id) + number(2, mapping_id) + number(3, 0x1000 + 16 * id) + line)


def function(id: int, name: int) -> bytes:
    return chunk(FUNCTION, number(1, id) + number(2, name) + number(3, name) + number(4, 5))


GOOD = {
    "types": value_type(SAMPLE_TYPE, 7, 8) + value_type(SAMPLE_TYPE, 1, 2),
    "samples": sample([2, 1], [3, 30]) + sample([1], [1, 10]),
    "mappings": mapping(1),
    "locations": location(1, 1) + location(2, 2),
    "functions": function(1, 3) + function(2, 4),
    "strings": b"".join(chunk(STRING, s.encode()) for s in STRINGS),
    "period": value_type(PERIOD_TYPE, 1, 2) + number(PERIOD, 10),
}


def proto(**changed: bytes) -> bytes:
    return b"".join({**GOOD, **changed}.values())


def protos() -> dict[str, bytes]:
    """One fault each; the name says which."""
    good = proto()
    return {
        "string-index.pb": proto(functions=function(1, 3) + function(2, 900)),
        "string-index-negative.pb": proto(functions=function(1, 3) + function(2, -1)),
        "string-zero-not-empty.pb": proto(strings=b"".join(chunk(STRING, s.encode()) for s in ["x", *STRINGS[1:]])),
        "no-strings.pb": proto(strings=b""),
        "location-missing.pb": proto(samples=sample([2, 77], [3, 30])),
        "location-zero.pb": proto(locations=location(1, 1) + location(0, 2)),
        "location-duplicate.pb": proto(locations=location(1, 1) + location(2, 2) + location(2, 1)),
        "function-missing.pb": proto(locations=location(1, 1) + location(2, 77)),
        "function-zero.pb": proto(functions=function(1, 3) + function(0, 4)),
        "function-duplicate.pb": proto(functions=function(1, 3) + function(2, 4) + function(2, 3)),
        "mapping-zero.pb": proto(mappings=mapping(0)),
        "mapping-duplicate.pb": proto(mappings=mapping(1) + mapping(1, 0x9000, 0xA000)),
        "values-too-few.pb": proto(samples=sample([2, 1], [3])),
        "values-too-many.pb": proto(samples=sample([2, 1], [3, 30, 300])),
        "values-overflow.pb": proto(samples=sample([2, 1], [1, MAX_INT64]) + sample([1], [1, MAX_INT64])),
        "no-sample-type.pb": proto(types=b""),
        "varint-overlong.pb": good + b"\x60" + b"\xff" * 11 + b"\x01",
        "varint-cut.pb": good + b"\x60\xff",
        "length-past-end.pb": good + varint(SAMPLE << 3 | 2) + varint(1_000_000),
        "length-huge.pb": good + varint(SAMPLE << 3 | 2) + varint(MAX_INT64),
        "wire-type-group.pb": good + varint(15 << 3 | 3) + varint(15 << 3 | 4),
        "wire-type-wrong.pb": good + chunk(PERIOD, b"ten"),
    }


HOSTILE_STACKS = [
    # markup, ends of sections, quotes
    [b"</script><script>alert(1)</script>", b"]]>", b"<!--", b"-->", b"&lt;&amp;", b'"quoted"', b"it's", b"</style>"],
    # control characters, an escape sequence, a line end, bytes that are no UTF-8, a surrogate, U+FFFF
    [b"line\nbreak", b"tab\there", b"\x01\x02\x1b[31mred\x7f", b"\xff\xfebad", b"\xed\xa0\x80", b"\xef\xbf\xbf", b"\\u0041\\"],
    [b"x" * 10000, b"long.Package/" + b"y" * 300 + b".Function", b"leaf"],
    # Katakana, Arabic, Hebrew, Hangul, emoji joined and plain, combining marks, an override of direction
    ["プロファイル".encode(), "مرحبا".encode(), "שלום".encode(), "프로파일".encode(), "分析器".encode(), "🔥hot".encode(), "👩‍💻".encode(), "e\u0301té".encode(), "\u202ertl".encode()],
    [b"%s%n", b"with space", b" ", b"$&", b"constructor", b"__proto__"],
]


def hostile_names() -> bytes:
    names = list(dict.fromkeys(name for stack in HOSTILE_STACKS for name in stack))
    first = len(STRINGS)
    ids = {name: i + 1 for i, name in enumerate(names)}
    return b"".join({
        **GOOD,
        "samples": b"".join(
            sample([ids[name] for name in reversed(stack)], [10 * (i + 1), 1000 * (i + 1)])
            for i, stack in enumerate(HOSTILE_STACKS)
        ),
        "locations": b"".join(location(i, i) for i in ids.values()),
        "functions": b"".join(function(i, first + i - 1) for i in ids.values()),
        "strings": GOOD["strings"] + b"".join(chunk(STRING, name) for name in names),
    }.values())


BREAKS = b'</script><script>alert(1)</script>]]>-->"\'`\\&<\n\r\t\x00\x1b[31m\xff'


def hostile_fields() -> bytes:
    """Whatever can be text beside names: labels, units, a binary, comments, a link. Names with NUL, of 5,000 parts."""
    names = [b"nul\x00byte", b"\x00first", b".".join([b"a"] * 5000), b"::".join([b"n"] * 5000), b"f<" * 5000, BREAKS]
    texts = [*names, BREAKS + b"key", BREAKS + b"value", b"javascript:alert(1)//https://example.com/a'b\"c)", BREAKS + b"unit"]
    first = len(STRINGS)
    ids = {text: first + i for i, text in enumerate(texts)}
    key, value, link, unit = (ids[text] for text in texts[len(names):])
    n = range(1, len(names) + 1)
    labels = chunk(3, number(1, key) + number(2, value)) + chunk(3, number(1, key) + number(3, 7) + number(4, unit))
    stack = packed(1, list(reversed(n))) + packed(2, [1, 100])
    return b"".join({
        **GOOD,
        "types": value_type(SAMPLE_TYPE, 7, 8) + value_type(SAMPLE_TYPE, ids[BREAKS], unit),
        "samples": b"".join(chunk(SAMPLE, packed(1, [i]) + packed(2, [2, 50 * i]) + labels) for i in n) + chunk(SAMPLE, stack + labels),
        "mappings": mapping(1, file=ids[BREAKS]),
        "locations": b"".join(location(i, i) for i in n),
        "functions": b"".join(function(i, first + i - 1) for i in n),
        "strings": GOOD["strings"] + b"".join(chunk(STRING, text) for text in texts),
        "more": number(COMMENT, ids[BREAKS]) + number(DOC_URL, link),
    }.values())


def cpu_words(*words: int) -> bytes:
    return struct.pack(f"<{len(words)}Q", *words)


def others(good: pathlib.Path) -> dict[str, bytes]:
    mutex = (good / "go-mutex.pb.gz").read_bytes()
    mutex_plain = gzip.decompress(mutex)
    cpu = (good / "cpp-cpu.prof").read_bytes()
    heap = (good / "cpp-heap.prof").read_text().splitlines(keepends=True)
    flipped = bytearray(mutex)
    flipped[len(mutex) // 2] ^= 0x10
    bad_crc = bytearray(mutex)
    bad_crc[-8] ^= 0xFF
    html = (
        "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head>\n"
        "<body><h1>Not Found</h1><p>The requested URL /debug/pprof/profile was not found on this server.</p>"
        "</body></html>\n"
    )
    return {
        "empty.prof": b"",
        "empty.gz": gzip.compress(b"", mtime=0),
        "newline.txt": b"\n",
        "truncated.pb.gz": mutex[: len(mutex) // 2],
        "truncated.pb": mutex_plain[: len(mutex_plain) * 2 // 3],
        "gzip-flipped-bit.pb.gz": bytes(flipped),
        "gzip-bad-crc.pb.gz": bytes(bad_crc),
        "gzip-trailing-garbage.pb.gz": mutex + b"garbage",
        "gzip-head-only.gz": mutex[:10],
        "bomb-10mb.gz": gzip.compress(bytes(10 << 20), mtime=0),
        "random.bin": random.Random(1).randbytes(2000),
        "error-page.html": html.encode(),
        "data.json": b'{"traceEvents": [{"name": "main", "ph": "B", "ts": 1}, {"name": "main", "ph": "E", "ts": 9}]}\n',
        "elf-head.bin": elf_head(),
        "cpu-huge-depth.prof": cpu_words(0, 3, 0, 10000, 0, 1, 2**40, 0x1000),
        "heap-garbage-line.prof": "".join([*heap[:2], "here: is [no: sample] @ 0x12 zz\n", *heap[2:5]]).encode(),
        "heap-huge-number.prof": b"heap profile: 1: 99999999999999999999 [1: 99999999999999999999] @ heapprofile\n"
        b"  1: 99999999999999999999 [1: 99999999999999999999] @ 0x1000\n",
        "goroutine-bad-count.txt": b"goroutine profile: total 3\nthree @ 0x1000 0x2000\n",
        "no-count.folded": b"main;work\nmain;work;read\n",
    }


def odds(good: pathlib.Path) -> dict[str, bytes]:
    cpu = (good / "cpp-cpu.prof").read_bytes()
    tiny = proto()
    unpacked = b"".join(
        chunk(SAMPLE, b"".join(number(1, i) for i in locations) + b"".join(number(2, v) for v in values))
        for locations, values in (([2, 1], [3, 30]), ([1], [1, 10]))
    )
    # One field of each wire type, with numbers that profile.proto does not have.
    unknown = number(100, 5) + varint(101 << 3 | 1) + bytes(8) + chunk(102, b"later") + varint(103 << 3 | 5) + bytes(4)
    order = ["strings", "functions", "locations", "mappings", "samples", "period", "types"]
    return {
        "mapping-missing.pb": proto(locations=location(1, 1) + location(2, 2, mapping_id=77)),
        "unpacked.pb": proto(samples=unpacked),
        "unknown-fields.pb": unknown + tiny + unknown,
        "fields-reversed.pb": b"".join(GOOD[key] for key in order),
        "no-samples.pb": proto(samples=b""),
        "hostile-names.pb": hostile_names(),
        "hostile-fields.pb": hostile_fields(),
        "gzip-two-members.pb.gz": gzip.compress(tiny[:80], mtime=0) + gzip.compress(tiny[80:], mtime=0),
        "cpu-truncated.prof": cpu[: 8 * 200 + 3],
        "cpu-header-only.prof": cpu[: 8 * 5],
        "cpu-32bit.prof": b"".join(
            struct.pack("<I", word)
            for word in (0, 3, 0, 10000, 0, 2, 2, 0x1010, 0x2020, 5, 1, 0x1010, 0, 1, 0)
        ),
        "cpu-big-endian.prof": b"".join(
            struct.pack(">Q", word)
            for word in (0, 3, 0, 10000, 0, 2, 2, 0x1010, 0x2020, 5, 1, 0x1010, 0, 1, 0)
        ),
        "crlf.folded": b"main;work 3\r\nmain;work;read a file 4\r\n",
    }


def elf_head() -> bytes:
    """The first 4 kB of a program that does nothing; its bytes depend on the compiler."""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "nothing"
        command = ["cc", "-s", "-o", str(program), "-x", "c", "-"]
        subprocess.run(command, input=b"int main(void) { return 0; }\n", check=True)
        return program.read_bytes()[:4096]


def main() -> None:
    here = pathlib.Path(__file__).resolve().parent
    testdata = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent.parent
    folders = {"bad": {**protos(), **others(testdata)}, "odd": odds(testdata)}
    for folder, files in folders.items():
        (testdata / folder).mkdir(exist_ok=True)
        for name, data in files.items():
            (testdata / folder / name).write_bytes(data)
    (testdata / "tiny.pb").write_bytes(proto())


if __name__ == "__main__":
    main()
