# SPDX-License-Identifier: Apache-2.0
#
# tests/watch runs this.
import http.server
import os
import signal
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from terminal import Gone, Terminal

CPA = os.path.abspath(os.environ.get('CPA', './cpa'))
DATA = os.path.abspath(os.environ.get('TESTDATA', 'testdata'))
HEAP = open(f'{DATA}/go-heap.pb.gz', 'rb').read()
CPU = open(f'{DATA}/go-cpu.pb.gz', 'rb').read()
counts = [0, 0]


def check(what, ok, detail=''):
    counts[0 if ok else 1] += 1
    if not ok:
        print(f'failed: {what}\n{str(detail)[:2000]}')


class Handler(http.server.BaseHTTPRequestHandler):
    """First a profile, then an error, then another profile; /slow never answers."""
    asked = 0
    closing = threading.Event()

    def log_message(self, *args):
        pass

    def do_GET(self):
        if self.path == '/slow':
            Handler.closing.wait(60)
            return
        Handler.asked += 1
        body = [CPU, b'out of order', HEAP][min(Handler.asked, 3) - 1]
        self.send_response(500 if Handler.asked == 2 else 200)
        self.send_header('Content-Type', 'text/plain')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
at = f'127.0.0.1:{server.server_address[1]}'
env = {'PATH': os.environ['PATH'], 'HOME': '/nonexistent', 'TERM': 'xterm', 'TZ': 'UTC',
       'LC_ALL': 'C.UTF-8', 'PPROF_TMPDIR': '/nonexistent', 'PPROF_BINARY_PATH': '/nonexistent'}
env.update({k: v for k, v in os.environ.items() if k.endswith('SAN_OPTIONS')})


class Watch:
    def __init__(self, what, *arguments, rows=24, columns=100):
        self.what = what
        self.terminal = Terminal([CPA, 'watch', *arguments], env, rows, columns)
        self.before = self.terminal.modes()

    def __enter__(self):
        self.terminal.expect(r'\x1b\[\?1049h')
        return self.terminal

    def __exit__(self, kind, problem, trace):
        check(self.what, kind is None, problem)
        self.terminal.close()
        return kind is not None and issubclass(kind, (Gone, AssertionError))


def ends(terminal, status):
    """The screen is left, the modes are those from before."""
    code = terminal.wait()
    assert code == status, code
    assert '\x1b[?1049l' in terminal.text, terminal.text


with Watch('a server that fails once', f'{at}/heap', '-interval=200ms') as t:
    t.expect(r'Type: cpu')
    t.expect(r'\x1b\[31mhttp://127[^\r]*500 Internal Server Error - out of order')
    t.expect(r'Type: inuse_space')
    t.send('q')
    ends(t, 0)
check('it was asked again and again', Handler.asked >= 3, Handler.asked)
with Watch('a file, and another report', f'{DATA}/go-cpu.pb.gz', '-tree', '-interval=1000s') as t:
    t.expect(r'calls calls% \+ context')
    t.send(' ')
    t.expect(r'calls calls% \+ context')
    t.send('\x04')
    ends(t, 0)
with Watch('no more than fits', f'{DATA}/go-cpu.pb.gz', '-interval=1000s', rows=16, columns=40) as t:
    text = t.expect(r'\x1b\[J')
    text += t.expect(r'\x1b\[J')
    assert 'Showing top 6 nodes' in text, text
    assert all(len(line) < 90 for line in text.split('\r\n')[1:]), text
    t.resize(12, 60)
    os.kill(t.pid, signal.SIGWINCH)
    t.expect(r'\x1b\[J')
    t.send('q')
    ends(t, 0)
with Watch('a key while a server is slow', f'{at}/slow') as t:
    t.expect(r'\x1b\[J')
    t.send('q')
    ends(t, 0)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    with Watch(f'ended by {number.name}', f'{at}/slow') as t:
        t.expect(r'\x1b\[J')
        os.kill(t.pid, number)
        ends(t, -number)
with Watch('Ctrl-C', f'{at}/slow') as t:
    t.expect(r'\x1b\[J')
    t.send('\x03')
    ends(t, -signal.SIGINT)
for arguments, words in ((['./x', '-interval=often'], 'such as 10s'), (['./x', '-interval=0'], 'such as'),
                         ([], 'no profile source'), (['./x'], 'watch needs a terminal')):
    done = subprocess.run([CPA, 'watch', *arguments], capture_output=True, stdin=subprocess.DEVNULL)
    check(f'refused: {arguments}', done.returncode == 2 and words in done.stderr.decode(),
          done.stderr)
Handler.closing.set()
print(f'{counts[0]} passed, {counts[1]} failed')
sys.exit(1 if counts[1] else 0)
