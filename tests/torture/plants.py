"""The table of planted bugs: what each is, under which faults it shows, and which invariant must catch it.

The product has no switch for any of them: hooked.py puts the one named by PLANT into a worker's memory, and ``statements``
change the empty database before. A checker and a run that let one of them pass would not be worth their time.
"""

from dataclasses import dataclass, field

from . import bugs_reading, bugs_writing

DELAYS = {"HOOK_COMMIT_DELAY": "0.05", "HOOK_COMMIT_SHARE": "0.3"}
DEATHS = {"HOOK_DIE_AT": "after_commit:0.02", "HOOK_DIE_AFTER": "1"}
AWAITED = {"HOOK_DIE_AT": "after_insert:0.02", "HOOK_DIE_AFTER": "1"}
LAGS = {"HOOK_TAIL_LAG": "1.5", "HOOK_TAIL_SHARE": "1"}
NO_CLIENT_KEY = "ALTER TABLE messages DROP CONSTRAINT uq_messages_sender_id_client_id"
NO_NUMBER_KEY = "ALTER TABLE messages DROP CONSTRAINT uq_messages_conversation_number"
SCOPES = "CREATE TABLE planted (device text, client_id uuid, message_id uuid)"
NUMBERED = """
CREATE OR REPLACE FUNCTION number_message() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.conversation := CASE WHEN NEW.group_id IS NOT NULL THEN 'group:' || NEW.group_id
    ELSE 'direct:' || least(NEW.sender_id::text, NEW.receiver_id::text) || ':' || greatest(NEW.sender_id::text, NEW.receiver_id::text) END;
  INSERT INTO conversations (key) VALUES (NEW.conversation) ON CONFLICT DO NOTHING;
  NEW.number := {};
  RETURN NEW;
END $$"""
BY_MAX = NUMBERED.format("1 + coalesce((SELECT max(number) FROM messages WHERE conversation = NEW.conversation), 0)")
BY_SEQUENCE = NUMBERED.format("nextval('planted_numbers')")
BOTH = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Plant:
    """``caught_by``: the invariants of which at least one must be hurt. ``put`` is None where ``statements`` or the run do it."""

    put: object
    caught_by: tuple
    databases: tuple = BOTH
    hooks: dict = field(default_factory=dict)
    kinds: tuple = ()
    restores: int = 0
    statements: tuple = ()
    people: int = 6
    restless: float = 0.2  # the share of deeds that move somebody, and of polls that read the state anew: a worker looks
    replay_share: float = 0.008  # by itself after either
    workers: int = 2  # and when somebody comes whom it does not know

    @property
    def what(self):
        """What is wrong, in a sentence."""
        return (self.put.__doc__ or "").splitlines()[0]


def number_by_max():
    """A message's number is the highest one plus one, read without a lock."""
    bugs_writing.each_by_itself()


def number_by_sequence():
    """A message's number comes from a sequence: a deed that is given up leaves a hole."""
    bugs_writing.each_by_itself()


def epoch_kept():
    """A restored backup keeps the epoch of the log that it replaces."""


POSTGRESQL = ("postgresql",)
PLANTS = {
    plant.put.__name__: plant
    for plant in (
        Plant(bugs_writing.naive_cursor, ("lost", "gap"), POSTGRESQL, DELAYS),
        Plant(number_by_max, ("duplicate", "diverged", "reordered", "gap"), POSTGRESQL, DELAYS, statements=(NO_NUMBER_KEY, BY_MAX)),
        Plant(number_by_sequence, ("gap",), POSTGRESQL, statements=("CREATE SEQUENCE planted_numbers", BY_SEQUENCE)),
        Plant(bugs_writing.deduplicated_in_memory, ("duplicate",), POSTGRESQL, kinds=("answers",), statements=(NO_CLIENT_KEY,)),
        Plant(bugs_writing.deduplicated_for_a_moment, ("duplicate",), POSTGRESQL, kinds=("answers",), statements=(NO_CLIENT_KEY,)),
        Plant(bugs_writing.client_id_of_a_session, ("duplicate",), POSTGRESQL, kinds=("answers",), statements=(NO_CLIENT_KEY, SCOPES)),
        Plant(bugs_writing.told_after_the_commit, ("lost", "gap", "reordered", "duplicate"), BOTH, DEATHS, kinds=("kill_worker",)),
        Plant(bugs_writing.acknowledged_before_the_commit, ("lost",), POSTGRESQL, kinds=("kill_worker",)),
        Plant(bugs_writing.shared_commit_not_awaited, ("lost",), BOTH, AWAITED, kinds=("kill_worker",)),
        Plant(bugs_writing.commit_in_memory, ("lost",), POSTGRESQL, kinds=("kill_postgresql",)),
        Plant(bugs_writing.deleted_for_good, ("lost", "gap")),
        Plant(bugs_writing.edited_in_silence, ("lost", "liveness", "diverged")),
        Plant(bugs_reading.state_before_its_cursor, ("lost", "gap")),
        Plant(bugs_reading.epoch_ignored, ("cursor", "lost", "gap", "phantom", "diverged"), restores=1),
        Plant(epoch_kept, ("cursor", "lost", "gap", "phantom", "diverged"), restores=1),
        Plant(bugs_reading.removed_member_served, ("entitlement",)),
        Plant(bugs_reading.rights_remembered, ("entitlement", "lost", "gap")),
        Plant(bugs_reading.window_forgets_silently, ("lost", "gap")),
        Plant(bugs_reading.tail_before_fork, ("lost", "liveness"), restless=0, replay_share=0, workers=1),
        Plant(bugs_reading.bell_not_heard, ("lost", "liveness"), restless=0, replay_share=0, workers=1),
        Plant(bugs_reading.delivered_is_forgotten, ("lost", "gap"), kinds=("answers",)),
        Plant(bugs_reading.cursor_of_the_worker, ("cursor", "lost", "gap"), hooks=LAGS, people=16),
        Plant(bugs_reading.cut_without_more, ("lost", "gap")),
        Plant(bugs_reading.newest_first, ("reordered",)),
        Plant(bugs_reading.cursor_at_the_first, ("duplicate",)),
    )
}


def install(name):
    """Put a bug into this process."""
    PLANTS[name].put()
