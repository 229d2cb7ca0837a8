# SPDX-License-Identifier: Apache-2.0
"""debuginfod. Run by tests/debuginfod.

A program is built, its debug information and its source are moved to where only the server has
them. Every case has a cache of its own: what one learned must not help the next.
"""
import ctypes, http.server, os, re, shutil, struct, subprocess, sys, tempfile, threading

CPA = os.path.abspath(os.environ.get("CPA", "./cpa"))
try:
    ctypes.CDLL("libdebuginfod.so.1")
except OSError:
    print("skipped, no libdebuginfod")
    sys.exit(77)
tmp = tempfile.mkdtemp(prefix="cpa-debuginfod.")
passed = failed = n_runs = 0
asked = []
files = {}  # path of a URL -> bytes
silent = threading.Event()
release = threading.Event()

SOURCE = b"""static int hidden_work(int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++) {
        sum += i ^ (sum >> 3);
    }
    return sum;
}
int main(int argc, char **argv)
{
    (void)argv;
    return hidden_work(argc * 1000) & 1;
}
"""


def check(what, ok, detail=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print(f"failed: {what}\n{str(detail)[:3000]}")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        if silent.is_set():
            release.wait(60)
            return
        body = files.get(self.path.replace("%2F", "/").replace("%2f", "/"))
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
URL = f"http://127.0.0.1:{server.server_port}"


def cpa(*args, urls=URL, **more):
    """Runs cpa with an empty home and an empty cache. Returns: stdout, stderr, paths asked for."""
    global n_runs
    n_runs += 1
    home = f"{tmp}/home{n_runs}"
    os.mkdir(home)
    env = {k: v for k, v in os.environ.items() if not k.startswith("DEBUGINFOD_") and k.lower() != "http_proxy"}
    env.update(HOME=home, XDG_CACHE_HOME=home + "/cache", DEBUGINFOD_CACHE_PATH=home + "/debuginfod", **more)
    if urls is not None:
        env["DEBUGINFOD_URLS"] = urls
    del asked[:]
    p = subprocess.run([CPA, *args], capture_output=True, text=True, errors="replace", env=env, cwd=home, timeout=120)
    check(f"{args} exit {p.returncode}", p.returncode == 0, p.stderr)
    return p.stdout, p.stderr, list(asked)


def sh(*args):
    return subprocess.run(args, check=True, capture_output=True, text=True, cwd=tmp).stdout


# The program, its debug file, and a profile of hidden_work in gperftools' CPU format.
source, program = tmp + "/build/hidden.c", tmp + "/program"
os.mkdir(tmp + "/build")
open(source, "wb").write(SOURCE)
flags = ["-g", "-O1", "-fno-inline", "-no-pie", "-Wl,--build-id=sha1"]
sh("gcc", *flags, "-o", program, source)
start, size = [(int(f[0], 16), int(f[1], 16)) for f in map(str.split, sh("nm", "-S", program).splitlines())
               if len(f) == 4 and f[3].startswith("hidden_work")][0]
debug = open(program, "rb").read()
shutil.copy(program, tmp + "/whole")
sh("strip", program)
os.remove(source)
notes = sh("readelf", "-n", tmp + "/whole")
build_id = re.search(r"Build ID: ([0-9a-f]+)", notes).group(1)
words = [0, 3, 0, 10000, 0]
for address in range(start, start + size):
    words += [1, 1, address]
words += [0, 1, 0]
profile = tmp + "/cpu.prof"
with open(profile, "wb") as f:
    f.write(struct.pack(f"<{len(words)}Q", *words))
    f.write(f"00400000-00500000 r-xp 00000000 00:00 0 {program}\n".encode())
of_debug, of_source = f"/buildid/{build_id}/debuginfo", f"/buildid/{build_id}/source{source}"

try:
    files[of_debug], files[of_source] = debug, SOURCE
    out, err, paths = cpa("-symbolize=explain", "-top", profile)
    if "built without" in err:
        print("skipped, built without libdebuginfod or elfutils")
        sys.exit(77)
    check("a debug file is fetched", "hidden_work" in out, (out, err, paths))
    check("explain names the server, the build id and the file",
          re.search(rf"debuginfod {URL}, build id {build_id}: /.*debuginfo", err), err)
    out, err, paths = cpa("list", "hidden_work", profile)
    check("a source is fetched", "sum += i ^ (sum >> 3);" in out, (out, err, paths))
    check("each is asked for once", sorted(paths) == sorted([of_debug, of_source]), paths)
    out, err, paths = cpa("-symbolize=explain", "list", "hidden_work", profile)
    check("explain lists the source", re.search(rf"build id {build_id}, {source}: /", err), err)
    out, err, paths = cpa("-weblist=hidden_work", "-output=page.html", profile)
    check("weblist asks for the source, once", paths.count(of_source) == 1, (err, paths))

    for words in ("none", "local", "fastlocal"):
        out, err, paths = cpa("-symbolize=" + words, "-top", profile)
        check(f"{words}: nobody is asked", not paths and "hidden_work" not in out, (out, paths))
    for urls in (None, "", " "):
        out, err, paths = cpa("-top", profile, urls=urls)
        check(f"without servers {urls!r}", not paths and "debuginfod" not in err, (err, paths))
    shutil.copy(tmp + "/whole", program + ".kept")
    os.rename(program, program + ".stripped")
    os.rename(program + ".kept", program)
    out, err, paths = cpa("-top", profile)
    check("what is here is not asked for", not paths and "hidden_work" in out, (out, paths))
    os.rename(program + ".stripped", program)

    out, err, paths = cpa("-top", "-max_size=4kB", profile)
    check("too large: no names", "hidden_work" not in out and paths, (out, err, paths))

    del files[of_source]
    out, err, paths = cpa("list", "hidden_work", profile)
    check("no source: says who was asked", f"debuginfod {URL}, build id {build_id}, {source}: no server has it" in err,
          err)
    check("no source: asked once", paths.count(of_source) == 1, paths)

    del files[of_debug]
    out, err, paths = cpa("-symbolize=explain", "-top", profile)
    check("404: explained", f"build id {build_id}: no server has it" in err, err)
    check("404: asked once", paths.count(of_debug) == 1, paths)

    sh("gcc", "-O0", "-g", "-no-pie", "-Wl,--build-id=0x0123456789abcdef", "-xc", "-o", "other", "/dev/null",
       "-nostdlib", "-shared")
    files[of_debug] = open(tmp + "/other", "rb").read()
    out, err, paths = cpa("-symbolize=explain", "-top", profile)
    check("wrong build id: not taken", f"build id 0123456789abcdef, wanted {build_id}" in err, err)
    files[of_debug] = b"no ELF file" * 100
    out, err, paths = cpa("-symbolize=explain", "-top", profile)
    check("no ELF file: the report comes", "hidden_work" not in out and paths, (out, err))

    # The program itself is gone, or was built anew.
    files[of_debug], files[of_source] = debug, SOURCE
    of_program = f"/buildid/{build_id}/executable"
    files[of_program] = open(program, "rb").read()
    named = tmp + "/named.pb.gz"
    cpa("-proto", "-symbolize=none", "-buildid=" + build_id, "-output=" + named, profile)
    os.rename(program, program + ".away")
    out, err, paths = cpa("-top", named)
    check("a program that is not here is fetched", "hidden_work" in out and paths.count(of_program) == 1, (out, err, paths))
    out, err, paths = cpa("-disasm=hidden_work", named)
    check("its code, too", "ret" in out or "built without capstone" in err, (out, err, paths))
    out, err, paths = cpa("-top", profile)
    check("not without a build id", "hidden_work" not in out and not paths, (out, err, paths))
    shutil.copy(tmp + "/other", program)
    out, err, paths = cpa("-top", named)
    check("a program of another build is passed over", "hidden_work" in out and "mismatch" not in err, (out, err, paths))
    del files[of_program]
    out, err, paths = cpa("-top", named)
    check("another build: nothing better", "build ID mismatch" in err and "hidden_work" not in out, (out, err, paths))
    out, err, paths = cpa("-top", "-symbolize=explain", named)
    check("another build: explained", f"build id {build_id}, the program: no server has it" in err, err)
    out, err, paths = cpa("-top", named, urls="http://127.0.0.1:1")
    check("another build, nobody there", "build ID mismatch" in err and "not asked again for a minute" in err, err)
    os.remove(program)
    out, err, paths = cpa("-top", named)
    check("no program: says who was asked", f"No such file or directory; debuginfod {URL}, build id {build_id}, the program: no server has it" in err, err)
    os.rename(program + ".away", program)

    if shutil.which("dwz"):
        # What dwz moved from two programs to a common file is on the server, under a build id of its own.
        for name in ("one", "two"):
            shutil.copy(tmp + "/whole", f"{tmp}/{name}.debug")
        if subprocess.run(["dwz", "-m", "common.debug", "one.debug", "two.debug"], cwd=tmp, capture_output=True).returncode == 0:
            common = re.search(r"Build ID: ([0-9a-f]+)", sh("readelf", "-n", tmp + "/common.debug"))[1]
            files[of_debug] = open(tmp + "/one.debug", "rb").read()
            files[f"/buildid/{common}/debuginfo"] = open(tmp + "/common.debug", "rb").read()
            os.remove(tmp + "/common.debug")
            out, err, paths = cpa("-top", "-lines", profile)
            check("dwz's common file is fetched", "hidden_work" in out and "hidden.c:" in out and
                  f"/buildid/{common}/debuginfo" in paths, (out, err, paths))

    silent.set()
    out, err, paths = cpa("-top", "-timeout=1", profile, DEBUGINFOD_TIMEOUT="30")
    check("silent: -timeout", f"debuginfod {URL}, build id {build_id}: no answer in 1 seconds" in err, err)
    out, err, paths = cpa("-top", profile, DEBUGINFOD_TIMEOUT="1", DEBUGINFOD_RETRY_LIMIT="0")
    check("silent: DEBUGINFOD_TIMEOUT", "not asked again" in err and len(paths) <= 2, (err, paths))
    out, err, paths = cpa("-top", profile, urls="http://127.0.0.1:1")
    check("nobody there", f"debuginfod http://127.0.0.1:1, build id {build_id}" in err, err)

    os.mkdir(tmp + "/lib")
    open(tmp + "/lib/libdebuginfod.so.1", "w").close()
    out, err, paths = cpa("-top", profile, LD_LIBRARY_PATH=tmp + "/lib")
    check("no library: one note", err.count("on Debian libdebuginfod1, or unset DEBUGINFOD_URLS") == 1, err)
finally:
    release.set()
    server.shutdown()
    shutil.rmtree(tmp)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
