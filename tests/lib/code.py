# SPDX-License-Identifier: Apache-2.0
"""Machine code of real programs. Run by tests/code.

Profiles are written by hand in gperftools' CPU format: a sample where each function begins, so that
`disasm .` shows all of them. Their text is compared with objdump's, instruction by instruction.
"""
import json, os, re, shutil, struct

from programs import CPA, check, done, env, run, tmp

# Neither headers nor a C library: a cross compiler may have none.
SOURCE = r"""
typedef unsigned long word;
typedef __UINT32_TYPE__ u32;
word table[64];
double ratio = 1.5;
u32 counter;
extern word outside(word) __attribute__((weak));
static inline word mix(word h, word c) { h ^= c; return h * 16777619u; }
#define KEEP __attribute__((noinline))
KEEP word hash(const char *s, word n)
{
    word h = 2166136261u;
    for (word i = 0; i < n; i++) {
        h = mix(h, (unsigned char)s[i]);
    }
    return h;
}
KEEP int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
KEEP double floats(const double *a, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += a[i] > 2.5 ? a[i] * ratio : -a[i] + 0.5;
    }
    return sum;
}
KEEP long double extended(long double a, long double b) { return a < b ? a * b + 1 : (a - b) / 3; }
KEEP int pick(int x)
{
    switch (x) {
    case 0: return 5;
    case 1: return 77;
    case 2: return -3;
    case 3: return (int)counter;
    case 4: return 11;
    case 5: return 0x12345678;
    default: return x > 100 ? -1 : 1;
    }
}
KEEP word bits(word x, int k)
{
    word a = (x >> k) | (x << (64 - k));
    a ^= a >> 7 & 0xff00ff00ff00ff00ul;
    a += __builtin_popcountl(x) + __builtin_clzl(x | 1) + __builtin_ctzl(x | 8);
    return (a & 0xfffffffffffffff8ul) | (x & 3) | 0x101010101010101ul;
}
KEEP void add(int *restrict a, const int *restrict b, int n)
{
    for (int i = 0; i < n; i++) {
        a[i] += b[i] * 3;
    }
}
KEEP word atomics(u32 *p, u32 x)
{
    u32 old = __atomic_fetch_add(p, x, __ATOMIC_SEQ_CST);
    __atomic_compare_exchange_n(p, &old, x, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
    __atomic_fetch_or(&table[x & 63], x, __ATOMIC_RELEASE);
    return __atomic_exchange_n(p, old, __ATOMIC_ACQ_REL);
}
KEEP short narrow(short *s, signed char *c, int n)
{
    for (int i = 0; i < n; i++) {
        s[i] = (short)(s[i] * c[i] - (unsigned char)c[n - i]);
    }
    return s[0];
}
KEEP word calls(word x) { return outside ? outside(x) + hash((char *)table, x) : x % 10 + x / 7; }
void _start(void)
{
    long double e = extended(1, 2);
    table[0] = hash("x", 1) + fib(5) + (word)floats(&ratio, 1) + pick((int)counter) + bits(counter, 3) + calls(7);
    add((int *)table, (int *)table + 32, 4);
    table[1] = atomics(&counter, 3) + (word)narrow((short *)table, (signed char *)table, 8) + (word)e;
    for (;;) {
    }
}
"""


def symbols(path):
    """{name: address} of the functions"""
    lines = (line.split() for line in run("nm", path).stdout.splitlines())
    return {f[2]: int(f[0], 16) for f in lines if len(f) == 3 and f[1] in "tTwW"}


def write_profile(name, path, stacks, moved=0):
    """A sample for each stack, innermost address first; the program is @moved above where it was linked to."""
    words = [0, 3, 0, 10000, 0]
    for stack in stacks:
        words += [1, len(stack), *stack]
    words += [0, 1, 0]
    flat = [a for stack in stacks for a in stack]
    start, limit = min(flat) & ~4095, (max(flat) | 4095) + 1
    with open(name, "wb") as f:
        f.write(struct.pack(f"<{len(words)}Q", *words))
        f.write(f"{start:x}-{limit:x} r-xp {offset_of(path, start - moved):08x} 00:00 1 {os.path.abspath(path)}\n".encode())


def offset_of(path, address):
    """Where in the file the page of this address is."""
    for m in re.finditer(r"LOAD\s+0x(\w+) 0x(\w+) 0x\w+ 0x(\w+)", run("readelf", "-lW", path).stdout):
        offset, start, size = (int(x, 16) for x in m.groups())
        if start & ~4095 <= address < start + size:
            return (offset & ~4095) + (address - (start & ~4095))
    return 0


def disassemble(profile, *options, what="."):
    """{address: text} and the rows"""
    p = run(CPA, "disasm", "-format=json", *options, what, profile)
    rows = json.loads(p.stdout)["rows"]
    return {int(line["address"], 16): line["text"] for row in rows for line in row["lines"]}, rows


def objdump(tool, path, *options):
    """{address: text}, as cpa prints it: no space at the end"""
    text = run(tool, "-d", "-C", "--no-show-raw-insn", *options, path).stdout
    lines = re.finditer(r"^ *([0-9a-f]+):\t(.*?) *$", text, re.M)
    return {int(m[1], 16): m[2] for m in lines}


def compare(what, tool, path, least, *options):
    write_profile("all.prof", path, [(a, ) for a in symbols(path).values()])
    got, _ = disassemble("all.prof", *["-intel_syntax" for option in options if option == "-Mintel"])
    wanted = objdump(tool, path, *options)
    bad = [(hex(a), got.get(a), text) for a, text in wanted.items() if got.get(a, "").rstrip(" ") != text]
    check(f"{what}: {len(bad)} of {len(wanted)} instructions differ", len(wanted) > least and not bad,
          "\n".join(map(str, bad[:8])))


def skip_without_disassembler():
    write_profile("one.prof", "prog", [(symbols("prog")["fib"], )])
    p = run(CPA, "disasm", "fib", "one.prof", check_exit=False)
    if p.returncode != 0 and ("capstone" in p.stderr or "without elfutils" in p.stderr):
        print(f"skipped: {p.stderr}")
        raise SystemExit(77)


def native():
    with open("prog.c", "w") as f:
        f.write(SOURCE)
    flags = ["-g", "-O2", "-nostdlib", "-no-pie", "-fno-stack-protector", "-static", "prog.c", "-lgcc"]
    run("gcc", *flags, "-o", "prog")
    run("gcc", *flags, "-O0", "-o", "prog0")
    skip_without_disassembler()
    compare("-O2", "objdump", "prog", 200)
    compare("-O0", "objdump", "prog0", 300)
    if os.uname().machine == "x86_64":
        compare("-O2, Intel syntax", "objdump", "prog", 200, "-Mintel")
        compare("-O0, Intel syntax", "objdump", "prog0", 300, "-Mintel")
        vectors()
        names()


def calls():
    """Calls into a library, by stub and by slot."""
    with open("calls.c", "w") as f:
        f.write("#include <stdio.h>\n#include <string.h>\n"
                "int main(int n, char **v) { return puts(v[0]) + (int)strlen(v[n - 1]) + fprintf(stderr, v[0]); }\n")
    for name, flags in {"plt": [], "slots": ["-fno-plt"]}.items():
        run("gcc", "-g", "-O1", "-fno-builtin", "-no-pie", *flags, "-w", "calls.c", "-o", name)
        compare(f"calls, {name}", "objdump", name, 20)


def names():
    """Which of several names of an address is shown; marks of copies; what is before all names."""
    functions = ["_Z3addi", "_Z3addi.isra.0", "_Z3addi.constprop.0.isra.1", "_Z3addi.cold", "_ZN4shop5totalERKNS_5OrderE.part.0"]
    with open("names.s", "w") as f:
        f.write(".text\n.globl _start\n.type _start,%function\n_start:\n")
        f.writelines(f"call {name}\n" for name in functions + ["weak_one", "large_one", "data_here", "untyped", "0"])
        for name in functions:
            f.write(f".globl {name}\n.type {name},%function\n{name}:\nnop\nret\n.size {name},.-{name}\n")
        f.write(".weak weak_one\n.globl strong_one\n.type weak_one,%function\n.type strong_one,%function\n"
                "weak_one:\nstrong_one:\nret\n.size weak_one,1\n.size strong_one,1\n"
                ".globl large_one\n.globl larger_one\n.type large_one,%function\n.type larger_one,%function\n"
                "large_one:\nlarger_one:\nret\nret\n.size large_one,1\n.size larger_one,2\n"
                ".globl data_here\n.globl a_function\n.type data_here,%object\n.type a_function,%function\n"
                "data_here:\na_function:\nret\n.globl untyped\nuntyped:\n.typed:\nret\n")
    run("gcc", "-nostdlib", "-static", "-no-pie", "names.s", "-o", "names")
    compare("names", "objdump", "names", 15)


def cross():
    gcc, tool = "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-objdump"
    if shutil.which(gcc) is None or shutil.which(tool) is None:
        print("skipped: no gcc for aarch64")
        return
    flags = ["-g", "-nostdlib", "-static", "-fno-stack-protector", "prog.c", "-lgcc"]
    for name, more in {"arm64": ["-O2", "-mno-outline-atomics"], "arm64-O0": ["-O0", "-mno-outline-atomics"],
                       "arm64-lse": ["-O2", "-march=armv8.2-a", "-mbranch-protection=standard"]}.items():
        p = run(gcc, *more, *flags, "-o", name, check_exit=False)
        if p.returncode != 0:
            print(f"skipped: {name}: {p.stderr[:200]}")
            continue
        compare(name, tool, name, 200)


def vectors():
    """Each AVX-512 instruction of the table, of each width: registers, memory, masks, repeated elements."""
    table = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../src/symbol/evex.def")
    shapes = {  # operands in the assembler's order, by the form
        "RM": "rm,reg", "RX": "rm,reg", "RMH": "rm,reg", "RMQ": "rm,reg", "RMO": "rm,reg", "MR": "reg,rm",
        "MRH": "reg,rm", "MRQ": "reg,rm", "MRO": "reg,rm", "RVM": "rm,vex,reg", "RVX": "rm,vex,reg",
        "RVMI": "imm,rm,vex,reg", "RVXI": "imm,rm,vex,reg", "RVYI": "imm,rm,vex,reg", "RMI": "imm,rm,reg",
        "KVM": "rm,vex,mask", "KVMI": "imm,rm,vex,mask", "KVMF": "imm,rm,vex,mask", "KR": "reg,mask", "RK": "mask,reg",
        "RG": "gpr,reg", "XRI": "imm,reg,rm", "YRI": "imm,reg,rm"}
    narrow = {"RMH": 2, "MRH": 2, "RMQ": 4, "MRQ": 4}
    places = ["0x40(%r9)", "-0x80(%rsp)", "0x1234(%rbp,%r12,4)", "0x10(%rip)", "0x8(,%rdx,8)", "(%rdi,%rsi,2)", "0x3(%rbx)"]
    lines = ["_start:"]
    rows = re.findall(r'^EVEX\(\d, \d, (\d), 0x.., "(.*?)", (\w+), (\w+)\)', open(table).read(), re.M)
    for i, (either, name, form, memory) in enumerate(rows):
        for w in (0, 1) if either == "2" and name[-1] in "?!" else [int(either) & 1]:
            full = name.replace("?", "dq"[w]).replace("!", ("ps", "pd")[w])
            full = {"KVMI": "vpcmp", "KVMF": "vcmp"}.get(form, "") + full
            for k, width in enumerate((16, 32, 64)):
                def register(n, size=width):
                    return "%" + {16: "x", 32: "y", 64: "z"}[max(size, 16)] + f"mm{(i * 7 + k * 11 + n * 13) % 32}"
                small = width // narrow.get(form, 1)
                small = 16 if form in ("RX", "RMO", "MRO", "RVX", "RVXI", "XRI") else 32 if form in ("YRI", "RVYI") else small
                element = 4 if memory == "FHALF" or not w else 8
                for n, rm in enumerate((register(2, small), places[(i + k) % 7], places[(i + k + 3) % 7])):
                    if n == 2 and memory in ("FULL", "FHALF"):
                        rm += "{1to%d}" % ((width // 2 if memory == "FHALF" else width) // element)
                    words = {"rm": rm, "reg": register(0), "vex": register(1), "mask": f"%k{(i + k) % 8}",
                             "imm": f"$0x{(i * 5 + n * 3) % (8 if form == 'KVMI' else 32):x}", "gpr": "%r11" if w else "%r11d"}
                    shape = shapes.get(form, "imm,rm,vex")
                    text = ",".join(words[word] for word in shape.split(","))
                    masked = form not in ("KR", "RK") and (i + n) % 3 == 1
                    lines.append(f"{full} {text}" + ("{%k" + str(i % 7 + 1) + "}" if masked else ""))
    for size, general in zip("bwdq", ("ecx", "r10d", "edi", "r13")):
        lines += [f"k{op}{size} %k1,%k2,%k3" for op in ("and", "andn", "or", "xnor", "xor", "add")]
        lines += [f"k{op}{size} %k1,%k7" for op in ("not", "ortest", "test", "mov")]
        lines += [f"kshiftl{size} $3,%k1,%k2", f"kshiftr{size} $9,%k6,%k2", f"kmov{size} (%r9,%rax,2),%k3",
                  f"kmov{size} %k3,0x12(%rsp)", f"kmov{size} %{general},%k4", f"kmov{size} %k4,%{general}"]
    for _ in range(2):  # without what this assembler refuses: lines of a width that there is not
        with open("vectors.s", "w") as f:
            f.write(".globl _start\n" + "\n".join(lines) + "\n")
        p = run("as", "vectors.s", "-o", "vectors.o", check_exit=False)
        refused = {int(n) - 2 for n in re.findall(r"^vectors.s:(\d+): Error", p.stderr, re.M)}
        lines = [line for i, line in enumerate(lines) if i not in refused]
    run("gcc", "-nostdlib", "-static", "-no-pie", "vectors.o", "-o", "vectors")
    for options in (), ("-Mintel", ):
        write_profile("vectors.prof", "vectors", [(symbols("vectors")["_start"], )])
        got, _ = disassemble("vectors.prof", *["-intel_syntax" for _ in options])
        wanted = objdump("objdump", "vectors", *options)
        bad = [(hex(a), got.get(a), text) for a, text in wanted.items() if got.get(a) != text.replace("{evex} ", "")]
        check(f"AVX-512 {options}: {len(bad)} of {len(wanted)} instructions differ", len(wanted) > 2000 and not bad,
              "\n".join(map(str, bad[:8])))


def inlined():
    """Of a function that is nowhere but inlined, the instructions, by the function that has them."""
    at = symbols("prog")["hash"]
    end = min(a for a in symbols("prog").values() if a > at)
    write_profile("hash.prof", "prog", [(a, ) for a in range(at, end)])
    _, rows = disassemble("hash.prof", what="mi.$")
    check("inlined: named", [(r["name"], r["inlined_into"]) for r in rows] == [("mix", "hash")], rows)
    check("inlined: only its lines", {line["function"] for r in rows for line in r["lines"]} == {"mix"}, rows)
    run("gcc", "-g", "-O1", "-nostdlib", "-pie", "-fPIE", "prog.c", "-lgcc", "-o", "pie")
    at = symbols("pie")["fib"]
    moved = 0x555500000000
    write_profile("pie.prof", "pie", [(moved + at + 4, )], moved)
    for address in at + 1, moved + at + 1:
        _, rows = disassemble("pie.prof", what=hex(address))
        check(f"address {address:#x}", [r["name"] for r in rows] == ["fib"], rows)
    run("strip", "prog", "-o", "stripped")
    write_profile("stripped.prof", "stripped", [(symbols("prog")["fib"], )])
    p = run(CPA, "disasm", "fib", "stripped.prof", check_exit=False)
    check("stripped: said", "stripped" in p.stderr and "program" in p.stderr and p.returncode == 2, p.stderr)
    text = run(CPA, "disasm", "mi.$", "hash.prof").stdout
    check("inlined: heading", "ROUTINE ======================== mix inlined into hash\n" in text, text)
    p = run(CPA, "disasm", "fib", "hash.prof", check_exit=False)
    check("no sample: said", "prog has fib, but no sample is there" in p.stderr and p.returncode == 2, p.stderr)


def recursion():
    """Once per symbol and instruction; as pprof counts, once per address."""
    at = symbols("prog")["fib"]
    write_profile("fib.prof", "prog", [(at + 4, at + i, at + 9) for i in (1, 2, 3)])
    for options, sums in ((), ("30ms", "30ms")), (("-pprof_compat", ), ("30ms", "90ms")):
        _, rows = disassemble("fib.prof", *options, what="fib")
        check(f"recursion {options}", [(r["flat_text"], r["cum_text"]) for r in rows] == [sums],
              [(r["flat_text"], r["cum_text"]) for r in rows])


def large():
    """One function of 300,000 instructions."""
    with open("large.s", "w") as f:
        f.write(".globl _start\n_start:\n.rept 300000\nnop\n.endr\n.type _start,%function\n.size _start,.-_start\n")
    run("gcc", "-nostdlib", "-static", "-no-pie", "large.s", "-o", "large")
    write_profile("large.prof", "large", [(symbols("large")["_start"] + 8, )])
    lines = run(CPA, "disasm", "_start", "large.prof").stdout.count("nop")
    check(f"large: {lines} instructions", lines >= 300000)


def kernel():
    """A kernel that runs above where it was linked, as address space randomization does. Its mapping
    says that it starts at _text, not at _stext."""
    if os.uname().machine != "x86_64":
        print("skipped: a kernel of x86-64")
        return
    with open("kernel.c", "w") as f:
        f.write("__asm__(\".globl _text\\n_text:\\n.skip 0x1000\\n.globl _stext\\n_stext:\\n\");\n"
                "__attribute__((noinline)) int schedule(int n) { return n * 3 + 5; }\n"
                "void _start(void) { schedule(1); }\n")
    build_id = "0123456789abcdef"
    os.makedirs("binaries/" + build_id)
    file = f"binaries/{build_id}/vmlinux"
    p = run("gcc", "-g", "-O1", "-nostdlib", "-static", "-no-pie", "-fno-pic", "-mcmodel=kernel", "-fno-toplevel-reorder",
            "-fcf-protection=none", "kernel.c", "-Wl,-Ttext=0xffffffff81000000",
            f"-Wl,--build-id=0x{build_id}", "-o", file, check_exit=False)
    if p.returncode != 0:
        print(f"skipped: no kernel: {p.stderr[:200]}")
        return
    names, moved = symbols(file), 0x19000000
    start = names["_text"] + moved
    words = [0, 3, 0, 10000, 0, 1, 1, names["schedule"] + moved + 1, 0, 1, 0]
    with open("kernel.prof", "wb") as f:
        f.write(struct.pack(f"<{len(words)}Q", *words))
        f.write(f"{start:x}-{start + 0x2000:x} r-xp 00000000 00:00 0 [kernel.kallsyms]_text\n".encode())
    run(CPA, "-proto", "-buildid=" + build_id, "-symbolize=none", "-o", "kernel.pb.gz", "kernel.prof")
    env["PPROF_BINARY_PATH"] = os.path.abspath("binaries")
    p = run(CPA, "disasm", "-format=json", "schedule", "kernel.pb.gz", check_exit=False)
    text = [line["text"] for row in json.loads(p.stdout)["rows"] for line in row["lines"]] if p.returncode == 0 else []
    wanted = objdump("objdump", file)
    check("kernel: code", text and text[0] == wanted[names["schedule"]], p.stdout + p.stderr)


try:
    native()
    calls()
    cross()
    inlined()
    recursion()
    large()
    kernel()
finally:
    os.chdir("/")
    shutil.rmtree(tmp, ignore_errors=True)
done()
