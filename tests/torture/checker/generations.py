"""Lives of the log. A restored backup goes back: what was acknowledged before the backup began is in the new life, what
began after the backup ended is not, what lay between may be or not."""

from math import inf


class Lineage:
    """What each generation may have of the earlier ones."""

    def __init__(self, restores, generations):
        """``restores``: {generation: (moment it began, backup_started, backup_ended)}."""
        self._cuts = {generation: {} for generation in generations}
        for generation in sorted(restores):
            _, started, ended = restores[generation]
            parent = max((one for one in range(generation) if self.began(restores, one) <= started), default=None)
            if parent is not None:
                self._cuts[generation] = {**self._cuts.get(parent, {}), parent: (started, ended)}

    @staticmethod
    def began(restores, generation):
        """Return the moment a generation began."""
        return restores[generation][0] if generation in restores else -inf

    def certain(self, generation, try_):
        """Tell whether an operation's effect must be in a generation."""
        if try_.outcome != "ok":
            return False
        if try_.generation == generation:
            return True
        cut = self._cuts[generation].get(try_.generation)
        return cut is not None and try_.done < cut[0]

    def possible(self, generation, try_):
        """Tell whether an operation's effect may be in a generation."""
        if try_.outcome == "fail":
            return False
        if try_.generation == generation:
            return True
        cut = self._cuts[generation].get(try_.generation)
        return cut is not None and try_.invoked < cut[1]

    def over(self, generation, try_):
        """Return the moment after which a possible operation does nothing more to a generation."""
        if try_.outcome == "ok":
            return try_.done
        return inf if try_.generation == generation else self._cuts[generation][try_.generation][1]
