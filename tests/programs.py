"""Programs of the system that some tests run: where they are, and what to type where one is missing.

They are not installed by the tests: packages of servers start these on the machine.
"""

import os
import pwd
import shutil
import sys
from dataclasses import dataclass

PLACES = (*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")


@dataclass(frozen=True)
class Program:
    """``variable``, set to 1, leaves the tests with it out."""

    name: str
    package: str
    variable: str

    def find(self):
        """Return its path, or None."""
        return shutil.which(self.name, path=os.pathsep.join(PLACES))

    def advice(self):
        """Return what to do where it is missing."""
        return (
            f"No {self.name} for the tests. Install it, then run the tests again:\n  sudo apt install {self.package}\n"
            f"or leave the tests with it out:  {self.variable}=1 ./dev test"
        )


PROGRAMS = {
    "pooler": Program("pgbouncer", "pgbouncer", "CHATAPP_NO_POOLER"),
    "nginx": Program("nginx", "nginx-light", "CHATAPP_NO_NGINX"),
}


def become_nobody(folder):
    """Return how subprocess starts a server that refuses to be root, after giving it a folder."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def main():
    """Say where each is, or what to type."""
    for one in PROGRAMS.values():
        if os.environ.get(one.variable) == "1":
            print(f"{one.variable}=1: the tests with {one.name} are left out.")
        else:
            print(f"{one.name} for the tests: {one.find() or sys.exit(one.advice())}")


if __name__ == "__main__":
    main()
