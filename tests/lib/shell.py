# SPDX-License-Identifier: Apache-2.0
#
# tests/shell runs this.
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from terminal import Gone, Terminal

CPA = os.path.abspath(os.environ.get('CPA', './cpa'))
DATA = os.path.abspath(os.environ.get('TESTDATA', 'testdata'))
CPU = f'{DATA}/go-cpu.pb.gz'
HEAP = f'{DATA}/go-heap.pb.gz'
PROMPT = r'\(cpa\) $'
ALL_MODES = 0o13  # ICANON, ECHO, ISIG

tmp = tempfile.mkdtemp()
counts = [0, 0]


def check(what, ok, detail=''):
    counts[0 if ok else 1] += 1
    if not ok:
        print(f'failed: {what}\n{str(detail)[:2000]}')


def environment(**more):
    env = {'PATH': os.environ['PATH'], 'HOME': tmp, 'TERM': 'xterm', 'LC_ALL': 'C.UTF-8',
           'PAGER': 'cat', 'TZ': 'UTC', 'PPROF_BINARY_PATH': '/nonexistent'}
    env.update({k: v for k, v in os.environ.items() if k.endswith('SAN_OPTIONS')})
    env.update(more)
    return env


class Shell:
    """A shell at its prompt; a case for each thing that is tried in it."""

    def __init__(self, what, *arguments, prompt=PROMPT, rows=24, columns=80,
                 program=(CPA,), **env):
        self.what = what
        self.terminal = Terminal([*program, *arguments], environment(**env), rows, columns, cwd=tmp)
        self.prompt = prompt

    def __enter__(self):
        self.terminal.expect(self.prompt)
        return self

    def __exit__(self, kind, problem, trace):
        check(self.what, kind is None, problem)
        self.terminal.close()
        return kind is not None and issubclass(kind, (Gone, AssertionError))

    def say(self, line, prompt=None):
        """Types a line; what is printed up to the next prompt, without what the editor echoes."""
        self.terminal.send(line + '\r')
        self.terminal.expect(r'\n')
        return self.terminal.expect(prompt or self.prompt).replace('\r', '')

    def tab(self, typed, pattern):
        """Types and completes until the line is as told; then takes it away."""
        self.terminal.send(typed + '\t')
        self.terminal.expect_line(r'^\(cpa\) ' + pattern + '$')
        self.terminal.send('\x03')
        self.terminal.expect(self.prompt)

    def choices(self, typed, pattern):
        """Types and completes; what is listed."""
        self.terminal.send(typed + '\t')
        text = self.terminal.expect(pattern)
        self.terminal.expect_line(re.escape(typed) + '$')
        self.terminal.send('\x03')
        self.terminal.expect(self.prompt)
        return text


def test_reports():
    with Shell('reports', CPU) as s:
        text = s.say('top2')
        assert 'Showing top 2 nodes out of 204' in text, text
        text = s.say('focus=json', prompt=r'\(cpa focus=json\) $')
        s.prompt = r'\(cpa focus=json\) $'
        text = s.say('top1')
        assert 'focus=json' in text, text
        text = s.say('tpo')
        assert 'did you mean top?' in text, text
        text = s.say('peek')
        assert 'requires an argument' in text, text
        text = s.say('top2 | wc -l')
        assert text.split('\n')[0].strip() == '7', text
        text = s.say('lines')
        assert text.startswith('(cpa'), text
        text = s.say('o')
        assert re.search(r'granularity += lines', text), text
        assert re.search(r'sample_index += cpu +//: \[samples \| cpu\]', text), text
        text = s.say('undo')
        assert text.startswith('granularity=\n'), text
        text = s.say('undo', prompt=PROMPT)
        assert text.startswith('focus=\n'), text
        s.prompt = PROMPT
        text = s.say('undo')
        assert 'nothing is left to undo' in text, text
        text = s.say('help top')
        assert 'The heaviest entries' in text and '[-ignore_regex]*' in text, text
        text = s.say('help tpo')
        assert 'did you mean top?' in text, text
        text = s.say('timeout=3')
        assert 'give it to cpa as -timeout' in text, text
        text = s.say('diff')
        assert '-diff_base=OLD NEW' in text, text
        s.terminal.send('\x04')
        assert s.terminal.wait() == 0
        assert not os.path.exists(f'{tmp}/profile001.svg')


def test_completion():
    open(f'{tmp}/report.txt', 'w').close()
    os.makedirs(f'{tmp}/reports')
    with Shell('completion', CPU) as s:
        s.tab('comm', 'comments ')
        s.tab('nodec', 'nodecount=')
        s.tab('samp', 'sample')
        s.tab('mean_s', 'mean_samples ')
        s.tab('granularity=filef', 'granularity=filefunctions ')
        s.tab('sample_index=c', 'sample_index=cpu ')
        s.tab('trim=f', 'trim=false ')
        s.tab('tagroot=shard,sta', 'tagroot=shard,stage ')
        s.tab('tagfocus=sta', 'tagfocus=stage=')
        s.tab('tagfocus=stage=cl', 'tagfocus=stage=classify ')
        s.tab('tags -sta', 'tags -stage=')
        s.tab('help gran', 'help granularity ')
        s.tab('top5 runtime.mallocgcT', r'top5 runtime\\.mallocgcTiny ')
        s.tab('peek makeOr', r'peek main\\.makeOrder ')
        s.tab('focus=main.makeO', r'focus=main\\.makeOrder ')
        s.tab('focus=json|main.makeO', r'focus=json\|main\\.makeOrder ')
        s.tab('top -main.(*In', r'top -main\\\.\\\(\\\*Index\\\)\\\.')
        s.tab('top >repor', 'top >report')
        s.tab('top > report.', 'top > report.txt ')
        s.tab('svg >reports', 'svg >reports/')
    with Shell('lists of what fits', CPU) as s:
        text = s.choices('tag', 'tagshow')
        assert 'tags' in text and 'tagfocus=' in text and 'tagroot=' in text, text
        s.choices('sort=', 'cum +flat')
        s.choices('peek runtime\\.', r'\.\.\. and \d+ more')
        text = s.choices('', 'undo')
        assert 'callgrind' in text and 'tagfocus=' in text and 'samples' in text, text
    with Shell('a completed name is found', CPU) as s:
        s.terminal.send('peek main.(*Index).ra\t')
        s.terminal.expect_line(r'rank$')
        s.terminal.send('$\r')
        text = s.terminal.expect(PROMPT)
        assert '| main.(*Index).rank' in text, text


def test_history():
    path = f'{tmp}/.local/state/cpa/history'
    with Shell('history: first run', CPU) as s:
        s.say('top3')
        s.say(' top4')
        s.say('top3')
    lines = open(path).read().split('\n')
    check('history: kept', lines[-2:] == ['top3', ''] and ' top4' not in lines, lines)
    check('history: for its owner', os.stat(path).st_mode & 0o777 == 0o600 and
          os.stat(os.path.dirname(path)).st_mode & 0o777 == 0o700)
    with Shell('history: next run', CPU) as s:
        s.terminal.send('\x1b[A')
        s.terminal.expect_line('top3$')
        s.terminal.send('\r')
        text = s.terminal.expect(PROMPT)
        assert 'Showing top 3 nodes' in text, text
    with Shell('history: search', CPU) as s:
        s.say('top1')
        s.terminal.send('\x12op3\r')
        s.terminal.expect('Showing top 3 nodes')
    with open(path, 'w') as f:
        f.write(''.join(f'top{i}\n' for i in range(5000)))
    with Shell('history: cut', CPU, XDG_STATE_HOME='') as s:
        pass
    lines = open(path).read().split('\n')
    check('history: the last thousand', len(lines) == 1001 and lines[0] == 'top4000', len(lines))
    with Shell('history: elsewhere', CPU, XDG_STATE_HOME=f'{tmp}/state') as s:
        s.say('top1')
    check('history: XDG_STATE_HOME', open(f'{tmp}/state/cpa/history').read() == 'top1\n')
    with Shell('history: nowhere', CPU, XDG_STATE_HOME='/dev/null') as s:
        s.say('top1')


def child_of(pid):
    """The process of a report."""
    while True:
        with open(f'/proc/{pid}/task/{pid}/children') as f:
            children = f.read().split()
        if children:
            return int(children[0])
        time.sleep(0.01)


def test_interrupts():
    os.mkfifo(f'{tmp}/fifo')
    with Shell('Ctrl-C takes a line away', CPU) as s:
        s.terminal.send('nonsense\x03')
        text = s.terminal.expect(r'\^C\r\n\(cpa\) $')
        assert 'unrecognized' not in text, text
        assert 'Showing' in s.say('top1')
    with Shell('Ctrl-C ends a report', CPU) as s:
        # Opening the pipe waits for a reader that never comes.
        s.terminal.send('top1 >fifo\r')
        s.terminal.expect('fifo\r\n')
        time.sleep(0.2)
        s.terminal.send('\x03')
        s.terminal.expect(PROMPT)
        assert 'Showing' in s.say('top1')
    with Shell('Ctrl-C ends a program that reads', CPU) as s:
        s.terminal.send('top1 | sleep 1000\r')
        s.terminal.expect('1000\r\n')
        time.sleep(0.2)
        s.terminal.send('\x03')
        s.terminal.expect(PROMPT)
        assert 'Showing' in s.say('top1')
    with Shell('a killed report', CPU) as s:
        s.terminal.send('top1 >fifo\r')
        s.terminal.expect('fifo\r\n')
        os.kill(child_of(s.terminal.pid), signal.SIGKILL)
        text = s.terminal.expect(PROMPT)
        assert 'ended by a signal: Killed; is there enough memory?' in text, text
    with Shell('a reader that ends early', CPU) as s:
        text = s.say('traces | head -1')
        assert text.startswith('File: shop'), text


def test_signals():
    with Shell('resized', CPU, columns=80) as s:
        s.terminal.send('focus=abc')
        s.terminal.expect('abc')
        s.terminal.resize(24, 60)
        s.terminal.expect('focus=abc')
        s.terminal.send('def\r')
        s.terminal.expect(r'\(cpa focus=abcdef\) $')
    for number in (signal.SIGTERM, signal.SIGHUP):
        with Shell(f'ended by {number.name}', CPU) as s:
            assert s.terminal.modes() == 0, s.terminal.modes()
            os.kill(s.terminal.pid, number)
            assert s.terminal.wait() == -number, s.terminal.status
    with Shell('the terminal while a report is made', CPU) as s:
        s.terminal.send('top1 | sleep 1000\r')
        s.terminal.expect('1000\r\n')
        time.sleep(0.2)
        assert s.terminal.modes() != 0
        s.terminal.send('\x03')
        s.terminal.expect(PROMPT)
    with Shell('stopped and continued', CPU,
               program=['sh', '-c', 'set -m; "$0" "$1"; echo was stopped; fg', CPA]) as s:
        s.terminal.send('top\x1a')
        s.terminal.expect('was stopped')
        s.terminal.expect_line(r'\(cpa\) top$')
        s.terminal.send('2\r')
        text = s.terminal.expect(r'Showing top 2(.|\n)*\(cpa\) $')


def test_pager():
    with Shell('a pager of one\'s own', CPU, PAGER='sed s/^/paged:/') as s:
        text = s.say('top2')
        assert 'paged:      flat' in text, text
        text = s.say('top2 | cat')
        assert 'paged' not in text, text
        text = s.say('tree >paged')
        assert 'paged:' not in text, text
    with Shell('no pager', CPU, PAGER='') as s:
        assert s.say('top2').startswith('Showing')
    with Shell('a pager that is missing', CPU, PAGER='/nonexistent/pager') as s:
        assert 'not found' in s.say('top2')
    if shutil.which('less') is None:
        print('skipped less, not installed')
        return
    with Shell('less', CPU, PAGER='less') as s:
        text = s.say('top2')
        assert 'Showing top 2' in text, text
        s.terminal.send('traces\r')
        s.terminal.expect(r':\x1b\[K$')
        s.terminal.send('\x03')
        s.terminal.expect(r'\x07|:\x1b\[K')  # less rings, or draws its prompt anew
        # What is typed while it deals with the interrupt it may forget.
        for attempt in range(30):
            s.terminal.send('q')
            try:
                s.terminal.expect(r'\(cpa\) ', patience=2)
                break
            except Gone:
                assert attempt < 29, 'less does not end'
        s.terminal.send('\x03')
        s.terminal.expect(r'\(cpa\) $')
        s.say('top1')


def test_plain():
    with Shell('a dumb terminal', CPU, TERM='dumb') as s:
        assert 'Showing top 2' in s.say('top2')
        s.terminal.send('\x03')
        assert 'Showing' in s.say('top1')
        s.terminal.send('\x04')
        assert s.terminal.wait() == 0
    with Shell('quit', CPU, TERM='dumb') as s:
        s.terminal.send('quit\r')
        assert s.terminal.wait() == 0


def run(program, arguments, script):
    done = subprocess.run([program, *arguments], input=script.encode(), capture_output=True,
                          timeout=120, cwd=tmp, env=environment())
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_scripts():
    code, out, err = run(CPA, [CPU], 'top1\n\ntags nothing=\npeek (\ntop1\n')
    check('a script stops at an error', code == 2 and 'cpa: line 4: ' in err and
          out.count('flat%') == 1, f'{code} {err}')
    code, out, err = run(CPA, [CPU], 'top1')
    check('a script without a last newline', code == 0 and 'Showing' in out, err)
    code, out, err = run(CPA, [CPU, '-focus=json'], 'top1')
    check('options of the command line hold', 'focus=json' in out, out)
    code, out, err = run(CPA, ['/nonexistent'], 'top1')
    check('no profile, no shell', code == 1 and out == '', err)
    code, out, err = run(CPA, [CPU], '')
    check('no script, a short look', code == 0 and 'Showing top 10 nodes' in out and err == '', err)
    code, out, err = run(CPA, [CPU, '-o', 'look.txt'], 'nonsense')
    check('-o, no shell', code == 0 and os.path.exists(f'{tmp}/look.txt'), err)
    with open(CPU, 'rb') as profile:
        done = subprocess.run([CPA, '-'], stdin=profile, capture_output=True, env=environment())
    check('a profile on standard input', b'Showing top 10 nodes' in done.stdout, done.stderr)


SCRIPT = '''top5
{0}
top10 -cum
total_{0}
tree 3
mean_{1}
top 4
mean=0
sample_index={1}
lines=1
text3 main runtime -json
functions=1
peek .
sort=cum
show=main|runtime
top6
tagshow=.
tags
:
hide=.*a.*
traces
show_from=main
nodefraction=0.1
tree
raw
'''


def test_pprof():
    """A script prints the same bytes as in pprof, where it is installed."""
    if shutil.which('pprof') is None:
        print('skipped the comparison, no pprof')
        return
    for name, first, second in (('go-cpu.pb.gz', 'samples', 'cpu'),
                                ('go-heap.pb.gz', 'alloc_objects', 'inuse_space'),
                                ('go-mutex.pb.gz', 'contentions', 'delay'),
                                ('cpp-cpu.prof', 'samples', 'cpu'),
                                ('rust-cpu.pb', 'samples', 'cpu')):
        script = SCRIPT.format(first, second)
        arguments = ['-symbolize=none', f'{DATA}/{name}']
        theirs = run('pprof', arguments, script)
        ours = run(CPA, arguments, script)
        check(f'as pprof: {name}', ours[1] == theirs[1] and len(ours[1]) > 1000,
              f'{ours[2]}\n{theirs[2]}')


tests = [test_reports, test_completion, test_history, test_interrupts, test_signals, test_pager,
         test_plain, test_scripts, test_pprof]
only = sys.argv[1:]
try:
    for test in tests:
        if not only or test.__name__ in only:
            try:
                test()
            except Gone as problem:
                check(test.__name__, False, problem)
finally:
    shutil.rmtree(tmp, ignore_errors=True)
print(f'{counts[0]} passed, {counts[1]} failed')
sys.exit(1 if counts[1] else 0)
