# SPDX-License-Identifier: Apache-2.0
"""Random small profiles for tests/differential: valid profile.proto files full of what real
profilers rarely write, and a few broken ones.

    profile = Synthetic(rng)        a made-up program and samples of it
    profile.variant(rng)            another capture of the same program (other ids, addresses, samples)
    encode(profile, rng) -> bytes   one of many valid spellings of the same content
    damage(data, rng) -> bytes      truncated, or with wrong references

Strings are bytes throughout, since some of them are not UTF-8. Values stay below 2^40, so that sums
over a profile do not overflow.
"""
import copy
import gzip
import zlib

NAMES = [
    b"main.main", b"main.(*Server).Handle", b"main.(*Server).Handle.func1", b"runtime.goexit", b"runtime.mallocgc",
    b"runtime.main", b"encoding/json.(*decodeState).object", b"github.com/acme/pkg/v2.Do[...]",
    b"github.com/acme/pkg/v2/sub.(*T[go.shape.int]).Run", b"net/http.(*conn).serve", b"main.init.0",
    b"std::vector<int, std::allocator<int> >::push_back(int const&)", b"acme::Cache<Key, Value>::Get(Key const&) const",
    b"(anonymous namespace)::helper(int)", b"acme::(anonymous namespace)::Worker::Loop()", b"operator new(unsigned long)",
    b"acme::Functor::operator()(int) const", b"std::function<void ()>::operator()() const", b"_ZN4acme5CacheIiE3GetEv", b"__libc_start_main",
    b"malloc", b".text", b"_start", b"core::ptr::drop_in_place<alloc::string::String>", b"<T as core::fmt::Display>::fmt",
    b"java.util.HashMap.put(Object, Object)", b"com.acme.Service$Inner.run", b"com.acme.web.Handler.handle:42", b"(anonymous)",
    b"<module>", b"f", b"g", b"h", b"a.b.c.d.e", b"", b"with space", b" leading", b"trailing ", b"two  spaces", b"tab\there", b'quo"ted"',
    b"back\\slash", b"na\xc3\xafve.\xe5\x87\xbd\xe6\x95\xb0", b"\xff\xfebad.utf8", b"emoji.\xf0\x9f\x8e\x89", b"e\xcc\x81combining", b"100%", b"%s%d", b"a;b", b"<html>&amp;",
    b"x" * 130, b"very.long.package.path/" + b"y" * 90 + b".Function", b"[vdso]", b"[unknown]", b"0x1234", b"line\nbreak", b"$weird^name.*",
]
FILES = [
    b"main.go", b"/src/main.go", b"/src/server/handle.go", b"/usr/local/go/src/runtime/proc.go", b"/home/user/x/../y/cache.cc", b"./relative.c",
    b"dir//double.c", b"dir/./dot.h", b"C:\\work\\win.cpp", b"dir with space/file.py", b"\xc3\xbcml.js", b"", b"", b"a.java", b"\xffbad.c", b"<string>", b"/", b".", b"../up.c",
    b"node:internal/timers", b"x.rs", b"/proc/self/cwd/third_party/z.cc",
]
MAPPING_FILES = [
    b"/usr/bin/prog", b"/usr/lib/libc.so.6", b"/opt/app/bin/server", b"", b"[vdso]", b"[vsyscall]", b"[heap]", b"//anon", b"/memfd:jit (deleted)",
    b"[kernel.kallsyms]_text", b"[kernel.kallsyms]", b"/dev/dri/card0", b"linux-vdso.so.1", b"prog.exe", b"/tmp/with space/prog", b"/lib/libfoo-1.2.so",
    b"/usr/bin/prog (deleted)", b"\xffbin",
]
TYPES = [
    b"samples", b"cpu", b"wall", b"inuse_space", b"inuse_objects", b"alloc_space", b"alloc_objects", b"contentions", b"delay", b"events", b"space",
    b"objects", b"goroutine", b"", b"a b", b"exceptions", b"mean_cpu", b"sample",
]
UNITS = [
    b"count", b"count", b"nanoseconds", b"nanoseconds", b"ns", b"microseconds", b"us", b"\xce\xbcs", b"milliseconds", b"ms", b"s", b"seconds", b"second", b"hrs", b"hours",
    b"bytes", b"bytes", b"byte", b"b", b"kb", b"kB", b"KB", b"kilobytes", b"MB", b"mb", b"GB", b"TB", b"GCU", b"gcu", b"mGCU", b"nanogcu", b"objects", b"", b"weird",
    b"pages", b"minimum", b"auto", b"days", b"NANOSECONDS", b"samples", b"requests",
]
LABEL_KEYS = [
    b"thread", b"endpoint", b"bytes", b"request", b"alignment", b"k", b"key", b"key with space", b"a.b", b"span id", b"\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87", b"", b"pprof::base",
    b"pprof::x", b"K", b"size", b"latency", b"very_long_label_key_of_some_kind", b"q\"k",
]
LABEL_VALUES = [
    b"main", b"worker-1", b"worker-2", b"GET /api/v1/users", b"true", b"false", b"", b"a,b", b"a=b", b"x:y", b"tab\tin", b'q"uote', b"back\\slash", b"\xe6\x97\xa5\xe6\x9c\xac",
    b"\xff\xfe", b"new\nline", b"  spaces  ", b"100", b"32kb", b"1:2", b"%d", b"<b>", b"[x]", b"v" * 70, b"$1", b"\x01ctl",
]
LABEL_UNITS = [b"", b"", b"", b"bytes", b"bytes", b"kb", b"kilobytes", b"MB", b"ms", b"ns", b"seconds", b"id", b"count", b"weird", b"GCU"]
COMMENTS = [b"a comment", b"#hidden", b"built by bench", b"", b"two\nlines", b"  indented", b"\xc3\xbcml", b"tab\tbed", b"# also hidden", b"quote \" and \\ here"]
URLS = [b"", b"", b"", b"http://example.com/doc", b"https://example.com/x?y=z&a=b", b"ftp://example.com", b"not a url", b"javascript:alert(1)"]
TIMES = [0, 0, 1, 999999999, 1500000000123456789, 1720000000000000000, 1700000000500000000, 1710054000000000000, 1730613600000000000, 951782400000000001, 4102444799999999999, -1]
DURATIONS = [0, 0, 1, 999, 1500, 2500000, 1000000000, 30100000000, 60011223344, 3600000000000, 16524000000000, 90061000000000, 10000000, 999999]


def _some(rng, items, low, high):
    return [rng.choice(items) for _ in range(rng.randint(low, high))]


class Synthetic:
    """Tables of dicts that refer to each other by index; ids are given when encoding."""

    def __init__(self, rng):
        big = rng.random() < 0.25
        names = NAMES if rng.random() < 0.5 else NAMES[:30]
        self.functions = []
        for _ in range(rng.randint(1, 40 if big else 12)):
            name = rng.choice(names)
            if rng.random() < 0.3 and name:
                name += b"%d" % rng.randint(0, 9)
            system = rng.choice([name, name, name, b"", b"_Z3foov", rng.choice(names)])
            start = rng.choice([0, 0, rng.randint(1, 100), rng.randint(1, 1 << 31)])
            self.functions.append(dict(name=name, system=system, file=rng.choice(FILES), start=start))
        self.mappings = []
        base = rng.choice([0, 0x1000, 0x400000, 0x555555554000])
        for _ in range(rng.choice([0, 1, 1, 2, 3, 4])):
            file = rng.choice(MAPPING_FILES)
            start = 0xffffffff81000000 if b"kernel" in file else base
            size = rng.choice([0x1000, 0x1234, 0x4000, 0x200000, 0x1fff])
            base = base + size + rng.choice([0, 0x1000, 0x7f0000000000 if base < 1 << 40 else 0x5000])
            flags = [rng.random() < 0.5 for _ in range(4)] if rng.random() < 0.4 else [rng.random() < 0.7] * 4
            self.mappings.append(dict(start=start, limit=start + size, offset=rng.choice([0, 0, 0x1000, 0x4000]), file=file,
                                      build=rng.choice([b"", b"", b"abcdef0123456789", b"build-%d" % rng.randint(0, 2)]), flags=flags))
        self.locations = []
        symbols, columns = rng.choice([0.0, 0.7, 1.0, 1.0, 1.0]), rng.random() < 0.4
        nil = 0.03 if rng.random() < 0.02 else 0  # a line without a function is refused by pprof
        for _ in range(rng.randint(1, 60 if big else 20)):
            mapping = rng.randrange(len(self.mappings)) if self.mappings and rng.random() < 0.9 else None
            if mapping is None or rng.random() < 0.05:
                address = rng.choice([0, rng.randint(1, 1 << 20), rng.randint(1, 1 << 47), 0x1000])
            else:
                m = self.mappings[mapping]
                address = m["start"] + rng.randrange(m["limit"] - m["start"]) // 16 * rng.choice([1, 16, 4])
            lines = []
            if rng.random() < symbols:
                for _ in range(rng.choice([1, 1, 1, 1, 2, 3, 5])):
                    function = None if rng.random() < nil else rng.randrange(len(self.functions))
                    line = rng.choice([0, rng.randint(1, 20), rng.randint(1, 5000), rng.randint(1, 1 << 31), 1])
                    lines.append(dict(function=function, line=line if rng.random() < 0.99 else -line, column=rng.choice([0, 1, rng.randint(1, 120)]) if columns else 0))
            self.locations.append(dict(mapping=mapping, address=address, lines=lines, folded=rng.random() < 0.05))
        self.types = []
        for _ in range(rng.choice([1, 1, 2, 2, 2, 3, 4])):
            self.types.append((rng.choice(TYPES), rng.choice(UNITS)))
        if rng.random() < 0.5 and len(self.types) >= 2:
            self.types[:2] = [(b"samples", b"count"), rng.choice([(b"cpu", b"nanoseconds"), (b"inuse_space", b"bytes"), (b"delay", b"ms")])]
        self.label_keys = _some(rng, LABEL_KEYS, 1, 5) if rng.random() < 0.7 else []
        self.label_units = {k: rng.choice(LABEL_UNITS) for k in self.label_keys}
        self.unit_conflicts = rng.random() < 0.15
        self.style = rng.choice(["small", "small", "mixed", "zeros", "big", "ties", "negative"])
        self.draw_samples(rng)
        frames = [f["name"] for f in self.functions if f["name"] and b"\xff" not in f["name"] and not set(f["name"]) & set(b"()[]*+$^\\")]
        self.drop = rng.choice(frames) if frames and rng.random() < 0.15 else b"runtime\\..*|malloc" if rng.random() < 0.1 else b""
        self.keep = rng.choice(frames) if self.drop and frames and rng.random() < 0.4 else b""
        if rng.random() < 0.01:
            self.drop = b"(unclosed"
        self.period_type = rng.choice([(b"", b""), (b"cpu", b"nanoseconds"), (b"space", b"bytes"), (b"contentions", b"count"), (b"only", b""), (b"", b"unit"), (b"cpu", b"nanoseconds")])
        self.period = rng.choice([0, 1, 10000000, 524288, 1 << 40])
        self.comments = _some(rng, COMMENTS, 0, 3)
        self.default = rng.choice([b"", b"", b"", self.types[0][0], self.types[-1][0], b"nonesuch"])
        self.url = rng.choice(URLS)
        self.draw_header(rng)

    def draw_header(self, rng):
        self.time = rng.choice(TIMES)
        self.duration = rng.choice(DURATIONS)

    def draw_value(self, rng):
        style = self.style
        if style == "small":
            return rng.randint(0, 100)
        if style == "mixed":
            return rng.choice([1, -1, 1, 1]) * rng.randint(0, 1 << rng.randint(1, 30))
        if style == "zeros":
            return rng.choice([0, 0, 0, 1, rng.randint(0, 1000)])
        if style == "big":
            return rng.randint(1, 1 << rng.randint(20, 40))
        if style == "ties":
            return rng.choice([1, 2, 10, 1000, 1024])
        return -rng.randint(0, 1 << 20)

    def draw_labels(self, rng):
        labels = []
        for key in self.label_keys:
            if rng.random() < 0.5:
                continue
            unit = self.label_units[key]
            if self.unit_conflicts and rng.random() < 0.3:
                unit = rng.choice(LABEL_UNITS)
            numeric = key in (b"bytes", b"request", b"alignment", b"size", b"latency") or rng.random() < 0.15
            for _ in range(rng.choice([1, 1, 1, 1, 2, 3])):
                if numeric:
                    number = rng.choice([0, 1, 16, 100, 512, 1024, 4096, 65536, rng.randint(0, 1 << 22), 1 << 40, -5])
                    labels.append(dict(key=key, num=number, unit=unit))
                else:
                    labels.append(dict(key=key, str=rng.choice(LABEL_VALUES[:rng.choice([4, len(LABEL_VALUES)])])))
        rng.shuffle(labels)
        return labels

    def draw_samples(self, rng):
        self.samples = []
        callees = [[rng.randrange(len(self.locations)) for _ in range(rng.randint(1, 4))] for _ in self.locations]
        for _ in range(rng.choice([0, 1, 3, 8, 20, 20, 40, 60])):
            if self.samples and rng.random() < 0.2:
                stack = list(rng.choice(self.samples)["stack"])
                if rng.random() < 0.3:
                    stack = stack[rng.randint(0, len(stack)):]
            else:
                stack, at = [], rng.randrange(len(self.locations))
                for _ in range(rng.choice([0, 1, 2, 3, 5, 8, 12, 30]) if rng.random() < 0.9 else 1):
                    stack.insert(0, at)
                    at = rng.choice(callees[at]) if rng.random() < 0.9 else at
            self.samples.append(dict(stack=stack, values=[self.draw_value(rng) for _ in self.types], labels=self.draw_labels(rng)))

    def variant(self, rng):
        other = copy.deepcopy(self)
        shift = rng.choice([0, 0x1000, 0x10000])
        for m in other.mappings:
            if m["start"] < 1 << 60:
                m["start"] += shift
                m["limit"] += shift
        for location in other.locations:
            if location["mapping"] is not None and location["address"] < 1 << 60:
                location["address"] += shift
        if rng.random() < 0.5:
            kept = [copy.deepcopy(s) for s in other.samples if rng.random() < 0.7]
            for s in kept:
                if rng.random() < 0.6:
                    s["values"] = [v + rng.randint(-5, 50) for v in s["values"]]
            other.samples = kept
        else:
            other.draw_samples(rng)
        if rng.random() < 0.15 and len(other.types) > 1:
            order = list(range(len(other.types)))
            rng.shuffle(order)
            order = order[:rng.randint(1, len(order))]
            other.types = [other.types[i] for i in order]
            for s in other.samples:
                s["values"] = [s["values"][i] for i in order]
        if rng.random() < 0.15:
            kind, unit = other.types[0]
            family = {b"nanoseconds": b"milliseconds", b"bytes": b"kb", b"ms": b"us", b"s": b"ns", b"count": b"counts"}
            other.types[0] = (kind, family.get(unit, unit))
        if rng.random() < 0.3:
            other.comments = _some(rng, COMMENTS, 0, 3)
        other.draw_header(rng)
        return other


def varint(value, pad=0):
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    for _ in range(min(pad, 10 - len(out))):
        out[-1] |= 0x80
        out.append(0)
    return bytes(out)


class Message:
    def __init__(self, spelling, rng):
        self.spelling, self.rng, self.out = spelling, rng, []

    def int(self, field, value):
        if value or self.spelling["zeros"]:
            self.out.append(varint(field << 3) + varint(value, self.spelling["pad"]))

    def bytes(self, field, data):
        self.out.append(varint(field << 3 | 2) + varint(len(data)) + data)

    def ints(self, field, values):
        packed = self.spelling["packed"]
        if packed == "go":
            packed = len(values) > 2
        elif packed == "mixed":
            packed = self.rng.random() < 0.5
        if packed and values:
            if self.rng.random() < 0.05 and len(values) > 1:  # a packed field may come in pieces
                half = len(values) // 2
                self.bytes(field, b"".join(map(varint, values[:half])))
                values = values[half:]
            self.bytes(field, b"".join(map(varint, values)))
        else:
            for v in values:
                self.out.append(varint(field << 3) + varint(v))

    def unknown(self):
        if self.spelling["unknown"] and self.rng.random() < 0.3:
            self.out.append(self.rng.choice([varint(99 << 3) + varint(7), varint(98 << 3 | 2) + varint(3) + b"abc", varint(97 << 3 | 1) + bytes(8), varint(96 << 3 | 5) + bytes(4)]))

    def done(self):
        self.unknown()
        return b"".join(self.out)


def encode(p, rng):
    spelling = dict(packed=rng.choice(["go", "go", True, False, "mixed"]), zeros=rng.random() < 0.2, pad=rng.choice([0, 0, 0, 0, 0, 1]), unknown=rng.random() < 0.2)
    strings = {b"": 0}
    table = [b""]

    def text(s):
        if s not in strings:
            if spelling["unknown"] and rng.random() < 0.2:
                table.append(b"unused %d" % len(table))
            strings[s] = len(table)
            table.append(s)
        return strings[s]

    def ids(n):
        kind = rng.choice(["dense", "dense", "shuffled", "sparse", "huge"])
        if kind == "dense":
            return list(range(1, n + 1))
        if kind == "shuffled":
            return rng.sample(range(1, n + 1), n)
        if kind == "sparse":
            return rng.sample(range(1, n * 5 + 2), n)
        return [(1 << 33) + 7 * i for i in range(n)]

    def message():
        return Message(spelling, rng)

    def pair(kind, unit):
        m = message()
        m.int(1, text(kind))
        m.int(2, text(unit))
        return m.done()

    mapping_ids, location_ids, function_ids = ids(len(p.mappings)), ids(len(p.locations)), ids(len(p.functions))
    types, samples, mappings, locations, functions, rest = [], [], [], [], [], []
    for t in p.types:
        types.append((1, pair(*t)))
    for s in p.samples:
        m = message()
        m.ints(1, [location_ids[i] for i in s["stack"]])
        m.ints(2, s["values"])
        for label in s["labels"]:
            inner = message()
            inner.int(1, text(label["key"]))
            if "str" in label:
                inner.int(2, text(label["str"]))
            else:
                inner.int(3, label["num"])
                inner.int(4, text(label["unit"]))
            m.bytes(3, inner.done())
        samples.append((2, m.done()))
    for i, mapping in enumerate(p.mappings):
        m = message()
        for field, value in ((1, mapping_ids[i]), (2, mapping["start"]), (3, mapping["limit"]), (4, mapping["offset"]), (5, text(mapping["file"])), (6, text(mapping["build"]))):
            m.int(field, value)
        for field, flag in enumerate(mapping["flags"], 7):
            m.int(field, int(flag))
        mappings.append((3, m.done()))
    for i, location in enumerate(p.locations):
        m = message()
        m.int(1, location_ids[i])
        m.int(2, mapping_ids[location["mapping"]] if location["mapping"] is not None else 0)
        m.int(3, location["address"])
        for line in location["lines"]:
            inner = message()
            inner.int(1, function_ids[line["function"]] if line["function"] is not None else 0)
            inner.int(2, line["line"])
            inner.int(3, line["column"])
            m.bytes(4, inner.done())
        m.int(5, int(location["folded"]))
        locations.append((4, m.done()))
    for i, function in enumerate(p.functions):
        m = message()
        for field, value in ((1, function_ids[i]), (2, text(function["name"])), (3, text(function["system"])), (4, text(function["file"])), (5, function["start"])):
            m.int(field, value)
        functions.append((5, m.done()))
    period_type = pair(*p.period_type) if p.period_type != (b"", b"") else None
    for field, value in ((7, text(p.drop)), (8, text(p.keep)), (9, p.time), (10, p.duration), (12, p.period), (14, text(p.default)), (15, text(p.url))):
        if value:
            rest.append((field, value))
    for c in p.comments:
        rest.append((13, [text(c)]))
    if period_type is not None:
        rest.append((11, period_type))
    if rng.random() < 0.3:
        rng.shuffle(mappings)
        rng.shuffle(locations)
        rng.shuffle(functions)
    table_fields = [(6, s) for s in table]
    blocks = [types, samples, mappings, locations, functions, table_fields, rest]
    if rng.random() < 0.3:
        rng.shuffle(blocks)
    out = message()
    for block in blocks:
        for field, value in block:
            out.unknown()
            if isinstance(value, bytes):
                out.bytes(field, value)
            elif isinstance(value, list):
                out.ints(field, value)
            else:
                out.int(field, value)
    return out.done()


def wrap(data, rng):
    """Plain, gzip, gzip of several members, gzip with a file name in its header."""
    kind = rng.choice(["plain", "gzip", "gzip", "members", "named"])
    if kind == "plain":
        return data
    if kind == "gzip":
        return gzip.compress(data, rng.choice([1, 6, 9]), mtime=0)
    if kind == "members":
        at = rng.randint(0, len(data))
        return gzip.compress(data[:at], mtime=0) + gzip.compress(data[at:], mtime=0)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (b"\x1f\x8b\x08\x08" + bytes(6) + b"profile.pb\0" + packer.compress(data) + packer.flush()
            + zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xffffffff).to_bytes(4, "little"))


def damage(data, rng):
    kind = rng.randrange(4)
    if kind == 0 or not data:
        return data[:rng.randint(0, len(data))]
    if kind == 1:
        return data + rng.choice([b"\x0a\x04\x08\xff\xff\x7f", b"\x12\x02\x08\x63", b"\x22\x02\x10\x63", b"\x48\x01\x48\x02", b"\x2a\x02\x08\x01", b"\x3f"])
    at = rng.randrange(len(data))
    if kind == 2:
        return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1:]
    return data[:at] + data[at + rng.randint(1, 5):]
