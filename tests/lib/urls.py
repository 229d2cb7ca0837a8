# SPDX-License-Identifier: Apache-2.0
#
# tests/urls runs this: every parameter of pprof's pages, in the views that pprof has, too.
#
# Of each query the answers of the server must say what the same options say on the command line;
# with --pprof also what its pages show: the same functions with the same values in top, in the flame
# graph, in the graph and in peek.
import argparse
import collections
import html
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

CPA = os.path.abspath(os.environ.get('CPA', './cpa'))
DATA = os.path.abspath(os.environ.get('TESTDATA', 'testdata'))
DEADLINE = 60

ap = argparse.ArgumentParser()
ap.add_argument('--pprof', metavar='PATH')
ap.add_argument('--only', default='', metavar='TEXT')
args = ap.parse_args()

# Parameters of pprof's URLs, with the options they stand for.
PARAMS = {
    'dropneg': 'drop_negative', 'calltree': 'call_tree', 'rel': 'relative_percentages', 'unit': 'unit',
    'compact': 'compact_labels', 'intel': 'intel_syntax', 'n': 'nodecount', 'nf': 'nodefraction',
    'ef': 'edgefraction', 'trim': 'trim', 'f': 'focus', 'i': 'ignore', 'prunefrom': 'prune_from',
    'h': 'hide', 's': 'show', 'sf': 'show_from', 'tf': 'tagfocus', 'ti': 'tagignore',
    'ts': 'tagshow', 'th': 'taghide', 'mean': 'mean', 'si': 'sample_index', 'norm': 'normalize',
    'sort': 'sort', 'g': 'granularity', 'noinlines': 'noinlines', 'showcolumns': 'showcolumns',
}

CPU = ('go-cpu.pb.gz',)
HEAP = ('go-heap.pb.gz',)
DIFF = ('-diff_base=', 'go-cpu-old.pb.gz', 'go-cpu-new.pb.gz')
BASE = ('-base=', 'go-cpu-old.pb.gz', 'go-cpu-new.pb.gz')

# (profile, parameters); '' is the page as it opens.
CASES = [
    (CPU, ''), (HEAP, ''), (DIFF, ''), (BASE, ''),
    (CPU, 'f=json'), (CPU, 'f=^main\\.pathWeight$'), (CPU, 'f=decode.go'), (CPU, 'f=nothing_has_this'),
    (CPU, 'f=JSON'), (CPU, 'f=^runtime\\.mallocgc$|^main\\.pathWeight$'),
    (CPU, 'i=json'), (CPU, 'i=runtime'), (CPU, 'f=json&i=mallocgc'),
    (CPU, 'h=^runtime\\.'), (CPU, 'h=json|runtime'), (CPU, 's=json'), (CPU, 's=main|json'),
    (CPU, 'sf=Decode'), (CPU, 'sf=^runtime\\.mallocgc$'), (CPU, 'prunefrom=json'),
    (CPU, 'prunefrom=mallocgc'), (CPU, 'f=json&h=runtime&sf=main'),
    (CPU, 'tf=decode'), (CPU, 'tf=stage=decode'), (CPU, 'tf=tenant=acme,globex'),
    (CPU, 'ti=decode'), (CPU, 'ti=stage=rank'), (CPU, 'tf=shard=1'), (CPU, 'tf=1:2'),
    (CPU, 'ts=stage'), (CPU, 'th=stage'), (CPU, 'ts=st&th=tenant'),
    (CPU, 'g=functions'), (CPU, 'g=filefunctions'), (CPU, 'g=files'), (CPU, 'g=lines'),
    (CPU, 'g=addresses'), (CPU, 'g=lines&f=json'), (CPU, 'noinlines=t'), (CPU, 'noinlines=t&g=lines'),
    (CPU, 'noinlines=f'), (CPU, 'showcolumns=t'), (CPU, 'showcolumns=t&g=lines'),
    (CPU, 'sort=cum'), (CPU, 'sort=flat'), (CPU, 'n=10'), (CPU, 'n=0'), (CPU, 'n=10&sort=cum'),
    (CPU, 'nf=0.05'), (CPU, 'nf=0'), (CPU, 'ef=0.1'), (CPU, 'ef=0'), (CPU, 'trim=f'),
    (CPU, 'trim=f&f=json'), (CPU, 'calltree=t'), (CPU, 'calltree=t&f=json'), (CPU, 'rel=t'),
    (CPU, 'rel=t&f=json'), (CPU, 'rel=t&f=json&nf=0.1'), (CPU, 'unit=ms'), (CPU, 'unit=us&f=json'),
    (CPU, 'unit=auto'), (CPU, 'compact=t'), (CPU, 'intel=t'), (CPU, 'mean=t'), (CPU, 'si=samples'),
    (CPU, 'si=cpu'), (CPU, 'si=0'), (CPU, 'si=1'), (CPU, 'tagroot=stage'), (CPU, 'tagleaf=tenant'),
    (HEAP, 'si=alloc_space'), (HEAP, 'si=alloc_objects'), (HEAP, 'si=inuse_objects'), (HEAP, 'si=0'),
    (HEAP, 'mean=t'), (HEAP, 'mean=t&si=alloc_space'), (HEAP, 'mean=t&si=alloc_space&f=json'),
    (HEAP, 'unit=kb'), (HEAP, 'tf=64kb:'), (HEAP, 'ti=:1kb&si=alloc_space'), (HEAP, 'g=lines&n=5'),
    (DIFF, 'dropneg=t'), (DIFF, 'norm=t'), (DIFF, 'norm=t&f=json'), (DIFF, 'dropneg=t&norm=t'),
    (DIFF, 'f=json'), (DIFF, 'rel=t&f=json'), (BASE, 'dropneg=t'), (DIFF, 'g=lines'),
    (CPU, 'f=&i='), (CPU, 'f=json&f=runtime'), (CPU, 'unknown=1'),
]
# pprof has no parameter for the first two, and reads norm only where profiles are read.
OURS = re.compile(r'(^|&)(tagroot|tagleaf|norm)=')

# What both refuse.
BAD = ['f=(', 'i=[', 'h=*', 's=(?', 'sf=)', 'prunefrom=(', 'n=x', 'nf=x', 'ef=y', 'trim=z', 'g=x', 'sort=x',
       'si=nothing', 'rel=maybe', 'ts=(', 'th=(', 'n=1.5', 'si=7', 'norm=2']

counts = [0, 0]


def check(what, ok, detail=''):
    counts[0 if ok else 1] += 1
    if not ok:
        print(f'failed: {what}\n   {str(detail)[:1200]}', flush=True)


def words_of(profile):
    return [os.path.join(DATA, w) if not w.startswith('-') else w for w in profile] if len(profile) == 1 else \
        [profile[0] + os.path.join(DATA, profile[1]), os.path.join(DATA, profile[2])]


class Server:
    def __init__(self, program, profile):
        self.log = tempfile.NamedTemporaryFile('w+')
        self.config = tempfile.mkdtemp()
        env = dict(os.environ, XDG_CONFIG_HOME=self.config)
        self.process = subprocess.Popen([program, '-http=localhost:', '-no_browser', *words_of(profile)],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=env)
        end = time.monotonic() + DEADLINE
        self.port = None
        while self.port is None and time.monotonic() < end and self.process.poll() is None:
            found = re.search(r'http://[^/\s]*:(\d+)', open(self.log.name).read())
            self.port = int(found.group(1)) if found else time.sleep(0.02)
        if self.port is None:
            text = open(self.log.name).read()
            self.stop()
            if 'libmicrohttpd' in text:
                print(f'skipped: {text.strip()}')
                sys.exit(77)
            sys.exit(f'{program} does not start: {text}')

    def get(self, path):
        end = time.monotonic() + DEADLINE
        while True:
            connection = http.client.HTTPConnection('localhost', self.port, timeout=DEADLINE)
            try:
                connection.request('GET', path)
                answer = connection.getresponse()
                return answer.status, answer.read().decode('utf-8', 'replace')
            except ConnectionRefusedError:
                # The address is printed before pprof listens.
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
            finally:
                connection.close()

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.config)


def encode(query):
    return urllib.parse.quote(query, safe='=&')


# --- The command line ----------------------------------------------------------------------------


def flags_of(query):
    flags = {}
    for part in filter(None, query.split('&')):
        name, value = part.split('=', 1)
        if value and name in PARAMS and PARAMS[name] not in flags:
            flags[PARAMS[name]] = value
        elif value and name in ('tagroot', 'tagleaf'):
            flags[name] = value
    return [f'-{n}' if n in ('sort', 'granularity') else f'-{n}={v}' for n, v in flags.items()
            if n not in ('sort', 'granularity')] + [f'-{v}' for n, v in flags.items() if n in ('sort', 'granularity')]


def command_line(profile, query, *words):
    done = subprocess.run([CPA, *words, *flags_of(query), *words_of(profile)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=DEADLINE)
    return done.returncode, done.stdout, done.stderr


def rows_of_api(answer):
    rows = answer['rows']
    inline = ['', '(partial-inline)', '(inline)']
    return [(n, f, c, inline[i]) for n, f, c, i in zip(rows['name'], rows['flat'], rows['cum'], rows['inline'])]


# --- pprof's pages -------------------------------------------------------------------------------


def json_after(page, text):
    at = page.index(text) + len(text)
    return json.JSONDecoder().raw_decode(page[at:].lstrip())


def pprof_top(page):
    found = re.search(r'makeTopTable\(\s*(-?\d+)\s*,\s*', page)
    rows, _ = json.JSONDecoder().raw_decode(page[found.end():])
    return int(found.group(1)), [(r['Name'], r['Flat'], r['Cum'], r['InlineLabel']) for r in rows or []]


def pprof_stacks(page):
    found = re.search(r'stackViewer\(\s*(?={"Total")', page)
    stacks, _ = json.JSONDecoder().raw_decode(page[found.end():])
    sums = collections.defaultdict(lambda: [0, 0, 0, 0])  # cum and self, of both signs
    sources = stacks['Sources']
    names = [(s['FullName'], s['FileName']) for s in sources]
    for stack in stacks['Stacks']:
        side = 2 if stack['Value'] < 0 else 0
        for name in {names[i] for i in stack['Sources'][1:]}:
            sums[name][side] += stack['Value']
        if len(stack['Sources']) > 1:
            sums[names[stack['Sources'][-1]]][side + 1] += stack['Value']
    return stacks['Total'], {n: tuple(s) for n, s in sums.items() if any(s)}


def cpa_stacks(answer):
    frames = answer['frames']
    strings = answer['strings']
    sums = collections.defaultdict(lambda: [0, 0])
    for i, name in enumerate(frames['name']):
        cum, own = frames['cum'][i], frames['self'][i]
        if 'base_cum' in frames:
            cum, own = cum - frames['base_cum'][i], own - frames['base_self'][i]
        key = strings[name]
        sums[key][0] += cum
        sums[key][1] += own
    return answer['total'], {n: tuple(s) for n, s in sums.items() if any(s)}


def name_in_cpa(name, file, query):
    """pprof writes "f:12" and the file apart, cpa "f file.go:12"."""
    found = re.match(r'(.*?)((?::\d+){0,2})$', name, re.S)
    if not file or not re.search(r'(^|&)g=', query):
        return f'{name} {file}' if file and 'g=functions' not in query else name
    if found.group(1) == file:
        return name
    return f'{found.group(1)} {file}{found.group(2)}'


def function_of(label, query):
    """Its pages search graphs by the function alone."""
    if not re.search(r'(^|&)g=(filef|l|a)', query):
        return '' if 'g=files' in query else label
    label = re.sub(r'^[0-9a-f]{16} ', '', label)
    return re.sub(r' [^ ]+\.[a-z]+(:\d+){0,2}$', '', label)


# --- Cases ---------------------------------------------------------------------------------------


def api(server, view, query, extra=''):
    status, text = server.get(f'/api/{view}?{encode(query)}{extra}')
    return status, json.loads(text)


def against_command_line(server, profile, query):
    what = f'{" ".join(profile)} ?{query}'
    status, answer = api(server, 'top', query)
    # A page shows all functions: nodecount is for graphs, as in pprof.
    code, out, err = command_line(profile, re.sub(r'(^|&)n=\d+', '', query), 'top', '-json', '-nodecount=100000')
    if answer.get('empty'):
        check(f'{what}: empty', code != 0 or json.loads(out)['rows'] == [], out[:300])
        return
    check(f'{what}: status', status == 200 and code == 0, (answer if status != 200 else err))
    if status != 200 or code != 0:
        return
    said = json.loads(out)
    inline = {'no': '', 'partial': '(partial-inline)', 'yes': '(inline)'}
    want = [(r['name'], r['flat'], r['cum'], inline[r['inline']]) for r in said['rows']]
    got = rows_of_api(answer)
    check(f'{what}: top', got == want, difference(got, want))
    check(f'{what}: total', answer['total'] == said['total'], (answer['total'], said['total']))
    check(f'{what}: filters', answer['filters'] == said['filters'], (answer['filters'], said['filters']))


def difference(got, want):
    got, want = list(got), list(want)
    return f'{len(got)} and {len(want)}; only here: {[g for g in got if g not in want][:5]}; missing: {[w for w in want if w not in got][:5]}'


def against_pprof(server, other, profile, query):
    what = f'{" ".join(profile)} ?{query} (pprof)'
    # Its table has 500 rows, whatever n says.
    status, page = other.get(f'/ui/top?{encode(query)}')
    mine, answer = api(server, 'top', query, '&limit=500')
    if status == 200:
        total, want = pprof_top(page)
        got = [] if answer.get('empty') else rows_of_api(answer)
        if 'g=files' in query:
            got, want = sorted(got), sorted(want)  # without names the order of equals is chance there
        check(f'{what}: top', got == want, difference(got, want))
        if got:
            check(f'{what}: top total', answer['total'] == total, (answer['total'], total))
    else:
        check(f'{what}: top refused', mine == status or answer.get('empty'), (status, page, answer))

    status, page = other.get(f'/ui/flamegraph?{encode(query)}')
    mine, answer = api(server, 'flamegraph', query, '&px=4194304')
    if status == 200:
        total, sums = pprof_stacks(page)
        want = collections.defaultdict(lambda: [0, 0])
        for (name, file), s in sums.items():
            key = name_in_cpa(name, file, query)
            want[key][0] += s[0] + s[2]
            want[key][1] += s[1] + s[3]
        want = {n: tuple(s) for n, s in want.items() if any(s)}
        if answer.get('empty'):
            got = {}
        else:
            all_total, got = cpa_stacks(answer)
            check(f'{what}: flame total', all_total == total, (all_total, total))
        if 'mean=t' in query:
            check(f'{what}: flame names', set(got) <= set(want), difference(got, want))
        elif 'g=addresses' in query:
            # There boxes of one line are one, whatever the address.
            mine = collections.Counter()
            for name, (_, own) in got.items():
                mine[re.sub(r'^[0-9a-f]{16} ', '', name)] += own
            theirs = {n: s[1] for n, s in want.items()}
            check(f'{what}: flame', dict(mine) == theirs, difference(mine.items(), theirs.items()))
        else:
            check(f'{what}: flame', got == want, difference(got.items(), want.items()))
    else:
        check(f'{what}: flame refused', mine == status or answer.get('empty'), (status, page, answer))

    if shutil.which('dot') and 'trim=f' not in query:
        status, page = other.get(f'/ui/graph?{encode(query)}')
        mine, answer = api(server, 'graph', query)
        if status == 200:
            names, _ = json_after(page, 'viewer(new URL(window.location.href),')
            got = [] if answer.get('empty') else [function_of(e[0], query) for e in answer['data']['entries']]
            check(f'{what}: graph', sorted(got) == sorted(names[1:]), difference(got, names[1:]))
        else:
            check(f'{what}: graph refused', mine == status or answer.get('empty'), (status, page, answer))

    if re.search(r'(^|&)f=[^&]', query):
        status, page = other.get(f'/ui/peek?{encode(query)}')
        mine, answer = api(server, 'peek', query)
        if status == 200:
            text = html.unescape(re.search(r'<pre>(.*?)</pre>', page, re.S).group(1))
            want = collections.Counter()
            for line in text.split('\n'):
                found = re.match(r'^(.{50,70}?) \|(  ?)(.*?)( \(inline\)| \(partial-inline\))?$', line)
                if found:
                    want[(len(found.group(2)), found.group(3).strip())] += 1
            got = collections.Counter()
            for row in answer.get('table', {}).get('rows', []):
                got[(1, row['name'])] += 1
                for call in row['callers'] + row['callees']:
                    got[(2, call['name'])] += 1
            check(f'{what}: peek', got == want, difference(got.items(), want.items()))
        else:
            # There the name alone, which its own links ask for, matches no entry with a line.
            check(f'{what}: peek refused', mine == status or answer.get('empty') or query.endswith('$'),
                  (status, page, answer))


def main():
    by_profile = collections.defaultdict(list)
    for profile, query in CASES:
        by_profile[profile].append(query)
    for profile, queries in by_profile.items():
        server = Server(CPA, profile)
        other = Server(args.pprof, profile) if args.pprof else None
        try:
            if profile == CPU:
                _, answer = api(server, 'profile', '')
                have = {o['url']: o['name'] for o in answer['options']}
                lack = {u: n for u, n in PARAMS.items() if have.get(u) != n}
                check('parameters of pprof', not lack, lack)
                covered = {p.split('=')[0] for _, q in CASES for p in q.split('&')}
                check('parameters in cases', set(PARAMS) <= covered, set(PARAMS) - covered)
                for query in BAD:
                    status, answer = api(server, 'top', query)
                    check(f'?{query}: refused', status == 400, answer)
                    if other:
                        check(f'?{query}: refused (pprof)', other.get(f'/ui/top?{encode(query)}')[0] == 400)
            for query in queries:
                if args.only in query:
                    against_command_line(server, profile, query)
                    if other and not OURS.search(query):
                        against_pprof(server, other, profile, query)
        finally:
            server.stop()
            if other:
                other.stop()
    print(f'{counts[0]} passed, {counts[1]} failed')
    return counts[1] > 0


sys.exit(main())
