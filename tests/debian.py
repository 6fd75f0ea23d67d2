"""Packages of Debian that the tests need and Python's own registry does not have."""

import os
import shutil
import subprocess


def install(package, purpose):
    """Install a package where that is allowed: as root, by apt-get. Raises nothing; look again after."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print(f"Installing {package} for {purpose} ...", flush=True)
    if subprocess.call(["apt-get", "update", "-qq"]) == 0:
        subprocess.call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], stdout=subprocess.DEVNULL)
