# SPDX-License-Identifier: Apache-2.0
#
# A program in a pseudo-terminal, as somebody sits before it.
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

PATIENCE = 60 


class Gone(Exception):
    pass


class Line:
    """The line that the cursor is in, as the control sequences of a line editor leave it."""

    pieces = re.compile(r'\x1b\[([?0-9;]*)([A-Za-z@])|\x1b[=>]|(\x1b.?)|(.)', re.S)

    def __init__(self):
        self.cells = []
        self.at = 0

    def put(self, character):
        self.cells += [' '] * (self.at + 1 - len(self.cells))
        self.cells[self.at] = character
        self.at += 1

    def feed(self, text):
        for match in self.pieces.finditer(text):
            number, command, _, character = match.groups()
            count = int(number) if number and number.isdigit() else 1
            if command == 'G':
                self.at = count - 1
            elif command == 'C':
                self.at += count
            elif command == 'D':
                self.at -= count
            elif command == 'K':
                del self.cells[self.at:]
            elif command == 'P':
                del self.cells[self.at:self.at + count]
            elif command == '@':
                self.cells[self.at:self.at] = [' '] * count
            elif character == '\r':
                self.at = 0
            elif character == '\b':
                self.at -= 1
            elif character == '\n':
                self.cells = []
            elif character and character >= ' ':
                self.put(character)

    def __str__(self):
        cells = self.cells + [' '] * (self.at - len(self.cells))
        return ''.join(cells)


class Terminal:
    def __init__(self, arguments, env, rows=24, columns=80, cwd=None):
        self.text = ''
        self.seen = ''
        self.line = Line()
        self.status = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if cwd:
                os.chdir(cwd)
            os.execvpe(arguments[0], arguments, env)
        self.resize(rows, columns)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def send(self, text):
        os.write(self.fd, text.encode())

    def read(self, deadline):
        ready = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]
        if not ready:
            raise Gone('nothing came')
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b''
        if not data:
            raise Gone('it ended')
        text = data.decode('utf-8', 'replace')
        self.line.feed(text)
        self.text += text

    def expect(self, pattern, patience=PATIENCE):
        """What comes up to the end of the pattern."""
        deadline = time.monotonic() + patience
        while True:
            match = re.search(pattern, self.text)
            if match:
                passed, self.text = self.text[:match.end()], self.text[match.end():]
                self.seen += passed
                return passed
            try:
                self.read(deadline)
            except Gone as problem:
                raise Gone(f'{problem}, waiting for {pattern!r}; seen: ...{self.seen[-300:]!r} '
                           f'then {self.text[-1500:]!r}')

    def expect_line(self, pattern):
        """Waits until the line with the cursor matches."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, str(self.line)):
            try:
                self.read(deadline)
            except Gone as problem:
                raise Gone(f'{problem}, waiting for {pattern!r}; the line: {str(self.line)!r}')
        self.text = ''

    def modes(self):
        """Local modes of the terminal: whether lines are edited by the kernel."""
        return termios.tcgetattr(self.fd)[3] & (termios.ICANON | termios.ECHO | termios.ISIG)

    def wait(self):
        """The exit status; the rest of the output is in text."""
        deadline = time.monotonic() + PATIENCE
        try:
            while True:
                self.read(deadline)
        except Gone:
            pass
        if self.status is None:
            while time.monotonic() < deadline:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.status = os.waitstatus_to_exitcode(status)
                    break
                time.sleep(0.01)
        return self.status

    def close(self):
        if self.status is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass
        os.close(self.fd)
