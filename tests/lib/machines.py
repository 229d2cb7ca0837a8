# SPDX-License-Identifier: Apache-2.0
"""Kernels, other machines, packed symbol tables. Run by tests/machines."""
import os, re, shutil
from programs import *

skip_without_elfutils()

CODE = r"""
__attribute__((noinline)) int low(int x) { return x * 3 + (x >> 2); }
static inline __attribute__((always_inline)) int twice(int x) { return low(x) + x * 5; }
__attribute__((noinline)) int middle(int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++) {
        sum += twice(i) ^ n;
    }
    return sum;
}
void _start(void) { volatile int result = middle(7); (void)result; for (;;) { } }
"""
FUNCTIONS = ("low", "middle", "_start")


def number(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def message(*fields):
    """(number, integer or bytes) as a message of protocol buffers."""
    return b"".join(number(k << 3) + number(v) if isinstance(v, int) else number(k << 3 | 2) + number(len(v)) + v
                    for k, v in fields)


def write_pb(name, file, build_id, start, limit, offset, addresses):
    fields = [(1, message((1, 1), (2, 2))), (3, message((1, 1), (2, start), (3, limit), (4, offset), (5, 3), (6, 4)))]
    for i, address in enumerate(addresses, 1):
        fields += [(2, message((1, i), (2, 1))), (4, message((1, i), (2, 1), (3, address)))]
    with open(name, "wb") as f:
        f.write(message(*fields, *[(6, text.encode()) for text in ("", "samples", "count", file, build_id)]))


def named(*args, more_env={}):
    """{address: function} of the program's answer, and what it says."""
    p = run(CPA, "-raw", "-symbol_cache=off", *args, more_env=more_env)
    text = p.stdout.split("\nLocations\n")[1].split("\nMappings\n")[0]
    return {int(m[1], 16): m[2] for m in re.finditer(r"^\s*\d+: 0x(\w+) M=1 (\S+) ", text, re.M)}, p.stderr


# --- A kernel ------------------------------------------------------------------------------------

LINK = """
ENTRY(_start)
PHDRS { text PT_LOAD FLAGS(5); note PT_NOTE; }
SECTIONS
{
    . = 0xffffffff81000000;
    .text : { _text = .; . = . + 0x1a8; _stext = .; *(.text*) _etext = .; } :text
    .note.gnu.build-id : { *(.note.gnu.build-id) } :text :note
    /DISCARD/ : { *(.eh_frame) *(.comment) *(.note.GNU-stack) *(.note.gnu.property) }
}
"""
with open("kernel.lds", "w") as f:
    f.write(LINK)
with open("kernel.c", "w") as f:
    f.write(CODE)
built = os.uname().machine == "x86_64" and run(
    "gcc", "-O1", "-g", "-ffreestanding", "-fno-pic", "-no-pie", "-mcmodel=kernel", "-nostdlib", "-static", "-Wl,--build-id=sha1",
    "-Wl,-T,kernel.lds", "kernel.c", "-o", "vmlinux", check_exit=False).returncode == 0
if built:
    funcs = functions("vmlinux", FUNCTIONS)
    build_id = re.search(r"Build ID: (\w+)", run("readelf", "-n", "vmlinux").stdout)[1]
    text = {line.split()[2]: int(line.split()[0], 16) for line in run("nm", "vmlinux").stdout.splitlines()}
    os.makedirs("kernels/" + build_id)
    shutil.copy("vmlinux", f"kernels/{build_id}/vmlinux")
    shutil.copy("vmlinux", "kernels/unnamed")
    store = {"PPROF_BINARY_PATH": tmp + "/kernels"}
    end = 0x1000000
    for slide in (0, 0x1AE00000):
        addresses = {start + 1 + slide: name for name, start, _ in funcs}
        for symbol in ("_text", "_stext"):
            start = text[symbol] + slide
            for offset in {0, start}:
                what = f"a kernel moved by {slide:#x}, from {symbol} on, offset {offset:#x}"
                write_pb("kernel.pb", f"[kernel.kallsyms]{symbol}", build_id, start, start + end, offset, addresses)
                got, err = named("kernel.pb", more_env=store)
                check(what + ", by build id", got == addresses, (got, addresses, err))
                got, err = named("vmlinux", "kernel.pb")
                check(what + ", named by the user", got == addresses, (got, addresses, err))
                if have("pprof"):
                    for args, more in (("vmlinux", "kernel.pb"), {}), (("kernel.pb",), store):
                        mine = run(CPA, "-top", "-addresses", "-symbol_cache=off", *args, more_env=more).stdout
                        theirs = run("pprof", "-top", "-addresses", *args, more_env=more).stdout
                        check(what + ", pprof", mine == theirs, mine + "---\n" + theirs)
    write_pb("kernel.pb", "[kernel.kallsyms]_text", build_id, text["_text"], text["_text"] + end, 0, addresses)
    p = run(CPA, "-top", "kernel.pb")
    check("a kernel that is not here", "flat%" in p.stdout and "low" not in p.stdout, p.stdout + p.stderr)

# --- Big-endian programs -------------------------------------------------------------------------

OTHER = "aarch64-linux-gnu-"
for version in ("3", "4", "5"):
    for more in ((), ("-gz=zlib",)):
        if have(OTHER + "gcc") and run(OTHER + "gcc", "-O2", "-g", f"-gdwarf-{version}", *more, "-mbig-endian", "-ffreestanding", "-nostdlib",
                                       "-static", "kernel.c", "-o", "big", check_exit=False).returncode == 0:
            what = f"a big-endian program, DWARF {version} {' '.join(more)}"
            funcs = functions("big", FUNCTIONS, OTHER + "nm")
            addresses = all_addresses(funcs, 4)
            check(what + " is one", "big endian" in run("readelf", "-h", "big").stdout)
            got, _ = cpa_frames("big", addresses)
            wanted = addr2line_frames("big", addresses, tool=OTHER + "addr2line")
            compare(what, got, wanted)
            check(what + ": inlined calls", any(len(f) > 1 for f in got.values()), got)
            run(OTHER + "objcopy", "--strip-debug", "big")
            got, _ = cpa_frames("big", addresses)
            check(what + ": symbols only", {a: f[-1][0] for a, f in got.items()} == {a: f[-1][0] for a, f in wanted.items()}, got)

# --- Symbols packed into a program ----------------------------------------------------------------

if have("xz"):
    with open("packed.c", "w") as f:
        f.write(CODE.replace("__attribute__((noinline)) int", "__attribute__((noinline)) static int").replace(
            "void _start(void)", "int main(void)"))
    run("gcc", "-O2", "-g", "packed.c", "-o", "full")
    funcs = functions("full", ("low", "middle", "main"))
    addresses = all_addresses(funcs, 1)
    run("objcopy", "--only-keep-debug", "full", "full.debug")
    run("objcopy", "-S", *[f"--keep-symbol={name}" for name, _, _ in funcs], "full.debug", "mini")
    run("xz", "-f", "-k", "mini")
    run("objcopy", "--strip-all", "--add-section", ".gnu_debugdata=mini.xz", "full", "packed")
    run("objcopy", "--strip-all", "full", "bare")
    wanted, _ = cpa_frames("full", addresses)
    got, err = cpa_frames("packed", addresses, mode="demangle=none:explain")
    # One that is larger than what is made room for at first.
    with open("filler", "wb") as f:
        f.write(bytes(300 << 10))
    run("objcopy", "--add-section", ".filler=filler", "mini", "large")
    run("xz", "-f", "-k", "large")
    run("objcopy", "--strip-all", "--add-section", ".gnu_debugdata=large.xz", "full", "packed-large")
    if "liblzma" not in err:
        names = {a: f[-1][0] for a, f in wanted.items()}
        check("packed symbols", len(funcs) == 3 and {a: f[-1][0] for a, f in got.items()} == names, (got, err))
        check("packed symbols: explained", "symbols of .gnu_debugdata" in err, err)
        got, err = cpa_frames("packed-large", addresses, mode="demangle=none")
        check("many packed symbols", {a: f[-1][0] for a, f in got.items()} == names, (got, err))
        check("none without them", not any(cpa_frames("bare", addresses)[0].values()))
        for what, content in (("broken", open("mini.xz", "rb").read()[:-40]), ("no", b"no xz data")):
            with open("spoiled.xz", "wb") as f:
                f.write(content)
            run("objcopy", "--strip-all", "--add-section", ".gnu_debugdata=spoiled.xz", "full", "spoiled")
            _, err = cpa_frames("spoiled", addresses)
            check(f"{what} packed symbols", ".gnu_debugdata: broken xz data" in err, err)

done()
