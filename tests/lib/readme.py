# SPDX-License-Identifier: Apache-2.0
"""Runs the examples of README.md in a scratch directory that has the files they name.

  readme [--cpa PATH] [--testdata DIR] [FILE...]      (default: README.md)

An indented block whose first line is "$ cpa ..." shows what the command prints: it must print just
that (blanks at the ends of lines aside), "..." on a line of its own standing for any lines. In other
blocks, lines that begin with "cpa" are commands, up to a run of three blanks: they must exit with 0.
Those that need a network, a terminal or a browser find one made for them (tests/lib/tour.py). Commands
that need a program that is not there, or a port that is taken, are counted as skipped.
Last line: "N passed, N failed".
"""
import argparse, os, re, shutil, subprocess, sys, tempfile

from tour import Surroundings, Unavailable

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("--cpa", default=os.environ.get("CPA") or os.path.join(ROOT, "cpa"))
ap.add_argument("--testdata", default=os.environ.get("TESTDATA") or os.path.join(ROOT, "testdata"))
ap.add_argument("files", nargs="*", default=[os.path.join(ROOT, "README.md")])
a = ap.parse_args()

# What the examples call their files, and which of testdata they are.
FILES = {
    "cpu.prof": "go-cpu.pb.gz", "heap.prof": "go-heap.pb.gz", "old.prof": "go-cpu-old.pb.gz",
    "new.prof": "go-cpu-new.pb.gz", "heap1.prof": "go-heap-old.pb.gz",
    "heap2.prof": "go-heap-new.pb.gz", "day1.pb.gz": "go-cpu-old.pb.gz",
    "day2.pb.gz": "go-cpu-new.pb.gz", "cpu.pb.gz": "go-cpu.pb.gz", "heap.pb.gz": "go-heap.pb.gz",
    "mutex.prof": "go-mutex.pb.gz",
}


def blocks(path):
    """The indented blocks of a text, each a list of lines."""
    block, out, fenced = [], [], False
    for line in open(path, encoding="utf-8").read().split("\n") + [""]:
        fenced ^= line.startswith("```")
        if not fenced and line.startswith("    "):
            block.append(line[4:])
        elif block:
            out.append(block)
            block = []
    return out


def examples(block):
    """(command, expected output or None) of a block."""
    if block[0].startswith("$ "):
        found = []
        for line in block:
            if line.startswith("$ "):
                found.append([line[2:], []])
            else:
                found[-1][1].append(line)
        return [(command, "\n".join(lines)) for command, lines in found]
    return [(re.split(r" {3,}", line)[0], None) for line in block if line.startswith("cpa ")]


def tidy(text):
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))


def same(expected, got):
    parts = [re.escape(part) for part in re.split(r"^\.\.\.$\n?", tidy(expected), flags=re.M)]
    return re.fullmatch(r"(?:.*\n?)*?".join(parts), tidy(got)) is not None


def environment(scratch):
    env = {"PATH": scratch + "/bin:" + os.environ["PATH"], "HOME": scratch, "TZ": "UTC",
           "LC_ALL": "C.UTF-8", "PPROF_BINARY_PATH": "/nonexistent", "G_DEBUG": "fatal-criticals"}
    for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    return env


def run(command, scratch):
    return subprocess.run(["sh", "-c", command], cwd=scratch + "/work", env=environment(scratch), text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=300)


def prepare(scratch):
    os.makedirs(scratch + "/bin")
    os.makedirs(scratch + "/work")
    os.symlink(os.path.abspath(a.cpa), scratch + "/bin/cpa")
    for name, source in FILES.items():
        shutil.copy(os.path.join(a.testdata, source), os.path.join(scratch, "work", name))
    with open(scratch + "/work/notes.txt", "w") as f:
        f.write("to do\n")


def try_out(command, expected, scratch, surroundings):
    """(whether the command did what README.md says, what it printed)"""
    tools = re.findall(r"\| *(\w+)", re.sub(r"'[^']*'", "", command))
    for tool in tools:
        if tool != "cpa" and not shutil.which(tool):
            raise Unavailable(f"no {tool}")
    session = expected is not None and "\n(cpa" in "\n" + expected
    outcome = surroundings.run(command, expected.split("\n") if session else None, environment(scratch))
    if outcome is not None:
        return outcome
    result = run(command, scratch)
    said = result.stdout + result.stderr
    # What people see; sources that are no profiles are part of some examples.
    if expected is not None:
        return same(expected, said), said
    return result.returncode == 0, f"exit status {result.returncode}\n{said}"


passed = failed = skipped = 0
with tempfile.TemporaryDirectory() as scratch:
    prepare(scratch)
    surroundings = Surroundings(scratch, os.path.abspath(a.testdata))
    for path in a.files:
        for command, expected in [e for b in blocks(path) for e in examples(b)]:
            try:
                ok, said = try_out(command, expected, scratch, surroundings)
            except Unavailable as problem:
                print(f"skipped: {command}: {problem}")
                skipped += 1
                continue
            passed, failed = passed + ok, failed + (not ok)
            if not ok:
                print(f"--- {os.path.basename(path)}: {command}")
                print(str(said)[:2000])
print(f"{skipped} skipped")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0 or passed == 0)
