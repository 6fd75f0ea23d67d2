"""Order in time (I8) and in a writer's program (I9)."""

from collections import defaultdict


def judge_real_time(stored, findings):
    """What was known before another was sent has the lower number."""
    for name, conversation in stored.conversations.items():
        for at, first in enumerate(conversation.invoked[:-1]):
            if conversation.known_from_here[at + 1] < first:
                later = next(one for one in range(at + 1, len(conversation.known)) if conversation.known[one] < first)
                numbers = conversation.numbers[at], conversation.numbers[later]
                findings.add("real time", f"{name} number {numbers[0]} was sent after number {numbers[1]} was there")


def judge_sessions(sends, findings):
    """A writer's messages that were acknowledged before it wrote the next one have lower numbers. By the order of lines alone."""
    told = defaultdict(list)
    for send in sends.values():
        first = send.tries[0].line
        for one in send.tries:
            if one.outcome == "ok":
                told[send.client, send.conversation, one.generation].append((first, one.line, one.number))
    for (client, conversation, _), messages in told.items():
        messages.sort()
        highest = waiting = None
        acked = sorted(messages, key=lambda message: message[1])
        at = 0
        for first, line, number in messages:
            while at < len(acked) and acked[at][1] < first:
                if highest is None or acked[at][2] > highest:
                    highest, waiting = acked[at][2], acked[at][1]
                at += 1
            if highest is not None and number <= highest and line != waiting:
                findings.add("session order", f"{client} wrote number {number} of {conversation} after number {highest}", waiting, line)
