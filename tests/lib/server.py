# SPDX-License-Identifier: Apache-2.0
#
# tests/server runs this. Waits are bounded far above what anything may take, so that a busy machine
# fails nothing; times are looked at only where something must not hang.
import argparse
import gzip
import http.client
import json
import os
import random
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

CPA = os.path.abspath(os.environ.get('CPA', './cpa'))
DATA = os.path.abspath(os.environ.get('TESTDATA', 'testdata'))
DEADLINE = 60

ap = argparse.ArgumentParser()
ap.add_argument('--load', type=float, metavar='SECONDS')
ap.add_argument('--profile', default=f'{DATA}/go-cpu.pb.gz')
args = ap.parse_args()

tmp = tempfile.mkdtemp()
counts = [0, 0]


def check(what, ok, detail=''):
    counts[0 if ok else 1] += 1
    if not ok:
        print(f'failed: {what}\n{str(detail)[:2000]}', flush=True)


class Server:
    """A cpa -http that ends with the block."""

    def __init__(self, *words, http='localhost:0'):
        env = dict(os.environ, XDG_CONFIG_HOME=f'{tmp}/config')
        self.log = open(f'{tmp}/log', 'w+')
        self.process = subprocess.Popen([CPA, f'-http={http}', '-no_browser', *words],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=self.log, env=env)
        end = time.monotonic() + DEADLINE
        self.url = None
        while self.url is None and time.monotonic() < end and self.process.poll() is None:
            found = re.search(r'Serving web UI on (http://(.*?):(\d+)\S*)', open(f'{tmp}/log').read())
            if found:
                self.url, self.port = found.group(1), int(found.group(3))
            else:
                time.sleep(0.02)
        text = open(f'{tmp}/log').read()
        if self.url is None and 'libmicrohttpd' in text:
            print(f'skipped: {text.strip()}', flush=True)
            shutil.rmtree(tmp)
            os._exit(77)
        if self.url is None:
            raise SystemExit(f'the server does not start: {open(f"{tmp}/log").read()}')

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return 'does not end'

    def get(self, path, method='GET', headers=None, body=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=DEADLINE)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            data = answer.read()
            if answer.getheader('Content-Encoding') == 'gzip':
                data = gzip.decompress(data)
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, data
        finally:
            connection.close()

    def raw(self, data, patience=DEADLINE):
        """What the server says to these bytes until it closes, b'' if it just closes."""
        with socket.create_connection(('127.0.0.1', self.port), timeout=patience) as s:
            out = b''
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                while True:
                    got = s.recv(65536)
                    if not got:
                        return out
                    out += got
            except OSError:
                return out

    def rss_kib(self):
        status = open(f'/proc/{self.process.pid}/status').read()
        return int(re.search(r'VmRSS:\s+(\d+)', status).group(1))


def status_of(raw):
    found = re.match(rb'HTTP/1\.[01] (\d+)', raw)
    return int(found.group(1)) if found else None


def test_pages(s):
    for path, status, to in [('/', 307, '/ui'), ('/?f=x', 307, '/ui?f=x'), ('/ui', 307, '/ui/'),
                             ('/ui?f=x', 307, '/ui/?f=x'), ('/nothing/at?all=1', 307, '/ui?all=1'), ('/top', 307, '/ui'),
                             ('/ui/', 301, 'flamegraph'), ('/ui/?f=a%2Bb', 301, 'flamegraph?f=a%2Bb'),
                             ('/ui/flamegraph2?a=b', 301, 'flamegraph?a=b'),
                             ('/ui/flamegraphold', 301, 'flamegraph')]:
        got = s.get(path)
        check(f'{path} leads on', (got[0], got[1].get('location')) == (status, to), got)
    for name in 'flamegraph graph top peek source disasm sandwich tags diff'.split():
        status, headers, body = s.get(f'/ui/{name}?f=x')
        check(f'/ui/{name} is a page', status == 200 and b'<!DOCTYPE html>' in body and
              headers['content-type'].startswith('text/html'), (status, headers))
    policy = headers['content-security-policy']
    check('the policy has no way round',
          "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and
          'unsafe' not in policy and '*' not in policy, policy)
    check('headers keep others out', headers['x-content-type-options'] == 'nosniff' and
          headers['referrer-policy'] == 'no-referrer' and
          headers['cross-origin-resource-policy'] == 'same-origin', headers)
    page = body.decode()
    check('the page has no inline script or style',
          not re.search(r'<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=', page), page)
    for name in re.findall(r'(?:src|href)="(static/[^"]+)"', page):
        check(f'{name} is served', s.get(f'/ui/{name}')[0] == 200)
    check('unknown addresses', all(s.get(p)[0] == 404 for p in ['/ui/nothing', '/api/nothing', '/api', '/ui/top/']))


def test_conversation(s):
    gz = {'Accept-Encoding': 'gzip'}
    status, headers, packed = s.get('/api/flamegraph', headers=gz)
    check('compressed', headers.get('content-encoding') == 'gzip' and headers['vary'] == 'Accept-Encoding')
    plain = s.get('/api/flamegraph')
    check('the same without compression', plain[2] == packed and
          'content-encoding' not in plain[1], plain[1])
    json.loads(packed)
    again = s.get('/api/flamegraph', headers={'If-None-Match': headers['etag'], **gz})
    check('not modified', again[0] == 304 and again[2] == b'' and again[1]['etag'] == headers['etag'], again[:2])
    head = s.get('/api/flamegraph', 'HEAD')
    check('HEAD has no body', head[0] == 200 and head[2] == b'' and
          head[1]['content-length'] == str(len(packed)), head)
    options = s.get('/api/top', 'OPTIONS')
    check('OPTIONS', options[0] == 204 and options[1]['allow'] == 'GET,HEAD,OPTIONS', options)
    for method in ['POST', 'PUT', 'DELETE', 'TRACE', 'PATCH', 'X-UNKNOWN']:
        got = s.get('/api/top', method)
        check(f'{method} is refused', got[0] == 405 and 'allow' in got[1], got)
    check('GET changes nothing', s.get('/ui/saveconfig?config=x')[0] == 405)
    connection = http.client.HTTPConnection('127.0.0.1', s.port, timeout=DEADLINE)
    for i in range(5):
        connection.request('GET', f'/api/top?limit={i + 1}')
        answer = connection.getresponse()
        names = json.loads(answer.read())['rows']['name']
        check('one connection, many requests', len(names) == i + 1, names)
    connection.close()
    name, body = s.get('/ui/download')[1:]
    check('download', name['content-disposition'] == 'attachment;filename=profile.pb.gz' and
          body[:2] == b'\x1f\x8b', name)


def test_settings(s):
    def configs(query=''):
        return json.loads(s.get(f'/api/profile{query}')[2])['configs']
    check('only the default at first', [c['name'] for c in configs()] == ['Default'])
    check('saved', s.get('/ui/saveconfig?config=a%20b&f=main&trim=f', 'POST')[0] == 200)
    saved = json.load(open(f'{tmp}/config/pprof/settings.json'))
    check('the file has it', saved['configs'][0]['name'] == 'a b' and
          saved['configs'][0]['focus'] == 'main' and 'trim' not in saved['configs'][0], saved)
    menu = configs('?f=main&trim=f&si=cpu')
    check('the menu has it', menu[1] == {'name': 'a b', 'url': '?f=main&si=cpu&trim=f', 'current': True,
                                         'user': True} and not menu[0]['current'], menu)
    for headers in [{'Origin': 'http://evil.example'}, {'Sec-Fetch-Site': 'cross-site'},
                    {'Sec-Fetch-Site': 'same-site'}, {'Origin': 'null'}]:
        check(f'refused from elsewhere: {headers}',
              s.get('/ui/deleteconfig?config=a%20b', 'POST', headers)[0] == 403)
        check(f'computes nothing for others: {headers}', s.get('/api/top', headers=headers)[0] == 403)
    check('a link from elsewhere', s.get('/ui/top', headers={'Sec-Fetch-Site': 'cross-site'})[0] == 200)
    own = {'Origin': f'http://127.0.0.1:{s.port}', 'Sec-Fetch-Site': 'same-origin'}
    check('deleted', s.get('/ui/deleteconfig?config=a%20b', 'DELETE', own)[0] == 200 and len(configs()) == 1)
    check('bad option', s.get('/ui/saveconfig?config=y&n=x', 'POST')[0] == 400)
    open(f'{tmp}/config/pprof/settings.json', 'w').write('{"configs": [')
    check('a broken file', len(configs()) == 1 and s.get('/ui/saveconfig?config=y', 'POST')[0] == 500)
    os.remove(f'{tmp}/config/pprof/settings.json')


def test_hostile(s):
    host = f'Host: localhost:{s.port}\r\n'
    end = 'Connection: close\r\n\r\n'

    def ask(line, headers=host):
        return s.raw(f'{line} HTTP/1.1\r\n{headers}{end}'.encode('latin-1'))

    cases = [
        ('GET /../../etc/passwd', 400), ('GET /ui/static/../../../etc/passwd', 400),
        ('GET /ui/static/%2e%2e/%2e%2e/etc/passwd', 400), ('GET /ui/static/..%2f..%2fx', 400),
        ('GET /ui/static//etc/passwd', 404), ('GET /ui/static/', 404), ('GET //', 307),
        ('GET /api/top?f=%', 400), ('GET /api/top?f=%zz', 400), ('GET /api/top?f=%00', 400),
        ('GET /api/top?f=%ff%fe', 400), ('GET /%00', 400), ('GET *', 400),
        ('GET /api/top?' + 'a=b&' * 500, 400), ('GET /api/top?f=' + 'x' * 9000, 400),
        ('GET /api/flamegraph?at=99999999999999999999.1', 400), ('GET /api/flamegraph?at=-1.-1', 400),
        ('GET /api/flamegraph?px=1e308', 400), ('GET /api/top?si=../../x', 400),
        ('GET http://localhost/api/top?n=1', 200), ('BREW /api/top', 405),
    ]
    for line, status in cases:
        got = ask(line)
        check(f'{line[:60]} is {status}', status_of(got) == status or
              (status == 400 and len(line) > 500 and status_of(got) in (400, 414)), got[:300])
    long = ask('GET /' + 'a' * 20000)
    check('a URL of 20,000 bytes', status_of(long) in (400, 414), long[:200])
    huge = ask('GET /' + 'a' * 200000)
    check('a URL of 200,000 bytes', status_of(huge) in (None, 400, 413, 414, 431), huge[:200])
    wide = ask('GET /api/top', host + ''.join(f'X-{i}: {"y" * 200}\r\n' for i in range(2000)))
    check('2,000 headers', status_of(wide) in (None, 400, 413, 431), wide[:200])
    for name in ['evil.example', f'evil.example:{s.port}', 'localhost.evil.example', '169.254.1.1', '[::2]', '']:
        check(f'Host: {name} is refused', status_of(ask('GET /api/top', f'Host: {name}\r\n')) in (400, 403))
    for pair in ['Host: localhost\r\nHost: localhost\r\n', 'Host: localhost\r\nhost: evil.example\r\n']:
        check(f'two Hosts are refused: {pair!r}', status_of(ask('GET /api/top', pair)) == 400)
    check('no Host is refused', status_of(ask('GET /api/top', '')) in (400, 403))
    split = ask('GET /?a%0d%0aSet-Cookie:%20x=y')
    check('no header can be smuggled in', b'\r\nSet-Cookie' not in split, split)
    noise = random.Random(1)
    for i in range(40):
        # Half a request: the server waits for the rest of it.
        s.raw(bytes(noise.randrange(256) for _ in range(noise.randrange(400))), 0.05)
        line = ''.join(noise.choice('/?&=%.;:ab0\x7f\xff+#') for _ in range(noise.randrange(60)))
        ask('GET /' + line.replace('\r', '').replace('\n', ''))
    body = s.raw(f'POST /ui/deleteconfig?config=x HTTP/1.1\r\n{host}Content-Length: 999999999\r\n{end}'.encode())
    check('a body of a gigabyte', status_of(body) in (None, 413), body[:200])
    body = s.get('/ui/deleteconfig?config=x', 'POST', body=b'z' * 1000)
    check('a body that is not needed', body[0] == 400, body)
    check('it still answers', s.get('/api/top')[0] == 200)


def test_regexps(s):
    slow = ['(a?){1000}b', '((((a?){10}){10}){10})$', '(.?){1000}zzz', '(?i)(\\p{L}?){1000}\\p{N}']
    from urllib.parse import quote
    results = []

    def ask(path):
        results.append((path, s.get(path)[0]))

    threads = [threading.Thread(target=ask, args=(f'/api/{view}={quote(re)}',))
               for re in slow for view in ('flamegraph?f', 'search?q', 'top?tf')]
    for t in threads:
        t.start()
    began = time.monotonic()
    check('others are served meanwhile', s.get('/ui/top')[0] == 200 and
          time.monotonic() - began < DEADLINE / 2)
    for t in threads:
        t.join(DEADLINE)
    check('heavy regexps end', len(results) == len(threads) and
          all(status in (200, 400) for _, status in results), results)


def test_crowds(s, n_idle):
    idle = [socket.create_connection(('127.0.0.1', s.port), timeout=DEADLINE) for _ in range(n_idle)]
    half = [socket.create_connection(('127.0.0.1', s.port), timeout=DEADLINE) for _ in range(20)]
    for c in half:
        c.sendall(b'GET /api/top HTTP/1.1\r\nHost: local')
    check(f'answers beside {n_idle} idle connections', s.get('/api/top')[0] == 200)
    # Clients that do not read their answers.
    for c in half[:10]:
        c.sendall(f'host:{s.port}\r\n\r\n'.encode() +
                  f'GET /api/graph HTTP/1.1\r\nHost: localhost:{s.port}\r\n\r\n'.encode() * 20)
    check('answers beside clients that do not read', s.get('/api/top?n=3')[0] == 200)
    for c in idle + half:
        c.close()
    # Clients that go away while a worker computes.
    for i in range(20):
        c = socket.create_connection(('127.0.0.1', s.port), timeout=DEADLINE)
        c.sendall(f'GET /api/flamegraph?px={200 + i} HTTP/1.1\r\nHost: localhost:{s.port}\r\n\r\n'.encode())
        c.close()
    check('answers after clients went away', s.get('/api/top')[0] == 200)


VIEWS = ['/ui/flamegraph', '/ui/static/main.js', '/api/profile', '/api/flamegraph', '/api/flamegraph?f={}',
         '/api/flamegraph?reverse=t&h={}', '/api/flamegraph?px={n}', '/api/sandwich?p={}', '/api/search?q={}',
         '/api/top?i={}', '/api/graph?n={n}', '/api/peek?f={}', '/api/tags', '/api/download?format=folded',
         '/api/download?format=svg&view=graph&n={n}', '/api/top?f=(', '/api/nothing']
WORDS = ['main', 'runtime', 'json', 'sync', 'a', 'Read', 'x+y', 'malloc', 'nothing', 'enc.*|dec']


def load(s, seconds, n_threads=8):
    end = time.monotonic() + seconds
    bad, done, rss = [], [0] * n_threads, []

    def run(k):
        noise = random.Random(k)
        connection = None
        while time.monotonic() < end:
            path = noise.choice(VIEWS)
            path = path.replace('{n}', str(noise.randrange(100, 140))).replace('{}', noise.choice(WORDS))
            try:
                if connection is None:
                    connection = http.client.HTTPConnection('127.0.0.1', s.port, timeout=DEADLINE)
                connection.request('GET', path, headers={'Accept-Encoding': noise.choice(['gzip', ''])})
                answer = connection.getresponse()
                answer.read()
                wanted = {'/api/top?f=(': 400, '/api/nothing': 404}.get(path, 200)
                if answer.status != wanted:
                    bad.append((path, answer.status))
                done[k] += 1
                if noise.random() < 0.05:
                    connection.close()
                    connection = None
            except OSError as error:
                bad.append((path, error))
                connection = None
    threads = [threading.Thread(target=run, args=(k,)) for k in range(n_threads)]
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads):
        time.sleep(min(1, seconds / 8))
        rss.append(s.rss_kib())
    for t in threads:
        t.join()
    check('every answer under load is right', not bad, bad[:5])
    check('there were answers', sum(done) > 0)
    return sum(done), rss


def test_token():
    with Server('-http_token=s3cret&x', args.profile) as s:
        check('the address has the token', '/ui/?token=s3cret%26x' in s.url, s.url)
        check('nothing without it', s.get('/api/top')[0] == 401 and s.get('/ui/')[0] == 401 and
              s.get('/ui/static/main.js')[0] == 401)
        check('who is refused is told how', s.get('/api/top')[1].get('www-authenticate', '').startswith('Bearer'))
        check('nothing with a wrong one', s.get('/api/top?token=x')[0] == 401 and
              s.get('/api/top', headers={'Authorization': 'Bearer x'})[0] == 401 and
              s.get('/api/top', headers={'Cookie': f'cpa_token_{s.port}=x'})[0] == 401)
        status, headers, _ = s.get('/ui/top?token=s3cret%26x&f=a')
        cookie = headers.get('set-cookie', '')
        check('traded for a cookie', status == 303 and headers['location'] == '/ui/top?f=a' and
              'HttpOnly' in cookie and 'SameSite=Lax' in cookie, headers)
        away = s.get('//evil.example/x?token=s3cret%26x')
        check('the token leads nowhere else', away[1].get('location') == '/', away[:2])
        check('the cookie opens', s.get('/api/top', headers={'Cookie': 'a=b; ' + cookie.split(';')[0]})[0] == 200)
        check('so does a header', s.get('/api/top', headers={'Authorization': 'Bearer s3cret&x'})[0] == 200)
        check('by any name', s.get('/api/top', headers={'Authorization': 'Bearer s3cret&x', 'Host': 'proxy.example'})[0] == 200)
    with Server('-http_token=auto', args.profile) as s:
        check('a token is made up', re.search(r'token=[0-9a-f]{32}$', s.url) is not None, s.url)


def test_end():
    for number in (signal.SIGINT, signal.SIGTERM):
        s = Server(args.profile)
        s.get('/api/top')
        began = time.monotonic()
        code = s.stop(number)
        check(f'{number.name} ends it', code == 0 and time.monotonic() - began < DEADLINE / 2, code)
    # In the middle of a computation, with open connections.
    s = Server(args.profile)
    open_ones = []
    for i in range(10):
        c = socket.create_connection(('127.0.0.1', s.port), timeout=DEADLINE)
        c.sendall(f'GET /api/search?q=(a%3F)%7B{900 + i}%7Db HTTP/1.1\r\nHost: localhost:{s.port}\r\n\r\n'.encode())
        open_ones.append(c)
    time.sleep(0.05)
    check('ends while it computes', s.stop() == 0)
    for c in open_ones:
        c.close()
    taken = socket.create_server(('127.0.0.1', 0))
    got = subprocess.run([CPA, f'-http=127.0.0.1:{taken.getsockname()[1]}', '-no_browser', args.profile],
                         capture_output=True, text=True, timeout=DEADLINE)
    check('a port that is taken', got.returncode == 1 and 'in use' in got.stderr, got)
    taken.close()


def test_diff():
    with Server('diff', f'{DATA}/go-cpu-old.pb.gz', f'{DATA}/go-cpu-new.pb.gz') as s:
        profile = json.loads(s.get('/api/profile')[2])
        check('a comparison', profile['has_base'] and
              [v['available'] for v in profile['views'] if v['name'] == 'diff'] == [True], profile['views'])
        check('its table', json.loads(s.get('/api/diff')[2])['table']['report'] == 'diff')
        check('its flame graph', json.loads(s.get('/api/flamegraph')[2])['compares'])


def varint(n):
    return bytes([n & 127 | 128]) + varint(n >> 7) if n > 127 else bytes([n])


def number(field, n):
    return varint(field << 3) + varint(n)


def block(field, data):
    return varint(field << 3 | 2) + varint(len(data)) + data


def test_sources():
    """A source file that appears, and one that changes, while the server runs."""
    texts = ['', 'cpu', 'nanoseconds', 'work', f'{tmp}/work.c']
    with open(f'{tmp}/work.pb', 'wb') as f:
        f.write(block(1, number(1, 1) + number(2, 2)) + block(2, number(1, 1) + number(2, 5)) +
                block(4, number(1, 1) + block(4, number(1, 1) + number(2, 1))) +
                block(5, number(1, 1) + number(2, 3) + number(4, 4)) +
                b''.join(block(6, text.encode()) for text in texts))
    with Server(f'{tmp}/work.pb') as s:
        s.get('/api/source?f=work')
        for text in ['first();', 'second();']:
            with open(f'{tmp}/work.c', 'w') as f:
                f.write(f'{text}\n')
            answer = s.get('/api/source?f=work')[2].decode()
            check('the source as it is now', text in answer, answer)


def test_depths():
    """60,000 callees of one function, and a stack of 10,000 frames: nothing is cut off for good."""
    with open(f'{tmp}/odd.folded', 'w') as f:
        f.write(''.join(f'wide;f{i} 1\n' for i in range(60000)))
        f.write(';'.join(f'd{i}' for i in range(10000)) + ' 60000\n')
    with Server(f'{tmp}/odd.folded') as s:
        def ask(path):
            return json.loads(s.get(path)[2])
        first = ask('/api/flamegraph')
        check('a deep stack', first['max_depth'] >= 10000 and len(first['tree']['nodes']['kids']) >= 10000,
              first['max_depth'])
        check('narrow callees are counted', first['tree']['hidden']['count'] == [60000],
              first['tree']['hidden'])
        parent = first['tree']['hidden']['node'][0]
        run = sum(first['tree']['nodes']['stack'][: parent + 1])
        for at in [f'{run}.1', f"{first['tree']['nodes']['stack'][parent]}.1"]:
            near = ask(f'/api/flamegraph?at={at}&px=60000')
            if len(near['tree']['nodes']['kids']) == 60001:
                break
        check('all of them come when one looks closer', len(near['tree']['nodes']['kids']) == 60001 and
              near['tree']['hidden']['count'] == [], near['tree']['hidden'])


def is_sanitized():
    return 'asan' in subprocess.run(['ldd', CPA], capture_output=True, text=True).stdout


def long_load(seconds):
    """Memory is taken after a third of the time, and may not grow from then on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    n_idle = max(0, min(10000, hard - 200))
    with Server(args.profile) as s:
        idle = [socket.create_connection(('127.0.0.1', s.port), timeout=DEADLINE) for _ in range(n_idle)]
        print(f'{n_idle} idle connections, {s.rss_kib() // 1024} MiB')
        n, rss = load(s, seconds)
        third = max(rss[: len(rss) // 3 + 1])
        print(f'{n} answers in {seconds:.0f} s; memory after a third {third // 1024} MiB, '
              f'at the end {rss[-1] // 1024} MiB')
        check('memory is flat', rss[-1] < third * 1.1 + 20 * 1024, [r // 1024 for r in rss])
        for c in idle:
            c.close()
        check('it ends well', s.stop() == 0, open(f'{tmp}/log').read())


try:
    if args.load:
        long_load(args.load)
    else:
        with Server(args.profile) as s:
            test_pages(s)
            test_conversation(s)
            test_settings(s)
            test_hostile(s)
            test_regexps(s)
            test_crowds(s, 300)
            load(s, 1)
            before = s.rss_kib()
            load(s, 2)
            after = s.rss_kib()
            check('memory is flat', is_sanitized() or after < before * 1.5 + 64 * 1024, (before, after))
            check('it ends well', s.stop() == 0, open(f'{tmp}/log').read())
        test_token()
        test_end()
        test_diff()
        test_depths()
        test_sources()
finally:
    shutil.rmtree(tmp)
print(f'{counts[0]} passed, {counts[1]} failed')
sys.exit(1 if counts[1] else 0)
