"""A run that did not do what it was to do proves nothing."""


def judge_planned(index, walker, lineage_known, findings):
    """The planned faults were injected, messages were sent and received, and the database was looked at."""
    injected = index.injected()
    for plan in index.plans:
        for kind, least in plan.items():
            if injected[kind] < least:
                findings.add("planned", f"{kind} was injected {injected[kind]} times, planned were {least}")
    if not index.acked_sends:
        findings.add("planned", "no message was acknowledged")
    if not walker.deliveries:
        findings.add("planned", "no poll had an event")
    for generation in sorted(index.generations):
        if generation not in index.truths:
            findings.add("planned", f"nobody looked at the database at the end of generation {generation}")
        if generation > 0 and generation not in lineage_known:
            findings.add("planned", f"generation {generation} has no restored backup")
    if index.healed is None or index.quiet is None:
        findings.add("planned", "the run did not come to rest")
    last = max(index.generations, default=0)
    read = {page.conversation for page in index.finals if page.outcome == "ok" and page.generation == last}
    truth = index.truths.get(last, {"rows": {}, "members": {}})
    for name, rows in truth["rows"].items():
        someone = name.startswith("direct:") or truth["members"].get(name)
        if rows and someone and name not in read:
            findings.add("planned", f"nobody read all of {name} at the end")
