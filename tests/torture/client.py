"""What the two roles of a client share: a thread, a connection, a line in the history for everything it did."""

import random
import threading

from .wire import Wire


class Client:
    """Somebody who does one thing after the other until the stage has had enough. A client that breaks ends the run."""

    def __init__(self, stage, person, name, seed):
        self.name, self._stage, self._person = name, stage, person
        self._random = random.Random(f"{seed} {name}")
        self._wire = Wire(stage.port, person.token)
        self._spare = Wire(stage.port, stage.world.spare[person.id])
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)

    def start(self):
        """Begin."""
        self._stage.enter()
        self._thread.start()

    def join(self, seconds=60):
        """Return when this client has ended. Raises what it broke with."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise RuntimeError(f"{self.name} does not come to an end")

    def _run(self):
        try:
            while self._goes_on():
                self._stage.wait_here(self.role)
                self._act()
        except BaseException as error:
            self._stage.broken.append(error)
            raise
        finally:
            self._stage.leave()
            self._wire.close()
            self._spare.close()

    def _write(self, f, reply, **more):
        line = {"client": self.name, "user": self._person.id, "generation": self._stage.generation, **reply.fields, **more}
        self._stage.recorder.write(f, **line)
