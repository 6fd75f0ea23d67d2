"""An answer that is held open and can be added to at once, by whoever has something to say, while its own thread sleeps on.

Waking a sleeper for each line costs several times as much as the line."""

import os


class OpenAnswer:
    """A chunked HTTP answer (RFC 9112, 7.1) on a socket that does not block. Its sleeper writes by the server, others by ``say``."""

    def __init__(self, socket):
        self._socket = socket
        self.rest = b""

    def say(self, line):
        """Send a line as a chunk of its own, if the socket takes it now. Returns whether it did; what it took only a part of
        is kept as ``rest``, to be finished before anything else is written."""
        if self.rest:
            return False
        chunk = b"%X\r\n%b\r\n" % (len(line), line)
        try:
            taken = os.write(self._socket.fileno(), chunk)
        except OSError:  # it takes nothing now, or its client is gone: whoever sleeps finds out
            return False
        self.rest = chunk[taken:]
        return True

    def finish(self):
        """Send what is left, waiting as the server's sockets wait. Raises OSError when the client is gone."""
        while self.rest:
            rest, self.rest = self.rest, b""
            self._socket.sendall(rest)
