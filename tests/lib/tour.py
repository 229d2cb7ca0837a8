# SPDX-License-Identifier: Apache-2.0
#
# What the examples of README.md find around them: the program that they fetch from under the names of
# its hosts, a terminal with somebody before it, a browser. tests/lib/readme.py runs them in it.
import http.server
import os
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import urllib.request

from terminal import Gone, Terminal

PROFILES = {'profile': 'go-cpu.pb.gz', 'heap': 'go-heap.pb.gz', 'allocs': 'go-allocs.pb.gz'}
HOST = 'shop'  # of the certificate


class Unavailable(Exception):
    """An example cannot run on this machine: a program is missing, a port is taken."""


class Program(http.server.BaseHTTPRequestHandler):
    """A Go program that serves its profiles, and the proxy by which it is reached as any host."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        path = urllib.request.urlsplit(self.path).path
        name = PROFILES.get(path.rpartition('/')[2])
        if not path.startswith('/debug/pprof/') or name is None:
            self.send_error(404)
            return
        with open(os.path.join(self.server.testdata, name), 'rb') as profile:
            body = profile.read()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self):
        with socket.create_connection(self.server.secure.server_address) as there:
            self.connection.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
            other = {there: self.connection, self.connection: there}
            while True:
                for ready in select.select(list(other), [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        self.close_connection = True
                        return
                    other[ready].sendall(data)


def ended_well(terminal):
    """Whether it exits with 0; a leak sanitizer that crashes itself, at the end, tells nothing."""
    status = terminal.wait()
    return status == 0 or status == 99 and 'LeakSanitizer has encountered a fatal error' in terminal.text


def account(terminal):
    return f'{terminal.seen}{terminal.text}\nexit status {terminal.status}'


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client):
        pass  # cpa may end a connection as it likes


class Surroundings:
    def __init__(self, scratch, testdata):
        """The commands run in scratch/work; scratch/bin is on the PATH."""
        self.work = scratch + '/work'
        self.opened = scratch + '/opened'
        self.testdata = testdata
        browser = scratch + '/bin/browser'
        with open(browser, 'w') as script:
            # A file is gone soon: what was in it counts. Ctrl-C comes while an address is opened.
            script.write(f'#!/bin/sh\n[ -f "$1" ] && cat "$1" >{self.opened}.new && '
                         f'exec mv {self.opened}.new {self.opened}\n'
                         f': >{self.opened}.begun; sleep 0.2; echo "$1" >{self.opened}.new; '
                         f'mv {self.opened}.new {self.opened}\n')
        os.chmod(browser, 0o755)
        proxy = self.serve(0)
        if shutil.which('openssl'):
            key, self.certificate = scratch + '/key.pem', self.work + '/ca.pem'
            subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                            'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out',
                            self.certificate, '-days', '2', '-subj', '/CN=' + HOST, '-addext',
                            'subjectAltName=DNS:' + HOST], check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate, key)
            proxy.secure = self.serve(0, context)
        else:
            self.certificate = None
        address = 'http://127.0.0.1:%d' % proxy.server_address[1]
        self.env = {'http_proxy': address, 'https_proxy': address, 'BROWSER': browser,
                    'TERM': 'xterm', 'PAGER': 'cat'}

    def serve(self, port, context=None):
        server = Server(('127.0.0.1', port), Program)
        server.testdata = self.testdata
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True,
                                                do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def local(self, command):
        """Serves at the port of this machine that the command asks; hosts are behind the proxy."""
        match = re.search(r'localhost:(\d+)', command)
        try:
            return self.serve(int(match[1])) if match else None
        except OSError:
            raise Unavailable(f'port {match[1]} is taken')

    def terminal(self, command, env):
        for left in (self.opened, self.opened + '.begun'):
            if os.path.exists(left):
                os.unlink(left)
        return Terminal(['sh', '-c', 'exec ' + command], env, cwd=self.work)

    def session(self, command, lines, env):
        """Types what stands behind the prompts of a shell; whether those were printed, and what was."""
        terminal = self.terminal(command, env)
        try:
            prompt = r'\(cpa\) $'
            for line in lines:
                match = re.match(r'(\(cpa[^)]*\)) (.*)$', line)
                if match:
                    prompt = re.escape(match[1]) + ' $'
                    terminal.expect(prompt)
                    terminal.send(match[2] + '\r')
                    terminal.expect(r'\n')
            terminal.expect(prompt)
            terminal.send('quit\r')
            return ended_well(terminal) and 'cpa: ' not in terminal.seen, account(terminal)
        except Gone as problem:
            return False, problem
        finally:
            terminal.close()

    def watch(self, command, env):
        """Looks until a table is there, and then quits."""
        terminal = self.terminal(command, env)
        try:
            terminal.expect(r'flat%')
            terminal.send('q')
            return ended_well(terminal), account(terminal)
        except Gone as problem:
            return False, problem
        finally:
            terminal.close()

    def page(self, command, env):
        """Opens the page that is served, as a browser is told to if there is to be one; Ctrl-C."""
        port = re.search(r':(\d+)', command)
        if port:
            with socket.socket() as taken:
                if taken.connect_ex(('127.0.0.1', int(port[1]))) == 0:
                    raise Unavailable(f'port {port[1]} is taken')
        terminal = self.terminal(command, env)
        try:
            url = terminal.expect(r'http://\S+\s').split()[-1]
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            with browser.open(url.replace('0.0.0.0', '127.0.0.1')) as page:
                ok = page.status == 200 and b'<!DOCTYPE html>' in page.read()[:200]
            wants_browser = '-no_browser' not in command
            for _ in range(400):  # not while it is started
                if not wants_browser or os.path.exists(self.opened + '.begun'):
                    break
                threading.Event().wait(0.05)
            terminal.send('\x03')
            ok = ended_well(terminal) and ok
            opened = self.was_opened('http://', wants_browser)
            return ok and wants_browser == opened, f'{account(terminal)}, browser: {opened}'
        except (Gone, OSError) as problem:
            return False, problem
        finally:
            terminal.close()

    def was_opened(self, beginning, patient=True):
        """Whether the browser was given an address, or the text of a file, that begins so."""
        for _ in range(400 if patient else 8):
            if os.path.exists(self.opened):
                with open(self.opened) as opened:
                    return opened.read(1000).lstrip().startswith(beginning)
            threading.Event().wait(0.05)
        return False

    def run(self, command, lines, env):
        """Runs what needs a network, a terminal or a browser: (whether it did well, what it said),
        or None if the command needs none of them."""
        env = {**env, **self.env}
        if '-tls_ca' in command and self.certificate is None:
            raise Unavailable('no openssl')
        if lines:
            return self.session(command, lines, env)
        if re.search(r'-http=', command):
            return self.page(command, env)
        if re.search(r'\bwatch\b', command):
            server = self.local(command)
            try:
                return self.watch(command, env)
            finally:
                if server:
                    server.shutdown()
                    server.server_close()
        if re.search(r'://|:\d{4}', command):
            server = self.local(command)
            try:
                done = subprocess.run(['sh', '-c', command], cwd=self.work, env=env, text=True,
                                      stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
                return done.returncode == 0 and 'flat%' in done.stdout, done.stdout + done.stderr
            finally:
                if server:
                    server.shutdown()
                    server.server_close()
        if re.search(r'-web\b', command):
            if os.path.exists(self.opened):
                os.unlink(self.opened)
            done = subprocess.run(['sh', '-c', command], cwd=self.work, env=env, text=True,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
            return done.returncode == 0 and self.was_opened('<'), done.stdout + done.stderr
        return None
