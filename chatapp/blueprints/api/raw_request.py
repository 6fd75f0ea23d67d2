"""Requests as they come from a socket, read to the letter: what differs by a byte from the plain form is not taken."""

import re

HEAD = re.compile(rb"GET (/api/(?:updates|presence))\?([!-~]+) HTTP/1\.1\r\n((?:[A-Za-z0-9-]+:[\t -~\x80-\xff]*\r\n){1,100})\r\n")
OTHER = re.compile(rb"(GET|POST|PUT|PATCH|DELETE) /api/(?!updates)[!-~]+ HTTP/1\.1\r\n((?:[A-Za-z0-9-]+:[\t -~\x80-\xff]*\r\n){1,100})\r\n")
READ = {b"host": "HTTP_HOST", b"authorization": "HTTP_AUTHORIZATION", b"cookie": "HTTP_COOKIE"}
# They say how a request or its answer is framed, or what else is to become of the connection.
LENGTH = b"content-length"
NOT_PLAIN = {LENGTH, b"transfer-encoding", b"te", b"trailer", b"expect", b"upgrade", b"http2-settings", b"keep-alive", b"proxy-connection"}


def plain(raw):
    """Return what a WSGI environment says of a request that is answered at the socket, or None for bytes that are anything but one
    whole plain one."""
    found = HEAD.fullmatch(raw)
    if found is None:
        return None
    path, query, fields = found.groups()
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path.decode(), "QUERY_STRING": query.decode()}
    environ |= {"SERVER_PROTOCOL": "HTTP/1.1", "wsgi.multithread": True}
    for name, value in _fields(fields):
        if name in NOT_PLAIN or _ends(name, value):
            return None
        if name in READ:
            if READ[name] in environ:
                return None
            environ[READ[name]] = value.decode("latin-1")
    return environ if "HTTP_HOST" in environ else None


def whole_other(raw):
    """Return the method of a request under /api that is all there, with its body, and no poll; else None."""
    found = OTHER.match(raw)
    if found is None:
        return None
    lengths = []
    for name, value in _fields(found[2]):
        if name == LENGTH:
            lengths.append(value)
        elif name in NOT_PLAIN or _ends(name, value):
            return None
    rest = len(raw) - found.end()
    return found[1].decode() if lengths == ([b"%d" % rest] if lengths or rest else []) else None


def _fields(block):
    for line in block.splitlines():
        name, _, value = line.partition(b":")
        yield name.lower(), value.strip(b" \t")


def _ends(name, value):
    return name == b"connection" and value.lower() != b"keep-alive"
