# SPDX-License-Identifier: Apache-2.0
#
# tests/fetch runs this. Servers are threads of this program; each case is one run of cpa.
import gzip
import http.server
import os
import re
import shutil
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import zlib

CPA = os.path.abspath(os.environ.get('CPA', './cpa'))
DATA = os.path.abspath(os.environ.get('TESTDATA', 'testdata'))
CPU = open(f'{DATA}/go-cpu.pb.gz', 'rb').read()
OLD = open(f'{DATA}/go-cpu-old.pb.gz', 'rb').read()
HEAP = open(f'{DATA}/go-heap.pb.gz', 'rb').read()
DEADLINE = 60  # of any run: far beyond what it may take

tmp = tempfile.mkdtemp()
saved = f'{tmp}/saved'
counts = [0, 0]
barrier = threading.Barrier(3)
closing = threading.Event()


def check(what, ok, detail=''):
    counts[0 if ok else 1] += 1
    if not ok:
        print(f'failed: {what}\n{str(detail)[:2000]}')


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def answer(self, body, status=200, kind='application/octet-stream', **headers):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.end_headers()
        self.wfile.write(body)

    def go(self, to, status=302):
        self.answer(b'', status, Location=to)

    def do_GET(self):
        server = self.server
        server.seen.append((self.path, dict(self.headers)))
        path = self.path.split('?')[0].split('/')[-1]
        try:
            getattr(self, 'on_' + path, self.on_missing)()
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def on_cpu(self):
        self.answer(CPU)

    def on_heap(self):
        self.answer(HEAP)

    def on_slow(self):
        closing.wait(DEADLINE)

    def on_trickle(self):
        self.send_response(200)
        self.end_headers()
        while not closing.wait(0.2):
            self.wfile.write(b'x')

    def on_endless(self):
        self.send_response(200)
        self.end_headers()
        while not closing.is_set():
            self.wfile.write(b'x' * 65536)

    def on_promise(self):
        """Says that much more is to come than -max_size allows."""
        self.send_response(200)
        self.send_header('Content-Length', str(1 << 50))
        self.end_headers()
        self.wfile.write(b'x' * 1000)
        self.close_connection = True

    def on_short(self):
        self.send_response(200)
        self.send_header('Content-Length', '100000')
        self.end_headers()
        self.wfile.write(CPU[:100])
        self.close_connection = True

    def on_cut(self):
        self.answer(CPU[:len(CPU) // 2])

    def on_loop(self):
        self.go('/loop')

    def on_tofile(self):
        self.go('file:///etc/passwd')

    def on_toftp(self):
        self.go('ftp://127.0.0.1/x')

    def on_nowhere(self):
        self.answer(b'', 302)

    def on_silent(self):
        self.answer(b'', 503, 'text/plain')

    def on_moved(self):
        self.go('heap')

    def on_away(self):
        self.go(f'http://127.0.0.1:{other.server_address[1]}/heap')

    def on_bomb(self):
        self.answer(gzip.compress(bytes(50_000_000)), Content_Encoding='gzip')

    def on_packed(self):
        self.answer(gzip.compress(HEAP), Content_Encoding='gzip')

    def on_inner(self):
        self.answer(gzip.compress(gzip.decompress(HEAP) + b'\x32\x0ea string more.' * 200_000))

    def on_empty(self):
        self.answer(b'')

    def on_page(self):
        self.answer(b'<!DOCTYPE html><html><title>Log in</title></html>', kind='text/html')

    def on_gateway(self):
        self.answer(b'<html><head><title>No backend</title></head></html>', 502, 'text/html')

    def on_busy(self):
        self.answer(b'cpu profiling already in use\n', 500, 'text/plain; charset=utf-8',
                    X_Go_Pprof='1')

    def on_escape(self):
        self.answer(b'\x1b[31mred\x1b[0m\x07 alert', 500, 'text/plain')

    def on_essay(self):
        self.answer(b'blah ' * 1_000_000, 500, 'text/plain')

    def on_private(self):
        if self.headers.get('Authorization') == 'Bearer s3cret':
            self.on_heap()
        else:
            self.answer(b'who are you?', 401, 'text/plain')

    def on_together(self):
        """Answers when three ask at a time; the first one last."""
        barrier.wait(DEADLINE)
        if 'last' in self.path:
            time.sleep(0.3)
        self.answer(OLD if 'old' in self.path else CPU)

    def on_garbage(self):
        self.connection.sendall(b'\x00\xff\x00 this is no HTTP\r\n\r\n')
        self.close_connection = True

    def on_missing(self):
        self.answer(b'404 page not found\n', 404, 'text/plain; charset=utf-8')


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client):
        pass


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self):
        request, _ = super().get_request()
        return request, ('socket', 0)


def serve(server):
    server.seen = []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


def run(*args, program=CPA, **env):
    base = {'PATH': os.environ['PATH'], 'HOME': f'{tmp}/home', 'TMPDIR': f'{tmp}/tmp',
            'PPROF_TMPDIR': saved, 'TZ': 'UTC'}
    base.update({k: v for k, v in os.environ.items() if k.endswith('SAN_OPTIONS')})
    base.update(env)
    done = subprocess.run([program, *args], capture_output=True, stdin=subprocess.DEVNULL,
                          timeout=DEADLINE, env={k: v for k, v in base.items() if v is not None})
    return done.returncode, done.stdout.decode(), done.stderr.decode('utf-8', 'replace')


def fails(what, args, pattern, **env):
    before = sorted(os.listdir(saved))
    code, out, err = run('-top', *args, **env)
    ok = code == 1 and out == '' and re.search(pattern, err) is not None
    ok = ok and '\x1b' not in err and len(err) < 2000
    ok = ok and before == sorted(os.listdir(saved)) and not os.listdir(f'{tmp}/tmp')
    check(what, ok, f'{code} {out!r}\n{err}')


def same(what, args, files, **env):
    """The report of what is fetched is that of the same profiles as files."""
    report = args.pop(0) if args[0] == '-traces' else '-top'
    code, out, err = run(report, '-nosave', *args, **env)
    expect = run(report, *files)[1]
    check(what, code == 0 and out == expect and out != '', f'{code} {out[:500]!r}\n{err}')
    return err


os.makedirs(saved)
os.makedirs(f'{tmp}/tmp')
os.makedirs(f'{tmp}/home')
web = serve(Server(('127.0.0.1', 0), Handler))
other = serve(Server(('127.0.0.1', 0), Handler))
sock = serve(UnixServer(f'{tmp}/app.sock', Handler))
port = web.server_address[1]
at = f'http://127.0.0.1:{port}'
cpu_file = f'{DATA}/go-cpu.pb.gz'
heap_file = f'{DATA}/go-heap.pb.gz'


def test_success():
    err = same('a profile', [f'{at}/cpu'], [cpu_file])
    check('which URL is announced', err == f'Fetching profile over HTTP from {at}/cpu\n', err)
    same('host:port/path', [f'127.0.0.1:{port}/heap'], [heap_file])
    same('packed for transport', [f'{at}/packed'], [heap_file])
    same('a redirect', [f'{at}/moved'], [heap_file])
    same('a base', [f'-base={at}/heap', f'{at}/heap'], [f'-base={heap_file}', heap_file])
    same('three at a time, in the order of the arguments',
         ['-traces', f'{at}/together?old&last', f'{at}/together', f'{at}/together'],
         [f'{DATA}/go-cpu-old.pb.gz', cpu_file, cpu_file])
    same('a file and a URL', [cpu_file, f'{at}/cpu'], [cpu_file, cpu_file])
    same('a Unix socket', [f'unix://{tmp}/app.sock/debug/heap'], [heap_file])
    same('a Unix socket, split by a colon', [f'unix://{tmp}/app.sock:/heap'], [heap_file])
    code, out, err = run('-top', f'{at}/nothing', f'{at}/cpu', '-nosave')
    check('one of two fails', code == 0 and '404 Not Found' in err and out != '' and
          'Fetched 1 source profiles out of 2' in err, err)


def test_query():
    web.seen.clear()
    code, out, err = run('-top', '-nosave', '-seconds=7', f'{at}/cpu?z=1&seconds=3&a=b c&a=%2F')
    path = web.seen[0][0]
    check('the query is encoded anew', path == '/cpu?a=b+c&a=%2F&seconds=7&z=1', path)
    check('how long it takes is said', 'Please wait... (7s)\n' in err, err)
    run('-top', '-nosave', f'127.0.0.1:{port}')
    check('the path of a bare host', web.seen[-1][0] == '/debug/pprof/profile', web.seen[-1][0])


def test_headers():
    web.seen.clear()
    other.seen.clear()
    same('a header lets in', [f'{at}/private', '-header=Authorization: Bearer s3cret'],
         [heap_file])
    fails('no header', [f'{at}/private'], r'401 Unauthorized - who are you\?; -header')
    same('two headers, and a redirect elsewhere',
         [f'{at}/away', '-header', 'X-Key: k1', '-header', 'X-Other: k2'], [heap_file])
    first = [h for path, h in web.seen if path == '/away'][0]
    then = other.seen[0][1]
    check('headers are sent', first.get('X-Key') == 'k1' and first.get('X-Other') == 'k2', first)
    check('they stay with their server', 'X-Key' not in then and 'X-Other' not in then, then)
    code, out, err = run('-top', f'{at}/cpu', '-header=no header')
    check('a header that is none', code == 2 and "-header='Name: value'" in err, err)
    code, out, err = run('-top', f'{at}/cpu', '-header=X: a\r\nEvil: b')
    check('a header that smuggles', code == 2, err)
    web.seen.clear()
    code, out, err = run('-top', '-nosave', f'http://user:hush@127.0.0.1:{port}/cpu')
    check('a password is sent, not shown', code == 0 and 'hush' not in err and
          'Authorization' in web.seen[0][1], err)


def test_failures():
    fails('endless', [f'{at}/endless', '-max_size=1MB'], 'more than 1048576 bytes.*-max_size')
    fails('promised size', [f'{at}/promise', '-max_size=1MB'], 'cpa: http')
    fails('wrong length', [f'{at}/short'], 'transfer closed|closed with')
    fails('cut gzip', [f'{at}/cut'], 'gzip')
    fails('redirect loop', [f'{at}/loop'], 'stopped after 10 redirects')
    fails('redirect to a file', [f'{at}/tofile'], r'redirects to file:///etc/passwd, which is ref')
    fails('redirect to ftp', [f'{at}/toftp'], 'redirects to ftp://127.0.0.1/x, which is refused')
    fails('redirect to nowhere', [f'{at}/nowhere'], 'server response: 302 Found')
    fails('an error without a word', [f'{at}/silent'], 'response: 503 Service Unavailable$')
    fails('bomb in transport', [f'{at}/bomb', '-max_size=1MB'], 'more than 1048576 bytes')
    fails('bomb in the profile', [f'{at}/inner', '-max_size=1MB'], 'more than 1048576 bytes unp')
    fails('empty', [f'{at}/empty'], 'empty')
    fails('a page', [f'{at}/page'], 'HTML')
    fails('a page as an error', [f'{at}/gateway'], '502 Bad Gateway - No backend')
    fails('an error of a handler', [f'{at}/busy'],
          '500 Internal Server Error - cpu profiling already in use')
    fails('control characters', [f'{at}/escape'], r'\\x1b\[31mred\\x1b\[0m\\x07 alert')
    fails('a long error', [f'{at}/essay'], '500 Internal Server Error - blah blah')
    fails('no such path', [f'{at}/nothing'], '404 Not Found - 404 page not found')
    fails('no HTTP', [f'{at}/garbage'], 'cpa: http')
    fails('nobody listens', ['http://127.0.0.1:1/x'], 'connect')
    fails('no such scheme', ['gopher://127.0.0.1/x'], 'not gopher')
    fails('no such socket', [f'unix://{tmp}/none.sock/heap'], 'no part of this path is a socket')
    fails('a missing file', ['none.pb.gz'], 'No such file')
    fails('all of two', [f'{at}/empty', f'{at}/nothing'], 'failed to fetch any source profiles')


def test_timeouts():
    """Both take timeout + 5 seconds; they wait side by side."""
    def one(path):
        begin = time.monotonic()
        fails(f'timeout, {path}', ['-timeout=1', f'{at}/{path}'], 'no complete answer within 6 s')
        check(f'in time, {path}', time.monotonic() - begin < 40)
    return [threading.Thread(target=one, args=(path,)) for path in ('slow', 'trickle')]


def test_proxy():
    web.seen.clear()
    name = 'http://profiles.invalid/heap'
    same('a proxy', [name], [heap_file], HTTP_PROXY=at)
    check('it got the whole URL', name in [path for path, headers in web.seen], web.seen)
    same('in lower case', [name], [heap_file], http_proxy=at)
    fails('an exception', [name], 'resolve|connect', HTTP_PROXY=at, NO_PROXY='profiles.invalid')
    same('loopback goes without', [f'{at}/cpu'], [cpu_file], HTTP_PROXY='http://127.0.0.1:1')


def test_tls():
    if shutil.which('openssl') is None:
        print('skipped TLS, no openssl')
        return
    cert, key = f'{tmp}/cert.pem', f'{tmp}/key.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                    'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert,
                    '-days', '2', '-subj', '/CN=localhost', '-addext',
                    'subjectAltName=DNS:localhost'], check=True, capture_output=True)

    def tls(client):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        if client:
            context.load_verify_locations(cert)
            context.verify_mode = ssl.CERT_REQUIRED
        server = Server(('127.0.0.1', 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
        return serve(server).server_address[1]

    plain, strict = tls(False), tls(True)
    fails('a certificate nobody vouches for', [f'https://localhost:{plain}/heap'],
          'https\\+insecure://')
    same('https+insecure', [f'https+insecure://localhost:{plain}/heap'], [heap_file])
    same('-tls_ca', [f'https://localhost:{plain}/heap', f'-tls_ca={cert}'], [heap_file])
    fails('the wrong name', [f'https://127.0.0.1:{plain}/heap', f'-tls_ca={cert}'], 'cpa: https')
    fails('plain HTTP under https', [f'https://127.0.0.1:{port}/heap'], 'cpa: https')
    fails('no client certificate', [f'https://localhost:{strict}/heap', f'-tls_ca={cert}'],
          'cpa: https')
    same('a client certificate', [f'https://localhost:{strict}/heap', f'-tls_ca={cert}',
                                  f'-tls_cert={cert}', f'-tls_key={key}'], [heap_file])
    code, out, err = run('-top', f'https://localhost:{strict}/heap', f'-tls_key={key}')
    check('half a pair', code == 2 and
          '-tls_key is specified, so -tls_cert must also be specified' in err, err)
    fails('a missing certificate', [f'https://localhost:{plain}/heap', '-tls_ca=/nowhere'],
          '-tls_ca: .*/nowhere')


def plain_file(path):
    return gzip.decompress(open(path, 'rb').read())


def test_saving():
    code, out, err = run('-top', f'{at}/cpu', '-add_comment=kept')
    name = f'{saved}/pprof.shop.samples.cpu.001.pb.gz'
    check('a copy is saved', f'Saved profile in {name}\n' in err and os.path.exists(name), err)
    check('for its owner only', os.stat(name).st_mode & 0o777 == 0o600)
    check('with the comment', 'kept' in run('-comments', name)[1])
    err = run('-top', f'{at}/cpu')[2]
    check('the next name', name.replace('001', '002') in err, err)
    err = run('-top', f'{at}/cpu', PPROF_TMPDIR=None)[2]
    check('in ~/pprof', f'{tmp}/home/pprof/pprof.shop.samples.cpu.001.pb.gz' in err, err)
    code, out, err = run('-top', f'{at}/cpu', PPROF_TMPDIR='/dev/null/x', HOME='/dev/null')
    check('no folder of one\'s own', code == 0 and 'Could not use temp dir /dev/null/x' in err and
          f'{tmp}/tmp/pprof.shop' in err, err)
    for left in os.listdir(f'{tmp}/tmp'):
        os.unlink(f'{tmp}/tmp/{left}')
    n = len(os.listdir(saved))
    run('-top', cpu_file)
    run('-top', f'{at}/cpu', '-nosave')
    check('files and -nosave leave no copy', n == len(os.listdir(saved)))


def test_pprof():
    """The same words and the same copy as pprof, where it is installed."""
    if shutil.which('pprof') is None:
        print('skipped the comparison, no pprof')
        return
    for arguments in (['/cpu?x=2&b=1'], ['/heap', '/heap'], ['/busy', '/cpu'], ['-seconds=3', '/cpu']):
        words = [at + a if a[0] == '/' else a for a in arguments]
        results = []
        for program in ('pprof', CPA):
            shutil.rmtree(saved)
            os.makedirs(saved)
            code, out, err = run('-top', '-symbolize=none', *words, program=program)
            copy = [plain_file(f'{saved}/{name}') for name in sorted(os.listdir(saved))]
            lines = sorted(re.sub(r'^.*: server', 'URL: server', line).rstrip()
                           for line in err.splitlines() if line.strip())
            results.append((out, lines, copy))
        check(f'as pprof: {arguments}', results[0] == results[1],
              f'{results[0][1]}\n{results[1][1]}\n{[len(c) for c in results[0][2]]} '
              f'{[len(c) for c in results[1][2]]} {results[0][0] == results[1][0]}')


GO_PROGRAM = '''package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	http.Serve(l, nil)
}
'''


def test_go():
    if shutil.which('go') is None:
        print('skipped net/http/pprof, no go')
        return
    os.makedirs(f'{tmp}/go')
    with open(f'{tmp}/go/server.go', 'w') as f:
        f.write(GO_PROGRAM)
    try:
        subprocess.run(['go', 'build', '-o', 'server', 'server.go'], cwd=f'{tmp}/go', check=True,
                       capture_output=True, timeout=90, env=dict(os.environ, GOTOOLCHAIN='local'))
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
        print(f'skipped net/http/pprof: {problem}')
        return
    server = subprocess.Popen([f'{tmp}/go/server'], stdout=subprocess.PIPE)
    try:
        host = server.stdout.readline().decode().strip()
        for name in ('heap', 'goroutine', 'allocs', 'threadcreate', 'heap?debug=1',
                     'goroutine?debug=1'):
            code, out, err = run('-top', '-nosave', f'{host}/debug/pprof/{name}')
            check(f'Go: {name}', code == 0 and 'Showing nodes' in out, err)
        code, out, err = run('-top', '-nosave', '-seconds=1', host)
        check('Go: a second of CPU', code == 0 and 'Duration: ' in out, out + err)
        fails('Go: an unknown profile', [f'{host}/debug/pprof/none'],
              '404 Not Found - Unknown profile')
    finally:
        server.kill()
        server.wait()


try:
    waiting = test_timeouts()
    test_success()
    test_query()
    test_headers()
    test_failures()
    for thread in waiting:
        thread.start()
    test_proxy()
    test_tls()
    for thread in waiting:
        thread.join()
    test_saving()
    test_pprof()
    test_go()
finally:
    closing.set()
    shutil.rmtree(tmp, ignore_errors=True)
print(f'{counts[0]} passed, {counts[1]} failed')
sys.exit(1 if counts[1] else 0)
