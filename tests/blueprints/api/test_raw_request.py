"""What is read at the socket is plain to the letter."""

import pytest

from chatapp.blueprints.api.raw_request import plain, whole_other


@pytest.mark.parametrize(
    ("raw", "method"),
    [
        ("DELETE /api/session HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", "DELETE"),
        ("PUT /api/me/status HTTP/1.1\r\nHost: x\r\ncontent-length:  2 \r\n\r\n{}", "PUT"),
        ("PUT /api/me/status HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{}", None),
        ("PUT /api/me/status HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{}", None),
        ("PUT /api/me/status HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", None),
        ("PUT /api/me/status HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}", None),
        ("PUT /api/me/status HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}", None),
        ("PUT /api/me/status HTTP/1.1\r\nHost: x\r\n\r\n{}", None),
        ("PUT /api/me/status HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", None),
        ("GET /api/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", None),
        ("GET /api/me HTTP/1.0\r\nHost: x\r\n\r\n", None),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", None),
        ("GET /api/updates?since=x HTTP/1.1\r\nHost: x\r\n\r\n", None),
    ],
)
def test_what_may_be_refused_here(raw, method):
    assert whole_other(raw.encode()) == method


QUERY = "GET /api/updates?since=" + "A" * 60
HEADERS = "Host: x\r\nAuthorization: Bearer y\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        f"{QUERY} HTTP/1.1\r\n\r\n",
        f"{QUERY} HTTP/1.1\r\nAuthorization: Bearer y\r\n\r\n",  # no host
        f"{QUERY} HTTP/1.0\r\n{HEADERS}\r\n",
        f"{QUERY} HTTP/1.1\n{HEADERS}\n".replace("\r", ""),
        f"{QUERY}  HTTP/1.1\r\n{HEADERS}\r\n",
        f"{QUERY}\tHTTP/1.1\r\n{HEADERS}\r\n",
        f"{QUERY}\0 HTTP/1.1\r\n{HEADERS}\r\n",
        f"{QUERY} HTTP/1.1\r\n{HEADERS}",
        f"{QUERY} HTTP/1.1\r\n{HEADERS}\r\nx",
        f"{QUERY.replace('GET', 'POST')} HTTP/1.1\r\n{HEADERS}\r\n",
        f"{QUERY.replace('GET /', 'GET http://x/')} HTTP/1.1\r\n{HEADERS}\r\n",
        f"{QUERY.replace('updates', 'updates/')} HTTP/1.1\r\n{HEADERS}\r\n",
        f"{QUERY} HTTP/1.1\r\n{HEADERS}Host: y\r\n\r\n",
        f"{QUERY} HTTP/1.1\r\n{HEADERS}authorization: Bearer z\r\n\r\n",
        f"{QUERY} HTTP/1.1\r\n{HEADERS}Cookie: a=b\r\nCOOKIE: c=d\r\n\r\n",
        f"{QUERY} HTTP/1.1\r\n{HEADERS} folded: y\r\n\r\n",
        f"{QUERY} HTTP/1.1\r\n{HEADERS}X : y\r\n\r\n",
        f"{QUERY} HTTP/1.1\r\n{HEADERS}X_Y: y\r\n\r\n",
        f"{QUERY} HTTP/1.1\r\n{HEADERS}no colon\r\n\r\n",
        f"{QUERY} HTTP/1.1\r\n{HEADERS}X: a\rb\r\n\r\n",
        f"{QUERY} HTTP/1.1\r\n{HEADERS}X: a\0b\r\n\r\n",
        *(
            f"{QUERY} HTTP/1.1\r\n{HEADERS}{one}\r\n\r\n"
            for one in (
                "Content-Length: 0",
                "content-length: 5",
                "Transfer-Encoding: chunked",
                "TE: trailers",
                "Expect: 100-continue",
                "Upgrade: h2c",
                "Connection: close",
                "Connection: upgrade",
                "Connection: keep-alive, upgrade",
                "Keep-Alive: 5",
            )
        ),
        f"{QUERY} HTTP/1.1\r\n{HEADERS}{'X: y' + chr(13) + chr(10)}" * 101 + "\r\n",
    ],
)
def test_what_is_not_plain_to_the_letter_is_not_taken(raw):
    assert plain(raw.encode()) is None


@pytest.mark.parametrize("path", ["updates", "presence"])
def test_what_is_plain(path):
    raw = f"{QUERY.replace('updates', path)}&wait=25 HTTP/1.1\r\nHOST:  x.example:80 \r\nUser-Agent: Ü (\t;)\r\nConnection: Keep-Alive\r\nCookie: chatapp=abc\r\n\r\n"
    assert plain(raw.encode()) == {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"/api/{path}",
        "QUERY_STRING": f"since={'A' * 60}&wait=25",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.multithread": True,
        "HTTP_HOST": "x.example:80",
        "HTTP_COOKIE": "chatapp=abc",
    }
