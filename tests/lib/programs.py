# SPDX-License-Identifier: Apache-2.0
"""Programs that tests of symbols compile, profiles of them, and what cpa and addr2line say of addresses.

Importing this makes a scratch directory and goes there; done() removes it and tells the result.
"""
import os, re, shutil, struct, subprocess, sys, tempfile

CPA = os.path.abspath(os.environ.get("CPA", "./cpa"))
tmp = tempfile.mkdtemp(prefix="cpa-symbols.")
os.chdir(tmp)
env = {**os.environ, "HOME": tmp, "XDG_CACHE_HOME": tmp + "/cache", "DEBUGINFOD_URLS": ""}
env.pop("PPROF_BINARY_PATH", None)
passed = failed = 0


def check(what, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f"failed: {what}\n{str(detail)[:3000]}")


def run(*args, more_env={}, check_exit=True):
    def once(**variables):
        return subprocess.run(args, capture_output=True, text=True, errors="replace",
                              env={**env, **more_env, **variables}, timeout=300)
    p = once()
    if p.returncode == 99 and "LeakSanitizer has encountered a fatal error" in p.stderr:
        # It is the sanitizer that crashed, while it looked through the memory of a program that was done.
        p = once(ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")
    if check_exit and p.returncode != 0:
        raise RuntimeError(f"{args}: exit {p.returncode}: {p.stderr}")
    return p


def skip_without_elfutils():
    with open("self.prof", "wb") as f:
        f.write(struct.pack("<11Q", 0, 3, 0, 10000, 0, 1, 1, 0x401000, 0, 1, 0))
        f.write(f"400000-500000 r-xp 00000000 00:00 1 {CPA}\n".encode())
    if "built without elfutils" in run(CPA, "-top", "self.prof").stderr:
        print("skipped, built without elfutils")
        shutil.rmtree(tmp, ignore_errors=True)
        sys.exit(77)


def have(tool):
    return shutil.which(tool) is not None


def build(out, source, compiler, *flags):
    name = out + {"g++": ".cc", "clang++": ".cc", "gcc": ".c"}.get(compiler, ".cc")
    with open(name, "w") as f:
        f.write(source)
    run(compiler, *flags, name, "-o", out)
    return out


def segments(path):
    """(offset, address, size) of the executable LOAD segment, and whether the file moves."""
    text = run("readelf", "-lhW", path).stdout
    moves = bool(re.search(r"Type:\s+DYN", text))
    for m in re.finditer(r"LOAD\s+0x(\w+) 0x(\w+) 0x\w+ 0x(\w+) 0x\w+ R[W ]E", text):
        return int(m[1], 16), int(m[2], 16), int(m[3], 16), moves
    raise RuntimeError("no code in " + path)


def functions(path, only=None, tool="nm"):
    """(name, address, size) of the functions whose names begin with one of only."""
    out = []
    for line in run(tool, "-S", "--defined-only", path).stdout.splitlines():
        f = line.split()
        if len(f) == 4 and f[2] in "tTwWu" and (only is None or f[3].startswith(only)):
            out.append((f[3], int(f[0], 16), int(f[1], 16)))
    return out


def write_profile(name, path, addresses, base=0x555500000000):
    """A CPU profile with one sample per address of the file, which is mapped somewhere."""
    offset, vaddr, size, moves = segments(path)
    base = base if moves else 0
    start = (vaddr & ~4095) + base
    limit = ((vaddr + size + 4095) & ~4095) + base
    words = [0, 3, 0, 10000, 0]
    for a in addresses:
        words += [1, 1, a + base]
    words += [0, 1, 0]
    with open(name, "wb") as f:
        f.write(struct.pack(f"<{len(words)}Q", *words))
        f.write(f"{start:x}-{limit:x} r-xp {offset & ~4095:08x} 00:00 1 {os.path.abspath(path)}\n".encode())
    return base


def cpa_frames(path, addresses, mode="demangle=none", more_env={}, binary=None):
    """{address: [(function, file, line), ...]} as -raw prints it."""
    base = write_profile("it.prof", path, addresses)
    args = [CPA, "-raw", f"-symbolize=local:{mode}", "-symbol_cache=off"] + ([binary] if binary else []) + ["it.prof"]
    p = run(*args, more_env=more_env)
    out = {}
    current = None
    for line in p.stdout.split("\nLocations\n")[1].split("\nMappings\n")[0].splitlines():
        m = re.match(r"\s*\d+: 0x(\w+) (?:M=\d+ )?(.*)$", line)
        if m:
            current = out.setdefault(int(m[1], 16) - base, [])
            line = m[2]
        m = re.match(r"\s*(.*) (\S*):(\d+):(\d+) s=\d+(\(.*\))?$", line)
        if m and current is not None:
            current.append((m[1].strip(), m[2], int(m[3])))
    return out, p.stderr


def addr2line_frames(path, addresses, *flags, tool="addr2line"):
    text = run(tool, "-aif", *flags, "-e", path, *[hex(a) for a in addresses]).stdout.split("\n")
    out = {}
    current = None
    i = 0
    while i < len(text) - 1:
        if re.match(r"0x[0-9a-f]{8,16}$", text[i]):
            current = out.setdefault(int(text[i], 16), [])
            i += 1
            continue
        name, at = text[i], re.sub(r" \(discriminator \d+\)$", "", text[i + 1])
        file, _, line = at.rpartition(":")
        current.append(("" if name == "??" else name, "" if file == "??" else file, int(line) if line.isdigit() else 0))
        i += 2
    return out


def all_addresses(funcs, step=3):
    return sorted({a for _, start, size in funcs for a in range(start, start + size, step)})


def compare(what, got, wanted):
    bad = [(hex(a), got.get(a), wanted[a]) for a in wanted if got.get(a) != wanted[a]]
    check(f"{what}: {len(bad)} of {len(wanted)} addresses differ", wanted and not bad, "\n".join(map(str, bad[:3])))


def compare_with_addr2line(what, path, only=None, step=3):
    funcs = functions(path, only)
    addresses = all_addresses(funcs, step)
    got, _ = cpa_frames(path, addresses)
    compare(what + ", addr2line -i -f", got, addr2line_frames(path, addresses))
    starts = {start: name for name, start, _ in funcs}
    wrong = [n for a, n in starts.items() if got.get(a, [("", "", 0)])[-1][0] not in [m for m, s, _ in funcs if s == a]]
    check(what + ", nm", not wrong, wrong[:3])
    return got, addresses


def done():
    shutil.rmtree(tmp, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
