# SPDX-License-Identifier: Apache-2.0
"""Symbols of real programs. Run by tests/symbols.

Programs are compiled here, and profiles of them are written by hand in gperftools' CPU format: one
sample for every few bytes of every function of the program, so that all of its code is looked at.
What cpa says of each address is compared with addr2line and nm; builds of the same code whose debug
information lies elsewhere are compared with the first one. One program is profiled for real.
"""
import http.server, os, re, shutil, struct, subprocess, threading
from programs import *

skip_without_elfutils()

SHOP = ("_ZN4shop", "_ZNK4shop")

CXX = r"""
#include <map>
#include <string>
#include <vector>
#include <cstdio>
#include <cstdlib>
namespace shop {
struct Order { int id; long price; };
template <class T> struct Box {
    T value;
    __attribute__((noinline)) T work(int n) const;
    T twice() const { return value + value; }
};
template <class T> T Box<T>::work(int n) const
{
    T sum = 0;
    for (int i = 0; i < n; i++) {
        sum += twice() ^ i;
        sum = sum * 31 + (sum >> 7);
    }
    return sum;
}
inline long price_of(const Order &o) { return o.price * 3 / (o.id | 1); }
inline long total(const std::vector<Order> &orders)
{
    long sum = 0;
    for (const Order &o : orders) {
        sum += price_of(o);
    }
    return sum;
}
__attribute__((noinline)) long checkout(std::map<std::string, std::vector<Order>> &shops)
{
    long sum = 0;
    for (auto &entry : shops) {
        sum += total(entry.second);
    }
    return sum;
}
}
int main(int argc, char **argv)
{
    std::map<std::string, std::vector<shop::Order>> shops;
    for (int i = 0; i < 1000; i++) {
        shops[std::to_string(i % 17)].push_back({i, i * 7L});
    }
    shop::Box<long> box{argc};
    long sum = 0;
    int rounds = argc > 1 ? atoi(argv[1]) : 1;
    for (int i = 0; i < rounds; i++) {
        sum += shop::checkout(shops) + box.work(20000 + (i & 7));
    }
    printf("%ld\n", sum);
    return 0;
}
"""
C = r"""
#include <stdio.h>
static inline int square(int x) { return x * x; }
static inline int poly(int x) { return square(x) + 3 * x; }
__attribute__((noinline)) int c_work(int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++) {
        sum += poly(i) ^ (sum >> 3);
    }
    return sum;
}
__attribute__((noinline, visibility("default"))) int c_entry(int n)
{
    return c_work(n) + poly(n);
}
#ifndef SHARED
int main(int argc, char **argv)
{
    (void)argv;
    printf("%d\n", c_entry(argc * 1000));
    return 0;
}
#endif
"""
RUST = """
#[inline(never)]
fn work(n: u64) -> u64 {
    (0..n).map(|x| x.wrapping_mul(x) % 7).sum()
}
fn main() {
    println!("{}", work(std::env::args().count() as u64 * 1000));
}
"""
GO = """
package main

import "fmt"

//go:noinline
func work(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		sum += i*i ^ sum>>3
	}
	return sum
}

func square(n int) int { return n * n }

func poly(n int) int { return square(n) + 3*square(n+1) }

//go:noinline
func outer(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		sum ^= poly(i)
	}
	return sum
}

func main() { fmt.Println(work(1000), outer(1000)) }
"""

# --- One file with everything --------------------------------------------------------------------

build("ref", CXX, "g++", "-O2", "-g", "-gdwarf-4", "-fPIE", "-pie")
ref, addresses = compare_with_addr2line("C++ -O2 PIE, DWARF 4", "ref", only=SHOP)
check("inlined calls are there", any(len(f) >= 3 for f in ref.values()))
build("nopie", CXX, "g++", "-O2", "-g", "-gdwarf-4", "-fno-pie", "-no-pie")
compare_with_addr2line("C++ -O2 at fixed addresses", "nopie", only=SHOP)
build("fp", CXX, "g++", "-O1", "-g", "-gdwarf-4", "-fno-omit-frame-pointer")
compare_with_addr2line("C++ -O1 -fno-omit-frame-pointer", "fp", only=SHOP)
build("c", C, "gcc", "-O2", "-g")
compare_with_addr2line("C -O2", "c", only=("c_",), step=1)
build("shared.so", C, "gcc", "-O2", "-g", "-shared", "-fPIC", "-DSHARED", "-gdwarf-4")
compare_with_addr2line("a shared library", "shared.so", only=("c_",), step=1)
if have("clang"):
    build("clang", C, "clang", "-O2", "-g", "-gdwarf-4", "-xc")
    compare_with_addr2line("clang", "clang", only=("c_",), step=1)
if have("rustc"):
    with open("r.rs", "w") as f:
        f.write(RUST)
    if run("rustc", "-g", "-O", "-Cdebuginfo=2", "r.rs", "-o", "rust", check_exit=False).returncode == 0:
        got, _ = cpa_frames("rust", all_addresses([f for f in functions("rust") if "4work" in f[0]], 1), mode="demangle=templates")
        check("Rust: r::work", got and all(f[-1][0] == "r::work" for f in got.values()), list(got.items())[:2])
        check("Rust: lines", any(f[-1][2] == 4 and f[-1][1].endswith("r.rs") for f in got.values()), list(got.items())[:2])

# A build without libiberty shows C++'s names as linkers see them.
full, _ = cpa_frames("ref", addresses, mode="demangle=full")
demangles = not any(f and f[-1][0].startswith("_ZN4shop") for f in full.values())
CHECKOUT = "shop::checkout" if demangles else "_ZN4shop8checkout"
plain = addr2line_frames("ref", addresses, "-C")
same = sum(a in full and [f[0] for f in full[a]] == [f[0] for f in plain[a]] for a in plain)
check("demangled as addr2line -C", not demangles or same == len(plain),
      [(full.get(a), plain[a]) for a in plain if [f[0] for f in full.get(a, [])] != [f[0] for f in plain[a]]][:3])

# --- The same code, debug information elsewhere ---------------------------------------------------

def variant(what, path, wanted=ref, **more):
    got, err = cpa_frames(path, addresses, **more)
    compare(what, got, wanted)
    return err


shutil.copy("ref", "packed")
run("objcopy", "--compress-debug-sections=zlib", "packed")
variant("compressed sections", "packed")
run("objcopy", "--only-keep-debug", "ref", "linked.debug")
run("objcopy", "--strip-all", "--add-gnu-debuglink=linked.debug", "ref", "linked")
variant("stripped, .gnu_debuglink", "linked")
os.mkdir(".debug")
os.rename("linked.debug", ".debug/linked.debug")
variant("stripped, .debug/", "linked")
with open(".debug/linked.debug", "r+b") as f:
    f.seek(0, 2)
    f.write(b"more")
run("objcopy", "--remove-section=.note.gnu.build-id", "linked", "unidentified")
got, err = cpa_frames("unidentified", addresses, mode="demangle=none:explain")
check("a debug file with another checksum is not taken", not any(f and f[-1][2] for f in got.values()) and
      "checksum" in err, err)
run("objcopy", "--strip-debug", "ref", "symbols")
got, _ = cpa_frames("symbols", addresses)
check("symbols only", {a: f[-1][0] for a, f in got.items()} == {a: f[-1][0] for a, f in ref.items()})
os.mkdir("split")
shutil.copy("ref.cc", "split/ref.cc")
if run("g++", "-O2", "-g", "-gdwarf-4", "-fPIE", "-pie", "-gsplit-dwarf", f"-ffile-prefix-map={tmp}/split={tmp}",
       "-fdebug-prefix-map=./=./", "-c", "split/ref.cc", "-o", "split/ref.o", check_exit=False).returncode == 0:
    for version in ("4", "5"):
        os.chdir("split")
        run("g++", "-O2", "-g", f"-gdwarf-{version}", "-fPIE", "-pie", "-gsplit-dwarf", "../ref.cc", "-o", "main")
        funcs = all_addresses(functions("main", SHOP))
        split, _ = cpa_frames("main", funcs)
        check(f"split DWARF {version}: the same chains as in one file",
              [[x[0::2] for x in split[a]] for a in sorted(split)] == [[x[0::2] for x in ref[a]] for a in sorted(ref)],
              list(split.items())[:2])
        if have("dwp") and run("dwp", "-e", "main", "-o", "main.dwp", check_exit=False).returncode == 0:
            os.makedirs("away", exist_ok=True)
            for name in os.listdir("."):
                if name.endswith(".dwo"):
                    os.rename(name, "away/" + name)
            got, err = cpa_frames("main", funcs)
            compare(f"DWARF {version} in a .dwp", got, split)
        for name in os.listdir("."):
            if name.endswith((".dwo", ".dwp")):
                os.unlink(name)
        got, err = cpa_frames("main", funcs)
        check("no .dwo: still named, and a warning", all(f[-1][0] for f in got.values()) and ".dwo" in err, err)
        os.chdir(tmp)
if have("dwz"):
    shutil.copy("ref", "dwz1")
    shutil.copy("nopie", "dwz2")
    if run("dwz", "-m", "common.debug", "dwz1", "dwz2", check_exit=False).returncode == 0 and os.path.exists("common.debug"):
        variant("dwz", "dwz1")

# --- Finding the file ----------------------------------------------------------------------------

build_id = re.search(r"Build ID: (\w+)", run("readelf", "-n", "ref").stdout)
write_profile("moved.prof", "ref", addresses)
os.makedirs("store")
os.rename("ref", "store/ref")
p = run(CPA, "-top", "moved.prof", more_env={"PPROF_BINARY_PATH": "nowhere:store"})
check("PPROF_BINARY_PATH", CHECKOUT in p.stdout, p.stdout + p.stderr)
p = run(CPA, "-top", "moved.prof")
check("a missing file is a warning", "Local symbolization failed for ref: stat " in p.stderr and "[ref]" in p.stdout and
      "has no name; -symbolize=explain says why" in p.stderr, p.stdout + p.stderr)
p = run(CPA, "-top", "store/ref", "moved.prof")
check("the binary argument", CHECKOUT in p.stdout, p.stdout + p.stderr)
p = run(CPA, "-top", "-symbolize=none", "store/ref", "moved.prof")
check("-symbolize=none", CHECKOUT not in p.stdout and p.stderr == "", p.stdout + p.stderr)
if build_id:
    p = run(CPA, "-top", "-buildid=" + "ab" * 20, "store/ref", "moved.prof")
    check("a wrong build id", "build ID mismatch" in p.stderr and CHECKOUT not in p.stdout, p.stderr)
    os.makedirs("ids/" + build_id[1])
    shutil.copy("store/ref", f"ids/{build_id[1]}/other-name")
    run(CPA, "-proto", "-symbolize=none", "-buildid=" + build_id[1], "-output=id.pb.gz", "moved.prof")
    p = run(CPA, "-top", "id.pb.gz", more_env={"PPROF_BINARY_PATH": "ids"})
    check("PPROF_BINARY_PATH by build id", CHECKOUT in p.stdout, p.stdout + p.stderr)
p = run(CPA, "-top", "-symbolize=explain", "store/ref", "moved.prof")
check("explain", re.search(r"names for (\d+) of \1 addresses", p.stderr), p.stderr)
# Locations that are named here share lines; those of a file do not.
run(CPA, "-proto", "-output=named.pb.gz", "store/ref", "moved.prof")
for flags in ("-top", "-top -lines", "-top -noinlines", "-top -hide=total", "-top -show=shop -lines", "-traces -hide=checkout",
              "-traces -show_from=total", "-traces -prune_from=total", "-raw -hide=price", "-traces -addresses -show=price"):
    a = run(CPA, *flags.split(), "store/ref", "moved.prof").stdout
    b = run(CPA, *flags.split(), "store/ref", "named.pb.gz").stdout
    check(f"{flags}: as of a file with names", a == b and "shop" in a, a + "---\n" + b)
os.rename("store/ref", "ref")

# --- Perf maps, servers --------------------------------------------------------------------------

with open("perf-12.map", "w") as f:
    f.write("7f0000001000 100 LazyCompile:~first /srv/app.js:1\n7f0000002000 80 second\nnonsense\n")
words = [0, 3, 0, 10000, 0, 5, 1, 0x7F0000001010, 3, 1, 0x7F000000207F, 2, 1, 0x7F0000002080, 0, 1, 0]
with open("jit.prof", "wb") as f:
    f.write(struct.pack(f"<{len(words)}Q", *words))
    f.write(f"7f0000000000-7f0000010000 r-xp 00000000 00:00 1 {tmp}/perf-12.map\n".encode())
p = run(CPA, "-folded", "jit.prof")
check("a perf map", "LazyCompile:~first /srv/app.js:1 " in p.stdout and re.search(r"^second ", p.stdout, re.M), p.stdout)


if os.geteuid() == 0:
    os.chown("perf-12.map", 54321, 54321)
    p = run(CPA, "-folded", "jit.prof")
    check("a perf map of another user, in a folder of one's own", "second" in p.stdout, p.stdout + p.stderr)
    os.chmod(tmp, 0o1777)
    p = run(CPA, "-folded", "jit.prof")
    check("a perf map that anybody could have put there", "second" not in p.stdout and
          "perf-12.map: is of user 54321, neither root nor you" in p.stderr, p.stdout + p.stderr)
    os.chmod(tmp, 0o700)


class Server(http.server.BaseHTTPRequestHandler):
    asked = []

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        with open("remote.prof", "rb") as f:
            self.answer(f.read())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        Server.asked.append((self.path, body))
        names = [f"{a} remote::{int(a, 16):x}(int)" for a in body.split("+")]
        self.answer(("num_symbols: 1\n" + "\n".join(names) + "\n").encode())

    def log_message(self, *args):
        pass


words = [0, 3, 0, 10000, 0, 5, 1, 0x401010, 3, 1, 0x402020, 0, 1, 0]
with open("remote.prof", "wb") as f:
    f.write(struct.pack(f"<{len(words)}Q", *words) + b"00400000-00500000 r-xp 00000000 00:00 1 /no/such/program\n")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
p = run(CPA, "-top", "-nosave", url + "/debug/pprof/profile", check_exit=False)
if "libcurl" not in p.stderr and "built without" not in p.stderr:
    check("remote symbols", "remote::401010" in p.stdout and "remote::402020" in p.stdout, p.stdout + p.stderr)
    check("the right question", Server.asked == [("/debug/pprof/symbol", "0x401010+0x402020")], Server.asked)
    Server.asked.clear()
    run(CPA, "-top", "-nosave", "-symbolize=local", url + "/pprof/x", check_exit=False)
    check("-symbolize=local asks nobody", Server.asked == [], Server.asked)
    run(CPA, "-top", "-nosave", "-symbolize=remote", url + "/profilez", check_exit=False)
    check("symbolz", [a for a, _ in Server.asked] == ["/symbolz"], Server.asked)
server.shutdown()

# --- Broken files --------------------------------------------------------------------------------

def broken(what, path, message=None):
    p = run(CPA, "-top", path, "moved.prof", check_exit=False)
    check(f"{what}: the report comes", p.returncode == 0 and "flat%" in p.stdout, p.stdout + p.stderr)
    if message:
        check(f"{what}: {message}", message in p.stderr, p.stderr)


# Units that share one long line table, each with a function of its own.
N_UNITS = 3000
with open("shared.s", "w") as f:
    f.write(""".text
""" + "".join(f".globl f{i}\nf{i}: ret\n.type f{i},@function\n.size f{i},1\n" for i in range(N_UNITS)) + """.globl _start
_start: jmp _start
.section .debug_abbrev,"",@progbits
.uleb128 1
.uleb128 0x11
.byte 0
.uleb128 0x11, 1, 0x12, 7, 0x10, 0x17, 0, 0
.byte 0
.section .debug_info,"",@progbits
""" + "".join(f"""1: .long 3f-2f
2: .short 4
.long 0
.byte 8
.uleb128 1
.quad f{i}
.quad 1
.long 0
3:
""" for i in range(N_UNITS)) + """.section .debug_line,"",@progbits
.long 4f-1f
1: .short 4
.long 3f-2f
2: .byte 1, 1, 1, 0, 1, 10
.byte 0, 1, 1, 1, 1, 0, 0, 0, 1
.byte 0
.asciz "a.c"
.byte 0, 0, 0, 0
3: .byte 0, 9, 2
.quad _start
.fill 400000, 1, 1
.byte 0, 1, 1
4:
""")
if run("gcc", "-nostdlib", "-static", "-o", "shared", "shared.s", check_exit=False).returncode == 0:
    write_profile("shared.prof", "shared", [address for _, address, _ in functions("shared", "f")])
    before = os.times()
    p = run(CPA, "-top", "-symbol_cache=off", "shared.prof", check_exit=False)
    after = os.times()
    spent = after.children_user - before.children_user
    check("a shared line table: a warning", p.returncode == 0 and "units share tables" in p.stderr, p.stderr)
    check("a shared line table: read a few times", spent < 3, spent)  # all: 1.2 GB
else:
    print("skipped a shared line table, it cannot be built")

# A file of 0.1 MB that holds 100 MB.
with open("bomb.s", "w") as f:
    f.write(""".globl _start
.type _start,@function
_start: jmp _start
.size _start,2
.section .debug_abbrev,"",@progbits
.byte 1, 0x11, 0, 0, 0, 0
.section .debug_info,"",@progbits
.fill 100000000, 1, 0
""")
if run("gcc", "-nostdlib", "-static", "-Wl,--compress-debug-sections=zlib", "-o", "bomb", "bomb.s", check_exit=False).returncode == 0:
    write_profile("bomb.prof", "bomb", [address for _, address, _ in functions("bomb", "_start")])
    p = run(CPA, "-top", "-symbol_cache=off", "bomb.prof", check_exit=False)
    check("a section that unpacks to too much", p.returncode == 0 and "_start" in p.stdout and
          "would unpack to 100000000" in p.stderr, p.stdout + p.stderr)
else:
    print("skipped a packed section, it cannot be built")

data = open("ref", "rb").read()
# Written to all the time: whatever part of it a run gets to see, the report comes and says what is wrong.
is_over = threading.Event()


def shake():
    turn = 0
    with open("shaky", "r+b") as f:
        while not is_over.is_set():
            turn += 1
            f.truncate(len(data) * (turn % 7) // 7)
            f.seek(0)
            f.write(data[:len(data) * (turn % 5) // 5])
            f.flush()
            f.seek(0)
            f.write(data)
            f.flush()


shutil.copy("ref", "shaky")
write_profile("shaky.prof", "shaky", addresses)
shaker = threading.Thread(target=shake, daemon=True)
shaker.start()
bad = []
for i in range(20):
    p = run(CPA, "-top", "-symbol_cache=off", "shaky.prof", check_exit=False)
    if p.returncode != 0 or "flat%" not in p.stdout or (CHECKOUT not in p.stdout and "shaky" not in p.stderr):
        bad.append((p.returncode, p.stdout, p.stderr))
is_over.set()
shaker.join()
check("a file that changes while it is read", not bad, bad[:1])
for size in (3, 4, 63, 64, 1000, len(data) // 2, len(data) - 100):
    with open("cut", "wb") as f:
        f.write(data[:size])
    broken(f"cut at {size}", "cut", "cut: ")
sections = {m[1]: (int(m[2], 16), int(m[3], 16)) for m in
            re.finditer(r"\] (\.debug_\w+)\s+PROGBITS\s+\w+ (\w+) (\w+)", run("readelf", "-SW", "ref").stdout)}
for name, (offset, size) in sections.items():
    for fill in (b"\x00", b"\xff", b"\x7f\x01\x80"):
        with open("spoiled", "wb") as f:
            f.write(data[:offset] + (fill * size)[:size] + data[offset + size:])
        broken(f"{name} of {fill}", "spoiled")
with open("text", "w") as f:
    f.write("#!/bin/sh\n")
write_profile("text.prof", "ref", addresses)
with open("text.prof", "rb") as f:
    content = f.read().replace(os.path.abspath("ref").encode(), os.path.abspath("text").encode())
with open("text.prof", "wb") as f:
    f.write(content)
p = run(CPA, "-top", "text.prof")
check("not a program", "text: unrecognized binary format" in p.stderr and "flat%" in p.stdout, p.stderr)
run("objcopy", "--only-keep-debug", "ref", "loop.debug")
run("objcopy", "--strip-all", "--add-gnu-debuglink=loop.debug", "ref", "loop.debug.new")
os.rename("loop.debug.new", "loop.debug")
p = run(CPA, "-top", "-symbolize=explain", "loop.debug", "moved.prof")
check("a debug link to itself", "the file itself" in p.stderr and "flat%" in p.stdout, p.stderr)
for magic, kind in ((b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(64), "a PE file"),
                    (b"\xcf\xfa\xed\xfe" + bytes(64), "a Mach-O file")):
    with open("foreign", "wb") as f:
        f.write(magic)
    broken(kind, "foreign", kind)

# --- Go, for real, pprof -------------------------------------------------------------------------

if have("go"):
    os.mkdir("gosrc")
    with open("gosrc/main.go", "w") as f:
        f.write(GO)
    genv = {"GOFLAGS": "", "GO111MODULE": "off", "GOCACHE": os.environ.get("GOCACHE", os.path.expanduser("~/.cache/go-build"))}
    if run("go", "build", "-o", "goprog", "gosrc/main.go", more_env=genv, check_exit=False).returncode == 0:
        work = all_addresses(functions("goprog", ("main.work",)), 1)
        got, _ = cpa_frames("goprog", work)
        p = subprocess.run(["go", "tool", "addr2line", "goprog"], input="".join(f"{a:x}\n" for a in work), text=True,
                           capture_output=True, env={**env, **genv})
        lines = p.stdout.split("\n")
        wanted = {a: [(lines[2 * i], *lines[2 * i + 1].rsplit(":", 1))] for i, a in enumerate(work)} if lines[-1:] == [""] else {}
        compare("Go, go tool addr2line", {a: [(n, f, str(l)) for n, f, l in t] for a, t in got.items()}, wanted)
        # Without DWARF: Go's own tables know what is inlined, too.
        code = all_addresses(functions("goprog", ("main.",)), 1)
        wanted, _ = cpa_frames("goprog", code)
        check("Go: inlined calls", any(len(f) == 3 for f in wanted.values()), list(wanted.values())[:3])
        for what, flags in (("symbols and DWARF", "-s -w"), ("DWARF", "-w")):
            run("go", "build", f"-ldflags={flags}", "-o", "gostripped", "gosrc/main.go", more_env=genv)
            stripped, _ = cpa_frames("gostripped", code)
            compare(f"Go without {what}", stripped, wanted)

if run("g++", "-O2", "-g", "-gdwarf-4", "ref.cc", "-o", "real", "-Wl,--no-as-needed", "-lprofiler", check_exit=False).returncode == 0:
    run("./real", "3000", more_env={"CPUPROFILE": "real.prof", "CPUPROFILE_FREQUENCY": "1000"})
    raw = run(CPA, "-raw", "-symbolize=local", "real", "real.prof").stdout
    locations = re.findall(r"^\s*\d+: 0x(\w+) M=1 (.*)$", raw, re.M)
    mapping = re.search(r"^1: 0x(\w+)/0x(\w+)/0x(\w+) ", raw.split("\nMappings\n")[1], re.M)
    check("a real profile: the program's functions", any("shop" in text for _, text in locations), raw[:2000])
    offset, vaddr, _, moves = segments("real")
    base = int(mapping[1], 16) - int(mapping[3], 16) + offset - vaddr if moves else 0
    own = sorted({int(a, 16) - base for a, _ in locations})
    wanted = addr2line_frames("real", own)
    lines = {int(a, 16) - base: t for a, t in locations}
    wrong = [a for a in own if wanted[a][0][1] and f"{wanted[a][0][1]}:{wanted[a][0][2]}:" not in lines[a]]
    check("a real profile: every address as addr2line", not wrong, [(lines[a], wanted[a]) for a in wrong[:3]])
    if have("pprof"):
        for report in ("-top", "-lines", "-addresses"):
            args = [report, "-top", "real", "real.prof"]
            mine = run(CPA, *args).stdout
            theirs = run("pprof", *args).stdout
            check(f"pprof -top {report}", mine == theirs, mine + "---\n" + theirs)

# The same program under perf, where the machine lets it: each address as addr2line and perf name it.

def perf_samples(program, *args):
    """(start, limit, offset) of the program's code and the addresses that perf met in it, or None."""
    recorded = run("perf", "record", "-q", "-e", "cpu-clock:u", "-F", "2000", "-o", "perf.data", program, *args, check_exit=False)
    if recorded.returncode != 0:
        return None
    text = run("perf", "script", "-i", "perf.data", "--show-mmap-events", "--no-demangle", "-F", "ip,sym,dso", check_exit=False).stdout
    path = os.path.realpath(program)
    mapping = re.search(r"MMAP2? .*: \[0x(\w+)\(0x(\w+)\) @ (?:0x)?(\w+) .*\]: r-xp " + re.escape(path), text)
    samples = {int(m[1], 16): m[2] for m in re.finditer(r"^\s*([0-9a-f]+) (\S+) \(" + re.escape(path) + r"\)$", text, re.M)}
    return ((int(mapping[1], 16), int(mapping[2], 16), int(mapping[3], 16)), samples) if mapping and samples else None


perf = perf_samples("./ref", "3000") if have("perf") else None
if perf:
    (start, size, offset), samples = perf
    words = [0, 3, 0, 500, 0]
    for a in samples:
        words += [1, 1, a]
    with open("perf.prof", "wb") as f:
        f.write(struct.pack(f"<{len(words) + 3}Q", *words, 0, 1, 0))
        f.write(f"{start:x}-{start + size:x} r-xp {offset:08x} 00:00 1 {os.path.abspath('ref')}\n".encode())
    raw = run(CPA, "-raw", "-symbolize=local:demangle=none", "-symbol_cache=off", "perf.prof").stdout
    file_offset, vaddr, _, _ = segments("ref")
    base = start - offset + file_offset - vaddr
    got = {}
    for m in re.finditer(r"^\s*\d+: 0x(\w+) M=1 (.*(?:\n {10,}\S.*)*)", raw.split("\nLocations\n")[1].split("\nMappings\n")[0], re.M):
        got[int(m[1], 16)] = [(f[1].strip(), f[2], int(f[3])) for f in re.finditer(r"^\s*(.*) (\S*):(\d+):\d+ s=\d+(?:\(.*\))?$", m[2], re.M)]
    wanted = addr2line_frames("ref", [a - base for a in samples])
    compare("perf, addr2line", got, {a: wanted[a - base] for a in samples})
    wrong = [(hex(a), got.get(a), name) for a, name in samples.items() if name != "[unknown]" and (a not in got or got[a][-1][0] != name)]
    check(f"perf's own names: {len(wrong)} of {len(samples)} differ", not wrong, wrong[:3])
else:
    print("skipped: perf does not record here")

done()
