"""The documented nginx in front of a server, without the TLS."""

import contextlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from programs import PROGRAMS, become_nobody
from served import ROOT, free_port, wait_for_port

DOCUMENTED = ROOT / "docs" / "nginx.conf"
OWN_FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
CHANGED = (
    (r"server 127\.0\.0\.1:8000;", "server 127.0.0.1:{server};"),
    (r"listen 443 ssl http2;", "listen 127.0.0.1:{port};"),
    (r" *ssl_certificate.*\n", ""),
    (r"worker_rlimit_nofile 65536;", "worker_rlimit_nofile 16384;\npid {folder}/pid;\ndaemon off;\nerror_log {folder}/log;"),
    (r"http \{", "http {{\n    access_log off;\n" + "".join(f"    {one}_temp_path {{folder}}/{one};\n" for one in OWN_FOLDERS)),
)


@contextlib.contextmanager
def in_front_of(server_port):
    """Run nginx in front of a server for the length of the block. Yields its port."""
    folder, port = Path(tempfile.mkdtemp(prefix="chatnginx", dir="/tmp")), free_port()
    text = DOCUMENTED.read_text()
    for pattern, instead in CHANGED:
        text, count = re.subn(pattern, instead.format(server=server_port, port=port, folder=folder), text)
        assert count, f"{DOCUMENTED} has no {pattern} any more"
    (folder / "conf").write_text(text)
    command = [PROGRAMS["nginx"].find(), "-c", folder / "conf", "-e", folder / "log"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd="/", **become_nobody(folder))
    try:
        wait_for_port(process, port, folder / "log")
        yield port
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)
